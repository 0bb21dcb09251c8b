//! What only a server can show: deadlocks, a connection that is lost, a `begin` that is dropped.

use alongside::store::{Changes, Error, RunFilter, Store};
use sqlx::{Connection, PgConnection};

use super::sample::*;
use super::wait_for;
use crate::support::database::Postgres;

fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Store, String) -> F) {
    let database = Postgres::create();
    wait_for(async {
        let store = Store::open(&database.url()).await.unwrap();
        test(store.clone(), database.url()).await;
        store.close().await;
    });
}

#[test]
fn a_deadlock_is_busy_and_one_side_goes_on() {
    on_postgres(|store, _| async move {
        let changes = Changes {
            runs: vec![run(1, 1), run(2, 1)],
            ..Changes::default()
        };
        write(&store, changes).await;
        let (mut one, mut other) = (begin(&store).await, begin(&store).await);
        one.lock_runs(&[run_id(1)]).await.unwrap();
        other.lock_runs(&[run_id(2)]).await.unwrap();
        let one = tokio::spawn(async move { one.lock_runs(&[run_id(2)]).await });
        let other = tokio::spawn(async move { other.lock_runs(&[run_id(1)]).await });
        let ends = [one.await.unwrap(), other.await.unwrap()];
        let busy = ends
            .iter()
            .filter(|end| matches!(end, Err(Error::Busy(_))))
            .count();
        assert_eq!(busy, 1, "{ends:?}");
    });
}

#[test]
fn a_commit_without_an_answer_is_not_known() {
    on_postgres(|store, url| async move {
        let mut unit = begin(&store).await;
        let changes = Changes {
            runs: vec![run(1, 1)],
            ..Changes::default()
        };
        unit.write(changes).await.unwrap();
        let mut session = PgConnection::connect(&url).await.unwrap();
        let ended: i64 = sqlx::query_scalar(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'idle in transaction'",
        )
        .fetch_one(&mut session)
        .await
        .unwrap();
        session.close().await.unwrap();
        assert_eq!(ended, 1);
        let outcome = unit.commit().await;
        assert!(
            matches!(outcome, Err(Error::UnknownOutcome(_))),
            "{outcome:?}"
        );
        // Asked again by key, it says: not stored.
        assert_eq!(store.of(&northshire()).run_ids().await.unwrap(), []);
    });
}

#[test]
fn a_begin_that_is_dropped_leaves_no_transaction_behind() {
    on_postgres(|store, url| async move {
        for micros in 0..60 {
            let begin = store.begin(&northshire()).await;
            drop(begin);
            let soon = std::time::Duration::from_micros(micros * 10);
            let _ = tokio::time::timeout(soon, store.begin(&northshire())).await;
        }
        for number in 1..=20 {
            let row = alongside::store::AllianceRow {
                id: alongside::core::names::AllianceId(format!("a{number:02}")),
                name: "An alliance".to_owned(),
                created_at: at(0),
            };
            store.create_alliance(&row).await.unwrap();
        }
        let elsewhere = Store::open(&url).await.unwrap();
        assert_eq!(
            elsewhere.alliances().await.unwrap().len(),
            20,
            "written, and seen by others"
        );
        elsewhere.close().await;
    });
}

#[test]
fn a_reading_sees_nothing_that_is_not_committed() {
    on_postgres(|store, _| async move {
        let mut unit = begin(&store).await;
        let changes = Changes {
            runs: vec![run(1, 1)],
            ..Changes::default()
        };
        unit.write(changes).await.unwrap();
        let scoped = store.of(&northshire());
        assert_eq!(scoped.runs(&RunFilter::default()).await.unwrap(), []);
        unit.commit().await.unwrap();
        assert_eq!(scoped.runs(&RunFilter::default()).await.unwrap().len(), 1);
    });
}
