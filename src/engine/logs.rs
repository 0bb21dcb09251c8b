//! The log of a run as it is stored, for `audit verify` and `audit export`.
//!
//! Beside what the log says of itself it is compared with what stands around it: the columns of
//! its rows, the lists, and the answers that senders were given. So a tail that was cut off
//! together with its snapshot shows, as long as the answer was left.

use crate::core::audit::verify::{Finding, Stored, verify};
use crate::core::names::{AllianceId, RunId};
use crate::core::run::entry::Entry;
use crate::core::run::state::Run;
use crate::store::{EntryRow, RunRow, Scoped, Store};

use super::{Engine, Error};

/// How many entries are read at a time.
const PAGE: u32 = 500;

/// One run with all that is kept of it.
#[derive(Debug, Clone)]
pub struct Logged {
    pub stored: Stored,
    rows: Vec<EntryRow>,
    /// None where only traces are left.
    run: Option<RunRow>,
    /// The highest version that a sender was told.
    answered: u64,
}

impl Engine {
    /// Everything that the database holds of one run's log, unread.
    pub async fn stored_log(&self, alliance: &AllianceId, row: RunRow) -> Result<Stored, Error> {
        Ok(read_log(&self.store, alliance, row.id).await?.stored)
    }
}

/// Reads a run whole. It may move meanwhile: then it is read again.
pub async fn read_log(store: &Store, alliance: &AllianceId, run: RunId) -> Result<Logged, Error> {
    let scoped = store.of(alliance);
    loop {
        let before = scoped.find_run(run).await?;
        let logged = read_once(&scoped, alliance, run, before).await?;
        if scoped.find_run(run).await? == logged.run {
            return Ok(logged);
        }
    }
}

async fn read_once(
    scoped: &Scoped,
    alliance: &AllianceId,
    run: RunId,
    row: Option<RunRow>,
) -> Result<Logged, Error> {
    let mut rows: Vec<EntryRow> = Vec::new();
    loop {
        let after = rows.last().map_or(0, |row| row.seq);
        let page = scoped.entries(run, after, PAGE).await?;
        if page.is_empty() {
            break;
        }
        rows.extend(page);
    }
    let mut payloads = Vec::new();
    for payload in scoped.payloads(run).await? {
        payloads.push(payload.payload()?);
    }
    let reference = row.as_ref().map(|row| row.reference.clone());
    let stored = Stored {
        alliance: alliance.clone(),
        run,
        reference: reference.unwrap_or_else(|| format!("project {run}")),
        entries: rows.iter().map(|row| (row.seq, row.body.clone())).collect(),
        payloads,
        version: row.as_ref().map_or(0, |row| row.version),
        head: row.as_ref().map(|row| row.head.clone()).unwrap_or_default(),
        snapshot: row.as_ref().map(|row| (row.fold, row.state.clone())),
    };
    let answered = scoped.answered_version(run).await?;
    Ok(Logged {
        stored,
        rows,
        run: row,
        answered,
    })
}

impl Logged {
    /// Checks the log, and then what stands around it.
    pub fn check(&self) -> Finding {
        let name = &self.stored.reference;
        let tampered = |seq, sentence| Finding::Tampered { seq, sentence };
        let Some(row) = &self.run else {
            let sentence = format!("The row of {name} is missing, and there are traces of it.");
            return tampered(None, sentence);
        };
        let found = verify(&self.stored);
        if !matches!(found, Finding::Good { .. }) {
            return found;
        }
        if let Some(entry) = self.rows.iter().find(|row| !agrees(row)) {
            let sentence = format!(
                "What stands beside entry {} of {name} was changed.",
                entry.seq
            );
            return tampered(Some(entry.seq), sentence);
        }
        if !lists_agree(row) {
            let sentence =
                format!("What lists show of {name} was changed: its entries say otherwise.");
            return tampered(None, sentence);
        }
        if self.answered > row.version {
            let missing = row.version + 1;
            let sentence = format!(
                "Entry {missing} of {name} is missing: its sender was told of version {}.",
                self.answered
            );
            return tampered(Some(missing), sentence);
        }
        found
    }
}

fn agrees(row: &EntryRow) -> bool {
    serde_json::from_str::<Entry>(&row.body).is_ok_and(|entry| {
        entry.at == row.at
            && entry.command.source == row.source
            && entry.command.id == row.command_id
    })
}

/// A snapshot that cannot be read is of another fold, and is made anew before it is used.
fn lists_agree(row: &RunRow) -> bool {
    serde_json::from_str::<Run>(&row.state).map_or(true, |run| {
        run.reference == row.reference
            && run.title == row.title
            && run.status == row.status
            && run.host_school == row.host_school
    })
}
