//! Term dates that change: open dates are counted anew, once, whoever notices; dates of the
//! directory's schools are counted on their own calendars.

use alongside::core::calendar::bank_holidays::{BankHolidays, Division};
use alongside::core::calendar::day::{Period, PeriodKind};
use alongside::core::run::deadline::MoveCause;
use alongside::core::run::event::Event;
use alongside::core::time::Date;

use super::alliance::{NORTH, SOUTH, alliance, run, start};
use super::checks;
use super::office::Office;
use super::on_both;
use super::place::Place;
use crate::support::calendar;

on_both!(
    term_dates_that_change_move_open_dates_once,
    term_dates_of_another_alliance_move_nothing,
    a_project_does_not_start_beyond_the_calendar,
);

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn term(from: &str, to: &str) -> Period {
    Period {
        from: date(from),
        to: date(to),
        kind: PeriodKind::Term,
        label: "Term".to_owned(),
        source: "test".to_owned(),
    }
}

/// Terms with a half-term from 18 to 22 January 2027.
async fn set_half_term(office: &Office, key: &str) {
    let terms = vec![
        term("2026-09-01", "2026-12-18"),
        term("2027-01-04", "2027-01-15"),
        term("2027-01-25", "2027-07-21"),
    ];
    let told = BankHolidays::shipped();
    calendar::set(&office.engine.store, key, terms, &told).await;
}

async fn due(office: &Office, name: &str) -> Option<Date> {
    let reading = office.engine.read_run(&alliance(NORTH), run(name)).await;
    let run = reading.unwrap().unwrap().run;
    let step = run.find_step(&"identify_need".parse().unwrap()).unwrap();
    step.due.as_ref().and_then(|due| due.date)
}

async fn term_dates_that_change_move_open_dates_once(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    // 15 weekdays after Monday 11 January.
    assert_eq!(due(&office, "p").await, Some(date("2027-02-01")));
    set_half_term(&office, NORTH).await;
    // Several processes notice at the same time.
    let (one, two) = tokio::join!(
        office.engine.count_dates_anew(100),
        office.engine.count_dates_anew(100)
    );
    assert!(one.unwrap() + two.unwrap() >= 1);
    assert_eq!(due(&office, "p").await, Some(date("2027-02-08")));
    assert_eq!(office.engine.count_dates_anew(100).await.unwrap(), 0);
    let entries = checks::log_of(&office.engine, run("p")).await;
    let moved: Vec<&Event> = entries.iter().flat_map(|entry| &entry.events).collect();
    let moved = moved.into_iter().filter(
        |event| matches!(event, Event::DeadlineMoved { why, .. } if *why == MoveCause::TermDates),
    );
    assert_eq!(moved.count(), 1);
    // The timers follow: on the old day only the reminder comes up that is a week before the new one.
    office.days_later(21);
    assert_eq!(office.catch_up().await.0, 1);
    let entries = checks::log_of(&office.engine, run("p")).await;
    let fired = entries.last().unwrap().events.first().unwrap();
    assert!(
        matches!(fired, Event::RungFired { rung, date: on, .. } if rung == "heads_up" && *on == date("2027-02-08")),
        "{fired:?}"
    );
    // What is set again in the same way moves nothing and leaves no trace.
    set_half_term(&office, NORTH).await;
    office.engine.count_dates_anew(100).await.unwrap();
    assert_eq!(checks::log_of(&office.engine, run("p")).await.len(), 3);
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn term_dates_of_another_alliance_move_nothing(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    set_half_term(&office, SOUTH).await;
    assert_eq!(office.engine.count_dates_anew(100).await.unwrap(), 0);
    assert_eq!(due(&office, "p").await, Some(date("2027-02-01")));
    office.close().await;
}

async fn a_project_does_not_start_beyond_the_calendar(place: Place) {
    let mut office = Office::open(place, 1).await;
    let terms = vec![term("2026-09-01", "2027-01-15")];
    let told = BankHolidays::shipped();
    assert!(told.years(Division::EnglandAndWales).is_some());
    calendar::set(&office.engine.store, NORTH, terms, &told).await;
    let answer = office.ask(&start("p")).await;
    assert_eq!(answer["data"]["code"], "calendar_ends");
    let reason = answer["data"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("School 100001 of northshire says nothing of Saturday 16 January 2027"),
        "{reason}"
    );
    set_half_term(&office, NORTH).await;
    let mut again = start("p");
    again.id.push_str("-again");
    office.must(&again).await;
    office.close().await;
}
