//! Taking back a hold or a resume; and what the coordinator is asked while a project is postponed.

use super::invites::{invited, planned, state};
use super::pause::postpone;
use crate::core::mails::holds;
use crate::core::names::PersonId;
use crate::core::run::command::Command;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::event::Event;
use crate::core::run::projection::{self, Asks};
use crate::core::run::refusal::Verdict;
use crate::core::run::state::{Run, RunStatus};
use crate::core::run::story::{Story, person, refused};
use crate::core::run::undo::mails_wait;
use crate::core::time::Instant;

fn undo(story: &mut Story) -> Result<Vec<Event>, Verdict> {
    story.when("coordinator", Command::ProjectUndo {})
}

fn later(story: &mut Story, seconds: i64) {
    story.now = story.now.plus_seconds(seconds);
}

fn waits(story: &Story) -> Option<Instant> {
    mails_wait(
        &story.run,
        story.entries.last().unwrap(),
        &story.facts_now(),
    )
}

/// But for what says when it was changed last.
fn bare(run: &Run) -> Run {
    Run {
        version: 0,
        changed_at: None,
        undo: None,
        ..run.clone()
    }
}

fn notices(story: &Story) -> Vec<(PersonId, Notice)> {
    let mails = story.mails().into_iter();
    let notices = mails.filter_map(|(to, letter)| match letter {
        Letter::Notice { notice } => Some((to, notice)),
        _ => None,
    });
    notices.collect()
}

#[test]
fn a_postponement_is_taken_back_and_everything_is_as_it_was() {
    let mut story = planned("2027-02-01");
    let before = bare(&story.run);
    postpone(&mut story, "2027-04-12");
    assert_eq!(waits(&story), Some(story.now.plus_seconds(600)));
    later(&mut story, 600);
    undo(&mut story).unwrap();
    assert_eq!(bare(&story.run), before);
    assert!(story.mails().is_empty(), "nobody had heard of it");
    assert_eq!(waits(&story), None);
}

#[test]
fn ten_minutes_later_it_is_too_late() {
    let mut story = planned("2027-02-01");
    postpone(&mut story, "2027-04-12");
    later(&mut story, 601);
    let (code, reason) = refused(undo(&mut story));
    assert_eq!(code, "TooLate");
    assert!(
        reason.contains("More than ten minutes") && reason.contains("Resume it"),
        "{reason}"
    );
}

#[test]
fn only_the_last_thing_can_be_taken_back() {
    let mut story = planned("2027-02-01");
    assert_eq!(refused(undo(&mut story)).0, "TooLate");
    postpone(&mut story, "2027-04-12");
    let note = Command::ProjectNote {
        text: "They agreed".to_owned(),
    };
    story.when("coordinator", note).unwrap();
    assert_eq!(refused(undo(&mut story)).0, "TooLate");
    assert!(
        story.run.undo.is_none(),
        "nothing is kept that nobody can use"
    );
}

#[test]
fn a_resume_and_another_day_are_taken_back_too() {
    let mut story = planned("2027-02-01");
    postpone(&mut story, "2027-04-12");
    let held = bare(&story.run);
    postpone(&mut story, "2027-05-10");
    undo(&mut story).unwrap();
    assert_eq!(bare(&story.run), held);
    story
        .on("2027-04-12")
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
    assert_eq!(story.run.status, RunStatus::InProgress);
    undo(&mut story).unwrap();
    assert_eq!(bare(&story.run), held);
    assert_eq!(refused(undo(&mut story)).0, "TooLate", "not twice");
}

#[test]
fn where_a_visit_is_near_people_hear_at_once_and_hear_again() {
    let mut story = planned("2027-01-14");
    postpone(&mut story, "2027-04-12");
    assert_eq!(waits(&story), None, "somebody might travel for nothing");
    assert_eq!(state(&story), (1, "2027-01-14".to_owned(), true));
    undo(&mut story).unwrap();
    assert_eq!(state(&story), (2, "2027-01-14".to_owned(), false));
    assert_eq!(invited(&story).len(), 2);
}

#[test]
fn whoever_has_something_to_do_hears_of_a_hold_and_its_doer_does_not() {
    let mut story = Story::started(super::three_steps().workflow);
    postpone(&mut story, "2027-04-12");
    let until = Some("2027-04-12".parse().unwrap());
    let cpd = person("cpd@100001");
    assert_eq!(notices(&story), [(cpd, Notice::Held { until })]);
    // Another reason only concerns nobody; another day does.
    postpone(&mut story, "2027-04-12");
    assert!(notices(&story).is_empty());
    postpone(&mut story, "2027-04-19");
    assert_eq!(notices(&story).len(), 1);
}

#[test]
fn the_coordinator_is_asked_five_school_days_before_and_on_the_day() {
    let mut story = Story::started(super::three_steps().workflow);
    postpone(&mut story, "2027-04-12");
    let asked = |story: &Story| {
        let tasks = projection::tasks(&story.workflow, &story.run);
        let resume = tasks.iter().find(|task| task.asks == Asks::Resume);
        // Lists by person show what is ready.
        resume.is_some_and(|task| task.ready_at.is_some())
    };
    story.on("2027-04-02").fire_due();
    assert!(!asked(&story));
    story.on("2027-04-05").fire_due();
    assert!(asked(&story));
    let date = "2027-04-12".parse().unwrap();
    let near = (person("coordinator"), Notice::ResumeNear { date });
    assert_eq!(notices(&story), [near]);
    let said = story.entries.len();
    story.on("2027-04-09").fire_due();
    assert_eq!(story.entries.len(), said, "once");
    story.on("2027-04-12").fire_due();
    let due = (person("coordinator"), Notice::ResumeDue { date });
    assert_eq!(notices(&story), [due]);
    // Postponed again, it is asked again in its time.
    postpone(&mut story, "2027-06-14");
    assert!(!asked(&story));
    story.on("2027-06-07").fire_due();
    assert!(asked(&story));
    story
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
    assert!(!asked(&story));
}

#[test]
fn that_the_day_is_near_is_not_told_once_it_has_come() {
    let mut story = Story::started(super::three_steps().workflow);
    postpone(&mut story, "2027-04-12");
    let date = "2027-04-12".parse().unwrap();
    let near = Letter::Notice {
        notice: Notice::ResumeNear { date },
    };
    let why = |today: &str| {
        let (to, today) = (person("coordinator"), today.parse().unwrap());
        holds::overtaken(&near, to, &story.run, today, |_| {
            unreachable!("it is about no step")
        })
    };
    assert_eq!(why("2027-04-05"), None);
    assert_eq!(why("2027-04-11"), None);
    assert_eq!(why("2027-04-12"), Some("the day that was near has come"));
    assert_eq!(why("2027-04-13"), Some("the day that was near has come"));
}

#[test]
fn postponed_by_less_than_five_school_days_it_is_asked_on_the_day_only() {
    let mut story = planned("2027-02-01");
    postpone(&mut story, "2027-01-14");
    story.on("2027-01-13").fire_due();
    assert!(
        story
            .run
            .hold
            .as_ref()
            .is_some_and(|hold| hold.asked.is_none())
    );
    story.on("2027-01-14").fire_due();
    assert!(
        story
            .run
            .hold
            .as_ref()
            .is_some_and(|hold| hold.asked.is_some())
    );
}
