//! Pause, postpone, resume, stop, reinstate.

use serde_json::json;

use super::pages::{LEAD, accepted, visited};
use crate::core::run::command::Command;
use crate::core::run::deadline::DeadlineKind;
use crate::core::run::state::{RunStatus, Status};
use crate::core::run::story::{Story, at, day, refused};

pub fn postpone(story: &mut Story, until: &str) {
    let until = day(until);
    let command = Command::ProjectPostpone {
        until,
        reason: "A new building".to_owned(),
    };
    story.when("coordinator", command).unwrap();
}

fn consumed(story: &Story, step: &str) -> u32 {
    match &story.step(step).due.as_ref().unwrap().kind {
        DeadlineKind::Budget { consumed, .. } => *consumed,
        DeadlineKind::HungOn { .. } => panic!("{step} hangs on a date"),
    }
}

// Case 33
#[test]
fn what_is_left_of_a_budget_runs_on_after_two_years() {
    let mut story = accepted();
    story.on("2027-01-15");
    postpone(&mut story, "2029-01-15");
    assert_eq!(consumed(&story, "visits[1].plan"), 4);
    assert_eq!(story.due("visits[1].plan"), None);
    story
        .on("2029-01-15")
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
    assert_eq!(story.due("visits[1].plan"), Some(day("2029-01-23")));
}

// Case 34
#[test]
fn a_visit_inside_a_postponement_is_planned_again_with_the_old_answers() {
    let mut story = accepted();
    story
        .complete(LEAD, "visits[1].plan", json!({"date": "2027-02-01"}))
        .unwrap();
    postpone(&mut story, "2027-04-12");
    let resume = Command::ProjectResume {};
    story.on("2027-04-12").when("coordinator", resume).unwrap();
    let plan = story.step("visits[1].plan");
    assert_eq!((plan.status, plan.attempt), (Status::NotStarted, 2));
    assert_eq!(plan.earlier[0].answers["date"], json!("2027-02-01"));
    assert!(!plan.starts_empty);
    assert_eq!(story.status("visits[1].record"), Status::CannotStartYet);
}

#[test]
fn a_visit_that_was_held_before_the_pause_is_not_asked_again() {
    let mut story = accepted();
    story
        .complete(LEAD, "visits[1].plan", json!({"date": "2027-02-01"}))
        .unwrap();
    story.on("2027-02-01").fire_due();
    assert_eq!(story.status("visits[1].record"), Status::NotStarted);
    story.on("2027-02-03");
    postpone(&mut story, "2027-04-12");
    story
        .on("2027-04-12")
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
    assert_eq!(story.attempt("visits[1].plan"), 1);
    assert_eq!(story.status("visits[1].record"), Status::NotStarted);
}

// Case 37
#[test]
fn while_paused_a_completion_is_not_yet_and_the_draft_is_kept() {
    let mut story = visited();
    let pause = Command::ProjectPause {
        reason: "Illness".to_owned(),
    };
    story.when("coordinator", pause).unwrap();
    let draft = Command::StepDraft {
        step: at("draft"),
        answers: json!({"findings": "half"}).as_object().cloned().unwrap(),
    };
    story.when(LEAD, draft).unwrap();
    let (code, reason) = refused(story.complete(LEAD, "draft", json!({"findings": "f"})));
    assert_eq!(code, "NotYet Paused");
    assert!(reason.contains("is paused since Monday 1 February 2027. Your draft is saved"));
    assert!(story.drafts.contains_key(&at("draft")));
}

#[test]
fn a_stopped_project_comes_back_as_from_a_pause() {
    let mut story = accepted();
    story.on("2027-01-15");
    let reason = "Wrong school".to_owned();
    story
        .when(
            "coordinator",
            Command::ProjectStop {
                reason: reason.clone(),
            },
        )
        .unwrap();
    assert_eq!(
        refused(story.complete(LEAD, "visits.plan", json!({}))).0,
        "Stopped"
    );
    story.on("2027-02-15");
    story
        .when("coordinator", Command::ProjectReinstate { reason })
        .unwrap();
    assert_eq!(story.run.status, RunStatus::InProgress);
    assert_eq!(story.due("visits[1].plan"), Some(day("2027-02-23")));
}

#[test]
fn a_project_stopped_while_paused_comes_back_paused() {
    let mut story = accepted();
    let reason = || "why".to_owned();
    story
        .when("coordinator", Command::ProjectPause { reason: reason() })
        .unwrap();
    story
        .when("coordinator", Command::ProjectStop { reason: reason() })
        .unwrap();
    story
        .when(
            "coordinator",
            Command::ProjectReinstate { reason: reason() },
        )
        .unwrap();
    assert_eq!(story.run.status, RunStatus::Paused);
    story
        .on("2027-01-18")
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
    assert_eq!(story.due("visits[1].plan"), Some(day("2027-02-01")));
}

#[test]
fn a_blocked_clock_stands_still_and_a_pause_does_not_start_it() {
    let mut story = accepted();
    story.on("2027-01-13");
    let block = Command::StepBlock {
        step: at("visits.plan"),
        reason: "No reply".to_owned(),
    };
    story.when(LEAD, block).unwrap();
    story
        .on("2027-02-01")
        .when(
            "coordinator",
            Command::ProjectPause {
                reason: "x".to_owned(),
            },
        )
        .unwrap();
    story
        .on("2027-02-08")
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
    assert_eq!(
        (
            story.due("visits[1].plan"),
            consumed(&story, "visits[1].plan")
        ),
        (None, 2)
    );
    story
        .when(
            LEAD,
            Command::StepUnblock {
                step: at("visits.plan"),
            },
        )
        .unwrap();
    assert_eq!(story.due("visits[1].plan"), Some(day("2027-02-18")));
}

#[test]
fn of_a_deadline_of_which_nothing_is_left_the_next_counting_day_is_the_last() {
    let mut story = super::three_steps();
    assert_eq!(story.due("identify_need"), Some(day("2027-02-01")));
    story.on("2027-02-01");
    let reason = "A flood".to_owned();
    let pause = Command::ProjectPause { reason };
    story.when("coordinator", pause).unwrap();
    // On a Saturday nobody can do it.
    story.on("2027-02-06");
    let resume = Command::ProjectResume {};
    story.when("coordinator", resume).unwrap();
    assert_eq!(story.due("identify_need"), Some(day("2027-02-08")));
    let due = story.run.steps[&at("identify_need")].due.clone();
    assert!(due.unwrap().short_notice);
}
