//! Texts of projects that ended long ago go, and the log says so.

use alongside::core::names::RunId;
use alongside::core::schedules::Job;

use super::alliance::{NORTH, alliance, run, start, three_steps};
use super::checks;
use super::office::Office;
use super::on_both;
use super::place::Place;

on_both!(
    texts_go_three_school_years_after_that_of_the_end,
    an_alliance_may_keep_them_for_good,
);

/// Texts that a project holds.
async fn held(office: &Office, at: RunId) -> usize {
    let scoped = office.engine.store.of(&alliance(NORTH));
    scoped.payloads(at).await.unwrap().len()
}

/// The night of that day, in which retention comes.
async fn night(office: &Office, day: &str) {
    office
        .clock
        .set(format!("{day}T02:45:00Z").parse().unwrap());
    let folder = office.mailbox().folder;
    let scoped = office.engine.store.of(&alliance(NORTH));
    let next = Some(office.engine.clock.now());
    scoped
        .set_schedule(Job::Retention, None, next)
        .await
        .unwrap();
    office.engine.run_schedules(&folder).await.unwrap();
}

/// One project that has ended in January 2027, and one that goes on.
async fn opened(place: Place) -> Office {
    let mut office = Office::open(place, 1).await;
    for letter in three_steps("ended") {
        office.must(&letter).await;
    }
    office.must(&start("open")).await;
    let need = three_steps("open").swap_remove(1);
    office.must(&need).await;
    office
}

async fn texts_go_three_school_years_after_that_of_the_end(place: Place) {
    let office = opened(place).await;
    let (before, open) = (
        held(&office, run("ended")).await,
        held(&office, run("open")).await,
    );
    assert!(before > 0 && open > 0);
    night(&office, "2030-07-31").await;
    assert_eq!(held(&office, run("ended")).await, before);

    for _ in 0..2 {
        night(&office, "2030-08-01").await;
        assert_eq!(held(&office, run("ended")).await, 0);
        assert_eq!(held(&office, run("open")).await, open, "it has not ended");
    }
    let scoped = office.engine.store.of(&alliance(NORTH));
    let entries = scoped.entries(run("ended"), 0, 100).await.unwrap();
    let told = entries
        .iter()
        .filter(|entry| entry.body.contains("texts.expired"));
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 1, "once, however often it comes round");
    assert!(told[0].body.contains("2027-01-11"), "{}", told[0].body);
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn an_alliance_may_keep_them_for_good(place: Place) {
    let office = opened(place).await;
    let before = held(&office, run("ended")).await;
    let scoped = office.engine.store.of(&alliance(NORTH));
    assert_eq!(
        scoped.text_years().await.unwrap(),
        Some(3),
        "as schools are advised"
    );
    scoped.set_text_years(None).await.unwrap();
    night(&office, "2099-08-01").await;
    assert_eq!(held(&office, run("ended")).await, before);
    scoped.set_text_years(Some(0)).await.unwrap();
    night(&office, "2099-08-02").await;
    assert_eq!(held(&office, run("ended")).await, 0);
    office.close().await;
}
