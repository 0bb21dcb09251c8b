//! `alliance add|list|quiet-times|schedules|retention`: the alliances that share this database and
//! nothing else.

use clap::{Args, Subcommand};
use serde_json::json;

use super::desk::Desk;
use super::quiet_times::QuietTimesArgs;
use super::retention::Retention;
use super::schedules::SchedulesArgs;
use super::{Done, Global, output};
use crate::core::names::AllianceId;
use crate::store::AllianceRow;

const LONGEST_KEY: usize = 40;
const LONGEST_NAME: usize = 120;

/// Add an alliance, or list those that there are
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside alliance add northshire \"Northshire Schools Alliance\"\n  alongside alliance list"
)]
pub struct Alliance {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add an alliance of schools
    #[command(
        after_help = "Example:\n  alongside alliance add northshire \"Northshire Schools Alliance\""
    )]
    Add {
        /// A short word for it: lower-case letters, digits and hyphens
        key: String,
        /// Its name, as people write it
        name: String,
    },
    QuietTimes(QuietTimesArgs),
    Schedules(SchedulesArgs),
    Retention(Retention),
    /// List all alliances of this database
    #[command(after_help = "Example:\n  alongside alliance list --json")]
    List,
}

impl Alliance {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        match self.what {
            What::Add { key, name } => add(global, &key, &name).await,
            What::QuietTimes(args) => args.run(global).await,
            What::Schedules(args) => args.run(global).await,
            What::Retention(args) => args.run(global).await,
            What::List => list(global).await,
        }
    }
}

async fn add(global: &Global, key: &str, name: &str) -> anyhow::Result<Done> {
    if let Some(wrong) = wrong_key(key).or_else(|| wrong_name(name)) {
        eprintln!("alongside: {wrong}");
        return Ok(Done::Unknown);
    }
    let desk = Desk::open(global).await?;
    let name = name.trim().to_owned();
    if desk.dry_run {
        let known = desk.engine.store.alliances().await?;
        if known.iter().any(|row| row.id.0 == key) {
            eprintln!("alongside: There is an alliance `{key}` already. Choose another key.");
            return Ok(Done::Refused);
        }
        println!("This would add the alliance {key}: {name}.");
        return Ok(Done::Well);
    }
    let row = AllianceRow {
        id: AllianceId(key.to_owned()),
        name: name.clone(),
        created_at: desk.engine.clock.now(),
    };
    desk.engine.store.create_alliance(&row).await?;
    println!("Added the alliance {key}: {name}.");
    println!("Next: alongside import schools FILE --urn …, then alongside import people FILE.");
    Ok(Done::Well)
}

async fn list(global: &Global) -> anyhow::Result<Done> {
    let desk = Desk::open(global).await?;
    let rows = desk.engine.store.alliances().await?;
    if desk.json {
        let all: Vec<_> = rows
            .iter()
            .map(|row| json!({"key": row.id, "name": row.name, "created_at": row.created_at}))
            .collect();
        output::print_json(&all)?;
    } else if rows.is_empty() {
        println!("There is no alliance yet. Add one: alongside alliance add KEY \"NAME\"");
    }
    for row in rows.iter().filter(|_| !desk.json) {
        println!("{:<20}  {}", row.id.0, row.name);
    }
    Ok(Done::Well)
}

fn wrong_key(key: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = key.starts_with(|c: char| c.is_ascii_lowercase())
        && !key.ends_with('-')
        && key.len() <= LONGEST_KEY
        && key.chars().all(allowed);
    (!good).then(|| {
        format!(
            "the key {key:?} cannot be used: it begins with a letter and has lower-case letters, \
             digits and hyphens only, at most {LONGEST_KEY}, like `northshire`"
        )
    })
}

fn wrong_name(name: &str) -> Option<String> {
    let good = !name.trim().is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    (!good).then(|| {
        format!(
            "the name {name:?} cannot be used: it has 1 to {LONGEST_NAME} characters on one line"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_short_word_in_lower_case() {
        for good in ["northshire", "a", "north-shire-2"] {
            assert_eq!(wrong_key(good), None, "{good}");
        }
        for bad in [
            "", "North", "2north", "north ", "north_", "nörth", "north-", "n'; --",
        ] {
            assert!(wrong_key(bad).is_some(), "{bad}");
        }
        assert!(wrong_name(" ").is_some() && wrong_name("a\u{1b}[2J").is_some());
        assert_eq!(wrong_name("Northshire Schools' Alliance"), None);
    }
}
