//! `inbox retry`: a message through the engine once more, after what was in its way is mended.

use clap::Args;
use serde_json::json;

use super::super::desk::Desk;
use super::super::{Done, Global, output};
use super::{Found, Which, printable};
use crate::core::time::say_moment;
use crate::engine::Handled;

/// Try a parked or quarantined message again
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside inbox retry need-4711\n  alongside inbox retry 4f1c22\n\nA message that was parked is tried by itself when its project moves; one in quarantine never is."
)]
pub struct Retry {
    #[command(flatten)]
    which: Which,
}

impl Retry {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let Some(found) = self.which.find(&desk, &alliance).await? else {
            return Ok(Done::Refused);
        };
        if desk.dry_run {
            println!("This would try the message again.");
            return Ok(Done::Well);
        }
        let engine = &desk.engine;
        let result = match &found {
            Found::Message(row) => engine.drive_again(&alliance, row).await?,
            Found::Raw(owner, row) => engine.let_in_again(owner, row).await?,
        };
        desk.do_what_is_due().await?;
        let (outcome, text) = match result {
            Err(reason) => ("refused", reason),
            Ok(handled) => tell(handled),
        };
        if desk.json {
            output::print_json(&json!({"outcome": outcome, "reason": text}))?;
        } else {
            println!("{outcome}. {}", printable(&text));
        }
        let well = matches!(outcome, "applied" | "duplicate");
        Ok(if well { Done::Well } else { Done::Refused })
    }
}

fn tell(handled: Handled) -> (&'static str, String) {
    match handled {
        Handled::Applied {
            entry, reference, ..
        } => (
            "applied",
            format!("{reference} is at version {}.", entry.seq),
        ),
        Handled::Refused(refusal) => ("rejected", refusal.reason),
        Handled::Parked { not_yet, until } => (
            "parked",
            format!("{} It waits until {}.", not_yet.reason, say_moment(until)),
        ),
        Handled::Duplicate { .. } => (
            "duplicate",
            "It had been handled already; nothing happened now.".to_owned(),
        ),
        Handled::Quarantined { reason, .. } => ("quarantined", reason),
    }
}
