//! `serve`: one process that does everything, with the pages of state on 127.0.0.1:8080.

use clap::Args;

use super::{Done, Global, worker};
use crate::config::USUAL_LISTEN;

/// Run everything in one process: commands, timers, mails, and the pages of state
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  alongside --home back-office serve --listen 127.0.0.1:8080")]
pub struct Serve {
    /// Where /healthz, /readyz and /metrics answer
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl Serve {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        worker::refuse_dry_run(global)?;
        worker::stay(global, "serve", self.listen.as_deref(), Some(USUAL_LISTEN)).await
    }
}
