//! What came in and what became of it; what could not be told by its id; what was written out.

use super::Scoped;
use super::error::Error;
use super::rows::{InboxRow, InboxState, MailRow, QuarantineRow};
use crate::core::names::{PersonId, RunId};

/// Each that is given narrows the list.
#[derive(Debug, Clone, Default)]
pub struct InboxFilter {
    pub state: Option<InboxState>,
    pub run: Option<RunId>,
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Default)]
pub struct MailFilter {
    pub run: Option<RunId>,
    pub person: Option<PersonId>,
    pub limit: Option<u32>,
}

statements! {
    one {
        LIST = concat!("SELECT ", columns!(inbox), " FROM inbox WHERE alliance = $1
                AND (state = $2 OR $2 IS NULL) AND (run = $3 OR $3 IS NULL)
            ORDER BY received_at DESC, source, command_id LIMIT $4");
        BY_ID = concat!("SELECT ", columns!(inbox), " FROM inbox
            WHERE alliance = $1 AND command_id = $2 ORDER BY source");
        QUARANTINE = concat!("SELECT ", columns!(quarantine), " FROM quarantine
            WHERE alliance = $1 ORDER BY last_at DESC, sha256 LIMIT $2");
        QUARANTINED = concat!("SELECT ", columns!(quarantine), " FROM quarantine
            WHERE alliance = $1 AND sha256 LIKE $2 ORDER BY sha256 LIMIT 2");
        DISCARD = "DELETE FROM quarantine WHERE alliance = $1 AND sha256 = $2";
        SET_ASIDE = "UPDATE quarantine SET code = $1, reason = $2, raw = NULL
            WHERE alliance = $3 AND sha256 = $4";
        MAILS = concat!("SELECT ", columns!(mail), " FROM mail WHERE alliance = $1
                AND (run = $2 OR $2 IS NULL) AND (person = $3 OR $3 IS NULL)
            ORDER BY at DESC, id DESC LIMIT $4");
    }
}

fn at_most(limit: Option<u32>) -> i64 {
    limit.map_or(i64::MAX, i64::from)
}

impl Scoped {
    /// Messages with an id, newest first.
    pub async fn inbox(&self, filter: &InboxFilter) -> Result<Vec<InboxRow>, Error> {
        read_all!(
            on_reader,
            &self.db,
            "inbox",
            InboxRow,
            LIST,
            [
                &self.alliance,
                filter.state,
                filter.run,
                at_most(filter.limit)
            ]
        )
    }

    /// All messages of that id; each source has ids of its own.
    pub async fn find_messages(&self, id: &str) -> Result<Vec<InboxRow>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "inbox",
            InboxRow,
            BY_ID,
            [alliance, id]
        )
    }

    /// Messages that could not be told by an id, newest first.
    pub async fn quarantine(&self, limit: Option<u32>) -> Result<Vec<QuarantineRow>, Error> {
        let limit = at_most(limit);
        read_all!(
            on_reader,
            &self.db,
            "quarantine",
            QuarantineRow,
            QUARANTINE,
            [&self.alliance, limit]
        )
    }

    /// By its hash, or a beginning of it that no other shares.
    pub async fn find_quarantined(&self, sha256: &str) -> Result<Option<QuarantineRow>, Error> {
        let hex = !sha256.is_empty() && sha256.chars().all(|c| c.is_ascii_hexdigit());
        if !hex {
            return Ok(None);
        }
        let beginning = format!("{}%", sha256.to_ascii_lowercase());
        let mut found = read_all!(
            on_reader,
            &self.db,
            "quarantine",
            QuarantineRow,
            QUARANTINED,
            [&self.alliance, &beginning]
        )?;
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// Takes it out: it was driven in again, or nobody wants it. `false` if it was not there.
    pub async fn discard_quarantined(&self, sha256: &str) -> Result<bool, Error> {
        let alliance = &self.alliance;
        let gone = run_one!(
            on_writer,
            &self.db,
            "quarantine",
            DISCARD,
            [alliance, sha256]
        )?;
        Ok(gone == 1)
    }

    /// Keeps the record of it with another code and reason, and forgets its bytes. Comes it once
    /// more, the record says again what was wrong with it. `false` if it was not there.
    pub async fn set_aside(&self, sha256: &str, code: &str, reason: &str) -> Result<bool, Error> {
        let alliance = &self.alliance;
        let touched = run_one!(
            on_writer,
            &self.db,
            "quarantine",
            SET_ASIDE,
            [code, reason, alliance, sha256]
        )?;
        Ok(touched == 1)
    }

    /// What was written to people, or why not; newest first.
    pub async fn mails(&self, filter: &MailFilter) -> Result<Vec<MailRow>, Error> {
        read_all!(
            on_reader,
            &self.db,
            "mail",
            MailRow,
            MAILS,
            [
                &self.alliance,
                filter.run,
                filter.person,
                at_most(filter.limit)
            ]
        )
    }
}
