//! Calendars as programs export them, good and bad.

use super::tests::{refused, said};

fn event(lines: &str) -> Vec<String> {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        lines.replace('|', "\r\n")
    );
    said("school.ics", text.as_bytes())
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
        INSET day|DTSTART;TZID=Europe/London:20271031T013000 => has a time of day.
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
