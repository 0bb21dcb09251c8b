//! What must hold whenever an engine has come to rest, read from its database alone.
//!
//! Nothing lost: every message has one inbox row. Nothing twice: one entry for each applied one.
//! The state is the fold of the entries, the chains verify, nothing waits in the outbox.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alongside::core::audit::chain;
use alongside::core::names::RunId;
use alongside::core::run::entry::Entry;
use alongside::core::run::evolve::fold;
use alongside::core::run::projection;
use alongside::core::run::state::Run;
use alongside::engine::Engine;
use alongside::store::{EntryRow, InboxFilter, InboxRow, InboxState, TaskFilter};
use serde_json::Value;
use tokio::time::Instant;

use super::alliance::alliance;
use super::office::PATIENCE;

/// All of it, but for the outbox: see [`nothing_waits`].
pub async fn all_is_well(engine: &Engine, key: &str) {
    let key = alliance(key);
    let scoped = engine.store.of(&key);
    let mut applied: BTreeSet<(String, String)> = BTreeSet::new();
    for id in scoped.run_ids().await.unwrap() {
        let row = scoped.find_run(id).await.unwrap().unwrap();
        let entries = scoped.entries(id, 0, 100_000).await.unwrap();
        let run = verify(&entries, Run::unborn(key.clone(), id));
        let last = entries.last().unwrap();
        assert_eq!(
            row.head,
            chain::hash(&last.body),
            "the head of {}",
            row.reference
        );
        assert_eq!(row.version, last.seq);
        let state: Value = serde_json::from_str(&row.state).unwrap();
        assert_eq!(
            row.state,
            state.to_string(),
            "but for the order of its keys"
        );
        assert_eq!(
            chain::canonical(&state),
            chain::canonical(&run),
            "the state of {}",
            row.reference
        );
        assert_eq!((&row.reference, row.status), (&run.reference, run.status));
        projections_fit(engine, &key, &run).await;
        for entry in entries {
            assert!(
                applied.insert((entry.source, entry.command_id)),
                "applied twice"
            );
        }
    }
    let inbox = inbox(engine, &key.0).await;
    for row in inbox
        .values()
        .filter(|row| row.state == InboxState::Applied)
    {
        let key = (row.source.clone(), row.command_id.clone());
        assert!(applied.remove(&key), "{key:?} is applied, but has no entry");
    }
    assert!(applied.is_empty(), "entries without a message: {applied:?}");
}

/// Checks the chain and folds it.
fn verify(entries: &[EntryRow], unborn: Run) -> Run {
    let (mut run, mut prev) = (unborn, chain::GENESIS.to_owned());
    for (place, row) in entries.iter().enumerate() {
        let entry: Entry = serde_json::from_str(&row.body).unwrap();
        assert_eq!(entry.seq, place as u64 + 1, "a gap in {}", row.run);
        assert_eq!(entry.prev, prev, "the chain of {} at {}", row.run, row.seq);
        assert_eq!((row.seq, row.run, row.at), (entry.seq, entry.run, entry.at));
        assert_eq!(row.command_id, entry.command.id);
        prev = chain::hash(&row.body);
        run = fold(run, &entry);
    }
    run
}

async fn projections_fit(engine: &Engine, key: &alongside::core::names::AllianceId, run: &Run) {
    let reading = engine.read_run(key, run.id).await.unwrap().unwrap();
    let wanted: BTreeSet<String> = projection::tasks(&reading.workflow, run)
        .into_iter()
        .map(|task| task.step.to_string())
        .collect();
    let filter = TaskFilter {
        run: Some(run.id),
        ..TaskFilter::default()
    };
    let tasks = engine.store.of(key).tasks(&filter).await.unwrap();
    let found: BTreeSet<String> = tasks
        .into_iter()
        .map(|row| row.task.address.to_string())
        .collect();
    assert_eq!(found, wanted, "the tasks of {}", run.reference);
}

/// All messages with an id, by source and id.
pub async fn inbox(engine: &Engine, key: &str) -> BTreeMap<(String, String), InboxRow> {
    let scoped = engine.store.of(&alliance(key));
    let rows = scoped.inbox(&InboxFilter::default()).await.unwrap();
    rows.into_iter()
        .map(|row| ((row.source.clone(), row.command_id.clone()), row))
        .collect()
}

/// The inbox row of one message of the portal in the north.
pub async fn message(engine: &Engine, id: &str) -> InboxRow {
    let scoped = engine.store.of(&alliance(super::alliance::NORTH));
    scoped
        .find_messages(id)
        .await
        .unwrap()
        .pop()
        .unwrap_or_else(|| panic!("no row for {id}"))
}

/// The events of a run as they stand in its log, by the names of their types.
pub async fn log_of(engine: &Engine, id: RunId) -> Vec<Entry> {
    engine
        .entries(&alliance(super::alliance::NORTH), id)
        .await
        .unwrap()
}

/// Waits until something is so, and fails if it does not come.
pub async fn wait_for(what: &str, is_so: impl AsyncFn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < until, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until no message is left to be sent.
pub async fn nothing_waits(engine: &Engine) {
    let empty = async || {
        let backlog = engine.store.backlog(engine.clock.now()).await.unwrap();
        backlog.messages == 0
    };
    wait_for("the outbox is empty", empty).await;
}
