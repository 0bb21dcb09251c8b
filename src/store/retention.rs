//! What is not kept for good: bytes and texts go, the record of what became of them stays.
//!
//! Few rows at a time, so that no lock is held for long. Each call says how many there were; fewer
//! than asked for means that nothing is left.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Scoped;
use super::error::Error;
use crate::core::names::RunId;
use crate::core::time::{Date, Instant};

statements! {
    one {
        FORGET_RAW = "UPDATE inbox SET raw = NULL
            WHERE (alliance, source, command_id) IN (SELECT alliance, source, command_id FROM inbox
                WHERE alliance = $1 AND state = 'quarantined' AND received_at < $2
                    AND raw IS NOT NULL
                ORDER BY received_at, source, command_id LIMIT $3)";
        FORGET_BYTES = "UPDATE quarantine SET raw = NULL
            WHERE (alliance, sha256) IN (SELECT alliance, sha256 FROM quarantine
                WHERE alliance = $1 AND last_at < $2 AND raw IS NOT NULL
                ORDER BY last_at, sha256 LIMIT $3)";
        FORGET_MAILS = "UPDATE outgoing SET bytes = NULL
            WHERE (alliance, id) IN (SELECT alliance, id FROM outgoing
                WHERE alliance = $1 AND day < $2 AND bytes IS NOT NULL AND NOT open
                ORDER BY day, id LIMIT $3)";
        TEXT_YEARS = "SELECT text_years FROM alliance WHERE id = $1";
        SET_TEXT_YEARS = "UPDATE alliance SET text_years = $1 WHERE id = $2";
        WITH_TEXTS = "SELECT id FROM run
            WHERE alliance = $1 AND status IN ('stopped', 'complete') AND started_at < $2
                AND id > $3 AND EXISTS (SELECT 1 FROM payload
                    WHERE payload.alliance = run.alliance AND payload.run = run.id)
            ORDER BY id LIMIT $4";
    }
    keys {
        OLD_MAILS = ("SELECT id FROM outgoing WHERE alliance = $1 AND day < $2",
            ("id", "uuid"), 3, "", "");
    }
}

impl Scoped {
    /// The bytes of quarantined messages that have not come since.
    pub async fn forget_raw(&self, before: Instant, limit: u32) -> Result<u64, Error> {
        let (alliance, limit) = (&self.alliance, i64::from(limit));
        let texts = run_one!(
            on_writer,
            &self.db,
            "inbox",
            FORGET_RAW,
            [alliance, before, limit]
        )?;
        let bytes = run_one!(
            on_writer,
            &self.db,
            "quarantine",
            FORGET_BYTES,
            [alliance, before, limit]
        )?;
        Ok(texts + bytes)
    }

    /// So many school years after that of its end the texts of a project are kept; for good where
    /// there is no number.
    pub async fn text_years(&self) -> Result<Option<u32>, Error> {
        let alliance = &self.alliance;
        let found = read_one!(
            on_reader,
            &self.db,
            "alliance",
            (Option<i64>,),
            TEXT_YEARS,
            [alliance]
        )?;
        let years: Option<i64> = found.and_then(|(years,): (Option<i64>,)| years);
        Ok(years.map(|years| u32::try_from(years).unwrap_or(u32::MAX)))
    }

    pub async fn set_text_years(&self, years: Option<u32>) -> Result<(), Error> {
        let alliance = &self.alliance;
        let years = years.map(i64::from);
        run_one!(
            on_writer,
            &self.db,
            "alliance",
            SET_TEXT_YEARS,
            [years, alliance]
        )?;
        Ok(())
    }

    /// Projects at their end that hold texts and began before that moment, by id, after that id.
    pub async fn ended_with_texts(
        &self,
        began_before: Instant,
        after: RunId,
        limit: u32,
    ) -> Result<Vec<RunId>, Error> {
        let (alliance, limit) = (&self.alliance, i64::from(limit));
        let found = read_all!(
            on_reader,
            &self.db,
            "run",
            (RunId,),
            WITH_TEXTS,
            [alliance, began_before, after, limit]
        )?;
        Ok(found.into_iter().map(|(run,)| run).collect())
    }

    /// The bytes of mails with which nothing is to be done any more.
    pub async fn forget_mails(&self, before: Date, limit: u32) -> Result<u64, Error> {
        let (alliance, limit) = (&self.alliance, i64::from(limit));
        run_one!(
            on_writer,
            &self.db,
            "outgoing",
            FORGET_MAILS,
            [alliance, before, limit]
        )
    }

    /// Which of these mails are of a day before that one.
    pub async fn mails_before(&self, day: Date, ids: &[Uuid]) -> Result<BTreeSet<Uuid>, Error> {
        let alliance = &self.alliance;
        let found = read_by_keys!(
            on_reader,
            &self.db,
            "outgoing",
            (Uuid,),
            OLD_MAILS,
            [alliance, day],
            ids
        );
        Ok(found.into_iter().map(|(id,)| id).collect())
    }
}
