//! Messages that came before their time: kept, tried again when their run moves, and given to a
//! person when their time is over.

use crate::core::message::fault::Fault;
use crate::core::message::write::Answer;
use crate::core::message::{self};
use crate::core::names::RunId;
use crate::core::run::refusal::{Code, NotYet};
use crate::core::time::Instant;
use crate::store::{InboxRow, InboxState};

use super::answers::Kept;
use super::handle::{Attempt, Handled, word};
use super::{Engine, Error, Incoming, Manner};

const DAY: i64 = 86_400;
/// How long a message is parked that names no expiry of its own.
const PARKED_DAYS: i64 = 30;
/// How long one is parked whose project nobody has started.
const UNKNOWN_RUN_HOURS: i64 = 24;

impl Attempt<'_> {
    pub fn park(&mut self, incoming: &Incoming, not_yet: NotYet) -> Handled {
        let usual = if not_yet.code == Code::UnknownRun {
            UNKNOWN_RUN_HOURS * 3_600
        } else {
            PARKED_DAYS * DAY
        };
        let until = incoming
            .envelope
            .expires
            .unwrap_or_else(|| self.now.plus_seconds(usual));
        self.keep_parked(incoming, &not_yet, until);
        let answer = Answer::Parked {
            not_yet: not_yet.clone(),
            until,
        };
        self.answer(incoming, &answer);
        Handled::Parked { not_yet, until }
    }

    /// Still too early: it goes on waiting, or its time is over. Paused time does not count.
    pub fn park_again(&mut self, incoming: &Incoming, not_yet: NotYet) -> Handled {
        let known = self.batch.inbox.get(&super::handle::key(incoming));
        let until = known.and_then(|known| known.expires_at).unwrap_or(self.now);
        let until = match not_yet.code {
            Code::Paused if until <= self.now.plus_seconds(DAY) => self.now.plus_seconds(DAY),
            _ => until,
        };
        if until > self.now {
            self.keep_parked(incoming, &not_yet, until);
            return Handled::Parked { not_yet, until };
        }
        let code = Fault::WaitedTooLong;
        let reason = format!("It waited until its time was over. {}", not_yet.reason);
        let row = self.row(incoming, InboxState::Quarantined);
        self.batch.record(InboxRow {
            code: Some(code.code()),
            reason: Some(reason.clone()),
            raw: incoming.raw.clone(),
            ..row
        });
        let answer = Answer::Quarantined {
            code,
            reason: reason.clone(),
        };
        self.answer(incoming, &answer);
        Handled::Quarantined { code, reason }
    }

    fn keep_parked(&mut self, incoming: &Incoming, not_yet: &NotYet, until: Instant) {
        let kept = Kept {
            code: Some(message::write::Code::Refusal(not_yet.code)),
            reason: Some(not_yet.reason.clone()),
        };
        let row = self.row(incoming, InboxState::Parked);
        self.batch.record(InboxRow {
            code: Some(word(&not_yet.code)),
            reason: Some(not_yet.reason.clone()),
            outcome: serde_json::to_string(&kept).ok(),
            raw: incoming.raw.clone(),
            next_at: Some(until),
            expires_at: Some(until),
            waiting_for: not_yet.step.as_ref().map(ToString::to_string),
            ..row
        });
    }

    /// What waits for a run that has moved is tried again, until nothing moves any more.
    pub async fn try_parked(&mut self) -> Result<(), Error> {
        let mut moved = self.versions();
        while !moved.is_empty() {
            let runs: Vec<RunId> = moved.iter().map(|(run, _)| *run).collect();
            let mut waiting = self.unit.parked_of(&runs).await?;
            waiting.extend(
                self.batch
                    .written
                    .values()
                    .filter(|r| r.state == InboxState::Parked)
                    .cloned(),
            );
            waiting.sort_by(|a, b| a.received_at.cmp(&b.received_at));
            let mut again: Vec<Incoming> = Vec::new();
            for row in waiting {
                let key = (row.source.clone(), row.command_id.clone());
                let current = self.batch.inbox.entry(key).or_insert(row).clone();
                let fresh = again.iter().all(|other| {
                    (&other.envelope.source, &other.envelope.id)
                        != (&current.source, &current.command_id)
                });
                if current.state == InboxState::Parked && fresh && runs.contains(&current.run) {
                    again.extend(self.engine.incoming_again(&current, self.now));
                }
            }
            for incoming in &again {
                self.one(incoming).await?;
            }
            let now = self.versions();
            moved = now
                .into_iter()
                .filter(|after| !moved.contains(after))
                .collect();
        }
        Ok(())
    }

    fn versions(&self) -> Vec<(RunId, u64)> {
        let moved = self.batch.runs.iter().filter(|(_, held)| held.moved);
        moved.map(|(run, held)| (*run, held.run.version)).collect()
    }
}

impl Engine {
    /// A kept message as a command again.
    pub(super) fn incoming_again(&self, row: &InboxRow, now: Instant) -> Option<Incoming> {
        let raw = row.raw.as_ref()?;
        let envelope = message::read(raw.as_bytes(), now).ok()?;
        let rights = self.rights_of(&envelope.source)?;
        Some(Incoming {
            fingerprint: row.fingerprint.clone(),
            raw: Some(raw.clone()),
            envelope,
            rights,
            manner: Manner::Again,
        })
    }

    /// Looks at parked messages whose time is over. Says how many there were.
    pub async fn look_at_parked(&self, limit: u32) -> Result<usize, Error> {
        let now = self.clock.now();
        let due = self.store.claim_parked(now, 60, limit).await?;
        for claimed in &due {
            match self.incoming_again(&claimed.row, now) {
                Some(incoming) => {
                    self.handle(&claimed.alliance, vec![incoming]).await?;
                }
                None => tracing::warn!(
                    alliance = %claimed.alliance,
                    source = %claimed.row.source,
                    id = %claimed.row.command_id,
                    "a parked message cannot be read again: its source is not configured any more"
                ),
            }
        }
        Ok(due.len())
    }
}
