//! The unit of work: one transaction of one alliance, in which the engine decides and writes.
//!
//! The order is always the same: lock the runs, read what decides, write, commit. On SQLite the
//! unit is the only writer from its beginning; on PostgreSQL the runs are locked row by row, and a
//! run that does not exist yet by its name, so that a start and an early step for it take turns.
//! Begun in a task of its own, because a `begin` that is dropped half way leaks its transaction
//! (sqlx 0.9). Dropped without a commit, it changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Postgres, Sqlite, Transaction};

use super::error::{About, Error};
use super::rows::{DraftRow, InboxRow, PayloadRow, RunRow};
use super::{Db, dialect};
use crate::core::audit::payload::Commitment;
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::address::Address;
use crate::core::time::Instant;

pub struct Unit {
    pub(super) alliance: AllianceId,
    pub(super) tx: Tx,
}

pub(super) enum Tx {
    Lite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

statements! {
    one {
        NEXT_REFERENCE = "INSERT INTO reference_counter (alliance, prefix, year, last)
            VALUES ($1, $2, $3, 1)
            ON CONFLICT (alliance, prefix, year) DO UPDATE SET last = reference_counter.last + 1
            RETURNING last";
        WRITTEN_BY = "SELECT commitment FROM payload
            WHERE alliance = $1 AND run = $2 AND written_by = $3 ORDER BY commitment";
        OF_RUN = "SELECT commitment FROM payload WHERE alliance = $1 AND run = $2
            ORDER BY commitment";
        LETTERS_SENT = "SELECT letter, at FROM mail
            WHERE alliance = $1 AND run = $2 AND state = 'written' ORDER BY at";
    }
    keys {
        INBOX = (concat!("SELECT ", columns!(inbox), " FROM inbox WHERE alliance = $1 AND source = $2"),
            ("command_id", "text"), 3, "", "");
        PARKED = (concat!("SELECT ", columns!(inbox), " FROM inbox WHERE state = 'parked' AND alliance = $1"),
            ("run", "uuid"), 2, "", "ORDER BY received_at, source, command_id");
        PAYLOADS = (concat!("SELECT ", columns!(payload), " FROM payload WHERE alliance = $1 AND run = $2"),
            ("commitment", "text"), 3, "", "");
        DRAFTS = (concat!("SELECT ", columns!(draft), " FROM draft WHERE alliance = $1"),
            ("run", "uuid"), 2, "", "");
    }
}

impl Unit {
    pub(super) async fn begin(db: &Db, alliance: AllianceId) -> Result<Self, Error> {
        let db = db.clone();
        let begun = tokio::spawn(async move {
            match db {
                Db::Lite { writer, .. } => {
                    writer.begin_with(dialect::lite::BEGIN).await.map(Tx::Lite)
                }
                Db::Pg(pool) => pool.begin().await.map(Tx::Pg),
            }
        });
        let tx = begun
            .await
            .map_err(|stopped| Error::Unavailable(stopped.to_string()))?
            .about("begin")?;
        Ok(Self { alliance, tx })
    }

    pub fn alliance(&self) -> &AllianceId {
        &self.alliance
    }

    /// Locks these runs until the unit ends and gives those that exist, in the order of their
    /// ids. Ids without a run are locked too: nobody else can start them meanwhile.
    pub async fn lock_runs(&mut self, ids: &[RunId]) -> Result<Vec<RunRow>, Error> {
        let ids: BTreeSet<RunId> = ids.iter().copied().collect();
        let ids: Vec<RunId> = ids.into_iter().collect();
        let mut found = self.locked(&ids).await?;
        if found.len() == ids.len() || matches!(self.tx, Tx::Lite(_)) {
            return Ok(found);
        }
        let known: BTreeSet<RunId> = found.iter().map(|run| run.id).collect();
        let missing: Vec<RunId> = ids.into_iter().filter(|id| !known.contains(id)).collect();
        self.lock_names(&missing).await?;
        found.extend(self.locked(&missing).await?);
        found.sort_by_key(|run| run.id);
        Ok(found)
    }

    async fn locked(&mut self, ids: &[RunId]) -> Result<Vec<RunRow>, Error> {
        let lock = match self.tx {
            Tx::Lite(_) => &dialect::lite::LOCK_RUNS,
            Tx::Pg(_) => &dialect::pg::LOCK_RUNS,
        };
        Ok(read_by_keys!(
            on_tx,
            &mut self.tx,
            "run",
            RunRow,
            lock,
            [&self.alliance],
            ids
        ))
    }

    async fn lock_names(&mut self, ids: &[RunId]) -> Result<(), Error> {
        let Tx::Pg(tx) = &mut self.tx else {
            return Ok(());
        };
        let alliance = &self.alliance;
        let names: Vec<String> = ids
            .iter()
            .map(|id| format!("run/{alliance}/{id}"))
            .collect();
        let locked = sqlx::query(dialect::pg::LOCK_NAMES)
            .bind(names)
            .execute(&mut **tx);
        locked.await.about("run").map(|_| ())
    }

    /// The inbox rows of these messages, each named by `(source, id)`.
    pub async fn find_inbox(&mut self, keys: &[(String, String)]) -> Result<Vec<InboxRow>, Error> {
        let mut by_source: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (source, id) in keys {
            by_source.entry(source).or_default().push(id);
        }
        let mut found = Vec::new();
        for (source, ids) in by_source {
            let alliance = &self.alliance;
            found.extend(read_by_keys!(
                on_tx,
                &mut self.tx,
                "inbox",
                InboxRow,
                INBOX,
                [alliance, source],
                ids
            ));
        }
        Ok(found)
    }

    /// What is parked for these runs, oldest first.
    pub async fn parked_of(&mut self, runs: &[RunId]) -> Result<Vec<InboxRow>, Error> {
        let mut found = read_by_keys!(
            on_tx,
            &mut self.tx,
            "inbox",
            InboxRow,
            PARKED,
            [&self.alliance],
            runs
        );
        found.sort_by(|a, b| {
            let key =
                |row: &InboxRow| (row.received_at, row.source.clone(), row.command_id.clone());
            key(a).cmp(&key(b))
        });
        Ok(found)
    }

    /// Texts of a run; one that was erased is not among them.
    pub async fn load_payloads(
        &mut self,
        run: RunId,
        commitments: &BTreeSet<Commitment>,
    ) -> Result<Vec<PayloadRow>, Error> {
        let keys: Vec<&str> = commitments.iter().map(|c| c.commitment.as_str()).collect();
        let alliance = &self.alliance;
        Ok(read_by_keys!(
            on_tx,
            &mut self.tx,
            "payload",
            PayloadRow,
            PAYLOADS,
            [alliance, run],
            keys
        ))
    }

    /// Drafts of these steps and attempts, of any number of runs at once.
    pub async fn load_drafts(
        &mut self,
        wanted: &BTreeSet<(RunId, Address, u32)>,
    ) -> Result<Vec<DraftRow>, Error> {
        let runs: BTreeSet<RunId> = wanted.iter().map(|(run, _, _)| *run).collect();
        let runs: Vec<RunId> = runs.into_iter().collect();
        let mut found = read_by_keys!(
            on_tx,
            &mut self.tx,
            "draft",
            DraftRow,
            DRAFTS,
            [&self.alliance],
            runs
        );
        found.retain(|draft| wanted.contains(&(draft.run, draft.address.clone(), draft.attempt)));
        Ok(found)
    }

    /// Every letter of a run that was sent, and when, oldest first.
    pub async fn letters_sent(&mut self, run: RunId) -> Result<Vec<(String, Instant)>, Error> {
        read_all!(
            on_tx,
            &mut self.tx,
            "mail",
            (String, Instant),
            LETTERS_SENT,
            [&self.alliance, run]
        )
    }

    /// Commitments of all texts in a run, or of those that a person wrote, in a stable order.
    pub async fn texts_of(
        &mut self,
        run: RunId,
        by: Option<PersonId>,
    ) -> Result<Vec<Commitment>, Error> {
        let alliance = &self.alliance;
        let tx = &mut self.tx;
        let found = match by {
            Some(person) => read_all!(
                on_tx,
                tx,
                "payload",
                (String,),
                WRITTEN_BY,
                [alliance, run, person]
            )?,
            None => read_all!(on_tx, tx, "payload", (String,), OF_RUN, [alliance, run])?,
        };
        let commitments = found.into_iter();
        Ok(commitments
            .map(|(commitment,)| Commitment { commitment })
            .collect())
    }

    /// The next free reference, `DLP-2026-014`. Given out for good when the unit is committed.
    pub async fn next_reference(&mut self, prefix: &str, year: i32) -> Result<String, Error> {
        let number: i64 = on_tx!(&mut self.tx, |c| {
            sqlx::query_scalar::<D, i64>(NEXT_REFERENCE)
                .bind(&self.alliance)
                .bind(prefix)
                .bind(i64::from(year))
                .fetch_one(c)
                .await
        })
        .about("reference_counter")?;
        Ok(format!("{prefix}-{year}-{number:03}"))
    }

    /// Makes it all last. `UnknownOutcome` means: ask by inbox key before trying again.
    pub async fn commit(self) -> Result<(), Error> {
        let done = match self.tx {
            Tx::Lite(tx) => tx.commit().await,
            Tx::Pg(tx) => tx.commit().await,
        };
        done.map_err(Error::of_commit)
    }

    /// Takes it all back and waits until that is done (a dry run). A unit that is only dropped is
    /// taken back a moment later.
    pub async fn roll_back(self) -> Result<(), Error> {
        let done = match self.tx {
            Tx::Lite(tx) => tx.rollback().await,
            Tx::Pg(tx) => tx.rollback().await,
        };
        done.about("rollback")
    }
}
