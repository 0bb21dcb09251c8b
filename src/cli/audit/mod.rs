//! `audit verify|export`: whether the log is as it was written, here or from a file.

pub mod export;
pub mod look;
mod verify;

use clap::{Args, Subcommand};

use super::{Done, Global};

/// The log of everything that happened: check it, or write it to a file
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside audit verify\n  alongside audit verify DLP-2026-014\n  alongside audit export --out log.jsonl\n  alongside audit verify --file log.jsonl"
)]
pub struct Audit {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Verify(verify::Verify),
    Export(export::Export),
}

impl Audit {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        match self.what {
            What::Verify(verify) => verify.run(global).await,
            What::Export(export) => export.run(global).await,
        }
    }
}
