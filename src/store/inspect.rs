//! What `doctor` asks a database: what it is, whether it keeps what it was given, and its clock.
//!
//! Works on a database whose schema does not fit, too, because that is what doctor must be able
//! to say. The clock is read to be compared with ours, never to be written.

use super::error::{About, Error};
use super::{Db, dialect, pools, schema};
use crate::core::time::Instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    pub kind: Kind,
    /// `3.51.3`, `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// The number of its newest migration; none without our tables.
    pub schema: Option<i64>,
    /// Whether a power cut leaves what was committed.
    pub durable: bool,
    /// SQLite only: `wal`.
    pub journal: Option<String>,
    /// SQLite only: what a check of the file found wrong.
    pub damage: Option<String>,
    /// PostgreSQL only.
    pub encrypted: Option<bool>,
    /// PostgreSQL only: its time.
    pub clock: Option<Instant>,
}

/// The schema that this program works with.
pub fn newest_schema() -> i64 {
    schema::newest()
}

impl super::Store {
    /// Looks at a database without using it.
    pub async fn inspect(url: &str) -> Result<Inspection, Error> {
        let db = pools::open(url).await?;
        let found = inspect(&db).await;
        super::Store { db }.close().await;
        found
    }
}

async fn inspect(db: &Db) -> Result<Inspection, Error> {
    let schema = schema::applied(db).await?;
    match db {
        Db::Lite { writer, reader } => {
            let text = async |sql: &'static str| {
                let found = sqlx::query_scalar::<_, String>(sql).fetch_one(reader);
                found.await.about("the database file")
            };
            // 2 is FULL, 3 is EXTRA.
            let synchronous: i64 = sqlx::query_scalar(dialect::lite::SYNCHRONOUS)
                .fetch_one(writer)
                .await
                .about("the database file")?;
            let found = text(dialect::lite::CHECK).await?;
            Ok(Inspection {
                kind: Kind::Sqlite,
                version: text(dialect::lite::VERSION).await?,
                schema,
                durable: synchronous >= 2,
                journal: Some(text(dialect::lite::JOURNAL).await?),
                damage: Some(found).filter(|found| found != "ok"),
                encrypted: None,
                clock: None,
            })
        }
        Db::Pg(pool) => {
            let truth = async |sql: &'static str| {
                let found = sqlx::query_scalar::<_, Option<bool>>(sql).fetch_one(pool);
                found.await.about("the server")
            };
            let version: String = sqlx::query_scalar(dialect::pg::VERSION)
                .fetch_one(pool)
                .await
                .about("the server")?;
            let clock: Instant = sqlx::query_scalar(dialect::pg::CLOCK)
                .fetch_one(pool)
                .await
                .about("the server")?;
            Ok(Inspection {
                kind: Kind::Postgres,
                version,
                schema,
                durable: truth(dialect::pg::DURABLE).await?.unwrap_or(false),
                journal: None,
                damage: None,
                encrypted: truth(dialect::pg::ENCRYPTED).await?,
                clock: Some(clock),
            })
        }
    }
}
