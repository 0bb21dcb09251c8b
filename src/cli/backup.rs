//! `backup FILE`: a checked copy of the embedded database while others work with it.

use std::path::PathBuf;

use clap::Args;

use super::desk::Desk;
use super::{Done, Global};

/// Copy the embedded database to a file, whole and checked, also while `serve` runs
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside backup /backups/alongside-2027-03-02.db\n\nTo restore: stop `serve`, put the copy in the place of alongside.db (take alongside.db-wal away),\nthen run `alongside audit verify` and `alongside doctor`.\n\nA backup holds personal data. Delete copies older than 35 days, else an erased person stays in them.\nOn PostgreSQL use pg_dump."
)]
pub struct Backup {
    /// The file to write; it must not be there yet
    file: PathBuf,
}

impl Backup {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let file = std::path::absolute(&self.file)?;
        if desk.dry_run {
            println!(
                "This would copy {} to {}.",
                desk.config.database,
                file.display()
            );
            return Ok(Done::Well);
        }
        desk.engine.store.back_up(&file).await?;
        let bytes = std::fs::metadata(&file)?.len();
        println!(
            "Copied to {} ({} KiB) and checked.",
            file.display(),
            bytes.div_ceil(1024)
        );
        println!(
            "The mails in {} are not in it.",
            desk.config.mail.folder.display()
        );
        Ok(Done::Well)
    }
}
