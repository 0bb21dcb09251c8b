//! `feed FILE.jsonl|-`: the messages that a portal would send, by hand.
//!
//! Lines are bytes, as a broker hands them on: one that is not UTF-8 goes into quarantine, and those
//! beside it are read. A dry run decides them one after the other, each as if those before it had
//! been applied, and then forgets them all. What is sent to one alliance touches no other.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::desk::Desk;
use super::{Done, Global};
use crate::core::message::Fault;
use crate::core::names::AllianceId;
use crate::core::run::refusal::Code;
use crate::engine::{Handled, Incoming};

/// Send messages by hand: one message per line, as a portal sends them over the broker
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside feed messages.jsonl\n  alongside feed messages.jsonl --dry-run\n  alongside feed - < messages.jsonl"
)]
pub struct Feed {
    /// A file with one message per line, or - for standard input
    file: String,
}

impl Feed {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let bytes = self.read()?;
        let desk = Desk::open(global).await?;
        if desk.dry_run {
            return Box::pin(rehearse(&desk, &bytes)).await;
        }
        let mut done = Done::Well;
        for (number, line) in lines(&bytes) {
            let answered = feed(&desk, line).await?;
            if !answered.is_well() {
                done = Done::Refused;
            }
            say(&desk, number, &answered);
        }
        desk.do_what_is_due().await?;
        Ok(done)
    }

    fn read(&self) -> anyhow::Result<Vec<u8>> {
        if self.file == "-" {
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .context("standard input cannot be read")?;
            return Ok(bytes);
        }
        std::fs::read(&self.file).with_context(|| format!("{} cannot be read", self.file))
    }
}

/// The lines that hold something, by their numbers in the file.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let all = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let trimmed = all.map(|(number, line)| (number, line.trim_ascii()));
    trimmed.filter(|(_, line)| !line.is_empty())
}

/// What came of one message, or would come of it.
struct Answered {
    outcome: &'static str,
    code: Option<String>,
    reason: String,
}

impl Answered {
    fn new(outcome: &'static str, code: Option<String>, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            code,
            reason: reason.into(),
        }
    }

    fn quarantined(code: Fault, reason: String) -> Self {
        Self::new("quarantined", Some(code.code()), reason)
    }

    fn of(handled: Handled) -> Self {
        let word = |code: &Code| Some(super::output::word(code));
        match handled {
            Handled::Applied {
                entry, reference, ..
            } => {
                let reason = format!("{reference} is at version {}.", entry.seq);
                Self::new("applied", None, reason)
            }
            Handled::Refused(refusal) => Self::new("rejected", word(&refusal.code), refusal.reason),
            Handled::Parked { not_yet, .. } => {
                Self::new("parked", word(&not_yet.code), not_yet.reason)
            }
            Handled::Duplicate { .. } => {
                let reason = "It came before; nothing happened now.";
                Self::new("duplicate", None, reason)
            }
            Handled::Quarantined { code, reason } => Self::quarantined(code, reason),
        }
    }

    fn is_well(&self) -> bool {
        matches!(self.outcome, "applied" | "parked" | "duplicate")
    }
}

fn say(desk: &Desk, line: usize, answered: &Answered) {
    let Answered {
        outcome,
        code,
        reason,
    } = answered;
    if !desk.json {
        println!("line {line}: {outcome}. {reason}");
        return;
    }
    let mut said = json!({"line": line, "outcome": outcome, "code": code, "reason": reason});
    if desk.dry_run {
        said["dry_run"] = json!(true);
    }
    println!("{said}");
}

async fn feed(desk: &Desk, line: &[u8]) -> anyhow::Result<Answered> {
    let incoming = match desk.engine.open_by_hand(line) {
        Ok(incoming) => incoming,
        Err(rejected) => {
            let (code, reason) = (rejected.unreadable.code, rejected.unreadable.reason.clone());
            desk.engine.quarantine(&rejected).await?;
            return Ok(Answered::quarantined(code, reason));
        }
    };
    let alliance = incoming.envelope.alliance.clone();
    let mut handled = desk.engine.handle(&alliance, vec![incoming]).await?;
    let handled = handled.pop().context("the engine gave no answer")?;
    Ok(Answered::of(handled))
}

/// Says of each line what would come of it, in the order of the file.
async fn rehearse(desk: &Desk, bytes: &[u8]) -> anyhow::Result<Done> {
    let mut answers: BTreeMap<usize, Answered> = BTreeMap::new();
    let mut readable: BTreeMap<AllianceId, (Vec<usize>, Vec<Incoming>)> = BTreeMap::new();
    for (number, line) in lines(bytes) {
        match desk.engine.open_by_hand(line) {
            Ok(incoming) => {
                let alliance = incoming.envelope.alliance.clone();
                let (numbers, all) = readable.entry(alliance).or_default();
                numbers.push(number);
                all.push(incoming);
            }
            Err(rejected) => {
                let (code, reason) = (rejected.unreadable.code, rejected.unreadable.reason.clone());
                answers.insert(number, Answered::quarantined(code, reason));
            }
        }
    }
    for (alliance, (numbers, all)) in readable {
        let handled = desk.engine.rehearse_all(&alliance, &all).await?;
        let handled = handled.into_iter().map(Answered::of);
        answers.extend(numbers.into_iter().zip(handled));
    }
    if !desk.json {
        println!("Nothing is changed. Sent one after the other, the lines would end so:");
    }
    for (number, answered) in &answers {
        say(desk, *number, answered);
    }
    let well = answers.values().all(Answered::is_well);
    Ok(if well { Done::Well } else { Done::Refused })
}
