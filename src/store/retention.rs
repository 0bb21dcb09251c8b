//! What is not kept for good: bytes and texts go, the record of what became of them stays.
//!
//! Few rows at a time, so that no lock is held for long. Each call says how many there were; fewer
//! than asked for means that nothing is left.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Scoped;
use super::error::Error;
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
