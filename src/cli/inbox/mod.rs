//! `inbox list|show|retry|discard`: messages that wait, were refused or were put aside.
//!
//! A message with an id is named by it; one without is named by the beginning of its SHA-256.
//! Those of which not even the alliance is known are shown in every alliance: somebody must look.

mod discard;
mod list;
mod retry;
mod show;

use clap::{Args, Subcommand};

use super::desk::Desk;
use super::{Done, Global};
use crate::core::names::AllianceId;
use crate::store::{InboxRow, QuarantineRow, nobody};

/// Messages that came in and wait, were refused, or cannot be used as they are
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside inbox list --state quarantined\n  alongside inbox show 4f1c22\n  alongside inbox retry 4f1c22\n  alongside inbox discard 4f1c22 --reason \"sent by mistake\""
)]
pub struct Inbox {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(list::List),
    Show(show::Show),
    Retry(retry::Retry),
    Discard(discard::Discard),
}

impl Inbox {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        match self.what {
            What::List(list) => list.run(global).await,
            What::Show(show) => show.run(global).await,
            What::Retry(retry) => retry.run(global).await,
            What::Discard(discard) => discard.run(global).await,
        }
    }
}

/// Which message is meant.
#[derive(Debug, Args)]
struct Which {
    /// The message's id, or the beginning of its SHA-256 where it has none
    #[arg(value_name = "ID|SHA")]
    named: String,
    /// Whose id it is, where several sources have used it
    #[arg(long, value_name = "URI")]
    source: Option<String>,
}

/// A message that was found.
enum Found {
    Message(Box<InboxRow>),
    /// Without a usable id, and whose it is.
    Raw(AllianceId, Box<QuarantineRow>),
}

impl Which {
    /// The message, or nothing once it has been said why not.
    async fn find(&self, desk: &Desk, alliance: &AllianceId) -> anyhow::Result<Option<Found>> {
        let scoped = desk.engine.store.of(alliance);
        let mut rows = scoped.find_messages(&self.named).await?;
        if let Some(source) = &self.source {
            rows.retain(|row| row.source == *source);
        }
        if rows.len() > 1 {
            let sources: Vec<&str> = rows.iter().map(|row| row.source.as_str()).collect();
            eprintln!(
                "alongside: {} sources have used this id. Say which with --source: {}",
                rows.len(),
                sources.join(", ")
            );
            return Ok(None);
        }
        if let Some(row) = rows.pop() {
            return Ok(Some(Found::Message(Box::new(row))));
        }
        for owner in [alliance.clone(), nobody()] {
            let found = desk
                .engine
                .store
                .of(&owner)
                .find_quarantined(&self.named)
                .await?;
            if let Some(row) = found {
                return Ok(Some(Found::Raw(owner, Box::new(row))));
            }
        }
        eprintln!(
            "alongside: no message has the id `{0}`, and not exactly one in quarantine has a \
             SHA-256 that begins so. See `alongside inbox list`",
            self.named.escape_debug()
        );
        Ok(None)
    }
}

/// Text from outside as it can be shown on a terminal: without control characters.
fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}
