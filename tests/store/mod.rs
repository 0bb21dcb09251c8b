//! The store, one suite on both databases: what holds for one holds for the other.
//!
//! To add a rule: an `async fn` that takes an empty migrated [`Store`], and its name in
//! `on_both!`. What only one database can show (deadlocks, a lost connection) stands in
//! `postgres.rs`; what compares the two, in `equal.rs`.

mod calendars;
mod claims;
mod directory;
mod equal;
mod isolation;
mod kept;
mod messages;
mod post;
mod postgres;
mod reading;
mod retention;
mod sample;
mod schedules;
mod schema;
mod turns;
mod writing;

use alongside::store::Store;

/// Makes each rule a test on SQLite and a test on PostgreSQL.
macro_rules! on_both {
    ($($rule:ident),+ $(,)?) => {
        mod on_sqlite {$(
            #[test]
            fn $rule() {
                crate::store::run(&crate::support::database::Sqlite::create().url(), super::$rule);
            }
        )+}
        mod on_postgres {$(
            #[test]
            fn $rule() {
                crate::store::run(&crate::support::database::Postgres::create().url(), super::$rule);
            }
        )+}
    };
}
use on_both;

/// Runs a rule on a database; the connections are closed before the database goes.
fn run<F: Future<Output = ()>>(url: &str, rule: impl FnOnce(Store) -> F) {
    wait_for(async {
        let store = Store::open(url).await.unwrap();
        rule(store.clone()).await;
        store.close().await;
    });
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let runtime = threads.worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(future)
}

on_both!(every_statement_is_understood);

async fn every_statement_is_understood(store: Store) {
    assert!(store.prepare_all().await.unwrap() > 100);
}
