//! Messages that came before their time: kept, tried again when their run moves, and given to a
//! person when their time is over.
//!
//! Time in which the project is paused does not count: a message that waits in a pause has no
//! moment at which it is looked at, and its time goes on when the run moves again. An expiry that
//! the sender has set is a moment, and holds in a pause too.

use std::collections::BTreeMap;

use crate::core::message;
use crate::core::message::fault::Fault;
use crate::core::message::write::{self, Answer, Cause};
use crate::core::names::{AllianceId, RunId};
use crate::core::run::refusal::{Code, NotYet};
use crate::core::time::Instant;
use crate::store::{Claimed, InboxRow, InboxState};

use super::answers::Kept;
use super::attempt::{Attempt, Maybe, key, word};
use super::handle::Handled;
use super::{Engine, Error, Incoming, Manner};

/// How long a message is parked that names no expiry of its own: 30 days.
const PARKED_SECONDS: i64 = 30 * 86_400;
/// The same where nobody has started the project: 24 hours.
const UNKNOWN_RUN_SECONDS: i64 = 86_400;
/// How long a parked message that is looked at belongs to whoever looks.
const LEASE_SECONDS: i64 = 60;

/// How long a message may wait.
struct Patience {
    until: Instant,
    held_since: Option<Instant>,
    /// Waits for the pause to end, however long that takes.
    endless: bool,
}

impl Attempt<'_> {
    pub fn park(&mut self, incoming: &Incoming, not_yet: NotYet) -> Handled {
        let patience = self.patience(incoming, not_yet.code);
        let until = patience.until;
        self.keep_parked(incoming, &not_yet, &patience);
        let answer = Answer::Parked {
            not_yet: not_yet.clone(),
            until,
        };
        self.answer(incoming, &answer);
        Handled::Parked { not_yet, until }
    }

    /// Still too early: it goes on waiting, or its time is over.
    pub fn park_again(&mut self, incoming: &Incoming, not_yet: NotYet) -> Handled {
        let patience = self.patience(incoming, not_yet.code);
        let until = patience.until;
        if patience.endless || until > self.now {
            self.keep_parked(incoming, &not_yet, &patience);
            return Handled::Parked { not_yet, until };
        }
        self.waited_too_long(incoming, &not_yet.reason)
    }

    /// A parked message whose sender's expiry is past is not applied any more.
    pub fn outlived(&mut self, incoming: &Incoming, known: &InboxRow) -> Option<Handled> {
        let over = |expires: Instant| expires <= self.now;
        incoming.envelope.expires.filter(|expires| over(*expires))?;
        Some(self.waited_too_long(incoming, known.reason.as_deref().unwrap_or_default()))
    }

    fn waited_too_long(&mut self, incoming: &Incoming, for_what: &str) -> Handled {
        self.quarantine(incoming, Fault::WaitedTooLong, too_long(for_what))
    }

    fn patience(&self, incoming: &Incoming, code: Code) -> Patience {
        let known = self.batch.inbox.get(&key(incoming));
        let known = known.filter(|row| row.state == InboxState::Parked);
        let kept = known.and_then(Kept::read);
        let was = kept.as_ref().and_then(|kept| kept.code);
        let started =
            was == Some(write::Code::Refusal(Code::UnknownRun)) && code != Code::UnknownRun;
        let begun = known.map_or(self.now, |row| row.received_at);
        let usual = begun.plus_seconds(if code == Code::UnknownRun {
            UNKNOWN_RUN_SECONDS
        } else {
            PARKED_SECONDS
        });
        let fixed = incoming.envelope.expires;
        let before = known.and_then(|row| row.expires_at).filter(|_| !started);
        let mut until = fixed.or(before).unwrap_or(usual);
        let held_since = kept.and_then(|kept| kept.held_since);
        if code == Code::Paused {
            return Patience {
                until,
                held_since: held_since.or(Some(self.now)),
                endless: fixed.is_none(),
            };
        }
        if let (Some(since), None) = (held_since, fixed) {
            until = Instant::new(until.utc() + (self.now.utc() - since.utc()));
        }
        Patience {
            until,
            held_since: None,
            endless: false,
        }
    }

    fn keep_parked(&mut self, incoming: &Incoming, not_yet: &NotYet, patience: &Patience) {
        let kept = Kept {
            held_since: patience.held_since,
            ..Kept::of(not_yet.code, &not_yet.reason)
        };
        let row = self.row(incoming, InboxState::Parked);
        self.batch.record(InboxRow {
            code: Some(word(&not_yet.code)),
            reason: Some(not_yet.reason.clone()),
            outcome: serde_json::to_string(&kept).ok(),
            raw: incoming.raw.clone(),
            next_at: (!patience.endless).then_some(patience.until),
            expires_at: Some(patience.until),
            waiting_for: not_yet.step.as_ref().map(ToString::to_string),
            ..row
        });
    }

    /// What waits for a run that has moved is tried again, until nothing moves any more.
    pub async fn try_parked(&mut self) -> Result<(), Error> {
        let mut tried: BTreeMap<RunId, u64> = BTreeMap::new();
        loop {
            let versions = self.batch.runs.iter();
            let moved: Vec<(RunId, u64)> = versions
                .filter(|(run, held)| held.moved && tried.get(run) != Some(&held.run.version))
                .map(|(run, held)| (*run, held.run.version))
                .collect();
            if moved.is_empty() {
                return Ok(());
            }
            let runs: Vec<RunId> = moved.iter().map(|(run, _)| *run).collect();
            tried.extend(moved);
            for incoming in self.waiting_for(&runs).await? {
                self.one(&incoming).await?;
            }
        }
    }

    /// What is parked for these runs, in the database and in this batch, in the order of arrival.
    async fn waiting_for(&mut self, runs: &[RunId]) -> Result<Vec<Incoming>, Error> {
        for row in self.unit.parked_of(runs).await? {
            let key = (row.source.clone(), row.command_id.clone());
            self.batch.inbox.entry(key).or_insert(row);
        }
        let rows = self.batch.inbox.values();
        let mut waiting: Vec<&InboxRow> = rows
            .filter(|row| row.state == InboxState::Parked && runs.contains(&row.run))
            .collect();
        waiting.sort_by_key(|row| row.received_at);
        let alliance = self.unit.alliance();
        let again = |row| self.engine.incoming_again(alliance, row, self.now);
        Ok(waiting.into_iter().filter_map(again).collect())
    }
}

impl Engine {
    /// A kept message as a command again; nothing if it cannot be read or its source may not send
    /// for this alliance any more.
    fn incoming_again(
        &self,
        alliance: &AllianceId,
        row: &InboxRow,
        now: Instant,
    ) -> Option<Incoming> {
        let raw = row.raw.as_ref()?;
        let envelope = message::read(raw.as_bytes(), now).ok()?;
        let rights = self.rights_of(&envelope.source, alliance)?;
        Some(Incoming {
            fingerprint: row.fingerprint.clone(),
            raw: Some(raw.clone()),
            envelope,
            rights,
            manner: Manner::Again,
        })
    }

    /// Tries a parked or quarantined message again, now. Nothing if it cannot be: see above.
    pub async fn retry(
        &self,
        alliance: &AllianceId,
        row: &InboxRow,
    ) -> Result<Option<Handled>, Error> {
        let Some(incoming) = self.incoming_again(alliance, row, self.clock.now()) else {
            return Ok(None);
        };
        let mut handled = self.handle(alliance, vec![incoming]).await?;
        Ok(handled.pop())
    }

    /// Looks at parked messages whose time is over. Says how many there were. One that cannot be
    /// looked at now holds up no other.
    pub async fn look_at_parked(&self, limit: u32) -> Result<usize, Error> {
        let now = self.clock.now();
        let due = self.store.claim_parked(now, LEASE_SECONDS, limit).await?;
        for Claimed { alliance, row } in &due {
            let looked = match self.retry(alliance, row).await {
                Ok(None) => self.end_unreadable(alliance, row).await,
                Ok(Some(_)) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = looked {
                let (source, id) = (&row.source, &row.command_id);
                tracing::error!(%alliance, %source, %id, %error, "a parked message must wait");
            }
        }
        Ok(due.len())
    }

    /// The time of a parked message is over, and its source is not configured any more.
    async fn end_unreadable(&self, alliance: &AllianceId, row: &InboxRow) -> Result<(), Error> {
        let mut attempt = Attempt::begin(self, alliance, Maybe::default()).await?;
        let code = Fault::WaitedTooLong;
        let reason = too_long("Its source is not configured for this alliance any more.");
        let cause = Cause {
            id: row.command_id.clone(),
            source: row.source.clone(),
            kind: None,
            alliance: Some(alliance.clone()),
            run: Some(row.run),
        };
        attempt.batch.record(InboxRow {
            state: InboxState::Quarantined,
            code: Some(code.code()),
            reason: Some(reason.clone()),
            outcome: None,
            next_at: None,
            expires_at: None,
            waiting_for: None,
            ..row.clone()
        });
        let answer = Answer::Quarantined { code, reason };
        let message = write::answer(&self.origin, &cause, None, &answer, attempt.now);
        let now = attempt.now;
        attempt.batch.queue_message(&message, None, now);
        attempt.finish().await
    }
}

fn too_long(for_what: &str) -> String {
    format!("It waited until its time was over. {for_what}")
        .trim_end()
        .to_owned()
}
