//! `calendar …`: the days of each school, and how a date was counted on them.

mod explain;

use clap::{Args, Subcommand};

use super::{Done, Global};
use crate::core::run::address::Address;

/// Look at the calendars of schools, and how due dates came about
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Example:\n  alongside calendar explain DLP-2026-014 visits[1].plan"
)]
pub struct Calendar {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show how the date of a step came about, day by day
    #[command(after_help = "Example:\n  alongside calendar explain DLP-2026-014 visits[1].plan")]
    Explain {
        /// The project's reference or id
        project: String,
        /// The step's address, like need or visits[2].record
        step: Address,
    },
}

impl Calendar {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        match self.command {
            Command::Explain { project, step } => explain::explain(global, &project, &step).await,
        }
    }
}
