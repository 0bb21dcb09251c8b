//! `check FILE…`: every problem of a definition at once, with its place and a hint.

use std::path::PathBuf;

use clap::Args;

use super::{Done, Global, output};
use crate::core::definition::{Severity, check, render_all};
use crate::engine::library::{BadLibrary, read_bundle};

/// Find every problem in workflow files, with line, column and hint
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside check workflows/leadership-through-partnership/project.yaml"
)]
pub struct Check {
    /// Workflow files; forms, mails and invites are read beside each
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Check {
    pub fn run(self, global: &Global) -> anyhow::Result<Done> {
        let mut bundles = Vec::new();
        for file in &self.files {
            match read_bundle(file) {
                Ok(bundle) => bundles.push(bundle),
                Err(BadLibrary::Folder(reason)) => {
                    eprintln!("alongside: {reason}");
                    return Ok(Done::Unknown);
                }
                Err(bad) => return Err(bad.into()),
            }
        }
        let problems = check(&bundles);
        let errors = problems
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .count();
        if global.json {
            output::print_json(&problems)?;
        } else {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stdout());
            if !problems.is_empty() {
                println!("{}\n", render_all(&problems, colours));
            }
            println!("{}", sum_up(errors, problems.len() - errors, bundles.len()));
        }
        Ok(if errors == 0 {
            Done::Well
        } else {
            Done::Refused
        })
    }
}

fn sum_up(errors: usize, warnings: usize, files: usize) -> String {
    let count = |number: usize, word: &str| {
        format!("{number} {word}{}", if number == 1 { "" } else { "s" })
    };
    format!(
        "{} and {} in {}",
        count(errors, "error"),
        count(warnings, "warning"),
        count(files, "file")
    )
}
