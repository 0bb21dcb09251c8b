//! The post: letters that wait for a person, the mails made of them, and what became of both.
//!
//! All letters of a person that are due are claimed together, so that they go into one mail. That
//! mail, the record of each letter and the end of their rows in the outbox are written in one
//! transaction; the key of `outgoing` sees to it that no two processes make two mails of one day.

use sqlx::FromRow;
use uuid::Uuid;

use super::claims::SKEW_SECONDS;
use super::error::Error;
use super::rows::{Claimed, MailRow, OutboxRow, OutgoingRow};
use super::unit::Unit;
use super::{Scoped, Store, dialect};
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::time::{Date, Instant};

statements! {
    one {
        HOLD = "UPDATE outbox SET next_at = $1, held = $2, lease_token = NULL, lease_until = NULL
            WHERE alliance = $3 AND id = $4 AND lease_token = $5";
        TAKE = "DELETE FROM outbox WHERE alliance = $1 AND id = $2 AND lease_token = $3";
        RECORD = concat!("INSERT INTO mail (alliance, ", columns!(mail), ")
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
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
        SUPPRESS = "INSERT INTO bad_address (alliance, person, digest, why, since)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (alliance, person) DO UPDATE SET
                digest = excluded.digest, why = excluded.why, since = excluded.since";
        SUPPRESSED = "SELECT person, digest, why, since FROM bad_address
            WHERE alliance = $1 ORDER BY since, person";
        MAKE_KEY = "INSERT INTO post_office (one, return_key) VALUES (1, $1)
            ON CONFLICT (one) DO NOTHING";
        OFFICE = "SELECT return_key, held_since, held_why FROM post_office WHERE one = 1";
        HOLD_ALL = "UPDATE post_office SET held_since = $1, held_why = $2
            WHERE one = 1 AND held_since IS NULL";
        RELEASE_ALL = "UPDATE post_office SET held_since = NULL, held_why = NULL WHERE one = 1";
        ON_DAY = "SELECT count(*) FROM outgoing WHERE alliance = $1 AND person = $2 AND day = $3";
        EVER = "SELECT count(*) FROM outgoing WHERE alliance = $1 AND person = $2";
        QUIET_TIMES = "SELECT quiet_times FROM alliance WHERE id = $1";
        SET_QUIET_TIMES = "UPDATE alliance SET quiet_times = $1 WHERE id = $2";
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

/// An address that took no mail, by the SHA-256 of it in lower case.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct BadAddress {
    pub person: PersonId,
    pub digest: String,
    pub why: String,
    pub since: Instant,
}

/// What holds for all mail of this database.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct PostOffice {
    pub return_key: Vec<u8>,
    pub held_since: Option<Instant>,
    pub held_why: Option<String>,
}

#[derive(Debug, FromRow)]
struct Rules {
    quiet_times: String,
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

    /// The key of return paths, made of these bytes if there is none yet, and whether mail is held.
    pub async fn post_office(&self, new_key: &[u8]) -> Result<PostOffice, Error> {
        let there = read_one!(on_reader, &self.db, "post_office", PostOffice, OFFICE, [])?;
        if let Some(office) = there {
            return Ok(office);
        }
        run_one!(on_writer, &self.db, "post_office", MAKE_KEY, [new_key])?;
        let made = read_one!(on_reader, &self.db, "post_office", PostOffice, OFFICE, [])?;
        made.ok_or_else(|| Error::Refused("The post office has no key.".to_owned()))
    }

    /// Nothing more is sent until an operator has looked.
    pub async fn hold_all_mail(&self, since: Instant, why: &str) -> Result<(), Error> {
        run_one!(on_writer, &self.db, "post_office", HOLD_ALL, [since, why])?;
        Ok(())
    }

    pub async fn release_mail(&self) -> Result<(), Error> {
        run_one!(on_writer, &self.db, "post_office", RELEASE_ALL, [])?;
        Ok(())
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

    /// The address of that hash takes no mail.
    pub async fn suppress(&self, bad: &BadAddress) -> Result<(), Error> {
        run_one!(
            on_writer,
            &self.db,
            "bad_address",
            SUPPRESS,
            [&self.alliance, bad.person, &bad.digest, &bad.why, bad.since]
        )?;
        Ok(())
    }

    pub async fn bad_addresses(&self) -> Result<Vec<BadAddress>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "bad_address",
            BadAddress,
            SUPPRESSED,
            [alliance]
        )
    }

    /// The rules of the alliance, as JSON.
    pub async fn quiet_times(&self) -> Result<String, Error> {
        let alliance = &self.alliance;
        let found = read_one!(
            on_reader,
            &self.db,
            "alliance",
            Rules,
            QUIET_TIMES,
            [alliance]
        )?;
        Ok(found.map_or_else(|| "{}".to_owned(), |rules: Rules| rules.quiet_times))
    }

    pub async fn set_quiet_times(&self, rules: &str) -> Result<(), Error> {
        let alliance = &self.alliance;
        run_one!(
            on_writer,
            &self.db,
            "alliance",
            SET_QUIET_TIMES,
            [rules, alliance]
        )?;
        Ok(())
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
