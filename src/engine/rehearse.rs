//! A rehearsal: a command decided as if it were meant, and nothing kept of it.
//!
//! It goes the same way as [`Engine::handle`], in the same kind of unit, which is dropped instead
//! of committed: what a dry run shows is what would happen, and not a second opinion. Of a single
//! command, parked messages that would follow are not tried.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::core::audit::payload::Commitment;
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::address::Address;
use crate::core::run::effect::{Effect, Letter};
use crate::core::run::entry::Entry;
use crate::core::run::state::Run;
use crate::store::{OutboxKind, Unit};

use super::attempt::{Attempt, Maybe};
use super::batch::Batch;
use super::handle::Handled;
use super::readings::Reading;
use super::{Engine, Error, Incoming};

/// What one command would do.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    pub entry: Entry,
    /// The run before it; absent where the command starts one.
    pub before: Option<Run>,
    /// The run after it, with the definition that it then follows.
    pub after: Reading,
    /// To whom which letter would go.
    pub mails: Vec<(PersonId, Letter)>,
    /// The texts that it would keep outside the log.
    pub texts: BTreeMap<Commitment, Value>,
}

/// Either it would happen, or the answer that would be given instead.
#[derive(Debug, Clone)]
pub enum Rehearsed {
    Would(Box<Rehearsal>),
    Not(Handled),
}

impl Engine {
    /// Decides a command and forgets it: nothing is written, no number is used up.
    pub async fn rehearse(
        &self,
        alliance: &AllianceId,
        incoming: Incoming,
    ) -> Result<Rehearsed, Error> {
        let mut attempt = Attempt::begin(self, alliance, Maybe::default()).await?;
        let id = incoming.envelope.run;
        let one = [incoming];
        attempt.load(&one).await?;
        let before = attempt
            .batch
            .runs
            .get(&id)
            .map(|held| Run::clone(&held.run));
        let handled = attempt.one(&one[0]).await?;
        let Attempt { batch, unit, .. } = attempt;
        drop(unit);
        match handled {
            Handled::Applied { entry, .. } => {
                let would = rehearsal(*entry, before, batch)?;
                Ok(Rehearsed::Would(Box::new(would)))
            }
            other => Ok(Rehearsed::Not(other)),
        }
    }

    /// Decides commands one after the other, each as if those before it were meant, and forgets
    /// them all. The answers have their order.
    pub async fn rehearse_all(
        &self,
        alliance: &AllianceId,
        all: &[Incoming],
    ) -> Result<Vec<Handled>, Error> {
        let mut attempt = Attempt::begin(self, alliance, Maybe::default()).await?;
        attempt.load(all).await?;
        let mut handled = Vec::with_capacity(all.len());
        for incoming in all {
            let one = attempt.next(incoming).await?;
            if matches!(one, Handled::Applied { .. }) {
                attempt.try_parked().await?;
            }
            handled.push(one);
        }
        drop(attempt);
        Ok(handled)
    }

    /// The saved draft of a step's attempt.
    pub async fn find_draft(
        &self,
        alliance: &AllianceId,
        run: RunId,
        step: &Address,
        attempt: u32,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let mut unit: Unit = self.store.begin(alliance).await?;
        let wanted = [(run, step.clone(), attempt)].into_iter().collect();
        let found = unit.load_drafts(&wanted).await?;
        Ok(found
            .first()
            .and_then(|draft| serde_json::from_str(&draft.body).ok()))
    }
}

fn rehearsal(entry: Entry, before: Option<Run>, batch: Batch) -> Result<Rehearsal, Error> {
    let unreadable = || Error::Unreadable("The rehearsal left no run.".to_owned());
    let held = batch.runs.get(&entry.run).ok_or_else(unreadable)?;
    let (run, workflow) = (
        Run::clone(&held.run),
        held.workflow.clone().ok_or_else(unreadable)?,
    );
    let mut changes = batch.into_changes();
    let row = changes.runs.pop().ok_or_else(unreadable)?;
    let mut texts = BTreeMap::new();
    for row in &changes.payloads {
        let payload = row.payload()?;
        texts.insert(payload.commitment, payload.value);
    }
    let mails = changes
        .outbox
        .iter()
        .filter(|row| row.kind == OutboxKind::Mail);
    let mails = mails.filter_map(|row| match serde_json::from_str(&row.body) {
        Ok(Effect::Mail { to, letter }) => Some((to, letter)),
        _ => None,
    });
    Ok(Rehearsal {
        mails: mails.collect(),
        after: Reading { row, run, workflow },
        entry,
        before,
        texts,
    })
}
