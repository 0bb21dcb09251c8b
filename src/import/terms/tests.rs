//! Files of all three formats, good and bad.

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
fn said(name: &str, bytes: &[u8]) -> Vec<String> {
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

fn event(lines: &str) -> Vec<String> {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        lines.replace('|', "\r\n")
    );
    said("school.ics", text.as_bytes())
}

fn yaml(text: &str) -> Vec<String> {
    said("terms.yaml", text.as_bytes())
}

/// The one problem of a file.
fn refused(said: &[String]) -> &str {
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
    for (name, bytes, expected) in [
        ("a.csv", utf_16.as_slice(), "UTF-16"),
        ("a.csv", b"PK\x03\x04....", "workbook"),
        ("a.csv", b"<!DOCTYPE html><p>", "web page"),
        ("a.ics", latin, "UTF-8"),
        ("a.ics", large.as_slice(), "larger than 1 MB"),
        ("a.csv", large.as_slice(), "larger than 1 MB"),
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
fn all_day_events_become_periods_whose_end_is_the_day_before_dtend() {
    let table = [
        (
            "SUMMARY:Autumn term|DTSTART;VALUE=DATE:20260901|DTEND;VALUE=DATE:20261219",
            "term 2026-09-01..2026-12-18 Autumn term",
        ),
        (
            "SUMMARY:INSET day|DTSTART;VALUE=DATE:20260901|DTEND;VALUE=DATE:20260902",
            "inset 2026-09-01..2026-09-01 INSET day",
        ),
        (
            "SUMMARY:INSET day|DTSTART:20260901",
            "inset 2026-09-01..2026-09-01 INSET day",
        ),
        (
            "SUMMARY:INSET day|DTSTART;VALUE=DATE:20260901|DTEND;VALUE=DATE:20260901",
            "inset 2026-09-01..2026-09-01 INSET day",
        ),
        (
            "SUMMARY:Half\r\n  term|DTSTART;VALUE=DATE:20261026|DURATION:P5D",
            "holiday 2026-10-26..2026-10-30 Half term",
        ),
        (
            "summary;LANGUAGE=\"en:GB;x\":Christmas\\, New Year|dtstart;value=date:20261221|DURATION:P2W",
            "holiday 2026-12-21..2027-01-03 Christmas, New Year",
        ),
        (
            "SUMMARY:Easter break|DTSTART;TZID=Europe/London;VALUE=DATE:20270326|DTEND;VALUE=DATE:20270412|ATTACH:file:///etc/passwd|URL:http://x.example",
            "holiday 2027-03-26..2027-04-11 Easter break",
        ),
        (
            "SUMMARY:INSET day|DTSTART:20260901|BEGIN:VALARM|SUMMARY:Christmas|TRIGGER:-PT5M|END:VALARM",
            "inset 2026-09-01..2026-09-01 INSET day",
        ),
    ];
    for (lines, expected) in table {
        assert_eq!(event(lines), [expected], "{lines}");
    }
}

#[test]
fn events_that_cannot_be_used_are_refused_or_listed_never_dropped() {
    let table = "
        INSET day|RRULE:FREQ=SECONDLY|DAY => ! line 3: The event \"INSET day\" repeats (RRULE). Term dates are read as single events
        INSET day|RRULE:FREQ=DAILY;COUNT=1000000000|DAY => repeats (RRULE)
        INSET day|RDATE;VALUE=DATE:20261001,20261101|DAY => repeats (RDATE)
        INSET day|UID:1|RECURRENCE-ID;VALUE=DATE:20260901|DAY => repeats (RECURRENCE-ID)
        Assembly|RRULE:FREQ=WEEKLY|DAY => ? line 3: left out: \"Assembly\": it repeats
        INSET day|HOUR => ! line 3: The event \"INSET day\" has a time of day. Mark it as \"all day\"
        INSET day|DTSTART;TZID=Mars/Olympus:20260901T090000 => in the time zone \"Mars/Olympus\", which is not known
        INSET day|DTSTART;TZID=Europe/London:20270328T013000 => has a time of day.
        Staff meeting|HOUR => ? line 3: left out: \"Staff meeting\": it has a time of day
        Sports day|DAY => ? line 3: left out: \"Sports day\" on Tuesday 1 September 2026: not understood
        |DAY => ? line 3: left out: \"\" on Tuesday 1 September 2026: not understood
        INSET day|STATUS:CANCELLED|DAY => ? line 3: left out: \"INSET day\": it was cancelled
        INSET day|DAY|DTEND;VALUE=DATE:20260831 => ends before it begins
        Sports|DTSTART:20260901T100000Z|DTEND:20260901T090000Z => ends before it begins
        INSET day|DAY|DTEND:20260901T150000Z => but not both
        INSET day|DTSTART:20260901T150000Z|DTEND;VALUE=DATE:20260902 => but not both
        INSET day|DTSTART;VALUE=DATE:20260931 => \"20260931\" as DTSTART, which is no day
        INSET day|DTSTART:20260901|DTEND:soon => \"soon\" as DTEND
        INSET day|DTSTART:20260901|DURATION:PT5H => no number of whole days
        INSET day|DTSTART:20260901|DURATION:P99999999999D => no number of whole days
        INSET day|DTSTART:20260901|DTEND:20260902|DURATION:P1D => both an end and a duration
        INSET day|UID:7 => has no first day (DTSTART)
        INSET\u{202e} day|DAY => does not show
        Half term|DTSTART:20261026|DTEND:20281026 => a period has at most 400
        INSET day|DTSTART:00010101 => years 2000 to 2100
    ";
    let hour = "DTSTART:20260901T090000Z|DTEND:20260901T150000Z";
    for row in table.lines().filter(|row| row.contains("=>")) {
        let (lines, expected) = row.trim().split_once(" => ").unwrap();
        let lines = lines.replace("|DAY", "|DTSTART;VALUE=DATE:20260901");
        let said = event(&format!("SUMMARY:{}", lines.replace("HOUR", hour)));
        let told = said.iter().any(|line| line.contains(expected));
        assert!(told, "{row}: {said:#?}");
        let kept = said.iter().any(|line| !line.starts_with(['!', '?']));
        let bad = said.iter().any(|line| line.starts_with('!'));
        assert!(!kept || bad, "{said:#?}");
    }
}

#[test]
fn a_broken_calendar_is_refused_with_the_line() {
    let table = [
        (
            "BEGIN:VEVENT\nSUMMARY:INSET\nDTSTART:20260901\nEND:VEVENT\n",
            "line 1: \"VEVENT\". This stands outside of any calendar",
        ),
        (
            "BEGIN:VCALENDAR\nEND:VCALENDAR\nSUMMARY:x\n",
            "line 3: \"SUMMARY:x\". This stands outside",
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\n",
            "line 2: VEVENT begins here and never ends.",
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
            "line 3: \"END:VCALENDAR\". VEVENT began on line 2",
        ),
        (
            "BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n",
            "ends what never began",
        ),
        (
            "BEGIN:VCALENDAR\r\rSUMMARY and no colon\rEND:VCALENDAR\r",
            "line 3: \"SUMMARY and no colon\". This is no line of a calendar",
        ),
        (
            "BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nUID:unknown\nEND:VEVENT\nEND:VCALENDAR\n",
            "METHOD:CANCEL",
        ),
    ];
    for (text, expected) in table {
        let said = said("a.ics", text.as_bytes());
        assert!(refused(&said).contains(expected), "{text}: {said:#?}");
    }
    let deep = said("a.ics", "BEGIN:A\n".repeat(50_000).as_bytes());
    assert!(refused(&deep).contains("nested"), "{deep:#?}");
    let folded = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", " x\n".repeat(300_000));
    assert!(refused(&said("a.ics", folded.as_bytes())).contains("more than 64 KB"));
    assert!(said("a.ics", b" folded at the start\n")[0].contains("no colon"));
}

#[test]
fn firsts_and_lasts_are_put_together_and_one_alone_is_a_problem() {
    let calendar = |events: &[(&str, &str)]| {
        let events = events.iter().map(|(title, day)| {
            format!("BEGIN:VEVENT\nSUMMARY:{title}\nDTSTART;VALUE=DATE:{day}\nEND:VEVENT\n")
        });
        let text = format!(
            "BEGIN:VCALENDAR\n{}END:VCALENDAR\n",
            events.collect::<String>()
        );
        said("a.ics", text.as_bytes())
    };
    let year = [
        ("Last day before half term", "20261023"),
        ("Autumn term starts", "20260901"),
        ("Pupils return after half term", "20261102"),
        ("School closes for Christmas", "20261218"),
        ("Christmas holidays start", "20261221"),
        ("Christmas holidays end", "20270103"),
        ("First day of Spring term", "20270104"),
        ("Last day of term", "20270325"),
    ];
    assert_eq!(
        calendar(&year),
        [
            "term 2026-09-01..2026-10-23 Autumn term",
            "term 2026-11-02..2026-12-18 Term",
            "term 2027-01-04..2027-03-25 Spring term",
            "holiday 2026-12-21..2027-01-03 Christmas holiday",
        ]
    );
    let said = calendar(&year[..3]);
    assert_eq!(
        refused(&said),
        "! line 10: \"Pupils return after half term\". With this a term begins on Monday 2 November \
         2026, and no event tells its last day. Add that event, or enter the whole as one event over \
         all its days."
    );
    assert!(refused(&calendar(&[("Term ends", "20261218")])).contains("its first day"));
    let twice = calendar(&[
        ("Term starts", "20260901"),
        ("School reopens", "20260902"),
        ("Term ends", "20261218"),
    ]);
    assert!(
        refused(&twice).contains("begins on Tuesday 1 September"),
        "{twice:#?}"
    );
}

#[test]
fn an_edge_within_a_term_that_is_told_whole_says_nothing_new() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Autumn term\nDTSTART:20260901\nDTEND:20261219\n\
                END:VEVENT\nBEGIN:VEVENT\nSUMMARY:Last day of term\nDTSTART:20261218\nEND:VEVENT\n\
                END:VCALENDAR\n";
    assert_eq!(
        said("a.ics", text.as_bytes()),
        [
            "term 2026-09-01..2026-12-18 Autumn term",
            "? line 7: left out: \"Last day of term\": line 2 tells these days already",
        ]
    );
}

#[test]
fn of_an_event_told_twice_the_newest_version_counts() {
    let version = |day: u32, sequence: u32| {
        format!(
            "BEGIN:VEVENT\nUID:7\nSEQUENCE:{sequence}\nSUMMARY:INSET\nDTSTART:202609{day:02}\nEND:VEVENT\n"
        )
    };
    for (first, second) in [
        (version(1, 0), version(2, 3)),
        (version(2, 3), version(1, 0)),
    ] {
        let text =
            format!("BEGIN:VCALENDAR\n{first}{second}BEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR\n");
        let said = said("a.ics", text.as_bytes());
        assert_eq!(said[0], "inset 2026-09-02..2026-09-02 INSET");
        assert_eq!(said[1], "? line 14: left out: a VTODO is no event");
        assert!(
            said[2].contains("an older version of the event of line"),
            "{said:#?}"
        );
        assert_eq!(said.len(), 3);
    }
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
