//! `person cover`: who covers for whom, who may arrange it, and what is kept of it.

use serde_json::json;

use super::Home;

const SUNITA: &str = "sunita@alder-vale.example";
const HELEN: &str = "helen@alder-vale.example";
const JUDITH: &str = "judith@alliance.example";
/// Far enough in every calendar of the tests, and never past.
const UNTIL: &str = "2099-07-20";

fn cover<'a>(extra: &[&'a str]) -> Vec<&'a str> {
    let base = ["person", "cover", HELEN, "--by", SUNITA];
    [&base[..], extra].concat()
}

#[test]
fn who_covers_is_asked_beside_the_person_and_the_log_names_both() {
    let home = Home::at_work();
    let (helen, sunita) = (home.id_of(HELEN), home.id_of(SUNITA));
    let asked = |home: &Home| {
        home.json(&["tasks"])
            .to_string()
            .matches(sunita.as_str())
            .count()
    };
    assert_eq!(asked(&home), 0, "the need waits for Helen");
    let flags = cover(&["--until", UNTIL, "--reason", "Helen is on leave"]);

    let would = home.done(&[&flags[..], &["--dry-run"]].concat());
    assert!(would.contains("Nothing was changed yet"), "{would}");
    assert_eq!(asked(&home), 0, "a dry run changes nothing");
    let said = home.done(&flags);
    assert!(
        said.contains("Sunita Patel covers for Helen Ashby from")
            && said.contains("until Monday 20 July 2099")
            && said.contains("headteacher at Alder Vale Primary School (900001)"),
        "{said}"
    );
    assert!(asked(&home) > 0, "Sunita is asked too");
    let mail = ["mails", "preview", "T-2026-001", "approve_need", "--for"];
    let hers = home.done(&[&mail[..], &[SUNITA]].concat());
    assert!(hers.contains("because you cover for Helen Ashby"), "{hers}");
    let helens = home.done(&[&mail[..], &[HELEN]].concat());
    assert!(
        helens.contains("because this step of the project is yours"),
        "{helens}"
    );

    let shown = home.done(&["person", "show", HELEN]);
    assert!(
        shown.contains("arranged by Judith Marlow: Helen is on leave"),
        "{shown}"
    );
    let export = home.json(&["person", "export", HELEN]);
    assert_eq!(export["person"]["cover"][0]["by"], json!(sunita));
    assert_eq!(export["person"]["cover"][0]["reason"], "Helen is on leave");

    let data = json!({"step": "approve_need", "outcome": "approve"});
    home.feed("for-helen", "step.complete", Some(&sunita), &data);
    let page = home.json(&["project", "show", "T-2026-001"]).to_string();
    assert!(page.contains(&helen) && page.contains(&sunita), "{page}");

    home.done(&["person", "erase", SUNITA, "--yes"]);
    let after = home.done(&["person", "show", HELEN]);
    assert!(!after.contains("on leave"), "{after}");
}

#[test]
fn it_is_for_oneself_or_by_a_coordinator_who_says_why() {
    let home = Home::at_work();
    let flags = cover(&["--until", UNTIL]);
    let without = home.say(&flags);
    assert_eq!(without.code, 1, "{without:?}");
    assert!(without.err.contains("say why with a reason"), "{without:?}");
    let another = home.say(&[&flags[..], &["--as", SUNITA, "--reason", "I was asked"]].concat());
    assert!(
        another.code == 1
            && another.err.contains("Sunita Patel is not a coordinator")
            && another.err.contains("Ask Helen Ashby"),
        "{another:?}"
    );
    let herself = home.done(&[&flags[..], &["--as", HELEN]].concat());
    assert!(
        herself.contains("Sunita Patel covers for Helen Ashby"),
        "{herself}"
    );

    let past = home.say(&cover(&["--until", "2020-07-20", "--as", HELEN]));
    assert!(past.code == 1 && past.err.contains("Refused:"), "{past:?}");
    let no_end = home.say(&cover(&[]));
    assert!(
        no_end.code == 2 && no_end.err.contains("--until"),
        "{no_end:?}"
    );
    let nobody = home.say(&[
        "person", "cover", HELEN, "--by", JUDITH, "--end", "--as", HELEN,
    ]);
    assert!(
        nobody.code == 1 && nobody.err.contains("does not cover"),
        "{nobody:?}"
    );
}

#[test]
fn it_ends_when_the_person_is_back() {
    let home = Home::at_work();
    home.done(&cover(&["--until", UNTIL, "--as", HELEN]));
    let said = home.done(&cover(&["--end", "--as", HELEN]));
    assert!(
        said.contains("does not cover for Helen Ashby any more"),
        "{said}"
    );
    let shown = home.json(&["person", "show", SUNITA]);
    assert_eq!(shown["posts"].as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(shown["cover"], json!([]), "it had not begun before today");
}
