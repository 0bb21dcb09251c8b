//! The log of a run as the database has it, made ready to be checked or exported.
//!
//! Beside what the log says of itself it is compared with what stands around it: the columns of
//! its rows, the lists, and the answers that senders were given.

use std::sync::Arc;

use crate::core::audit::verify::{Finding, Stored, state_of, verify};
use crate::core::definition::Bundle;
use crate::core::definition::workflow::Workflow;
use crate::core::names::{AllianceId, RunId};
use crate::core::run::entry::Entry;
use crate::core::run::state::Run;
use crate::engine::{Library, snapshot};
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
pub async fn check(store: &Store, library: &Library, logged: &Logged) -> anyhow::Result<Finding> {
    let found = check_log(logged);
    let (Finding::Good { .. }, Some(row)) = (&found, &logged.run) else {
        return Ok(found);
    };
    let stands = check_lists(store, library, &logged.stored, row).await?;
    Ok(stands.unwrap_or(found))
}

fn check_log(logged: &Logged) -> Finding {
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

/// What is wrong with what lists show: every column is what the entries make of it. The state itself
/// was looked at before.
async fn check_lists(
    store: &Store,
    library: &Library,
    stored: &Stored,
    row: &RunRow,
) -> anyhow::Result<Option<Finding>> {
    let name = &stored.reference;
    let tampered = |sentence| Finding::Tampered {
        seq: None,
        sentence,
    };
    let run = state_of(stored);
    let scoped = store.of(&stored.alliance);
    Ok(
        match (
            run.as_ref(),
            kept_definition(&scoped, library, run.as_ref()).await?,
        ) {
            (Some(run), Definition::Kept(workflow)) if agree(run, row, &workflow) => None,
            (_, Definition::Kept(_)) => Some(tampered(format!(
                "What lists show of {name} was changed: its entries say otherwise."
            ))),
            (_, Definition::Changed) => Some(tampered(format!(
                "The definition that {name} follows is not the one it began with."
            ))),
            (_, Definition::Unreadable) => Some(Finding::CannotCheck {
                sentence: format!(
                    "The definition that {name} follows was kept as it was, and cannot be read by \
                 this release of Alongside."
                ),
            }),
        },
    )
}

/// The definition that a run says it follows.
enum Definition {
    Kept(Arc<Workflow>),
    /// Another text stands in its place, or none.
    Changed,
    /// The text is the same, and this release cannot read it.
    Unreadable,
}

/// The hash of its text stands in the entries.
async fn kept_definition(
    scoped: &Scoped,
    library: &Library,
    run: Option<&Run>,
) -> anyhow::Result<Definition> {
    let Some(follows) = run.and_then(|run| run.workflow.as_ref()) else {
        return Ok(Definition::Changed);
    };
    let kept = scoped.find_workflow(&follows.name, follows.version).await?;
    let bundle = kept.and_then(|row| Bundle::from_json(&row.bundle).ok());
    let Some(bundle) = bundle.filter(|bundle| bundle.hash() == follows.hash) else {
        return Ok(Definition::Changed);
    };
    let read = library.read_tested(&bundle);
    Ok(read.map_or(Definition::Unreadable, Definition::Kept))
}

fn agree(run: &Run, row: &RunRow, workflow: &Workflow) -> bool {
    let made = snapshot(workflow, run, row.head.clone());
    let RunRow { fold, state, .. } = row.clone();
    // In which stage a state is, the release decides that made the snapshot.
    let stage = if fold == made.fold {
        made.stage.clone()
    } else {
        row.stage.clone()
    };
    *row == RunRow {
        stage,
        fold,
        state,
        ..made
    }
}
