//! The post: letters that wait for a person, the mails made of them, and what became of both.
//!
//! All letters of a person that are due are claimed together, so that they go into one mail. That
//! mail, the record of each letter and the end of their rows in the outbox are written in one
//! transaction; the key of `outgoing` sees to it that no two processes make two mails of one day.

use uuid::Uuid;

use super::claims::SKEW_SECONDS;
use super::error::Error;
use super::rows::{Claimed, MailRow, OutboxRow, OutgoingRow};
use super::statement::whole;
use super::unit::Unit;
use super::write::Changes;
use super::{Scoped, Store, dialect};
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::time::{Date, Instant};

statements! {
    one {
        HOLD = "UPDATE outbox SET next_at = $1, held = $2, lease_token = NULL, lease_until = NULL
            WHERE alliance = $3 AND id = $4 AND lease_token = $5";
        TAKE = "DELETE FROM outbox WHERE alliance = $1 AND id = $2 AND lease_token = $3";
        RECORD = concat!("INSERT INTO mail (alliance, ", columns!(mail), ")
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
        CARRIED = concat!("SELECT ", columns!(mail), " FROM mail
            WHERE alliance = $1 AND person = $2 AND carrier = $3 AND state = 'written'
            ORDER BY seq, id");
        FORGET = "DELETE FROM mail WHERE alliance = $1 AND id = $2";
        UNMAKE = "DELETE FROM outgoing WHERE alliance = $1 AND id = $2 AND lease_token = $3";
        MAKE = concat!("INSERT INTO outgoing (alliance, ", columns!(outgoing), ")
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING");
        SAVE = "UPDATE outgoing SET state = $1, sending = $2, open = $3, next_at = $4
            WHERE alliance = $5 AND id = $6 AND lease_token = $7";
        LET_GO = "UPDATE outgoing SET lease_token = NULL, lease_until = NULL,
                bytes = CASE WHEN open THEN bytes END
            WHERE alliance = $1 AND id = $2 AND lease_token = $3";
        WRITTEN = "UPDATE outgoing SET state = 'written', open = $1, bytes = NULL,
                lease_token = NULL, lease_until = NULL
            WHERE alliance = $2 AND id = $3 AND lease_token = $4";
        OUTGOING = concat!("SELECT ", columns!(outgoing), " FROM outgoing
            WHERE alliance = $1 AND (person = $2 OR $2 IS NULL) ORDER BY day, number, id");
        LOST = concat!("SELECT ", columns!(outgoing), " FROM outgoing
            WHERE alliance = $1 AND state IN ('failed', 'bounced') AND day >= $2
            ORDER BY day, number, id");
        BY_ID = concat!("SELECT alliance, ", columns!(outgoing), " FROM outgoing WHERE id = $1");
        AMEND = "UPDATE outgoing SET state = $1, sending = $2, open = $3
            WHERE alliance = $4 AND id = $5 AND sending = $6";
        ON_DAY = "SELECT count(*) FROM outgoing WHERE alliance = $1 AND person = $2 AND day = $3";
        LAST = "SELECT coalesce(max(number), 0) FROM outgoing
            WHERE alliance = $1 AND person = $2 AND day = $3";
        EVER = "SELECT count(*) FROM outgoing WHERE alliance = $1 AND person = $2";
        WAITING = concat!("SELECT ", columns!(outbox), " FROM outbox
            WHERE alliance = $1 AND kind = 'mail' AND (run = $2 OR $2 IS NULL)
                AND (person = $3 OR $3 IS NULL)
            ORDER BY next_at, seq, id");
    }
}

/// Which letters wait.
#[derive(Debug, Clone, Copy, Default)]
pub struct WaitingFilter {
    pub run: Option<RunId>,
    pub person: Option<PersonId>,
}

impl Store {
    /// Takes all letters that are due of so many people, those who wait longest first.
    pub async fn claim_letters(
        &self,
        now: Instant,
        lease_seconds: i64,
        people: u32,
        token: Uuid,
    ) -> Result<Vec<Claimed<OutboxRow>>, Error> {
        let sql = dialect::CLAIM_LETTERS.of(&self.db);
        let until = now.plus_seconds(lease_seconds);
        let stale = now.plus_seconds(-SKEW_SECONDS);
        let mut claimed = read_all!(
            on_writer,
            &self.db,
            "outbox",
            Claimed<OutboxRow>,
            sql,
            [token, until, now, stale, i64::from(people)]
        )?;
        claimed.sort_by_key(|it| (it.row.next_at, it.row.seq, it.row.id));
        Ok(claimed)
    }

    /// They leave at another moment, and why.
    pub async fn hold_letters(
        &self,
        alliance: &AllianceId,
        ids: &[Uuid],
        token: Uuid,
        (until, rule): (Instant, &str),
    ) -> Result<(), Error> {
        let mut unit = Unit::begin(&self.db, alliance.clone()).await?;
        for id in ids {
            let tx = &mut unit.tx;
            run_one!(
                on_tx,
                &mut *tx,
                "outbox",
                HOLD,
                [until, rule, alliance, id, token]
            )?;
        }
        unit.commit().await
    }

    /// The letters go from the outbox, the record of each comes, and the mail that carries them:
    /// all or none. `false` if another has one of them by now, or has made the mail of that day.
    pub async fn finish_letters(
        &self,
        alliance: &AllianceId,
        records: &[MailRow],
        mail: Option<&OutgoingRow>,
        token: Uuid,
    ) -> Result<bool, Error> {
        let mut unit = Unit::begin(&self.db, alliance.clone()).await?;
        let tx = &mut unit.tx;
        for record in records {
            let taken = run_one!(
                on_tx,
                &mut *tx,
                "outbox",
                TAKE,
                [alliance, record.id, token]
            )?;
            if taken == 0 {
                return Ok(false);
            }
            run_one!(
                on_tx,
                &mut *tx,
                "mail",
                RECORD,
                [
                    alliance,
                    record.id,
                    record.run,
                    record.person,
                    &record.kind,
                    &record.letter,
                    record.state,
                    &record.why,
                    record.at,
                    record.carrier,
                    &record.held,
                    whole(record.seq),
                    i64::from(record.tried),
                ]
            )?;
        }
        if let Some(row) = mail {
            let made = run_one!(
                on_tx,
                &mut *tx,
                "outgoing",
                MAKE,
                [
                    alliance,
                    row.id,
                    row.person,
                    row.day,
                    i64::from(row.number),
                    &row.bytes,
                    &row.state,
                    &row.sending,
                    row.open,
                    row.next_at,
                    row.lease_token,
                    row.lease_until,
                ]
            )?;
            if made == 0 {
                return Ok(false);
            }
        }
        unit.commit().await.map(|()| true)
    }

    /// A mail that never left is taken apart: its letters wait again, as if it had never been made.
    /// `false` if another has it by now.
    pub async fn take_apart(
        &self,
        alliance: &AllianceId,
        mail: Uuid,
        token: Uuid,
        letters: Vec<OutboxRow>,
    ) -> Result<bool, Error> {
        let mut unit = Unit::begin(&self.db, alliance.clone()).await?;
        let tx = &mut unit.tx;
        let unmade = run_one!(on_tx, &mut *tx, "outgoing", UNMAKE, [alliance, mail, token])?;
        if unmade == 0 {
            return Ok(false);
        }
        for letter in &letters {
            run_one!(on_tx, &mut *tx, "mail", FORGET, [alliance, letter.id])?;
        }
        unit.write(Changes {
            outbox: letters,
            ..Changes::default()
        })
        .await?;
        unit.commit().await.map(|()| true)
    }

    /// Takes mails that were made and not yet written, oldest first.
    pub async fn claim_outgoing(
        &self,
        now: Instant,
        lease_seconds: i64,
        limit: u32,
        token: Uuid,
    ) -> Result<Vec<Claimed<OutgoingRow>>, Error> {
        let sql = dialect::CLAIM_OUTGOING.of(&self.db);
        let until = now.plus_seconds(lease_seconds);
        let stale = now.plus_seconds(-SKEW_SECONDS);
        let mut claimed = read_all!(
            on_writer,
            &self.db,
            "outgoing",
            Claimed<OutgoingRow>,
            sql,
            [token, until, now, stale, i64::from(limit)]
        )?;
        claimed.sort_by_key(|it: &Claimed<OutgoingRow>| (it.row.next_at, it.row.id));
        Ok(claimed)
    }

    /// It lies where it should; its bytes are not kept twice.
    pub async fn outgoing_written(
        &self,
        alliance: &AllianceId,
        id: Uuid,
        token: Uuid,
    ) -> Result<(), Error> {
        let open = false;
        run_one!(
            on_writer,
            &self.db,
            "outgoing",
            WRITTEN,
            [open, alliance, id, token]
        )?;
        Ok(())
    }

    /// How a mail stands now. `false` if another has it by now. It stays with whoever has it if `keep`.
    pub async fn save_outgoing(
        &self,
        alliance: &AllianceId,
        row: &OutgoingRow,
        token: Uuid,
        keep: bool,
    ) -> Result<bool, Error> {
        let mut unit = Unit::begin(&self.db, alliance.clone()).await?;
        let tx = &mut unit.tx;
        let touched = run_one!(
            on_tx,
            &mut *tx,
            "outgoing",
            SAVE,
            [
                &row.state,
                &row.sending,
                row.open,
                row.next_at,
                alliance,
                row.id,
                token,
            ]
        )?;
        if !keep {
            run_one!(
                on_tx,
                &mut *tx,
                "outgoing",
                LET_GO,
                [alliance, row.id, token]
            )?;
        }
        unit.commit().await?;
        Ok(touched == 1)
    }

    /// A mail by its id, in whatever alliance.
    pub async fn find_outgoing(&self, id: Uuid) -> Result<Option<Claimed<OutgoingRow>>, Error> {
        read_one!(
            on_reader,
            &self.db,
            "outgoing",
            Claimed<OutgoingRow>,
            BY_ID,
            [id]
        )
    }

    /// Somebody outside has said what became of a mail. `false` if it has moved meanwhile.
    pub async fn amend_outgoing(
        &self,
        alliance: &AllianceId,
        row: &OutgoingRow,
        seen: &str,
    ) -> Result<bool, Error> {
        let touched = run_one!(
            on_writer,
            &self.db,
            "outgoing",
            AMEND,
            [&row.state, &row.sending, row.open, alliance, row.id, seen]
        )?;
        Ok(touched == 1)
    }
}

impl Scoped {
    /// How many mails were made for a person on a day.
    pub async fn mails_on(&self, person: PersonId, day: Date) -> Result<u32, Error> {
        let found: Option<(i64,)> = read_one!(
            on_reader,
            &self.db,
            "outgoing",
            (i64,),
            ON_DAY,
            [&self.alliance, person, day]
        )?;
        let count = found.map_or(0, |(count,)| count);
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// The number of the last mail that was made for a person on a day and is still there; 0 for none.
    pub async fn last_number(&self, person: PersonId, day: Date) -> Result<u32, Error> {
        let found: Option<(i64,)> = read_one!(
            on_reader,
            &self.db,
            "outgoing",
            (i64,),
            LAST,
            [&self.alliance, person, day]
        )?;
        let last = found.map_or(0, |(last,)| last);
        Ok(u32::try_from(last).unwrap_or(u32::MAX))
    }

    /// The letters that went into a mail, oldest first.
    pub async fn carried(&self, person: PersonId, mail: Uuid) -> Result<Vec<MailRow>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "mail",
            MailRow,
            CARRIED,
            [alliance, person, mail]
        )
    }

    /// Whether a mail was ever made for a person.
    pub async fn was_written_to(&self, person: PersonId) -> Result<bool, Error> {
        let alliance = &self.alliance;
        let found: Option<(i64,)> = read_one!(
            on_reader,
            &self.db,
            "outgoing",
            (i64,),
            EVER,
            [alliance, person]
        )?;
        Ok(found.is_some_and(|(count,)| count > 0))
    }

    /// Every mail that was made, with how it stands, by day.
    pub async fn outgoing(&self, person: Option<PersonId>) -> Result<Vec<OutgoingRow>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "outgoing",
            OutgoingRow,
            OUTGOING,
            [alliance, person]
        )
    }

    /// Mails from a day on that did not arrive.
    pub async fn lost_mails(&self, since: Date) -> Result<Vec<OutgoingRow>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "outgoing",
            OutgoingRow,
            LOST,
            [alliance, since]
        )
    }

    /// Letters that have not gone out yet, soonest first.
    pub async fn letters_waiting(&self, filter: WaitingFilter) -> Result<Vec<OutboxRow>, Error> {
        let WaitingFilter { run, person } = filter;
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "outbox",
            OutboxRow,
            WAITING,
            [alliance, run, person]
        )
    }
}
