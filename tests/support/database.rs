//! A database per test: on PostgreSQL copied from a migrated template, on SQLite a file.
//!
//! Copying costs some 20 ms, so that no test has to share rows with another. The template is named
//! after the migrations and made under a lock, so several test programs can use one server.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use alongside::store::Store;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;

use super::{required, wait_for};

/// Brings an empty database to the newest version: the one place where tests meet the migrations.
/// It must leave no connection open, else the template could not be copied.
pub async fn migrate(url: &str) {
    let done = Store::migrate(url).await;
    done.unwrap_or_else(|error| panic!("the migrations do not run on {url}: {error}"));
}

/// A migrated PostgreSQL database that nobody else uses; dropped with this value.
pub struct Postgres {
    server: String,
    name: String,
}

impl Postgres {
    pub fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = required("TEST_DATABASE_URL");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("alongside_test_{}_{number}", std::process::id());
        wait_for(async {
            let template = template(&server).await;
            let mut session = connect(&server).await;
            run(
                &mut session,
                format!("drop database if exists {name} with (force)"),
            )
            .await;
            run(
                &mut session,
                format!("create database {name} template {template}"),
            )
            .await;
            session.close().await.unwrap();
        });
        Self { server, name }
    }

    pub fn url(&self) -> String {
        in_database(&self.server, &self.name)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        wait_for(async {
            let mut session = connect(&self.server).await;
            run(
                &mut session,
                format!("drop database {} with (force)", self.name),
            )
            .await;
        });
    }
}

/// An empty folder for a SQLite database, migrated; removed with this value.
pub struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    pub fn create() -> Self {
        let sqlite = Self {
            folder: TempDir::new().unwrap(),
        };
        wait_for(migrate(&sqlite.url()));
        sqlite
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("alongside.db")
    }

    pub fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }
}

/// The name of the template for the present migrations; made if it is not there. It gets its name
/// only when it is complete: a program that is killed meanwhile leaves no half template.
async fn template(server: &str) -> String {
    const LOCK: i64 = 7_236_441;
    let name = format!(
        "alongside_template_{:016x}",
        fingerprint(&migrations("postgres"))
    );
    let mut session = connect(server).await;
    run(&mut session, format!("select pg_advisory_lock({LOCK})")).await;
    let known: Option<i32> = sqlx::query_scalar("select 1 from pg_database where datname = $1")
        .bind(&name)
        .fetch_optional(&mut session)
        .await
        .unwrap();
    if known.is_none() {
        let unfinished = format!("{name}_unfinished");
        run(
            &mut session,
            format!("drop database if exists {unfinished} with (force)"),
        )
        .await;
        run(
            &mut session,
            format!("create database {unfinished} template template0"),
        )
        .await;
        migrate(&in_database(server, &unfinished)).await;
        run(
            &mut session,
            format!("alter database {unfinished} rename to {name}"),
        )
        .await;
    }
    session.close().await.unwrap(); // gives the lock back
    name
}

pub fn migrations(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(kind)
}

/// Of the names and texts in a folder; of nothing if there is no such folder.
fn fingerprint(folder: &Path) -> u64 {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut hasher = DefaultHasher::new();
    for path in paths {
        path.hash(&mut hasher);
        std::fs::read(&path).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}

async fn connect(url: &str) -> PgConnection {
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let session = options.disable_statement_logging().connect().await;
    session.unwrap_or_else(|error| panic!("PostgreSQL at {url} does not answer: {error}"))
}

async fn run(session: &mut PgConnection, statement: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.clone()))
        .execute(session)
        .await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// The same server, another database.
fn in_database(server: &str, name: &str) -> String {
    let (base, options) = server.split_once('?').unwrap_or((server, ""));
    let start = base.find("://").map_or(0, |at| at + 3);
    let end = base[start..].find('/').map_or(base.len(), |at| start + at);
    let options = if options.is_empty() {
        String::new()
    } else {
        format!("?{options}")
    };
    format!("{}/{name}{options}", &base[..end])
}

#[test]
fn the_database_is_exchanged_in_a_url_and_nothing_else() {
    let expected = "postgres://me:secret@host:5433/mine?sslmode=disable";
    let server = "postgres://me:secret@host:5433/postgres?sslmode=disable";
    assert_eq!(in_database(server, "mine"), expected);
    assert_eq!(
        in_database("postgres://host", "mine"),
        "postgres://host/mine"
    );
}

#[test]
fn each_test_has_a_database_of_its_own_that_goes_with_it() {
    let (one, other) = (Postgres::create(), Postgres::create());
    assert_ne!(one.url(), other.url());
    wait_for(Store::open(&one.url())).unwrap();
    wait_for(async {
        let mut session = connect(&one.url()).await;
        run(&mut session, "create table only_here (id int)".to_owned()).await;
        let mut elsewhere = connect(&other.url()).await;
        let missing = sqlx::raw_sql("select * from only_here")
            .execute(&mut elsewhere)
            .await;
        assert!(missing.is_err(), "tables must not cross");
    });
    let (server, name) = (one.server.clone(), one.name.clone());
    drop(one);
    let left: Option<i32> = wait_for(async {
        let mut session = connect(&server).await;
        let rows = sqlx::query_scalar("select 1 from pg_database where datname = $1").bind(name);
        rows.fetch_optional(&mut session).await.unwrap()
    });
    assert_eq!(left, None);
}

#[test]
fn a_sqlite_file_is_migrated_and_goes_with_its_test() {
    let sqlite = Sqlite::create();
    let path = sqlite.path();
    assert!(path.exists());
    wait_for(Store::open(&sqlite.url())).unwrap();
    drop(sqlite);
    assert!(!path.exists());
}
