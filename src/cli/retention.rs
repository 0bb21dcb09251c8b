//! `alliance retention`: how long the texts of projects are kept after their end.

use clap::Args;
use serde_json::json;

use super::desk::Desk;
use super::{Done, Global, output};
use crate::core::retention::{MOST_YEARS, kept_from};
use crate::core::time::say_date;

/// The word for texts that are kept for good.
const FOR_GOOD: &str = "for-good";

/// Show or set how long the texts of a project are kept after its end
///
/// What people wrote goes when that many school years have passed after the school year in which the
/// project ended. That somebody did something on a day stays in the log, under a number, and
/// `audit verify` stays good. Mails and messages that nobody could read go after 90 days.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside alliance retention\n  alongside alliance retention 3\n  alongside alliance retention for-good"
)]
pub struct Retention {
    /// School years after the one in which a project ended, or for-good
    #[arg(value_name = "YEARS|for-good", value_parser = years)]
    keep: Option<Keep>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    Years(u32),
    ForGood,
}

fn years(text: &str) -> Result<Keep, String> {
    if text == FOR_GOOD {
        return Ok(Keep::ForGood);
    }
    match text.parse() {
        Ok(years) if years <= MOST_YEARS => Ok(Keep::Years(years)),
        _ => Err(format!(
            "say a number of school years from 0 to {MOST_YEARS}, or {FOR_GOOD}"
        )),
    }
}

impl Retention {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let scoped = desk.engine.store.of(&alliance);
        let before = scoped.text_years().await?;
        let after = match self.keep {
            None => before,
            Some(Keep::Years(years)) => Some(years),
            Some(Keep::ForGood) => None,
        };
        let from = after.map(|years| kept_from(desk.engine.clock.now().date(), years));
        let mut old = Vec::new();
        if let Some(from) = from {
            for run in desk.engine.texts_of_before(&alliance, from).await? {
                old.extend(scoped.find_run(run).await?.map(|row| row.reference));
            }
            old.sort();
        }
        let sets = after != before;
        if sets && !desk.dry_run {
            scoped.set_text_years(after).await?;
        }
        if desk.json {
            output::print_json(&json!({
                "school_years": after, "kept_from": from, "to_go": old, "dry_run": desk.dry_run,
            }))?;
            return Ok(Done::Well);
        }
        if sets && desk.dry_run {
            println!("This would be set:");
        }
        match (after, from) {
            (Some(years), Some(from)) => {
                println!(
                    "Texts of a project are kept for the school year in which it ends and {years} \
                     more.\nToday that is projects that ended on {} or later.",
                    say_date(from)
                );
                if !old.is_empty() {
                    println!(
                        "The texts of these go with the next retention, tonight: {}.",
                        old.join(", ")
                    );
                }
            }
            _ => println!("Texts of projects are kept for good."),
        }
        println!("Mails, and messages that nobody could read, go after 90 days.");
        Ok(Done::Well)
    }
}
