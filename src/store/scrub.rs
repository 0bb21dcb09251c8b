//! What was deleted leaves the file too.
//!
//! SQLite keeps the bytes of a deleted row until something else is written over them, in its file and
//! in its log. After an erasure the file is written anew without them. A PostgreSQL server does the
//! like by itself (`autovacuum`), and its operator decides about its logs and backups.

use super::error::{About, Error};
use super::{Db, Store, dialect};

impl Store {
    /// Takes the time of copying the whole file. Fails if somebody else is at work in it for long; it
    /// can be done again at any time.
    pub async fn scrub(&self) -> Result<(), Error> {
        let Db::Lite { writer, .. } = &self.db else {
            return Ok(());
        };
        for sql in [dialect::lite::WRITE_ANEW, dialect::lite::EMPTY_LOG] {
            let done = sqlx::query(sql).execute(writer).await;
            done.about("the database file")?;
        }
        Ok(())
    }
}
