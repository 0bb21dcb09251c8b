//! Calendars for tests: one on which every weekday counts, and some out of few words.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::Calendars;
use super::bank_holidays::{BankHolidays, Division};
use super::day::{Period, PeriodKind};
use super::layers::Calendar;
use super::page::{Owner, Page};
use crate::core::time::Date;

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A page of lines like `term 2026-09-01 2026-12-18`; one date stands for a single day.
pub fn page(owner: Owner, lines: &str) -> Page {
    let mut periods: Vec<Period> = lines.lines().filter_map(period).collect();
    periods.sort();
    Page {
        owner,
        division: None,
        periods,
    }
}

fn period(line: &str) -> Option<Period> {
    let mut words = line.split_whitespace();
    let kind = match words.next()? {
        "term" => PeriodKind::Term,
        "inset" => PeriodKind::Inset,
        "holiday" => PeriodKind::Holiday,
        "bank_holiday" => PeriodKind::BankHoliday,
        other => panic!("no kind `{other}`"),
    };
    let from = date(words.next()?);
    let to = words.next().map_or(from, date);
    Some(Period {
        from,
        to,
        kind,
        label: line.trim().to_owned(),
        source: "test".to_owned(),
    })
}

/// Bank holidays that tell all years from one to another, with these days in them.
pub fn holidays(from: i32, to: i32, days: &[&str]) -> BankHolidays {
    // The first and the last day make the years whole; both are New Year's Day or after Christmas.
    let ends = [format!("{from}-01-01"), format!("{to}-12-26")];
    let all = ends.iter().map(String::as_str).chain(days.iter().copied());
    let named = all.map(|day| (date(day), "A bank holiday".to_owned()));
    BankHolidays(BTreeMap::from([(
        Division::EnglandAndWales,
        named.collect(),
    )]))
}

/// Every Monday to Friday is a school day and a working day, from 2000 to 2060.
pub fn weekdays() -> Calendars {
    static EVERY: LazyLock<Calendars> = LazyLock::new(|| of_alliance(""));
    EVERY.clone()
}

/// The same but for a stretch of days, from one to another.
pub fn with_holiday(span: &str) -> Calendars {
    of_alliance(&format!("holiday {span}"))
}

/// The same but for what these lines say: `bank_holiday 2027-01-22`.
pub fn of_alliance(lines: &str) -> Calendars {
    only(&format!("term 2000-01-01 2060-12-31\n{lines}"))
}

/// Nothing but what these lines say.
pub fn only(lines: &str) -> Calendars {
    let page = page(Owner::Alliance, lines);
    // Both ends of the told years fall on a weekend.
    let told = ["2000-01-01", "2060-12-26"].map(|day| (date(day), String::new()));
    let told = BTreeMap::from([(Division::EnglandAndWales, told.into_iter().collect())]);
    Calendars {
        alliance: Arc::new(Calendar::new(&[&page], &BankHolidays(told))),
        schools: BTreeMap::new(),
    }
}
