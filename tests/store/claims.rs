//! Claims: nobody takes what another holds, and whoever was replaced finds out.

use std::collections::{BTreeMap, BTreeSet};

use alongside::store::{Changes, OutboxKind, Store, TimerRow};

use super::on_both;
use super::sample::*;

on_both!(
    claims_of_many_workers_never_overlap,
    whoever_was_replaced_finds_out,
    a_row_written_with_a_lease_belongs_to_its_writer,
    a_failed_sending_is_tried_again_when_it_is_time,
    a_released_row_can_be_taken_at_once,
    messages_and_mails_are_claimed_apart,
    a_timer_is_fired_by_one_and_kept_by_a_new_plan,
    a_timer_whose_run_did_not_move_is_finished,
);

const MESSAGE: OutboxKind = OutboxKind::Message;

async fn claims_of_many_workers_never_overlap(store: Store) {
    let rows: Vec<_> = (1..=200).map(|number| outbox(number, MESSAGE)).collect();
    write_outbox(&store, rows).await;
    let workers = (0..4).map(|worker| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                let claimed = store
                    .claim_outbox(MESSAGE, at(1), 30, 7, token(worker))
                    .await
                    .unwrap();
                if claimed.is_empty() {
                    return taken;
                }
                assert!(claimed.len() <= 7, "never more than asked for");
                taken.extend(claimed.into_iter().map(|claimed| claimed.row.id));
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    assert_eq!(all.len(), 200);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 200);
}

async fn whoever_was_replaced_finds_out(store: Store) {
    write_outbox(&store, vec![outbox(1, MESSAGE)]).await;
    let key = (northshire(), outbox(1, MESSAGE).id);
    let claim = |now, who| store.claim_outbox(MESSAGE, at(now), 30, 10, token(who));
    assert_eq!(claim(0, 1).await.unwrap().len(), 1);
    assert_eq!(
        claim(34, 2).await.unwrap().len(),
        0,
        "clocks may differ by five seconds"
    );
    let taken_over = claim(36, 2).await.unwrap();
    assert_eq!(taken_over[0].row.attempts, 2);
    let keys = [key.clone()];
    assert_eq!(store.finish_outbox(&keys, token(1)).await.unwrap(), 0);
    assert!(
        !store
            .retry_outbox(&key, token(1), at(0), "late")
            .await
            .unwrap()
    );
    assert_eq!(store.finish_outbox(&keys, token(2)).await.unwrap(), 1);
    assert_eq!(store.backlog(at(0)).await.unwrap().messages, 0);
}

async fn a_row_written_with_a_lease_belongs_to_its_writer(store: Store) {
    let mut row = outbox(1, MESSAGE);
    row.lease_token = Some(token(1));
    row.lease_until = Some(at(30));
    write_outbox(&store, vec![row.clone()]).await;
    assert_eq!(
        store
            .claim_outbox(MESSAGE, at(10), 30, 10, token(2))
            .await
            .unwrap()
            .len(),
        0
    );
    assert_eq!(
        store
            .finish_outbox(&[(northshire(), row.id)], token(1))
            .await
            .unwrap(),
        1
    );
}

async fn a_failed_sending_is_tried_again_when_it_is_time(store: Store) {
    write_outbox(&store, vec![outbox(1, MESSAGE)]).await;
    let claim = |now| store.claim_outbox(MESSAGE, at(now), 30, 10, token(1));
    let claimed = claim(0).await.unwrap();
    let key = (claimed[0].alliance.clone(), claimed[0].row.id);
    assert!(
        store
            .retry_outbox(&key, token(1), at(60), "the broker closed")
            .await
            .unwrap()
    );
    assert_eq!(claim(59).await.unwrap().len(), 0);
    let again = claim(60).await.unwrap();
    assert_eq!(again[0].row.why.as_deref(), Some("the broker closed"));
    assert_eq!(again[0].row.attempts, 2);
}

async fn a_released_row_can_be_taken_at_once(store: Store) {
    write_outbox(&store, vec![outbox(1, MESSAGE), outbox(2, MESSAGE)]).await;
    store
        .claim_outbox(MESSAGE, at(0), 30, 10, token(1))
        .await
        .unwrap();
    assert_eq!(store.release(token(1)).await.unwrap(), 2);
    assert_eq!(
        store
            .claim_outbox(MESSAGE, at(0), 30, 10, token(2))
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn messages_and_mails_are_claimed_apart(store: Store) {
    write_outbox(
        &store,
        vec![outbox(1, MESSAGE), outbox(2, OutboxKind::Mail)],
    )
    .await;
    let mails = store
        .claim_outbox(OutboxKind::Mail, at(0), 30, 10, token(1))
        .await
        .unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].row.id, outbox(2, OutboxKind::Mail).id);
}

fn planned(timers: Vec<TimerRow>) -> Changes {
    Changes {
        timers: BTreeMap::from([(run_id(1), timers)]),
        ..Changes::default()
    }
}

async fn a_timer_is_fired_by_one_and_kept_by_a_new_plan(store: Store) {
    write(
        &store,
        planned(vec![timer(1, "due/a", 10), timer(1, "due/b", 20)]),
    )
    .await;
    assert_eq!(store.next_due().await.unwrap(), Some(at(10)));
    assert_eq!(store.backlog(at(10)).await.unwrap().timers_due, 1);
    let claimed = store.claim_timers(at(10), 30, 10, token(1)).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].row.key, "due/a");
    assert_eq!(claimed[0].alliance, northshire());
    // Another command moved the run meanwhile; the timer is planned still.
    write(
        &store,
        planned(vec![timer(1, "due/a", 10), timer(1, "due/c", 11)]),
    )
    .await;
    let others = store.claim_timers(at(12), 30, 10, token(2)).await.unwrap();
    let keys: Vec<&str> = others
        .iter()
        .map(|claimed| claimed.row.key.as_str())
        .collect();
    assert_eq!(keys, ["due/c"], "due/a is being fired, due/b is gone");
    // It fired: the new plan has it no more.
    write(&store, planned(vec![])).await;
    assert!(
        !store
            .finish_timer(&northshire(), run_id(1), "due/a", token(1))
            .await
            .unwrap()
    );
    assert_eq!(store.next_due().await.unwrap(), None);
}

async fn a_timer_whose_run_did_not_move_is_finished(store: Store) {
    write(&store, planned(vec![timer(1, "due/a", 10)])).await;
    store.claim_timers(at(10), 30, 10, token(1)).await.unwrap();
    let finish = |who| {
        let store = store.clone();
        async move {
            store
                .finish_timer(&northshire(), run_id(1), "due/a", token(who))
                .await
                .unwrap()
        }
    };
    assert!(!finish(2).await);
    assert!(finish(1).await);
    assert_eq!(store.next_due().await.unwrap(), None);
}
