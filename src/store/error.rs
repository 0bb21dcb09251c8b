//! What can go wrong with a database, by what the caller can do about it.
//!
//! Told apart by SQLSTATE or SQLite's result code, never by the text of a message. A missing row
//! is no error: functions that look return an `Option`.

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else wrote the same key or a newer version. Begin the unit again: it will see it.
    #[error("another writer was first in `{table}`")]
    Conflict { table: &'static str },
    /// A deadlock, a lock that took too long. The same work can be tried again at once.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// No connection, no disk space, a shutdown. Wait, then try again; nothing was written.
    #[error("the database cannot be reached or cannot write: {0}")]
    Unavailable(String),
    /// The commit was sent and no answer came. Read by key before anything is tried again.
    #[error("it is not known whether the last change was stored: {0}")]
    UnknownOutcome(String),
    /// A row that this program cannot have written, or a damaged file.
    #[error("the row {key} of `{table}` cannot be read: it was changed or damaged")]
    Corrupt { table: &'static str, key: String },
    /// It must not be, and trying again changes nothing. A sentence for people.
    #[error("{0}")]
    Refused(String),
    /// A mistake in this program: a statement that the database does not take.
    #[error("the database did not take a statement on `{table}`: {cause}")]
    Fault { table: &'static str, cause: String },
}

impl Error {
    /// Whether the same unit of work may simply be done again.
    pub fn can_be_retried(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. } | Self::Busy(_) | Self::Unavailable(_)
        )
    }

    pub(super) fn of(table: &'static str, error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(cause) => of_database(table, cause.as_ref()),
            sqlx::Error::ColumnDecode { index, source } => Self::Corrupt {
                table,
                key: format!("(column {index}: {source})"),
            },
            sqlx::Error::Decode(source) => Self::Corrupt {
                table,
                key: format!("({source})"),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable(error.to_string()),
            sqlx::Error::Configuration(cause) => Self::Refused(format!(
                "The database URL cannot be used: {cause}. Write sqlite:PATH or postgres://USER@HOST/NAME."
            )),
            other => Self::Fault {
                table,
                cause: other.to_string(),
            },
        }
    }

    /// Names the row that could not be read, where the caller knows it.
    pub(super) fn in_row(self, row: impl std::fmt::Display) -> Self {
        match self {
            Self::Corrupt { table, key } => Self::Corrupt {
                table,
                key: format!("{row} {key}"),
            },
            other => other,
        }
    }

    /// Of a commit: only an answer from the database itself says that nothing was stored.
    pub(super) fn of_commit(error: sqlx::Error) -> Self {
        match Self::of("commit", error) {
            Self::Unavailable(cause) => Self::UnknownOutcome(cause),
            other => other,
        }
    }
}

/// Says which table a statement was about.
pub(super) trait About<T> {
    fn about(self, table: &'static str) -> Result<T, Error>;
}

impl<T> About<T> for Result<T, sqlx::Error> {
    fn about(self, table: &'static str) -> Result<T, Error> {
        self.map_err(|error| Error::of(table, error))
    }
}

fn of_database(table: &'static str, error: &dyn DatabaseError) -> Error {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<SqliteError>().is_some() {
        of_sqlite(table, code.parse().unwrap_or(1), error.message())
    } else {
        of_postgres(table, &code, error.message())
    }
}

/// SQLite's extended result codes: the low byte is the class.
fn of_sqlite(table: &'static str, code: u32, message: &str) -> Error {
    const UNIQUE: u32 = 2067;
    const PRIMARY_KEY: u32 = 1555;
    const FOREIGN_KEY: u32 = 787;
    match (code, code & 0xff) {
        (UNIQUE | PRIMARY_KEY, _) => Error::Conflict { table },
        (FOREIGN_KEY, _) => missing_parent(table),
        (_, 5 | 6) => Error::Busy(message.to_owned()),
        // READONLY, IOERR, FULL, CANTOPEN
        (_, 8 | 10 | 13 | 14) => Error::Unavailable(message.to_owned()),
        // CORRUPT, NOTADB
        (_, 11 | 26) => Error::Corrupt {
            table: "the database file",
            key: format!("({message})"),
        },
        _ => fault(table, message),
    }
}

/// SQLSTATE: two characters of class, three of what it is.
fn of_postgres(table: &'static str, code: &str, message: &str) -> Error {
    match code {
        "23505" => Error::Conflict { table },
        "23503" => missing_parent(table),
        // serialization, deadlock, lock timeout, statement timeout
        "40001" | "40P01" | "55P03" | "57014" => Error::Busy(message.to_owned()),
        "22021" | "22P05" => Error::Refused(
            "The text holds a NUL character, which cannot be stored. Take it out.".to_owned(),
        ),
        // connection, resources, shutdown, read-only standby, killed idle session, disk
        _ if ["08", "53", "57P", "25006", "25P03", "58"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Error::Unavailable(message.to_owned())
        }
        _ if code.starts_with("XX") => Error::Corrupt {
            table,
            key: format!("({message})"),
        },
        "28P01" | "28000" | "3D000" => {
            Error::Refused(format!("The database does not let us in: {message}."))
        }
        _ => fault(table, message),
    }
}

fn missing_parent(table: &'static str) -> Error {
    Error::Refused(format!(
        "A row of `{table}` names an alliance, a school or a person that does not exist. Add that first."
    ))
}

fn fault(table: &'static str, message: &str) -> Error {
    Error::Fault {
        table,
        cause: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_tried_again_is_told_by_its_code() {
        for code in [
            "40001", "40P01", "55P03", "53100", "57P01", "08006", "23505",
        ] {
            assert!(of_postgres("run", code, "").can_be_retried(), "{code}");
        }
        for code in [5, 6, 261, 517, 13, 10, 2067, 1555] {
            assert!(of_sqlite("run", code, "").can_be_retried(), "{code}");
        }
        for code in ["42601", "22021", "23503", "XX001"] {
            assert!(!of_postgres("run", code, "").can_be_retried(), "{code}");
        }
    }

    #[test]
    fn a_commit_without_an_answer_has_an_unknown_outcome() {
        let lost = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(matches!(Error::of_commit(lost), Error::UnknownOutcome(_)));
    }
}
