//! Checks one run offline: its chain, its payloads, its snapshot. Names the first bad entry.
//!
//! Nothing is written anew in order to check it: stored bytes are hashed as they are stored. What
//! this release cannot read (a later format or fold) is said to be unreadable, never good. Whether
//! a whole chain was rewritten shows only against a seal, which is not here.

use std::collections::{BTreeMap, BTreeSet};

use super::chain;
use super::payload::{Commitment, Payload, commitments};
use crate::core::names::{AllianceId, RunId};
use crate::core::run::entry::{Entry, FORMAT};
use crate::core::run::event::Event;
use crate::core::run::evolve::fold;
use crate::core::run::state::{FOLD, Run};

/// One run as it lies in a store or in an export.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    pub alliance: AllianceId,
    pub run: RunId,
    /// For sentences: `DLP-2026-014`.
    pub reference: String,
    /// Version of the run row: the number of its last entry.
    pub version: u64,
    /// SHA-256 of the last entry, as the run row has it.
    pub head: String,
    pub entries: Vec<Stored>,
    pub snapshot: Option<Snapshot>,
    pub payloads: Vec<Payload>,
}

/// One entry row: the number, the bytes, and their hash as it was written beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub seq: u64,
    pub text: String,
    pub hash: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub fold: u32,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Verified {
        entries: u64,
        /// Texts that were erased, with an entry that says so.
        erased: usize,
    },
    /// `sentence` names the first bad entry, or the payload or snapshot that does not fit.
    Tampered {
        run: RunId,
        seq: Option<u64>,
        sentence: String,
    },
    /// Could not be checked: written by another release.
    Unreadable { run: RunId, sentence: String },
}

/// Checks a whole run; the first thing wrong is the answer.
pub fn verify(log: &Log) -> Finding {
    let checked = read_chain(log).and_then(|entries| {
        let erased = check_payloads(log, &entries)?;
        check_snapshot(log, &entries)?;
        Ok((entries.len(), erased))
    });
    match checked {
        Ok((entries, erased)) => Finding::Verified {
            entries: u64::try_from(entries).unwrap_or(u64::MAX),
            erased,
        },
        Err(finding) => finding,
    }
}

/// Every link: numbers without a gap, `prev` the hash of the bytes before, ids of this run.
fn read_chain(log: &Log) -> Result<Vec<Entry>, Finding> {
    let mut read: Vec<Entry> = Vec::new();
    let mut head = chain::GENESIS.to_owned();
    for (at, stored) in log.entries.iter().enumerate() {
        let seq = u64::try_from(at).unwrap_or(u64::MAX) + 1;
        if stored.seq != seq {
            return Err(log.gap(seq, stored.seq));
        }
        let entry = read_entry(log, stored)?;
        if let Some(sentence) = misplaced(log, &entry, seq) {
            return Err(log.tampered(Some(seq), sentence));
        }
        if entry.prev != head {
            return Err(log.broken_link(seq, &entry));
        }
        let hash = chain::hash(&stored.text);
        if stored.hash.as_ref().is_some_and(|written| *written != hash) {
            return Err(log.changed(seq));
        }
        head = hash;
        read.push(entry);
    }
    let last = u64::try_from(read.len()).unwrap_or(u64::MAX);
    if last < log.version {
        let said = format!(
            "entry {} of {} is missing: the log ends at {last}, the project is at {}",
            last + 1,
            log.reference,
            log.version
        );
        return Err(log.tampered(Some(last + 1), said));
    }
    if last > log.version {
        let said = format!(
            "entry {} of {} was added behind the project's back: it is at {}",
            log.version + 1,
            log.reference,
            log.version
        );
        return Err(log.tampered(Some(log.version + 1), said));
    }
    if head != log.head {
        return Err(log.changed(last));
    }
    Ok(read)
}

/// The bytes of an entry as an entry: canonical, and of a format that this release knows.
fn read_entry(log: &Log, stored: &Stored) -> Result<Entry, Finding> {
    let seq = stored.seq;
    let Ok(value) = serde_json::from_str::<serde_json::Value>(&stored.text) else {
        return Err(log.changed(seq));
    };
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    if format.is_some_and(|format| format > u64::from(FORMAT)) {
        return Err(Finding::Unreadable {
            run: log.run,
            sentence: format!(
                "entry {seq} of {} is of format {}; this release reads up to {FORMAT}",
                log.reference,
                format.unwrap_or_default()
            ),
        });
    }
    let canonical = chain::canonical(&value) == stored.text;
    match serde_json::from_value::<Entry>(value) {
        Ok(entry) if canonical && entry.format == FORMAT => Ok(entry),
        _ => Err(log.changed(seq)),
    }
}

fn misplaced(log: &Log, entry: &Entry, seq: u64) -> Option<String> {
    let reference = &log.reference;
    if entry.run != log.run || entry.alliance != log.alliance {
        return Some(format!(
            "entry {seq} of {reference} belongs to another project"
        ));
    }
    (entry.seq != seq).then(|| {
        format!(
            "entry {seq} of {reference} is in the wrong place: it says that it is number {}",
            entry.seq
        )
    })
}

/// Every commitment has its genuine text, or an entry that says it was erased and no text.
fn check_payloads(log: &Log, entries: &[Entry]) -> Result<usize, Finding> {
    let held: BTreeMap<&Commitment, &Payload> =
        log.payloads.iter().map(|p| (&p.commitment, p)).collect();
    let mut erased: BTreeSet<&Commitment> = BTreeSet::new();
    for event in entries.iter().flat_map(|entry| &entry.events) {
        if let Event::PersonErased { commitments, .. } = event {
            erased.extend(commitments);
        }
    }
    let mut known = BTreeSet::new();
    for entry in entries {
        let value = serde_json::to_value(&entry.events).unwrap_or_default();
        let mut named = BTreeSet::new();
        commitments(&value, &mut named);
        for commitment in &named {
            let wrong = match held.get(commitment) {
                Some(_) if erased.contains(commitment) => {
                    Some("is still there although the log says that it was erased")
                }
                Some(payload) if !payload.is_genuine() => Some("was changed after it was written"),
                None if !erased.contains(commitment) => {
                    Some("was deleted without an entry that says so")
                }
                _ => None,
            };
            if let Some(wrong) = wrong {
                let said = format!("a text of entry {} of {} {wrong}", entry.seq, log.reference);
                return Err(log.tampered(Some(entry.seq), said));
            }
        }
        known.extend(named);
    }
    if let Some(stray) = held.keys().find(|commitment| !known.contains(**commitment)) {
        let said = format!(
            "{} holds a text that no entry names (commitment {}…)",
            log.reference,
            &stray.commitment.chars().take(12).collect::<String>()
        );
        return Err(log.tampered(None, said));
    }
    Ok(erased.len())
}

/// The fold of all entries is what the snapshot says.
fn check_snapshot(log: &Log, entries: &[Entry]) -> Result<(), Finding> {
    let Some(snapshot) = &log.snapshot else {
        return Ok(());
    };
    if snapshot.fold != FOLD {
        let sentence = format!(
            "the snapshot of {} is of fold {}; this release folds by {FOLD}. Rebuild it first",
            log.reference, snapshot.fold
        );
        let run = log.run;
        return Err(Finding::Unreadable { run, sentence });
    }
    let unborn = Run::unborn(log.alliance.clone(), log.run);
    let folded = entries.iter().fold(unborn, fold);
    if chain::canonical(&folded) == snapshot.text {
        return Ok(());
    }
    let said = format!(
        "the state of {} is not what its {} entries make: the snapshot was changed",
        log.reference,
        entries.len()
    );
    Err(log.tampered(None, said))
}

impl Log {
    fn tampered(&self, seq: Option<u64>, sentence: String) -> Finding {
        let run = self.run;
        Finding::Tampered { run, seq, sentence }
    }

    fn changed(&self, seq: u64) -> Finding {
        let said = format!(
            "entry {seq} of {} was changed after it was written",
            self.reference
        );
        self.tampered(Some(seq), said)
    }

    fn gap(&self, seq: u64, found: u64) -> Finding {
        let said = if found > seq {
            format!("entry {seq} of {} is missing", self.reference)
        } else {
            format!("entry {found} of {} stands there twice", self.reference)
        };
        self.tampered(Some(seq.min(found)), said)
    }

    /// `prev` does not fit: if what comes after vouches for this entry, the one before was
    /// changed, else this one.
    fn broken_link(&self, seq: u64, entry: &Entry) -> Finding {
        let row = usize::try_from(entry.seq).unwrap_or(usize::MAX);
        let own = self
            .entries
            .get(row - 1)
            .map(|stored| chain::hash(&stored.text));
        let after = match self.entries.get(row) {
            Some(next) => serde_json::from_str::<Entry>(&next.text)
                .ok()
                .map(|next| next.prev),
            None => Some(self.head.clone()),
        };
        let vouched = seq > 1 && own.is_some() && own == after;
        self.changed(if vouched { seq - 1 } else { seq })
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
