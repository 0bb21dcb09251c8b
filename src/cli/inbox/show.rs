//! `inbox show`: one message with its text, as far as that is kept.

use clap::Args;
use serde_json::json;

use super::super::desk::Desk;
use super::super::{Done, Global, output};
use super::{Found, Which, printable};
use crate::core::time::say_moment;
use crate::store::{InboxRow, QuarantineRow};

/// Show one message with everything that is known about it
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside inbox show need-4711\n  alongside inbox show 4f1c22 --json"
)]
pub struct Show {
    #[command(flatten)]
    which: Which,
}

impl Show {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        match self.which.find(&desk, &alliance).await? {
            None => return Ok(Done::Refused),
            Some(Found::Message(row)) if desk.json => output::print_json(&json!({
                "id": row.command_id, "source": row.source, "run": row.run, "state": row.state,
                "code": row.code, "reason": row.reason, "version": row.run_version,
                "received_at": row.received_at, "until": row.expires_at,
                "waiting_for": row.waiting_for, "attempts": row.attempts, "raw": row.raw,
            }))?,
            Some(Found::Raw(_, row)) if desk.json => output::print_json(&json!({
                "sha256": row.sha256, "code": row.code, "reason": row.reason, "seen": row.seen,
                "first_at": row.first_at, "last_at": row.last_at, "routing_key": row.routing_key,
                "broker_user": row.broker_user,
                "raw": row.raw.as_ref().map(|raw| String::from_utf8_lossy(raw)),
            }))?,
            Some(Found::Message(row)) => show_message(&row),
            Some(Found::Raw(_, row)) => show_raw(&row),
        }
        Ok(Done::Well)
    }
}

fn show_message(row: &InboxRow) {
    println!("id        {}", printable(&row.command_id));
    println!("source    {}", printable(&row.source));
    println!("project   {}", row.run);
    println!("state     {}", output::word(&row.state));
    if let Some(code) = &row.code {
        println!("code      {code}");
    }
    if let Some(reason) = &row.reason {
        println!("reason    {}", printable(reason));
    }
    if row.run_version > 0 {
        println!("led to    version {}", row.run_version);
    }
    println!("received  {}", say_moment(row.received_at));
    if let Some(until) = row.expires_at {
        println!("until     {}", say_moment(until));
    }
    if let Some(step) = &row.waiting_for {
        println!("waits for {step}");
    }
    if let Some(raw) = &row.raw {
        println!("\n{}", printable(raw));
    }
}

fn show_raw(row: &QuarantineRow) {
    println!("sha256    {}", row.sha256);
    println!("code      {}", row.code);
    println!("reason    {}", printable(&row.reason));
    println!(
        "came      {} times, first {}, last {}",
        row.seen,
        say_moment(row.first_at),
        say_moment(row.last_at)
    );
    if !row.routing_key.is_empty() {
        println!("key       {}", printable(&row.routing_key));
    }
    if !row.broker_user.is_empty() {
        println!("user      {}", printable(&row.broker_user));
    }
    match &row.raw {
        Some(raw) => println!("\n{}", raw.escape_ascii()),
        None => println!("\nIts bytes are not kept any more."),
    }
}
