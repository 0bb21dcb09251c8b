//! Properties: no bytes whatever make the importers panic, and what was imported is there.

use std::collections::BTreeMap;

use alongside::import::{Pick, plan_people, plan_schools, read_people, read_schools};
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

fn read_both(bytes: &[u8]) {
    let schools = plan_schools(read_schools(bytes, &Pick::all()), &BTreeMap::new());
    let people = plan_people(read_people(bytes), &empty_alliance(), &SEED);
    for (plan, report) in [
        (schools.plan.is_some(), schools.report),
        (people.plan.is_some(), people.report),
    ] {
        assert_eq!(plan, report.problems.is_empty(), "a plan, or problems");
        assert!(!report.to_string().is_empty() && serde_json::to_string(&report).is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_both(&bytes);
    }

    #[test]
    fn any_cells_below_a_good_header_are_read_without_a_panic(
        cells in proptest::collection::vec("[\\PC\n\r\"',;/.@=E+0-9-]{0,12}", 0..60),
        schools in any::<bool>(),
    ) {
        let header = if schools { SCHOOLS_140.lines().next().unwrap() } else { HEADER };
        read_both(format!("{header}\n{}", cells.join(",")).as_bytes());
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
        read_both(&damaged);
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
