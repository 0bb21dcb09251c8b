//! Loads what a command needs to be decided, once for each run and batch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::core::audit::payload::Commitment;
use crate::core::calendar::Calendars;
use crate::core::definition::workflow::Workflow;
use crate::core::directory::Directory;
use crate::core::names::{PersonId, Urn};
use crate::core::run::facts::{Facts, Wants};
use crate::core::run::state::Run;
use crate::core::run::wants::wants;
use crate::store::Unit;

use super::{Engine, Error, Incoming};

/// Directory entries that were loaded for this batch, by what was asked for.
#[derive(Default)]
pub(super) struct Loaded {
    directories: BTreeMap<(BTreeSet<Urn>, BTreeSet<PersonId>), Directory>,
}

impl Engine {
    pub(super) async fn load_facts(
        &self,
        unit: &mut Unit,
        loaded: &mut Loaded,
        workflow: &Workflow,
        run: &Run,
        incoming: &Incoming,
    ) -> Result<Facts, Error> {
        let wants = wants(workflow, run, &incoming.envelope);
        let directory = loaded.directory(unit, &wants).await?;
        let now = self.clock.now();
        let year = chrono::Datelike::year(&now.date());
        let reference = match &wants.reference_prefix {
            Some(prefix) => Some(unit.next_reference(prefix, year).await?),
            None => None,
        };
        let target = self.load_target(unit, run, &wants).await?;
        Ok(Facts {
            now,
            seed: self.seeds.draw(&incoming.envelope),
            calendars: Calendars::default(),
            directory,
            rights: incoming.rights.clone(),
            draft: load_draft(unit, run, &wants).await?,
            payloads: load_payloads(unit, run, &wants).await?,
            reference,
            target,
            to_erase: match wants.written_by {
                Some(person) => unit.payloads_written_by(run.id, person).await?,
                None => Vec::new(),
            },
        })
    }

    async fn load_target(
        &self,
        unit: &mut Unit,
        run: &Run,
        wants: &Wants,
    ) -> Result<Option<Arc<Workflow>>, Error> {
        match (wants.target_version, &run.workflow) {
            (Some(version), Some(used)) => self.library.version(unit, &used.name, version).await,
            _ => Ok(None),
        }
    }
}

impl Loaded {
    async fn directory(&mut self, unit: &mut Unit, wants: &Wants) -> Result<Directory, Error> {
        let key = (wants.schools.clone(), wants.people.clone());
        if let Some(known) = self.directories.get(&key) {
            return Ok(known.clone());
        }
        let directory = unit.load_directory(&wants.schools, &wants.people).await?;
        self.directories.insert(key, directory.clone());
        Ok(directory)
    }
}

async fn load_draft(
    unit: &mut Unit,
    run: &Run,
    wants: &Wants,
) -> Result<Option<serde_json::Map<String, serde_json::Value>>, Error> {
    let Some((step, attempt)) = wants.draft.clone() else {
        return Ok(None);
    };
    let wanted = BTreeSet::from([(run.id, step, attempt)]);
    let found = unit.load_drafts(&wanted).await?;
    Ok(found
        .first()
        .and_then(|draft| serde_json::from_str(&draft.body).ok()))
}

async fn load_payloads(
    unit: &mut Unit,
    run: &Run,
    wants: &Wants,
) -> Result<BTreeMap<Commitment, serde_json::Value>, Error> {
    if wants.payloads.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = unit.load_payloads(run.id, &wants.payloads).await?;
    let mut found = BTreeMap::new();
    for row in rows {
        let payload = row.payload()?;
        found.insert(payload.commitment, payload.value);
    }
    Ok(found)
}
