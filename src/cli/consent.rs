//! `--yes`: what cannot be undone is done only for somebody who has said so.
//!
//! At a terminal it is asked; a script must say it beforehand, so that none does it by accident.

use std::io::{BufRead, IsTerminal, Write};

use clap::Args;

#[derive(Debug, Clone, Args)]
pub struct Consent {
    /// Do not ask: for scripts
    #[arg(long)]
    yes: bool,
}

impl Consent {
    /// Whether to go on. `what` is a sentence about what is going to happen. Where it is refused,
    /// that has been said.
    pub fn is_given(&self, what: &str) -> anyhow::Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() {
            eprintln!(
                "alongside: {what} This cannot be undone: say --yes to do it without a terminal."
            );
            return Ok(false);
        }
        eprint!("{what} This cannot be undone. Type yes to go on: ");
        std::io::stderr().flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        let given = answer.trim().eq_ignore_ascii_case("yes");
        if !given {
            eprintln!("Nothing was done.");
        }
        Ok(given)
    }
}
