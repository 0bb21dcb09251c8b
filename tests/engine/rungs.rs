//! Rungs while processes come and go: each fires once, whoever was at it.

use std::collections::BTreeSet;
use std::time::Duration;

use alongside::core::run::event::Event;
use alongside::store::MailState;
use tokio::task::JoinHandle;

use super::alliance::{NORTH, run, start};
use super::checks;
use super::office::Office;
use super::on_both;
use super::place::Place;

on_both!(under_four_loops_that_are_cut_off_and_start_again_each_rung_fires_once);

const PROJECTS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
/// The rungs of a project that nobody touches come up at these moments.
const CLIMBED: [&str; 5] = [
    "2027-01-25T08:00:00Z",
    "2027-02-01T08:00:00Z",
    "2027-02-04T08:00:00Z",
    "2027-02-11T08:00:00Z",
    "2027-02-18T08:00:00Z",
];

/// What one process does until nothing is left for it; each takes little at a time.
fn process(office: &Office) -> JoinHandle<()> {
    let (engine, mailbox) = (office.engine.clone(), office.mailbox());
    tokio::spawn(async move {
        while engine.fire_timers(2).await.unwrap() > 0 {}
        while engine.write_mails(&mailbox, 2).await.unwrap() > 0 {}
    })
}

/// Four at once; the first are killed, each so many milliseconds after the one before. Says how many
/// were cut off.
async fn four(office: &Office, killed_after: &[u64]) -> usize {
    let four: Vec<_> = (0..4).map(|_| process(office)).collect();
    for (one, after) in four.iter().zip(killed_after) {
        tokio::time::sleep(Duration::from_millis(*after)).await;
        one.abort();
    }
    let mut cut_off = 0;
    for one in four {
        if let Err(ended) = one.await {
            assert!(ended.is_cancelled(), "{ended:?}");
            cut_off += 1;
        }
    }
    cut_off
}

async fn under_four_loops_that_are_cut_off_and_start_again_each_rung_fires_once(place: Place) {
    let mut office = Office::open(place, 1).await;
    for name in PROJECTS {
        office.must(&start(name)).await;
    }
    let mut cut_off = 0;
    for (number, moment) in (0..).zip(CLIMBED) {
        office.clock.set(moment.parse().unwrap());
        cut_off += four(&office, &[number, 3 * number, 7]).await;
        cut_off += four(&office, &[2, 11 - 2 * number]).await;
        // What they had in their hands is free again.
        office.clock.advance(66);
        four(&office, &[]).await;
        office.clock.advance(30 * 60);
        cut_off += four(&office, &[5 * number, 1]).await;
        office.clock.advance(66);
        four(&office, &[]).await;
    }
    office.clock.advance(300);
    four(&office, &[]).await;
    assert!(cut_off > 0, "somebody was killed at work");
    let mut climbs = BTreeSet::new();
    for name in PROJECTS {
        let log = checks::log_of(&office.engine, run(name)).await;
        let events = log.into_iter().flat_map(|entry| entry.events);
        let rungs = events.filter_map(|event| match event {
            Event::RungFired { rung, .. } => Some(rung),
            _ => None,
        });
        climbs.insert(rungs.collect::<Vec<String>>());
    }
    let climb = climbs.pop_first().unwrap();
    assert!(
        climbs.is_empty(),
        "all climbed the same: {climb:?}, {climbs:?}"
    );
    assert_eq!(climb.len(), CLIMBED.len(), "{climb:?}");
    assert_eq!(climb.iter().collect::<BTreeSet<_>>().len(), climb.len());
    let mut reminders = office.mail_records().await;
    reminders.retain(|mail| mail.kind == "reminder" && mail.state == MailState::Written);
    let of_each = CLIMBED.len() - 1;
    assert_eq!(
        reminders.len(),
        PROJECTS.len() * of_each,
        "the last asks the coordinator to ring"
    );
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}
