//! Due dates on published calendars: a table made by numpy, and one worked out by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use alongside::core::calendar::Calendars;
use alongside::core::calendar::bank_holidays::{BankHolidays, Division};
use alongside::core::calendar::day::{Period, PeriodKind};
use alongside::core::calendar::layers::Calendar;
use alongside::core::calendar::page::{Owner, Page};
use alongside::core::definition::dates::{Side, Unit};
use alongside::core::names::Urn;
use alongside::core::run::deadline::CalendarId;
use alongside::core::time::Date;

fn date(text: &str) -> Date {
    text.parse().unwrap_or_else(|_| panic!("no date: {text}"))
}

fn urn(school: &str) -> Urn {
    Urn(school.to_owned())
}

/// The page of one of the three schools, as it was published.
fn published(letter: &str) -> Page {
    let rows = include_str!("../import/term_dates_2025_26_samples.csv")
        .lines()
        .skip(1);
    let of_school = |row: &&str| row.contains(&format!(",school {letter} ("));
    let mut periods: Vec<Period> = rows.filter(of_school).map(period).collect();
    periods.sort();
    page(periods)
}

fn page(periods: Vec<Period>) -> Page {
    Page {
        owner: Owner::Alliance,
        division: None,
        periods,
    }
}

fn period(row: &str) -> Period {
    let cells: Vec<&str> = row.split(',').collect();
    let [.., kind, label, from, to] = cells.as_slice() else {
        panic!("{row}")
    };
    Period {
        from: date(from),
        to: date(to),
        kind: match *kind {
            "term" => PeriodKind::Term,
            "inset" => PeriodKind::Inset,
            "bank_holiday" => PeriodKind::BankHoliday,
            _ => PeriodKind::Holiday,
        },
        label: (*label).to_owned(),
        source: "published".to_owned(),
    }
}

fn with(mut page: Page, division: Division) -> Page {
    page.division = Some(division);
    page
}

/// One term, in a year with these bank holidays.
fn of_the_past(from: &str, to: &str, days: &[&str]) -> Calendar {
    let term = period(&format!(",,term,Term,{from},{to}"));
    let (first, last) = (&from[..4], &to[..4]);
    let ends = [format!("{first}-01-03"), format!("{last}-12-26")];
    let all = ends.iter().map(String::as_str).chain(days.iter().copied());
    let named = all
        .map(|day| (date(day), "A bank holiday".to_owned()))
        .collect();
    let holidays = BankHolidays(BTreeMap::from([(Division::EnglandAndWales, named)]));
    Calendar::new(&[&page(vec![term])], &holidays)
}

fn calendars() -> Calendars {
    let shipped = BankHolidays::shipped();
    let calendar = |page: Page| Calendar::new(&[&page], &shipped);
    let autumn = |days| of_the_past("2022-09-05", "2022-12-16", days);
    let summer = |days| of_the_past("2023-04-17", "2023-07-21", days);
    let schools = [
        ("A", calendar(published("A"))),
        ("B", calendar(published("B"))),
        ("C", calendar(published("C"))),
        ("SC", calendar(with(published("A"), Division::Scotland))),
        (
            "NI",
            calendar(with(published("A"), Division::NorthernIreland)),
        ),
        ("Q-", autumn(&[])),
        ("Q+", autumn(&["2022-09-19"])),
        ("K-", summer(&["2023-05-01"])),
        ("K+", summer(&["2023-05-01", "2023-05-08"])),
    ];
    let schools = schools.map(|(name, calendar)| (urn(name), Arc::new(calendar)));
    Calendars {
        schools: BTreeMap::from(schools),
        ..Calendars::default()
    }
}

/// Checks every row of a table; says how many there were.
fn all_rows_hold(table: &str) -> usize {
    let calendars = calendars();
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in rows {
        count += 1;
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let id = match cells[0] {
            "AB" => CalendarId::Both {
                urns: vec![urn("A"), urn("B")],
            },
            one => CalendarId::School { urn: urn(one) },
        };
        let unit = match cells[1] {
            "school" => Unit::SchoolDays,
            "working" => Unit::WorkingDays,
            _ => Unit::CalendarDays,
        };
        let (from, offset) = (date(cells[2]), cells[3].parse::<i32>().unwrap());
        let side = if offset > 0 {
            Side::After
        } else {
            Side::Before
        };
        let found = calendars.shift(&id, unit, from, offset.unsigned_abs(), side);
        let expected = (cells[4] != "-").then(|| date(cells[4]));
        if found.clone().ok() != expected {
            wrong.push(format!("{row}\n  found {found:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    count
}

#[test]
fn due_dates_are_as_numpy_counts_them() {
    assert!(all_rows_hold(include_str!("oracle.txt")) >= 150);
}

#[test]
fn due_dates_are_as_people_count_them() {
    assert!(all_rows_hold(include_str!("by_hand.txt")) >= 40);
}
