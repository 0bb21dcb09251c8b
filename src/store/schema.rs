//! The schema and its version: migrations of the same number and name for both databases.
//!
//! Forward only, and one process at a time: PostgreSQL takes a lock of its own, for SQLite a file
//! beside the database is locked, because sqlx takes none there. A program older than the schema
//! refuses to open it; one newer says how to bring it up to date.

use std::fs::File;
use std::path::Path;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{ConnectOptions, Connection};

use super::error::{About, Error};
use super::pools::Url;
use super::{Db, dialect};

static LITE: Migrator = sqlx::migrate!("migrations/sqlite");
static PG: Migrator = sqlx::migrate!("migrations/postgres");

statements! {
    one {
        APPLIED = "SELECT max(version) FROM _sqlx_migrations WHERE success";
    }
}

/// Number of the newest migration that this program has.
pub fn newest() -> i64 {
    LITE.iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

pub(super) async fn migrate(url: &str) -> Result<(), Error> {
    match url.parse()? {
        Url::Lite(options) => {
            let path = options.get_filename().to_owned();
            let alone = tokio::task::spawn_blocking(move || lock_beside(&path));
            let alone = alone
                .await
                .map_err(|stopped| Error::Unavailable(stopped.to_string()))??;
            let connected = options.create_if_missing(true).connect().await;
            let mut connection = connected.about("the database file")?;
            let done = LITE.run_direct(None, &mut connection, false).await;
            connection.close().await.about("the database file")?;
            drop(alone);
            done.map_err(explain)
        }
        Url::Pg(options) => {
            let mut connection = options.connect().await.about("the connection")?;
            let done = PG.run_direct(None, &mut connection, false).await;
            connection.close().await.about("the connection")?;
            done.map_err(explain)
        }
    }
}

/// Waits until no other process migrates the same file. The file stays: to take it away while
/// somebody waits for it would let two in.
fn lock_beside(database: &Path) -> Result<File, Error> {
    let mut name = database.as_os_str().to_owned();
    name.push("-migrate");
    let locked = File::create(&name).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|cause| {
        Error::Refused(format!(
            "The folder of {} cannot be written: {cause}. Give a folder that exists and is yours.",
            database.display()
        ))
    })
}

/// Refuses a database without our schema, with an older or with a newer one.
pub(super) async fn check(db: &Db) -> Result<(), Error> {
    match applied(db).await?.unwrap_or(0) {
        theirs if theirs > newest() => Err(newer(theirs)),
        theirs if theirs < newest() => Err(Error::Refused(format!(
            "The database has schema {theirs}, this alongside needs {}. Run `alongside database migrate` first.",
            newest()
        ))),
        _ => Ok(()),
    }
}

/// Number of the newest migration that the database has had.
pub(super) async fn applied(db: &Db) -> Result<Option<i64>, Error> {
    let has_schema: bool = match db {
        Db::Lite { reader, .. } => {
            sqlx::query_scalar(dialect::lite::HAS_SCHEMA)
                .fetch_one(reader)
                .await
        }
        Db::Pg(pool) => {
            sqlx::query_scalar(dialect::pg::HAS_SCHEMA)
                .fetch_one(pool)
                .await
        }
    }
    .about("_sqlx_migrations")?;
    if !has_schema {
        return Ok(None);
    }
    on_reader!(db, |c| sqlx::query_scalar::<D, Option<i64>>(APPLIED)
        .fetch_one(c)
        .await)
    .about("_sqlx_migrations")
}

fn newer(theirs: i64) -> Error {
    Error::Refused(format!(
        "The database was made by a newer alongside (schema {theirs}, this one knows {}). Use that release or a later one.",
        newest()
    ))
}

fn explain(error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(theirs) => newer(theirs),
        MigrateError::VersionMismatch(number) => Error::Refused(format!(
            "Migration {number} was applied with another text than this alongside has. Use the release that made this database, or one after it."
        )),
        MigrateError::Dirty(number) => Error::Refused(format!(
            "Migration {number} stopped half way. Restore the backup and migrate again."
        )),
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => {
            Error::of("a migration", cause)
        }
        other => Error::Fault {
            table: "a migration",
            cause: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_have_the_same_migrations() {
        let names = |migrator: &Migrator| -> Vec<(i64, String)> {
            let each = migrator.iter();
            each.map(|m| (m.version, m.description.to_string()))
                .collect()
        };
        assert_eq!(names(&LITE), names(&PG));
        assert!(newest() > 0);
    }
}
