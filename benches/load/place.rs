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

    /// Runs one statement, beside whatever the engine does.
    pub async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_sqlite() {
            let mut session = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut session).await.unwrap();
            session.close().await.unwrap();
        } else {
            let mut session = PgConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut session).await.unwrap();
            session.close().await.unwrap();
        }
    }

    /// The one number that a statement gives.
    pub async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_sqlite() {
            let mut session = SqliteConnection::connect(&self.url).await.unwrap();
            let found = sqlx::query_scalar(sql).fetch_one(&mut session).await;
            found.unwrap()
        } else {
            let mut session = PgConnection::connect(&self.url).await.unwrap();
            let found = sqlx::query_scalar(sql).fetch_one(&mut session).await;
            found.unwrap()
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
