//! What a unit writes is what is read, all of it or nothing.

use std::collections::{BTreeMap, BTreeSet};

use alongside::core::audit::payload::{Commitment, Payload};
use alongside::store::{
    Changes, DraftRow, Error, InboxFilter, InboxState, OutboxKind, PayloadRow, Store, TaskFilter,
};
use serde_json::json;

use super::on_both;
use super::sample::*;

on_both!(
    what_is_written_is_read,
    a_unit_without_commit_changes_nothing,
    an_entry_is_written_once,
    a_batch_of_any_size_is_written_whole,
    an_erased_text_is_gone_and_the_others_stay,
    a_completed_step_keeps_no_draft,
    tasks_are_replaced_as_a_set,
    a_payload_row_gives_the_payload_back,
    a_version_stands_for_one_text,
    references_count_by_prefix_and_year,
    an_older_snapshot_never_replaces_a_newer_one,
);

async fn what_is_written_is_read(store: Store) {
    let drafted = draft(1, "need", Some(person_id(2)));
    let changes = Changes {
        inbox: vec![
            inbox(1, 2, InboxState::Parked),
            inbox(1, 1, InboxState::Applied),
        ],
        quarantine: vec![quarantined(1)],
        entries: vec![entry(1, 1)],
        payloads: vec![payload(1, 1, Some(person_id(1))), payload(1, 2, None)],
        runs: vec![run(1, 1)],
        tasks: BTreeMap::from([(run_id(1), vec![task(1, "need", Some("2027-03-09"))])]),
        timers: BTreeMap::from([(run_id(1), vec![timer(1, "due/need/1/2027-03-09", 50)])]),
        drafts: vec![drafted.clone()],
        outbox: vec![outbox(1, OutboxKind::Message), outbox(2, OutboxKind::Mail)],
        ..Changes::default()
    };
    write(&store, changes.clone()).await;

    let scoped = store.of(&northshire());
    assert_eq!(
        scoped.find_run(run_id(1)).await.unwrap().as_ref(),
        changes.runs.first()
    );
    let by_reference = scoped.find_run_by_reference("DLP-2027-001").await.unwrap();
    assert_eq!(by_reference.as_ref(), changes.runs.first());
    assert_eq!(
        scoped.entries(run_id(1), 0, 10).await.unwrap(),
        changes.entries
    );
    assert_eq!(scoped.payloads(run_id(1)).await.unwrap(), changes.payloads);
    assert_eq!(
        scoped.inbox(&InboxFilter::default()).await.unwrap(),
        changes.inbox
    );
    assert_eq!(scoped.quarantine(None).await.unwrap(), changes.quarantine);
    let tasks = scoped.tasks(&TaskFilter::default()).await.unwrap();
    assert_eq!(tasks[0].task, changes.tasks[&run_id(1)][0]);
    assert_eq!(
        scoped.runs_with_texts_of(person_id(1)).await.unwrap(),
        [run_id(1)]
    );

    what_is_written_is_loaded_for_a_decision(&store, &changes, drafted).await;
}

async fn what_is_written_is_loaded_for_a_decision(
    store: &Store,
    changes: &Changes,
    drafted: DraftRow,
) {
    let mut unit = begin(store).await;
    let wanted = BTreeSet::from([(run_id(1), drafted.address.clone(), 1)]);
    assert_eq!(unit.load_drafts(&wanted).await.unwrap(), [drafted]);
    let keys = [
        (SOURCE.to_owned(), "1-1".to_owned()),
        (SOURCE.to_owned(), "9-9".to_owned()),
    ];
    assert_eq!(
        unit.find_inbox(&keys).await.unwrap(),
        [inbox(1, 1, InboxState::Applied)]
    );
    assert_eq!(
        unit.lock_runs(&[run_id(1), run_id(2)]).await.unwrap(),
        changes.runs
    );
    assert_eq!(
        unit.parked_of(&[run_id(1)]).await.unwrap(),
        [inbox(1, 2, InboxState::Parked)]
    );
    let theirs = unit.texts_of(run_id(1), Some(person_id(1))).await.unwrap();
    assert_eq!(theirs.len(), 1);
    let found = unit
        .load_payloads(run_id(1), &theirs.into_iter().collect())
        .await
        .unwrap();
    assert_eq!(found, changes.payloads[..1]);
}

async fn a_unit_without_commit_changes_nothing(store: Store) {
    let mut unit = begin(&store).await;
    let changes = Changes {
        runs: vec![run(1, 1)],
        ..Changes::default()
    };
    unit.write(changes).await.unwrap();
    drop(unit);
    assert_eq!(store.of(&northshire()).run_ids().await.unwrap(), []);
    let mut unit = begin(&store).await;
    assert_eq!(unit.lock_runs(&[run_id(1)]).await.unwrap(), []);
}

async fn an_entry_is_written_once(store: Store) {
    let changes = |number, seq, id: &str| {
        let mut written = entry(number, seq);
        id.clone_into(&mut written.command_id);
        Changes {
            entries: vec![written],
            ..Changes::default()
        }
    };
    write(&store, changes(1, 1, "a")).await;
    for again in [changes(1, 1, "b"), changes(2, 1, "a")] {
        let refused = begin(&store).await.write(again).await;
        assert!(
            matches!(refused, Err(Error::Conflict { table: "entry" })),
            "{refused:?}"
        );
    }
}

async fn a_batch_of_any_size_is_written_whole(store: Store) {
    let numbers = || 1..=171;
    let changes = Changes {
        entries: numbers().rev().map(|number| entry(number, 1)).collect(),
        runs: numbers().rev().map(|number| run(number, 1)).collect(),
        inbox: numbers()
            .map(|number| inbox(number, 1, InboxState::Applied))
            .collect(),
        tasks: numbers()
            .map(|n| (run_id(n), vec![task(n, "need", None)]))
            .collect(),
        ..Changes::default()
    };
    write(&store, changes).await;
    let mut unit = begin(&store).await;
    let ids: Vec<_> = numbers().map(run_id).collect();
    let found = unit.lock_runs(&ids).await.unwrap();
    let expected: Vec<_> = numbers().map(|number| run(number, 1)).collect();
    assert_eq!(found, expected, "in the order of their ids");
    let keys: Vec<_> = numbers()
        .map(|n| (SOURCE.to_owned(), format!("{n}-1")))
        .collect();
    assert_eq!(unit.find_inbox(&keys).await.unwrap().len(), 171);
    drop(unit);
    let scoped = store.of(&northshire());
    assert_eq!(
        scoped.tasks(&TaskFilter::default()).await.unwrap().len(),
        171
    );
}

async fn an_erased_text_is_gone_and_the_others_stay(store: Store) {
    let texts = vec![
        payload(1, 1, Some(person_id(1))),
        payload(1, 2, Some(person_id(2))),
    ];
    let first = Changes {
        payloads: texts.clone(),
        ..Changes::default()
    };
    write(&store, first).await;
    let commitment = Commitment {
        commitment: texts[0].commitment.clone(),
    };
    let erasure = Changes {
        erased: vec![(run_id(1), commitment)],
        ..Changes::default()
    };
    write(&store, erasure).await;
    let scoped = store.of(&northshire());
    assert_eq!(scoped.payloads(run_id(1)).await.unwrap(), texts[1..]);
    assert_eq!(scoped.runs_with_texts_of(person_id(1)).await.unwrap(), []);
}

async fn a_completed_step_keeps_no_draft(store: Store) {
    let (need, plan) = (draft(1, "need", None), draft(1, "visits[1].plan", None));
    let saved = Changes {
        drafts: vec![need.clone(), plan.clone()],
        ..Changes::default()
    };
    write(&store, saved).await;
    let completed = Changes {
        dropped_drafts: vec![(run_id(1), need.address.clone())],
        ..Changes::default()
    };
    write(&store, completed).await;
    let wanted = [need, plan.clone()].map(|draft| (draft.run, draft.address, draft.attempt));
    let mut unit = begin(&store).await;
    assert_eq!(unit.load_drafts(&wanted.into()).await.unwrap(), [plan]);
}

async fn tasks_are_replaced_as_a_set(store: Store) {
    let set = |tasks: Vec<_>| Changes {
        tasks: BTreeMap::from([(run_id(1), tasks)]),
        runs: vec![run(1, 1)],
        ..Changes::default()
    };
    let scoped = store.of(&northshire());
    for addresses in [
        vec!["need", "approve"],
        vec!["approve", "match"],
        vec!["match"],
        vec![],
    ] {
        let tasks = addresses
            .iter()
            .map(|address| task(1, address, None))
            .collect();
        write(&store, set(tasks)).await;
        let mut found = scoped.tasks(&TaskFilter::default()).await.unwrap();
        found.sort_by_key(|row| {
            addresses
                .iter()
                .position(|a| *a == row.task.address.to_string())
        });
        let found: Vec<_> = found
            .iter()
            .map(|row| row.task.address.to_string())
            .collect();
        assert_eq!(found, addresses);
    }
}

async fn a_payload_row_gives_the_payload_back(store: Store) {
    let sealed = Payload::seal(json!({"b": "ü", "a": [1, null]}), [3; 32]);
    let row = PayloadRow::new(run_id(1), 4, None, &sealed);
    let changes = Changes {
        payloads: vec![row],
        ..Changes::default()
    };
    write(&store, changes).await;
    let found = store.of(&northshire()).payloads(run_id(1)).await.unwrap();
    let payload = found[0].payload().unwrap();
    assert!(payload.is_genuine());
    assert_eq!(payload.value, sealed.value);
}

async fn a_version_stands_for_one_text(store: Store) {
    let mut unit = begin(&store).await;
    for kept in [workflow(1, 1), workflow(1, 1), workflow(2, 2)] {
        unit.keep_workflow(&kept).await.unwrap();
    }
    let name = workflow(1, 1).name;
    assert_eq!(
        unit.load_workflow(&name, None).await.unwrap(),
        Some(workflow(2, 2))
    );
    assert_eq!(
        unit.load_workflow(&name, Some(1)).await.unwrap(),
        Some(workflow(1, 1))
    );
    assert_eq!(unit.load_workflow(&name, Some(3)).await.unwrap(), None);
    let other = unit.keep_workflow(&workflow(1, 9)).await;
    assert!(matches!(other, Err(Error::Refused(why)) if why.contains("version 2")));
    unit.commit().await.unwrap();
    assert_eq!(store.of(&northshire()).workflows().await.unwrap().len(), 2);
}

async fn references_count_by_prefix_and_year(store: Store) {
    let mut unit = begin(&store).await;
    assert_eq!(
        unit.next_reference("DLP", 2026).await.unwrap(),
        "DLP-2026-001"
    );
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert_eq!(
        unit.next_reference("DLP", 2026).await.unwrap(),
        "DLP-2026-002"
    );
    drop(unit); // refused after all: the number is free again
    let mut unit = begin(&store).await;
    assert_eq!(
        unit.next_reference("DLP", 2026).await.unwrap(),
        "DLP-2026-002"
    );
    assert_eq!(
        unit.next_reference("DLP", 2027).await.unwrap(),
        "DLP-2027-001"
    );
    assert_eq!(
        unit.next_reference("PR", 2026).await.unwrap(),
        "PR-2026-001"
    );
}

async fn an_older_snapshot_never_replaces_a_newer_one(store: Store) {
    let snapshot = |version| Changes {
        runs: vec![run(1, version)],
        ..Changes::default()
    };
    write(&store, snapshot(2)).await;
    let stale = begin(&store).await.write(snapshot(1)).await;
    assert!(
        matches!(stale, Err(Error::Conflict { table: "run" })),
        "{stale:?}"
    );
    write(&store, snapshot(3)).await;
    let found = store.of(&northshire()).find_run(run_id(1)).await.unwrap();
    assert_eq!(found, Some(run(1, 3)));
}
