//! A copy of a SQLite database while others work with it, checked before it counts as one.
//!
//! PostgreSQL has better tools of its own (`pg_dump`, point-in-time recovery); we do not stand in
//! for them.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::error::{About, Error};
use super::{Db, Store, dialect};

impl Store {
    /// Writes a whole copy to a file that must not be there yet, and reads it through once.
    pub async fn back_up(&self, file: &Path) -> Result<(), Error> {
        let Db::Lite { writer, .. } = &self.db else {
            return Err(Error::Refused(
                "The database is PostgreSQL: back it up with `pg_dump --format=custom`, or with \
                 your host's backups."
                    .to_owned(),
            ));
        };
        let target = file.display().to_string();
        if file.exists() {
            return Err(Error::Refused(format!(
                "There is a file at {target} already. Name a new one: a backup overwrites nothing."
            )));
        }
        sqlx::query(dialect::lite::BACKUP)
            .bind(target)
            .execute(writer)
            .await
            .about("the backup")?;
        let durable = std::fs::File::open(file).and_then(|copy| copy.sync_all());
        durable.map_err(|cause| Error::Unavailable(cause.to_string()))?;
        check(file).await
    }
}

async fn check(file: &Path) -> Result<(), Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .disable_statement_logging();
    let mut copy = options.connect().await.about("the backup")?;
    let found: String = sqlx::query_scalar(dialect::lite::CHECK)
        .fetch_one(&mut copy)
        .await
        .about("the backup")?;
    copy.close().await.about("the backup")?;
    if found == "ok" {
        return Ok(());
    }
    Err(Error::Corrupt {
        table: "the backup",
        key: format!("({found})"),
    })
}
