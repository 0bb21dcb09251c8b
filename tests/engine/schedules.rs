//! What comes round by the calendar, on a clock that is moved by hand.

use std::collections::BTreeMap;

use alongside::core::calendar::bank_holidays::{BankHolidays, Division};
use alongside::core::calendar::day::{Period, PeriodKind};
use alongside::core::mails::quiet::QuietTimes;
use alongside::core::schedules::{Job, OFF};
use alongside::core::time::{Date, Instant};
use alongside::store::{
    Changes, InboxFilter, InboxRow, InboxState, MailRow, MailState, WaitingFilter,
};
use serde_json::json;

use super::alliance::{Letter, NORTH, alliance, person, run, start};
use super::checks;
use super::office::{Office, tell};
use super::on_both;
use super::place::Place;
use crate::support::calendar::{set, set_quiet_times};

on_both!(
    of_four_workers_one_writes_the_summary,
    a_turn_that_was_never_ended_is_taken_over,
    six_weeks_off_are_made_up_for_by_one_summary,
    whatever_the_clock_does_nothing_comes_twice,
    on_both_nights_of_the_clock_change_each_time_comes_once,
    the_end_of_term_dates_is_told_once,
    after_90_days_bytes_go_and_records_stay,
);

/// Sets the clock and does what has come round; says how many times that was.
async fn at(office: &Office, moment: &str) -> usize {
    office.clock.set(moment.parse().unwrap());
    look(office).await
}

async fn look(office: &Office) -> usize {
    let folder = office.mailbox().folder;
    office.engine.run_schedules(&folder).await.unwrap()
}

/// Only this one comes in the north, and none in the south.
async fn only(office: &Office, wanted: Job, setting: Option<&str>) {
    look(office).await;
    for key in [NORTH, "southshire"] {
        for job in Job::ALL {
            let setting = if job == wanted && key == NORTH {
                setting
            } else {
                Some(OFF)
            };
            let next = job.next_after(setting, office.engine.clock.now());
            let scoped = office.engine.store.of(&alliance(key));
            scoped.set_schedule(job, setting, next).await.unwrap();
        }
    }
}

async fn summaries(office: &Office) -> Vec<MailRow> {
    office.catch_up().await;
    let mut rows = office.mail_records().await;
    rows.retain(|row| row.kind == "summary");
    rows
}

fn files(office: &Office) -> Vec<String> {
    let folder = office.mailbox().folder;
    let ids = folder.ids().unwrap().into_iter();
    ids.map(|id| folder.read(id).unwrap().unwrap().text)
        .collect()
}

async fn of_four_workers_one_writes_the_summary(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    office.must(&start("q")).await;
    let until = json!({"reason": "Inspection", "until": "2027-02-17"});
    let hold = Letter::new("hold", run("q"), "coordinator", "project.postpone", until);
    office.must(&hold).await;
    office.must(&start("r")).await;
    let flood = json!({"step": "identify_need", "reason": "There was a flood"});
    let block = Letter::new("block", run("r"), "cpd@100001", "step.block", flood);
    office.must(&block).await;
    assert_eq!(look(&office).await, 0, "planned for the first time");
    // Due on Monday 1 February: a week ago. The reminders come up first.
    office.clock.set("2027-02-08T07:59:59Z".parse().unwrap());
    office.catch_up().await;
    office.clock.set("2027-02-08T08:00:00Z".parse().unwrap());
    let four = (0..4).map(|_| {
        let (engine, folder) = (office.engine.clone(), office.mailbox().folder);
        tokio::spawn(async move { engine.run_schedules(&folder).await.unwrap() })
    });
    let mut done = 0;
    for one in four.collect::<Vec<_>>() {
        done += one.await.unwrap();
    }
    assert_eq!(done, 6, "three of each alliance");
    assert!(
        summaries(&office).await.is_empty(),
        "it leaves with the other mail"
    );
    office.clock.set("2027-02-08T08:30:00Z".parse().unwrap());
    let written = summaries(&office).await;
    assert_eq!(written.len(), 1);
    assert_eq!(
        (written[0].person, written[0].state),
        (person("coordinator"), MailState::Written)
    );
    let text = files(&office)
        .into_iter()
        .find(|text| text.contains("Overdue"))
        .unwrap();
    for line in [
        "How your projects stand: 1 overdue, 1 held up",
        "- Monday 1 February 2027: ",
        "at School 100001",
        "postponed to Wednesday 17 February 2027",
        "Cannot progress, and needs you",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn a_turn_that_was_never_ended_is_taken_over(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    only(&office, Job::Summary, None).await;
    office.clock.set("2027-02-08T08:00:00Z".parse().unwrap());
    let store = &office.engine.store;
    let token = uuid::Uuid::from_u128(1);
    let now = "2027-02-08T08:00:00Z".parse().unwrap();
    assert_eq!(
        store
            .claim_schedules(now, 600, 9, token)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(look(&office).await, 0);
    assert_eq!(at(&office, "2027-02-08T08:10:06Z").await, 1);
    assert_eq!(at(&office, "2027-02-08T08:31:00Z").await, 0);
    assert_eq!(summaries(&office).await.len(), 1);
    office.close().await;
}

async fn six_weeks_off_are_made_up_for_by_one_summary(place: Place) {
    let mut office = Office::open(place, 1).await;
    set_quiet_times(&office.engine.store, NORTH, &QuietTimes::default()).await;
    office.must(&start("p")).await;
    only(&office, Job::Summary, None).await;
    // A Wednesday, after six Mondays.
    assert_eq!(at(&office, "2027-02-24T10:00:00Z").await, 1);
    assert_eq!(look(&office).await, 0);
    office.catch_up().await;
    office.clock.advance(301);
    let written = summaries(&office).await;
    assert_eq!(written.len(), 1, "{written:?}");
    assert_eq!(written[0].state, MailState::Written);
    let text = files(&office)
        .into_iter()
        .find(|text| text.contains("Overdue"))
        .unwrap();
    assert!(text.contains("Monday 1 February 2027"), "{text}");
    assert_eq!(at(&office, "2027-03-01T07:59:59Z").await, 0);
    assert_eq!(
        at(&office, "2027-03-01T08:00:00Z").await,
        1,
        "and from then on as usual"
    );
    office.close().await;
}

async fn whatever_the_clock_does_nothing_comes_twice(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    only(&office, Job::Summary, None).await;
    let moments = [
        ("2027-02-08T08:00:00Z", 1, "on time"),
        ("2027-02-08T07:00:00Z", 0, "an hour back"),
        ("2027-02-08T08:00:00Z", 0, "and eight o'clock again"),
        (
            "2027-02-15T08:30:00Z",
            1,
            "an hour forward: half past seven in truth",
        ),
        ("2027-02-15T07:30:00Z", 0, "put right"),
        ("2027-02-15T08:00:00Z", 0, "has been already"),
        ("2027-02-22T08:00:00Z", 1, "the next"),
        (
            "2037-02-22T08:00:00Z",
            1,
            "ten years forward: one catches up",
        ),
        ("2027-02-22T09:00:00Z", 0, "put right"),
        ("2027-03-01T07:59:59Z", 0, "not early"),
        (
            "2027-03-01T08:00:00Z",
            1,
            "what was planned for then came with the wrong clock",
        ),
        ("2027-03-08T08:00:00Z", 1, "and so on"),
    ];
    for (moment, wanted, why) in moments {
        assert_eq!(at(&office, moment).await, wanted, "{moment}: {why}");
    }
    // The time of 1 March happened when the clock was ten years ahead, and not again.
    let scoped = office.engine.store.of(&alliance(NORTH));
    let waiting = scoped.letters_waiting(WaitingFilter::default()).await;
    let letters = waiting.unwrap().into_iter();
    let summaries = letters.filter(|row| row.body.contains(r#""letter":"summary""#));
    assert_eq!(summaries.count(), 5);
    office.close().await;
}

async fn on_both_nights_of_the_clock_change_each_time_comes_once(place: Place) {
    let office = Office::open(place, 0).await;
    only(&office, Job::Retention, Some("30 1 * * *")).await;
    for (evening, wanted) in [
        ("2027-03-27T22:00:00Z", "2027-03-28T01:00:00.000000Z"),
        ("2027-10-30T22:00:00Z", "2027-10-31T00:30:00.000000Z"),
    ] {
        at(&office, evening).await;
        let mut came = Vec::new();
        for _ in 0..36 {
            office.clock.advance(600);
            if look(&office).await > 0 {
                came.push(office.engine.clock.now().to_string());
            }
        }
        assert_eq!(came, [wanted]);
    }
    office.close().await;
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// Terms of the alliance, from a day to a day.
async fn set_terms(office: &Office, terms: &[(&str, &str)]) {
    let terms = terms.iter().map(|(from, to)| Period {
        from: date(from),
        to: date(to),
        kind: PeriodKind::Term,
        label: "Term".to_owned(),
        source: "test".to_owned(),
    });
    let ends = ["2020-01-01", "2030-12-26"].map(|day| (date(day), String::new()));
    let told = BTreeMap::from([(Division::EnglandAndWales, BTreeMap::from(ends))]);
    set(
        &office.engine.store,
        NORTH,
        terms.collect(),
        &BankHolidays(told),
    )
    .await;
}

async fn the_end_of_term_dates_is_told_once(place: Place) {
    let office = Office::open(place, 0).await;
    set_terms(&office, &[("2026-09-01", "2027-03-24")]).await;
    only(&office, Job::CalendarCheck, None).await;
    let told = async |from: &str| {
        office.clock.set(from.parse::<Instant>().unwrap());
        for _ in 0..6 {
            office.clock.advance(86_400);
            look(&office).await;
            office.clock.advance(3 * 3600);
            office.catch_up().await;
        }
        let rows = office.mail_records().await.into_iter();
        let told = rows.filter(|row| row.kind == "calendars_end");
        told.map(|row| row.at.date().to_string())
            .collect::<Vec<_>>()
    };
    // 60 days before 24 March is 23 January.
    let once = told("2027-01-20T07:00:00Z").await;
    assert_eq!(once.len(), 1, "{once:?}");
    let text = files(&office).pop().unwrap();
    assert!(
        text.contains("Wednesday 24 March 2027: School 100001"),
        "{text}"
    );
    assert_eq!(told("2027-02-10T07:00:00Z").await, once);
    // Another end is another mail.
    set_terms(&office, &[("2026-09-01", "2027-07-21")]).await;
    assert_eq!(told("2027-02-20T07:00:00Z").await, once);
    assert_eq!(told("2027-05-25T07:00:00Z").await.len(), 2);
    office.close().await;
}

async fn after_90_days_bytes_go_and_records_stay(place: Place) {
    let mut office = Office::open(place, 1).await;
    only(&office, Job::Retention, None).await;
    office.must(&start("p")).await;
    office.catch_up().await;
    let row = InboxRow {
        source: "https://portal.northshire.example".to_owned(),
        command_id: "unreadable".to_owned(),
        fingerprint: "0".repeat(64),
        run: run("p"),
        state: InboxState::Quarantined,
        code: Some("malformed".to_owned()),
        reason: Some("It cannot be read.".to_owned()),
        outcome: None,
        run_version: 0,
        raw: Some("{}".to_owned()),
        received_at: office.engine.clock.now(),
        next_at: None,
        expires_at: None,
        attempts: 1,
        waiting_for: None,
    };
    let store = &office.engine.store;
    let mut unit = store.begin(&alliance(NORTH)).await.unwrap();
    let changes = Changes {
        inbox: vec![row],
        ..Changes::default()
    };
    unit.write(changes).await.unwrap();
    unit.commit().await.unwrap();
    let scoped = store.of(&alliance(NORTH));
    let raw = async || {
        let rows = scoped.inbox(&InboxFilter::default()).await.unwrap();
        let quarantined = rows
            .iter()
            .filter(|row| row.state == InboxState::Quarantined);
        quarantined.map(|row| row.raw.is_some()).collect::<Vec<_>>()
    };
    // Written on 11 January: the ninetieth day after it is 11 April.
    office.clock.set("2027-02-15T09:00:00Z".parse().unwrap());
    office.catch_up().await;
    let before = files(&office).len();
    assert_eq!(at(&office, "2027-04-11T02:00:00Z").await, 1);
    assert_eq!((files(&office).len(), raw().await), (before, vec![true]));
    assert_eq!(at(&office, "2027-04-12T02:00:00Z").await, 1);
    assert_eq!(
        (files(&office).len(), raw().await),
        (before - 1, vec![false])
    );
    let records = office.mail_records().await;
    assert!(
        records.len() > before - 1 && records[0].carrier.is_some(),
        "{records:?}"
    );
    let sent = scoped.outgoing(None).await.unwrap();
    assert_eq!(sent.len(), before, "what became of each stays");
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

#[test]
fn where_there_is_nothing_to_tell_nobody_is_written_to() {
    tell(async {
        let office = Office::open(Place::embedded(), 0).await;
        only(&office, Job::Summary, None).await;
        assert_eq!(at(&office, "2027-02-08T08:00:00Z").await, 1);
        office.clock.advance(1800);
        let rows = summaries(&office).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].why.as_deref(), Some("there is nothing to tell"));
        assert!(files(&office).is_empty());
        office.close().await;
    });
}

#[test]
fn a_summary_that_waited_for_an_open_day_gives_way_to_the_next() {
    tell(async {
        let mut office = Office::open(Place::embedded(), 1).await;
        let terms = [("2026-09-01", "2027-02-05"), ("2027-02-23", "2027-07-21")];
        set_terms(&office, &terms).await;
        set_quiet_times(&office.engine.store, NORTH, &QuietTimes::default()).await;
        office.must(&start("p")).await;
        only(&office, Job::Summary, None).await;
        for moment in [
            "2027-02-08T08:00:00Z",
            "2027-02-08T08:30:00Z",
            "2027-02-15T08:00:00Z",
            "2027-02-22T08:00:00Z",
            "2027-02-22T08:30:00Z",
        ] {
            at(&office, moment).await;
            assert!(summaries(&office).await.is_empty(), "{moment}");
        }
        office.clock.set("2027-02-23T08:30:00Z".parse().unwrap());
        let rows = summaries(&office).await;
        let sent = rows.iter().filter(|row| row.state == MailState::Written);
        assert_eq!((rows.len(), sent.count()), (3, 1), "{rows:?}");
        let last = rows
            .iter()
            .find(|row| row.state == MailState::Written)
            .unwrap();
        assert_eq!(last.held.as_deref(), Some("holidays"));
        office.close().await;
    });
}

#[test]
fn each_machine_clears_its_own_folder_unless_retention_is_off() {
    tell(async {
        let mut office = Office::open(Place::embedded(), 1).await;
        office.must(&start("p")).await;
        office.catch_up().await;
        let folder = office.mailbox().folder;
        let other = folder.path().join("notes.txt");
        std::fs::write(&other, "x").unwrap();
        // Another process did what is in the database.
        only(&office, Job::Retention, Some(OFF)).await;
        let left = async |at: &str| {
            office.clock.set(at.parse().unwrap());
            office.engine.remove_old_files(&folder).await.unwrap();
            folder.ids().unwrap().len()
        };
        assert_eq!(left("2027-04-12T09:00:00Z").await, 1, "it is off");
        only(&office, Job::Retention, None).await;
        assert_eq!(left("2027-04-11T09:00:00Z").await, 1, "not old yet");
        assert_eq!(left("2027-04-12T09:00:00Z").await, 0);
        assert!(other.exists());
        office.close().await;
    });
}
