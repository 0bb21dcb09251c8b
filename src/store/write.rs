//! What a unit writes: everything that a batch of commands changed, in few statements.
//!
//! Each table sorted by its key, so that two units never wait for each other in a ring. A key that
//! somebody else wrote first is a `Conflict`: the unit is dropped and the batch decided again.

use std::collections::BTreeMap;

use super::error::Error;
use super::rows::{
    DraftRow, EntryRow, InboxRow, OutboxRow, PayloadRow, QuarantineRow, RunRow, TaskRow, TimerRow,
};
use super::statement::whole;
use super::unit::Unit;
use crate::core::audit::payload::Commitment;
use crate::core::names::RunId;
use crate::core::run::address::Address;

/// All that one batch changes in one alliance. At most one row per key in each list.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// In their final state at once; a row that is `parked` or `quarantined` may be replaced by
    /// one with the same fingerprint, any other stands for good.
    pub inbox: Vec<InboxRow>,
    pub quarantine: Vec<QuarantineRow>,
    pub entries: Vec<EntryRow>,
    pub payloads: Vec<PayloadRow>,
    /// One snapshot per run: after its last entry.
    pub runs: Vec<RunRow>,
    /// The whole set of each run named here; what is not in it goes.
    pub tasks: BTreeMap<RunId, Vec<TaskRow>>,
    /// The same. A timer that stays keeps its lease.
    pub timers: BTreeMap<RunId, Vec<TimerRow>>,
    /// Written after the drops below.
    pub drafts: Vec<DraftRow>,
    /// Drafts of a step, of all its attempts.
    pub dropped_drafts: Vec<(RunId, Address)>,
    /// Texts that an erasure in these entries takes away.
    pub erased: Vec<(RunId, Commitment)>,
    pub outbox: Vec<OutboxRow>,
}

statements! {
    rows {
        INBOX = (concat!("INSERT INTO inbox (alliance, ", columns!(inbox), ") VALUES "), 16,
            " ON CONFLICT (alliance, source, command_id) DO UPDATE SET
                state = excluded.state, code = excluded.code, reason = excluded.reason,
                outcome = excluded.outcome, run_version = excluded.run_version, raw = excluded.raw,
                next_at = excluded.next_at, expires_at = excluded.expires_at,
                attempts = excluded.attempts, waiting_for = excluded.waiting_for
              WHERE inbox.state IN ('parked', 'quarantined')
                AND inbox.fingerprint = excluded.fingerprint AND inbox.run = excluded.run");
        QUARANTINE = (concat!("INSERT INTO quarantine (alliance, ", columns!(quarantine), ") VALUES "), 10,
            " ON CONFLICT (alliance, sha256) DO UPDATE SET
                seen = quarantine.seen + excluded.seen, last_at = excluded.last_at,
                raw = excluded.raw, code = excluded.code, reason = excluded.reason");
        ENTRIES = (concat!("INSERT INTO entry (alliance, ", columns!(entry), ") VALUES "), 7, "");
        PAYLOADS = (concat!("INSERT INTO payload (alliance, ", columns!(payload), ") VALUES "), 7, "");
        RUNS = (concat!("INSERT INTO run (alliance, ", columns!(run), ") VALUES "), 17,
            " ON CONFLICT (alliance, id) DO UPDATE SET
                workflow = excluded.workflow, workflow_version = excluded.workflow_version,
                workflow_hash = excluded.workflow_hash, title = excluded.title,
                host_school = excluded.host_school, status = excluded.status,
                stage = excluded.stage, changed_at = excluded.changed_at,
                version = excluded.version, head = excluded.head, fold = excluded.fold,
                state = excluded.state
              WHERE run.version <= excluded.version");
        DRAFTS = (concat!("INSERT INTO draft (alliance, ", columns!(draft), ") VALUES "), 7,
            " ON CONFLICT (alliance, run, address, attempt) DO UPDATE SET
                body = excluded.body, written_by = excluded.written_by, at = excluded.at");
        OUTBOX = (concat!("INSERT INTO outbox (alliance, ", columns!(outbox), ") VALUES "), 14, "");
    }
    keys {
        ERASE = ("DELETE FROM payload WHERE alliance = $1 AND run = $2", ("commitment", "text"), 3, "", "");
        DROP_DRAFTS = ("DELETE FROM draft WHERE alliance = $1 AND run = $2", ("address", "text"), 3, "", "");
    }
}

impl Unit {
    /// Writes all of it, or fails and leaves the unit to be dropped.
    pub async fn write(&mut self, changes: Changes) -> Result<(), Error> {
        self.write_inbox(changes.inbox).await?;
        self.write_quarantine(changes.quarantine).await?;
        self.write_entries(changes.entries).await?;
        self.write_payloads(changes.payloads).await?;
        self.erase(changes.erased).await?;
        self.write_runs(changes.runs).await?;
        self.write_tasks(changes.tasks).await?;
        self.write_timers(changes.timers).await?;
        self.drop_drafts(changes.dropped_drafts).await?;
        self.write_drafts(changes.drafts).await?;
        self.write_outbox(changes.outbox).await
    }

    async fn write_inbox(&mut self, mut rows: Vec<InboxRow>) -> Result<(), Error> {
        rows.sort_by(|a, b| (&a.source, &a.command_id).cmp(&(&b.source, &b.command_id)));
        let alliance = &self.alliance;
        let written = write_rows!(&mut self.tx, "inbox", INBOX, &rows, |query, row| query
            .bind(alliance)
            .bind(&row.source)
            .bind(&row.command_id)
            .bind(&row.fingerprint)
            .bind(row.run)
            .bind(row.state)
            .bind(&row.code)
            .bind(&row.reason)
            .bind(&row.outcome)
            .bind(whole(row.run_version))
            .bind(&row.raw)
            .bind(row.received_at)
            .bind(row.next_at)
            .bind(row.expires_at)
            .bind(i64::from(row.attempts))
            .bind(&row.waiting_for));
        all_taken("inbox", written, rows.len())
    }

    async fn write_quarantine(&mut self, mut rows: Vec<QuarantineRow>) -> Result<(), Error> {
        rows.sort_by(|a, b| a.sha256.cmp(&b.sha256));
        let alliance = &self.alliance;
        write_rows!(
            &mut self.tx,
            "quarantine",
            QUARANTINE,
            &rows,
            |query, row| query
                .bind(alliance)
                .bind(&row.sha256)
                .bind(&row.raw)
                .bind(&row.code)
                .bind(&row.reason)
                .bind(i64::from(row.seen))
                .bind(row.first_at)
                .bind(row.last_at)
                .bind(&row.routing_key)
                .bind(&row.broker_user)
        );
        Ok(())
    }

    async fn write_entries(&mut self, mut rows: Vec<EntryRow>) -> Result<(), Error> {
        rows.sort_by_key(|row| (row.run, row.seq));
        let alliance = &self.alliance;
        write_rows!(&mut self.tx, "entry", ENTRIES, &rows, |query, row| query
            .bind(alliance)
            .bind(row.run)
            .bind(whole(row.seq))
            .bind(row.at)
            .bind(&row.source)
            .bind(&row.command_id)
            .bind(&row.body));
        Ok(())
    }

    async fn write_payloads(&mut self, mut rows: Vec<PayloadRow>) -> Result<(), Error> {
        rows.sort_by(|a, b| (a.run, &a.commitment).cmp(&(b.run, &b.commitment)));
        let alliance = &self.alliance;
        write_rows!(&mut self.tx, "payload", PAYLOADS, &rows, |query, row| query
            .bind(alliance)
            .bind(row.run)
            .bind(&row.commitment)
            .bind(&row.salt)
            .bind(&row.value)
            .bind(whole(row.seq))
            .bind(row.written_by));
        Ok(())
    }

    async fn write_runs(&mut self, mut rows: Vec<RunRow>) -> Result<(), Error> {
        rows.sort_by_key(|row| row.id);
        let alliance = &self.alliance;
        let written = write_rows!(&mut self.tx, "run", RUNS, &rows, |query, row| query
            .bind(alliance)
            .bind(row.id)
            .bind(row.kind)
            .bind(&row.reference)
            .bind(&row.workflow)
            .bind(i64::from(row.workflow_version))
            .bind(&row.workflow_hash)
            .bind(&row.title)
            .bind(&row.host_school)
            .bind(row.status)
            .bind(&row.stage)
            .bind(row.started_at)
            .bind(row.changed_at)
            .bind(whole(row.version))
            .bind(&row.head)
            .bind(i64::from(row.fold))
            .bind(&row.state));
        all_taken("run", written, rows.len())
    }

    async fn write_drafts(&mut self, mut rows: Vec<DraftRow>) -> Result<(), Error> {
        rows.sort_by(|a, b| (a.run, &a.address, a.attempt).cmp(&(b.run, &b.address, b.attempt)));
        let alliance = &self.alliance;
        write_rows!(&mut self.tx, "draft", DRAFTS, &rows, |query, row| query
            .bind(alliance)
            .bind(row.run)
            .bind(&row.address)
            .bind(i64::from(row.attempt))
            .bind(&row.body)
            .bind(row.written_by)
            .bind(row.at));
        Ok(())
    }

    async fn write_outbox(&mut self, mut rows: Vec<OutboxRow>) -> Result<(), Error> {
        rows.sort_by_key(|row| row.id);
        let alliance = &self.alliance;
        write_rows!(&mut self.tx, "outbox", OUTBOX, &rows, |query, row| query
            .bind(alliance)
            .bind(row.id)
            .bind(row.kind)
            .bind(row.run)
            .bind(whole(row.seq))
            .bind(&row.body)
            .bind(row.next_at)
            .bind(i64::from(row.attempts))
            .bind(&row.why)
            .bind(row.lease_token)
            .bind(row.lease_until)
            .bind(row.person)
            .bind(&row.held)
            .bind(i64::from(row.tried)));
        Ok(())
    }

    async fn erase(&mut self, erased: Vec<(RunId, Commitment)>) -> Result<(), Error> {
        for (run, commitments) in by_run(erased) {
            let keys: Vec<String> = commitments.into_iter().map(|c| c.commitment).collect();
            let alliance = &self.alliance;
            run_by_keys!(on_tx, &mut self.tx, "payload", ERASE, [alliance, run], keys);
        }
        Ok(())
    }

    async fn drop_drafts(&mut self, dropped: Vec<(RunId, Address)>) -> Result<(), Error> {
        for (run, addresses) in by_run(dropped) {
            let alliance = &self.alliance;
            run_by_keys!(
                on_tx,
                &mut self.tx,
                "draft",
                DROP_DRAFTS,
                [alliance, run],
                addresses
            );
        }
        Ok(())
    }
}

fn by_run<T>(pairs: Vec<(RunId, T)>) -> BTreeMap<RunId, Vec<T>> {
    let mut grouped: BTreeMap<RunId, Vec<T>> = BTreeMap::new();
    for (run, item) in pairs {
        grouped.entry(run).or_default().push(item);
    }
    grouped
}

/// A row that the database did not take met one that stands for good.
fn all_taken(table: &'static str, written: u64, rows: usize) -> Result<(), Error> {
    if usize::try_from(written).is_ok_and(|written| written == rows) {
        Ok(())
    } else {
        Err(Error::Conflict { table })
    }
}
