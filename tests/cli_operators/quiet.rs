//! When mail leaves, rule by rule, and why each did or did not.

use serde_json::{Value, json};

use super::Home;

#[test]
fn the_rules_of_the_field_hold_until_an_alliance_sets_its_own() {
    let home = Home::peopled();
    let said = home.done(&["alliance", "quiet-times"]);
    for line in [
        "Mail leaves from 8am to 5pm.",
        "Never on days on which the person's school is closed",
        "Never on Fridays from midday on",
        "Never on the last two school days before a half-term or the holidays",
        "At most one mail to a person on a day",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let flags = [
        "alliance",
        "quiet-times",
        "--until",
        "18",
        "--friday-afternoons",
        "off",
    ];
    let would = home.done(&[&flags[..], &["--dry-run"]].concat());
    assert!(
        would.contains("This would be set") && would.contains("to 6pm"),
        "{would}"
    );
    let still = home.done(&["alliance", "quiet-times"]);
    assert_eq!(still, said, "a dry run sets nothing");
    home.done(&flags);
    let set: Value =
        serde_json::from_str(&home.done(&["alliance", "quiet-times", "--json"])).unwrap();
    assert_eq!(
        (&set["until"], &set["friday_afternoons"]),
        (&json!(18), &json!(false))
    );
    assert_eq!(set["one_a_day"], json!(true), "what was not named stays");
}

#[test]
fn hours_that_never_come_are_refused() {
    let home = Home::peopled();
    for (from, until) in [("17", "8"), ("9", "9"), ("0", "25")] {
        let said = home.say(&["alliance", "quiet-times", "--from", from, "--until", until]);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains("an hour from 0 to 23"), "{said:?}");
    }
}

#[test]
fn every_mail_says_why_it_was_sent_or_waits() {
    let home = Home::at_work();
    let sunita = "sunita@alder-vale.example";
    let why = home.done(&["mails", "why", sunita]);
    assert!(
        why.contains("is theirs to do") && why.contains("Sent as the mail"),
        "{why}"
    );
    // From now on she gets one mail a day, and has had hers.
    home.done(&["alliance", "quiet-times", "--one-a-day", "on"]);
    let helen = home.id_of("helen@alder-vale.example");
    let back = json!({"step": "approve_need", "outcome": "change", "reason": "Still too wide."});
    home.feed("once more", "step.complete", Some(&helen), &back);
    let why = home.done(&["mails", "why", sunita]);
    assert!(
        why.contains("because they have had today's mail already"),
        "{why}"
    );
    let all = home.done(&["mails", "why", sunita, "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&all).unwrap();
    let states: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["state"].as_str())
        .collect();
    assert_eq!(states.last(), Some(&"waiting"), "{all}");
    let waiting = states.iter().filter(|state| **state == "waiting");
    assert_eq!(waiting.count(), 1);
    let reference = rows[0]["reference"].as_str().unwrap();
    let of_project = home.done(&["mails", "why", reference]);
    assert!(
        of_project.contains("Helen") && of_project.contains("Sunita"),
        "{of_project}"
    );
    let nobody = home.say(&["mails", "why", "nobody@nowhere.example"]);
    assert_eq!(nobody.code, 1, "{nobody:?}");
}

#[test]
fn any_mail_can_be_looked_at_before_anybody_gets_it() {
    let home = Home::at_work();
    let why = home.json(&["mails", "why", "sunita@alder-vale.example"]);
    let reference = why[0]["reference"].as_str().unwrap().to_owned();
    let step = ["mails", "preview", &reference, "approve_need"];
    let ready = home.done(&step);
    assert!(
        ready.contains("To: Helen") && ready.contains("It is your turn"),
        "{ready}"
    );
    let late = home.done(&[&step[..], &["late_1", "--for", "sunita@alder-vale.example"]].concat());
    assert!(
        late.contains("To: Sunita") && late.contains("Still open"),
        "{late}"
    );
    assert!(
        home.done(&[&step[..], &["--html"]].concat())
            .contains("<strong>")
    );
    let none = home.say(&[&step[..], &["no_such_mail"]].concat());
    assert_eq!(none.code, 1, "{none:?}");
    assert!(none.err.contains("no mail `no_such_mail`"), "{none:?}");
    let step = home.say(&["mails", "preview", &reference, "no_such_step"]);
    assert!(step.err.contains("has no step `no_such_step`"), "{step:?}");
}

/// Of the project of a home at work.
fn reference(home: &Home) -> String {
    let why = home.json(&["mails", "why", "sunita@alder-vale.example"]);
    why[0]["reference"].as_str().unwrap().to_owned()
}

#[test]
fn whoever_is_late_reads_who_gets_a_copy_and_who_rings() {
    let home = Home::at_work();
    let reference = reference(&home);
    let preview = |more: &[&str]| {
        let step = ["mails", "preview", &reference, "approve_need"];
        home.done(&[&step[..], more].concat())
    };
    let first = preview(&["late_1"]);
    let said =
        "If it stays open, Sunita Patel (CPD lead) at your school gets a copy of the next mail";
    assert!(first.contains(said), "{first}");
    let second = preview(&["late_2"]);
    let said = "Sunita Patel (CPD lead) at your school gets a copy of this mail";
    assert!(second.contains(said), "{second}");
    let rings =
        "This is the last mail about it: if the step stays open, Judith Marlow will ring you.";
    assert!(second.contains(rings), "{second}");
    // Nobody is copied in on their own mail, and nobody rings themselves.
    let own = preview(&["late_2", "--for", "sunita@alder-vale.example"]);
    assert!(!own.contains("gets a copy") && own.contains(rings), "{own}");
    let own = preview(&["late_2", "--for", "judith@alliance.example"]);
    assert!(!own.contains("will ring you"), "{own}");
    for mail in ["nudge", "due", "late_1", "late_2"] {
        let said = preview(&[mail]);
        assert!(said.contains("see your answer"), "{mail}: {said}");
        assert!(said.contains("who can pass it on"), "{mail}: {said}");
    }
}

/// Another post is copied in, and nobody rings.
const SOFT: &str = "\
workflow: soft
scope: project
version: 1
title: Soft
roles:
  cpd_lead: {title: CPD lead, at: host_school}
reminders:
  soft:
    late_1: {at: 3 school days after due, send: mail}
    late_2: {at: 8 school days after due, send: mail, copy: headteacher}
steps:
  ask: {title: Answer, role: cpd_lead, due: 5 school days}
";

#[test]
fn a_ladder_that_copies_in_the_headteacher_says_so_by_name_and_speaks_of_no_call() {
    let home = Home::peopled();
    let folder = home.path().join("soft");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("project.yaml"), SOFT).unwrap();
    let done = |arguments: &[&str]| {
        let workflows = [("ALONGSIDE_WORKFLOWS", folder.to_str().unwrap())];
        let said = home.say_with(arguments, &workflows);
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    };
    let start = ["project", "start", "soft", "--school", "900001"];
    let started = done(&[&start[..], &["--title", "Feedback"]].concat());
    let reference = started.split(':').next().unwrap();
    let first = done(&["mails", "preview", reference, "ask", "late_1"]);
    let said = "If it stays open, Helen Ashby (headteacher) at your school gets a copy of the next";
    assert!(first.contains(said), "{first}");
    let second = done(&["mails", "preview", reference, "ask", "late_2"]);
    let said = "Helen Ashby (headteacher) at your school gets a copy of this mail";
    assert!(second.contains(said), "{second}");
    for untrue in ["CPD lead", "will ring you", "last mail"] {
        assert!(!second.contains(untrue), "{untrue}: {second}");
    }
    let copy = done(&["mails", "preview", reference, "ask", "copy"]);
    assert!(copy.contains("To: Helen Ashby"), "{copy}");
}

#[test]
fn every_mail_can_be_looked_at_by_its_name_as_text_and_as_html() {
    let home = Home::at_work();
    let reference = reference(&home);
    let step = ["mails", "preview", &reference, "approve_need"];
    let names = [
        "ready",
        "heads_up",
        "nudge",
        "due",
        "late_1",
        "late_2",
        "copy",
        "digest",
        "summary",
        "calendars_end",
        "privacy",
        "notice",
        "notice_to_you",
        "cannot_progress",
        "held",
        "left_role",
        "not_held",
        "resume_due",
        "resume_near",
        "ring",
    ];
    for name in names {
        let text = home.done(&[&step[..], &[name]].concat());
        assert!(
            text.starts_with("To: ") && text.contains("\nSubject: "),
            "{name}: {text}"
        );
        let html = home.done(&[&step[..], &[name, "--html"]].concat());
        assert!(html.starts_with("<p>"), "{name}: {html}");
    }
    let copy = home.done(&[&step[..], &["copy"]].concat());
    assert!(
        copy.contains("To: Sunita") && copy.contains("Helen Ashby knows that you get this mail"),
        "{copy}"
    );
    let none = home.say(&[&step[..], &["late_9"]].concat());
    assert_eq!(none.code, 1, "{none:?}");
    for name in ["`late_9`", "late_1", "late_2", "digest", "resume_near"] {
        assert!(none.err.contains(name), "{name}: {none:?}");
    }
}
