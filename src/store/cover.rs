//! Who covers for whom, as it was arranged: by whom, when and why.
//!
//! The posts that make it so are posts as any others; this is the record beside them.

use sqlx::FromRow;

use super::Scoped;
use super::error::Error;
use super::unit::Unit;
use crate::core::names::PersonId;
use crate::core::time::{Date, Instant};

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct CoverRow {
    pub person: PersonId,
    #[sqlx(rename = "by_person")]
    pub by: PersonId,
    #[sqlx(rename = "from_day")]
    pub from: Date,
    #[sqlx(rename = "until_day")]
    pub until: Date,
    /// In the words of whoever arranged it: it may say that somebody is ill.
    pub reason: Option<String>,
    pub arranged_by: PersonId,
    pub arranged_at: Instant,
}

statements! {
    one {
        OF_PERSON = "SELECT person, by_person, from_day, until_day, reason, arranged_by, arranged_at
            FROM cover WHERE alliance = $1 AND (person = $2 OR by_person = $2 OR arranged_by = $2)
            ORDER BY from_day, person, by_person";
        PUT = "INSERT INTO cover (alliance, person, by_person, from_day, until_day, reason,
                arranged_by, arranged_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (alliance, person, by_person, from_day) DO UPDATE SET
                until_day = excluded.until_day, reason = excluded.reason,
                arranged_by = excluded.arranged_by, arranged_at = excluded.arranged_at";
        REMOVE = "DELETE FROM cover WHERE alliance = $1 AND person = $2 AND by_person = $3
            AND from_day = $4";
        ERASE = "DELETE FROM cover WHERE alliance = $1 AND (person = $2 OR by_person = $2)";
        ERASE_REASONS = "UPDATE cover SET reason = NULL WHERE alliance = $1 AND arranged_by = $2";
    }
}

impl Scoped {
    /// In which somebody is away, covers, or arranged it; by first day.
    pub async fn covers_of(&self, person: PersonId) -> Result<Vec<CoverRow>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "cover",
            CoverRow,
            OF_PERSON,
            [alliance, person]
        )
    }
}

impl Unit {
    pub(super) async fn write_covers(
        &mut self,
        put: &[CoverRow],
        removed: &[CoverRow],
    ) -> Result<(), Error> {
        let alliance = &self.alliance;
        for row in removed {
            run_one!(
                on_tx,
                &mut self.tx,
                "cover",
                REMOVE,
                [alliance, row.person, row.by, row.from]
            )?;
        }
        for row in put {
            run_one!(
                on_tx,
                &mut self.tx,
                "cover",
                PUT,
                [
                    alliance,
                    row.person,
                    row.by,
                    row.from,
                    row.until,
                    &row.reason,
                    row.arranged_by,
                    row.arranged_at
                ]
            )?;
        }
        Ok(())
    }

    /// What was arranged for and by somebody who is erased; and what they wrote of others.
    pub(super) async fn erase_covers(&mut self, person: PersonId) -> Result<(), Error> {
        let alliance = &self.alliance;
        run_one!(on_tx, &mut self.tx, "cover", ERASE, [alliance, person])?;
        run_one!(
            on_tx,
            &mut self.tx,
            "cover",
            ERASE_REASONS,
            [alliance, person]
        )?;
        Ok(())
    }
}
