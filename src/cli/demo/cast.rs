//! The alliance of the demo: eight invented schools and their people, brought in by the importers.

use anyhow::Context;

use super::super::import::{people, schools};
use crate::core::names::AllianceId;
use crate::core::run::seed::Seed;
use crate::core::schedules::{Job, OFF};
use crate::engine::Engine;
use crate::import::Pick;
use crate::store::AllianceRow;

pub const KEY: &str = "northshire";
const SCHOOLS: &[u8] = include_bytes!("schools.csv");
const PEOPLE: &[u8] = include_bytes!("people.csv");

pub async fn bring_in(engine: &Engine) -> anyhow::Result<AllianceId> {
    let alliance = AllianceId(KEY.to_owned());
    let row = AllianceRow {
        id: alliance.clone(),
        name: "Northshire Schools Alliance".to_owned(),
        created_at: engine.clock.now(),
    };
    let store = &engine.store;
    let created = store.create_alliance(&row).await;
    created.context("the demo needs a database without a demo in it")?;
    // Every mail of the year can be read afterwards.
    let retention = store.of(&alliance);
    retention
        .set_schedule(Job::Retention, Some(OFF), None)
        .await?;
    schools::import(store, &alliance, SCHOOLS, &Pick::all(), false).await?;
    let seed = Seed::known(&["demo", "people"]);
    people::import(store, &alliance, PEOPLE, &seed, false).await?;
    Ok(alliance)
}
