//! People: one each, replaced, substituted, forbidden, nobody.

use std::sync::Arc;

use serde_json::json;

use super::pages::{LEAD, VISITS, accepted, appoint, visited, visits_page};
use crate::core::definition::workflow::Workflow;
use crate::core::run::command::Command;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::event::{Cause, Event};
use crate::core::run::projection::{self, Asks};
use crate::core::run::state::Status;
use crate::core::run::story::{Story, at, form, person, refused, workflow};

const REVIEW: &str = r"
workflow: review
scope: project
version: 1
title: Review
roles:
  coordinator:     {title: Coordinator, at: alliance}
  headteacher:     {title: Headteacher, at: host_school}
  reviewer:        {title: Reviewer, at: run, many: 2 to 3, appointed: at start}
  review_lead:     {title: Review lead, at: run, appointed: at start}
  reviewer_office: {title: Office, at: school of reviewer, post: office}
stages: {prepare: Preparation, report: Report}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  team:
    stage: prepare
    each: reviewer
    steps:
      declare: {title: Declare conflicts, form: conflict, due: 5 school days,
                outcomes: {fine: {}, step_back: {leave: true, reason: required}}}
      assurance: {title: Letter, role: reviewer_office, due: 5 school days}
  briefing: {title: Briefing, role: review_lead, due: 5 school days}
  report: {stage: report, title: Report, role: review_lead, due: 5 school days}
  read: {title: Read the report, each: reviewer, due: 3 school days,
         outcomes: {good: {}, change: {reopen: report, reason: required}}}
  close: {title: Close, role: headteacher, due: 5 school days}
";

fn review() -> Story {
    let conflict = form(&[("what", "text")]);
    let mut story = Story::new(workflow(REVIEW, &[("conflict", conflict)]));
    let roles: [(&str, &[&str]); 2] = [
        ("reviewer", &["teacher@100002", "teacher@100003"]),
        ("review_lead", &["teacher@100002"]),
    ];
    story.start(&roles, &[]).unwrap();
    story
}

fn of(group: &str, who: &str, step: &str) -> String {
    let dot = if step.is_empty() { "" } else { "." };
    format!("{group}[{}]{dot}{step}", person(who))
}

fn briefed() -> Story {
    let mut story = review();
    for school in ["100002", "100003"] {
        let who = format!("teacher@{school}");
        story
            .choose(&who, &of("team", &who, "declare"), "fine")
            .unwrap();
        let office = format!("office@{school}");
        story
            .complete(&office, &of("team", &who, "assurance"), json!({}))
            .unwrap();
    }
    story
        .complete("teacher@100002", "briefing", json!({}))
        .unwrap();
    story
}

// Case 29
#[test]
fn a_new_reviewer_starts_alone_and_the_briefing_stays() {
    let mut story = briefed();
    let team = ["teacher@100002", "cpd@100003"];
    story
        .when("coordinator", appoint("reviewer", &team))
        .unwrap();
    assert_eq!(
        story.status(&of("team", "cpd@100003", "declare")),
        Status::NotStarted
    );
    assert_eq!(
        story.status(&of("team", "teacher@100002", "declare")),
        Status::Complete
    );
    assert_eq!(
        story.status(&of("team", "teacher@100003", "")),
        Status::Complete
    );
    assert_eq!(
        (story.status("briefing"), story.attempt("briefing")),
        (Status::Complete, 1)
    );
    assert_eq!(story.status("report"), Status::NotStarted);
    assert_eq!(story.status("team"), Status::InProgress);
}

// Case 30
#[test]
fn one_reader_wants_a_change_and_all_read_again() {
    let mut story = briefed();
    story
        .complete("teacher@100002", "report", json!({}))
        .unwrap();
    story.choose("teacher@100002", "read", "good").unwrap();
    story.choose("teacher@100003", "read", "change").unwrap();
    assert_eq!(
        (story.status("report"), story.attempt("report")),
        (Status::NotStarted, 2)
    );
    for who in ["teacher@100002", "teacher@100003"] {
        let read = of("read", who, "");
        assert_eq!(
            (story.status(&read), story.attempt(&read)),
            (Status::CannotStartYet, 2)
        );
    }
    story
        .complete("teacher@100002", "report", json!({}))
        .unwrap();
    assert_eq!(
        story.status(&of("read", "teacher@100002", "")),
        Status::NotStarted
    );
}

// Case 31
#[test]
fn who_leaves_one_role_keeps_the_other_and_the_coordinator_is_told_of_both() {
    let mut story = review();
    let declare = of("team", "teacher@100002", "declare");
    story
        .choose("teacher@100002", &declare, "step_back")
        .unwrap();
    assert!(story.run.people.contains_key("review_lead"));
    assert_eq!(
        story.status(&of("team", "teacher@100002", "assurance")),
        Status::NotRequired
    );
    let told = story
        .mails()
        .into_iter()
        .find_map(|(to, letter)| match letter {
            Letter::Notice {
                notice: Notice::LeftRole { still, too_few, .. },
            } if to == person("coordinator") => Some((still, too_few)),
            _ => None,
        });
    assert_eq!(told, Some((vec!["review_lead".to_owned()], true)));
}

#[test]
fn below_the_least_number_the_coordinator_has_a_task_until_there_are_enough() {
    let to_appoint = |story: &Story| -> Vec<String> {
        let tasks = projection::tasks(&story.workflow, &story.run).into_iter();
        let asked = tasks.filter(|task| task.asks == Asks::Appoint);
        asked.map(|task| task.title).collect()
    };
    let mut story = review();
    assert!(to_appoint(&story).is_empty());
    let declare = of("team", "teacher@100002", "declare");
    story
        .choose("teacher@100002", &declare, "step_back")
        .unwrap();
    assert_eq!(
        to_appoint(&story),
        ["Appoint more people as Reviewer: 1 person is there, 2 are needed"]
    );
    let team = ["teacher@100003", "cpd@100003"];
    story
        .when("coordinator", appoint("reviewer", &team))
        .unwrap();
    assert!(to_appoint(&story).is_empty());
}

#[test]
fn a_role_that_an_open_step_fills_is_no_task_of_the_coordinator() {
    let mut story = Story::new(visits(VISITS));
    story.start(&[], &[]).unwrap();
    assert!(!story.run.people.contains_key("project_lead"));
    let tasks = projection::tasks(&story.workflow, &story.run);
    assert!(tasks.iter().all(|task| task.asks == Asks::Do));
}

#[test]
fn who_comes_back_does_again_what_was_closed_and_nothing_more() {
    let mut story = review();
    let two = ["teacher@100002", "teacher@100003"];
    let declare = of("team", "teacher@100003", "declare");
    story.choose("teacher@100003", &declare, "fine").unwrap();
    story
        .when(
            "coordinator",
            appoint("reviewer", &["teacher@100002", "cpd@100002"]),
        )
        .unwrap();
    let letter = of("team", "teacher@100003", "assurance");
    assert_eq!(story.status(&letter), Status::NotRequired);
    story
        .when("coordinator", appoint("reviewer", &two))
        .unwrap();
    assert_eq!(
        (story.status(&letter), story.attempt(&letter)),
        (Status::NotStarted, 2)
    );
    assert_eq!(
        (story.status(&declare), story.attempt(&declare)),
        (Status::Complete, 1)
    );
}

#[test]
fn a_group_for_nobody_is_not_required_and_the_coordinator_is_told() {
    let page = REVIEW.replace("many: 2 to 3", "many: 0 to 3");
    let conflict = form(&[("what", "text")]);
    let mut story = Story::new(workflow(&page, &[("conflict", conflict)]));
    story
        .start(&[("review_lead", &["teacher@100002"])], &[])
        .unwrap();
    let cause = story.step("team").done.as_ref().unwrap().cause.clone();
    assert_eq!(cause, Some(Cause::Nobody));
    assert_eq!(story.status("briefing"), Status::NotStarted);
    let told = story.mails().into_iter().any(|(_, letter)| {
        matches!(
            letter,
            Letter::Notice {
                notice: Notice::NobodyIsIn { .. }
            }
        )
    });
    assert!(told);
}

// Case 21
#[test]
fn a_new_lead_declares_again_with_an_empty_draft_and_the_open_plan_waits_with_its_own() {
    let mut story = visited();
    story
        .when(
            "coordinator",
            Command::PassAdd {
                group: at("visits"),
            },
        )
        .unwrap();
    let draft = Command::StepDraft {
        step: at("visits[2].plan"),
        answers: json!({"date": "2027-03-01"}).as_object().cloned().unwrap(),
    };
    story.when(LEAD, draft).unwrap();
    let new = "teacher@100003";
    story
        .when("coordinator", appoint("project_lead", &[new]))
        .unwrap();
    let declare = story.step("declare");
    assert_eq!(
        (declare.status, declare.attempt, declare.starts_empty),
        (Status::NotStarted, 2, true)
    );
    assert_eq!(story.attempt("clearance"), 2);
    assert_eq!(story.status("visits[1]"), Status::Complete);
    let plan = story.step("visits[2].plan");
    assert_eq!(
        (plan.status, plan.attempt, plan.drafted),
        (Status::CannotStartYet, 1, true)
    );
    assert!(story.drafts.contains_key(&at("visits[2].plan")));
    story
        .complete(new, "declare", json!({"answer": "none"}))
        .unwrap();
    assert_eq!(story.status("clearance"), Status::NotStarted);
}

#[test]
fn a_declaration_of_somebody_before_is_never_shown_to_who_comes_next() {
    let mut story = accepted();
    story
        .when("coordinator", super::pages::reopen("offer", &[]))
        .unwrap();
    assert!(!story.step("declare").starts_empty);
    super::pages::offer(&mut story, "teacher@100003");
    assert!(story.step("declare").starts_empty);
}

#[test]
fn those_who_hold_a_role_already_are_not_appointed_again_in_whatever_order() {
    let mut story = Story::started(visits_page(&VISITS.replace("many: 0 to 1", "many: 0 to 2")));
    story
        .when("coordinator", appoint("reader", &["qa", "head@100003"]))
        .unwrap();
    let again = story.when("coordinator", appoint("reader", &["head@100003", "qa"]));
    assert_eq!(refused(again).0, "WrongPeople");
}

// Case 32
#[test]
fn who_acted_as_the_author_for_somebody_may_not_read() {
    let mut story = visited();
    let draft = Command::StepComplete {
        step: at("draft"),
        answers: json!({"findings": "f"}).as_object().cloned(),
        outcome: None,
        reason: Some("By telephone".to_owned()),
    };
    let envelope = story.envelope("coordinator", Some(LEAD), draft);
    let events = story.send(&envelope).unwrap();
    let Event::StepCompleted { by, actor, .. } = &events[0] else {
        panic!()
    };
    assert_eq!(
        (*by, *actor),
        (Some(person(LEAD)), Some(person("coordinator")))
    );
    for reader in ["coordinator", LEAD] {
        let (code, _) = refused(story.when("coordinator", appoint("reader", &[reader])));
        assert_eq!(code, "ForbiddenByNot");
    }
    story
        .when("coordinator", appoint("reader", &["qa"]))
        .unwrap();
}

#[test]
fn on_behalf_of_somebody_needs_a_reason() {
    let mut story = accepted();
    let plan = Command::StepComplete {
        step: at("visits.plan"),
        answers: json!({"date": "2027-02-01"}).as_object().cloned(),
        outcome: None,
        reason: None,
    };
    let envelope = story.envelope("coordinator", Some(LEAD), plan);
    assert_eq!(refused(story.send(&envelope)).0, "ReasonRequired");
}

// Case 12, as far as there are no ladders: the step waits and the coordinator knows.
#[test]
fn where_nobody_holds_a_role_the_step_stays_ready_and_the_coordinator_is_told() {
    let mut story = Story::new(visits(VISITS));
    story
        .directory
        .posts
        .retain(|post| post.person != person("cpd@100002"));
    story.start(&[], &[]).unwrap();
    super::pages::offer(&mut story, LEAD);
    story
        .complete(LEAD, "declare", json!({"answer": "none"}))
        .unwrap();
    assert_eq!(story.status("accept.home"), Status::NotStarted);
    let told = story.mails().into_iter().any(|(to, letter)| {
        to == person("coordinator")
            && matches!(
                letter,
                Letter::Notice {
                    notice: Notice::NobodyHolds { .. }
                }
            )
    });
    assert!(told);
    assert!(story.due("accept.home").is_some(), "the clock runs");
}

fn visits(page: &str) -> Arc<Workflow> {
    visits_page(page)
}
