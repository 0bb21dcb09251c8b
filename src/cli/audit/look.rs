//! The log of a run as the database has it, made ready to be checked or exported.
//!
//! Beside what the log says of itself it is compared with what stands around it: the columns of
//! its rows, the lists, and the answers that senders were given.

use crate::core::audit::verify::{Finding, Stored, verify};
use crate::core::names::{AllianceId, RunId};
use crate::core::run::entry::Entry;
use crate::core::run::state::Run;
use crate::store::{EntryRow, RunRow, Scoped, Store};

/// How many entries are read at once.
const PAGE: u32 = 500;

/// One run with all that is kept of it.
pub struct Logged {
    pub stored: Stored,
    pub rows: Vec<EntryRow>,
    /// None where only traces are left.
    pub run: Option<RunRow>,
    /// The highest version that a sender was told.
    pub answered: u64,
}

/// Reads a run whole. It may move meanwhile: then it is read again.
pub async fn read(store: &Store, alliance: &AllianceId, run: RunId) -> anyhow::Result<Logged> {
    let scoped = store.of(alliance);
    loop {
        let before = scoped.find_run(run).await?;
        let logged = read_once(&scoped, alliance, run, before).await?;
        let after = scoped.find_run(run).await?;
        if after == logged.run {
            return Ok(logged);
        }
    }
}

async fn read_once(
    scoped: &Scoped,
    alliance: &AllianceId,
    run: RunId,
    row: Option<RunRow>,
) -> anyhow::Result<Logged> {
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
    let stored = Stored {
        alliance: alliance.clone(),
        run,
        reference: row
            .as_ref()
            .map_or_else(|| format!("project {run}"), |r| r.reference.clone()),
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

/// Checks the log, and then what stands around it.
pub fn check(logged: &Logged) -> Finding {
    let name = &logged.stored.reference;
    let Some(row) = &logged.run else {
        let sentence = format!("The row of {name} is missing, although there are traces of it.");
        return Finding::Tampered {
            seq: None,
            sentence,
        };
    };
    let found = verify(&logged.stored);
    if !matches!(found, Finding::Good { .. }) {
        return found;
    }
    let beside = logged.rows.iter().find(|row| !agrees(row));
    if let Some(entry) = beside {
        let sentence = format!(
            "What stands beside entry {} of {name} was changed.",
            entry.seq
        );
        return Finding::Tampered {
            seq: Some(entry.seq),
            sentence,
        };
    }
    if !lists_agree(row) {
        let sentence = format!("What lists show of {name} was changed: its entries say otherwise.");
        return Finding::Tampered {
            seq: None,
            sentence,
        };
    }
    if logged.answered > row.version {
        let missing = row.version + 1;
        let sentence = format!(
            "Entry {missing} of {name} is missing: its sender was told of version {}.",
            logged.answered
        );
        return Finding::Tampered {
            seq: Some(missing),
            sentence,
        };
    }
    found
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
