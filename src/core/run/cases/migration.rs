//! A project moves to another version, whole or not at all.

use std::collections::BTreeMap;

use serde_json::json;

use super::pages::{LEAD, VISITS, accepted, visited, visits_page};
use crate::core::run::command::Command;
use crate::core::run::event::{Cause, Event};
use crate::core::run::refusal::Verdict;
use crate::core::run::state::Status;
use crate::core::run::story::{Story, at, day, refused};

fn migrate(
    story: &mut Story,
    change: &[(&str, &str)],
    map: &[(&str, &str)],
    ask: &[&str],
) -> Result<Vec<Event>, Verdict> {
    let mut page = VISITS.replace("version: 1", "version: 2");
    for (old, new) in change {
        assert!(page.contains(old), "{old}");
        page = page.replace(old, new);
    }
    story.versions.insert(2, visits_page(&page));
    let named = |(old, new): &(&str, &str)| ((*old).to_owned(), (*new).to_owned());
    let command = Command::ProjectMigrate {
        version: 2,
        map: map.iter().map(named).collect(),
        roles: BTreeMap::new(),
        ask: ask.iter().map(|step| (*step).to_owned()).collect(),
    };
    story.when("coordinator", command)
}

const CLEARANCE: &str = "  clearance:
    title: Letter of assurance
    needs: accept
    about: project_lead
    role: home_office
    due: 5 school days before visits.first.plan.date
";
const NEW_STEP: (&str, &str) = (
    "  declare: {",
    "  hello: {title: Say hello, role: cpd_lead, due: 2 school days}\n  declare: {",
);

// Case 38
#[test]
fn a_new_step_before_a_complete_one_came_later() {
    let mut story = accepted();
    migrate(&mut story, &[NEW_STEP], &[], &[]).unwrap();
    let cause = story.step("hello").done.as_ref().unwrap().cause.clone();
    assert_eq!(cause, Some(Cause::CameLater));
    assert_eq!(story.status("visits[1].plan"), Status::NotStarted);
}

#[test]
fn a_new_step_that_is_asked_for_is_asked_nonetheless() {
    let mut story = accepted();
    migrate(&mut story, &[NEW_STEP], &[], &["hello"]).unwrap();
    assert_eq!(story.status("hello"), Status::NotStarted);
    assert_eq!(story.status("visits[1].plan"), Status::NotStarted);
}

// Case 39
#[test]
fn an_open_step_that_the_new_version_lacks_is_refused_by_name_and_nothing_moves() {
    let mut story = accepted();
    let without = [(CLEARANCE, ""), ("[visits, clearance]", "visits")];
    let before = story.run.clone();
    let (code, reason) = refused(migrate(&mut story, &without, &[], &[]));
    assert_eq!(code, "CannotMigrate");
    assert!(
        reason.contains("“Letter of assurance” (`clearance`) is open"),
        "{reason}"
    );
    assert_eq!(story.run, before);
    migrate(&mut story, &without, &[("clearance", "none")], &[]).unwrap();
    let gone = &story.run.gone[&at("clearance")];
    let cause = gone.done.as_ref().unwrap().cause.clone();
    assert_eq!(
        (gone.status, cause),
        (Status::NotRequired, Some(Cause::Unmapped))
    );
}

#[test]
fn a_settled_step_that_the_new_version_lacks_is_history() {
    let mut story = visited();
    let without = [(CLEARANCE, ""), ("[visits, clearance]", "visits")];
    migrate(&mut story, &without, &[], &[]).unwrap();
    assert_eq!(story.run.gone[&at("clearance")].status, Status::Complete);
    assert_eq!(story.status("draft"), Status::NotStarted);
}

#[test]
fn an_open_step_keeps_its_draft_and_takes_the_new_budget() {
    let mut story = accepted();
    story.on("2027-01-13");
    let draft = Command::StepDraft {
        step: at("visits[1].plan"),
        answers: json!({"date": "2027-02-01"}).as_object().cloned().unwrap(),
    };
    story.when(LEAD, draft).unwrap();
    let longer = [(
        "form: plan, due: 10 school days",
        "form: plan, due: 15 school days",
    )];
    migrate(&mut story, &longer, &[], &[]).unwrap();
    assert_eq!(story.due("visits[1].plan"), Some(day("2027-02-01")));
    assert!(story.step("visits[1].plan").drafted);
}

#[test]
fn a_draft_goes_along_with_its_step_to_another_name() {
    let mut story = accepted();
    let draft = Command::StepDraft {
        step: at("visits[1].plan"),
        answers: json!({"date": "2027-02-01"}).as_object().cloned().unwrap(),
    };
    story.when(LEAD, draft).unwrap();
    let rename = [
        ("visits:\n    stage", "trips:\n    stage"),
        ("visits.", "trips."),
        ("[visits,", "[trips,"),
    ];
    migrate(&mut story, &rename, &[("visits", "trips")], &[]).unwrap();
    let places: Vec<_> = story.drafts.keys().cloned().collect();
    assert_eq!(places, [at("trips[1].plan")]);
    story.complete(LEAD, "trips[1].plan", json!(null)).unwrap();
    assert_eq!(story.status("trips[1].plan"), Status::Complete);
}

#[test]
fn a_renamed_group_takes_its_passes_along() {
    let mut story = visited();
    let rename = [
        ("visits:\n    stage", "trips:\n    stage"),
        ("visits.", "trips."),
        ("[visits,", "[trips,"),
    ];
    migrate(&mut story, &rename, &[("visits", "trips")], &[]).unwrap();
    assert_eq!(story.status("trips[1].record"), Status::Complete);
    assert_eq!(story.due("draft"), Some(day("2027-02-15")));
}

#[test]
fn an_open_task_that_became_a_wait_is_refused() {
    let mut story = accepted();
    let task = "    role: home_office\n    due: 5 school days before visits.first.plan.date\n";
    let change = [
        (
            "    about: project_lead\n    role: home_office",
            "    role: home_office",
        ),
        (
            "    role: home_office\n    due: 5 school days before visits.first.plan.date\n",
            "    wait: letter.given\n",
        ),
    ];
    assert!(VISITS.contains(task));
    let (code, reason) = refused(migrate(&mut story, &change, &[], &[]));
    assert_eq!(code, "CannotMigrate");
    assert!(reason.contains("is of another kind"), "{reason}");
}

#[test]
fn passes_over_the_new_most_are_kept_and_named() {
    let mut story = accepted();
    story
        .when(
            "coordinator",
            Command::PassAdd {
                group: at("visits"),
            },
        )
        .unwrap();
    let events = migrate(&mut story, &[("max: 6", "max: 1")], &[], &[]);
    let events = events.unwrap();
    let Event::RunMigrated { remarks, .. } = &events[0] else {
        panic!()
    };
    assert_eq!(
        remarks,
        &["`visits` has 2 passes, which are kept; the new version allows 1.".to_owned()]
    );
}
