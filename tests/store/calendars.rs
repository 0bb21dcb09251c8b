//! Term dates: kept whole or not at all, and every project in progress is noted.

use std::collections::BTreeMap;

use alongside::core::names::RunId;
use alongside::core::run::state::RunStatus;
use alongside::store::{Changes, Error, RunRow, Store};

use super::on_both;
use super::sample::*;

on_both!(
    calendars_are_kept_and_forgotten_by_their_keys,
    whoever_has_not_seen_a_change_writes_nothing_over_it,
    projects_in_progress_are_noted_until_they_are_counted_by_the_newest_revision,
);

const BECAUSE: &str = "Term dates of School 1 were set.";

fn change(key: &str, body: Option<&str>) -> BTreeMap<String, Option<String>> {
    BTreeMap::from([(key.to_owned(), body.map(str::to_owned))])
}

async fn keep(store: &Store, seen: i64, key: &str, body: Option<&str>) -> Result<(), Error> {
    let scoped = store.of(&northshire());
    let changes = change(key, body);
    scoped.keep_calendars(seen, &changes, BECAUSE, at(1)).await
}

async fn calendars_are_kept_and_forgotten_by_their_keys(store: Store) {
    add_alliance(&store, &northshire()).await;
    add_alliance(&store, &southshire()).await;
    keep(&store, 0, "alliance", Some("one")).await.unwrap();
    keep(&store, 1, "school:100001", Some("two")).await.unwrap();
    keep(&store, 2, "alliance", Some("three")).await.unwrap();
    let kept = store.of(&northshire()).calendar_texts().await.unwrap();
    let texts: Vec<_> = kept
        .texts
        .iter()
        .map(|(key, body)| (key.as_str(), body.as_str()))
        .collect();
    assert_eq!(texts, [("alliance", "three"), ("school:100001", "two")]);
    assert_eq!(kept.revision, 3);
    keep(&store, 3, "alliance", None).await.unwrap();
    let kept = store.of(&northshire()).calendar_texts().await.unwrap();
    assert_eq!(kept.texts.len(), 1);
    let other = store.of(&southshire()).calendar_texts().await.unwrap();
    assert_eq!((other.revision, other.texts.len()), (0, 0));
}

async fn whoever_has_not_seen_a_change_writes_nothing_over_it(store: Store) {
    add_alliance(&store, &northshire()).await;
    keep(&store, 0, "alliance", Some("one")).await.unwrap();
    let late = keep(&store, 0, "alliance", Some("another")).await;
    assert!(matches!(late, Err(Error::Refused(_))), "{late:?}");
    let kept = store.of(&northshire()).calendar_texts().await.unwrap();
    assert_eq!((kept.revision, kept.texts["alliance"].as_str()), (1, "one"));
}

fn with_status(number: u128, status: RunStatus) -> RunRow {
    RunRow {
        status,
        ..run(number, 1)
    }
}

async fn projects_in_progress_are_noted_until_they_are_counted_by_the_newest_revision(
    store: Store,
) {
    add_alliance(&store, &northshire()).await;
    let runs = vec![
        with_status(1, RunStatus::InProgress),
        with_status(2, RunStatus::Paused),
        with_status(3, RunStatus::Complete),
    ];
    let changes = Changes {
        runs,
        ..Changes::default()
    };
    write(&store, changes).await;
    keep(&store, 0, "alliance", Some("one")).await.unwrap();
    let noted = store.noted_replans(10).await.unwrap();
    let of: Vec<RunId> = noted.iter().map(|row| row.run).collect();
    assert_eq!(of, [run_id(1)]);
    assert_eq!(noted[0].because, BECAUSE);
    // It was noted again before it was worked off: the older work does not end the newer note.
    keep(&store, 1, "alliance", Some("two")).await.unwrap();
    store.replanned(&noted[0]).await.unwrap();
    let again = store.noted_replans(10).await.unwrap();
    assert_eq!((again.len(), again[0].revision), (1, 2));
    store.replanned(&again[0]).await.unwrap();
    assert!(store.noted_replans(10).await.unwrap().is_empty());
}
