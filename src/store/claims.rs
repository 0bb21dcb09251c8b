//! Claims: how background work takes rows to do, from all alliances at once.
//!
//! A claim is a lease with an end and a token, not an open transaction. Whoever finishes late
//! finds that its token no longer stands in the row, and has been replaced. Clocks may differ by
//! five seconds: a lease is taken over only that long after its end.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::error::{About, Error};
use super::rows::{Claimed, InboxRow, OutboxKind, OutboxRow, TimerRow};
use super::{Store, dialect};
use crate::core::names::{AllianceId, RunId};
use crate::core::time::Instant;

/// How much the clocks of two machines may differ.
pub(super) const SKEW_SECONDS: i64 = 5;

/// Which row of the outbox.
pub type OutboxKey = (AllianceId, Uuid);

statements! {
    one {
        RETRY = "UPDATE outbox SET next_at = $1, why = $2, lease_token = NULL, lease_until = NULL
            WHERE alliance = $3 AND id = $4 AND lease_token = $5";
        RELEASE_OUTBOX = "UPDATE outbox SET lease_token = NULL, lease_until = NULL
            WHERE lease_token = $1";
        FINISH_TIMER = "DELETE FROM timer
            WHERE alliance = $1 AND run = $2 AND key = $3 AND lease_token = $4";
        PUT_OFF_TIMER = "UPDATE timer SET due_at = $1, lease_token = NULL, lease_until = NULL
            WHERE alliance = $2 AND run = $3 AND key = $4 AND lease_token = $5";
        RELEASE_TIMERS = "UPDATE timer SET lease_token = NULL, lease_until = NULL
            WHERE lease_token = $1";
        NEXT_TIMER = "SELECT min(due_at) FROM timer";
        NEXT_OUTBOX = "SELECT min(next_at) FROM outbox";
        NEXT_PARKED = "SELECT min(next_at) FROM inbox WHERE state = 'parked'";
        WAITING = "SELECT
            (SELECT count(*) FROM outbox WHERE kind = 'message'),
            (SELECT count(*) FROM outbox WHERE kind = 'mail'),
            (SELECT count(*) FROM inbox WHERE state = 'parked'),
            (SELECT count(*) FROM timer WHERE due_at <= $1)";
    }
    keys {
        FINISH = ("DELETE FROM outbox WHERE alliance = $1 AND lease_token = $2", ("id", "uuid"), 3, "", "");
    }
}

/// How much is still to be done, in all alliances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    pub messages: u64,
    pub mails: u64,
    pub parked: u64,
    pub timers_due: u64,
}

impl Store {
    /// Takes outbox rows of one kind that are due and that nobody holds, oldest first, and counts
    /// the attempt.
    pub async fn claim_outbox(
        &self,
        kind: OutboxKind,
        now: Instant,
        lease_seconds: i64,
        limit: u32,
        token: Uuid,
    ) -> Result<Vec<Claimed<OutboxRow>>, Error> {
        let sql = dialect::CLAIM_OUTBOX.of(&self.db);
        let until = now.plus_seconds(lease_seconds);
        let stale = now.plus_seconds(-SKEW_SECONDS);
        let mut claimed = read_all!(
            on_writer,
            &self.db,
            "outbox",
            Claimed<OutboxRow>,
            sql,
            [token, until, kind, now, stale, i64::from(limit)]
        )?;
        claimed.sort_by(|a, b| {
            let key = |row: &OutboxRow| (row.next_at, row.seq, row.id);
            (key(&a.row), &a.alliance).cmp(&(key(&b.row), &b.alliance))
        });
        Ok(claimed)
    }

    /// They went out. Fewer than given means: some were taken over and will be sent again.
    pub async fn finish_outbox(&self, keys: &[OutboxKey], token: Uuid) -> Result<u64, Error> {
        let mut by_alliance: BTreeMap<&AllianceId, Vec<Uuid>> = BTreeMap::new();
        for (alliance, id) in keys {
            by_alliance.entry(alliance).or_default().push(*id);
        }
        let mut finished = 0;
        for (alliance, mut ids) in by_alliance {
            ids.sort_unstable();
            finished += run_by_keys!(
                on_writer,
                &self.db,
                "outbox",
                FINISH,
                [alliance, token],
                ids
            );
        }
        Ok(finished)
    }

    /// It did not go out: try again then. `false` if another has it by now.
    pub async fn retry_outbox(
        &self,
        (alliance, id): &OutboxKey,
        token: Uuid,
        next_at: Instant,
        why: &str,
    ) -> Result<bool, Error> {
        let touched = run_one!(
            on_writer,
            &self.db,
            "outbox",
            RETRY,
            [next_at, why, alliance, id, token]
        )?;
        Ok(touched == 1)
    }

    /// Gives back everything that this token holds, so that another takes it at once.
    pub async fn release(&self, token: Uuid) -> Result<u64, Error> {
        let outbox = run_one!(on_writer, &self.db, "outbox", RELEASE_OUTBOX, [token])?;
        let timers = run_one!(on_writer, &self.db, "timer", RELEASE_TIMERS, [token])?;
        Ok(outbox + timers)
    }

    /// Takes timers whose moment has come and that nobody is firing, soonest first.
    pub async fn claim_timers(
        &self,
        now: Instant,
        lease_seconds: i64,
        limit: u32,
        token: Uuid,
    ) -> Result<Vec<Claimed<TimerRow>>, Error> {
        let sql = dialect::CLAIM_TIMERS.of(&self.db);
        let until = now.plus_seconds(lease_seconds);
        let stale = now.plus_seconds(-SKEW_SECONDS);
        let mut claimed = read_all!(
            on_writer,
            &self.db,
            "timer",
            Claimed<TimerRow>,
            sql,
            [token, until, now, stale, i64::from(limit)]
        )?;
        claimed.sort_by(|a, b| {
            let key = |row: &TimerRow| (row.due_at, row.run, row.key.clone());
            (key(&a.row), &a.alliance).cmp(&(key(&b.row), &b.alliance))
        });
        Ok(claimed)
    }

    /// The moment passed without a change to its run (the command was refused). Where the run
    /// moved, its new set of timers has replaced this one already.
    pub async fn finish_timer(
        &self,
        alliance: &AllianceId,
        run: RunId,
        key: &str,
        token: Uuid,
    ) -> Result<bool, Error> {
        let touched = run_one!(
            on_writer,
            &self.db,
            "timer",
            FINISH_TIMER,
            [alliance, run, key, token]
        )?;
        Ok(touched == 1)
    }

    /// The moment has come, but what it is for must wait until then.
    pub async fn put_off_timer(
        &self,
        alliance: &AllianceId,
        (run, key): (RunId, &str),
        token: Uuid,
        until: Instant,
    ) -> Result<bool, Error> {
        let touched = run_one!(
            on_writer,
            &self.db,
            "timer",
            PUT_OFF_TIMER,
            [until, alliance, run, key, token]
        )?;
        Ok(touched == 1)
    }

    /// Takes parked messages whose `next_at` has come, and puts it off by the lease, so that
    /// nobody else takes them meanwhile. The unit that decides them finds them parked still.
    pub async fn claim_parked(
        &self,
        now: Instant,
        lease_seconds: i64,
        limit: u32,
    ) -> Result<Vec<Claimed<InboxRow>>, Error> {
        let sql = dialect::CLAIM_PARKED.of(&self.db);
        let until = now.plus_seconds(lease_seconds);
        let mut claimed = read_all!(
            on_writer,
            &self.db,
            "inbox",
            Claimed<InboxRow>,
            sql,
            [until, now, i64::from(limit)]
        )?;
        claimed.sort_by(|a, b| {
            let key =
                |row: &InboxRow| (row.received_at, row.source.clone(), row.command_id.clone());
            (key(&a.row), &a.alliance).cmp(&(key(&b.row), &b.alliance))
        });
        Ok(claimed)
    }

    /// The soonest moment at which any background work is due.
    pub async fn next_due(&self) -> Result<Option<Instant>, Error> {
        let mut soonest: Option<Instant> = None;
        for sql in [NEXT_TIMER, NEXT_OUTBOX, NEXT_PARKED] {
            let found = read_one!(on_reader, &self.db, "timer", (Option<Instant>,), sql, [])?;
            let at = found.and_then(|(at,)| at);
            soonest = soonest.into_iter().chain(at).min();
        }
        Ok(soonest)
    }

    pub async fn backlog(&self, now: Instant) -> Result<Backlog, Error> {
        let counts: Result<(i64, i64, i64, i64), _> = on_reader!(&self.db, |c| {
            sqlx::query_as::<D, (i64, i64, i64, i64)>(WAITING)
                .bind(now)
                .fetch_one(c)
                .await
        });
        let (messages, mails, parked, timers_due) = counts.about("outbox")?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(Backlog {
            messages: count(messages),
            mails: count(mails),
            parked: count(parked),
            timers_due: count(timers_due),
        })
    }
}
