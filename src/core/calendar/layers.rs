//! One calendar out of the pages that hold for a school.
//!
//! For each school year the nearest page that has terms is the base: pages behind it are not asked.
//! What it and nearer pages say of single days (INSET, holidays) is laid over its terms; a bank
//! holiday of the division is one in any case. A weekday between two terms is a holiday. A day
//! before, after or in a long gap between all that is said is unknown, and never guessed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, Weekday};

use super::bank_holidays::{BankHolidays, Division};
use super::count::Count;
use super::day::{Day, DayKind, Period, PeriodKind};
use super::page::Page;
use super::typical;
use crate::core::time::Date;

/// The longest gap between two terms that is a holiday; a longer one lacks a term.
const LONGEST_HOLIDAY: i64 = 75;
/// Nobody plans further, whatever a file says.
const MOST_DAYS: u64 = 366 * 120;

/// What is known of the days at one school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    pub(super) school: Count,
    pub(super) working: Count,
    /// Of each day from `first` on; none where nothing is known.
    kinds: Vec<Option<DayKind>>,
    first: Date,
    said: Vec<Said>,
    division: Division,
    /// Nobody has set term dates: see [`typical`].
    pub typical: bool,
}

/// A period, by whom it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    period: Period,
    by: String,
}

impl Calendar {
    /// The nearest page comes first. Without any term dates the typical year holds.
    pub fn new(pages: &[&Page], holidays: &BankHolidays) -> Self {
        if pages.iter().any(|page| page.has_terms()) {
            return Self::of(pages, holidays, false);
        }
        let typical = typical::page();
        let all: Vec<&Page> = pages.iter().copied().chain([&typical]).collect();
        Self::of(&all, holidays, true)
    }

    fn of(pages: &[&Page], holidays: &BankHolidays, typical: bool) -> Self {
        let division = pages.iter().find_map(|page| page.division);
        let division = division.unwrap_or_default();
        let mut said = said(pages);
        let (first, kinds) = kinds_of_days(&said, division, holidays);
        said.extend(published(division, holidays));
        let school = kinds
            .iter()
            .map(|kind| kind.map(|kind| kind == DayKind::SchoolDay));
        Self {
            school: Count::new(first, school),
            working: working_days(division, holidays),
            kinds,
            first,
            said,
            division,
            typical,
        }
    }

    pub fn kind(&self, date: Date) -> Option<DayKind> {
        let place = usize::try_from((date - self.first).num_days()).ok()?;
        self.kinds.get(place).copied().flatten()
    }

    /// A day with what is said of it, and by whom.
    pub fn day(&self, date: Date) -> Option<Day> {
        let kind = self.kind(date)?;
        let mut said = self.said.iter().filter(|said| said.period.has(date));
        let found = said.find(|said| of_period(said.period.kind) == kind);
        let (label, source) = match found {
            Some(said) => (said.period.label.clone(), said.by.clone()),
            None if kind == DayKind::Holiday => {
                ("Holiday".to_owned(), "between two terms".to_owned())
            }
            None => (String::new(), String::new()),
        };
        Some(Day {
            date,
            kind,
            label,
            source,
        })
    }

    /// The last day up to which school days are known from a day on.
    pub fn reach(&self, from: Date) -> Option<Date> {
        self.school.reach(from)
    }

    pub fn division(&self) -> Division {
        self.division
    }
}

/// The year from August to July in which a day lies, by its first calendar year.
pub fn school_year(day: Date) -> i32 {
    if day.month() >= 8 {
        day.year()
    } else {
        day.year() - 1
    }
}

fn of_period(kind: PeriodKind) -> DayKind {
    match kind {
        PeriodKind::Term => DayKind::SchoolDay,
        PeriodKind::Inset => DayKind::Inset,
        PeriodKind::Holiday => DayKind::Holiday,
        PeriodKind::BankHoliday => DayKind::BankHoliday,
    }
}

/// What counts of all pages, the nearest first: of each year its base and what is nearer.
fn said(pages: &[&Page]) -> Vec<Said> {
    let mut base: BTreeMap<i32, usize> = BTreeMap::new();
    for (rank, page) in pages.iter().enumerate() {
        let terms = page.periods.iter().filter(|p| p.kind == PeriodKind::Term);
        for term in terms {
            base.entry(school_year(term.from)).or_insert(rank);
        }
    }
    let mut said = Vec::new();
    for (rank, page) in pages.iter().enumerate() {
        for period in &page.periods {
            let base = base.get(&school_year(period.from)).copied();
            let counts = match period.kind {
                PeriodKind::Term => base == Some(rank),
                _ => base.is_none_or(|base| rank <= base),
            };
            if counts {
                said.push(Said {
                    period: period.clone(),
                    by: page.owner.to_string(),
                });
            }
        }
    }
    said
}

/// The bank holidays of a division, as periods of one day.
fn published(division: Division, holidays: &BankHolidays) -> impl Iterator<Item = Said> {
    let days = holidays.of(division).into_iter().flatten();
    days.map(|(day, title)| Said {
        period: Period {
            from: *day,
            to: *day,
            kind: PeriodKind::BankHoliday,
            label: title.clone(),
            source: "GOV.UK".to_owned(),
        },
        by: "GOV.UK".to_owned(),
    })
}

fn kinds_of_days(
    said: &[Said],
    division: Division,
    holidays: &BankHolidays,
) -> (Date, Vec<Option<DayKind>>) {
    let known = known_days(said, division, holidays);
    let Some((first, last)) = known.first().zip(known.last()) else {
        return (Date::default(), Vec::new());
    };
    let none = BTreeMap::new();
    let bank = holidays.of(division).unwrap_or(&none);
    let mut kinds = Vec::new();
    for day in first.0.iter_days().take_while(|day| *day <= last.1) {
        let is_known = known.iter().any(|(from, to)| *from <= day && day <= *to);
        kinds.push(is_known.then(|| kind_of(day, said, bank.contains_key(&day))));
    }
    (first.0, kinds)
}

/// Stretches of which all days are known: what is said, with the holidays between, in the years
/// whose bank holidays are known.
fn known_days(said: &[Said], division: Division, holidays: &BankHolidays) -> Vec<(Date, Date)> {
    let mut spans: BTreeSet<(Date, Date)> = BTreeSet::new();
    spans.extend(said.iter().map(|said| (said.period.from, said.period.to)));
    let mut known: Vec<(Date, Date)> = Vec::new();
    for (from, to) in spans {
        match known.last_mut() {
            Some(last) if (from - last.1).num_days() <= LONGEST_HOLIDAY => last.1 = last.1.max(to),
            _ => known.push((from, to)),
        }
    }
    let Some((first, last)) = told_years(division, holidays) else {
        return Vec::new();
    };
    let most = first.checked_add_days(Days::new(MOST_DAYS));
    let last = most.map_or(last, |most| last.min(most));
    let within = known
        .into_iter()
        .map(|(from, to)| (from.max(first), to.min(last)));
    within.filter(|(from, to)| from <= to).collect()
}

fn told_years(division: Division, holidays: &BankHolidays) -> Option<(Date, Date)> {
    let (first, last) = holidays.years(division)?;
    let first = Date::from_ymd_opt(first, 1, 1)?;
    Some((first, Date::from_ymd_opt(last, 12, 31)?))
}

fn kind_of(day: Date, said: &[Said], bank_holiday: bool) -> DayKind {
    if is_weekend(day) {
        return DayKind::Weekend;
    }
    let has = |kind: PeriodKind| {
        let mut said = said.iter();
        said.any(|said| said.period.kind == kind && said.period.has(day))
    };
    if bank_holiday || has(PeriodKind::BankHoliday) {
        DayKind::BankHoliday
    } else if has(PeriodKind::Inset) {
        DayKind::Inset
    } else if has(PeriodKind::Holiday) || !has(PeriodKind::Term) {
        DayKind::Holiday
    } else {
        DayKind::SchoolDay
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Monday to Friday but for bank holidays, in the years of which these are known.
fn working_days(division: Division, holidays: &BankHolidays) -> Count {
    let (Some((first, last)), Some(bank)) = (told_years(division, holidays), holidays.of(division))
    else {
        return Count::default();
    };
    let most = usize::try_from(MOST_DAYS).unwrap_or(usize::MAX);
    let days = first.iter_days().take_while(|day| *day <= last).take(most);
    let counts = days.map(|day| Some(!is_weekend(day) && !bank.contains_key(&day)));
    Count::new(first, counts)
}
