//! Groups that happen several times.

use serde_json::json;

use super::pages::{LEAD, accepted, visit, visited};
use crate::core::run::command::Command;
use crate::core::run::state::Status;
use crate::core::run::story::{at, day, refused};

fn add() -> Command {
    Command::PassAdd {
        group: at("visits"),
    }
}

// Case 15
#[test]
fn the_group_ends_only_when_a_pass_beside_is_settled() {
    let mut story = accepted();
    story.when(LEAD, add()).unwrap();
    visit(&mut story, 1, "2027-02-01", "finished");
    story
        .choose("cpd@100001", "visits[1].sign_off", "agree")
        .unwrap();
    assert_eq!(story.status("visits"), Status::InProgress);
    visit(&mut story, 2, "2027-02-08", "finished");
    story
        .choose("cpd@100001", "visits[2].sign_off", "agree")
        .unwrap();
    assert_eq!(story.status("visits"), Status::Complete);
}

// Case 16
#[test]
fn a_seventh_visit_is_refused_and_the_draft_stays() {
    let mut story = accepted();
    for pass in 1..6 {
        visit(&mut story, pass, &format!("2027-02-0{pass}"), "another");
    }
    story
        .complete(LEAD, "visits[6].plan", json!({"date": "2027-02-08"}))
        .unwrap();
    story.on("2027-02-08").fire_due();
    let draft = Command::StepDraft {
        step: at("visits[6].record"),
        answers: json!({"notes": "n"}).as_object().cloned().unwrap(),
    };
    story.when(LEAD, draft).unwrap();
    let (code, reason) = refused(story.choose(LEAD, "visits[6].record", "another"));
    assert_eq!(
        (code.as_str(), reason.as_str()),
        ("TooManyPasses", "6 visits is the most.")
    );
    assert!(story.drafts.contains_key(&at("visits[6].record")));
}

// Case 17
#[test]
fn a_visit_added_after_the_group_ended_holds_nothing_back_and_moves_the_due_date() {
    let mut story = visited();
    assert_eq!(story.due("draft"), Some(day("2027-02-15")));
    story.when("coordinator", add()).unwrap();
    assert_eq!(story.status("visits"), Status::InProgress);
    assert_eq!(story.status("draft"), Status::NotStarted);
    story
        .complete(LEAD, "visits[2].plan", json!({"date": "2027-02-15"}))
        .unwrap();
    assert_eq!(story.due("draft"), Some(day("2027-03-01")));
}

// Case 18
#[test]
fn an_ended_pass_does_not_count_as_the_last() {
    let mut story = visited();
    story.when("coordinator", add()).unwrap();
    story
        .complete(LEAD, "visits[2].plan", json!({"date": "2027-02-15"}))
        .unwrap();
    let end = Command::PassEnd {
        pass: at("visits[2]"),
        reason: "Inspectors came".to_owned(),
    };
    story.on("2027-02-15").when("coordinator", end).unwrap();
    assert_eq!(story.status("visits"), Status::Complete);
    assert_eq!(story.status("visits[2]"), Status::NotRequired);
    // It would have been due already: the next school day, at short notice.
    assert_eq!(story.due("draft"), Some(day("2027-02-15")));
}

#[test]
fn a_settled_pass_cannot_be_ended_and_numbers_are_never_used_again() {
    let mut story = visited();
    let end = |pass: &str| Command::PassEnd {
        pass: at(pass),
        reason: "why".to_owned(),
    };
    let (code, _) = refused(story.when("coordinator", end("visits[1]")));
    assert_eq!(code, "AlreadyComplete");
    story.when("coordinator", add()).unwrap();
    story.when("coordinator", end("visits[2]")).unwrap();
    let (code, reason) = refused(story.when("coordinator", end("visits[2]")));
    assert_eq!(
        (code.as_str(), reason.as_str()),
        ("NotRequired", "“Visit (2)” has been ended already.")
    );
    story.when("coordinator", add()).unwrap();
    assert_eq!(story.status("visits[3].plan"), Status::NotStarted);
}

#[test]
fn a_pass_ended_below_the_least_is_followed_by_another() {
    let mut story = accepted();
    let end = Command::PassEnd {
        pass: at("visits[1]"),
        reason: "Snow".to_owned(),
    };
    story.when("coordinator", end).unwrap();
    assert_eq!(story.status("visits[2].plan"), Status::NotStarted);
}

#[test]
fn without_a_number_the_open_pass_is_meant() {
    let mut story = accepted();
    visit(&mut story, 1, "2027-02-01", "another");
    story
        .complete(LEAD, "visits.plan", json!({"date": "2027-02-08"}))
        .unwrap();
    assert_eq!(story.status("visits[2].plan"), Status::Complete);
}

#[test]
fn a_record_before_its_visit_says_when_that_is_planned() {
    let mut story = accepted();
    visit(&mut story, 1, "2027-02-01", "another");
    story
        .complete(LEAD, "visits[2].plan", json!({"date": "2027-03-02"}))
        .unwrap();
    let (code, reason) = refused(story.choose(LEAD, "visits[2].record", "finished"));
    assert_eq!(code, "NotYet NotOpenYet");
    assert_eq!(
        reason,
        "“Visit record (visit 2)” cannot be filed yet: visit 2 is planned for Tuesday 2 March 2027."
    );
}
