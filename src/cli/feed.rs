//! `feed FILE.jsonl|-`: the messages that a portal would send, by hand.

use std::io::Read;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::desk::Desk;
use super::{Done, Global};
use crate::core::message::Fault;
use crate::engine::Handled;

/// Send messages by hand: one message per line, as a portal sends them over the broker
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside feed messages.jsonl\n  alongside feed - < messages.jsonl"
)]
pub struct Feed {
    /// A file with one message per line, or - for standard input
    file: String,
}

impl Feed {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let text = self.read()?;
        let desk = Desk::open(global).await?;
        let mut done = Done::Well;
        for (number, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let (outcome, code, reason) = feed(&desk, line.as_bytes()).await?;
            if !matches!(outcome, "applied" | "parked" | "duplicate") {
                done = Done::Refused;
            }
            if desk.json {
                let line = number + 1;
                println!(
                    "{}",
                    json!({"line": line, "outcome": outcome, "code": code, "reason": reason})
                );
            } else {
                println!("line {}: {outcome}. {reason}", number + 1);
            }
        }
        desk.do_what_is_due().await?;
        Ok(done)
    }

    fn read(&self) -> anyhow::Result<String> {
        if self.file == "-" {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("standard input is not UTF-8")?;
            return Ok(text);
        }
        std::fs::read_to_string(&self.file).with_context(|| format!("{} cannot be read", self.file))
    }
}

type Answered = (&'static str, Option<String>, String);

async fn feed(desk: &Desk, line: &[u8]) -> anyhow::Result<Answered> {
    let incoming = match desk.engine.open_by_hand(line) {
        Ok(incoming) => incoming,
        Err(rejected) => {
            let (code, reason) = (rejected.unreadable.code, rejected.unreadable.reason.clone());
            desk.engine.quarantine(&rejected).await?;
            return Ok(quarantined(code, reason));
        }
    };
    let alliance = incoming.envelope.alliance.clone();
    let mut handled = desk.engine.handle(&alliance, vec![incoming]).await?;
    let handled = handled.pop().context("the engine gave no answer")?;
    Ok(match handled {
        Handled::Applied {
            entry, reference, ..
        } => (
            "applied",
            None,
            format!("{reference} is at version {}.", entry.seq),
        ),
        Handled::Refused(refusal) => (
            "rejected",
            Some(super::output::word(&refusal.code)),
            refusal.reason,
        ),
        Handled::Parked { not_yet, .. } => (
            "parked",
            Some(super::output::word(&not_yet.code)),
            not_yet.reason,
        ),
        Handled::Duplicate { .. } => (
            "duplicate",
            None,
            "It came before; nothing happened now.".to_owned(),
        ),
        Handled::Quarantined { code, reason } => quarantined(code, reason),
    })
}

fn quarantined(code: Fault, reason: String) -> Answered {
    ("quarantined", Some(code.code()), reason)
}
