//! `database migrate`: brings the schema up to date, one process at a time.

use anyhow::Context;
use clap::{Args, Subcommand};

use super::desk::configuration;
use super::{Done, Global};
use crate::store::{Store, newest_schema};

/// Look after the database
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  alongside database migrate")]
pub struct Database {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make the tables, or bring them up to date
    #[command(
        after_help = "Example:\n  ALONGSIDE_DATABASE_URL_FILE=/etc/alongside/database alongside database migrate\n\nOn SQLite every command does it by itself."
    )]
    Migrate,
}

impl Database {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let What::Migrate = self.what;
        let config = configuration(global)?;
        let (url, newest) = (config.database.reveal(), newest_schema());
        let found = match Store::inspect(url).await {
            Ok(found) => found.schema.unwrap_or(0),
            Err(_) if url.starts_with("sqlite:") => 0,
            Err(error) => return Err(error.into()),
        };
        if found == newest {
            println!("The database has schema {newest}, the newest: nothing to do.");
            return Ok(Done::Well);
        }
        if global.dry_run {
            println!("The database has schema {found}; this would bring it to {newest}.");
            return Ok(Done::Well);
        }
        if url.starts_with("sqlite:") {
            std::fs::create_dir_all(&config.home)
                .with_context(|| format!("the folder {} cannot be made", config.home.display()))?;
        }
        Store::migrate(url).await?;
        println!("The database had schema {found} and has {newest} now.");
        Ok(Done::Well)
    }
}
