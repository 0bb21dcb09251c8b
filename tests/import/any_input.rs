//! Properties: no bytes whatever make the importers panic, and what was imported is there.

use std::collections::BTreeMap;

use alongside::core::calendar::bank_holidays::BankHolidays;
use alongside::core::calendar::day::Period;
use alongside::core::calendar::page::Owner;
use alongside::core::time::Date;
use alongside::import::{
    Pick, PresentTerms, plan_bank_holidays, plan_people, plan_schools, plan_terms, read_people,
    read_schools, read_terms,
};
use proptest::prelude::*;

use super::*;

const HEADER: &str = "name,email,school,role,phone,from,until,main,covers";

/// Cells of which most are good, so that many files are accepted.
fn row() -> impl Strategy<Value = String> {
    let person = prop_oneof![Just("jo"), Just("sam"), Just("kim")];
    let school = prop_oneof![Just("900001"), Just("900002"), Just("")];
    let role = prop_oneof![Just("office"), Just("cpd_lead")];
    let date = || {
        let day = prop_oneof![
            Just(""),
            Just("2026-09-01"),
            Just("2027-01-04"),
            Just("2027-08-31")
        ];
        day.prop_map(str::to_owned)
    };
    let covers = prop_oneof![9 => Just(""), 1 => Just("sam@x.example")];
    (person, school, role, date(), date(), covers).prop_map(
        |(person, school, role, from, until, covers)| {
            let main = if school == "900001" { "yes" } else { "" };
            format!("{person},{person}@x.example,{school},{role},,{from},{until},{main},{covers}")
        },
    )
}

fn file() -> impl Strategy<Value = String> {
    let rows = proptest::collection::vec(row(), 1..6);
    rows.prop_map(|rows| format!("{HEADER}\n{}\n", rows.join("\n")))
}

/// Lines of events, most of them good by themselves.
fn event_line() -> impl Strategy<Value = String> {
    let day = prop_oneof![
        "2026(09|10|11)(01|15|28)",
        Just("20260901T090000Z".to_owned()),
        "\\PC{0,10}"
    ];
    let title = prop_oneof![
        Just("INSET day"),
        Just("Term starts"),
        Just("Term ends"),
        Just("Half term"),
        Just("Half term ends"),
        Just("Fair"),
    ];
    prop_oneof![
        3 => Just("BEGIN:VEVENT".to_owned()),
        3 => Just("END:VEVENT".to_owned()),
        3 => title.prop_map(|title| format!("SUMMARY:{title}")),
        3 => (prop_oneof![Just("DTSTART"), Just("DTEND"), Just("DURATION")], day)
            .prop_map(|(name, day)| format!("{name}:{day}")),
        1 => "[ \t]?[A-Z;=:\"\\\\-]{0,12}\\PC{0,8}",
    ]
}

/// Term dates of two school years, of which most are sound.
fn term_rows() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        Just("term"),
        Just("holiday"),
        Just("inset"),
        Just("bank_holiday")
    ];
    let row = (kind, 0..700_u64, 0..90_u64).prop_map(|(kind, start, days)| {
        let first = Date::from_ymd_opt(2025, 7, 1).expect("a day of the calendar");
        let from = first + chrono::Days::new(start);
        format!("{kind},{kind},{from},{}", from + chrono::Days::new(days))
    });
    let rows = proptest::collection::vec(row, 1..7);
    rows.prop_map(|rows| format!("kind,label,start_date,end_date\n{}\n", rows.join("\n")))
}

fn read_as_all(bytes: &[u8]) {
    let schools = plan_schools(read_schools(bytes, &Pick::all()), &BTreeMap::new());
    let people = plan_people(read_people(bytes), &empty_alliance(), &SEED);
    let bank_holidays = plan_bank_holidays(bytes, &BankHolidays::shipped());
    let mut all = vec![
        (schools.plan.is_some(), schools.report),
        (people.plan.is_some(), people.report),
        (bank_holidays.plan.is_some(), bank_holidays.report),
    ];
    for name in ["terms.csv", "terms.ics", "terms.yaml"] {
        let file = read_terms(name, bytes, None);
        let terms = plan_terms(file, Some(&Owner::Alliance), &PresentTerms::default());
        all.push((terms.plan.is_some(), terms.report));
    }
    for (plan, report) in all {
        assert_eq!(plan, report.problems.is_empty(), "a plan, or problems");
        assert!(!report.to_string().is_empty() && serde_json::to_string(&report).is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_as_all(&bytes);
    }

    #[test]
    fn any_cells_below_a_good_header_are_read_without_a_panic(
        cells in proptest::collection::vec("[\\PC\n\r\"',;/.@=E+0-9-]{0,12}", 0..60),
        schools in any::<bool>(),
    ) {
        let header = if schools { SCHOOLS_140.lines().next().unwrap() } else { HEADER };
        read_as_all(format!("{header}\n{}", cells.join(",")).as_bytes());
    }

    #[test]
    fn a_damaged_file_is_read_without_a_panic(
        place in 0..SCHOOLS_133.len(),
        bytes in proptest::collection::vec(any::<u8>(), 0..8),
        cut in 0..64_usize,
    ) {
        let mut damaged = SCHOOLS_133.as_bytes().to_vec();
        let end = (place + cut).min(damaged.len());
        damaged.splice(place..end, bytes);
        read_as_all(&damaged);
    }

    #[test]
    fn any_events_in_a_good_calendar_are_read_without_a_panic(
        lines in proptest::collection::vec(event_line(), 0..40),
    ) {
        let text = format!("BEGIN:VCALENDAR\n{}\nEND:VCALENDAR\n", lines.join("\n"));
        read_as_all(text.as_bytes());
    }

    #[test]
    fn term_dates_that_were_imported_are_there_and_the_second_time_changes_nothing(
        first in term_rows(), second in term_rows(),
    ) {
        let mut present = PresentTerms::default();
        for text in [&first, &second] {
            let plan = |present: &PresentTerms| {
                let file = read_terms("terms.csv", text.as_bytes(), None);
                plan_terms(file, Some(&Owner::Alliance), present)
            };
            let Some(kept) = plan(&present).plan else { continue };
            for page in kept.pages {
                present.pages.insert(page.owner.clone(), page);
            }
            let page = &present.pages[&Owner::Alliance];
            let told = read_terms("terms.csv", text.as_bytes(), None).told;
            let days = |p: &Period| (p.kind, p.from, p.to);
            for told in &told {
                prop_assert!(page.periods.iter().any(|p| days(p) == days(&told.period)), "{text}");
            }
            let again = plan(&present);
            prop_assert!(again.report.changes_nothing(), "{text}\n{}", again.report);
            prop_assert!(again.plan.is_some_and(|plan| plan.pages.is_empty()));
        }
    }

    #[test]
    fn what_was_imported_is_there_and_the_second_time_changes_nothing(
        first in file(), second in file(),
    ) {
        let mut present = empty_alliance();
        for text in [&first, &second] {
            let proposal = plan_people(read_people(text.as_bytes()), &present, &SEED);
            let Some(plan) = proposal.plan else { continue };
            apply_people(&plan, &mut present);
            let again = plan_people(read_people(text.as_bytes()), &present, &SEED);
            let empty = again.plan.as_ref().is_some_and(alongside::import::PeoplePlan::is_empty);
            prop_assert!(empty, "{text}\n{}\n{}", proposal.report, again.report);
        }
    }
}
