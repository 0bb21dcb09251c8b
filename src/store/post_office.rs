//! What holds for all mail: the key of return paths, whether mail is held, addresses that take none,
//! and the quiet times of an alliance.

use sqlx::FromRow;

use super::error::Error;
use super::{Scoped, Store};
use crate::core::names::PersonId;
use crate::core::time::Instant;

statements! {
    one {
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
        QUIET_TIMES = "SELECT quiet_times FROM alliance WHERE id = $1";
        SET_QUIET_TIMES = "UPDATE alliance SET quiet_times = $1 WHERE id = $2";
    }
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
}
