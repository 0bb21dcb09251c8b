//! Nothing crosses alliances: two with the same ids everywhere, and each sees and changes its own.

use std::collections::{BTreeMap, BTreeSet};

use alongside::core::names::AllianceId;
use alongside::store::{
    Changes, DirectoryChanges, InboxFilter, InboxState, MailFilter, OutboxKind, RunFilter, Store,
    TaskFilter,
};

use super::on_both;
use super::sample::*;

on_both!(
    equal_ids_in_two_alliances_are_two_things,
    an_alliance_sees_nothing_of_another,
    what_one_alliance_deletes_the_other_keeps,
);

/// The same everything in both, but for the title and the names.
fn everything() -> Changes {
    Changes {
        inbox: vec![
            inbox(1, 1, InboxState::Applied),
            inbox(1, 2, InboxState::Parked),
        ],
        quarantine: vec![quarantined(1)],
        entries: vec![entry(1, 1)],
        payloads: vec![payload(1, 1, Some(person_id(1)))],
        runs: vec![run(1, 1)],
        tasks: BTreeMap::from([(run_id(1), vec![task(1, "need", None)])]),
        timers: BTreeMap::from([(run_id(1), vec![timer(1, "due/a", 10)])]),
        drafts: vec![draft(1, "need", Some(person_id(1)))],
        outbox: vec![outbox(1, OutboxKind::Message), outbox(2, OutboxKind::Mail)],
        ..Changes::default()
    }
}

async fn fill(store: &Store, alliance: &AllianceId) {
    add_alliance(store, alliance).await;
    let mut unit = store.begin(alliance).await.unwrap();
    let directory = DirectoryChanges {
        schools: vec![school(1)],
        people: vec![person(1, Some(1))],
        posts: vec![post(1, "coordinator", None), post(1, "cpd_lead", Some(1))],
        ..DirectoryChanges::default()
    };
    unit.write_directory(directory).await.unwrap();
    unit.keep_workflow(&workflow(1, 1)).await.unwrap();
    unit.next_reference("DLP", 2027).await.unwrap();
    unit.write(everything()).await.unwrap();
    unit.commit().await.unwrap();
}

/// How many rows of each kind an alliance sees.
async fn seen(store: &Store, alliance: &AllianceId) -> Vec<usize> {
    let scoped = store.of(alliance);
    let mut unit = store.begin(alliance).await.unwrap();
    let keys = [(SOURCE.to_owned(), "1-1".to_owned())];
    let drafts = BTreeSet::from([(run_id(1), "need".parse().unwrap(), 1)]);
    let theirs = unit.texts_of(run_id(1), Some(person_id(1))).await.unwrap();
    let directory = unit.directory().await.unwrap();
    let in_unit = [
        unit.lock_runs(&[run_id(1)]).await.unwrap().len(),
        unit.find_inbox(&keys).await.unwrap().len(),
        unit.parked_of(&[run_id(1)]).await.unwrap().len(),
        unit.load_drafts(&drafts).await.unwrap().len(),
        unit.load_payloads(run_id(1), &theirs.into_iter().collect())
            .await
            .unwrap()
            .len(),
        usize::from(
            unit.load_workflow(&workflow(1, 1).name, None)
                .await
                .unwrap()
                .is_some(),
        ),
        directory.people.len() + directory.schools.len() + directory.posts.len(),
    ];
    drop(unit);
    let outside = [
        scoped.run_ids().await.unwrap().len(),
        usize::from(scoped.find_run(run_id(1)).await.unwrap().is_some()),
        usize::from(
            scoped
                .find_run_by_reference("DLP-2027-001")
                .await
                .unwrap()
                .is_some(),
        ),
        scoped.runs(&RunFilter::default()).await.unwrap().len(),
        scoped.tasks(&TaskFilter::default()).await.unwrap().len(),
        scoped.entries(run_id(1), 0, 10).await.unwrap().len(),
        scoped.payloads(run_id(1)).await.unwrap().len(),
        scoped.runs_with_texts_of(person_id(1)).await.unwrap().len(),
        scoped.inbox(&InboxFilter::default()).await.unwrap().len(),
        scoped.find_messages("1-1").await.unwrap().len(),
        scoped.quarantine(None).await.unwrap().len(),
        scoped.mails(&MailFilter::default()).await.unwrap().len(),
        scoped.workflows().await.unwrap().len(),
        scoped.schools().await.unwrap().len(),
        scoped.people().await.unwrap().len(),
        scoped.find_people(&[person_id(1)]).await.unwrap().len(),
        scoped.posts().await.unwrap().len(),
    ];
    in_unit.into_iter().chain(outside).collect()
}

async fn equal_ids_in_two_alliances_are_two_things(store: Store) {
    fill(&store, &northshire()).await;
    let one = seen(&store, &northshire()).await;
    fill(&store, &southshire()).await;
    assert_eq!(seen(&store, &northshire()).await, one);
    assert_eq!(seen(&store, &southshire()).await, one);
    let claimed = store
        .claim_outbox(OutboxKind::Message, at(0), 30, 10, token(1))
        .await
        .unwrap();
    let whose: BTreeSet<_> = claimed
        .into_iter()
        .map(|claimed| claimed.alliance)
        .collect();
    assert_eq!(whose, [northshire(), southshire()].into());
}

async fn an_alliance_sees_nothing_of_another(store: Store) {
    fill(&store, &northshire()).await;
    let nothing = seen(&store, &southshire()).await;
    assert!(nothing.iter().all(|count| *count == 0), "{nothing:?}");
    let mut unit = store.begin(&southshire()).await.unwrap();
    assert_eq!(
        unit.next_reference("DLP", 2027).await.unwrap(),
        "DLP-2027-001"
    );
}

async fn what_one_alliance_deletes_the_other_keeps(store: Store) {
    fill(&store, &northshire()).await;
    let kept = seen(&store, &northshire()).await;
    fill(&store, &southshire()).await;
    let south = store.of(&southshire());

    let mut unit = store.begin(&southshire()).await.unwrap();
    let commitments = unit.texts_of(run_id(1), Some(person_id(1))).await.unwrap();
    let changes = Changes {
        tasks: BTreeMap::from([(run_id(1), vec![])]),
        timers: BTreeMap::from([(run_id(1), vec![])]),
        dropped_drafts: vec![(run_id(1), "need".parse().unwrap())],
        erased: commitments
            .into_iter()
            .map(|commitment| (run_id(1), commitment))
            .collect(),
        ..Changes::default()
    };
    unit.write(changes).await.unwrap();
    let directory = DirectoryChanges {
        erased: vec![person_id(1)],
        removed_posts: vec![post(1, "coordinator", None)],
        ..DirectoryChanges::default()
    };
    unit.write_directory(directory).await.unwrap();
    unit.commit().await.unwrap();
    south
        .discard_quarantined(&quarantined(1).sha256)
        .await
        .unwrap();
    south.forget_raw(at(1_000), 100).await.unwrap();
    store
        .claim_outbox(OutboxKind::Message, at(0), 30, 10, token(1))
        .await
        .unwrap();
    let theirs = (southshire(), outbox(1, OutboxKind::Message).id);
    assert_eq!(store.finish_outbox(&[theirs], token(1)).await.unwrap(), 1);

    assert_eq!(seen(&store, &northshire()).await, kept);
    let people = store.of(&northshire()).people().await.unwrap();
    assert_eq!(people, [person(1, Some(1))]);
    assert_eq!(store.backlog(at(10)).await.unwrap().messages, 1);
    assert_eq!(store.backlog(at(10)).await.unwrap().timers_due, 1);
}
