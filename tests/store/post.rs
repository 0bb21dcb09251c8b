//! The post: letters of a person go together, into one mail a day, whoever makes it.

use std::collections::BTreeSet;

use alongside::store::{
    BadAddress, MailFilter, OutboxKind, OutboxRow, OutgoingRow, Store, WaitingFilter,
};

use super::on_both;
use super::sample::*;

on_both!(
    letters_of_a_person_are_claimed_together,
    letters_their_records_and_the_mail_come_and_go_together,
    two_processes_never_make_two_mails_of_one_day,
    a_mail_that_is_taken_apart_gives_its_letters_back,
    what_is_held_waits_and_says_by_which_rule,
    a_mail_that_was_made_is_written_by_one,
    a_bounce_amends_what_it_has_seen,
    all_mail_is_held_once_and_released,
    a_bad_address_is_kept_once_per_person,
    quiet_times_are_kept_per_alliance,
);

fn letter(number: u128, person: u128, next: i64) -> OutboxRow {
    OutboxRow {
        person: Some(person_id(person)),
        next_at: at(next),
        ..outbox(number, OutboxKind::Mail)
    }
}

/// Ends the letter of that number with a mail, as the first worker.
async fn finish(store: &Store, number: u128, made: &OutgoingRow) -> bool {
    let (north, records) = (northshire(), [mail(number)]);
    let finished = store.finish_letters(&north, &records, Some(made), token(1));
    finished.await.unwrap()
}

async fn letters_of_a_person_are_claimed_together(store: Store) {
    let letters = vec![
        letter(1, 1, 0),
        letter(2, 2, 1),
        letter(3, 1, 2),
        letter(4, 1, 90),
    ];
    write_outbox(&store, letters).await;
    let first = store.claim_letters(at(5), 30, 1, token(1)).await.unwrap();
    let ids: BTreeSet<_> = first.iter().map(|it| it.row.id).collect();
    let wanted = [letter(1, 1, 0).id, letter(3, 1, 2).id];
    assert_eq!(
        ids,
        BTreeSet::from(wanted),
        "all of one person that are due"
    );
    let next = store.claim_letters(at(5), 30, 9, token(2)).await.unwrap();
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].row.person, Some(person_id(2)));
}

async fn letters_their_records_and_the_mail_come_and_go_together(store: Store) {
    write_outbox(&store, vec![letter(1, 1, 0), letter(2, 1, 0)]).await;
    store.claim_letters(at(0), 30, 9, token(1)).await.unwrap();
    let (north, made) = (northshire(), outgoing(1));
    let records = [mail(1), mail(2)];
    let not_theirs = store.finish_letters(&north, &records, Some(&made), token(2));
    assert!(!not_theirs.await.unwrap());
    let finished = store.finish_letters(&north, &records, Some(&made), token(1));
    assert!(finished.await.unwrap());
    let again = store.finish_letters(&north, &records, Some(&made), token(1));
    assert!(!again.await.unwrap(), "done already");
    let scoped = store.of(&north);
    let kept = scoped.mails(&MailFilter::default()).await.unwrap();
    assert_eq!(kept, [mail(2), mail(1)]);
    let day = made.day;
    assert_eq!(scoped.mails_on(person_id(1), day).await.unwrap(), 1);
    assert_eq!(scoped.mails_on(person_id(2), day).await.unwrap(), 0);
    assert_eq!(store.backlog(at(0)).await.unwrap().mails, 0);
}

async fn two_processes_never_make_two_mails_of_one_day(store: Store) {
    write_outbox(&store, vec![letter(1, 1, 0), letter(2, 1, 0)]).await;
    store.claim_letters(at(0), 30, 9, token(1)).await.unwrap();
    let north = northshire();
    assert!(finish(&store, 1, &outgoing(1)).await);
    let other = OutgoingRow {
        id: outgoing(2).id,
        ..outgoing(1)
    };
    assert!(!finish(&store, 2, &other).await, "the day has its mail");
    let scoped = store.of(&north);
    let waiting = scoped.letters_waiting(WaitingFilter::default()).await;
    assert_eq!(waiting.unwrap().len(), 1, "and nothing is lost");
}

async fn a_mail_that_is_taken_apart_gives_its_letters_back(store: Store) {
    write_outbox(&store, vec![letter(1, 1, 0), letter(2, 1, 0)]).await;
    store.claim_letters(at(0), 30, 9, token(1)).await.unwrap();
    assert!(finish(&store, 1, &outgoing(1)).await);
    let second = OutgoingRow {
        id: outgoing(2).id,
        number: 2,
        ..outgoing(1)
    };
    assert!(finish(&store, 2, &second).await);
    store.claim_outgoing(at(0), 30, 1, token(1)).await.unwrap();
    let (north, day) = (northshire(), outgoing(1).day);
    let apart = async |holder| {
        let letters = vec![letter(1, 1, 60)];
        let done = store.take_apart(&north, outgoing(1).id, token(holder), letters);
        done.await.unwrap()
    };
    assert!(!apart(2).await, "it is in the hands of another");
    assert!(apart(1).await);
    assert!(!apart(1).await, "once");
    let scoped = store.of(&north);
    let waiting = scoped.letters_waiting(WaitingFilter::default()).await;
    assert_eq!(waiting.unwrap(), [letter(1, 1, 60)]);
    let records = scoped.mails(&MailFilter::default()).await.unwrap();
    assert_eq!(records.len(), 1, "as if it had never been made");
    assert_eq!(scoped.mails_on(person_id(1), day).await.unwrap(), 1);
    assert_eq!(scoped.last_number(person_id(1), day).await.unwrap(), 2);
}

async fn what_is_held_waits_and_says_by_which_rule(store: Store) {
    write_outbox(&store, vec![letter(1, 1, 0)]).await;
    store.claim_letters(at(0), 30, 9, token(1)).await.unwrap();
    let (north, ids) = (northshire(), [letter(1, 1, 0).id]);
    let held = store.hold_letters(&north, &ids, token(1), (at(900), "weekend"));
    held.await.unwrap();
    assert_eq!(
        store.claim_letters(at(899), 30, 9, token(2)).await.unwrap(),
        []
    );
    let of_them = WaitingFilter {
        person: Some(person_id(1)),
        run: None,
    };
    let waiting = store.of(&north).letters_waiting(of_them).await.unwrap();
    assert_eq!(waiting[0].held.as_deref(), Some("weekend"));
    let taken = store.claim_letters(at(900), 30, 9, token(2)).await.unwrap();
    assert_eq!(taken.len(), 1);
}

async fn a_mail_that_was_made_is_written_by_one(store: Store) {
    write_outbox(&store, vec![letter(1, 1, 0)]).await;
    store.claim_letters(at(0), 30, 9, token(1)).await.unwrap();
    let north = northshire();
    assert!(finish(&store, 1, &outgoing(1)).await);
    let claimed = store.claim_outgoing(at(0), 30, 9, token(1)).await.unwrap();
    assert_eq!(claimed[0].row.bytes, outgoing(1).bytes);
    assert_eq!(
        store.claim_outgoing(at(20), 30, 9, token(2)).await.unwrap(),
        []
    );
    let late = store.claim_outgoing(at(60), 30, 9, token(2)).await.unwrap();
    assert_eq!(late.len(), 1, "whoever had it is gone");
    store
        .outgoing_written(&north, outgoing(1).id, token(1))
        .await
        .unwrap();
    let retry = OutgoingRow {
        state: "retry".to_owned(),
        next_at: at(99),
        ..outgoing(1)
    };
    let not_theirs = store.save_outgoing(&north, &retry, token(1), false).await;
    assert!(!not_theirs.unwrap());
    let saved = store.save_outgoing(&north, &retry, token(2), false).await;
    assert!(saved.unwrap());
    let again = store.claim_outgoing(at(99), 30, 9, token(3)).await.unwrap();
    assert_eq!(again[0].row.state, "retry");
    store
        .outgoing_written(&north, outgoing(1).id, token(3))
        .await
        .unwrap();
    assert_eq!(
        store
            .claim_outgoing(at(999), 30, 9, token(4))
            .await
            .unwrap(),
        []
    );
}

async fn a_bounce_amends_what_it_has_seen(store: Store) {
    write_outbox(&store, vec![letter(1, 1, 0)]).await;
    store.claim_letters(at(0), 30, 9, token(1)).await.unwrap();
    assert!(finish(&store, 1, &outgoing(1)).await);
    let found = store.find_outgoing(outgoing(1).id).await.unwrap().unwrap();
    assert_eq!(found.alliance, northshire());
    let bounced = OutgoingRow {
        state: "bounced".to_owned(),
        open: false,
        ..found.row.clone()
    };
    let north = northshire();
    assert!(
        !store
            .amend_outgoing(&north, &bounced, "other")
            .await
            .unwrap()
    );
    let amended = store
        .amend_outgoing(&north, &bounced, &found.row.sending)
        .await;
    assert!(amended.unwrap());
    assert_eq!(
        store.claim_outgoing(at(9), 30, 9, token(2)).await.unwrap(),
        []
    );
}

async fn all_mail_is_held_once_and_released(store: Store) {
    let first = store.post_office(&[1; 32]).await.unwrap();
    let again = store.post_office(&[2; 32]).await.unwrap();
    assert!(first == again, "the key is made once");
    store.hold_all_mail(at(1), "spam").await.unwrap();
    store.hold_all_mail(at(2), "again").await.unwrap();
    let held = store.post_office(&[3; 32]).await.unwrap();
    assert_eq!(
        (held.held_since, held.held_why.as_deref()),
        (Some(at(1)), Some("spam"))
    );
    store.release_mail().await.unwrap();
    assert_eq!(store.post_office(&[3; 32]).await.unwrap().held_since, None);
}

async fn a_bad_address_is_kept_once_per_person(store: Store) {
    let scoped = store.of(&northshire());
    for (digest, why) in [("aa", "5.1.1"), ("bb", "5.1.2")] {
        let bad = BadAddress {
            person: person_id(1),
            digest: digest.to_owned(),
            why: why.to_owned(),
            since: at(1),
        };
        scoped.suppress(&bad).await.unwrap();
    }
    let kept = scoped.bad_addresses().await.unwrap();
    assert_eq!((kept.len(), kept[0].digest.as_str()), (1, "bb"));
    assert_eq!(store.of(&southshire()).bad_addresses().await.unwrap(), []);
}

async fn quiet_times_are_kept_per_alliance(store: Store) {
    let (north, south) = (northshire(), southshire());
    for key in [&north, &south] {
        add_alliance(&store, key).await;
    }
    assert_eq!(store.of(&north).quiet_times().await.unwrap(), "{}");
    store
        .of(&north)
        .set_quiet_times("{\"from\":9}")
        .await
        .unwrap();
    assert_eq!(
        store.of(&north).quiet_times().await.unwrap(),
        "{\"from\":9}"
    );
    assert_eq!(store.of(&south).quiet_times().await.unwrap(), "{}");
}
