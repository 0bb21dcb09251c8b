//! A migrated database for one test, gone with the value that stands for it.

use std::sync::atomic::{AtomicU32, Ordering};

use alongside::store::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

use super::wait_for;

pub struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    pub fn create() -> Self {
        let sqlite = Self {
            folder: TempDir::new().unwrap(),
        };
        wait_for(Store::migrate(&sqlite.url())).unwrap();
        sqlite
    }

    pub fn url(&self) -> String {
        format!(
            "sqlite:{}",
            self.folder.path().join("alongside.db").display()
        )
    }
}

pub struct Postgres {
    server: String,
    name: String,
}

impl Postgres {
    pub fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("TEST_DATABASE_URL").expect(
            "TEST_DATABASE_URL is not set, for servers do not run by themselves: run tests/run",
        );
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("alongside_store_{}_{number}", std::process::id());
        let postgres = Self { server, name };
        postgres.run("create database");
        wait_for(Store::migrate(&postgres.url())).unwrap();
        postgres
    }

    pub fn url(&self) -> String {
        let (base, _) = self.server.rsplit_once('/').unwrap();
        format!("{base}/{}", self.name)
    }

    fn run(&self, statement: &str) {
        wait_for(async {
            let mut session = PgConnection::connect(&self.server).await.unwrap();
            let text = format!("{statement} {}", self.name);
            sqlx::raw_sql(AssertSqlSafe(text))
                .execute(&mut session)
                .await
                .unwrap();
        });
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.run("drop database");
    }
}
