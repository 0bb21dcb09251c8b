//! Two units on one run take turns, whether the run exists yet or not.

use alongside::core::names::RunId;
use alongside::store::{Changes, Error, InboxState, Store};

use super::sample::*;
use super::{on_both, wait_for};
use crate::support::database::Sqlite;

on_both!(
    units_on_one_run_take_turns,
    a_start_and_an_early_step_never_miss_each_other,
    references_are_given_out_once,
);

async fn units_on_one_run_take_turns(store: Store) {
    let workers = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                add_one_entry(&store).await.unwrap();
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let scoped = store.of(&northshire());
    let sequence: Vec<u64> = scoped
        .entries(run_id(1), 0, 100)
        .await
        .unwrap()
        .iter()
        .map(|entry| entry.seq)
        .collect();
    assert_eq!(sequence, (1..=40).collect::<Vec<_>>());
    assert_eq!(
        scoped.find_run(run_id(1)).await.unwrap().unwrap().version,
        40
    );
    assert_eq!(
        scoped.entries(run_id(1), 38, 1).await.unwrap()[0].seq,
        39,
        "pages"
    );
}

async fn add_one_entry(store: &Store) -> Result<(), Error> {
    let mut unit = store.begin(&northshire()).await?;
    let found = unit.lock_runs(&[run_id(1)]).await?;
    let version = found.first().map_or(0, |run| run.version) + 1;
    tokio::task::yield_now().await;
    let changes = Changes {
        entries: vec![entry(1, version)],
        runs: vec![run(1, version)],
        ..Changes::default()
    };
    unit.write(changes).await?;
    unit.commit().await
}

async fn a_start_and_an_early_step_never_miss_each_other(store: Store) {
    for number in 1..=20 {
        let (starting, stepping) = (store.clone(), store.clone());
        let start = tokio::spawn(async move { start(&starting, number).await.unwrap() });
        let step = tokio::spawn(async move { early_step(&stepping, number).await.unwrap() });
        let (found_parked, was_parked) = (start.await.unwrap(), step.await.unwrap());
        assert_eq!(
            found_parked, was_parked,
            "run {number}: parked, and nobody took it up"
        );
    }
}

/// Starts the run; says whether it took up a step that had come before.
async fn start(store: &Store, number: u128) -> Result<bool, Error> {
    let mut unit = store.begin(&northshire()).await?;
    assert_eq!(
        unit.lock_runs(&[run_id(number), run_id(number + 500)])
            .await?,
        []
    );
    let parked = unit.parked_of(&[run_id(number)]).await?;
    let mut changes = Changes {
        inbox: vec![inbox(number, 1, InboxState::Applied)],
        runs: vec![run(number, 1)],
        ..Changes::default()
    };
    changes
        .inbox
        .extend(parked.iter().map(|_| inbox(number, 2, InboxState::Applied)));
    unit.write(changes).await?;
    unit.commit().await?;
    Ok(!parked.is_empty())
}

/// A step of a run that may not be there yet; says whether it had to be parked.
async fn early_step(store: &Store, number: u128) -> Result<bool, Error> {
    let mut unit = store.begin(&northshire()).await?;
    let exists = !unit.lock_runs(&[run_id(number)]).await?.is_empty();
    let state = if exists {
        InboxState::Applied
    } else {
        InboxState::Parked
    };
    let changes = Changes {
        inbox: vec![inbox(number, 2, state)],
        ..Changes::default()
    };
    unit.write(changes).await?;
    unit.commit().await?;
    Ok(!exists)
}

async fn references_are_given_out_once(store: Store) {
    let starts = (1..=10).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut unit = store.begin(&northshire()).await.unwrap();
            unit.lock_runs(&[RunId(run_id(number).0)]).await.unwrap();
            let reference = unit.next_reference("DLP", 2027).await.unwrap();
            unit.commit().await.unwrap();
            reference
        })
    });
    let mut given = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        given.push(start.await.unwrap());
    }
    given.sort();
    let expected: Vec<String> = (1..=10)
        .map(|number| format!("DLP-2027-{number:03}"))
        .collect();
    assert_eq!(given, expected);
}

#[test]
fn two_programs_on_one_file_take_turns() {
    let database = Sqlite::create();
    wait_for(async {
        let workers = (0..3).map(|_| {
            let url = database.url();
            tokio::spawn(async move {
                let store = Store::open(&url).await.unwrap();
                for _ in 0..10 {
                    add_one_entry(&store).await.unwrap();
                }
                store.close().await;
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await.unwrap();
        }
        let store = Store::open(&database.url()).await.unwrap();
        let entries = store
            .of(&northshire())
            .entries(run_id(1), 0, 100)
            .await
            .unwrap();
        assert_eq!(entries.len(), 30);
    });
}
