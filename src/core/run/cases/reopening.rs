//! Sending back, reopening, sparing, taking back.

use serde_json::{Value, json};

use super::pages::{LEAD, VISITS, accepted, offer, reopen, visit, visited, visits_page};
use crate::core::audit::payload::Commitment;
use crate::core::run::command::Command;
use crate::core::run::event::{Cause, Event, SealedAnswers};
use crate::core::run::state::{RunStatus, Status};
use crate::core::run::story::{Story, at, day, form, person, refused, workflow};

// Case 3
#[test]
fn a_correction_names_what_it_would_change_and_moves_nothing() {
    let mut story = audience(ONE_STEP);
    // Case 2: decided when the need settles, with what it saw.
    assert_eq!(story.status("governors"), Status::CannotStartYet);
    let answers = json!({"audience": ["slt"]});
    let events = story.complete("cpd@100001", "need", answers).unwrap();
    let decided = events.iter().find_map(|event| match event {
        Event::StepNotRequired { when, .. } => when.clone(),
        _ => None,
    });
    assert_eq!(decided.unwrap().saw[0].value, json!(["slt"]));
    let events = story.when("coordinator", to_governors()).unwrap();
    let [Event::AnswersCorrected { would_change, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(would_change, &[at("governors")]);
    assert_eq!(story.status("governors"), Status::NotRequired);
}

#[test]
fn what_its_condition_rules_out_is_reopened_only_once_that_holds() {
    let mut story = audience(ONE_STEP);
    let answers = json!({"audience": ["slt"]});
    story.complete("cpd@100001", "need", answers).unwrap();
    let (code, reason) = refused(story.when("coordinator", reopen("governors", &[])));
    assert_eq!(code, "CannotReopen");
    assert_eq!(
        reason,
        "“Governors” is not required while “need.audience has governors” does not hold. First \
         correct `audience` of “Need”, then reopen it."
    );
    story.when("coordinator", to_governors()).unwrap();
    story.when("coordinator", reopen("governors", &[])).unwrap();
    assert_eq!(story.status("governors"), Status::NotStarted);
    assert_eq!(story.status("close"), Status::CannotStartYet);
}

#[test]
fn a_group_that_its_condition_rules_out_is_not_entered_by_one_of_its_steps() {
    let mut story = audience(
        "governors: {title: Governors, when: need.audience has governors, \
         steps: {tell: {title: Tell them, role: headteacher, due: 5 school days}}}",
    );
    let answers = json!({"audience": ["slt"]});
    story.complete("cpd@100001", "need", answers).unwrap();
    let (code, reason) = refused(story.when("coordinator", reopen("governors.tell", &[])));
    assert_eq!(code, "CannotReopen");
    assert!(
        reason.starts_with("“Tell them” lies in “Governors” and is not required while "),
        "{reason}"
    );
    story.when("coordinator", to_governors()).unwrap();
    story
        .when("coordinator", reopen("governors.tell", &[]))
        .unwrap();
    assert_eq!(story.status("governors.tell"), Status::NotStarted);
}

const ONE_STEP: &str = "governors: {title: Governors, when: need.audience has governors, \
                        role: headteacher, due: 5 school days}";

/// Between the need and the end stands something for governors only.
fn audience(governors: &str) -> Story {
    let page = format!(
        "
workflow: audience
scope: project
version: 1
title: Audience
roles: {{cpd_lead: {{title: CPD lead, at: host_school}}, headteacher: {{title: Headteacher, at: host_school}}}}
stages: {{need: Need}}
reminders: {{standard: {{due: {{at: on the day, send: mail}}}}}}
steps:
  need: {{stage: need, title: Need, role: cpd_lead, form: need, due: 5 school days}}
  {governors}
  close: {{title: Close, role: headteacher, due: 5 school days}}
"
    );
    let need = form(&[("audience", "choices slt governors")]);
    Story::started(workflow(&page, &[("need", need)]))
}

fn to_governors() -> Command {
    let answers = json!({"audience": ["slt", "governors"]});
    Command::AnswersCorrect {
        step: at("need"),
        answers: answers.as_object().cloned().unwrap(),
        reason: "They asked".to_owned(),
    }
}

// Case 5: "with a prefilled draft"
#[test]
fn a_step_that_is_made_again_is_filled_from_its_last_answers() {
    let mut story = visited();
    let report = json!({"findings": "Pupils improve drafts."});
    story.complete(LEAD, "draft", report).unwrap();
    story.when("coordinator", reopen("draft", &[])).unwrap();
    let answers = filed(&mut story, LEAD, "draft", json!(null));
    let text = Commitment::from_value(&answers["findings"]).unwrap();
    assert_eq!(story.payloads[&text], "Pupils improve drafts.");
    // Answers that are given count alone.
    story.when("coordinator", reopen("draft", &[])).unwrap();
    assert!(filed(&mut story, LEAD, "draft", json!({})).is_empty());
}

#[test]
fn nothing_is_filled_in_from_a_private_declaration() {
    let mut story = accepted();
    story.when("coordinator", reopen("offer", &[])).unwrap();
    let new = "teacher@100003";
    offer(&mut story, new);
    assert!(filed(&mut story, new, "declare", json!(null)).is_empty());
}

/// The answers that a completion puts into the log.
fn filed(story: &mut Story, who: &str, step: &str, answers: Value) -> SealedAnswers {
    let events = story.complete(who, step, answers).unwrap();
    match &events[0] {
        Event::StepCompleted { answers, .. } => answers.clone(),
        _ => panic!("{events:?}"),
    }
}

// Case 4
#[test]
fn the_second_of_two_heads_is_told_who_was_first_and_when() {
    let mut story = accepted();
    let (code, reason) = refused(story.choose("cpd@100001", "accept.host", "accept"));
    assert_eq!(code, "AlreadyComplete");
    let first = person("cpd@100001");
    assert_eq!(
        reason,
        format!(
            "“Accept for the host school” was completed by person:{first} at 9am on Monday 11 \
             January 2027."
        )
    );
    assert_eq!(story.step("accept.host").earlier.len(), 0);
}

// Case 6
#[test]
fn when_one_side_declines_the_offer_waits_anew_and_the_lead_is_told() {
    let mut story = Story::started(visits_page(VISITS));
    offer(&mut story, LEAD);
    story
        .complete(LEAD, "declare", json!({"answer": "none"}))
        .unwrap();
    story.choose("cpd@100001", "accept.host", "accept").unwrap();
    let events = story
        .choose("cpd@100002", "accept.home", "decline")
        .unwrap();
    assert_eq!(
        (story.status("offer"), story.attempt("offer")),
        (Status::NotStarted, 2)
    );
    assert_eq!(
        (story.status("accept.host"), story.attempt("accept.host")),
        (Status::CannotStartYet, 2)
    );
    assert!(story.run.people.is_empty());
    let told = events
        .iter()
        .filter(|e| matches!(e, Event::Told { name, .. } if name == "match.declined"));
    assert_eq!(told.count(), 1);
    assert!(story.mails().iter().any(|(to, _)| *to == person(LEAD)));
}

// Case 14
#[test]
fn a_queried_record_filed_again_with_another_opens_no_third_pass() {
    let mut story = accepted();
    visit(&mut story, 1, "2027-02-01", "another");
    // Case 13
    assert_eq!(story.status("visits[2].plan"), Status::NotStarted);
    assert_eq!(story.status("visits[1].sign_off"), Status::NotStarted);
    story
        .choose("cpd@100001", "visits[1].sign_off", "query")
        .unwrap();
    assert_eq!(story.attempt("visits[1].record"), 2);
    story
        .finish(
            LEAD,
            "visits[1].record",
            json!({"notes": "more"}),
            Some("another"),
        )
        .unwrap();
    assert!(!story.run.steps.contains_key(&at("visits[3]")));
}

// Case 22
#[test]
fn a_blocked_conflict_reopens_the_offer_and_settled_visits_stay() {
    let mut story = visited();
    let new = "teacher@100003";
    story
        .when("coordinator", super::pages::appoint("project_lead", &[new]))
        .unwrap();
    story
        .complete(
            new,
            "declare",
            json!({"answer": "declared", "what": "My sister"}),
        )
        .unwrap();
    assert_eq!(story.status("weigh"), Status::NotStarted);
    story.choose("coordinator", "weigh", "block").unwrap();
    assert_eq!(
        (story.status("offer"), story.attempt("offer")),
        (Status::NotStarted, 2)
    );
    assert_eq!(story.status("visits[1]"), Status::Complete);
    assert_eq!(story.attempt("visits[1].record"), 1);
    assert_eq!(story.status("draft"), Status::CannotStartYet);
}

// Case 23
#[test]
fn a_report_reopened_after_release_is_released_again() {
    let mut story = visited();
    story
        .complete(LEAD, "draft", json!({"findings": "f"}))
        .unwrap();
    assert_eq!(story.status("release"), Status::Complete);
    story
        .complete(LEAD, "book", json!({"date": "2027-03-02"}))
        .unwrap();
    story.when("coordinator", reopen("draft", &[])).unwrap();
    assert_eq!(
        (story.status("release"), story.attempt("release")),
        (Status::CannotStartYet, 2)
    );
    assert_eq!(
        (story.status("book"), story.attempt("book")),
        (Status::CannotStartYet, 2)
    );
    assert_eq!(
        (story.status("present"), story.attempt("present")),
        (Status::CannotStartYet, 1)
    );
    assert_eq!(story.status("visits"), Status::Complete);
    let events = story
        .complete(LEAD, "draft", json!({"findings": "g"}))
        .unwrap();
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::Told { name, .. } if name == "report.released"))
    );
}

#[test]
fn what_is_spared_stays_and_what_is_open_waits() {
    let mut story = visited();
    story
        .complete(LEAD, "draft", json!({"findings": "f"}))
        .unwrap();
    let events = story
        .when("coordinator", reopen("draft", &["release"]))
        .unwrap();
    assert!(matches!(&events[0], Event::StepReopened { .. }));
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::StepSpared { step, .. } if *step == at("release")))
    );
    assert_eq!(
        (story.status("release"), story.attempt("release")),
        (Status::Complete, 1)
    );
    assert_eq!(
        (story.status("book"), story.attempt("book")),
        (Status::CannotStartYet, 1)
    );
}

#[test]
fn a_doer_takes_back_their_own_until_something_on_it_is_complete() {
    let mut story = visited();
    story
        .complete(LEAD, "draft", json!({"findings": "f"}))
        .unwrap();
    // The release went out at once, so it cannot be taken back.
    let (code, _) = refused(story.when(LEAD, reopen("draft", &[])));
    assert_eq!(code, "CannotReopen");
    story
        .complete(LEAD, "book", json!({"date": "2027-03-02"}))
        .unwrap();
    story.when(LEAD, reopen("book", &[])).unwrap();
    assert_eq!(story.status("book"), Status::NotStarted);
}

#[test]
fn reopening_a_complete_project_sets_it_in_progress() {
    let mut story = visited();
    story
        .complete(LEAD, "draft", json!({"findings": "f"}))
        .unwrap();
    story
        .complete(LEAD, "book", json!({"date": "2027-03-02"}))
        .unwrap();
    story.on("2027-03-02").fire_due();
    story.complete(LEAD, "present", json!({})).unwrap();
    assert_eq!(story.run.status, RunStatus::Complete);
    story.when("coordinator", reopen("present", &[])).unwrap();
    assert_eq!(story.run.status, RunStatus::InProgress);
    assert_eq!(story.status("present"), Status::NotStarted);
}

#[test]
fn reopening_a_repeat_group_asks_for_one_more_pass() {
    let mut story = visited();
    story.when("coordinator", reopen("visits", &[])).unwrap();
    assert_eq!(story.status("visits[2].plan"), Status::NotStarted);
    assert_eq!(story.status("visits[1]"), Status::Complete);
    assert_eq!(story.status("draft"), Status::CannotStartYet);
}

#[test]
fn what_was_skipped_by_hand_is_asked_anew() {
    let mut story = visited();
    let skip = Command::StepSkip {
        step: at("draft"),
        reason: Some("No report".to_owned()),
    };
    story.when("coordinator", skip).unwrap();
    story
        .when("coordinator", reopen("visits[1].record", &[]))
        .unwrap();
    assert_eq!(story.step("draft").earlier[0].cause, Some(Cause::Skipped));
    assert_eq!(
        (story.status("draft"), story.attempt("draft")),
        (Status::CannotStartYet, 2)
    );
    assert_eq!(story.status("visits"), Status::InProgress);
    assert_eq!(story.due("draft"), None);
    assert_eq!(day("2027-02-01"), story.now.date());
}
