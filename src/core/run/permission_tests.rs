//! Tests made from the table itself: for every command and every kind of person, `decide` answers
//! as the table says.

use serde_json::Map;

use super::cases::pages::{LEAD, reopen, visited};
use super::command::{Command, TimerKey};
use super::facts::Rights;
use super::permissions::{Allowed, table};
use super::refusal::{Code, Verdict};
use super::story::{Story, at, day, person};
use crate::core::directory::Post;
use crate::core::names::Urn;

/// The step on which all commands are tried: the lead's, ready.
const STEP: &str = "draft";

fn example(name: &str) -> Command {
    let reason = || "because".to_owned();
    let step = || at(STEP);
    match name.trim_start_matches("alongside.") {
        "project.start" => Command::ProjectStart {
            workflow: "visits-of-a-lead".to_owned(),
            host_school: Urn("100001".to_owned()),
            title: "Another".to_owned(),
            roles: std::collections::BTreeMap::new(),
            dates: std::collections::BTreeMap::new(),
        },
        "step.complete" => Command::StepComplete {
            step: step(),
            answers: None,
            outcome: None,
            reason: Some(reason()),
        },
        "step.draft" => Command::StepDraft {
            step: step(),
            answers: Map::new(),
        },
        "step.take" => Command::StepTake { step: step() },
        "step.open" => Command::StepOpen {
            step: step(),
            reason: reason(),
        },
        "step.block" => Command::StepBlock {
            step: step(),
            reason: reason(),
        },
        "step.unblock" => Command::StepUnblock { step: step() },
        "step.skip" => Command::StepSkip {
            step: step(),
            reason: Some(reason()),
        },
        "step.reopen" => reopen(STEP, &[]),
        "step.assign" => Command::StepAssign {
            step: step(),
            person: person(LEAD),
            reason: None,
        },
        "step.delegate" => Command::StepDelegate {
            step: step(),
            person: person("head@100002"),
            reason: None,
        },
        "step.redate" => Command::StepRedate {
            step: step(),
            due: day("2027-06-01"),
            reason: reason(),
        },
        "date.set" => Command::DateSet {
            name: "x".to_owned(),
            date: day("2027-06-01"),
            reason: reason(),
        },
        "pass.add" => Command::PassAdd {
            group: at("visits"),
        },
        "pass.end" => Command::PassEnd {
            pass: at("visits[1]"),
            reason: reason(),
        },
        "role.appoint" => super::cases::pages::appoint("reader", &["qa"]),
        "project.postpone" => Command::ProjectPostpone {
            until: day("2027-06-01"),
            reason: reason(),
        },
        "project.pause" => Command::ProjectPause { reason: reason() },
        "project.resume" => Command::ProjectResume {},
        "project.stop" => Command::ProjectStop { reason: reason() },
        "project.reinstate" => Command::ProjectReinstate { reason: reason() },
        "project.note" => Command::ProjectNote { text: reason() },
        "project.migrate" => Command::ProjectMigrate {
            version: 2,
            map: std::collections::BTreeMap::new(),
            roles: std::collections::BTreeMap::new(),
            ask: Vec::new(),
        },
        "answers.correct" => Command::AnswersCorrect {
            step: step(),
            answers: Map::new(),
            reason: reason(),
        },
        "event.report" => Command::EventReport {
            name: "match.offered".to_owned(),
            data: Map::new(),
        },
        "timer.fire" => Command::TimerFire {
            timer: TimerKey::Resume {
                date: day("2027-06-01"),
            },
        },
        "person.erase" => Command::PersonErase {
            person: person(LEAD),
        },
        other => panic!("the table names `{other}`: give an example here"),
    }
}

/// Whether it was the permission that refused, and nothing else.
fn is_forbidden(story: &mut Story, who: &str, rights: Option<&[&str]>, command: Command) -> bool {
    let engine = who == "engine";
    let mut envelope = story.envelope(if engine { "" } else { who }, None, command);
    if engine {
        envelope.source = super::decide::who::ENGINE.to_owned();
    }
    let mut facts = story.facts(&envelope);
    facts.rights = match rights {
        None => Rights::Inside,
        Some(commands) => Rights::Source {
            commands: commands.iter().map(|c| (*c).to_owned()).collect(),
            roles: vec!["*".to_owned()],
        },
    };
    let decided = super::decide::decide(&story.workflow, &story.run, &envelope, &facts, "");
    matches!(
        decided,
        Err(Verdict::Refused(refusal))
            if matches!(refusal.code, Code::NotAllowed | Code::NotTheirStep)
                && !refusal.reason.contains("is not optional")
    )
}

/// Where the doer of a command is not the lead: of the wait, its coordinator.
fn has_doer(name: &str) -> bool {
    name != "alongside.event.report"
}

fn expected(allowed: Allowed, who: &str, rights: Option<&[&str]>) -> bool {
    match (who, rights) {
        (LEAD | "cover@100002", _) => allowed.doer || allowed.anyone,
        ("office@100002" | "cpd@100001", _) => allowed.anyone,
        ("coordinator", _) => allowed.coordinator,
        ("", Some(grants)) => allowed.source && !grants.is_empty(),
        ("engine", _) => allowed.engine,
        _ => false,
    }
}

#[test]
fn every_command_is_for_whom_the_table_says() {
    let mut story = visited();
    let substitute = Post {
        person: person("cover@100002"),
        role: "teacher".to_owned(),
        school: Some(Urn("100002".to_owned())),
        from: None,
        until: None,
        covers: Some(person(LEAD)),
    };
    let mut ended = substitute.clone();
    ended.person = person("gone@100002");
    ended.until = Some(day("2027-01-01"));
    story.directory.posts.extend([substitute, ended]);
    let people: [(&str, Option<&[&str]>); 11] = [
        (LEAD, None),
        ("cover@100002", None),
        ("gone@100002", None),
        ("office@100002", None),
        ("cpd@100001", None),
        ("head@100003", None),
        ("stranger", None),
        ("coordinator", None),
        ("", Some(&["*"])),
        ("", Some(&[])),
        ("engine", None),
    ];
    for (name, allowed) in table() {
        for (who, rights) in people {
            let in_group = *name == "alongside.pass.add" && who == "cpd@100001";
            if who == LEAD && !has_doer(name) || in_group {
                continue;
            }
            let forbidden = is_forbidden(&mut story, who, rights, example(name));
            let may = expected(*allowed, who, rights) && (has_doer(name) || who != "cover@100002");
            assert_eq!(forbidden, !may, "{name} by `{who}` with {rights:?}");
        }
    }
}

#[test]
fn every_command_has_a_row_and_every_row_a_command() {
    for (name, _) in table() {
        assert_eq!(example(name).name(), *name);
    }
    assert_eq!(table().len(), 27);
}

#[test]
fn a_source_speaks_only_for_people_in_its_roles() {
    let mut story = visited();
    let envelope = story.envelope(LEAD, None, example("alongside.project.note"));
    let mut facts = story.facts(&envelope);
    for (roles, may) in [("project_lead", true), ("headteacher", false), ("*", true)] {
        facts.rights = Rights::Source {
            commands: vec!["project.*".to_owned()],
            roles: vec![roles.to_owned()],
        };
        let decided = super::decide::decide(&story.workflow, &story.run, &envelope, &facts, "");
        assert_eq!(decided.is_ok(), may, "{roles}");
    }
}
