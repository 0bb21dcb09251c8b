//! Checks the log of one run against itself: links, texts, snapshot. Names the first bad entry.
//!
//! Pure: stored bytes come in, one finding goes out. Every link is checked, each entry is hashed as
//! it is stored, and the state is folded again. What this cannot see is a log that was rewritten as
//! a whole with its head; that is what copies outside are for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::chain::{self, GENESIS};
use super::payload::{Commitment, Payload, commitments};
use crate::core::names::{AllianceId, RunId};
use crate::core::run::entry::{Entry, FORMAT};
use crate::core::run::event::Event;
use crate::core::run::evolve::fold;
use crate::core::run::state::{FOLD, Run};

/// One run as it is stored, or as it was exported.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub alliance: AllianceId,
    pub run: RunId,
    /// `DLP-2026-014`, for the sentence.
    pub reference: String,
    /// The bytes of each entry, as stored, in the order of their numbers.
    pub entries: Vec<(u64, String)>,
    pub payloads: Vec<Payload>,
    /// What the run's row says: number and hash of its last entry.
    pub version: u64,
    pub head: String,
    /// The snapshot and the version of the fold that made it; an export has none.
    pub snapshot: Option<(u32, String)>,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum Finding {
    Good {
        entries: u64,
        /// Texts that were erased, with the erasure in the log.
        erased: u64,
    },
    Tampered {
        /// The first bad entry; none where it is not about a single one.
        seq: Option<u64>,
        sentence: String,
    },
    /// Written by a release that this one does not know.
    CannotCheck { sentence: String },
}

/// Checks one run.
pub fn verify(stored: &Stored) -> Finding {
    match check(stored) {
        Ok(finding) | Err(finding) => finding,
    }
}

fn check(stored: &Stored) -> Result<Finding, Finding> {
    let entries = check_chain(stored)?;
    let erased = check_texts(stored, &entries)?;
    check_snapshot(stored, &entries)?;
    Ok(Finding::Good {
        entries: entries.len() as u64,
        erased,
    })
}

/// Numbers without a gap, each naming the hash of the one before, the last one the run's head.
fn check_chain(stored: &Stored) -> Result<Vec<Entry>, Finding> {
    let name = &stored.reference;
    let mut entries: Vec<Entry> = Vec::with_capacity(stored.entries.len());
    let mut prev = GENESIS.to_owned();
    for (at, (seq, body)) in stored.entries.iter().enumerate() {
        let wanted = at as u64 + 1;
        if *seq != wanted {
            return Err(tampered(
                wanted,
                format!("Entry {wanted} of {name} is missing."),
            ));
        }
        let entry = read(stored, wanted, body)?;
        if entry.prev != prev {
            return Err(broken_link(name, wanted, &entries));
        }
        prev = chain::hash(body);
        entries.push(entry);
    }
    let last = entries.len() as u64;
    if last < stored.version {
        let missing = last + 1;
        return Err(tampered(
            missing,
            format!("Entry {missing} of {name} is missing."),
        ));
    }
    if last > stored.version {
        let extra = stored.version + 1;
        let sentence = format!("Entry {extra} of {name} was added outside Alongside.");
        return Err(tampered(extra, sentence));
    }
    if prev != stored.head {
        return Err(changed(name, last));
    }
    Ok(entries)
}

/// The bytes of an entry, in their canonical form and of this run.
fn read(stored: &Stored, seq: u64, body: &str) -> Result<Entry, Finding> {
    let name = &stored.reference;
    let value: Value = serde_json::from_str(body).map_err(|_| changed(name, seq))?;
    let format = value.get("format").and_then(Value::as_u64);
    if format.is_some_and(|format| format > u64::from(FORMAT)) {
        let sentence =
            format!("Entry {seq} of {name} was written by a newer Alongside. Update, then verify.");
        return Err(Finding::CannotCheck { sentence });
    }
    if chain::canonical(&value) != body {
        return Err(changed(name, seq));
    }
    let entry: Entry = serde_json::from_value(value).map_err(|_| changed(name, seq))?;
    let same = entry.alliance == stored.alliance && entry.run == stored.run && entry.seq == seq;
    if same {
        Ok(entry)
    } else {
        Err(changed(name, seq))
    }
}

/// An entry that does not name the one before: that one was changed, or the order was.
fn broken_link(name: &str, seq: u64, before: &[Entry]) -> Finding {
    match before.last() {
        Some(entry) => changed(name, entry.seq),
        None => changed(name, seq),
    }
}

fn changed(name: &str, seq: u64) -> Finding {
    tampered(
        seq,
        format!("Entry {seq} of {name} was changed after it was written."),
    )
}

fn tampered(seq: u64, sentence: String) -> Finding {
    Finding::Tampered {
        seq: Some(seq),
        sentence,
    }
}

/// Every text that the log commits to is there and genuine, unless a later entry erased it.
fn check_texts(stored: &Stored, entries: &[Entry]) -> Result<u64, Finding> {
    let name = &stored.reference;
    let erased: BTreeMap<&Commitment, u64> = entries
        .iter()
        .flat_map(|entry| {
            let erased = entry.events.iter().filter_map(Event::erased);
            erased.map(move |commitments| (entry.seq, commitments))
        })
        .flat_map(|(seq, commitments)| commitments.iter().map(move |c| (c, seq)))
        .collect();
    let kept: BTreeMap<&Commitment, &Payload> = stored
        .payloads
        .iter()
        .map(|payload| (&payload.commitment, payload))
        .collect();
    let mut named: BTreeSet<Commitment> = BTreeSet::new();
    for (entry, (seq, body)) in entries.iter().zip(&stored.entries) {
        for commitment in commitments_of(entry, body) {
            let fresh = named.insert(commitment.clone());
            match (kept.get(&commitment), erased.get(&commitment)) {
                (Some(payload), None) if payload.is_genuine() => {}
                (Some(_), None) => {
                    let sentence = format!(
                        "A text of entry {seq} of {name} was changed after it was written."
                    );
                    return Err(tampered(*seq, sentence));
                }
                (None, Some(_)) => {}
                (Some(_), Some(at)) => {
                    let sentence = format!(
                        "A text of entry {seq} of {name} is still there although entry {at} \
                         erased it."
                    );
                    return Err(tampered(*seq, sentence));
                }
                (None, None) if fresh => {
                    let sentence = format!(
                        "A text of entry {seq} of {name} is missing, and no erasure is in the log."
                    );
                    return Err(tampered(*seq, sentence));
                }
                (None, None) => {}
            }
        }
    }
    Ok(erased
        .keys()
        .filter(|commitment| named.contains(**commitment))
        .count() as u64)
}

/// The commitments that an entry makes; an erasure only names those of others.
fn commitments_of(entry: &Entry, body: &str) -> BTreeSet<Commitment> {
    let mut found = BTreeSet::new();
    let Ok(mut value) = serde_json::from_str::<Value>(body) else {
        return found;
    };
    let is_erasure: Vec<bool> = entry
        .events
        .iter()
        .map(|event| event.erased().is_some())
        .collect();
    if is_erasure.contains(&true)
        && let Some(events) = value["events"].as_array_mut()
    {
        let mut each = is_erasure.into_iter();
        events.retain(|_| !each.next().unwrap_or_default());
    }
    commitments(&value, &mut found);
    found
}

fn folded(stored: &Stored, entries: &[Entry]) -> Run {
    let unborn = Run::unborn(stored.alliance.clone(), stored.run);
    entries.iter().fold(unborn, fold)
}

/// What the entries make of the run; nothing if one cannot be read.
pub fn state_of(stored: &Stored) -> Option<Run> {
    let entries = stored.entries.iter();
    let entries = entries.map(|(_, body)| serde_json::from_str(body));
    let entries: Vec<Entry> = entries.collect::<Result<_, _>>().ok()?;
    Some(folded(stored, &entries))
}

/// The fold of the entries is the snapshot.
fn check_snapshot(stored: &Stored, entries: &[Entry]) -> Result<(), Finding> {
    let Some((version, text)) = &stored.snapshot else {
        return Ok(());
    };
    if (1..FOLD).contains(version) {
        // Of an earlier fold; it is made anew when the run is next touched.
        return Ok(());
    }
    if *version > FOLD {
        let name = &stored.reference;
        let sentence =
            format!("The state of {name} was written by a newer Alongside. Update, then verify.");
        return Err(Finding::CannotCheck { sentence });
    }
    let state = folded(stored, entries);
    // Its keys may stand in any order; apart from that every byte counts.
    let is_as_written =
        |held: &Value| serde_json::to_string(held).is_ok_and(|written| written == *text);
    let held = serde_json::from_str::<Value>(text).ok();
    let held = held
        .filter(is_as_written)
        .map(|held| chain::canonical(&held));
    if held.is_some_and(|held| held == chain::canonical(&state)) {
        return Ok(());
    }
    let sentence = format!(
        "The state of {} was changed: it is not what its entries make.",
        stored.reference
    );
    Err(Finding::Tampered {
        seq: None,
        sentence,
    })
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
