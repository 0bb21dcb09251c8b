//! `inbox`: what waits or was put aside is seen, tried again or let go.

use serde_json::{Value, json};

use super::{Home, PORTAL, RUN};

fn list(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let all = home.json(&[&["inbox", "list"], arguments].concat());
    all.as_array().unwrap().clone()
}

#[test]
fn a_parked_message_is_shown_and_applied_when_its_time_comes() {
    let home = Home::peopled();
    let sunita = home.id_of("sunita@alder-vale.example");
    let data =
        json!({"step": "identify_need", "answers": {"title": "Marking", "audience": ["slt"]}});
    let early = home.feed("need", "step.complete", Some(&sunita), &data);
    assert!(early.out.contains("parked"), "{early:?}");
    let parked = list(&home, &["--state", "parked"]);
    assert_eq!((parked.len(), &parked[0]["id"]), (1, &json!("need")));
    let said = home.say(&["inbox", "retry", "need"]);
    assert!(
        said.code == 1 && said.out.starts_with("parked."),
        "{said:?}"
    );
    let shown = home.done(&["inbox", "show", "need"]);
    assert!(
        shown.contains("waits") || shown.contains("parked"),
        "{shown}"
    );

    let data = json!({"workflow": "three-steps", "host_school": "900001", "title": "Feedback"});
    home.feed("start", "project.start", None, &data);
    assert!(list(&home, &["--state", "parked"]).is_empty());
    let said = home.say(&["inbox", "retry", "need"]);
    assert!(
        said.code == 1 && said.out.contains("applied already"),
        "{said:?}"
    );
}

#[test]
fn a_message_that_nobody_could_read_is_let_in_once_the_reason_is_gone() {
    let home = Home::peopled();
    let message = json!({
        "specversion": "1.0", "id": "start", "source": "https://other.example",
        "type": "alongside.project.start", "time": "2026-01-05T09:00:00Z", "subject": RUN,
        "alliance": "northshire",
        "data": {"workflow": "three-steps", "host_school": "900001", "title": "Feedback"},
    });
    let said = home.feed_raw(&message.to_string());
    assert!(
        said.code == 1 && said.out.contains("quarantined"),
        "{said:?}"
    );
    let aside = list(&home, &["--state", "quarantined"]);
    assert_eq!(
        (aside.len(), &aside[0]["code"]),
        (1, &json!("forged_source"))
    );
    let sha = aside[0]["sha256"].as_str().unwrap()[..12].to_owned();
    let said = home.say(&["inbox", "retry", &sha]);
    assert!(
        said.code == 1 && said.out.contains("configured"),
        "{said:?}"
    );

    let portal = std::fs::read_to_string(home.path().join("alongside.toml")).unwrap();
    home.file(
        "alongside.toml",
        &portal.replace(PORTAL, "https://other.example"),
    );
    let said = home.say(&["inbox", "retry", &sha]);
    assert!(
        said.code == 0 && said.out.starts_with("applied."),
        "{said:?}"
    );
    assert!(list(&home, &[]).is_empty());
}

#[test]
fn what_is_discarded_is_recorded_and_told_of() {
    let home = Home::peopled();
    let data = json!({"step": "identify_need"});
    let sunita = home.id_of("sunita@alder-vale.example");
    home.feed("early", "step.complete", Some(&sunita), &data);
    home.feed_raw("no json at all \u{1b}[2J");
    let raw = list(&home, &["--state", "quarantined"])[0]["sha256"]
        .as_str()
        .unwrap()
        .to_owned();
    for named in ["early", &raw] {
        let refused = home.say(&["inbox", "discard", named, "--reason", "a test"]);
        assert!(
            refused.code == 2 && refused.err.contains("--yes"),
            "{refused:?}"
        );
        home.done(&[
            "inbox",
            "discard",
            named,
            "--reason",
            "a test of the portal",
            "--yes",
        ]);
        let shown = home.done(&["inbox", "show", named]);
        assert!(shown.contains("a test of the portal"), "{shown}");
    }
    assert!(list(&home, &[]).is_empty());
    assert_eq!(list(&home, &["--state", "discarded"]).len(), 2);
    let again = home.say(&["inbox", "discard", "early", "--reason", "x", "--yes"]);
    assert!(
        again.code == 1 && again.err.contains("decided already"),
        "{again:?}"
    );
    // The same bytes once more are a message once more.
    home.feed_raw("no json at all \u{1b}[2J");
    let back = list(&home, &["--state", "quarantined"]);
    assert_eq!((back.len(), &back[0]["seen"]), (1, &json!(2)));
    let shown = home.done(&["inbox", "show", &raw]);
    assert!(
        !shown.contains('\u{1b}'),
        "control characters stay away from a terminal"
    );
}

#[test]
fn a_message_that_is_not_there_is_a_sentence() {
    let home = Home::peopled();
    let said = home.say(&["inbox", "show", "abc"]);
    assert!(
        said.code == 1 && said.err.contains("inbox list"),
        "{said:?}"
    );
    assert!(home.done(&["inbox", "list"]).contains("No message waits"));
}
