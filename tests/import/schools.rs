//! The register of schools: any release, any of its encodings, and what is picked of it.

use std::collections::BTreeMap;

use alongside::import::{Pick, SchoolField, SchoolRecord, plan_schools, read_schools};

use super::*;

fn read(bytes: &[u8], pick: &Pick) -> Vec<SchoolRecord> {
    let file = read_schools(bytes, pick);
    let problems: Vec<String> = file
        .findings
        .problems
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
    file.schools
}

fn by(urns: &[&str], trusts: &[&str], authorities: &[&str]) -> Pick {
    let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    Pick {
        urns: owned(urns),
        trusts: owned(trusts),
        local_authorities: owned(authorities),
        ..Pick::default()
    }
}

#[test]
fn releases_of_different_width_say_the_same_of_a_school() {
    let narrow = read(SCHOOLS_133.as_bytes(), &Pick::all());
    let wide = read(SCHOOLS_140.as_bytes(), &Pick::all());
    assert_eq!(narrow.len(), 8);
    assert_eq!(narrow, wide);
    assert_eq!(
        wide,
        read(DEMO_SCHOOLS.as_bytes(), &Pick::all()),
        "the demo has the same schools"
    );
}

#[test]
fn encodings_marks_delimiters_and_line_ends_make_no_difference() {
    let expected = read(SCHOOLS_140.as_bytes(), &Pick::all());
    assert!(expected[2].name.contains("Éloi’s"));
    let marked = format!("\u{feff}{SCHOOLS_140}");
    for bytes in [
        windows_1252(SCHOOLS_140),
        marked.into_bytes(),
        SCHOOLS_140.replace('\n', "\r\n").into_bytes(),
        windows_1252(&SCHOOLS_140.replace('\n', "\r")),
    ] {
        assert_eq!(read(&bytes, &Pick::all()), expected);
    }
    for delimiter in [b';', b'\t'] {
        let bytes = with_delimiter(SCHOOLS_140, delimiter);
        assert_eq!(read(&bytes, &Pick::all()), expected);
    }
}

fn with_delimiter(text: &str, delimiter: u8) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    for record in reader.records() {
        let record = record.expect("the file of this test is well formed");
        writer
            .write_record(&record)
            .expect("memory takes every row");
    }
    writer.into_inner().expect("memory takes every row")
}

#[test]
fn everything_worth_keeping_is_kept_in_one_spelling_and_the_heads_name_is_not() {
    let schools = eight_schools();
    let stored = serde_json::to_string(&schools[&urn("900004")]).unwrap();
    let kept = serde_json::json!({
        "urn": "900004", "name": "Dunmere High School", "facts": {
            "local_authority_code": "091", "local_authority": "Northshire",
            "establishment_number": "4004", "type": "Academy converter",
            "type_group": "Academies", "status": "Open", "open_date": "2013-09-01",
            "phase": "secondary", "low_age": "11", "high_age": "18",
            "sixth_form": "Has a sixth form", "pupils": "1147",
            "free_school_meals_percent": "22.7", "trust_code": "16901",
            "trust": "Rowan Learning Trust", "ukprn": "10090004", "street": "Moor Road",
            "town": "Dunmere", "postcode": "ZX3 8HS", "website": "https://dunmere.example",
            "telephone": "01632960004", "region": "North East", "district": "Northshire",
            "rural_urban": "(England/Wales) Rural town and fringe", "easting": "409480",
            "northing": "557730",
        }
    });
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&stored).unwrap(),
        kept
    );
    let all = serde_json::to_string(&schools.values().collect::<Vec<_>>()).unwrap();
    assert!(!all.contains("Nwosu") && !all.contains("Not applicable") && !all.contains("X999999"));
}

#[test]
fn a_school_without_a_phase_in_the_register_gets_that_of_its_ages_with_a_note() {
    let file = read_schools(
        DEMO_SCHOOLS.as_bytes(),
        &by(&["900007", "900006"], &[], &[]),
    );
    let phases: Vec<_> = file
        .schools
        .iter()
        .map(|s| s.fact(SchoolField::Phase))
        .collect();
    assert_eq!(phases, [Some("all_through"), Some("secondary")]);
    let notes: Vec<String> = file
        .findings
        .notes
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        notes,
        ["row 8: the register gives no phase; secondary was taken from the ages 11 to 18"]
    );
    assert_eq!(
        file.schools[1].number(SchoolField::Easting),
        None,
        "0 is no place"
    );
}

#[test]
fn schools_are_picked_by_urn_by_trust_and_by_local_authority() {
    let urns = |pick: &Pick| -> Vec<String> {
        read(SCHOOLS_133.as_bytes(), pick)
            .into_iter()
            .map(|school| school.urn.0)
            .collect()
    };
    assert_eq!(
        urns(&by(&["900008", "900001"], &[], &[])),
        ["900001", "900008"]
    );
    assert_eq!(
        urns(&by(&[], &["rowan learning trust"], &[])),
        ["900004", "900005"]
    );
    assert_eq!(urns(&by(&[], &["16901"], &[])), ["900004", "900005"]);
    assert_eq!(
        urns(&by(&[], &[], &["92"])),
        ["900003", "900006", "900007", "900008"]
    );
    assert_eq!(urns(&by(&["900001"], &[], &["Eastmere"])).len(), 5);
}

#[test]
fn a_closed_school_asked_for_by_urn_is_refused_with_the_rule_of_successors() {
    let closed = SCHOOLS_140.replacen(",1,Open,", ",2,Closed,", 1);
    let left = read(closed.as_bytes(), &by(&[], &[], &["Northshire"]));
    assert!(left.iter().all(|school| school.urn != urn("900001")));
    let file = read_schools(closed.as_bytes(), &by(&["900001"], &[], &[]));
    assert_eq!(
        file.findings.problems[0].to_string(),
        "row 2, column URN: \"900001\". This school is closed. A school that becomes an academy \
         gets a new URN: look under \"Links\" on its page in \"Get information about schools\" and \
         use the successor's. Or ask for closed schools too."
    );
    let all = Pick {
        closed_too: true,
        ..by(&["900001"], &[], &[])
    };
    assert_eq!(
        read(closed.as_bytes(), &all)[0].fact(SchoolField::Status),
        Some("Closed")
    );
}

#[test]
fn codes_that_a_spreadsheet_shortened_get_their_zeros_back() {
    let shortened = SCHOOLS_140
        .replace(",091,", ",91,")
        .replace(",01632960001,", ",1632960001,");
    assert_eq!(
        read(shortened.as_bytes(), &Pick::all()),
        read(SCHOOLS_140.as_bytes(), &Pick::all())
    );
    let school = &read(shortened.as_bytes(), &by(&[], &[], &["091"]))[0];
    assert_eq!(school.laestab().as_deref(), Some("0912001"));
}

#[test]
fn an_extract_with_few_columns_is_enough() {
    let text = "Phase Of Education;urn;Establishment Name;LAESTAB;EstablishmentStatus (code)\n\
        Primary;900001;Alder Vale;91/2001;1\nPrimary;900002;Beckside;922002;2\n";
    let schools = read(text.as_bytes(), &Pick::all());
    assert_eq!(schools.len(), 1);
    assert_eq!(schools[0].laestab().as_deref(), Some("0912001"));
}

#[test]
fn the_same_file_twice_changes_nothing_whatever_its_release() {
    let present = eight_schools();
    for text in [SCHOOLS_133, SCHOOLS_140] {
        let proposal = plan_schools(read_schools(&windows_1252(text), &Pick::all()), &present);
        assert!(proposal.plan.unwrap().is_empty());
        assert!(
            proposal
                .report
                .to_string()
                .contains("Everything is there already: no change.")
        );
    }
}

#[test]
fn a_report_reads_line_by_line() {
    let text = SCHOOLS_140.replace("Rowan Learning Trust", "Rowan Trust");
    let mut present = eight_schools();
    present.remove(&urn("900002"));
    let pick = by(&["900001", "900002", "900004"], &[], &[]);
    let proposal = plan_schools(read_schools(text.as_bytes(), &pick), &present);
    assert_eq!(
        proposal.report.to_string(),
        "8 rows read (UTF-8). Not imported yet. This would change:\n  \
         schools: 1 new, 1 changed, 1 unchanged\n  \
         + school 900002 Beckside Church of England Primary School, primary, Northshire\n  \
         ~ school 900004 Dunmere High School: trust: Rowan Learning Trust → Rowan Trust\n"
    );
    let json = serde_json::to_value(proposal.report.applied()).unwrap();
    assert_eq!(json["state"], "applied");
    assert_eq!(json["counts"][0]["new"], 1);
    assert_eq!(json["lines"][1]["action"], "change");
}

#[test]
fn a_school_of_one_alliance_says_nothing_of_another() {
    let proposal = plan_schools(
        read_schools(SCHOOLS_140.as_bytes(), &by(&["900001"], &[], &[])),
        &BTreeMap::new(),
    );
    assert_eq!(
        proposal.plan.unwrap().add.len(),
        1,
        "the seven others were not asked for"
    );
}
