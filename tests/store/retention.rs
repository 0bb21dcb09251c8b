//! Retention: bytes go after their time, few at once; records stay, and so does what is younger.

use std::collections::BTreeSet;

use alongside::core::names::RunId;
use alongside::core::run::state::RunStatus;
use alongside::store::{
    Changes, InboxFilter, InboxRow, InboxState, MailTextRow, OutgoingRow, QuarantineRow, RunRow,
    Store,
};

use super::on_both;
use super::sample::*;

on_both!(
    bytes_of_old_messages_go_few_at_a_time,
    bytes_of_a_mail_go_when_nothing_is_to_be_done_with_it,
    old_mails_are_told_by_their_day,
    texts_of_ended_projects_are_found_and_the_setting_is_kept,
    own_texts_of_mails_are_put_and_taken_away_at_once,
);

async fn bytes_of_old_messages_go_few_at_a_time(store: Store) {
    let kept = |number: u128, state, seconds| InboxRow {
        received_at: at(seconds),
        raw: Some("{}".to_owned()),
        ..inbox(number, 1, state)
    };
    let unread = |number: u128, seconds| QuarantineRow {
        last_at: at(seconds),
        ..quarantined(number)
    };
    let changes = Changes {
        inbox: vec![
            kept(1, InboxState::Quarantined, 0),
            kept(2, InboxState::Quarantined, 1),
            kept(3, InboxState::Quarantined, 2),
            kept(4, InboxState::Quarantined, 50),
            kept(5, InboxState::Parked, 0),
        ],
        quarantine: vec![unread(1, 0), unread(2, 50)],
        ..Changes::default()
    };
    write(&store, changes).await;
    let scoped = store.of(&northshire());
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(scoped.forget_raw(at(50), 2).await.unwrap());
    }
    assert_eq!(gone, [3, 1, 0], "two of each at a time");
    let rows = scoped.inbox(&InboxFilter::default()).await.unwrap();
    assert_eq!(rows.len(), 5, "the records stay");
    let with_raw = rows.iter().filter(|row| row.raw.is_some());
    let with_raw: BTreeSet<_> = with_raw.map(|row| (row.state, row.received_at)).collect();
    let wanted = [
        (InboxState::Parked, at(0)),
        (InboxState::Quarantined, at(50)),
    ];
    assert_eq!(
        with_raw,
        BTreeSet::from(wanted),
        "parked ones are still needed"
    );
    let unread = scoped.quarantine(None).await.unwrap();
    let has_bytes: Vec<bool> = unread.iter().map(|row| row.raw.is_some()).collect();
    assert_eq!(has_bytes, [true, false], "newest first");
}

/// Mails with their bytes, of the day of [`at`], each to another person.
async fn mails(store: &Store, numbers: std::ops::Range<u128>) -> Vec<OutgoingRow> {
    let mut made = Vec::new();
    for number in numbers {
        let row = OutgoingRow {
            person: person_id(number),
            ..outgoing(number)
        };
        let north = northshire();
        let kept = store.finish_letters(&north, &[], Some(&row), token(1));
        assert!(kept.await.unwrap());
        made.push(row);
    }
    made
}

async fn bytes_of_a_mail_go_when_nothing_is_to_be_done_with_it(store: Store) {
    let made = mails(&store, 1..4).await;
    let scoped = store.of(&northshire());
    // A mail came back while it was to be sent again: at its end, with its bytes.
    for row in &made[..2] {
        let back = OutgoingRow {
            state: "bounced".to_owned(),
            open: false,
            ..row.clone()
        };
        let north = northshire();
        let amended = store.amend_outgoing(&north, &back, &row.sending);
        assert!(amended.await.unwrap());
    }
    let tomorrow = made[0].day.succ_opt().unwrap();
    assert_eq!(
        scoped.forget_mails(made[0].day, 9).await.unwrap(),
        0,
        "not old yet"
    );
    assert_eq!(scoped.forget_mails(tomorrow, 1).await.unwrap(), 1);
    assert_eq!(scoped.forget_mails(tomorrow, 9).await.unwrap(), 1);
    assert_eq!(scoped.forget_mails(tomorrow, 9).await.unwrap(), 0);
    let rows = scoped.outgoing(None).await.unwrap();
    let kept: Vec<_> = rows
        .iter()
        .map(|row| (row.open, row.bytes.is_some()))
        .collect();
    assert_eq!(kept.len(), 3, "what became of them stays");
    assert!(kept.iter().all(|(open, bytes)| open == bytes), "{kept:?}");
}

async fn old_mails_are_told_by_their_day(store: Store) {
    let made = mails(&store, 1..3).await;
    let ids = [made[0].id, made[1].id, token(7)];
    let scoped = store.of(&northshire());
    let day = made[0].day;
    assert!(scoped.mails_before(day, &ids).await.unwrap().is_empty());
    let old = scoped
        .mails_before(day.succ_opt().unwrap(), &ids)
        .await
        .unwrap();
    assert_eq!(old, BTreeSet::from([ids[0], ids[1]]));
    let other = store.of(&southshire());
    let old = other
        .mails_before(day.succ_opt().unwrap(), &ids)
        .await
        .unwrap();
    assert!(old.is_empty(), "another alliance's");
}

async fn texts_of_ended_projects_are_found_and_the_setting_is_kept(store: Store) {
    add_alliance(&store, &northshire()).await;
    let scoped = store.of(&northshire());
    assert_eq!(scoped.text_years().await.unwrap(), Some(3));
    for years in [Some(6), None, Some(0)] {
        scoped.set_text_years(years).await.unwrap();
        assert_eq!(scoped.text_years().await.unwrap(), years);
    }
    let ended = |number, status| RunRow {
        status,
        started_at: at(i64::try_from(number).unwrap()),
        ..run(number, 1)
    };
    let rows = Changes {
        runs: vec![
            ended(1, RunStatus::Complete),
            ended(2, RunStatus::Stopped),
            ended(3, RunStatus::InProgress),
            ended(4, RunStatus::Complete),
            ended(9, RunStatus::Complete),
        ],
        payloads: [1, 2, 3, 9].map(|number| payload(number, 1, None)).into(),
        ..Changes::default()
    };
    write(&store, rows).await;
    let after = |run, limit| scoped.ended_with_texts(at(9), run, limit);
    let nil = RunId(uuid::Uuid::nil());
    let all = after(nil, 10).await.unwrap();
    assert_eq!(
        all,
        [run_id(1), run_id(2)],
        "at their end, with texts, begun before"
    );
    assert_eq!(after(nil, 1).await.unwrap(), [run_id(1)]);
    assert_eq!(after(run_id(1), 10).await.unwrap(), [run_id(2)]);
}

async fn own_texts_of_mails_are_put_and_taken_away_at_once(store: Store) {
    add_alliance(&store, &northshire()).await;
    let scoped = store.of(&northshire());
    let text = |name: &str, subject: &str| MailTextRow {
        name: name.to_owned(),
        subject: subject.to_owned(),
        body: "Dear you".to_owned(),
        html: None,
    };
    let first = [text("due", "Due"), text("ready", "Ready")];
    scoped.change_mail_texts(&first, &[]).await.unwrap();
    assert_eq!(scoped.mail_texts().await.unwrap(), first);
    let html = MailTextRow {
        html: Some("<p>Ready</p>".to_owned()),
        ..text("ready", "Over to you")
    };
    let put = std::slice::from_ref(&html);
    scoped
        .change_mail_texts(put, &["due".to_owned()])
        .await
        .unwrap();
    assert_eq!(scoped.mail_texts().await.unwrap(), [html]);
}
