//! Whole projects from start to end, as the portal sees them.

use serde_json::{Value, json};

use super::alliance::{NORTH, alliance, run, three_steps};
use super::checks;
use super::lead::lead_story;
use super::office::Office;
use super::on_both;
use super::place::Place;

on_both!(
    the_three_steps_are_taken_to_their_end,
    a_partnership_goes_from_need_to_close,
);

async fn the_three_steps_are_taken_to_their_end(place: Place) {
    let mut office = Office::open(place, 1).await;
    let mut said: Vec<Value> = Vec::new();
    for letter in three_steps("p1") {
        said.push(office.ask(&letter).await);
    }
    let kinds: Vec<&Value> = said.iter().map(|answer| &answer["type"]).collect();
    let step = "alongside.step.completed";
    assert_eq!(
        kinds,
        [
            &json!("alongside.run.started"),
            &json!(step),
            &json!(step),
            &json!(step)
        ]
    );
    let events = said[3]["data"]["events"].as_array().unwrap();
    assert!(
        events.iter().any(|event| event["type"] == "run.completed"),
        "{events:#?}"
    );
    assert_eq!(said[0]["data"]["reference"], "T-2027-001");
    checks::all_is_well(&office.engine, NORTH).await;
    let row = office
        .engine
        .store
        .of(&alliance(NORTH))
        .find_run(run("p1"))
        .await
        .unwrap();
    assert_eq!(row.unwrap().version, 4);
    office.close().await;
}

async fn a_partnership_goes_from_need_to_close(place: Place) {
    let mut office = Office::open(place, 1).await;
    let told = lead_story(&mut office, "dlp").await;
    let completed = told.last().unwrap()["data"]["events"].as_array().unwrap();
    assert!(
        completed
            .iter()
            .any(|event| event["type"] == "run.completed"),
        "{completed:#?}"
    );
    office.catch_up().await;
    checks::all_is_well(&office.engine, NORTH).await;
    let written = std::fs::read_dir(office.mails.path()).unwrap().count();
    assert!(written > 20, "only {written} mails");
    office.close().await;
}
