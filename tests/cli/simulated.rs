//! A workflow tried out on a year: the table, the JSON, the page, and what is no use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::home::{Ran, flat};

const SHIPPED: &str = "leadership-through-partnership";
const STEPS: &str = "tests/definitions/three-steps/project.yaml";

/// In a folder with nothing in it, and without any setting.
fn ran(folder: &Path, arguments: &[&str]) -> Ran {
    let done = Command::new(env!("CARGO_BIN_EXE_alongside"))
        .arg("simulate")
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        .output();
    Ran::from(done.unwrap())
}

fn told(arguments: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let ran = ran(folder.path(), arguments);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (0, ""),
        "{arguments:?}\n{}",
        ran.out
    );
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "it leaves nothing behind");
    ran.out
}

fn data(arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&told(&arguments)).unwrap()
}

fn three_steps() -> String {
    format!("{}/{STEPS}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn without_options_it_shows_a_year_of_the_shipped_workflow() {
    let page = told(&[SHIPPED]);
    for line in page.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let words = flat(&page);
    for part in [
        "Started on Tuesday 1 September 2026",
        "typical English school year. People: mixed",
        "Seed: 1.",
        "days late (approve)",
        "lapsed on",
        "at most 1 on a day",
        "It is not over on Wednesday 1 September 2027:",
    ] {
        assert!(words.contains(part), "{part}\n{page}");
    }
    let need = page
        .lines()
        .find(|line| line.starts_with("Identify an area"));
    let need = flat(need.unwrap());
    let dates = "Priya Nair, CPD lead 22 September 2026 7 September 2026, on time";
    assert!(need.contains(dates), "{page}");
    assert!(!words.contains("at most 2 on a day"), "{page}");
    assert_eq!(told(&[SHIPPED]), page, "the same seed gives the same");
    assert_ne!(told(&[SHIPPED, "--seed", "2"]), page);
}

#[test]
fn programs_get_steps_mails_and_what_it_was_made_with() {
    let data = data(&[SHIPPED, "--people", "late", "--late", "2..4", "--seed", "7"]);
    assert_eq!(data["from"], "2026-09-01");
    assert_eq!(data["until"], "2027-09-01");
    assert_eq!(
        (&data["seed"], &data["people"]),
        (&7.into(), &"late".into())
    );
    assert_eq!(data["late"]["fewest"], 2);
    let steps = data["steps"].as_array().unwrap();
    let need = &steps[0];
    assert_eq!(
        (&need["step"], &need["role"]),
        (&"need".into(), &"cpd_lead".into())
    );
    assert_eq!(
        (&need["due"], &need["ended"]),
        (&"2026-09-22".into(), &"done".into())
    );
    let late = need["school_days_late"].as_u64().unwrap();
    assert!((2..=4).contains(&late), "{need}");
    let mails = data["mails"].as_array().unwrap();
    assert!(mails.len() > 10);
    let kinds = BTreeSet::from(["ready", "reminder", "copy", "step", "invite", "notice"]);
    let mut days = BTreeSet::new();
    for mail in mails {
        for key in ["at", "to", "kind", "why"] {
            assert!(mail[key].is_string(), "{key}: {mail}");
        }
        assert!(kinds.contains(mail["kind"].as_str().unwrap()), "{mail}");
        let at = mail["at"].as_str().unwrap();
        // In London's time, from 8am to 5pm.
        assert!(at.ends_with("+00:00") || at.ends_with("+01:00"), "{at}");
        assert!(("08".."17").contains(&&at[11..13]), "{at}");
        let (to, day) = (mail["to"].as_str().unwrap(), &at[..10]);
        assert!(days.insert((to, day)), "two on a day: {mail}");
    }
    let first = &mails[0];
    assert_eq!(first["at"], "2026-09-01T09:00:00+01:00");
    assert_eq!(first["why"], "“Identify an area of need” is theirs to do");
}

#[test]
fn who_never_answers_is_said_with_the_step_and_whom_to_ring() {
    let folder = format!("{}/tests/definitions", env!("CARGO_MANIFEST_DIR"));
    let told = flat(&told(&[
        "three-steps",
        "--workflows",
        &folder,
        "--people",
        "silent",
    ]));
    assert!(told.contains("the coordinator is asked to ring"), "{told}");
    assert!(told.contains("It cannot go on: - “"), "{told}");
    assert!(
        told.contains("who never answers; no ladder lets it lapse."),
        "{told}"
    );
    let data = data(&[
        SHIPPED,
        "--people",
        "on-time",
        "--role",
        "headteacher=silent",
    ]);
    assert_eq!(data["end"]["state"], "held_up");
    assert_eq!(data["open"][0]["step"], "approve_need");
    assert_eq!(data["calls"].as_array().unwrap().len(), 1);
}

/// How often each element stands in the body; all are closed, and every link leads to a day below.
fn looked_at(page: &str) -> BTreeMap<&str, usize> {
    let mut open: Vec<&str> = Vec::new();
    let mut seen = BTreeMap::new();
    let body = page.split("<body>").nth(1).unwrap();
    let body = body.split("</body>").next().unwrap();
    for part in body.split('<').skip(1) {
        let tag = part.split('>').next().unwrap();
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{part}");
            continue;
        }
        let name = tag.split(' ').next().unwrap();
        *seen.entry(name).or_default() += 1;
        open.push(name);
        for link in tag.split("href=\"#").skip(1) {
            let to = link.split('"').next().unwrap();
            assert!(page.contains(&format!("<tr id=\"{to}\">")), "{to}");
        }
    }
    assert_eq!(open, Vec::<&str>::new());
    seen
}

#[test]
fn the_page_for_a_browser_is_whole_by_itself_and_shows_every_month() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("year.html");
    let made = ran(folder.path(), &[SHIPPED, "--html", "year.html"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.err.contains("The calendar picture is in year.html."));
    let page = std::fs::read_to_string(&file).unwrap();
    for outside in ["http", "src=", "@import", "url(", "<script", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let seen = looked_at(&page);
    assert!(seen["caption"] >= 9, "{seen:?}");
    for words in [
        "<caption>October 2026</caption>",
        "<caption>May 2027</caption>",
        "<th scope=\"row\">Identify an area of need</th>",
        "INSET day",
        "lang=\"en\"",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let again = ran(folder.path(), &[SHIPPED, "--html", "year.html"]);
    assert_eq!(again.code, 1);
    assert!(
        again.err.contains("year.html cannot be written"),
        "{}",
        again.err
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), page);
}

#[test]
fn titles_cannot_write_into_the_page() {
    let folder = TempDir::new().unwrap();
    let workflow = "workflow: w\nscope: project\nversion: 1\ntitle: W\nroles:\n  coordinator: {title: \
                    Coordinator, at: alliance}\nsteps:\n  a: {title: '<b>&', role: coordinator, due: 2 school days}\n";
    std::fs::write(folder.path().join("project.yaml"), workflow).unwrap();
    let made = ran(folder.path(), &[".", "--html", "w.html"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.out.contains("It is complete on"), "{}", made.out);
    let page = std::fs::read_to_string(folder.path().join("w.html")).unwrap();
    assert!(
        page.contains("&lt;b&gt;&amp;") && !page.contains("<b>"),
        "{page}"
    );
}

#[test]
fn term_dates_come_from_a_file_as_for_import_calendar() {
    let folder = TempDir::new().unwrap();
    let rows = "kind,label,start_date,end_date\n\
                term,Autumn term,2025-09-08,2025-12-19\n\
                inset,INSET day,2025-09-09,\n\
                term,Spring term,2026-01-05,2026-03-27\n\
                term,Summer term,2026-04-13,2026-07-17\n";
    std::fs::write(folder.path().join("terms.csv"), rows).unwrap();
    let page = three_steps();
    let arguments = [page.as_str(), "--calendar", "terms.csv", "--json"];
    let done = ran(folder.path(), &arguments);
    assert_eq!(done.code, 0, "{}", done.err);
    let data: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(
        (&data["from"], &data["calendar"]),
        (&"2025-09-08".into(), &"terms.csv".into())
    );
    // Fifteen school days on, one of which would have been the INSET day.
    assert_eq!(data["steps"][0]["due"], "2025-09-30");
    std::fs::write(folder.path().join("terms.csv"), "kind,label\nterm,x\n").unwrap();
    let refused = ran(folder.path(), &arguments[..3]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.out.contains("start_date"), "{}", refused.out);
}

#[test]
fn a_workflow_with_problems_is_refused_as_check_does() {
    let folder = TempDir::new().unwrap();
    let page = folder.path().join("project.yaml");
    std::fs::write(&page, "workflow: w\nscope: project\nversion: 1\n").unwrap();
    let refused = ran(folder.path(), &["project.yaml"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("error: ") && refused.err.contains("project.yaml:1:1"));
    let cycle = "workflow: c\nscope: cycle\nversion: 1\ntitle: C\nroles:\n  coordinator: {title: \
                 Coordinator, at: alliance}\nsteps:\n  a: {title: A, role: coordinator}\n";
    std::fs::write(&page, cycle).unwrap();
    let refused = ran(folder.path(), &["project.yaml"]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.err.contains("is a cycle"), "{}", refused.err);
}

#[test]
fn wrong_use_is_told_with_the_way_out() {
    let folder = TempDir::new().unwrap();
    for (arguments, words) in [
        (&["nothing"][..], "no workflow of that name is shipped"),
        (&[SHIPPED, "--late", "8..1"], "Write it like 1..8"),
        (&[SHIPPED, "--late", "0..1"], "Write it like 1..8"),
        (&[SHIPPED, "--people", "slow"], "possible values: on-time"),
        (
            &[SHIPPED, "--role", "head=silent"],
            "it has coordinator, headteacher",
        ),
        (
            &[SHIPPED, "--role", "headteacher=slow"],
            "say on-time, late or silent",
        ),
        (&[SHIPPED, "--date", "x=2027-01-04"], "asks for no date `x`"),
        (&[SHIPPED, "--from", "2031-09-01"], "another --from"),
        (&[SHIPPED, "--until", "2020-09-01"], "lies before the start"),
        (&[SHIPPED, "--only", "x"], "--calendar"),
    ] {
        let ran = ran(folder.path(), arguments);
        assert_eq!(ran.code, 2, "{arguments:?}\n{}", ran.err);
        assert!(flat(&ran.err).contains(words), "{words}\n{}", ran.err);
    }
}
