//! `audit verify`: good, tampered and cannot tell are three answers.

use super::{Home, RUN, Said};

fn verify(home: &Home) -> Said {
    home.say(&["audit", "verify"])
}

#[test]
fn an_untouched_log_is_good() {
    let home = Home::at_work();
    let said = verify(&home);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.starts_with("Good: 1 project, 4 entries"),
        "{said:?}"
    );
    let json = home.json(&["audit", "verify", "t-2026-001"]);
    assert_eq!(json["result"], "good");
    home.tamper("UPDATE run SET title = 'Another'");
    let said = home.say(&["audit", "verify", "--json"]);
    assert!(
        said.code == 1 && said.out.contains("\"tampered\""),
        "{said:?}"
    );
}

/// What was done, how, and how the sentence begins.
const TAMPERING: &[(&str, &str, &str)] = &[
    (
        "an edited entry",
        "UPDATE entry SET body = replace(body, 'year 5', 'year 6'), \
         at = at WHERE seq = 3; \
         UPDATE entry SET body = replace(body, '\"outcome\":\"change\"', '\"outcome\":\"approve\"') WHERE seq = 3",
        "Entry 3 ",
    ),
    (
        "a deleted entry",
        "DELETE FROM entry WHERE seq = 2",
        "Entry 2 ",
    ),
    (
        "two swapped",
        "UPDATE entry SET seq = 99 WHERE seq = 2; UPDATE entry SET seq = 2 WHERE seq = 3; \
         UPDATE entry SET seq = 3 WHERE seq = 99",
        "Entry 2 ",
    ),
    (
        "a deleted text without its erasure",
        "DELETE FROM payload WHERE seq = 2",
        "A text of entry 2 ",
    ),
    (
        "a changed text",
        "UPDATE payload SET value = '\"Something else\"' WHERE seq = 3",
        "A text of entry 3 ",
    ),
    (
        "a changed snapshot",
        "UPDATE run SET state = replace(state, 'in_progress', 'complete')",
        "The state of ",
    ),
    (
        "a changed list",
        "UPDATE run SET title = 'Another'",
        "What lists show ",
    ),
    (
        "another stage in the lists",
        "UPDATE run SET stage = 'elsewhere'",
        "What lists show ",
    ),
    (
        "a list and a state that says to be of an older release",
        "UPDATE run SET title = 'Another', state = 'no state', fold = 1",
        "What lists show ",
    ),
    (
        "a state of no release",
        "UPDATE run SET state = 'no state', fold = 0",
        "The state of ",
    ),
    (
        "a changed definition",
        "UPDATE workflow SET bundle = replace(bundle, 'version: 1', 'version:  1')",
        "The definition that ",
    ),
    ("a cut tail", "DELETE FROM entry WHERE seq = 4", "Entry 4 "),
    (
        "a project taken out whole",
        "DELETE FROM entry; DELETE FROM payload; DELETE FROM run; DELETE FROM task; DELETE FROM timer",
        "The row of ",
    ),
    (
        "a changed sender",
        "UPDATE entry SET source = 'https://somebody.example' WHERE seq = 2",
        "What stands beside entry 2 ",
    ),
];

#[test]
fn every_way_of_tampering_is_seen_and_the_first_bad_entry_is_named() {
    let home = Home::at_work();
    for (what, statement, sentence) in TAMPERING {
        let copy = home.copy();
        copy.tamper(statement);
        let said = verify(&copy);
        assert_eq!(said.code, 1, "{what}: {said:?}");
        assert!(said.out.starts_with(sentence), "{what}: {said:?}");
        assert_eq!(said.out.lines().count(), 1, "{what}: {said:?}");
    }
}

#[test]
fn what_cannot_be_read_cannot_be_checked() {
    let home = Home::at_work();
    let copy = home.copy();
    copy.file("alongside.db", &"this is no database ".repeat(500));
    let empty = Home::empty();
    for said in [
        verify(&copy),
        verify(&empty),
        home.say(&["audit", "verify", "T-2026-099"]),
        home.say(&["audit", "verify", "--alliance", "nowhere"]),
        home.say(&["audit", "verify", "--file", "no-such.jsonl"]),
    ] {
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains("could not be checked"), "{said:?}");
    }
}

#[test]
fn an_export_is_checked_without_the_database() {
    let home = Home::at_work();
    home.done(&["audit", "export", "--out", "log.jsonl"]);
    let elsewhere = Home::empty();
    let text = std::fs::read_to_string(home.path().join("log.jsonl")).unwrap();
    let check = |text: &str| {
        elsewhere.file("log.jsonl", text);
        elsewhere.say(&["audit", "verify", "--file", "log.jsonl"])
    };
    let said = check(&text);
    assert!(said.code == 0 && said.out.contains("4 entries"), "{said:?}");
    assert!(
        !elsewhere.path().join("alongside.db").exists(),
        "it needs no database"
    );

    let edited = text.replacen("\\\"change\\\"", "\\\"approve\\\"", 1);
    assert_ne!(edited, text);
    let said = check(&edited);
    assert!(said.code == 1 && said.out.contains("Entry 3 "), "{said:?}");
    let without: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(at, _)| *at != 2)
        .map(|(_, l)| l)
        .collect();
    assert_eq!(check(&without.join("\n")).code, 1);

    for cut in [text.len() / 2, text.len() - 40] {
        let said = check(&text[..cut]);
        assert_eq!(said.code, 2, "{said:?}");
    }
    for foreign in ["", "{\"some\": \"json\"}\n", "<html></html>"] {
        assert_eq!(check(foreign).code, 2, "{foreign}");
    }
    let again = home.say(&["audit", "export", "--out", "log.jsonl"]);
    assert!(
        again.code == 1 && again.err.contains("cannot be written"),
        "{again:?}"
    );
}

#[test]
fn a_snapshot_of_an_older_version_is_made_anew_from_the_log() {
    let home = Home::at_work();
    let before = home.done(&["project", "show", RUN]);
    home.tamper("UPDATE run SET fold = 1, state = 'of another shape'");
    assert_eq!(home.done(&["project", "show", RUN]), before);
    let helen = home.id_of("helen@alder-vale.example");
    let data = serde_json::json!({"step": "approve_need", "outcome": "approve"});
    let said = home.feed("approved", "step.complete", Some(&helen), &data);
    assert!(said.code == 0 && said.out.contains("applied"), "{said:?}");
    home.done(&["audit", "verify"]);
}
