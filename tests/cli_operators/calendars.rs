//! Term dates and bank holidays from files.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{Home, SCHOOLS};

/// The dates that three schools publish.
const SAMPLES: &str = include_str!("../import/term_dates_2025_26_samples.csv");
const BANK_HOLIDAYS: &str = include_str!("../../src/core/calendar/bank-holidays.json");
const PORTSMOUTH: &str = "school A (Portsmouth)";

/// An alliance of two schools without any term dates.
fn home() -> Home {
    let home = Home::empty();
    home.done(&["alliance", "add", "northshire", "Northshire"]);
    home.file("schools.csv", SCHOOLS);
    home.done(&["import", "schools", "schools.csv", "--all"]);
    home.file("terms.csv", SAMPLES);
    home.file("bank-holidays.json", BANK_HOLIDAYS);
    home
}

fn import<'a>(whose: &'a str, only: &'a str) -> [&'a str; 7] {
    [
        "import",
        "calendar",
        "terms.csv",
        "--for",
        whose,
        "--only",
        only,
    ]
}

#[test]
fn each_of_the_three_schools_gets_its_own_dates_and_the_second_time_nothing_changes() {
    let home = home();
    for (whose, only, counts) in [
        (
            "school:900001",
            PORTSMOUTH,
            ["terms: 3 new", "INSET days: 5 new", "holidays: 5 new"],
        ),
        (
            "school:900002",
            "School B (Lancashire)",
            ["terms: 3 new", "INSET days: 6 new", "holidays: 3 new"],
        ),
        (
            "local-authority:Northshire",
            "school C (Essex)",
            ["INSET days: 5 new", "Imported", "32 rows"],
        ),
    ] {
        let said = home.done(&import(whose, only));
        assert!(counts.iter().all(|count| said.contains(count)), "{said}");
        let again = home.done(&import(whose, only));
        assert!(
            again.contains("Everything is there already: no change."),
            "{again}"
        );
        assert!(!again.contains("counted anew"), "{again}");
    }
}

#[test]
fn a_dry_run_tells_what_would_change_and_changes_nothing() {
    let home = Home::at_work();
    home.file("terms.csv", SAMPLES);
    let mut dry = import("school:900001", PORTSMOUTH).to_vec();
    dry.push("--dry-run");
    for _ in 0..2 {
        let said = home.done(&dry);
        assert!(
            said.contains("Not imported yet. This would change:"),
            "{said}"
        );
        assert!(
            said.contains("+ term Alder Vale Primary School (900001): Wednesday 3 September 2025 to Friday 19 December 2025, Autumn term 2025"),
            "{said}"
        );
        assert!(
            said.contains("1 project in progress would be counted anew"),
            "{said}"
        );
    }
    let said = home.json(&import("school:900001", PORTSMOUTH));
    assert_eq!(said["state"], "applied");
    assert_eq!(said["counts"][0]["what"], "term");
    assert_eq!(
        (&said["counts"][0]["new"], &said["counts"][0]["gone"]),
        (&3.into(), &0.into())
    );
    assert_eq!(said["lines"][0]["key"], "school:900001");
}

#[test]
fn a_file_with_a_problem_imports_nothing() {
    let home = home();
    let said = home.say(&["import", "calendar", "terms.csv", "--for", "school:900001"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out
            .contains("Say which with --only: \"school A (Portsmouth)\""),
        "{said:?}"
    );
    home.file(
        "bad.csv",
        "kind,start_date,end_date\nterm,2026-09-01,2026-12-18\nterm,03/04/27,\n",
    );
    let said = home.say(&["import", "calendar", "bad.csv", "--for", "alliance"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out.contains("row 3, column start_date: \"03/04/27\""),
        "{said:?}"
    );
    home.file(
        "good.csv",
        "kind,start_date,end_date\nterm,2026-09-01,2026-12-18\n",
    );
    let said = home.done(&["import", "calendar", "good.csv", "--for", "alliance"]);
    assert!(said.contains("terms: 1 new"), "nothing was there: {said}");
}

#[test]
fn whose_calendar_must_be_one_of_the_alliance() {
    let home = home();
    for (whose, code, expected) in [
        (
            "school:900003",
            1,
            "no school of this alliance has the URN `900003`. Did you mean `900001`?",
        ),
        ("trust:Rowan Trust", 1, "There is: Rowan Learning Trust."),
        ("local-authority:Nortshire", 1, "Did you mean `Northshire`?"),
        ("somebody", 2, "write school:URN"),
    ] {
        let said = home.say(&import(whose, PORTSMOUTH));
        assert!(said.code == code && said.err.contains(expected), "{said:?}");
    }
    home.file(
        "own.csv",
        "urn,kind,start_date\n900001,inset,2026-09-01\n900002,inset,2026-09-02\n",
    );
    let said = home.done(&["import", "calendar", "own.csv"]);
    assert!(said.contains("INSET days: 2 new"), "{said}");
}

#[test]
fn the_list_of_bank_holidays_is_renewed_and_a_bad_one_leaves_it_as_it_is() {
    let home = home();
    let import = ["import", "bank-holidays", "bank-holidays.json"];
    assert!(home.done(&import).contains("no change"));
    let late = BANK_HOLIDAYS.replacen(
        "\"events\": [",
        "\"events\": [{\"title\": \"Jubilee\", \"date\": \"2027-06-03\", \"notes\": \"\"},",
        1,
    );
    home.file("late.json", &late);
    let line = "+ bank holiday England and Wales: Thursday 3 June 2027, Jubilee";
    let dry = home.done(&["import", "bank-holidays", "late.json", "--dry-run"]);
    assert!(dry.contains(line), "{dry}");
    let said = home.done(&["import", "bank-holidays", "late.json"]);
    assert!(
        said.contains(line) && said.contains("bank holidays: 1 new"),
        "{said}"
    );
    home.file("cut.json", &late[..late.len() / 2]);
    let said = home.say(&["import", "bank-holidays", "cut.json"]);
    assert!(
        said.code == 1 && said.out.contains("The list that is known stays"),
        "{said:?}"
    );
    assert!(
        home.done(&["import", "bank-holidays", "late.json"])
            .contains("no change")
    );
    let said = home.done(&import);
    assert!(
        said.contains("- bank holiday England and Wales: Thursday 3 June 2027"),
        "{said}"
    );
}

#[test]
fn the_list_is_read_from_standard_input_too() {
    let home = home();
    let mut child = Command::new(env!("CARGO_BIN_EXE_alongside"))
        .args(["import", "bank-holidays", "-"])
        .env("ALONGSIDE_HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(BANK_HOLIDAYS.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains("no change"),
        "{said}"
    );
}

#[test]
fn a_school_year_can_be_read_at_a_glance_with_whose_page_says_so() {
    let home = home();
    home.done(&import("local-authority:Northshire", PORTSMOUTH));
    home.file("own.csv", "kind,start_date\ninset,2026-07-22\n");
    home.done(&["import", "calendar", "own.csv", "--for", "school:900001"]);
    let said = home.done(&["calendar", "show", "alder", "--year", "2025"]);
    for expected in [
        "Alder Vale Primary School (900001), school year 2025 to 2026",
        "Dec 2025  sssss.. sssss.. sssss.. ---BB.. ---",
        "Terms (Northshire (local authority))\n  Autumn term 2025: Wednesday 3 September 2025 to Friday 19 December 2025",
        "  Wednesday 22 July 2026: INSET day (its own)",
        "  Friday 26 June 2026: INSET day (Northshire (local authority))",
        "Bank holidays of England and Wales",
        "  Thursday 25 December 2025: Christmas Day (GOV.UK)",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(
        said.lines().all(|line| line.chars().count() <= 100),
        "{said}"
    );
    let data = home.json(&["calendar", "show", "900001", "--year", "2025"]);
    let days = data["days"].as_array().unwrap();
    let inset = days.iter().filter(|day| day["kind"] == "inset").count();
    assert_eq!((inset, &data["year"]), (6, &"2025 to 2026".into()));
    let later = home.done(&["calendar", "show", "900001", "--year", "2030"]);
    assert!(
        later.contains("No term dates are set for this school year."),
        "{later}"
    );
    assert!(later.contains("? 365 not known"), "{later}");
    let nobody = home.say(&["calendar", "show", "Gamma"]);
    assert!(
        nobody.code == 1 && nobody.err.contains("no school"),
        "{nobody:?}"
    );
}

#[test]
fn the_list_of_calendars_begins_with_those_that_end_first_and_says_so() {
    let home = home();
    let said = home.done(&["calendar", "list"]);
    assert!(said.contains("typical English school year"), "{said}");
    // Term dates of the past only: nothing is known of today.
    home.file(
        "past.csv",
        "kind,start_date,end_date\nterm,2024-09-02,2024-12-20\n",
    );
    home.done(&["import", "calendar", "past.csv", "--for", "school:900002"]);
    let rows = home.json(&["calendar", "list"]);
    assert_eq!(rows[0]["urn"], "900002");
    assert_eq!(
        (&rows[0]["reaches_to"], &rows[0]["ends_soon"]),
        (&().into(), &true.into())
    );
    assert_eq!(rows[1]["terms"], "typical English school year");
    let said = home.done(&["calendar", "list"]);
    assert!(
        said.contains("set its term dates") || said.contains("nothing is known"),
        "{said}"
    );
}
