//! Changing hands: a substitute, passing on, giving back, and the reasons for it.

use serde_json::json;

use super::pages::{LEAD, accepted, appoint, reopen, visited};
use crate::core::directory::Post;
use crate::core::names::Urn;
use crate::core::run::command::Command;
use crate::core::run::event::Event;
use crate::core::run::projection::{self, Asks};
use crate::core::run::state::Status;
use crate::core::run::story::{Story, at, person, refused};

fn cover(story: &mut Story, who: &str, for_whom: &str, role: &str, school: &str) {
    story.directory.posts.push(Post {
        person: person(who),
        role: role.to_owned(),
        school: Some(Urn(school.to_owned())),
        from: None,
        until: Some("2027-06-30".parse().unwrap()),
        covers: Some(person(for_whom)),
    });
}

#[test]
fn a_substitute_acts_and_both_are_recorded() {
    let mut story = visited();
    cover(
        &mut story,
        "teacher@100001",
        "cpd@100001",
        "cpd_lead",
        "100001",
    );
    let add = reopen("visits[1].sign_off", &[]);
    story.when("coordinator", add).unwrap();
    let events = story
        .choose("teacher@100001", "visits[1].sign_off", "agree")
        .unwrap();
    let Event::StepCompleted { by, actor, .. } = &events[0] else {
        panic!()
    };
    assert_eq!(
        (*by, *actor),
        (Some(person("cpd@100001")), Some(person("teacher@100001")))
    );
    let again = story.choose("cpd@100001", "visits[1].sign_off", "agree");
    let both = format!(
        "was completed by person:{} (for person:{})",
        person("teacher@100001"),
        person("cpd@100001")
    );
    let (_, reason) = refused(again);
    assert!(reason.contains(&both), "{reason}");
}

#[test]
fn where_a_step_cannot_progress_the_coordinator_has_a_task_until_it_can() {
    let mut story = accepted();
    let block = Command::StepBlock {
        step: at("clearance"),
        reason: "There was a flood".to_owned(),
    };
    story.when("office@100002", block).unwrap();
    let tasks = projection::tasks(&story.workflow, &story.run);
    let asked = tasks.iter().find(|task| task.asks == Asks::Unblock);
    let asked = asked.map(|task| (&task.step, task.role.as_deref(), task.due));
    assert_eq!(asked, Some((&at("clearance"), Some("coordinator"), None)));
    let doer = |task: &&projection::Task| task.asks == Asks::Do && task.step == at("clearance");
    let status = tasks.iter().find(doer).map(|task| task.status);
    assert_eq!(status, Some(Status::CannotProgress));
    let unblock = Command::StepUnblock {
        step: at("clearance"),
    };
    story.when("office@100002", unblock).unwrap();
    let tasks = projection::tasks(&story.workflow, &story.run);
    assert!(tasks.iter().all(|task| task.asks == Asks::Do));
}

#[test]
fn what_was_passed_on_goes_back_and_another_of_the_role_may_take_it() {
    let mut story = accepted();
    let pass_on = |to: &str| Command::StepDelegate {
        step: at("clearance"),
        person: person(to),
        reason: None,
    };
    assert_eq!(
        refused(story.when("office@100002", pass_on("head@100003"))).0,
        "WrongPeople"
    );
    story.when("office@100002", pass_on("head@100002")).unwrap();
    assert_eq!(
        refused(story.complete("office@100002", "clearance", json!({}))).0,
        "NotTheirStep"
    );
    story.when("head@100002", pass_on("office@100002")).unwrap();
    assert_eq!(story.step("clearance").delegated_from, None);
    story.when("office@100002", pass_on("head@100002")).unwrap();
    story
        .when(
            "office@100002",
            Command::StepTake {
                step: at("clearance"),
            },
        )
        .unwrap();
    story
        .complete("office@100002", "clearance", json!({}))
        .unwrap();
}

#[test]
fn a_delegation_is_for_one_attempt_only() {
    let mut story = visited();
    story.when("coordinator", reopen("clearance", &[])).unwrap();
    let to = person("head@100002");
    story
        .when(
            "office@100002",
            Command::StepDelegate {
                step: at("clearance"),
                person: to,
                reason: None,
            },
        )
        .unwrap();
    story
        .complete("head@100002", "clearance", json!({}))
        .unwrap();
    story.when("coordinator", reopen("clearance", &[])).unwrap();
    assert_eq!(story.step("clearance").assigned, None);
}

#[test]
fn a_reason_for_changing_hands_is_kept_outside_the_log_and_named_in_it() {
    let mut story = visited();
    let assign = Command::StepAssign {
        step: at("draft"),
        person: person(LEAD),
        reason: Some("She knows the data.".to_owned()),
    };
    let delegate = Command::StepDelegate {
        step: at("draft"),
        person: person("head@100002"),
        reason: Some("I am away.".to_owned()),
    };
    let mut new = appoint("project_lead", &["teacher@100003"]);
    if let Command::RoleAppoint { reason, .. } = &mut new {
        *reason = Some("The first one has left.".to_owned());
    }
    let mut said = |who: &str, command: Command| {
        let events = story.when(who, command).unwrap();
        let reasons = events.iter().filter_map(|event| match event {
            Event::StepAssigned { reason, .. }
            | Event::StepDelegated { reason, .. }
            | Event::RoleAppointed { reason, .. }
            | Event::RoleVacated { reason, .. } => reason.clone(),
            _ => None,
        });
        let texts = reasons.map(|reason| story.payloads[&reason].clone());
        texts.collect::<Vec<_>>()
    };
    assert_eq!(said("coordinator", assign), ["She knows the data."]);
    assert_eq!(said(LEAD, delegate), ["I am away."]);
    // Out with the one, in with the other.
    let both = ["The first one has left."; 2];
    assert_eq!(said("coordinator", new), both);
}
