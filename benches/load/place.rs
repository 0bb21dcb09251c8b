//! A database of a bench's own, gone with the value that stands for it.
//!
//! On PostgreSQL that of `TEST_DATABASE_URL` lends a database; without one a private server is
//! started, which writes to the disk as a server in earnest does.

use std::future::Future;

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::support::database::{Postgres, Sqlite, migrate};
use super::support::own_server::{Kind, OwnServer};

pub struct Place {
    pub url: String,
    pub name: &'static str,
    _kept: Kept,
}

/// What goes with it.
enum Kept {
    Sqlite { _file: Sqlite },
    Lent { _database: Postgres },
    Own { _server: Box<OwnServer> },
}

impl Place {
    pub fn sqlite() -> Self {
        let file = Sqlite::create();
        Self {
            url: file.url(),
            name: "SQLite",
            _kept: Kept::Sqlite { _file: file },
        }
    }

    pub fn postgres() -> Self {
        if std::env::var("TEST_DATABASE_URL").is_ok_and(|url| !url.trim().is_empty()) {
            let database = Postgres::create();
            return Self {
                url: database.url(),
                name: "PostgreSQL",
                _kept: Kept::Lent {
                    _database: database,
                },
            };
        }
        let server = OwnServer::start(Kind::Postgres);
        run(migrate(&server.url));
        Self {
            url: server.url.clone(),
            name: "PostgreSQL",
            _kept: Kept::Own {
                _server: Box::new(server),
            },
        }
    }

    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Runs one statement.
    pub async fn execute(&self, sql: &str) {
        Session::open(&self.url).await.execute(sql).await;
    }

    /// The one number that a statement gives.
    pub async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        let found = match Session::open(&self.url).await {
            Session::Sqlite(mut session) => sqlx::query_scalar(sql).fetch_one(&mut session).await,
            Session::Postgres(mut session) => sqlx::query_scalar(sql).fetch_one(&mut session).await,
        };
        found.unwrap()
    }
}

/// A connection of one's own, beside those of the engine.
pub enum Session {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Session {
    pub async fn open(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            Self::Sqlite(SqliteConnection::connect(url).await.unwrap())
        } else {
            Self::Postgres(PgConnection::connect(url).await.unwrap())
        }
    }

    /// Runs a statement and says how many rows it touched.
    pub async fn execute(&mut self, sql: &str) -> u64 {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(session) => sql.execute(session).await.unwrap().rows_affected(),
            Self::Postgres(session) => sql.execute(session).await.unwrap().rows_affected(),
        }
    }
}

/// Runs a measurement with the threads that a program has.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let runtime = threads.enable_all().build();
    runtime
        .expect("a runtime needs only a few file handles")
        .block_on(future)
}
