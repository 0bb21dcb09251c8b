//! Events from outside: early, late, expired, for two waits.

use serde_json::json;

use super::pages::{LEAD, VISITS, offer, visits_page};
use crate::core::run::command::Command;
use crate::core::run::event::Event;
use crate::core::run::state::Status;
use crate::core::run::story::{Story, person, refused, workflow};

const TWO: &str = r"
workflow: two-waits
scope: project
version: 1
title: Two waits
roles: {cpd_lead: {title: CPD lead, at: host_school}}
stages: {need: Need}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  need:   {stage: need, title: Need, role: cpd_lead, due: 5 school days}
  list_one: {title: First list, wait: list.out}
  list_two: {title: Second list, wait: list.out}
  close:  {title: Close, role: cpd_lead, due: 5 school days}
";

// Case 8
#[test]
fn early_events_are_used_oldest_first_each_once() {
    let mut story = Story::started(workflow(TWO, &[]));
    story.report("list.out", json!({"number": 1})).unwrap();
    story.report("list.out", json!({"number": 2})).unwrap();
    story.complete("cpd@100001", "need", json!({})).unwrap();
    let number = |step: &str| story.step(step).done.as_ref().unwrap().answers["number"].clone();
    assert_eq!(
        (number("list_one"), number("list_two")),
        (json!(1), json!(2))
    );
    assert!(story.run.kept.is_empty());
}

// Case 7
#[test]
fn a_late_event_is_refused_and_never_answers_a_later_reopening() {
    let mut story = Story::started(visits_page(VISITS));
    offer(&mut story, LEAD);
    let data = json!({"project_lead": person(LEAD).to_string()});
    let (code, reason) = refused(story.report("match.offered", data));
    assert_eq!(code, "AlreadyComplete");
    assert_eq!(reason, "“A lead is offered” is complete already.");
    story
        .complete(LEAD, "declare", json!({"answer": "none"}))
        .unwrap();
    story
        .choose("cpd@100001", "accept.host", "decline")
        .unwrap();
    assert_eq!(
        (story.status("offer"), story.attempt("offer")),
        (Status::NotStarted, 2)
    );
}

// Case 9
#[test]
fn a_kept_event_whose_time_is_past_is_not_used() {
    let mut story = Story::started(workflow(TWO, &[]));
    let report = Command::EventReport {
        name: "list.out".to_owned(),
        data: serde_json::Map::new(),
    };
    let mut envelope = story.envelope("", None, report);
    envelope.expires = Some("2027-01-12T09:00:00Z".parse().unwrap());
    story.send(&envelope).unwrap();
    story.on("2027-01-13");
    let events = story.complete("cpd@100001", "need", json!({})).unwrap();
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::EventExpired { because: None, .. }))
    );
    assert_eq!(story.status("list_one"), Status::NotStarted);
}

#[test]
fn an_event_that_arrives_expired_is_refused() {
    let mut story = Story::started(workflow(TWO, &[]));
    let report = Command::EventReport {
        name: "list.out".to_owned(),
        data: serde_json::Map::new(),
    };
    let mut envelope = story.envelope("", None, report);
    envelope.expires = Some("2027-01-10T09:00:00Z".parse().unwrap());
    assert_eq!(refused(story.send(&envelope)).0, "Expired");
}

#[test]
fn an_event_during_a_pause_is_kept_and_used_on_resume() {
    let mut story = Story::started(workflow(TWO, &[]));
    story.complete("cpd@100001", "need", json!({})).unwrap();
    let pause = Command::ProjectPause {
        reason: "Flood".to_owned(),
    };
    story.when("coordinator", pause).unwrap();
    let events = story.report("list.out", json!({})).unwrap();
    assert!(matches!(events[..], [Event::EventKept { .. }]));
    story
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
    assert_eq!(story.status("list_one"), Status::Complete);
}

#[test]
fn an_event_that_names_people_who_have_gone_is_not_used_and_the_coordinator_hears_why() {
    let mut story = Story::started(workflow(
        &TWO.replace(
            "wait: list.out}\n  list_two",
            "wait: match.made, appoints: lead}\n  list_two",
        )
        .replace(
            "host_school}}",
            "host_school}, lead: {title: Lead, at: run}}",
        ),
        &[],
    ));
    story
        .report("match.made", json!({"lead": person(LEAD).to_string()}))
        .unwrap();
    story
        .directory
        .people
        .get_mut(&person(LEAD))
        .unwrap()
        .erased = true;
    let events = story.complete("cpd@100001", "need", json!({})).unwrap();
    assert!(events.iter().any(|e| matches!(
        e,
        Event::EventExpired {
            because: Some(_),
            ..
        }
    )));
    assert_eq!(story.status("list_one"), Status::NotStarted);
}

#[test]
fn a_name_that_nothing_waits_for_is_refused() {
    let mut story = Story::started(workflow(TWO, &[]));
    assert_eq!(
        refused(story.report("list.lost", json!({}))).0,
        "UnknownEvent"
    );
}
