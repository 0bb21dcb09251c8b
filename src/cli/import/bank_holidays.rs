//! `import bank-holidays FILE`: the list of GOV.UK, over the one that is known.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::super::desk::Desk;
use super::super::{Done, Global};
use super::recount;
use crate::core::time::say_date;
use crate::engine::almanac::BANK_HOLIDAYS;
use crate::import::{Proposal, plan_bank_holidays};

/// Renew the list of bank holidays from GOV.UK's file (bank-holidays.json)
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alongside import bank-holidays bank-holidays.json --dry-run\n  curl -s https://www.gov.uk/bank-holidays.json | alongside import bank-holidays -\n\nThe program comes with the list up to 2027. A file that is not whole is refused and the list that\nis known stays; years before those of the file stay too."
)]
pub struct BankHolidays {
    /// The file as GOV.UK publishes it; `-` reads standard input
    file: PathBuf,
}

impl BankHolidays {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let bytes = if self.file == Path::new("-") {
            let mut bytes = Vec::new();
            // One byte more than is read as a list, so that a larger one is found to be so.
            let mut input = std::io::stdin().take(1024 * 1024 + 1);
            input
                .read_to_end(&mut bytes)
                .context("standard input cannot be read")?;
            bytes
        } else {
            super::read(&self.file)?
        };
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let known = desk.engine.almanac(&alliance).await?;
        let Proposal { plan, mut report } = plan_bank_holidays(&bytes, &known.almanac.holidays);
        let changes = !report.changes_nothing();
        let scoped = desk.engine.store.of(&alliance);
        if let Some(renewed) = plan {
            if changes {
                report.say_further(recount::say(&scoped, desk.dry_run).await?);
            }
            if !desk.dry_run {
                if changes {
                    let text = serde_json::to_string(&renewed)?;
                    let change = BTreeMap::from([(BANK_HOLIDAYS.to_owned(), Some(text))]);
                    let at = desk.engine.clock.now();
                    let because = format!(
                        "The list of bank holidays was renewed on {}.",
                        say_date(at.date())
                    );
                    let seen = known.revision;
                    scoped.keep_calendars(seen, &change, &because, at).await?;
                    desk.do_what_is_due().await?;
                }
                report = report.applied();
            }
        }
        super::show(global, &report)
    }
}
