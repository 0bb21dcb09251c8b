//! What holds for all formats, and spreadsheets and pages, good and bad.

use super::*;
use crate::core::calendar::day::PeriodKind;

fn kind(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Term => "term",
        PeriodKind::Inset => "inset",
        PeriodKind::Holiday => "holiday",
        PeriodKind::BankHoliday => "bank holiday",
    }
}

/// What a file says, one line each; its problems and notes after `!` and `?`.
pub fn said(name: &str, bytes: &[u8]) -> Vec<String> {
    let file = read_terms(name, bytes, None);
    let told = file.told.iter().map(|told| {
        let period = &told.period;
        let kind = kind(period.kind);
        format!("{kind} {}..{} {}", period.from, period.to, period.label)
    });
    let problems = file.findings.problems.iter().map(|p| format!("! {p}"));
    let notes = file.findings.notes.iter().map(|note| format!("? {note}"));
    told.chain(problems).chain(notes).collect()
}

fn csv(rows: &str) -> Vec<String> {
    let text = format!("kind,label,start_date,end_date\n{rows}\n");
    said("terms.csv", text.as_bytes())
}

fn yaml(text: &str) -> Vec<String> {
    said("terms.yaml", text.as_bytes())
}

/// The one problem of a file.
pub fn refused(said: &[String]) -> &str {
    let mut problems = said.iter().filter(|line| line.starts_with('!'));
    let first = problems.next().unwrap_or_else(|| panic!("{said:#?}"));
    assert!(problems.next().is_none(), "{said:#?}");
    first
}

#[test]
fn rows_are_read_by_the_names_of_their_columns_and_the_words_of_people() {
    let text = "Source;LABEL;Type;First day;End\n\
                council;Autumn;Term;2026-09-01;18/12/2026\n\
                ;;INSET day;1 Sept 2026;\n\
                ;Half-term;half-term;2026-10-26;2026-10-30\n\
                ;;Training Day;2026-10-23;2026-10-23\n\
                ;;Public holiday;2027-05-03;\n";
    assert_eq!(
        said("terms.csv", text.as_bytes()),
        [
            "term 2026-09-01..2026-12-18 Autumn",
            "inset 2026-09-01..2026-09-01 INSET day",
            "holiday 2026-10-26..2026-10-30 Half-term",
            "inset 2026-10-23..2026-10-23 INSET day",
            "bank holiday 2027-05-03..2027-05-03 Bank holiday",
        ]
    );
    let file = read_terms("terms.csv", text.as_bytes(), None);
    let sources: Vec<&str> = file.told.iter().map(|t| t.period.source.as_str()).collect();
    assert_eq!(sources[..2], ["council", "terms.csv"]);
}

#[test]
fn a_row_that_cannot_be_read_is_told_with_its_column() {
    let table = [
        ("terms,Autumn,2026-09-01,2026-12-18", ""),
        (
            "trem,Autumn,2026-09-01,2026-12-18",
            "row 2, column kind: \"trem\". This is no kind of days. Did you mean `term`?",
        ),
        (
            ",Autumn,2026-09-01,2026-12-18",
            "row 2, column kind: the cell is empty. Every row needs this.",
        ),
        (
            "term,Autumn,,2026-12-18",
            "row 2, column start_date: the cell is empty.",
        ),
        (
            "term,Autumn,03/09/2026,2026-12-18",
            "column start_date: \"03/09/2026\". This could be day and month",
        ),
        (
            "term,Autumn,2026-09-01,31/11/2026",
            "column end_date: \"31/11/2026\". There is no such day.",
        ),
        (
            "term,Autumn,46266,2026-12-18",
            "number by which a spreadsheet counts days",
        ),
        (
            "term,Autumn,2026-12-18,2026-09-01",
            "row 2: \"2026-12-18 to 2026-09-01\". The last day is before the first.",
        ),
        (
            "term,Autumn,2026-09-01,2027-12-18",
            "These are 474 days; a period has at most 400.",
        ),
        ("term,Autumn,1999-09-01,1999-12-18", "years 2000 to 2100"),
        ("term,Autumn,2101-01-05,2101-03-18", "years 2000 to 2100"),
        (
            "term,\"Autumn\u{202e}\",2026-09-01,2026-12-18",
            "column label",
        ),
        (
            "term,Autumn,2026-09-01,2026-12-18,extra",
            "5 cells where the header has 4",
        ),
        ("term,\"Autumn,2026-09-01,2026-12-18", "never closed"),
    ];
    for (row, expected) in table {
        let said = csv(row);
        if expected.is_empty() {
            assert_eq!(said, ["term 2026-09-01..2026-12-18 Autumn"]);
        } else {
            assert!(refused(&said).contains(expected), "{row}: {said:#?}");
        }
    }
}

#[test]
fn a_file_that_tells_nothing_is_a_problem_whatever_its_format() {
    let empty_calendar = b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n".as_slice();
    for (name, bytes, expected) in [
        ("a.csv", b"".as_slice(), "The file is empty."),
        ("a.ics", b"\xEF\xBB\xBF \n", "The file is empty."),
        ("a.yaml", b"", "The file is empty."),
        (
            "a.csv",
            b"kind,label,start_date,end_date\n",
            "a header and no rows",
        ),
        (
            "a.csv",
            b"kind,label\nterm,Autumn\n",
            "The column \"start_date\" is missing.",
        ),
        ("a.ics", empty_calendar, "tells of no term"),
        ("a.yaml", b"division: scotland\n", "tells of no term"),
        ("a.yaml", b"# nothing\n", "tells of no term"),
    ] {
        let said = said(name, bytes);
        assert!(refused(&said).contains(expected), "{name}: {said:#?}");
    }
}

#[test]
fn other_encodings_and_formats_are_refused_by_name() {
    let utf_16: Vec<u8> = "kind,label"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin = b"BEGIN:VCALENDAR\nX-NAME:\xC9cole\nEND:VCALENDAR\n".as_slice();
    let large = vec![b'a'; MOST_BYTES + 1];
    let huge = vec![b'a'; 50 * 1024 * 1024];
    for (name, bytes, expected) in [
        ("a.csv", utf_16.as_slice(), "UTF-16"),
        ("a.csv", b"PK\x03\x04....", "workbook"),
        ("a.csv", b"<!DOCTYPE html><p>", "web page"),
        ("a.ics", latin, "UTF-8"),
        ("a.ics", large.as_slice(), "larger than 1 MB"),
        ("a.csv", large.as_slice(), "larger than 1 MB"),
        ("a.ics", huge.as_slice(), "larger than 1 MB"),
        ("a.yaml", b"terms: [\xFF]", "UTF-8"),
    ] {
        let said = said(name, bytes);
        assert!(said[0].contains(expected), "{name}: {said:#?}");
    }
}

#[test]
fn terms_do_not_overlap_and_what_is_told_twice_counts_once() {
    let said = csv("term,Autumn,2026-09-01,2026-12-18\nterm,Spring,2026-12-18,2027-03-25");
    assert_eq!(
        refused(&said),
        "! row 3: \"Spring\". This term overlaps \"Autumn\" of row 2, which ends on Friday 18 \
         December 2026. Correct the dates of one of them."
    );
    let said = csv(
        "term,All,2026-09-01,2027-07-18\nterm,B,2026-10-01,2026-10-05\nterm,C,2027-07-01,2027-07-20",
    );
    let problems = said.iter().filter(|line| line.starts_with('!')).count();
    assert_eq!(problems, 2, "{said:#?}");
    let said = csv("inset,A,2026-09-01,\ninset,B,2026-09-01,2026-09-01");
    assert_eq!(
        said[1..],
        ["? row 3: says the same days as row 2 and was left out"]
    );
}

#[test]
fn of_a_file_with_several_owners_one_is_picked() {
    let text = "kind,start_date,calendar_owner\n\
                inset,2026-09-01,School A\ninset,2026-09-02,School B\ninset,bad date,School B\n";
    let read = |only| read_terms("a.csv", text.as_bytes(), only);
    let problems = |only| {
        let problems = read(only).findings.problems;
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let asked = problems(None);
    assert_eq!(
        asked[1],
        "The file has the dates of several owners. Say which with --only: \"School A\", \"School B\"."
    );
    let picked = read(Some(" school a"));
    assert!(picked.findings.is_clean() && picked.told.len() == 1);
    assert_eq!(
        picked.findings.notes[0].text,
        "left out: 2 rows of the owner \"School B\""
    );
    assert_eq!(
        problems(Some("School C")),
        ["No row is of the owner \"School C\". There is: \"School A\", \"School B\"."]
    );
    let no_column = read_terms("a.csv", b"kind,start_date\ninset,2026-09-01\n", Some("A"));
    assert!(
        no_column.findings.problems[0]
            .rule
            .contains("no column \"calendar_owner\"")
    );
    let calendar = read_terms("a.yaml", b"inset: [{on: 2026-09-01}]", Some("A"));
    assert!(calendar.findings.problems[0].way_out.contains("--only"));
}

#[test]
fn a_page_of_lists_is_read_with_its_division() {
    let text = "division: scotland\n\
                terms:\n  - {label: Autumn term, from: 2026-08-18, to: 2026-12-18}\n\
                holidays:\n  - label: October week\n    from: 12 October 2026\n    to: 2026-10-16\n\
                inset:\n  - {on: 2026-08-17}\nbank_holidays:\n";
    assert_eq!(
        yaml(text),
        [
            "term 2026-08-18..2026-12-18 Autumn term",
            "holiday 2026-10-12..2026-10-16 October week",
            "inset 2026-08-17..2026-08-17 INSET day",
        ]
    );
    let file = read_terms("terms.yaml", text.as_bytes(), None);
    assert_eq!((file.division, file.read), (Some(Division::Scotland), 3));
}

#[test]
fn a_page_with_a_slip_is_refused_with_line_and_column() {
    let table = [
        (
            "term:\n  - {on: 2026-09-01}\n",
            "line 1, column 1: \"term\". This word is not known here. Did you mean `terms`?",
        ),
        (
            "inset:\n  - {no: 2026-09-01}\n",
            "line 2, column 6: \"no\". This word is not known here.",
        ),
        (
            "inset:\n  - {on: 03/04/2027}\n",
            "line 2, column 10: \"03/04/2027\". This could be day and month",
        ),
        (
            "inset:\n  - {on: [1]}\n",
            "line 2, column 10: Text stands here, not a list.",
        ),
        (
            "inset:\n  - {label: A}\n",
            "line 2, column 5: A period has `from` and `to`, or for a single day `on`.",
        ),
        ("inset:\n  - {from: 2026-09-01}\n", "for a single day `on`"),
        (
            "inset:\n  - {on: 2026-09-01, to: 2026-09-02}\n",
            "for a single day `on`",
        ),
        (
            "inset:\n  - 2026-09-01\n",
            "line 2, column 5: A label and its days stand here, not text.",
        ),
        (
            "inset: 2026-09-01\n",
            "line 1, column 8: `inset` is a list, not text.",
        ),
        (
            "- {on: 2026-09-01}\n",
            "line 1, column 1: Lists of days stand here, not a list.",
        ),
        (
            "division: wales\ninset: [{on: 2026-09-01}]\n",
            "line 1, column 11: \"wales\". A division is `england-and-wales`",
        ),
        ("inset: &a [{on: 2026-09-01}]\n", "anchors"),
        ("inset:\n\t- {on: 2026-09-01}\n", "a tab"),
        ("inset: []\ninset: []\n", "already on line 1"),
        ("inset: [{on: 2026-09-01}\n", "this is not YAML"),
        (
            "terms:\n  - {from: 2026-12-18, to: 2026-09-01}\n",
            "line 2, column 5: \"2026-12-18 to 2026-09-01\". The last day is before",
        ),
    ];
    for (text, expected) in table {
        let said = yaml(text);
        let told = said
            .iter()
            .any(|line| line.starts_with('!') && line.contains(expected));
        assert!(told, "{text}: {said:#?}");
    }
}

#[test]
fn a_letter_that_a_fold_has_cut_is_whole_again() {
    let cut = b"SUMMARY:Caf\xc3\r\n \xa9 day\r\n closed\r\n";
    let whole = "SUMMARY:Caf\u{e9} day\r\n closed\r\n";
    assert_eq!(whole_letters(cut), whole.as_bytes());
    let broken = b"\xc3\r\n\xa9\r\n ";
    assert_eq!(whole_letters(broken), broken, "that is no fold");
}
