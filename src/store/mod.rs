//! The database: SQLite for one machine, PostgreSQL for several; the only place that names sqlx.
//!
//! A [`Unit`] is one transaction of one alliance and the way in which runs are written; a
//! [`Scoped`] reads, and writes the directory, of one alliance; claims (`claims.rs`) serve the
//! background work of all. Nothing else reaches a row, so nothing crosses alliances.
//!
//! To add a statement: declare it in the file of its table with `statements!`; `$n` only, no
//! `now()`, no generated ids. To add a table: a migration of the same number and name in both
//! folders, a row in `rows.rs`, its line in `tests/store/equal.rs`.

#[macro_use]
mod rows;
#[macro_use]
mod statement;

mod alliances;
mod backup;
mod calendars;
mod claims;
mod columns;
mod cover;
mod details;
mod dialect;
mod directory;
mod error;
mod inbox;
mod inspect;
mod mail_texts;
mod people;

mod pools;
mod post;
mod post_office;
mod projection;
mod retention;
mod runs;
mod schedules;
mod schema;
mod scrub;
mod tasks;
mod unit;
mod workflows;
mod write;

use sqlx::{PgPool, SqlitePool};

use crate::core::names::AllianceId;
use crate::core::time::Instant;

pub use calendars::{CalendarTexts, ReplanRow};
pub use claims::{Backlog, OutboxKey};
pub use cover::CoverRow;
pub use details::{Contact, SchoolFacts};
use error::About;
pub use error::Error;
pub use inbox::{InboxFilter, MailFilter};
pub use inspect::{Inspection, Kind, newest_schema};
pub use mail_texts::MailTextRow;
pub use people::DirectoryChanges;
pub use post::WaitingFilter;
pub use post_office::{BadAddress, PostOffice};
pub use rows::{
    AllianceRow, Claimed, DraftRow, EntryRow, InboxRow, InboxState, MailRow, MailState, OutboxKind,
    OutboxRow, OutgoingRow, PayloadRow, PersonRow, QuarantineRow, RunKind, RunRow, TaskRow,
    TimerRow, WorkflowRow,
};
pub use schedules::{Occurrence, ScheduleRow, SchedulesLook, Turn};
pub use statement::MOST_ROWS;
pub use tasks::{PersonOn, RunFilter, RunSummary, TaskFilter, TaskOfRun};
pub use unit::Unit;
pub use write::Changes;

/// An open database. Cheap to clone; all clones share their connections.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
}

/// SQLite has one connection that writes and some that only read; PostgreSQL has one pool.
#[derive(Debug, Clone)]
enum Db {
    Lite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
    Pg(PgPool),
}

/// What one alliance may see and change outside a unit.
#[derive(Debug, Clone)]
pub struct Scoped {
    db: Db,
    alliance: AllianceId,
}

impl Store {
    /// Opens `sqlite:PATH` or `postgres:…`. The schema must be there already and be ours:
    /// [`Store::migrate`] makes it, and a newer one is refused.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let db = pools::open(url).await?;
        schema::check(&db).await?;
        Ok(Self { db })
    }

    /// Brings the schema up to date, one process at a time; creates a SQLite file.
    pub async fn migrate(url: &str) -> Result<(), Error> {
        schema::migrate(url).await
    }

    pub fn of(&self, alliance: &AllianceId) -> Scoped {
        Scoped {
            db: self.db.clone(),
            alliance: alliance.clone(),
        }
    }

    /// The time of the database, if it is a machine's of its own.
    pub async fn clock(&self) -> Result<Option<Instant>, Error> {
        let Db::Pg(pool) = &self.db else {
            return Ok(None);
        };
        let clock = sqlx::query_scalar(dialect::pg::CLOCK).fetch_one(pool).await;
        clock.map(Some).about("the server")
    }

    /// Begins one transaction of one alliance. It writes nothing until it is committed.
    pub async fn begin(&self, alliance: &AllianceId) -> Result<Unit, Error> {
        Unit::begin(&self.db, alliance.clone()).await
    }

    /// Lets the database read every statement of this program; says how many there are. Finds a
    /// schema that does not fit before any work meets it.
    pub async fn prepare_all(&self) -> Result<usize, Error> {
        let is_pg = matches!(self.db, Db::Pg(_));
        let mut all: Vec<&'static str> = [
            alliances::statements(is_pg),
            calendars::statements(is_pg),
            cover::statements(is_pg),
            claims::statements(is_pg),
            details::statements(is_pg),
            directory::statements(is_pg),
            inbox::statements(is_pg),
            mail_texts::statements(is_pg),
            people::statements(is_pg),
            post::statements(is_pg),
            post_office::statements(is_pg),
            projection::statements(is_pg),
            retention::statements(is_pg),
            runs::statements(is_pg),
            schedules::statements(is_pg),
            schema::statements(is_pg),
            tasks::statements(is_pg),
            unit::statements(is_pg),
            workflows::statements(is_pg),
            write::statements(is_pg),
        ]
        .concat();
        all.extend(if is_pg {
            dialect::pg::statements(is_pg)
        } else {
            dialect::lite::statements(is_pg)
        });
        for sql in &all {
            on_reader!(&self.db, |c| {
                let prepared = sqlx::Executor::prepare(c, sqlx::SqlSafeStr::into_sql_str(*sql));
                prepared.await.map(|_| ())
            })
            .about(sql)?;
        }
        Ok(all.len())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        run_one!(on_reader, &self.db, "the connection", "SELECT 1", [])?;
        Ok(())
    }

    /// Waits until all connections are closed. Nothing may be under way.
    pub async fn close(&self) {
        match &self.db {
            Db::Lite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Db::Pg(pool) => pool.close().await,
        }
    }
}

/// Whose the messages are that name no alliance we know: [`Store::of`] it shows them.
pub fn nobody() -> AllianceId {
    AllianceId(String::new())
}
