//! Drafts in a batch: they stand outside the log and are written together with it.

use std::collections::BTreeSet;

use crate::core::audit::chain;
use crate::core::definition::form::Answers;
use crate::core::run::address::Address;
use crate::core::run::effect::Effect;
use crate::core::run::entry::Entry;
use crate::core::run::facts::Wants;
use crate::core::run::state::Run;
use crate::store::DraftRow;

use super::Error;
use super::attempt::Attempt;
use super::batch::Batch;

impl Batch {
    pub fn keep_draft(&mut self, entry: &Entry, draft: Effect) {
        let drafts = &mut self.changes.drafts;
        match draft {
            Effect::SaveDraft {
                step,
                attempt,
                answers,
            } => {
                drafts.retain(|row| row.run != entry.run || row.address != step);
                drafts.push(DraftRow {
                    run: entry.run,
                    address: step,
                    attempt,
                    body: chain::canonical(&answers),
                    written_by: entry.on_behalf_of.or(entry.actor),
                    at: entry.at,
                });
            }
            Effect::DropDraft { step } => {
                drafts.retain(|row| row.run != entry.run || row.address != step);
                self.changes.dropped_drafts.push((entry.run, step));
            }
            Effect::MoveDrafts { moves } => {
                for row in drafts.iter_mut().filter(|row| row.run == entry.run) {
                    if let Some(to) = moves.get(&row.address) {
                        let from = std::mem::replace(&mut row.address, to.clone());
                        self.changes.dropped_drafts.push((entry.run, from));
                    }
                }
            }
            Effect::Mail { .. } | Effect::Tell { .. } => {}
        }
    }

    fn draft(&self, run: &Run, step: &Address) -> Option<&DraftRow> {
        let mut drafts = self.changes.drafts.iter();
        drafts.find(|row| row.run == run.id && row.address == *step)
    }
}

impl Attempt<'_> {
    /// As this batch has left it, else from the database.
    pub async fn load_draft(&mut self, run: &Run, wants: &Wants) -> Result<Option<Answers>, Error> {
        let Some((step, attempt)) = &wants.draft else {
            return Ok(None);
        };
        let row = match self.batch.draft(run, step) {
            Some(row) => Some(row.clone()),
            None => self.stored_drafts(run, [step]).await?.pop(),
        };
        let draft = row.filter(|row| row.attempt == *attempt);
        Ok(draft.and_then(|row| serde_json::from_str(&row.body).ok()))
    }

    /// Drafts that will have another address are taken into the batch, which writes them there.
    pub async fn fetch_drafts_that_move(
        &mut self,
        run: &Run,
        effects: &[Effect],
    ) -> Result<(), Error> {
        for effect in effects {
            if let Effect::MoveDrafts { moves } = effect {
                let stored = self.stored_drafts(run, moves.keys()).await?;
                self.batch.changes.drafts.extend(stored);
            }
        }
        Ok(())
    }

    /// Drafts of these steps in their present attempts that this batch has not touched.
    async fn stored_drafts(
        &mut self,
        run: &Run,
        steps: impl IntoIterator<Item = &Address>,
    ) -> Result<Vec<DraftRow>, Error> {
        let dropped = &self.batch.changes.dropped_drafts;
        let untouched = |step: &&Address| {
            self.batch.draft(run, step).is_none() && !dropped.contains(&(run.id, (*step).clone()))
        };
        let attempt = |step: &Address| run.steps.get(step).map(|place| place.attempt);
        let wanted: BTreeSet<_> = steps
            .into_iter()
            .filter(untouched)
            .filter_map(|step| Some((run.id, step.clone(), attempt(step)?)))
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.unit.load_drafts(&wanted).await?)
    }
}
