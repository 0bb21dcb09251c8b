//! The cases of the definition language, told as stories: given, when, then.
//!
//! One file per subject; the number in a comment is that of the case. Cases of cycles and their
//! children (10, 26, 27, 28, 35, 36, 40) come with them; 11 and the acting half of 12 with the
//! ladders. Case 41 holds in every story: each entry is folded again without definition and
//! calendar, and must give the same state.

mod calendars;
mod dates;
mod hands;
mod invites;
mod ladder;
mod migration;
mod numbers;
pub(crate) mod pages;
mod passes;
mod pause;
mod people;
mod reopening;
mod undo;
mod waits;

use serde_json::json;

use super::event::{Cause, Event};
use super::state::{RunStatus, Status};
use super::story::{Story, form, person, refused, workflow};

const NEED: &str = r"
workflow: three-steps
scope: project
version: 1
title: Three Steps
roles:
  cpd_lead:     {title: CPD lead,     at: host_school}
  headteacher:  {title: Headteacher,  at: host_school}
  coordinator:  {title: Coordinator,  at: alliance}
  project_lead: {title: Project lead, at: run}
stages: {need: Need identification, matching: Matching}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  identify_need: {stage: need, title: Identify an area of need, role: cpd_lead, form: need, due: 15 school days}
  approve_need:
    title: Approve the need
    role: headteacher
    due: 3 school days
    outcomes: {approve: {}, change: {reopen: identify_need, reason: required}}
  match: {stage: matching, title: A person is matched, wait: match.confirmed, appoints: project_lead, role: coordinator}
";

fn three_steps() -> Story {
    let need = form(&[("question", "text"), ("audience", "choices slt governors")]);
    Story::started(workflow(NEED, &[("need", need)]))
}

#[test]
fn a_project_goes_from_need_to_its_end() {
    let mut story = three_steps();
    assert_eq!(story.run.reference, "TS-2027-001");
    assert_eq!(
        story.due("identify_need"),
        Some(super::story::day("2027-02-01"))
    );
    let answers = json!({"question": "How do pupils use feedback?", "audience": ["slt"]});
    story
        .complete("cpd@100001", "identify_need", answers)
        .unwrap();
    assert_eq!(story.status("approve_need"), Status::NotStarted);
    story
        .choose("head@100001", "approve_need", "approve")
        .unwrap();
    story
        .report(
            "match.confirmed",
            json!({"project_lead": person("teacher@100002").to_string()}),
        )
        .unwrap();
    assert_eq!(story.run.status, RunStatus::Complete);
    let text = crate::core::audit::chain::canonical(&story.entries);
    assert!(
        !text.contains("feedback?"),
        "free text stays outside the log"
    );
}

#[test]
fn what_comes_too_early_is_not_yet_and_says_what_it_waits_for() {
    let mut story = three_steps();
    let (code, reason) = refused(story.choose("head@100001", "approve_need", "approve"));
    assert_eq!(code, "NotYet NotReady");
    assert_eq!(
        reason,
        "“Approve the need” cannot be done yet: it waits for “Identify an area of need”."
    );
}

#[test]
fn sending_back_asks_the_first_step_again_and_what_stands_on_it() {
    let mut story = three_steps();
    story
        .complete("cpd@100001", "identify_need", json!({"question": "q"}))
        .unwrap();
    story
        .choose("head@100001", "approve_need", "change")
        .unwrap();
    assert_eq!(
        (
            story.status("identify_need"),
            story.attempt("identify_need")
        ),
        (Status::NotStarted, 2)
    );
    assert_eq!(
        (story.status("approve_need"), story.attempt("approve_need")),
        (Status::CannotStartYet, 2)
    );
    assert_eq!(story.stage().as_deref(), Some("need"));
}

#[test]
fn an_early_event_is_kept_and_used_the_moment_its_wait_is_ready() {
    let mut story = three_steps();
    let lead = json!({"project_lead": person("teacher@100002").to_string()});
    let events = story.report("match.confirmed", lead).unwrap();
    assert!(matches!(events[..], [Event::EventKept { .. }]));
    story
        .complete("cpd@100001", "identify_need", json!({}))
        .unwrap();
    let events = story
        .choose("head@100001", "approve_need", "approve")
        .unwrap();
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::EventUsed { .. }))
    );
    assert_eq!(story.run.status, RunStatus::Complete);
}

#[test]
fn an_approval_skipped_while_the_need_is_open_is_only_noted() {
    let mut story = three_steps();
    let skip = super::command::Command::StepSkip {
        step: super::story::at("approve_need"),
        reason: Some("The head asked for it".to_owned()),
    };
    let events = story.when("coordinator", skip).unwrap();
    assert!(matches!(events[..], [Event::StepSkipPlanned { .. }]));
    assert_eq!(story.status("match"), Status::CannotStartYet);
    story
        .complete("cpd@100001", "identify_need", json!({}))
        .unwrap();
    let done = story.run.steps[&super::story::at("approve_need")]
        .done
        .clone()
        .unwrap();
    assert_eq!(done.cause, Some(Cause::Skipped));
    assert_eq!(story.status("match"), Status::NotStarted);
}
