//! `feed`: rehearsed it changes nothing, and a bad line harms no neighbour.

use serde_json::{Value, json};

use super::{Home, message};

/// A project is started, its first step is done, a line is rubbish, and the start comes again.
fn lines(home: &Home) -> [String; 4] {
    let start = json!({"workflow": "three-steps", "host_school": "900001", "title": "Feedback"});
    let start = message("start", "project.start", None, &start);
    let need =
        json!({"step": "identify_need", "answers": {"title": "Marking", "audience": ["slt"]}});
    let sunita = home.id_of("sunita@alder-vale.example");
    let need = message("need", "step.complete", Some(&sunita), &need);
    [start.clone(), need, "no json at all".to_owned(), start]
}

const OUTCOMES: [&str; 4] = ["applied", "applied", "quarantined", "duplicate"];

/// The outcome that is told of each line, as JSON of its own.
fn outcomes(told: &str) -> Vec<String> {
    let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let all = told.lines().map(read);
    all.map(|one| one["outcome"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_dry_run_tells_what_would_come_of_each_line_and_changes_nothing() {
    let home = Home::peopled();
    home.file("messages.jsonl", &lines(&home).join("\n"));
    let feed = ["feed", "messages.jsonl", "--json"];
    let would = home.say(&[&feed[..], &["--dry-run"]].concat());
    assert_eq!((would.code, would.err.as_str()), (1, ""), "{would:?}");
    assert_eq!(outcomes(&would.out), OUTCOMES);
    assert_eq!(home.json(&["project", "list"]), json!([]));
    assert_eq!(home.json(&["inbox", "list"]), json!([]));
    let told = home.say(&["feed", "messages.jsonl", "--dry-run"]);
    assert!(told.out.starts_with("Nothing is changed. "), "{told:?}");
    assert!(told.out.contains("line 3: quarantined. "), "{told:?}");

    let done = home.say(&feed);
    assert_eq!(outcomes(&done.out), OUTCOMES, "as it was foretold");
    assert_eq!(home.json(&["project", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_line_that_is_not_utf_8_harms_no_neighbour() {
    let home = Home::peopled();
    let [start, need, ..] = lines(&home);
    let bytes = [
        start.as_bytes(),
        b"{\"id\": \"caf\xe9\"}\r",
        need.as_bytes(),
    ]
    .join(&b'\n');
    std::fs::write(home.path().join("messages.jsonl"), bytes).unwrap();
    let expected = ["applied", "quarantined", "applied"];
    let would = home.say(&["feed", "messages.jsonl", "--json", "--dry-run"]);
    assert_eq!(outcomes(&would.out), expected);
    let done = home.say(&["feed", "messages.jsonl", "--json"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(outcomes(&done.out), expected);
    let aside = home.json(&["inbox", "list", "--state", "quarantined"]);
    assert_eq!(aside[0]["code"], "not_utf8");
}
