//! The schema: made once, by one process at a time, and only read by a program that knows it.

use alongside::store::{Changes, Error, Store};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::sample::{add_alliance, northshire, run, run_id, write};
use super::wait_for;
use crate::support::database::{Postgres, Sqlite};

const NEWER: &str = "INSERT INTO _sqlx_migrations
    (version, description, success, checksum, execution_time)
    VALUES (9999, 'from the future', TRUE, $1, 0)";

fn refusal<T>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        Err(other) => panic!("not a refusal: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

async fn refuses_a_newer_schema(url: &str) {
    for tried in [
        refusal(Store::open(url).await),
        refusal(Store::migrate(url).await),
    ] {
        assert!(
            tried.contains("newer alongside") && tried.contains("9999"),
            "{tried}"
        );
    }
}

#[test]
fn a_newer_schema_is_refused_on_sqlite() {
    let database = Sqlite::create();
    wait_for(async {
        let mut session = SqliteConnection::connect(&database.url()).await.unwrap();
        let checksum = Vec::<u8>::new();
        sqlx::query(NEWER)
            .bind(checksum)
            .execute(&mut session)
            .await
            .unwrap();
        session.close().await.unwrap();
        refuses_a_newer_schema(&database.url()).await;
    });
}

#[test]
fn a_newer_schema_is_refused_on_postgres() {
    let database = Postgres::create();
    wait_for(async {
        let mut session = PgConnection::connect(&database.url()).await.unwrap();
        let checksum = Vec::<u8>::new();
        sqlx::query(NEWER)
            .bind(checksum)
            .execute(&mut session)
            .await
            .unwrap();
        session.close().await.unwrap();
        refuses_a_newer_schema(&database.url()).await;
    });
}

#[test]
fn a_database_without_a_schema_says_what_to_run() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("alongside.db").display());
    let missing = wait_for(async { refusal(Store::open(&url).await) });
    assert!(missing.contains("alongside database migrate"), "{missing}");
    std::fs::write(folder.path().join("alongside.db"), "").unwrap();
    let empty = wait_for(async { refusal(Store::open(&url).await) });
    assert!(empty.contains("alongside database migrate"), "{empty}");
}

#[test]
fn a_file_that_is_no_database_is_said_to_be_damaged() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("alongside.db");
    std::fs::write(
        &path,
        "not a database, but long enough to look at".repeat(100),
    )
    .unwrap();
    let opened = wait_for(Store::open(&format!("sqlite:{}", path.display())));
    assert!(matches!(opened, Err(Error::Corrupt { .. })), "{opened:?}");
}

#[test]
fn a_url_of_another_database_is_refused() {
    for url in ["mysql://localhost/x", "", "alongside.db"] {
        let refused = wait_for(async { refusal(Store::open(url).await) });
        assert!(
            refused.contains("sqlite:") && refused.contains("postgres:"),
            "{refused}"
        );
    }
}

#[test]
fn several_that_migrate_at_once_take_turns() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("alongside.db").display());
    wait_for(async {
        let all = (0..6).map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Store::migrate(&url).await })
        });
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap().unwrap();
        }
        Store::open(&url).await.unwrap().ping().await.unwrap();
    });
}

#[test]
fn a_server_that_does_not_answer_is_unavailable() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let opened = wait_for(Store::open(&format!(
        "postgres://me@127.0.0.1:{port}/alongside"
    )));
    assert!(matches!(opened, Err(Error::Unavailable(_))), "{opened:?}");
}

#[test]
fn a_backup_is_a_database_of_its_own() {
    let database = Sqlite::create();
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("copy.db");
    wait_for(async {
        let store = Store::open(&database.url()).await.unwrap();
        add_alliance(&store, &northshire()).await;
        store.back_up(&copy).await.unwrap();
        assert!(refusal(store.back_up(&copy).await).contains("Name a new one"));
        let copied = Store::open(&format!("sqlite:{}", copy.display()))
            .await
            .unwrap();
        assert_eq!(
            copied.alliances().await.unwrap(),
            store.alliances().await.unwrap()
        );
    });
}

#[test]
fn a_row_that_cannot_be_read_is_corrupt() {
    let database = Sqlite::create();
    wait_for(async {
        let store = Store::open(&database.url()).await.unwrap();
        let changes = Changes {
            runs: vec![run(1, 1)],
            ..Changes::default()
        };
        write(&store, changes).await;
        let mut session = SqliteConnection::connect(&database.url()).await.unwrap();
        sqlx::query("UPDATE run SET status = 'asleep'")
            .execute(&mut session)
            .await
            .unwrap();
        session.close().await.unwrap();
        let read = store.of(&northshire()).find_run(run_id(1)).await;
        let Err(Error::Corrupt { table: "run", key }) = read else {
            panic!("{read:?}");
        };
        assert!(key.contains(&run_id(1).to_string()), "{key}");
    });
}
