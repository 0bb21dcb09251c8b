//! What calendars do to the dates of a run: holidays, term dates that change, calendars that end.

use chrono::Days;
use proptest::prelude::*;
use serde_json::json;

use super::pages::{LEAD, VISITS, accepted, offer, visits_page};
use crate::core::calendar::test_calendars::{of_alliance, only, with_holiday};
use crate::core::definition::dates::Unit;
use crate::core::run::command::Command;
use crate::core::run::event::{Event, MoveCause};
use crate::core::run::state::Status;
use crate::core::run::story::{Story, at, day, refused};

const BECAUSE: &str = "Term dates were set on Monday 11 January 2027.";

fn replan(story: &mut Story) -> Vec<Event> {
    let because = BECAUSE.to_owned();
    let command = Command::DeadlinesReplan { because };
    story.when("", command).unwrap()
}

fn nothing_moves(story: &mut Story) {
    let because = BECAUSE.to_owned();
    let nothing = story.when("", Command::DeadlinesReplan { because });
    assert_eq!(refused(nothing).0, "TooLate");
}

#[test]
fn a_budget_is_counted_over_the_half_term_of_the_school_that_must_act() {
    let mut story = Story::started(visits_page(VISITS));
    story.calendars = with_holiday("2027-01-14 2027-01-20");
    offer(&mut story, LEAD);
    // 5 school days after Monday 11 January: 12, 13, then 21, 22, 25.
    assert_eq!(story.due("declare"), Some(day("2027-01-25")));
}

#[test]
fn term_dates_that_change_move_open_dates_and_the_log_says_why() {
    let mut story = Story::started(visits_page(VISITS));
    offer(&mut story, LEAD);
    assert_eq!(story.due("declare"), Some(day("2027-01-18")));
    story.calendars = with_holiday("2027-01-14 2027-01-15");
    let events = replan(&mut story);
    let [
        Event::DeadlineMoved {
            step,
            old,
            new,
            why,
            reason,
            ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((step, *old), (&at("declare"), Some(day("2027-01-18"))));
    assert_eq!(
        (new.date, *why),
        (Some(day("2027-01-20")), MoveCause::TermDates)
    );
    assert_eq!(story.payloads[reason.as_ref().unwrap()], BECAUSE);
    nothing_moves(&mut story);
}

#[test]
fn a_late_announced_bank_holiday_moves_what_hangs_on_a_date_too() {
    let mut story = accepted();
    let plan = json!({"date": "2027-01-25"});
    story.complete(LEAD, "visits[1].plan", plan).unwrap();
    assert_eq!(story.due("clearance"), Some(day("2027-01-18")));
    story.calendars = of_alliance("bank_holiday 2027-01-22");
    replan(&mut story);
    // 5 school days before Monday 25 January: 21, 20, 19, 18, 15.
    assert_eq!(story.due("clearance"), Some(day("2027-01-15")));
}

#[test]
fn what_is_overdue_stays_overdue_and_a_date_set_by_hand_stays() {
    let mut story = Story::started(visits_page(VISITS));
    offer(&mut story, LEAD);
    story.on("2027-01-21");
    story.calendars = with_holiday("2027-01-14 2027-01-15");
    nothing_moves(&mut story);
    assert_eq!(story.due("declare"), Some(day("2027-01-18")));
    let redate = Command::StepRedate {
        step: at("declare"),
        due: day("2027-02-02"),
        reason: "Agreed".to_owned(),
    };
    story.when("coordinator", redate).unwrap();
    story.calendars = with_holiday("2027-01-22 2027-01-29");
    nothing_moves(&mut story);
}

#[test]
fn nobody_is_late_at_once_because_term_dates_changed() {
    let mut story = Story::started(visits_page(VISITS));
    story.calendars = with_holiday("2027-01-12 2027-01-22");
    offer(&mut story, LEAD);
    assert_eq!(story.due("declare"), Some(day("2027-01-29")));
    story.on("2027-01-27");
    story.calendars = with_holiday("2027-06-01 2027-06-04");
    replan(&mut story);
    let due = story.step("declare").due.clone().unwrap();
    assert_eq!(
        (due.date, due.short_notice),
        (Some(day("2027-01-28")), true)
    );
}

const ENDS: &str = "term 2027-01-04 2027-03-25";

#[test]
fn where_a_calendar_ends_the_step_has_no_date_until_term_dates_are_set() {
    let mut story = accepted();
    story.calendars = only(ENDS);
    story.on("2027-03-15");
    let plan = json!({"date": "2027-03-15"});
    story.complete(LEAD, "visits[1].plan", plan).unwrap();
    story.on("2027-03-24").fire_due();
    story
        .finish(
            LEAD,
            "visits[1].record",
            json!({"notes": "n"}),
            Some("finished"),
        )
        .unwrap();
    let sign_off = story.step("visits[1].sign_off");
    assert_eq!(sign_off.status, Status::NotStarted);
    let due = sign_off.due.clone().unwrap();
    assert_eq!(due.date, None);
    assert_eq!(due.ended.unwrap().day, day("2027-03-26"));
    story.calendars = only("term 2027-01-04 2027-03-25\nterm 2027-04-12 2027-07-21");
    replan(&mut story);
    assert_eq!(story.due("visits[1].sign_off"), Some(day("2027-04-13")));
}

#[test]
fn a_project_does_not_start_and_a_date_is_not_set_beyond_the_calendar() {
    let mut story = accepted();
    story.calendars = only(ENDS);
    let redate = Command::StepRedate {
        step: at("visits[1].plan"),
        due: day("2027-04-20"),
        reason: "Later".to_owned(),
    };
    let (code, reason) = refused(story.when("coordinator", redate));
    assert_eq!(code, "CalendarEnds");
    assert!(
        reason.contains("says nothing of Tuesday 20 April 2027"),
        "{reason}"
    );
}

#[test]
fn a_pause_over_a_holiday_uses_up_no_school_day() {
    let mut story = Story::started(visits_page(VISITS));
    story.calendars = with_holiday("2027-02-15 2027-02-19");
    story.on("2027-02-08");
    offer(&mut story, LEAD);
    // 5 school days after Monday 8 February.
    assert_eq!(story.due("declare"), Some(day("2027-02-22")));
    story.on("2027-02-10");
    hold(&mut story);
    story.on("2027-02-24");
    resume(&mut story);
    // Two were used before the pause: 25, 26 February and 1 March are left.
    assert_eq!(story.due("declare"), Some(day("2027-03-01")));
}

fn hold(story: &mut Story) {
    let reason = "Inspection".to_owned();
    let pause = Command::ProjectPause { reason };
    story.when("coordinator", pause).unwrap();
}

fn resume(story: &mut Story) {
    story
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn a_pause_of_any_length_never_shortens_what_is_left(
        worked in 0u64..12, paused in 0u64..90, holiday in 0u64..60, length in 0u64..15,
    ) {
        let first = day("2027-01-11");
        let from = first + Days::new(holiday);
        let mut story = Story::started(visits_page(VISITS));
        story.calendars = with_holiday(&format!("{from} {}", from + Days::new(length)));
        offer(&mut story, LEAD);
        let calendar = story.step("declare").due.clone().unwrap().calendar;
        let left = |story: &Story, today| {
            let due = story.due("declare").unwrap();
            story.calendars.measure(&calendar, Unit::SchoolDays, today, due)
        };
        let today = first + Days::new(worked);
        story.on(&today.to_string());
        let before = left(&story, today);
        hold(&mut story);
        let today = today + Days::new(paused);
        story.on(&today.to_string());
        resume(&mut story);
        prop_assert!(left(&story, today) >= before);
    }
}
