//! The ladder: what comes when, what a move or a pause does to it, what acts by itself.

use std::sync::Arc;

use serde_json::json;

use crate::core::calendar::test_calendars::with_holiday;
use crate::core::definition::workflow::Workflow;
use crate::core::mails::holds;
use crate::core::names::PersonId;
use crate::core::run::command::Command;
use crate::core::run::decide::ladder::rungs_ahead;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::event::{Cause, Event, How};
use crate::core::run::projection::{self, Asks};
use crate::core::run::reminded::Asked;
use crate::core::run::state::{Run, RunStatus, Status};
use crate::core::run::story::{Story, at, day, person, refused, workflow};
use crate::core::time::morning;

/// Written on Monday 11 January 2027; `write` is due on Monday 25 January.
const PAGE: &str = "
workflow: small
scope: project
version: 1
title: Small Project
roles:
  coordinator: {title: Coordinator, at: alliance}
  headteacher: {title: Headteacher, at: host_school}
  cpd_lead: {title: CPD lead, at: host_school}
reminders:
  standard:
    heads_up: {at: 5 school days before due, send: digest}
    due: {at: on the day, send: mail}
    late_1: {at: 3 school days after due, send: mail}
    late_2: {at: 8 school days after due, send: mail, copy: cpd_lead}
    ring: {at: 13 school days after due, task: coordinator, then: stop}
  lapsing:
    due: {at: on the day, send: mail}
    lapse: {at: 2 school days after due, then: skip}
  refusing:
    due: {at: on the day, send: mail}
    lapse: {at: 1 school day after due, then: lapsed}
  hung:
    ahead: {at: 2 school days before plan.date, send: mail, to: [headteacher, cpd_lead], text: heads_up}
steps:
  plan: {role: cpd_lead, form: plan, due: 30 school days, reminders: none}
  write: {role: headteacher, due: 10 school days, needs: []}
  read: {role: cpd_lead, due: 5 school days, needs: [], optional: true, reminders: lapsing}
  agree:
    role: headteacher
    due: 5 school days
    needs: []
    reminders: refusing
    outcomes: {accept: {}, lapsed: {stop: nobody answered}}
  visit: {role: headteacher, needs: [plan], opens: on plan.date, due: 5 school days, reminders: hung}
";

fn page() -> Arc<Workflow> {
    let plan = json!({
        "type": "object",
        "properties": {"date": {"type": "string", "format": "date", "title": "Date"}},
        "required": ["date"],
        "additionalProperties": false,
    });
    workflow(PAGE, &[("plan", plan)])
}

fn begun() -> Story {
    let mut story = Story::started(page());
    story.asked = Some(day("2027-01-11"));
    story
}

/// Rungs and days that are still to come for a step.
fn ahead(story: &Story, step: &str) -> Vec<(String, String)> {
    let facts = story.facts_now();
    let armed = rungs_ahead(&story.workflow, &story.run, &facts, &at(step));
    let said = armed.iter();
    said.map(|it| (it.name.to_owned(), it.day.to_string()))
        .collect()
}

fn said(rungs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(rung, day): &(&str, &str)| ((*rung).to_owned(), (*day).to_owned());
    rungs.iter().map(own).collect()
}

/// Fires all of one step that has come by that morning; gives rungs fired and mails by name.
fn fire(story: &mut Story, step: &str, on: &str) -> (Vec<Event>, Vec<(PersonId, Letter)>) {
    story.now = morning(day(on));
    let (mut events, mut mails) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        let facts = story.facts_now();
        let timers = projection::timers(&story.workflow, &story.run, &facts);
        let here = timers.into_iter().find(|timer| {
            timer.at <= story.now
                && matches!(&timer.key, crate::core::run::command::TimerKey::Rung { step: of, .. } if *of == at(step))
        });
        let Some(timer) = here else { break };
        match story.when("", Command::TimerFire { timer: timer.key }) {
            Ok(more) => events.extend(more),
            Err(_) => break,
        }
        mails.extend(story.mails());
    }
    (events, mails)
}

fn rungs(events: &[Event]) -> Vec<(&str, bool)> {
    let fired = events.iter().filter_map(|event| match event {
        Event::RungFired {
            rung, passed_over, ..
        } => Some((rung.as_str(), *passed_over)),
        _ => None,
    });
    fired.collect()
}

fn rung_mails(mails: &[(PersonId, Letter)]) -> Vec<(PersonId, &str)> {
    let named = mails.iter().filter_map(|(to, letter)| match letter {
        Letter::Rung { rung, .. } => Some((*to, rung.as_str())),
        Letter::Copy { .. } => Some((*to, "copy")),
        Letter::Notice {
            notice: Notice::Ring { .. },
        } => Some((*to, "please ring")),
        _ => None,
    });
    named.collect()
}

#[test]
fn a_ladder_counts_in_school_days_before_and_after_the_due_date() {
    let story = begun();
    assert_eq!(story.due("write"), Some(day("2027-01-25")));
    let all = [
        ("heads_up", "2027-01-18"),
        ("due", "2027-01-25"),
        ("late_1", "2027-01-28"),
        ("late_2", "2027-02-04"),
        ("ring", "2027-02-11"),
    ];
    assert_eq!(ahead(&story, "write"), said(&all));
}

#[test]
fn nobody_is_nudged_before_half_of_the_time_is_used() {
    let mut story = begun();
    let redate = |due: &str| Command::StepRedate {
        step: at("write"),
        due: day(due),
        reason: "Agreed".to_owned(),
    };
    // Five school days from Monday 11 January: after three of them, two before it is due.
    story.when("coordinator", redate("2027-01-18")).unwrap();
    assert_eq!(
        ahead(&story, "write")[0],
        ("heads_up".into(), "2027-01-14".into())
    );
    // Due today: the nudge and the reminder of the day are one moment.
    story.when("coordinator", redate("2027-01-11")).unwrap();
    let first: Vec<_> = ahead(&story, "write").into_iter().take(2).collect();
    assert_eq!(
        first,
        said(&[("heads_up", "2027-01-11"), ("due", "2027-01-11")])
    );
}

#[test]
fn each_rung_fires_once_and_writes_to_whoever_has_the_step() {
    let mut story = begun();
    let head = person("head@100001");
    for (date, rung) in [
        ("2027-01-18", "heads_up"),
        ("2027-01-25", "due"),
        ("2027-01-28", "late_1"),
    ] {
        let (events, mails) = fire(&mut story, "write", date);
        assert_eq!(rungs(&events), [(rung, false)]);
        assert_eq!(rung_mails(&mails), [(head, rung)]);
        assert!(
            fire(&mut story, "write", date).0.is_empty(),
            "{rung} fired twice"
        );
    }
}

#[test]
fn the_second_late_mail_is_copied_to_the_post_at_the_late_persons_own_school() {
    let mut story = begun();
    for date in ["2027-01-18", "2027-01-25", "2027-01-28"] {
        fire(&mut story, "write", date);
    }
    let (_, mails) = fire(&mut story, "write", "2027-02-04");
    let (head, cpd) = (person("head@100001"), person("cpd@100001"));
    assert_eq!(rung_mails(&mails), [(head, "late_2"), (cpd, "copy")]);
}

#[test]
fn in_the_end_somebody_rings_and_mail_to_the_doer_stops() {
    let mut story = begun();
    fire(&mut story, "write", "2027-02-04");
    let (events, mails) = fire(&mut story, "write", "2027-02-11");
    assert_eq!(rungs(&events), [("ring", false)]);
    assert_eq!(rung_mails(&mails), [(person("coordinator"), "please ring")]);
    assert!(ahead(&story, "write").is_empty());
    let tasks = projection::tasks(&story.workflow, &story.run);
    let ring = tasks.iter().filter(|task| task.asks == Asks::Ring);
    let ring: Vec<_> = ring.collect();
    assert_eq!(ring.len(), 1);
    assert_eq!(
        (&ring[0].step, ring[0].role.as_deref()),
        (&at("write"), Some("coordinator"))
    );
    story.complete("head@100001", "write", json!({})).unwrap();
    let tasks = projection::tasks(&story.workflow, &story.run);
    assert!(tasks.iter().all(|task| task.asks == Asks::Do));
}

#[test]
fn rungs_passed_together_make_one_mail_and_each_does_what_else_it_says() {
    let mut story = begun();
    let (events, mails) = fire(&mut story, "write", "2027-03-01");
    let all = [
        ("heads_up", true),
        ("due", true),
        ("late_1", true),
        ("late_2", false),
        ("ring", false),
    ];
    assert_eq!(rungs(&events), all);
    let (head, cpd) = (person("head@100001"), person("cpd@100001"));
    let coordinator = person("coordinator");
    assert_eq!(
        rung_mails(&mails),
        [
            (head, "late_2"),
            (cpd, "copy"),
            (coordinator, "please ring")
        ]
    );
}

#[test]
fn a_date_that_moves_later_arms_its_rungs_again() {
    let mut story = begun();
    fire(&mut story, "write", "2027-02-11");
    let later = Command::StepRedate {
        step: at("write"),
        due: day("2027-03-15"),
        reason: "They were ill".to_owned(),
    };
    story.when("coordinator", later).unwrap();
    let names: Vec<String> = ahead(&story, "write").into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["heads_up", "due", "late_1", "late_2", "ring"]);
    let tasks = projection::tasks(&story.workflow, &story.run);
    assert!(tasks.iter().all(|task| task.asks == Asks::Do));
}

#[test]
fn while_a_project_is_paused_nothing_fires_and_then_everything_comes_later() {
    let mut story = begun();
    fire(&mut story, "write", "2027-01-18");
    let pause = Command::ProjectPause {
        reason: "Inspection".to_owned(),
    };
    story.when("coordinator", pause).unwrap();
    assert!(fire(&mut story, "write", "2027-02-15").0.is_empty());
    story
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
    // Five school days were left on 18 January, so Monday 22 February; a nudge two days before.
    assert_eq!(story.due("write"), Some(day("2027-02-22")));
    assert_eq!(
        ahead(&story, "write")[0],
        ("heads_up".into(), "2027-02-15".into())
    );
}

#[test]
fn what_cannot_progress_is_not_chased() {
    let mut story = begun();
    let block = Command::StepBlock {
        step: at("write"),
        reason: "The roof leaks".to_owned(),
    };
    story.when("head@100001", block).unwrap();
    assert!(ahead(&story, "write").is_empty());
}

#[test]
fn an_optional_step_lapses_only_after_somebody_was_asked() {
    let mut story = begun();
    story.asked = None;
    let (events, _) = fire(&mut story, "read", "2027-01-20");
    assert_eq!(rungs(&events), [("due", false)]);
    let lapse = Command::TimerFire {
        timer: crate::core::run::command::TimerKey::Rung {
            step: at("read"),
            attempt: 1,
            rung: "lapse".to_owned(),
            date: day("2027-01-18"),
        },
    };
    assert_eq!(refused(story.when("", lapse)).0, "NotAsked");
    // Asked on the day itself is no school day before.
    story.asked = Some(day("2027-01-20"));
    assert!(fire(&mut story, "read", "2027-01-20").0.is_empty());
    let (events, _) = fire(&mut story, "read", "2027-01-21");
    assert_eq!(rungs(&events), [("lapse", false)]);
    assert_eq!(story.status("read"), Status::NotRequired);
    let done = story.step("read").done.as_ref().unwrap();
    assert_eq!(done.cause, Some(Cause::Lapsed));
}

#[test]
fn an_outcome_that_a_rung_takes_is_the_ladders_doing() {
    let mut story = begun();
    fire(&mut story, "agree", "2027-01-18");
    let (events, _) = fire(&mut story, "agree", "2027-01-19");
    let completed = events.iter().find_map(|event| match event {
        Event::StepCompleted {
            how, by, outcome, ..
        } => Some((*how, *by, outcome.clone())),
        _ => None,
    });
    assert_eq!(
        completed,
        Some((How::Ladder, None, Some("lapsed".to_owned())))
    );
    assert_eq!(story.run.status, RunStatus::Stopped);
}

#[test]
fn an_answer_at_the_last_moment_wins_over_the_rung() {
    let mut story = begun();
    fire(&mut story, "agree", "2027-01-18");
    story.now = morning(day("2027-01-19"));
    let facts = story.facts_now();
    let timers = projection::timers(&story.workflow, &story.run, &facts);
    let lapse = timers
        .into_iter()
        .find(|timer| timer.key.to_string().contains("/lapse/"));
    story.choose("head@100001", "agree", "accept").unwrap();
    let fired = story.when(
        "",
        Command::TimerFire {
            timer: lapse.unwrap().key,
        },
    );
    assert_eq!(refused(fired).0, "TooLate");
    assert_eq!(story.status("agree"), Status::Complete);
}

#[test]
fn a_rung_may_hang_on_another_date_and_write_to_others() {
    let mut story = begun();
    story
        .complete("cpd@100001", "plan", json!({"date": "2027-02-03"}))
        .unwrap();
    assert_eq!(story.status("visit"), Status::CannotStartYet);
    assert_eq!(ahead(&story, "visit"), said(&[("ahead", "2027-02-01")]));
    let (_, mails) = fire(&mut story, "visit", "2027-02-01");
    let both = [
        (person("head@100001"), "ahead"),
        (person("cpd@100001"), "ahead"),
    ];
    assert_eq!(rung_mails(&mails), both);
    let (to, letter) = &mails[0];
    let (workflow, run, directory) = (&story.workflow, &story.run, &story.directory);
    let why = |today: &str| {
        let day = day(today);
        holds::overtaken(letter, *to, run, day, |step| Asked {
            workflow,
            run,
            directory,
            step,
            day,
        })
    };
    // Held up to the day itself it is true; after that there is nothing ahead.
    assert_eq!(why("2027-02-03"), None);
    let passed = Some("the day of which it reminds has passed");
    assert_eq!(why("2027-02-04"), passed);
}

#[test]
fn a_holiday_moves_the_rungs_that_count_over_it() {
    let mut story = begun();
    story.calendars = with_holiday("2027-01-27 2027-02-02");
    let late = ahead(&story, "write")
        .into_iter()
        .find(|it| it.0 == "late_1");
    // 26 January, then 3 and 4 February.
    assert_eq!(late.unwrap().1, "2027-02-04");
}

#[test]
fn a_definition_without_ladders_has_the_one_that_everybody_has() {
    let page = "
workflow: plain
scope: project
version: 1
title: Plain Project
roles:
  headteacher: {title: Headteacher, at: host_school}
steps:
  write: {role: headteacher, due: 10 school days}
";
    let story = Story::started(workflow(page, &[]));
    let names: Vec<String> = ahead(&story, "write").into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["heads_up", "due", "late_1", "late_2", "ring"]);
}

#[test]
fn a_reminder_of_nobody_tells_the_coordinator() {
    let mut story = begun();
    story
        .directory
        .posts
        .retain(|post| post.role != "headteacher");
    story.now = morning(day("2027-01-18"));
    let before: Run = story.run.clone();
    let (events, mails) = fire(&mut story, "write", "2027-01-18");
    assert_eq!(rungs(&events), [("heads_up", false)]);
    assert_eq!(before.version + 1, story.run.version);
    let nobody = mails.iter().filter(|(_, letter)| {
        matches!(
            letter,
            Letter::Notice {
                notice: Notice::NobodyHolds { .. }
            }
        )
    });
    assert_eq!(nobody.count(), 1);
}
