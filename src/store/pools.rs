//! Opens the connections, with the settings that keep what was committed.
//!
//! SQLite: one connection writes and waits up to five seconds for another process, four only read;
//! WAL and `synchronous=FULL`, so that a power cut loses nothing. PostgreSQL: time limits on
//! everything, and a rollback each time a connection comes back, because a `begin` that was
//! dropped half way would leave it inside a transaction (sqlx 0.9).

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::Db;
use super::dialect;
use super::error::{About, Error};

/// How long a caller waits for a connection, and SQLite for another process.
const PATIENCE: Duration = Duration::from_secs(5);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 10;
/// What the writing connection may keep in memory, in KiB, as SQLite takes it: with the two MiB that
/// are usual the pages of one batch would be written out before its end and read again.
const SQLITE_WRITER_CACHE: &str = "-65536";
/// After so many pages (of 4 KiB) the log is copied into the database.
const SQLITE_LOG_PAGES: &str = "4000";

/// Which database a URL means.
pub(super) enum Url {
    Lite(Box<SqliteConnectOptions>),
    Pg(Box<PgConnectOptions>),
}

impl FromStr for Url {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self, Error> {
        let url = url.trim();
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).about("the database URL")?;
            return Ok(Self::Lite(Box::new(sqlite(options))));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url).about("the database URL")?;
            return Ok(Self::Pg(Box::new(postgres(options))));
        }
        Err(Error::Refused(
            "The database URL must begin with `sqlite:` (a file on this machine) or `postgres:` (a server)."
                .to_owned(),
        ))
    }
}

fn sqlite(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
}

fn postgres(options: PgConnectOptions) -> PgConnectOptions {
    options
        .application_name("alongside")
        .disable_statement_logging()
}

/// Time limits of a connection that serves work (a migration has none).
fn limited(options: PgConnectOptions) -> PgConnectOptions {
    options.options([
        ("statement_timeout", "15s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
        // Rows are looked up by key, many at once, from memory or a disk without arms.
        ("random_page_cost", "1.1"),
    ])
}

pub(super) async fn open(url: &str) -> Result<Db, Error> {
    match url.parse()? {
        Url::Lite(options) => open_sqlite(*options).await,
        Url::Pg(options) => open_postgres(limited(*options)).await,
    }
}

async fn open_sqlite(options: SqliteConnectOptions) -> Result<Db, Error> {
    let path = options.get_filename().to_owned();
    if !path.exists() {
        return Err(Error::Refused(format!(
            "There is no database at {}. Make it with `alongside database migrate`.",
            path.display()
        )));
    }
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE * 2)
        .connect_with(
            options
                .clone()
                .pragma("cache_size", SQLITE_WRITER_CACHE)
                .pragma("wal_autocheckpoint", SQLITE_LOG_PAGES),
        );
    let writer = writer.await.about("the database file")?;
    let reader = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(PATIENCE)
        .connect_with(options.pragma("query_only", "ON"));
    let reader = reader.await.about("the database file")?;
    Ok(Db::Lite { writer, reader })
}

async fn open_postgres(options: PgConnectOptions) -> Result<Db, Error> {
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .after_release(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(dialect::pg::ROLLBACK)
                    .execute(connection)
                    .await?;
                Ok(true)
            })
        })
        .connect_with(options);
    Ok(Db::Pg(pool.await.about("the connection")?))
}
