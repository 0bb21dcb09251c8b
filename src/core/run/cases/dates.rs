//! Dates that hang on others, moments that never come, dates set by hand.

use serde_json::json;

use super::pages::{LEAD, accepted, visited};
use crate::core::run::command::Command;
use crate::core::run::effect::Letter;
use crate::core::run::event::{Cause, Event};
use crate::core::run::state::Status;
use crate::core::run::story::{Story, at, day, form, refused, workflow};

const DAYS: &str = r"
workflow: days
scope: project
version: 1
title: Days
roles:
  coordinator: {title: Coordinator, at: alliance}
  cpd_lead:    {title: CPD lead, at: host_school}
  headteacher: {title: Headteacher, at: host_school}
stages: {work: Work, after: After}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  agree: {stage: work, title: Agree the days, role: cpd_lead, due: 5 school days}
  days:
    title: Day
    repeat: {min: 1, max: 9}
    steps:
      plan: {title: Plan the day, role: cpd_lead, form: plan, due: 5 school days}
      hold: {title: Hold the day, role: cpd_lead, opens: on plan.date, due: 3 school days after plan.date,
             outcomes: {another: {repeat: true}, finished: {}}}
  half_way:
    title: Half-way review
    needs: agree
    role: headteacher
    due: 20 school days
    outcomes: {go_on: {}, stop: {end: days}}
  evaluate: {stage: after, title: Evaluate, needs: [days, half_way], role: headteacher,
             due: 5 school days after days.last.plan.date}
  bill: {title: Bill, needs: agree, role: headteacher, opens: on days.first.hold, due: 5 school days}
";

fn days() -> Story {
    let mut story = Story::started(workflow(DAYS, &[("plan", form(&[("date", "date")]))]));
    story.complete("cpd@100001", "agree", json!({})).unwrap();
    story
}

fn hold(story: &mut Story, pass: u32, date: &str, outcome: &str) {
    story
        .complete(
            "cpd@100001",
            &format!("days[{pass}].plan"),
            json!({"date": date}),
        )
        .unwrap();
    story.on(date).fire_due();
    story
        .choose("cpd@100001", &format!("days[{pass}].hold"), outcome)
        .unwrap();
}

// Case 19
#[test]
fn when_the_visit_moves_the_letter_moves_and_its_reminder_is_armed_again() {
    let mut story = accepted();
    story
        .complete(LEAD, "visits[1].plan", json!({"date": "2027-02-01"}))
        .unwrap();
    assert_eq!(story.due("clearance"), Some(day("2027-01-25")));
    story.on("2027-01-25").fire_due();
    assert_eq!(story.step("clearance").fired.len(), 1);
    let correct = Command::AnswersCorrect {
        step: at("visits[1].plan"),
        answers: json!({"date": "2027-03-01"}).as_object().cloned().unwrap(),
        reason: "Moved".to_owned(),
    };
    let events = story.when(LEAD, correct).unwrap();
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::DeadlineMoved { .. }))
    );
    assert_eq!(story.due("clearance"), Some(day("2027-02-22")));
    story.on("2027-02-22").fire_due();
    assert_eq!(story.step("clearance").fired.len(), 2);
}

// Case 20
#[test]
fn a_date_that_is_past_already_becomes_the_next_school_day_with_one_mail() {
    let mut story = accepted();
    let mails = story.mails();
    let ready = |mails: &[(_, Letter)]| {
        let about = |letter: &Letter| matches!(letter, Letter::Ready { step, .. } if *step == at("clearance"));
        mails.iter().filter(|(_, letter)| about(letter)).count()
    };
    assert_eq!(ready(&mails), 1);
    story
        .complete(LEAD, "visits[1].plan", json!({"date": "2027-01-12"}))
        .unwrap();
    let due = story.step("clearance").due.clone().unwrap();
    assert_eq!(
        (due.date, due.short_notice),
        (Some(day("2027-01-12")), true)
    );
    assert_eq!(ready(&story.mails()), 0);
}

// Case 24
#[test]
fn a_review_that_stops_ends_open_days_and_complete_ones_count() {
    let mut story = days();
    hold(&mut story, 1, "2027-02-01", "another");
    story
        .complete("cpd@100001", "days[2].plan", json!({"date": "2027-03-01"}))
        .unwrap();
    story.choose("head@100001", "half_way", "stop").unwrap();
    assert_eq!(story.status("days"), Status::Complete);
    assert_eq!(story.status("days[2]"), Status::NotRequired);
    assert_eq!(story.status("days[1]"), Status::Complete);
    assert_eq!(story.status("evaluate"), Status::NotStarted);
    assert_eq!(story.due("evaluate"), Some(day("2027-02-08")));
}

// Case 25
#[test]
fn what_waits_for_a_day_that_never_comes_is_not_required() {
    let mut story = days();
    let skip = Command::StepSkip {
        step: at("days"),
        reason: Some("No days".to_owned()),
    };
    story.when("coordinator", skip).unwrap();
    let cause = story.step("bill").done.as_ref().unwrap().cause.clone();
    assert_eq!(cause, Some(Cause::MomentCannotCome));
    let told = story
        .mails()
        .into_iter()
        .any(|(_, letter)| matches!(letter, Letter::Notice { .. }));
    assert!(told);
}

#[test]
fn ending_below_the_least_is_refused() {
    let mut story = days();
    let (code, reason) = refused(story.choose("head@100001", "half_way", "stop"));
    assert_eq!(code, "TooFewPasses");
    assert_eq!(
        reason,
        "“Day” cannot be ended yet: 1 is the least, and 0 is complete."
    );
}

#[test]
fn a_step_whose_day_is_not_known_says_so_and_can_be_opened_by_hand() {
    let mut story = days();
    let (code, reason) = refused(story.complete("head@100001", "bill", json!({})));
    assert_eq!(code, "NotYet NotOpenYet");
    assert_eq!(
        reason,
        "“Bill” cannot be done yet: its day is not known yet (on days.first.hold)."
    );
    let open = Command::StepOpen {
        step: at("bill"),
        reason: "They asked".to_owned(),
    };
    story.when("coordinator", open).unwrap();
    assert_eq!(story.status("bill"), Status::NotStarted);
}

#[test]
fn a_date_set_by_hand_holds_until_the_attempt_ends() {
    let mut story = visited();
    let redate = Command::StepRedate {
        step: at("draft"),
        due: day("2027-03-05"),
        reason: "Half-term".to_owned(),
    };
    story.when("coordinator", redate).unwrap();
    story
        .when(
            "coordinator",
            Command::PassAdd {
                group: at("visits"),
            },
        )
        .unwrap();
    story
        .complete(LEAD, "visits[2].plan", json!({"date": "2027-02-15"}))
        .unwrap();
    assert_eq!(story.due("draft"), Some(day("2027-03-05")));
}

#[test]
fn a_date_set_by_hand_before_the_step_is_ready_holds_too() {
    let mut story = accepted();
    let redate = Command::StepRedate {
        step: at("draft"),
        due: day("2027-03-05"),
        reason: "Agreed".to_owned(),
    };
    story.when("coordinator", redate).unwrap();
    super::pages::visit(&mut story, 1, "2027-02-01", "finished");
    story
        .choose("cpd@100001", "visits[1].sign_off", "agree")
        .unwrap();
    story
        .complete("office@100002", "clearance", json!({}))
        .unwrap();
    assert_eq!(story.due("draft"), Some(day("2027-03-05")));
}
