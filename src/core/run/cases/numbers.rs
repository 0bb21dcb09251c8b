//! Numbers: whole ones that every reader keeps, through every entrance.

use serde_json::json;

use crate::core::run::command::Command;
use crate::core::run::state::Status;
use crate::core::run::story::{Story, at, refused, workflow};

const PAGE: &str = r"
workflow: numbers
scope: project
version: 1
title: Numbers
roles: {cpd_lead: {title: CPD lead, at: host_school}}
stages: {need: Need}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  need: {stage: need, title: Need, role: cpd_lead, form: need, due: 5 school days}
  big:  {title: Big, role: cpd_lead, when: need.pupils is at least 9007199254740990, due: 5 school days}
  list: {title: List, wait: list.out}
";

fn started() -> Story {
    let need = json!({
        "type": "object",
        "title": "Need",
        "properties": {"pupils": {"title": "Pupils", "type": "number"}},
    });
    Story::started(workflow(PAGE, &[("need", need)]))
}

#[test]
fn a_number_that_a_message_cannot_bring_is_taken_from_nobody() {
    let mut story = started();
    for number in [json!(2.5), json!(1.0), json!(9_007_199_254_740_993_i64)] {
        let answers = json!({"pupils": number});
        let draft = Command::StepDraft {
            step: at("need"),
            answers: answers.as_object().cloned().unwrap(),
        };
        for (tried, title) in [
            (story.when("cpd@100001", draft), "Need"),
            (
                story.complete("cpd@100001", "need", answers.clone()),
                "Need",
            ),
            (story.report("list.out", answers), "List"),
        ] {
            let (code, reason) = refused(tried);
            assert_eq!(code, "InvalidAnswers", "{number}");
            assert_eq!(
                reason,
                format!(
                    "The answers to “{title}” need another look: `pupils` must be a whole number \
                     within ±9007199254740991."
                )
            );
        }
    }
}

#[test]
fn a_correction_brings_no_such_number_either() {
    let mut story = started();
    story
        .complete("cpd@100001", "need", json!({"pupils": 3}))
        .unwrap();
    let correct = Command::AnswersCorrect {
        step: at("need"),
        answers: json!({"pupils": 0.5}).as_object().cloned().unwrap(),
        reason: "It was half.".to_owned(),
    };
    let (code, _) = refused(story.when("coordinator", correct));
    assert_eq!(code, "InvalidAnswers");
}

#[test]
fn a_condition_compares_the_largest_numbers_exactly() {
    for (pupils, status) in [
        (9_007_199_254_740_989_i64, Status::NotRequired),
        (9_007_199_254_740_990, Status::NotStarted),
        (9_007_199_254_740_991, Status::NotStarted),
    ] {
        let mut story = started();
        story
            .complete("cpd@100001", "need", json!({"pupils": pupils}))
            .unwrap();
        assert_eq!(story.status("big"), status, "{pupils}");
    }
}
