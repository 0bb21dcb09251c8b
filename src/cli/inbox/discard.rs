//! `inbox discard`: nobody wants it any more. Its text goes, the record of it and the reason stay.

use clap::Args;

use super::super::consent::Consent;
use super::super::desk::Desk;
use super::super::{Done, Global};
use super::{Found, Which};
use crate::engine::DISCARDED;
use crate::store::{Error, InboxState};

/// Take a parked or quarantined message out for good
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside inbox discard 4f1c22 --reason \"a test of the portal\" --yes\n\nThe sender is told, where the message says who that is."
)]
pub struct Discard {
    #[command(flatten)]
    which: Which,
    /// Why: it is kept and told to the sender, so name nobody
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    consent: Consent,
}

impl Discard {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let reason = self.reason.trim();
        if reason.is_empty() || reason.chars().any(char::is_control) {
            eprintln!("alongside: --reason needs a few words on one line");
            return Ok(Done::Unknown);
        }
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let Some(found) = self.which.find(&desk, &alliance).await? else {
            return Ok(Done::Refused);
        };
        if let Found::Message(row) = &found
            && !matches!(row.state, InboxState::Parked | InboxState::Quarantined)
        {
            eprintln!("alongside: it was decided already: there is nothing to discard");
            return Ok(Done::Refused);
        }
        if desk.dry_run {
            println!("This would discard the message.");
            return Ok(Done::Well);
        }
        if !self
            .consent
            .is_given("This discards the message for good.")?
        {
            return Ok(Done::Unknown);
        }
        match &found {
            Found::Message(row) => match desk.engine.discard(&alliance, row, reason).await {
                Err(crate::engine::Error::Store(Error::Conflict { .. })) => {
                    eprintln!("alongside: it was decided meanwhile: there is nothing to discard");
                    return Ok(Done::Refused);
                }
                result => result?,
            },
            Found::Raw(owner, row) => {
                let words = format!("An operator has discarded it: {reason}");
                desk.engine
                    .store
                    .of(owner)
                    .set_aside(&row.sha256, DISCARDED, &words)
                    .await?;
            }
        }
        desk.do_what_is_due().await?;
        println!("Discarded. `alongside inbox list --state discarded` shows it.");
        Ok(Done::Well)
    }
}
