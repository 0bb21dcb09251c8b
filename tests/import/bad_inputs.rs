//! Bad files, each with the answer that it must get: never a panic, never a partial plan.

use alongside::import::export::guard;
use alongside::import::{plan_people, read_people};

use super::*;

const HEADER: &str = "name,email,school,role,job_title,phone,from,until,main,person_id,covers";
const ROW: &str = "Jo Smith,jo@alder-vale.example,900001,cpd_lead";

/// The first problem of a file with one good row and this one.
fn problem(row: &str) -> String {
    let text = format!("{HEADER}\n{ROW}\n{row}\n");
    people_problems(text.as_bytes())
        .into_iter()
        .next()
        .unwrap_or_default()
}

fn is_told(row: &str, place: &str, rule: &str) {
    let problem = problem(row);
    assert!(
        problem.starts_with(place) && problem.contains(rule),
        "{row:?}: {problem:?}"
    );
}

#[test]
fn utf_16_is_refused_and_two_encodings_in_one_file_are_found() {
    let utf_16: Vec<u8> = format!("\u{feff}{HEADER}\n{ROW}\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(people_problems(&utf_16)[0].contains("UTF-16"));
    assert!(schools_problems(&utf_16)[0].contains("CSV UTF-8"));
    let mut mixed = windows_1252(SCHOOLS_140);
    mixed.extend(b"900009,,,,Ren\xC3\xA9e School".iter());
    let broken = schools_problems(&mixed);
    assert!(
        broken[0].starts_with("row 10: The row has 5 cells"),
        "{broken:?}"
    );
    let place = mixed
        .windows(5)
        .position(|found| found == b"Alder")
        .unwrap();
    let mut mixed = windows_1252(SCHOOLS_140);
    mixed.splice(place..place + 5, *b"\xC3\x89lder");
    assert!(
        schools_problems(&mixed)[0].contains("written as UTF-8"),
        "{:?}",
        schools_problems(&mixed)
    );
}

#[test]
fn semicolons_and_mixed_line_ends_are_read_and_an_unclosed_quote_is_found() {
    let text = format!("{HEADER}\r\n{ROW}\rSam Lee,sam@beckside.example,900002,office\n");
    assert!(people_problems(text.replace(',', ";").as_bytes()).is_empty());
    is_told(
        "\"Sam,sam@beckside.example,900002,office",
        "row 3",
        "never closed",
    );
}

#[test]
fn missing_and_doubled_columns_are_told_and_extra_and_reordered_ones_are_read() {
    let missing = people_problems(b"name,email,role\nJo,jo@alder-vale.example,office\n");
    assert!(
        missing[0].contains("The column \"school\" is missing"),
        "{missing:?}"
    );
    let doubled = people_problems(format!("{HEADER},Email\n{ROW}\n").as_bytes());
    assert!(doubled[0].contains("twice"), "{doubled:?}");
    let extra = "role,hobby,school,email,name\noffice,chess,900001,jo@alder-vale.example,Jo\n";
    assert!(people_problems(extra.as_bytes()).is_empty());
    let no_phase = schools_problems(b"URN,EstablishmentName\n900001,Alder Vale\n");
    assert!(no_phase[0].contains("PhaseOfEducation"), "{no_phase:?}");
}

#[test]
fn a_formula_in_a_name_is_stored_as_text_and_harmless_on_export() {
    let row =
        "\"=HYPERLINK(\"\"http://x.example\"\",\"\"Jo\"\")\",sam@beckside.example,900002,office";
    let text = format!("{HEADER}\n{row}\n");
    let plan = plan_people(read_people(text.as_bytes()), &empty_alliance(), &SEED)
        .plan
        .unwrap();
    assert_eq!(plan.add[0].name, "=HYPERLINK(\"http://x.example\",\"Jo\")");
    assert!(guard(&plan.add[0].name).starts_with("'="));
}

#[test]
fn dates_that_do_not_exist_or_have_two_meanings_are_refused() {
    let dated = |date: &str| format!("Sam,sam@beckside.example,900002,office,,,{date}");
    is_told(
        &dated("31/02/2027"),
        "row 3, column from: \"31/02/2027\"",
        "no such day",
    );
    is_told(&dated("03/04/27"), "row 3, column from", "2027-04-03");
    is_told(
        &dated("03/04/2027"),
        "row 3, column from",
        "day and month, or month and day",
    );
}

#[test]
fn what_a_spreadsheet_made_of_dates_and_numbers_is_refused_with_the_way_out() {
    is_told(
        "Sam,sam@beckside.example,900002,office,,,46481",
        "row 3, column from",
        "the number by which a spreadsheet counts days",
    );
    is_told(
        "Sam,sam@beckside.example,900002,office,,1.23E+11",
        "row 3, column phone",
        "Format the column as text",
    );
}

#[test]
fn the_same_person_twice_by_case_or_spacing_is_one_with_a_note() {
    let text = format!("{HEADER}\n{ROW}\njo  smith, JO@Alder-Vale.example ,900001,teacher\n");
    let proposal = plan_people(read_people(text.as_bytes()), &empty_alliance(), &SEED);
    let plan = proposal.plan.unwrap();
    assert_eq!((plan.add.len(), plan.posts_add.len()), (1, 2));
    assert!(
        proposal.report.notes[0]
            .text
            .contains("the same person as in row 2")
    );
}

#[test]
fn addresses_that_mail_would_stumble_over_are_refused_and_other_alphabets_are_not() {
    let with = |email: &str| format!("Sam,\"{email}\",900002,office");
    is_told(
        &with("a@x.example,b@x.example"),
        "row 3, column email",
        "two addresses",
    );
    is_told(
        &with("a@x.example\nbcc: b@x.example"),
        "row 3, column email",
        "line break",
    );
    is_told(
        &with(&format!("{}@x.example", "a".repeat(300))),
        "row 3, column email",
        "254",
    );
    assert_eq!(problem(&with("łucja@szkoła.example")), "");
}

#[test]
fn a_million_and_one_rows_are_refused() {
    let mut text = format!("{HEADER}\n{ROW}\n");
    text.push_str(&"\n".repeat(999_999));
    assert!(people_problems(text.as_bytes()).is_empty());
    text.push_str(ROW);
    assert!(people_problems(text.as_bytes())[0].contains("more than 1000000 rows"));
}

#[test]
fn an_empty_file_and_a_header_alone_are_told() {
    for read in [people_problems, schools_problems] {
        assert!(read(b"")[0].contains("empty"));
        assert!(read(b"\xEF\xBB\xBF")[0].contains("empty"));
    }
    assert!(people_problems(HEADER.as_bytes())[0].contains("no rows"));
    let header = SCHOOLS_140.lines().next().unwrap();
    assert!(schools_problems(header.as_bytes())[0].contains("no rows"));
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let text = format!("{HEADER}\n{ROW}\n");
    let again = plan_people(read_people(text.as_bytes()), &with_people(&text), &SEED);
    assert!(again.plan.unwrap().is_empty());
    assert!(again.report.changes_nothing());
}

#[test]
fn a_row_for_a_school_of_another_alliance_is_refused() {
    is_told(
        "Sam,sam@beckside.example,900009,office",
        "row 3, column school: \"900009\"",
        "No school of this alliance has this URN",
    );
}
