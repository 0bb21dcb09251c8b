//! Days that count: by hand where a rule is shown, by properties where all must hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::day::DayKind;
use super::layers::Calendar;
use super::page::{Owner, Page};
use super::test_calendars::{date, holidays, page, weekdays};
use super::*;

const PORTSMOUTH: &str = "
    term 2025-09-03 2025-12-19
    holiday 2025-10-27 2025-10-31
    term 2026-01-05 2026-03-27
    holiday 2026-02-16 2026-02-20
    term 2026-04-13 2026-07-22
    holiday 2026-05-25 2026-05-29
    inset 2025-11-03";

fn authority() -> Owner {
    Owner::LocalAuthority {
        name: "Portsmouth".to_owned(),
    }
}

fn own() -> Owner {
    Owner::School {
        urn: Urn("100001".to_owned()),
    }
}

fn calendar(pages: &[&Page]) -> Calendar {
    Calendar::new(pages, &holidays(2025, 2027, &["2026-05-04"]))
}

fn kind(calendar: &Calendar, day: &str) -> Option<DayKind> {
    calendar.kind(date(day))
}

#[test]
fn a_day_is_what_its_page_says_and_the_gap_between_two_terms_is_a_holiday() {
    let page = page(authority(), PORTSMOUTH);
    let calendar = calendar(&[&page]);
    assert_eq!(kind(&calendar, "2025-09-03"), Some(DayKind::SchoolDay));
    assert_eq!(kind(&calendar, "2025-09-06"), Some(DayKind::Weekend));
    assert_eq!(kind(&calendar, "2025-10-28"), Some(DayKind::Holiday));
    assert_eq!(kind(&calendar, "2025-11-03"), Some(DayKind::Inset));
    assert_eq!(kind(&calendar, "2025-12-23"), Some(DayKind::Holiday));
    assert_eq!(kind(&calendar, "2026-05-04"), Some(DayKind::BankHoliday));
    assert_eq!(kind(&calendar, "2025-09-02"), None);
    assert_eq!(kind(&calendar, "2026-07-23"), None);
    let inset = calendar.day(date("2025-11-03")).unwrap();
    assert_eq!(inset.source, "Portsmouth (local authority)");
}

#[test]
fn a_school_lays_its_own_days_over_the_terms_of_its_template() {
    let template = page(authority(), PORTSMOUTH);
    let mine = page(own(), "inset 2026-01-05\nholiday 2026-06-26");
    let calendar = calendar(&[&mine, &template]);
    assert_eq!(kind(&calendar, "2026-01-05"), Some(DayKind::Inset));
    assert_eq!(kind(&calendar, "2026-01-06"), Some(DayKind::SchoolDay));
    assert_eq!(kind(&calendar, "2026-06-26"), Some(DayKind::Holiday));
    assert_eq!(kind(&calendar, "2025-10-28"), Some(DayKind::Holiday));
}

#[test]
fn own_terms_of_a_year_replace_that_year_of_the_template_whole() {
    let template = page(authority(), PORTSMOUTH);
    let mine = page(
        own(),
        "term 2025-09-01 2025-12-17\nterm 2026-01-06 2026-07-17\nholiday 2025-10-20 2025-10-24",
    );
    let calendar = calendar(&[&mine, &template]);
    // The half-term of the template is none here.
    assert_eq!(kind(&calendar, "2025-10-28"), Some(DayKind::SchoolDay));
    assert_eq!(kind(&calendar, "2025-10-21"), Some(DayKind::Holiday));
    assert_eq!(kind(&calendar, "2025-12-18"), Some(DayKind::Holiday));
    assert_eq!(kind(&calendar, "2026-07-20"), None);
}

#[test]
fn without_any_terms_the_typical_year_holds_and_says_so() {
    let mine = page(own(), "inset 2026-01-05");
    let calendar = calendar(&[&mine]);
    assert!(calendar.typical);
    assert_eq!(kind(&calendar, "2026-01-05"), Some(DayKind::Inset));
    assert_eq!(kind(&calendar, "2026-10-27"), Some(DayKind::Holiday));
    // One term of somebody's own ends it: nothing is mixed.
    let one = page(own(), "term 2026-01-05 2026-03-27");
    let real = self::calendar(&[&one]);
    assert!(!real.typical);
    assert_eq!(kind(&real, "2026-10-27"), None);
}

#[test]
fn a_missing_term_is_a_gap_and_no_holiday() {
    let page = page(
        own(),
        "term 2025-09-03 2025-12-19\nterm 2026-04-13 2026-07-22",
    );
    let calendar = calendar(&[&page]);
    assert_eq!(kind(&calendar, "2026-02-02"), None);
    assert_eq!(kind(&calendar, "2026-04-13"), Some(DayKind::SchoolDay));
    assert_eq!(calendar.reach(date("2025-10-01")), Some(date("2025-12-19")));
}

fn calendars(calendar: Calendar) -> Calendars {
    Calendars {
        alliance: Arc::new(calendar),
        schools: BTreeMap::new(),
    }
}

#[test]
fn a_calendar_that_ends_names_the_first_day_that_it_lacks() {
    let page = page(own(), PORTSMOUTH);
    let all = calendars(calendar(&[&page]));
    let shift = |from: &str, days, side| {
        all.shift(
            &CalendarId::Alliance,
            Unit::SchoolDays,
            date(from),
            days,
            side,
        )
    };
    assert_eq!(shift("2026-07-20", 2, Side::After), Ok(date("2026-07-22")));
    let ended = shift("2026-07-20", 3, Side::After).unwrap_err();
    assert_eq!(ended.day, date("2026-07-23"));
    assert_eq!(
        shift("2026-08-10", 1, Side::After).unwrap_err().day,
        date("2026-08-11")
    );
    assert_eq!(shift("2025-09-05", 2, Side::Before), Ok(date("2025-09-03")));
    assert_eq!(
        shift("2025-09-05", 3, Side::Before).unwrap_err().day,
        date("2025-09-02")
    );
}

#[test]
fn a_gap_of_a_term_is_not_counted_over_in_either_direction() {
    let page = page(
        own(),
        "term 2025-09-03 2025-12-19\nterm 2026-04-13 2026-07-22",
    );
    let all = calendars(calendar(&[&page]));
    let shift =
        |from: &str, side| all.shift(&CalendarId::Alliance, Unit::SchoolDays, date(from), 5, side);
    assert_eq!(
        shift("2025-12-17", Side::After).unwrap_err().day,
        date("2025-12-20")
    );
    assert!(shift("2026-04-15", Side::Before).is_err());
}

#[test]
fn two_schools_together_count_the_days_on_which_both_are_open() {
    let (a, b) = (Urn("100001".to_owned()), Urn("100002".to_owned()));
    let first = calendar(&[&page(
        own(),
        "term 2026-01-05 2026-03-27\nholiday 2026-02-16 2026-02-20",
    )]);
    let second = calendar(&[&page(
        own(),
        "term 2026-01-05 2026-03-27\nholiday 2026-02-09 2026-02-13",
    )]);
    let mut all = calendars(first.clone());
    all.schools.insert(a.clone(), Arc::new(first));
    all.schools.insert(b.clone(), Arc::new(second));
    let both = CalendarId::Both { urns: vec![a, b] };
    let shift = |days| {
        all.shift(
            &both,
            Unit::SchoolDays,
            date("2026-02-06"),
            days,
            Side::After,
        )
    };
    assert_eq!(shift(1), Ok(date("2026-02-23")));
    let measured = all.measure(
        &both,
        Unit::SchoolDays,
        date("2026-02-05"),
        date("2026-02-24"),
    );
    assert_eq!(measured, 3);
    let counted = explain::count(
        &all,
        &both,
        Unit::SchoolDays,
        date("2026-02-06"),
        1,
        Side::After,
    );
    let counted = counted.unwrap();
    assert_eq!(counted.len(), 17);
    assert_eq!(counted.last().unwrap().number, Some(1));
    assert_eq!(counted[3].days[1].kind, DayKind::Holiday);
}

#[test]
fn calendars_that_end_soon_are_found_the_soonest_first() {
    let ends = |last: &str| {
        Arc::new(calendar(&[&page(
            own(),
            &format!("term 2026-01-05 {last}"),
        )]))
    };
    let mut all = calendars(calendar(&[&page(own(), PORTSMOUTH)]));
    for (urn, last) in [
        ("100001", "2026-07-22"),
        ("100002", "2026-03-27"),
        ("100003", "2026-04-02"),
    ] {
        all.schools.insert(Urn(urn.to_owned()), ends(last));
    }
    let found = all.ending(date("2026-02-16"), 60);
    let wanted = [("100002", "2026-03-27"), ("100003", "2026-04-02")];
    let wanted = wanted.map(|(urn, last)| (Urn(urn.to_owned()), Some(date(last))));
    assert_eq!(found, wanted);
    assert_eq!(all.ending(date("2026-08-03"), 60)[0].1, None);
}

#[test]
fn a_newer_publication_says_its_own_years_and_older_years_stay() {
    let old = holidays(2024, 2026, &["2026-05-04"]);
    let new = holidays(2026, 2028, &["2026-05-08"]);
    let both = old.renewed_by(&new);
    let days = both.of(bank_holidays::Division::EnglandAndWales).unwrap();
    assert!(days.contains_key(&date("2024-01-01")));
    assert!(days.contains_key(&date("2026-05-08")) && !days.contains_key(&date("2026-05-04")));
    assert_eq!(
        both.years(bank_holidays::Division::EnglandAndWales),
        Some((2024, 2028))
    );
}

#[test]
fn the_nth_day_after_and_before_skips_the_weekend() {
    let calendars = weekdays();
    let shift = |from, days, side| {
        calendars.shift(
            &CalendarId::Alliance,
            Unit::SchoolDays,
            date(from),
            days,
            side,
        )
    };
    assert_eq!(shift("2027-03-04", 2, Side::After), Ok(date("2027-03-08")));
    assert_eq!(shift("2027-03-08", 2, Side::Before), Ok(date("2027-03-04")));
    assert_eq!(shift("2027-03-06", 1, Side::After), Ok(date("2027-03-08")));
}

proptest! {
    #[test]
    fn adding_days_and_measuring_gives_them_back(start in 0u64..700, days in 1u32..60) {
        let from = date("2025-09-03") + Days::new(start);
        let all = calendars(calendar(&[&page(own(), PORTSMOUTH)]));
        for unit in [Unit::SchoolDays, Unit::WorkingDays, Unit::CalendarDays] {
            if let Ok(to) = all.shift(&CalendarId::Alliance, unit, from, days, Side::After) {
                prop_assert_eq!(all.measure(&CalendarId::Alliance, unit, from, to), days);
                prop_assert!(all.counts(&CalendarId::Alliance, unit, to));
            }
            if let Ok(to) = all.shift(&CalendarId::Alliance, unit, from, days, Side::Before) {
                prop_assert!(all.counts(&CalendarId::Alliance, unit, to));
                let again = all.measure(&CalendarId::Alliance, unit, to, from);
                let own_day = u32::from(all.counts(&CalendarId::Alliance, unit, from));
                prop_assert_eq!(again, days - 1 + own_day);
            }
        }
    }
}
