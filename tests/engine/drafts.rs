//! What was saved is not lost: drafts that name people, drafts that follow their step to another
//! version, and answers from which a form is filled again.

use std::collections::BTreeMap;
use std::sync::Arc;

use alongside::core::audit::payload::Commitment;
use alongside::core::names::PersonId;
use alongside::core::run::event::{Event, SealedAnswers};
use alongside::engine::{Handled, Library};
use serde_json::{Value, json};

use super::alliance::{Letter, NORTH, alliance, choose, need, person, run, start};
use super::checks;
use super::office::{Office, three_steps};
use super::on_both;
use super::place::Place;

on_both!(
    a_draft_may_name_people_whom_nothing_else_names,
    a_draft_goes_along_when_its_step_gets_another_name,
    a_step_that_is_made_again_is_filled_from_its_last_answers,
);

const HELPER: &str = "lead@100001";

/// The first of the three steps names a helper, and has another name in the second version.
fn follow(office: &mut Office, version: u32) {
    let mut bundle = three_steps();
    let field =
        "  helper: {title: Who helps you?, type: string, format: uuid, x-person: true}\nexamples:";
    let form = bundle.files.get_mut("forms/need.yaml").unwrap();
    *form = form.replace("examples:", field);
    let helper = "roles:\n  helper: {title: Helper, at: run}";
    let appoints = "role: cpd_lead, appoints: helper, form";
    bundle.text = bundle.text.replace("roles:", helper);
    bundle.text = bundle.text.replace("role: cpd_lead, form", appoints);
    if version == 2 {
        bundle.text = bundle.text.replace("version: 1", "version: 2");
        bundle.text = bundle.text.replace("identify_need", "name_need");
    }
    office.engine.library = Arc::new(Library::of(vec![bundle]).unwrap());
    let mut sources = (*office.engine.sources).clone();
    sources[0]
        .commands
        .push("alongside.project.migrate".to_owned());
    office.engine.sources = Arc::new(sources);
}

fn with_helper() -> Value {
    let mut answers = need();
    answers["helper"] = json!(person(HELPER));
    answers
}

fn draft(id: &str, name: &str) -> Letter {
    let data = json!({"step": "identify_need", "answers": with_helper()});
    Letter::new(id, run(name), "cpd@100001", "step.draft", data)
}

/// Without answers: what was saved counts.
fn complete(id: &str, name: &str, step: &str) -> Letter {
    let data = json!({"step": step});
    Letter::new(id, run(name), "cpd@100001", "step.complete", data)
}

fn migrate(id: &str, name: &str) -> Letter {
    let data = json!({"version": 2, "map": {"identify_need": "name_need"}});
    Letter::new(id, run(name), "coordinator", "project.migrate", data)
}

fn all_applied(handled: &[Handled]) {
    let applied = |one: &Handled| matches!(one, Handled::Applied { .. });
    assert!(handled.iter().all(applied), "{handled:#?}");
}

/// Who was appointed in the last entry of a project.
async fn appointed(office: &Office, name: &str) -> Vec<PersonId> {
    let entries = checks::log_of(&office.engine, run(name)).await;
    let events = entries.last().unwrap().events.iter();
    let appointed = events.filter_map(|event| match event {
        Event::RoleAppointed { appointment, .. } => Some(appointment.person),
        _ => None,
    });
    appointed.collect()
}

async fn a_draft_may_name_people_whom_nothing_else_names(place: Place) {
    let mut office = Office::open(place, 0).await;
    follow(&mut office, 1);
    all_applied(&office.handle(&[start("p"), draft("1", "p")]).await);
    all_applied(&office.handle(&[complete("2", "p", "identify_need")]).await);
    assert_eq!(appointed(&office, "p").await, [person(HELPER)]);
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn a_draft_goes_along_when_its_step_gets_another_name(place: Place) {
    let mut office = Office::open(place, 0).await;
    follow(&mut office, 1);
    let begun = [start("slow"), draft("1", "slow"), start("fast")];
    all_applied(&office.handle(&begun).await);
    follow(&mut office, 2);
    // Each in a batch of its own, and all in one.
    all_applied(&office.handle(&[migrate("2", "slow")]).await);
    all_applied(&office.handle(&[complete("3", "slow", "name_need")]).await);
    let at_once = [
        draft("4", "fast"),
        migrate("5", "fast"),
        complete("6", "fast", "name_need"),
    ];
    all_applied(&office.handle(&at_once).await);
    for name in ["slow", "fast"] {
        assert_eq!(appointed(&office, name).await, [person(HELPER)]);
    }
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn a_step_that_is_made_again_is_filled_from_its_last_answers(place: Place) {
    let mut office = Office::open(place, 0).await;
    follow(&mut office, 1);
    let mut change = choose("3", "p", "head@100001", "approve_need", "change");
    change.data["reason"] = json!("Say which year.");
    let (draft, first) = (draft("1", "p"), complete("2", "p", "identify_need"));
    all_applied(&office.handle(&[start("p"), draft, first, change]).await);
    all_applied(&office.handle(&[complete("4", "p", "identify_need")]).await);
    let entries = checks::log_of(&office.engine, run("p")).await;
    let files = [&entries[2], &entries[4]].map(|entry| answers_of(&entry.events));
    assert_eq!(files[0]["visits"], json!(2));
    assert_eq!(files[0]["visits"], files[1]["visits"]);
    // The title is kept outside the log and sealed anew: another commitment for the same text.
    assert_ne!(files[0]["title"], files[1]["title"]);
    let texts = texts(&office).await;
    let text = |sealed: &Value| texts[&Commitment::from_value(sealed).unwrap()].clone();
    assert_eq!(text(&files[0]["title"]), need()["title"]);
    assert_eq!(text(&files[1]["title"]), need()["title"]);
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

fn answers_of(events: &[Event]) -> SealedAnswers {
    let found = events.iter().find_map(|event| match event {
        Event::StepCompleted { answers, .. } => Some(answers.clone()),
        _ => None,
    });
    found.unwrap()
}

async fn texts(office: &Office) -> BTreeMap<Commitment, Value> {
    let north = alliance(NORTH);
    office.engine.texts(&north, run("p")).await.unwrap()
}
