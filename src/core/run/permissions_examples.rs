//! For each command a run on which it can do something, for the tests of who may send it.

use std::collections::BTreeMap;

use serde_json::json;

use super::command::{Command, People, TimerKey};
use super::story::{Story, at, day, form, person, workflow};
use crate::core::calendar::test_calendars::with_holiday;
use crate::core::names::{PersonId, Urn};

/// Everything is open at once, so that each command has something it can do.
const OPEN: &str = r"
workflow: permissions
scope: project
version: 1
title: Table of Permissions
dates: {report: Report due}
roles:
  cpd_lead:    {title: CPD lead,    at: host_school}
  headteacher: {title: Headteacher, at: host_school}
  reader:      {title: Reader,      at: run, many: 0 to 2, appointed: at start}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  write: {title: Write it, role: cpd_lead, form: plain, optional: true, due: 5 school days}
  done:  {title: Do it, needs: [], role: cpd_lead, form: plain}
  stuck: {title: Move on, needs: [], role: cpd_lead}
  later: {title: Look back, needs: [], role: cpd_lead, opens: on dates.report}
  heard: {title: The list is out, needs: [], wait: list.out, role: cpd_lead}
  visits:
    title: Visit
    needs: []
    repeat: {min: 1, max: 3}
    steps:
      plan: {title: Plan it, role: cpd_lead, outcomes: {another: {repeat: true}, finished: {}}}
  read:  {title: Read it, needs: [], when: reader is given, role: reader}
  agree: {title: Agree, needs: [], role: headteacher}
";

pub const CPD: &str = "cpd@100001";

fn story() -> Story {
    let plain = form(&[("subject", "choice reading writing"), ("why", "text")]);
    let first = workflow(OPEN, &[("plain", plain.clone())]);
    let second = workflow(
        &OPEN.replace("version: 1", "version: 2"),
        &[("plain", plain)],
    );
    let mut story = Story::new(first);
    story.versions.insert(2, second);
    story
}

fn started() -> Story {
    let mut story = story();
    story.start(&[], &[("report", "2027-06-01")]).unwrap();
    let answers = json!({"subject": "reading", "why": "because"});
    story.complete(CPD, "done", answers).unwrap();
    let reason = "Waiting for keys".to_owned();
    let step = at("stuck");
    story
        .when(CPD, Command::StepBlock { step, reason })
        .unwrap();
    story
}

/// A run, and the command as a coordinator (or the engine) could send it there.
pub fn example(name: &str) -> (Story, Command) {
    let reason = "Because of the snow".to_owned();
    let person = person("teacher@100001");
    let command = match name.trim_start_matches("alongside.") {
        "project.start" => Command::ProjectStart {
            workflow: "permissions".to_owned(),
            host_school: Urn("100001".to_owned()),
            title: "Feedback".to_owned(),
            roles: BTreeMap::new(),
            dates: [("report".to_owned(), day("2027-06-01"))].into(),
        },
        "step.complete" => Command::StepComplete {
            step: at("write"),
            answers: Some(serde_json::Map::new()),
            outcome: None,
            reason: Some(reason),
        },
        "step.draft" => Command::StepDraft {
            step: at("write"),
            answers: serde_json::Map::new(),
        },
        "step.take" => Command::StepTake { step: at("write") },
        "step.open" => Command::StepOpen {
            step: at("later"),
            reason,
        },
        "step.block" => Command::StepBlock {
            step: at("write"),
            reason,
        },
        "step.unblock" => Command::StepUnblock { step: at("stuck") },
        "step.skip" => Command::StepSkip {
            step: at("write"),
            reason: Some(reason),
        },
        "step.reopen" => Command::StepReopen {
            step: at("done"),
            reason,
            spare: Vec::new(),
        },
        "step.redate" => Command::StepRedate {
            step: at("write"),
            due: day("2027-03-01"),
            reason,
        },
        "pass.add" => Command::PassAdd {
            group: at("visits"),
        },
        "pass.end" => Command::PassEnd {
            pass: at("visits[1]"),
            reason,
        },
        "answers.correct" => Command::AnswersCorrect {
            step: at("done"),
            answers: json!({"subject": "writing"}).as_object().cloned().unwrap(),
            reason,
        },
        "step.assign" | "step.delegate" => passing_on(name, reason, person),
        _ => return about_the_run(name, reason, person),
    };
    let story = if name.ends_with("project.start") {
        story()
    } else {
        started()
    };
    (story, command)
}

/// The step goes to somebody else.
fn passing_on(name: &str, reason: String, person: PersonId) -> Command {
    let (step, reason) = (at("write"), Some(reason));
    if name.ends_with("assign") {
        Command::StepAssign {
            step,
            person,
            reason,
        }
    } else {
        Command::StepDelegate {
            step,
            person,
            reason,
        }
    }
}

/// The commands about the whole run.
fn about_the_run(name: &str, reason: String, person: PersonId) -> (Story, Command) {
    let mut story = started();
    let mut first = |command: Command| {
        story.when("coordinator", command).unwrap();
    };
    let command = match name.trim_start_matches("alongside.") {
        "date.set" => Command::DateSet {
            name: "report".to_owned(),
            date: day("2027-06-08"),
            reason,
        },
        "role.appoint" => Command::RoleAppoint {
            role: "reader".to_owned(),
            people: People::One(person),
            reason: Some(reason),
        },
        "project.postpone" => Command::ProjectPostpone {
            until: day("2027-03-01"),
            reason,
        },
        "project.pause" => Command::ProjectPause { reason },
        held @ ("project.resume" | "project.undo") => {
            first(Command::ProjectPause { reason });
            let undo = held.ends_with("undo").then_some(Command::ProjectUndo {});
            undo.unwrap_or(Command::ProjectResume {})
        }
        "project.stop" => Command::ProjectStop { reason },
        "project.reinstate" => {
            let stopped = "The school left".to_owned();
            first(Command::ProjectStop { reason: stopped });
            Command::ProjectReinstate { reason }
        }
        "project.note" => Command::ProjectNote { text: reason },
        "project.migrate" => Command::ProjectMigrate {
            version: 2,
            map: BTreeMap::new(),
            roles: BTreeMap::new(),
            ask: Vec::new(),
        },
        "event.report" => Command::EventReport {
            name: "list.out".to_owned(),
            data: serde_json::Map::new(),
        },
        _ => return from_inside(name),
    };
    (story, command)
}

/// The commands that no message brings.
fn from_inside(name: &str) -> (Story, Command) {
    let mut story = started();
    let command = match name.trim_start_matches("alongside.") {
        "timer.fire" => {
            let date = story.due("write").unwrap();
            story.on(&date.to_string());
            let step = at("write");
            Command::TimerFire {
                timer: TimerKey::Rung {
                    step,
                    attempt: 1,
                    rung: "due".to_owned(),
                    date,
                },
            }
        }
        "deadlines.replan" => {
            story.calendars = with_holiday("2027-01-12 2027-01-15");
            Command::DeadlinesReplan {
                because: "Term dates were set.".to_owned(),
            }
        }
        "person.erase" => Command::PersonErase {
            person: super::story::person(CPD),
        },
        "texts.expire" => {
            let reason = "The school closes.".to_owned();
            let stop = Command::ProjectStop { reason };
            story.when("coordinator", stop).unwrap();
            Command::TextsExpire {
                kept_from: "2030-08-01".parse().unwrap(),
            }
        }
        other => panic!("{other} has a row in permissions.txt and no example here"),
    };
    (story, command)
}
