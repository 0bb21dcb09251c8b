//! `audit export`: the log as a file that `audit verify --file` checks anywhere.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::super::{Done, Global, output};
use super::look;
use super::verify::{Checked, open, wanted};
use crate::core::audit::export;
use crate::core::audit::verify::verify;

/// Write the log to a file of JSON Lines, to be checked without the database
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside audit export --out log.jsonl\n  alongside audit export DLP-2026-014 > project.jsonl\n\nThe file holds the texts that people wrote: give it to those only who may read them. Numbers stand in it\nfor people. An erasure does not reach files that were made before."
)]
pub struct Export {
    /// Only this project: its reference or id
    #[arg(value_name = "PROJECT")]
    reference: Option<String>,
    /// Write to this file, which must not be there yet, instead of the terminal
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Export {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let store = open(global).await?;
        let runs = wanted(&store, global, self.reference.as_deref()).await?;
        if runs.is_empty() {
            eprintln!("alongside: there is no project yet, and so nothing to export");
            return Ok(Done::Refused);
        }
        if let Some(path) = self.out.as_ref().filter(|_| global.dry_run) {
            output::would_write(path);
            store.close().await;
            return Ok(Done::Well);
        }
        let mut out: Box<dyn Write> = match &self.out {
            None => Box::new(std::io::stdout().lock()),
            Some(path) => {
                let file = std::fs::File::create_new(path);
                let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
                Box::new(std::io::BufWriter::new(file))
            }
        };
        for (alliance, run) in &runs {
            let logged = look::read(&store, alliance, *run).await?;
            out.write_all(export::write(&logged.stored).as_bytes())?;
        }
        out.flush()?;
        store.close().await;
        if let Some(path) = &self.out {
            let word = if runs.len() == 1 {
                "project"
            } else {
                "projects"
            };
            eprintln!("Written to {}: {} {word}.", path.display(), runs.len());
        }
        Ok(Done::Well)
    }
}

/// Checks a file, or one project of it. An error means that it cannot be checked.
pub fn check_file(file: &Path, reference: Option<&str>) -> anyhow::Result<Vec<Checked>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let runs = export::read(&text).with_context(|| file.display().to_string())?;
    let meant = |name: &str, id: String| {
        reference.is_none_or(|named| named.eq_ignore_ascii_case(name) || named == id)
    };
    let checked: Vec<Checked> = runs
        .iter()
        .filter(|stored| meant(&stored.reference, stored.run.to_string()))
        .map(|stored| Checked {
            project: stored.reference.clone(),
            finding: verify(stored),
        })
        .collect();
    if checked.is_empty() {
        bail!("there is no such project in {}", file.display());
    }
    Ok(checked)
}
