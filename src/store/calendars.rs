//! Term dates and bank holidays of an alliance, and which projects must be counted anew by them.
//!
//! A change raises the alliance's revision and notes every project in progress, in one
//! transaction. A batch reads the revision under a lock that it shares with other batches, so that
//! no project can begin by old term dates without being noted.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::error::Error;
use super::unit::{Tx, Unit};
use super::{Scoped, Store, dialect};
use crate::core::names::{AllianceId, RunId};
use crate::core::time::Instant;

statements! {
    one {
        ALL = "SELECT key, body FROM calendar WHERE alliance = $1 ORDER BY key";
        KEEP = "INSERT INTO calendar (alliance, key, body, changed_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (alliance, key) DO UPDATE SET
                body = excluded.body, changed_at = excluded.changed_at";
        FORGET = "DELETE FROM calendar WHERE alliance = $1 AND key = $2";
        RAISE = "UPDATE alliance SET calendar_revision = calendar_revision + 1 WHERE id = $1
            RETURNING calendar_revision";
        REVISION = "SELECT calendar_revision FROM alliance WHERE id = $1";
        NOTE = "INSERT INTO replan (alliance, run, revision, because)
            SELECT alliance, id, $2, $3 FROM run
            WHERE alliance = $1 AND status = 'in_progress' AND kind = 'project'
            ON CONFLICT (alliance, run) DO UPDATE SET
                revision = excluded.revision, because = excluded.because";
        NOTED = "SELECT alliance, run, revision, because FROM replan
            ORDER BY alliance, run LIMIT $1";
        DONE = "DELETE FROM replan WHERE alliance = $1 AND run = $2 AND revision <= $3";
    }
}

/// Pages and bank holidays as they are kept: the text of each by its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalendarTexts {
    pub revision: i64,
    pub texts: BTreeMap<String, String>,
}

/// A project whose open dates must be counted by a revision.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ReplanRow {
    pub alliance: AllianceId,
    pub run: RunId,
    pub revision: i64,
    pub because: String,
}

#[derive(Debug, FromRow)]
struct Text {
    key: String,
    body: String,
}

impl CalendarTexts {
    fn of(revision: i64, rows: Vec<Text>) -> Self {
        let texts = rows.into_iter().map(|row| (row.key, row.body)).collect();
        Self { revision, texts }
    }
}

impl Scoped {
    /// The revision of this alliance's calendars, without a lock.
    pub async fn calendar_revision(&self) -> Result<i64, Error> {
        let alliance = &self.alliance;
        let found: Option<(i64,)> = read_one!(
            on_reader,
            &self.db,
            "alliance",
            (i64,),
            REVISION,
            [alliance]
        )?;
        Ok(found.map_or(0, |(revision,)| revision))
    }

    /// The texts may be newer than the revision, which is read before them; never older.
    pub async fn calendar_texts(&self) -> Result<CalendarTexts, Error> {
        let revision = self.calendar_revision().await?;
        let alliance = &self.alliance;
        let rows = read_all!(on_reader, &self.db, "calendar", Text, ALL, [alliance])?;
        Ok(CalendarTexts::of(revision, rows))
    }

    /// Writes these texts (`None` forgets one), raises the revision and notes all projects in
    /// progress; all of it or nothing. Refused if somebody else changed them since `seen`.
    pub async fn keep_calendars(
        &self,
        seen: i64,
        changes: &BTreeMap<String, Option<String>>,
        because: &str,
        at: Instant,
    ) -> Result<(), Error> {
        let mut unit = Unit::begin(&self.db, self.alliance.clone()).await?;
        let alliance = &self.alliance;
        let raised: Option<(i64,)> =
            read_one!(on_tx, &mut unit.tx, "alliance", (i64,), RAISE, [alliance])?;
        let (revision,) = raised.unwrap_or_default();
        if revision != seen + 1 {
            return Err(Error::Refused(
                "Somebody else has changed the calendars meanwhile. Nothing was written: run it again."
                    .to_owned(),
            ));
        }
        for (key, body) in changes {
            match body {
                Some(body) => run_one!(
                    on_tx,
                    &mut unit.tx,
                    "calendar",
                    KEEP,
                    [alliance, key, body, at]
                )?,
                None => run_one!(on_tx, &mut unit.tx, "calendar", FORGET, [alliance, key])?,
            };
        }
        run_one!(
            on_tx,
            &mut unit.tx,
            "replan",
            NOTE,
            [alliance, revision, because]
        )?;
        unit.commit().await
    }
}

impl Unit {
    /// The revision of this alliance's calendars, which nobody can raise until the unit ends.
    pub async fn calendar_revision(&mut self) -> Result<i64, Error> {
        let alliance = &self.alliance;
        let found: Option<(i64,)> = match self.tx {
            Tx::Lite(_) => read_one!(
                on_tx,
                &mut self.tx,
                "alliance",
                (i64,),
                REVISION,
                [alliance]
            )?,
            Tx::Pg(_) => read_one!(
                on_tx,
                &mut self.tx,
                "alliance",
                (i64,),
                dialect::pg::SHARE_REVISION,
                [alliance]
            )?,
        };
        Ok(found.map_or(0, |(revision,)| revision))
    }

    pub async fn calendar_texts(&mut self) -> Result<CalendarTexts, Error> {
        let revision = self.calendar_revision().await?;
        let alliance = &self.alliance;
        let rows = read_all!(on_tx, &mut self.tx, "calendar", Text, ALL, [alliance])?;
        Ok(CalendarTexts::of(revision, rows))
    }
}

impl Store {
    /// Projects that wait to be counted anew, of all alliances.
    pub async fn noted_replans(&self, limit: i64) -> Result<Vec<ReplanRow>, Error> {
        read_all!(on_reader, &self.db, "replan", ReplanRow, NOTED, [limit])
    }

    /// The project was counted by that revision; a newer note stays.
    pub async fn replanned(&self, row: &ReplanRow) -> Result<(), Error> {
        run_one!(
            on_writer,
            &self.db,
            "replan",
            DONE,
            [&row.alliance, row.run, row.revision]
        )?;
        Ok(())
    }
}
