//! The log as a file that anybody can check without the database: JSON Lines.
//!
//! For each run a line that names it, then its entries in their exact bytes as text, then its texts
//! with their salts. A truncated or foreign file cannot be checked, which is not the same as
//! tampered.

use serde::{Deserialize, Serialize};

use super::payload::Payload;
use super::verify::Stored;
use crate::core::names::{AllianceId, RunId};

/// Version of the shape of the file.
const FORMAT: u32 = 1;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Run {
        format: u32,
        alliance: AllianceId,
        id: RunId,
        reference: String,
        /// How many entries follow, and the hash of the last one.
        version: u64,
        head: String,
        /// How many texts follow.
        texts: u64,
    },
    Entry {
        seq: u64,
        bytes: String,
    },
    Text(Payload),
}

/// A file that is no export, or not all of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BadExport {
    pub line: usize,
    pub what: String,
}

/// The lines of one run.
pub fn write(stored: &Stored) -> String {
    let head = Line::Run {
        format: FORMAT,
        alliance: stored.alliance.clone(),
        id: stored.run,
        reference: stored.reference.clone(),
        version: stored.version,
        head: stored.head.clone(),
        texts: stored.payloads.len() as u64,
    };
    let entries = stored.entries.iter();
    let entries = entries.map(|(seq, bytes)| Line::Entry {
        seq: *seq,
        bytes: bytes.clone(),
    });
    let texts = stored.payloads.iter().cloned().map(Line::Text);
    let mut file = String::new();
    for line in std::iter::once(head).chain(entries).chain(texts) {
        file.push_str(&super::chain::canonical(&line));
        file.push('\n');
    }
    file
}

/// All runs of a file. Whether they are good is for [`super::verify::verify`] to say.
pub fn read(file: &str) -> Result<Vec<Stored>, BadExport> {
    let mut runs: Vec<Stored> = Vec::new();
    let mut texts = 0;
    let bad = |line: usize, what: &str| BadExport {
        line: line + 1,
        what: what.to_owned(),
    };
    let mut last = 0;
    for (at, text) in file.lines().enumerate() {
        last = at;
        let line = serde_json::from_str(text)
            .map_err(|_| bad(at, "this is no line of an export of Alongside"))?;
        match (line, runs.last_mut()) {
            (Line::Run { format, .. }, _) if format > FORMAT => {
                return Err(bad(at, "this export was written by a newer Alongside"));
            }
            (
                Line::Run {
                    alliance,
                    id,
                    reference,
                    version,
                    head,
                    texts: number,
                    ..
                },
                _,
            ) => {
                if runs
                    .last()
                    .is_some_and(|run| run.payloads.len() as u64 != texts)
                {
                    return Err(bad(at, "the texts of the project before are not complete"));
                }
                texts = number;
                runs.push(Stored {
                    alliance,
                    run: id,
                    reference,
                    entries: Vec::new(),
                    payloads: Vec::new(),
                    version,
                    head,
                    snapshot: None,
                });
            }
            (_, None) => return Err(bad(at, "the line that names the project is missing")),
            (Line::Entry { seq, bytes }, Some(run)) => run.entries.push((seq, bytes)),
            (Line::Text(payload), Some(run)) => run.payloads.push(payload),
        }
    }
    match runs.last() {
        None => Err(bad(0, "the file is empty")),
        Some(run) if run.payloads.len() as u64 != texts => {
            Err(bad(last, "the file ends before its end: it was cut"))
        }
        Some(_) => Ok(runs),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stored() -> Stored {
        Stored {
            alliance: AllianceId("northshire".to_owned()),
            run: RunId(uuid::Uuid::from_u128(1)),
            reference: "DLP-2026-001".to_owned(),
            entries: vec![(1, "{\"a\":1}".to_owned())],
            payloads: vec![Payload::seal(json!("why"), [1; 32])],
            version: 1,
            head: "x".to_owned(),
            snapshot: None,
        }
    }

    #[test]
    fn an_export_survives_writing_and_reading() {
        let file = write(&stored()) + &write(&stored());
        assert_eq!(read(&file).unwrap(), vec![stored(), stored()]);
    }

    #[test]
    fn what_is_cut_or_foreign_cannot_be_read() {
        let file = write(&stored());
        let lines: Vec<&str> = file.lines().collect();
        let cases = [
            String::new(),
            lines[..2].join("\n"),
            lines[1..].join("\n"),
            "{\"something\":\"else\"}".to_owned(),
            format!("{}\n{}", lines[0], &lines[1][..8]),
        ];
        for file in cases {
            assert!(read(&file).is_err(), "{file}");
        }
    }
}
