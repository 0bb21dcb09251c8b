//! Reading runs, their log and their texts.

use super::Scoped;
use super::error::Error;
use super::rows::{DraftRow, EntryRow, PayloadRow, RunRow};
use super::statement::whole;
use crate::core::names::{PersonId, RunId};

statements! {
    one {
        FIND = concat!("SELECT ", columns!(run), " FROM run WHERE alliance = $1 AND id = $2");
        BY_REFERENCE = concat!("SELECT ", columns!(run), " FROM run
            WHERE alliance = $1 AND reference = $2");
        IDS = "SELECT id FROM run WHERE alliance = $1
            UNION SELECT run AS id FROM entry WHERE alliance = $1 ORDER BY id";
        TRACED = "SELECT id FROM run WHERE alliance = $1
            UNION SELECT run AS id FROM entry WHERE alliance = $1
            UNION SELECT run AS id FROM payload WHERE alliance = $1
            UNION SELECT run AS id FROM inbox WHERE alliance = $1 AND state = 'applied'
            ORDER BY id";
        ANSWERED = "SELECT max(run_version) FROM inbox
            WHERE alliance = $1 AND run = $2 AND state = 'applied'";
        DRAFTS_BY = concat!("SELECT ", columns!(draft), " FROM draft
            WHERE alliance = $1 AND written_by = $2 ORDER BY run, address, attempt");
        ENTRIES = concat!("SELECT ", columns!(entry), " FROM entry
            WHERE alliance = $1 AND run = $2 AND seq > $3 ORDER BY seq LIMIT $4");
        PAYLOADS = concat!("SELECT ", columns!(payload), " FROM payload
            WHERE alliance = $1 AND run = $2 ORDER BY seq, commitment");
        WRITTEN_BY = "SELECT DISTINCT run FROM payload
            WHERE alliance = $1 AND written_by = $2 ORDER BY run";
        NAMING = "SELECT DISTINCT run FROM entry WHERE alliance = $1 AND body LIKE $2 ORDER BY run";
    }
}

impl Scoped {
    pub async fn find_run(&self, run: RunId) -> Result<Option<RunRow>, Error> {
        read_one!(
            on_reader,
            &self.db,
            "run",
            RunRow,
            FIND,
            [&self.alliance, run]
        )
        .map_err(|error| error.in_row(run))
    }

    /// `DLP-2026-014`
    pub async fn find_run_by_reference(&self, reference: &str) -> Result<Option<RunRow>, Error> {
        let alliance = &self.alliance;
        read_one!(
            on_reader,
            &self.db,
            "run",
            RunRow,
            BY_REFERENCE,
            [alliance, reference]
        )
    }

    /// All runs that have a snapshot or an entry, by id: whoever takes a snapshot away does not
    /// hide its log from `verify`.
    pub async fn run_ids(&self) -> Result<Vec<RunId>, Error> {
        let rows = read_all!(on_reader, &self.db, "run", (RunId,), IDS, [&self.alliance])?;
        Ok(rows.into_iter().map(|(run,)| run).collect())
    }

    /// Every run of which there is a trace: a row, entries, texts, or an answer to its sender.
    pub async fn traced_runs(&self) -> Result<Vec<RunId>, Error> {
        let alliance = &self.alliance;
        let rows = read_all!(on_reader, &self.db, "entry", (RunId,), TRACED, [alliance])?;
        Ok(rows.into_iter().map(|(run,)| run).collect())
    }

    /// The highest version that a sender was answered with; 0 if nobody was.
    pub async fn answered_version(&self, run: RunId) -> Result<u64, Error> {
        let alliance = &self.alliance;
        let found = read_one!(
            on_reader,
            &self.db,
            "inbox",
            (Option<i64>,),
            ANSWERED,
            [alliance, run]
        )?;
        let version = found.and_then(|(version,)| version).unwrap_or(0);
        Ok(u64::try_from(version).unwrap_or(0))
    }

    /// The entries of a run after a sequence number, in order, so many at most.
    pub async fn entries(
        &self,
        run: RunId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<EntryRow>, Error> {
        read_all!(
            on_reader,
            &self.db,
            "entry",
            EntryRow,
            ENTRIES,
            [&self.alliance, run, whole(after), i64::from(limit)]
        )
        .map_err(|error| error.in_row(run))
    }

    /// The texts of a run that were not erased, in the order in which they were written.
    pub async fn payloads(&self, run: RunId) -> Result<Vec<PayloadRow>, Error> {
        read_all!(
            on_reader,
            &self.db,
            "payload",
            PayloadRow,
            PAYLOADS,
            [&self.alliance, run]
        )
        .map_err(|error| error.in_row(run))
    }

    /// Runs that hold a text which this person wrote.
    pub async fn runs_with_texts_of(&self, person: PersonId) -> Result<Vec<RunId>, Error> {
        let alliance = &self.alliance;
        let rows = read_all!(
            on_reader,
            &self.db,
            "payload",
            (RunId,),
            WRITTEN_BY,
            [alliance, person]
        )?;
        Ok(rows.into_iter().map(|(run,)| run).collect())
    }

    /// Answers that this person has saved and not handed in.
    pub async fn drafts_by(&self, person: PersonId) -> Result<Vec<DraftRow>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "draft",
            DraftRow,
            DRAFTS_BY,
            [alliance, person]
        )
    }

    /// Runs whose log names this person anywhere. Reads the whole log: for an export only.
    pub async fn runs_naming(&self, person: PersonId) -> Result<Vec<RunId>, Error> {
        let pattern = format!("%{person}%");
        let rows = read_all!(
            on_reader,
            &self.db,
            "entry",
            (RunId,),
            NAMING,
            [&self.alliance, pattern]
        )?;
        Ok(rows.into_iter().map(|(run,)| run).collect())
    }
}
