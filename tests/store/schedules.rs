//! Schedules: a time is taken by one, happens once, and a setting plans anew.

use alongside::core::schedules::Job;
use alongside::store::{Occurrence, Store, Turn};

use super::on_both;
use super::sample::*;

on_both!(
    of_many_workers_each_schedule_has_one,
    a_time_that_has_happened_does_not_happen_again,
    whoever_was_replaced_loses_the_turn,
    a_setting_takes_the_turn_from_whoever_is_at_it,
    schedules_are_kept_per_alliance,
    of_an_end_the_coordinators_are_told_once,
);

const JOB: Job = Job::Summary;

async fn planned(store: &Store) {
    for alliance in [northshire(), southshire()] {
        add_alliance(store, &alliance).await;
        for job in Job::ALL {
            let next = Some(at(10)).filter(|_| job != Job::Retention);
            let scoped = store.of(&alliance);
            scoped.plan_schedule(job, next).await.unwrap();
        }
    }
}

/// Claims all that is due, and gives back the summary of the north.
async fn claim(store: &Store, now: i64, who: u128) -> Option<Occurrence> {
    let claimed = store.claim_schedules(at(now), 60, 10, token(who));
    let claimed = claimed.await.unwrap().into_iter();
    let mut ours = claimed.filter(|it| it.alliance == northshire() && it.row.name == JOB);
    ours.next().map(|it| Occurrence {
        name: JOB,
        planned_at: it.row.next_at.unwrap(),
        token: token(who),
    })
}

/// Ends a turn with the next time so many seconds from the start.
async fn end(store: &Store, it: Occurrence, next: i64) -> Turn {
    let mut unit = begin(store).await;
    let turn = unit.take_turn(it, at(11), Some(at(next))).await.unwrap();
    if turn == Turn::Lost {
        unit.roll_back().await.unwrap();
    } else {
        unit.commit().await.unwrap();
    }
    turn
}

async fn of_many_workers_each_schedule_has_one(store: Store) {
    planned(&store).await;
    let workers = (0..4).map(|who| {
        let store = store.clone();
        tokio::spawn(async move {
            let claimed = store.claim_schedules(at(10), 60, 10, token(who));
            claimed.await.unwrap().len()
        })
    });
    let workers: Vec<_> = workers.collect();
    let mut taken = 0;
    for worker in workers {
        taken += worker.await.unwrap();
    }
    assert_eq!(taken, 4, "two of each alliance; the third has no time");
    assert_eq!(claim(&store, 9, 5).await, None);
}

async fn a_time_that_has_happened_does_not_happen_again(store: Store) {
    planned(&store).await;
    let it = claim(&store, 10, 1).await.unwrap();
    assert_eq!(end(&store, it, 100).await, Turn::Ours);
    assert_eq!(claim(&store, 99, 1).await, None);
    // A clock was wrong, and the time before is planned once more.
    let scoped = store.of(&northshire());
    assert!(
        !scoped
            .move_schedule(JOB, at(99), Some(at(10)))
            .await
            .unwrap()
    );
    assert!(
        scoped
            .move_schedule(JOB, at(100), Some(at(10)))
            .await
            .unwrap()
    );
    let again = claim(&store, 50, 1).await.unwrap();
    assert_eq!(again.planned_at, at(10));
    assert_eq!(end(&store, again, 100).await, Turn::Before);
    let look = store.look_at_schedules().await.unwrap();
    assert_eq!(
        (look.alliances, look.planned, look.latest),
        (2, 6, Some(at(100)))
    );
}

async fn whoever_was_replaced_loses_the_turn(store: Store) {
    planned(&store).await;
    let slow = claim(&store, 10, 1).await.unwrap();
    assert_eq!(
        claim(&store, 74, 2).await,
        None,
        "clocks differ by five seconds"
    );
    let quick = claim(&store, 76, 2).await.unwrap();
    assert_eq!(end(&store, slow, 100).await, Turn::Lost);
    assert_eq!(end(&store, quick, 100).await, Turn::Ours);
    assert_eq!(end(&store, slow, 100).await, Turn::Lost);
    let done = store.of(&northshire()).last_occurrences().await.unwrap();
    assert_eq!(done, [(JOB, at(11))]);
}

async fn a_setting_takes_the_turn_from_whoever_is_at_it(store: Store) {
    planned(&store).await;
    let it = claim(&store, 10, 1).await.unwrap();
    let scoped = store.of(&northshire());
    let set = scoped.set_schedule(JOB, Some("0 9 * * Tue"), Some(at(20)));
    set.await.unwrap();
    assert_eq!(end(&store, it, 100).await, Turn::Lost);
    let it = claim(&store, 20, 2).await.unwrap();
    assert_eq!(it.planned_at, at(20));
    assert_eq!(end(&store, it, 100).await, Turn::Ours);
    scoped.set_schedule(JOB, Some("off"), None).await.unwrap();
    assert_eq!(claim(&store, 1_000, 3).await, None);
}

async fn schedules_are_kept_per_alliance(store: Store) {
    planned(&store).await;
    let (north, south) = (store.of(&northshire()), store.of(&southshire()));
    north.set_schedule(JOB, Some("off"), None).await.unwrap();
    north.plan_schedule(JOB, Some(at(5))).await.unwrap();
    let of = |rows: Vec<alongside::store::ScheduleRow>| {
        let row = rows.into_iter().find(|row| row.name == JOB).unwrap();
        (row.setting, row.next_at)
    };
    let off = (Some("off".to_owned()), None);
    assert_eq!(
        of(north.schedules().await.unwrap()),
        off,
        "it stays as it was set"
    );
    assert_eq!(of(south.schedules().await.unwrap()), (None, Some(at(10))));
}

async fn of_an_end_the_coordinators_are_told_once(store: Store) {
    let mut told = Vec::new();
    for (school, ends) in [
        (1, "2027-07-21"),
        (1, "2027-07-21"),
        (2, "2027-07-21"),
        (1, "2028-07-20"),
    ] {
        let mut unit = begin(&store).await;
        told.push(
            unit.warn_of_calendar(&urn(school), day(ends))
                .await
                .unwrap(),
        );
        unit.commit().await.unwrap();
    }
    assert_eq!(told, [true, false, true, true]);
}
