//! `inbox list`: newest first; what was applied or discarded only where it is asked for.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::{Done, Global, output};
use super::printable;
use crate::core::time::{Instant, say_moment};
use crate::engine::DISCARDED;
use crate::store::{InboxFilter, InboxRow, InboxState, QuarantineRow, nobody};

/// List messages that wait (parked), were refused (rejected) or put aside (quarantined)
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside inbox list --state parked\n  alongside inbox list --state rejected --limit 20 --json"
)]
pub struct List {
    /// Only messages in this state [default: parked and quarantined]
    #[arg(long, value_enum)]
    state: Option<State>,
    /// At most so many of each kind
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    Parked,
    Rejected,
    Quarantined,
    Applied,
    Discarded,
}

impl List {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let mut lines = Vec::new();
        for state in self.states() {
            let filter = InboxFilter {
                state: Some(state),
                run: None,
                limit: Some(self.limit),
            };
            let rows = desk.engine.store.of(&alliance).inbox(&filter).await?;
            lines.extend(
                rows.iter()
                    .filter(|row| self.wants(row))
                    .map(Line::of_message),
            );
        }
        if matches!(
            self.state,
            None | Some(State::Quarantined | State::Discarded)
        ) {
            for owner in [alliance, nobody()] {
                let rows = desk
                    .engine
                    .store
                    .of(&owner)
                    .quarantine(Some(self.limit))
                    .await?;
                let gone = self.state == Some(State::Discarded);
                let rows = rows.iter().filter(|row| (row.code == DISCARDED) == gone);
                lines.extend(rows.map(Line::of_raw));
            }
        }
        lines.sort_by_key(|line| std::cmp::Reverse(line.at));
        self.print(&desk, &lines)
    }

    fn states(&self) -> Vec<InboxState> {
        match self.state {
            None => vec![InboxState::Parked, InboxState::Quarantined],
            Some(State::Parked) => vec![InboxState::Parked],
            Some(State::Rejected | State::Discarded) => vec![InboxState::Rejected],
            Some(State::Quarantined) => vec![InboxState::Quarantined],
            Some(State::Applied) => vec![InboxState::Applied],
        }
    }

    fn wants(&self, row: &InboxRow) -> bool {
        let discarded = row.code.as_deref() == Some(DISCARDED);
        match self.state {
            Some(State::Discarded) => discarded,
            Some(State::Rejected) => !discarded,
            _ => true,
        }
    }

    fn print(&self, desk: &Desk, lines: &[Line]) -> anyhow::Result<Done> {
        if desk.json {
            let all: Vec<&Value> = lines.iter().map(|line| &line.json).collect();
            output::print_json(&all)?;
            return Ok(Done::Well);
        }
        if lines.is_empty() {
            let which = match self.state {
                None => "No message waits or was put aside.",
                Some(_) => "There is no such message.",
            };
            println!("{which}");
        }
        for line in lines {
            println!("{}", line.text);
        }
        Ok(Done::Well)
    }
}

struct Line {
    at: Instant,
    text: String,
    json: Value,
}

impl Line {
    fn of_message(row: &InboxRow) -> Self {
        let state = output::word(&row.state);
        let until = row
            .expires_at
            .filter(|_| row.state == InboxState::Parked)
            .map(|until| format!("\n  It waits until {}.", say_moment(until)));
        let text = format!(
            "{}  {state}, {}\n  from {}, {}\n  {}{}",
            printable(&row.command_id),
            row.code.as_deref().unwrap_or("no code"),
            printable(&row.source),
            say_moment(row.received_at),
            printable(row.reason.as_deref().unwrap_or_default()),
            until.unwrap_or_default()
        );
        let json = json!({
            "id": row.command_id, "source": row.source, "run": row.run, "state": state,
            "code": row.code, "reason": row.reason, "received_at": row.received_at,
            "until": row.expires_at, "waiting_for": row.waiting_for, "attempts": row.attempts,
        });
        Self {
            at: row.received_at,
            text,
            json,
        }
    }

    fn of_raw(row: &QuarantineRow) -> Self {
        let state = if row.code == DISCARDED {
            DISCARDED
        } else {
            "quarantined"
        };
        let times = if row.seen == 1 {
            String::new()
        } else {
            format!(", {} times", row.seen)
        };
        let text = format!(
            "{}  {state}, {}\n  without a usable id, {}{times}\n  {}",
            &row.sha256[..row.sha256.len().min(12)],
            row.code,
            say_moment(row.last_at),
            printable(&row.reason)
        );
        let json = json!({
            "sha256": row.sha256, "state": state, "code": row.code, "reason": row.reason,
            "seen": row.seen, "first_at": row.first_at, "last_at": row.last_at,
            "routing_key": row.routing_key, "broker_user": row.broker_user,
        });
        Self {
            at: row.last_at,
            text,
            json,
        }
    }
}
