//! Loads what a command needs to be decided: from the database, and over it what this batch has
//! done already but not yet written.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::core::audit::payload::Commitment;
use crate::core::definition::workflow::Workflow;
use crate::core::directory::whole::Whole;
use crate::core::run::effect::Effect;
use crate::core::run::facts::{Facts, Wants, WhoseTexts};
use crate::core::run::state::Run;
use crate::core::time::Date;

use super::almanac::Known;
use super::attempt::Attempt;
use super::{Error, Incoming};

/// What every command of a batch needs, read once for all of them.
#[derive(Clone)]
pub(super) struct Loaded {
    almanac: Arc<Known>,
    directory: Arc<Whole>,
}

impl Attempt<'_> {
    /// All but the reference, which is drawn only for a start that is accepted.
    pub async fn load_facts(
        &mut self,
        wants: &mut Wants,
        run: &Run,
        incoming: &Incoming,
    ) -> Result<Facts, Error> {
        let draft = self.load_draft(run, wants).await?;
        if let Some(draft) = &draft {
            wants.people_of_draft(draft);
        }
        let loaded = self.loaded().await?;
        let directory = loaded.directory.part(&wants.schools, &wants.people);
        Ok(Facts {
            now: self.now,
            seed: self.engine.seeds.draw(&incoming.envelope),
            calendars: loaded.almanac.calendars(&directory),
            directory,
            rights: incoming.rights.clone(),
            draft,
            payloads: self.load_payloads(run, wants).await?,
            reference: None,
            target: self.load_target(run, wants).await?,
            to_erase: self.load_texts_of(run, wants).await?,
            asked: self.first_asked(run, wants).await?,
        })
    }

    async fn loaded(&mut self) -> Result<Loaded, Error> {
        if let Some(loaded) = &self.loaded {
            return Ok(loaded.clone());
        }
        let loaded = Loaded {
            almanac: self.engine.almanac_in(&mut self.unit).await?,
            directory: self.engine.directory_in(&mut self.unit).await?,
        };
        self.loaded = Some(loaded.clone());
        Ok(loaded)
    }

    async fn load_target(
        &mut self,
        run: &Run,
        wants: &Wants,
    ) -> Result<Option<Arc<Workflow>>, Error> {
        let library = &self.engine.library;
        match (wants.target_version, &run.workflow) {
            (Some(version), Some(used)) => {
                library.version(&mut self.unit, &used.name, version).await
            }
            _ => Ok(None),
        }
    }

    async fn load_payloads(
        &mut self,
        run: &Run,
        wants: &Wants,
    ) -> Result<BTreeMap<Commitment, Value>, Error> {
        if wants.payloads.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut rows = self.unit.load_payloads(run.id, &wants.payloads).await?;
        let changes = &self.batch.changes;
        let written = changes.payloads.iter().filter(|row| row.run == run.id);
        rows.extend(written.cloned());
        let mut found = BTreeMap::new();
        for row in rows {
            let payload = row.payload()?;
            found.insert(payload.commitment, payload.value);
        }
        let erased = &changes.erased;
        found.retain(|commitment, _| {
            wants.payloads.contains(commitment) && !erased.contains(&(run.id, commitment.clone()))
        });
        Ok(found)
    }

    /// The day on which anybody was first written to about the step and attempt that is asked for.
    async fn first_asked(&mut self, run: &Run, wants: &Wants) -> Result<Option<Date>, Error> {
        let Some((step, attempt)) = &wants.asked else {
            return Ok(None);
        };
        let sent = self.unit.letters_sent(run.id).await?;
        let about = sent.into_iter().filter(|(letter, _)| {
            serde_json::from_str::<Effect>(letter).is_ok_and(|effect| effect.asks(step, *attempt))
        });
        Ok(about.map(|(_, at)| at.date()).min())
    }

    async fn load_texts_of(&mut self, run: &Run, wants: &Wants) -> Result<Vec<Commitment>, Error> {
        let by = match wants.to_erase {
            None => return Ok(Vec::new()),
            Some(WhoseTexts::Of(person)) => Some(person),
            Some(WhoseTexts::Everybody) => None,
        };
        let mut found = self.unit.texts_of(run.id, by).await?;
        let changes = &self.batch.changes;
        let written = changes.payloads.iter();
        let theirs =
            written.filter(|row| row.run == run.id && (by.is_none() || row.written_by == by));
        found.extend(theirs.map(|row| Commitment {
            commitment: row.commitment.clone(),
        }));
        found.retain(|commitment| !changes.erased.contains(&(run.id, commitment.clone())));
        found.sort_by(|a, b| a.commitment.cmp(&b.commitment));
        Ok(found)
    }
}
