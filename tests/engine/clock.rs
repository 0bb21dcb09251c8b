//! Clocks that are wrong for a while: nothing comes early, nothing twice.

use std::sync::Arc;
use std::time::Duration;

use alongside::clock::{Clock, SystemClock};
use alongside::core::time::Instant;
use alongside::engine::{ClockWatch, Engine, Work};

use super::alliance::{NORTH, complete, need, start};
use super::checks;
use super::office::{Office, engine_on, tell};
use super::on_both;
use super::place::Place;

on_both!(
    while_the_clock_is_wrong_nothing_is_done_by_it,
    a_clock_that_went_back_makes_late_and_never_twice,
);

/// What is done by the clock.
fn timed(work: Work) -> (usize, usize, usize) {
    (work.timers, work.mails, work.schedules)
}

/// An office with a project whose first step is due in some days, and all that is due done.
async fn opened(place: Place) -> Office {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let (timers, mails, _) = timed(office.work().await);
    assert!(timers == 0 && mails == 1, "it is the CPD lead's turn");
    office
}

async fn while_the_clock_is_wrong_nothing_is_done_by_it(place: Place) {
    let mut office = opened(place).await;
    let nothing = (0, 0, 0);
    for (number, off) in [3_600, 86_400, 10 * 365 * 86_400].into_iter().enumerate() {
        office.clock.jump(off);
        assert_eq!(timed(office.work().await), nothing, "{off} seconds ahead");
        let id = format!("note-{number}");
        office
            .must(&super::alliance::note(&id, "p", "We go on."))
            .await;
        office.clock.advance(300);
        assert_eq!(
            timed(office.work().await),
            nothing,
            "and five minutes later"
        );
        office.clock.jump(-off);
        assert_eq!(
            timed(office.work().await),
            nothing,
            "right, but for how long?"
        );
        office.clock.advance(599);
        assert_eq!(timed(office.work().await), nothing);
        assert!(office.engine.clock_watch.trouble().is_some());
        office.clock.advance(1);
        office.work().await;
        assert!(office.engine.clock_watch.trouble().is_none());
    }
    // What was due by the wrong clocks comes on its own day.
    let need = complete("1", "p", "cpd@100001", "identify_need", need());
    office.must(&need).await;
    let (_, mails, _) = timed(office.work().await);
    assert_eq!(mails, 1, "only the head's turn");
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn a_clock_that_went_back_makes_late_and_never_twice(place: Place) {
    let office = opened(place).await;
    // The first step was due on 1 February: reminders have come up, the last one as a mail.
    let mut done = (0, 0);
    for day in ["2027-02-01", "2027-02-02", "2027-02-05", "2027-02-08"] {
        office
            .clock
            .set(format!("{day}T09:00:00Z").parse().unwrap());
        let (timers, mails, _) = timed(office.work().await);
        done = (done.0 + timers, done.1 + mails);
    }
    assert!(done.0 > 0 && done.1 > 0, "{done:?}");
    let before = office.mail_records().await.len();
    office.clock.jump(-7 * 86_400);
    assert_eq!(timed(office.work().await), (0, 0, 0));
    // A week again, steadily.
    for _ in 0..8 {
        office.clock.advance(86_400);
        let (timers, mails, _) = timed(office.work().await);
        let again = office.clock.now().date() <= "2027-02-08".parse().unwrap();
        assert!(!again || (timers, mails) == (0, 0), "{timers} {mails}");
    }
    let records = office.mail_records().await;
    let mut keys: Vec<_> = records.iter().map(|row| row.id).collect();
    keys.dedup();
    assert_eq!(keys.len(), records.len());
    assert!(records.len() >= before);
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

/// The machine's clock, so many seconds off.
#[derive(Debug)]
struct Off(i64);

impl Clock for Off {
    fn now(&self) -> Instant {
        SystemClock.now().plus_seconds(self.0)
    }

    fn steady(&self) -> Duration {
        SystemClock.steady()
    }

    fn is_the_machines(&self) -> bool {
        true
    }
}

#[test]
fn a_machine_whose_clock_is_not_the_databases_waits() {
    tell(async {
        let place = Place::servers();
        let store = alongside::store::Store::open(&place.database_url())
            .await
            .unwrap();
        for (off, believed) in [(0, true), (60, true), (3_600, false), (-3_600, false)] {
            let engine = Engine {
                clock: Arc::new(Off(off)),
                clock_watch: Arc::new(ClockWatch::default()),
                ..engine_on(store.clone())
            };
            assert_eq!(
                engine.believes_its_clock().await.unwrap(),
                believed,
                "{off}"
            );
            let said = engine.clock_watch.trouble().map(|trouble| trouble.say());
            let told = said.is_some_and(|said| said.contains("the database's"));
            assert_eq!(told, !believed);
        }
        store.close().await;
    });
}
