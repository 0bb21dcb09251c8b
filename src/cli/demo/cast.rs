//! The alliance of the demo: eight invented schools and their people, brought in by the importers.

use anyhow::{Context, bail};

use std::collections::{BTreeMap, BTreeSet};

use crate::core::names::AllianceId;
use crate::core::run::seed::Seed;
use crate::engine::Engine;
use crate::import::plan::PresentPeople;
use crate::import::{Pick, plan_people, plan_schools, read_people, read_schools};
use crate::store::{AllianceRow, DirectoryChanges, PersonRow};

pub const KEY: &str = "northshire";
const SCHOOLS: &[u8] = include_bytes!("schools.csv");
const PEOPLE: &[u8] = include_bytes!("people.csv");

/// How many came in.
pub struct Arrived {
    pub schools: usize,
    pub people: usize,
}

pub async fn bring_in(engine: &Engine) -> anyhow::Result<(AllianceId, Arrived)> {
    let alliance = AllianceId(KEY.to_owned());
    let row = AllianceRow {
        id: alliance.clone(),
        name: "Northshire Schools Alliance".to_owned(),
        created_at: engine.clock.now(),
    };
    engine
        .store
        .create_alliance(&row)
        .await
        .context("the demo needs a database without a demo in it")?;
    let schools = bring_schools(engine, &alliance).await?;
    let people = bring_people(engine, &alliance).await?;
    Ok((alliance, Arrived { schools, people }))
}

async fn bring_schools(engine: &Engine, alliance: &AllianceId) -> anyhow::Result<usize> {
    let file = read_schools(SCHOOLS, &Pick::all());
    let proposal = plan_schools(file, &BTreeMap::new());
    let Some(plan) = proposal.plan else {
        bail!("the schools of the demo:\n{}", proposal.report)
    };
    let schools: Vec<_> = plan.add.iter().map(|record| record.school()).collect();
    let number = schools.len();
    let changes = DirectoryChanges {
        schools,
        ..DirectoryChanges::default()
    };
    engine.store.of(alliance).apply_directory(changes).await?;
    Ok(number)
}

async fn bring_people(engine: &Engine, alliance: &AllianceId) -> anyhow::Result<usize> {
    let schools = engine.store.of(alliance).schools().await?;
    let present = PresentPeople {
        schools: schools
            .into_iter()
            .map(|school| (school.urn, school.name))
            .collect(),
        people: Vec::new(),
        erased: BTreeSet::new(),
        posts: Vec::new(),
    };
    let seed = Seed::known(&["demo", "people"]);
    let proposal = plan_people(read_people(PEOPLE), &present, &seed);
    let Some(plan) = proposal.plan else {
        bail!("the people of the demo:\n{}", proposal.report)
    };
    let people: Vec<PersonRow> = plan
        .add
        .into_iter()
        .map(|person| PersonRow {
            id: person.id,
            name: Some(person.name),
            email: Some(person.email),
            main_school: person.main_school,
            erased: false,
        })
        .collect();
    let number = people.len();
    let changes = DirectoryChanges {
        people,
        posts: plan.posts_add,
        ..DirectoryChanges::default()
    };
    engine.store.of(alliance).apply_directory(changes).await?;
    Ok(number)
}
