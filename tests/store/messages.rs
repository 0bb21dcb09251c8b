//! The inbox and the quarantine: an id is used once, nothing is forgotten.

use alongside::store::{Changes, Error, InboxRow, InboxState, Store};

use super::on_both;
use super::sample::*;

on_both!(
    a_parked_message_is_applied_later,
    what_was_applied_stands_for_good,
    a_used_id_with_another_body_is_a_conflict,
    a_message_without_an_id_is_counted,
    a_quarantined_message_is_found_by_the_beginning_of_its_hash,
    bytes_of_old_quarantined_messages_are_forgotten,
    parked_messages_are_claimed_when_their_moment_has_come,
);

fn only(row: InboxRow) -> Changes {
    Changes {
        inbox: vec![row],
        ..Changes::default()
    }
}

async fn a_parked_message_is_applied_later(store: Store) {
    write(&store, only(inbox(1, 1, InboxState::Parked))).await;
    write(&store, only(inbox(1, 1, InboxState::Applied))).await;
    let found = store.of(&northshire()).find_messages("1-1").await.unwrap();
    assert_eq!(found, [inbox(1, 1, InboxState::Applied)]);
    assert_eq!(
        begin(&store).await.parked_of(&[run_id(1)]).await.unwrap(),
        []
    );
}

async fn what_was_applied_stands_for_good(store: Store) {
    write(&store, only(inbox(1, 1, InboxState::Applied))).await;
    for state in [
        InboxState::Rejected,
        InboxState::Parked,
        InboxState::Applied,
    ] {
        let again = begin(&store).await.write(only(inbox(1, 1, state))).await;
        assert!(
            matches!(again, Err(Error::Conflict { table: "inbox" })),
            "{again:?}"
        );
    }
}

async fn a_used_id_with_another_body_is_a_conflict(store: Store) {
    write(&store, only(inbox(1, 1, InboxState::Parked))).await;
    let other = InboxRow {
        fingerprint: "f".repeat(64),
        ..inbox(1, 1, InboxState::Applied)
    };
    let refused = begin(&store).await.write(only(other)).await;
    assert!(
        matches!(refused, Err(Error::Conflict { table: "inbox" })),
        "{refused:?}"
    );
}

async fn a_message_without_an_id_is_counted(store: Store) {
    for number in [1, 2, 1] {
        let mut row = quarantined(number);
        row.last_at = at(100);
        let changes = Changes {
            quarantine: vec![row],
            ..Changes::default()
        };
        write(&store, changes).await;
    }
    let found = store.of(&northshire()).quarantine(None).await.unwrap();
    let seen: Vec<u32> = found.iter().map(|row| row.seen).collect();
    assert_eq!(seen, [2, 1]);
    assert_eq!(found[0].first_at, at(0));
}

async fn a_quarantined_message_is_found_by_the_beginning_of_its_hash(store: Store) {
    let mut rows = [quarantined(1), quarantined(2)];
    rows[0].sha256 = format!("ab{}", "0".repeat(62));
    rows[1].sha256 = format!("ac{}", "0".repeat(62));
    let changes = Changes {
        quarantine: rows.to_vec(),
        ..Changes::default()
    };
    write(&store, changes).await;
    let scoped = store.of(&northshire());
    assert_eq!(
        scoped.find_quarantined("AB").await.unwrap().as_ref(),
        Some(&rows[0])
    );
    for vague in ["a", "", "%", "ad"] {
        assert_eq!(
            scoped.find_quarantined(vague).await.unwrap(),
            None,
            "{vague}"
        );
    }
    assert!(scoped.discard_quarantined(&rows[0].sha256).await.unwrap());
    assert!(!scoped.discard_quarantined(&rows[0].sha256).await.unwrap());
}

async fn bytes_of_old_quarantined_messages_are_forgotten(store: Store) {
    let mut old = inbox(1, 1, InboxState::Quarantined);
    old.raw = Some("{}".to_owned());
    let changes = Changes {
        inbox: vec![old, inbox(1, 2, InboxState::Parked)],
        quarantine: vec![quarantined(1), quarantined(500)],
        ..Changes::default()
    };
    write(&store, changes).await;
    let scoped = store.of(&northshire());
    assert_eq!(scoped.forget_raw(at(100), 100).await.unwrap(), 2);
    assert_eq!(scoped.find_messages("1-1").await.unwrap()[0].raw, None);
    assert!(
        scoped.find_messages("1-2").await.unwrap()[0].raw.is_some(),
        "it is parked"
    );
    let bytes: Vec<bool> = scoped
        .quarantine(None)
        .await
        .unwrap()
        .iter()
        .map(|r| r.raw.is_some())
        .collect();
    assert_eq!(bytes, [true, false]);
}

async fn parked_messages_are_claimed_when_their_moment_has_come(store: Store) {
    let mut later = inbox(2, 1, InboxState::Parked);
    later.next_at = Some(at(1_000));
    let changes = Changes {
        inbox: vec![
            inbox(1, 1, InboxState::Parked),
            later,
            inbox(3, 1, InboxState::Applied),
        ],
        ..Changes::default()
    };
    write(&store, changes).await;
    assert_eq!(store.next_due().await.unwrap(), Some(at(60)));
    assert_eq!(store.claim_parked(at(59), 30, 10).await.unwrap().len(), 0);
    let claimed = store.claim_parked(at(60), 30, 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].row.run, run_id(1));
    assert_eq!(
        store.claim_parked(at(61), 30, 10).await.unwrap().len(),
        0,
        "somebody has it"
    );
    assert_eq!(
        store.claim_parked(at(90), 30, 10).await.unwrap().len(),
        1,
        "they did not finish"
    );
}
