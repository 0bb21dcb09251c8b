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
        let done = sqlx::query(dialect::lite::WRITE_ANEW).execute(writer).await;
        done.about("the database file")?;
        let emptied = sqlx::query_as(dialect::lite::EMPTY_LOG).fetch_one(writer);
        let (busy, _, _): (i64, i64, i64) = emptied.await.about("the database file")?;
        if busy != 0 {
            let why = "somebody reads in it all the time".to_owned();
            return Err(Error::Unavailable(why));
        }
        Ok(())
    }
}
