//! A run as JSON Lines, to be checked offline: `audit export` writes it, `audit verify` reads it.
//!
//! First a line with what the run is and its head, then the entries exactly as they are stored (as
//! strings, so that nothing is written anew), the texts, and the snapshot. Several runs follow one
//! another. Names of people are not in it; texts that can be erased are.

use serde::{Deserialize, Serialize};

use super::payload::Payload;
use super::verify::{Log, Snapshot, Stored};
use crate::core::names::{AllianceId, RunId};

/// Version of the shape of an export.
pub const EXPORT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Run {
        export: u32,
        alliance: AllianceId,
        run: RunId,
        reference: String,
        version: u64,
        head: String,
    },
    Entry {
        seq: u64,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hash: Option<String>,
    },
    Payload {
        payload: Payload,
    },
    Snapshot {
        fold: u32,
        text: String,
    },
}

/// Why a file is no export; the line counts from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadExport {
    #[error("line {line} is no line of an export: {problem}")]
    Line { line: usize, problem: String },
    #[error("line {line} belongs to no project: an export begins with a line of the kind `run`")]
    NoRun { line: usize },
    #[error("this export is of version {0}; this release reads version {EXPORT}")]
    Version(u32),
    #[error("there is nothing in this export")]
    Empty,
}

/// The lines of one run, without line ends.
pub fn export_lines(log: &Log) -> Vec<String> {
    let head = Line::Run {
        export: EXPORT,
        alliance: log.alliance.clone(),
        run: log.run,
        reference: log.reference.clone(),
        version: log.version,
        head: log.head.clone(),
    };
    let entries = log.entries.iter().map(|stored| Line::Entry {
        seq: stored.seq,
        text: stored.text.clone(),
        hash: stored.hash.clone(),
    });
    let payloads = log.payloads.iter().map(|payload| Line::Payload {
        payload: payload.clone(),
    });
    let snapshot = log.snapshot.iter().map(|snapshot| Line::Snapshot {
        fold: snapshot.fold,
        text: snapshot.text.clone(),
    });
    std::iter::once(head)
        .chain(entries)
        .chain(payloads)
        .chain(snapshot)
        .map(|line| super::chain::canonical(&line))
        .collect()
}

/// Reads all runs of an export; what it says is not believed yet, see `verify`.
pub fn read_bundle(text: &str) -> Result<Vec<Log>, BadExport> {
    let mut logs: Vec<Log> = Vec::new();
    let lines = text
        .lines()
        .zip(1..)
        .filter(|(text, _)| !text.trim().is_empty());
    for (text, line) in lines {
        let read: Line = serde_json::from_str(text).map_err(|error| BadExport::Line {
            line,
            problem: error.to_string(),
        })?;
        match read {
            Line::Run { export, .. } if export != EXPORT => {
                return Err(BadExport::Version(export));
            }
            Line::Run {
                alliance,
                run,
                reference,
                version,
                head,
                ..
            } => logs.push(Log {
                alliance,
                run,
                reference,
                version,
                head,
                entries: Vec::new(),
                snapshot: None,
                payloads: Vec::new(),
            }),
            more => add(logs.last_mut().ok_or(BadExport::NoRun { line })?, more),
        }
    }
    if logs.is_empty() {
        return Err(BadExport::Empty);
    }
    Ok(logs)
}

fn add(log: &mut Log, line: Line) {
    match line {
        Line::Entry { seq, text, hash } => log.entries.push(Stored { seq, text, hash }),
        Line::Payload { payload } => log.payloads.push(payload),
        Line::Snapshot { fold, text } => log.snapshot = Some(Snapshot { fold, text }),
        Line::Run { .. } => {}
    }
}
