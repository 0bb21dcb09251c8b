//! Quiet times: what is held, what goes together, what an outage makes of it.

use std::collections::BTreeMap;

use alongside::core::calendar::bank_holidays::{BankHolidays, Division};
use alongside::core::calendar::day::{Period, PeriodKind};
use alongside::core::mails::quiet::QuietTimes;
use alongside::core::names::PersonId;
use alongside::core::time::{Date, Instant};
use alongside::mail;
use alongside::store::{MailRow, MailState, WaitingFilter};
use serde_json::json;

use super::alliance::{Letter, NORTH, alliance, complete, need, person, run, start};
use super::checks;
use super::office::{Office, tell};
use super::on_both;
use super::place::Place;
use crate::support::calendar::{set, set_quiet_times};

on_both!(
    what_comes_on_a_friday_afternoon_leaves_on_monday_morning,
    a_day_has_one_mail_with_what_is_due_first_on_top,
    six_weeks_switched_off_become_one_digest,
    whatever_comes_nobody_gets_two_mails_on_a_day,
);

/// An office in which the usual rules hold, with a half-term from 15 to 19 February 2027.
pub(super) async fn office(place: Place) -> Office {
    let office = Office::open(place, 1).await;
    let store = &office.engine.store;
    let date = |text: &str| -> Date { text.parse().unwrap() };
    let period = |kind, from, to| Period {
        from: date(from),
        to: date(to),
        kind,
        label: "Test".to_owned(),
        source: "test".to_owned(),
    };
    let periods = vec![
        period(PeriodKind::Term, "2026-09-01", "2027-07-22"),
        period(PeriodKind::Holiday, "2027-02-15", "2027-02-19"),
    ];
    let ends = ["2020-01-01", "2030-12-26"].map(|day| (date(day), String::new()));
    let told = BTreeMap::from([(Division::EnglandAndWales, BTreeMap::from(ends))]);
    set(store, NORTH, periods, &BankHolidays(told)).await;
    set_quiet_times(store, NORTH, &QuietTimes::default()).await;
    office
}

async fn at(office: &Office, moment: &str) {
    office.clock.set(moment.parse::<Instant>().unwrap());
    office.catch_up().await;
}

async fn sent(office: &Office) -> Vec<MailRow> {
    let mut rows = office.mail_records().await;
    rows.retain(|row| row.state == MailState::Written);
    rows
}

/// The mail that carries a letter, as its reader sees it.
fn read(office: &Office, row: &MailRow) -> mail::Letter {
    let folder = office.mailbox().folder;
    folder.read(row.carrier.unwrap()).unwrap().unwrap()
}

fn files(office: &Office) -> Vec<String> {
    let entries = std::fs::read_dir(office.mails.path()).unwrap();
    let texts = entries.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    texts.collect()
}

async fn what_comes_on_a_friday_afternoon_leaves_on_monday_morning(place: Place) {
    let mut office = office(place).await;
    office.clock.set("2027-01-15T14:00:00Z".parse().unwrap());
    office.must(&start("p")).await;
    office.catch_up().await;
    assert!(sent(&office).await.is_empty());
    let scoped = office.engine.store.of(&alliance(NORTH));
    let waiting = scoped
        .letters_waiting(WaitingFilter::default())
        .await
        .unwrap();
    assert_eq!(waiting[0].held.as_deref(), Some("friday_afternoon"));
    assert_eq!(
        waiting[0].next_at.to_string(),
        "2027-01-18T08:30:00.000000Z"
    );
    at(&office, "2027-01-18T08:29:59Z").await;
    assert!(sent(&office).await.is_empty());
    at(&office, "2027-01-18T08:30:00Z").await;
    let sent = sent(&office).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].held.as_deref(), Some("friday_afternoon"));
    office.close().await;
}

async fn a_day_has_one_mail_with_what_is_due_first_on_top(place: Place) {
    let mut office = office(place).await;
    office.clock.set("2027-01-12T07:00:00Z".parse().unwrap());
    for name in ["a", "b"] {
        office.must(&start(name)).await;
    }
    let sooner = json!({"step": "identify_need", "due": "2027-01-20", "reason": "Agreed"});
    let redate = Letter::new("sooner", run("b"), "coordinator", "step.redate", sooner);
    office.must(&redate).await;
    office.catch_up().await;
    assert!(sent(&office).await.is_empty(), "before the first hour");
    at(&office, "2027-01-12T08:30:00Z").await;
    let carriers: Vec<_> = sent(&office).await.iter().map(|row| row.carrier).collect();
    assert_eq!(carriers.len(), 2);
    assert_eq!(carriers[0], carriers[1], "both in one mail");
    let mail = files(&office).pop().unwrap();
    let (first, second) = (mail.find("20 January 2027"), mail.find("2 February 2027"));
    assert!(first.is_some() && first < second, "{mail}");
    // Another the same day waits for the next.
    office.must(&start("c")).await;
    at(&office, "2027-01-12T11:00:00Z").await;
    assert_eq!(files(&office).len(), 1);
    at(&office, "2027-01-13T08:30:00Z").await;
    assert_eq!(files(&office).len(), 2);
    let last = sent(&office).await.pop().unwrap();
    assert_eq!(last.held.as_deref(), Some("one_a_day"));
    office.close().await;
}

async fn six_weeks_switched_off_become_one_digest(place: Place) {
    let mut office = office(place).await;
    office.clock.set("2027-01-12T10:00:00Z".parse().unwrap());
    for name in ["a", "b"] {
        office.must(&start(name)).await;
    }
    // Due on 2 February; six weeks later both are as late as can be.
    at(&office, "2027-03-02T10:00:00Z").await;
    assert!(files(&office).is_empty(), "what was missed is gathered");
    at(&office, "2027-03-02T10:05:00Z").await;
    let (sent, files) = (sent(&office).await, files(&office));
    assert_eq!(files.len(), 2, "to the CPD lead and to the coordinator");
    let to = |who: &str| sent.iter().filter(|row| row.person == person(who)).count();
    assert_eq!((to("cpd@100001"), to("coordinator")), (2, 2));
    let overtaken = office.mail_records().await.into_iter();
    let overtaken = overtaken.filter(|row| row.state == MailState::NotSent);
    let whys: Vec<_> = overtaken.map(|row| row.why.unwrap()).collect();
    assert_eq!(
        whys,
        ["a later mail about the same thing went out in its place"; 2]
    );
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn whatever_comes_nobody_gets_two_mails_on_a_day(place: Place) {
    let mut office = office(place).await;
    office.clock.set("2027-01-12T07:00:00Z".parse().unwrap());
    for hour in 0..24_i64 * 5 {
        if hour % 7 == 0 {
            office.must(&start(&format!("p{hour}"))).await;
        }
        if hour == 30 {
            let done = complete("done", "p0", "cpd@100001", "identify_need", need());
            office.must(&done).await;
        }
        office.clock.advance(3_600);
        // Four mailers at once, as four processes would.
        let four = (0..4).map(|_| {
            let (engine, mailbox) = (office.engine.clone(), office.mailbox());
            tokio::spawn(async move {
                engine.fire_timers(20).await.unwrap();
                engine.write_mails(&mailbox, 20).await.unwrap();
            })
        });
        let four: Vec<_> = four.collect();
        for one in four {
            one.await.unwrap();
        }
    }
    let mut mails: BTreeMap<(PersonId, Date), Vec<uuid::Uuid>> = BTreeMap::new();
    for row in sent(&office).await {
        let day = mails.entry((row.person, row.at.date())).or_default();
        day.extend(row.carrier);
        day.sort_unstable();
        day.dedup();
        let hour = row.at.wall_time();
        assert!(("08:00:00".parse().unwrap().."17:00:00".parse().unwrap()).contains(&hour));
    }
    assert!(mails.len() > 2, "{mails:?}");
    assert!(mails.values().all(|day| day.len() == 1), "{mails:?}");
    assert_eq!(mails.len(), files(&office).len());
    office.close().await;
}

#[test]
fn in_the_half_term_nobody_is_written_to() {
    tell(async {
        let mut office = office(Place::embedded()).await;
        office.clock.set("2027-02-11T10:00:00Z".parse().unwrap());
        office.must(&start("p")).await;
        office.catch_up().await;
        let scoped = office.engine.store.of(&alliance(NORTH));
        let waiting = scoped
            .letters_waiting(WaitingFilter::default())
            .await
            .unwrap();
        assert_eq!(waiting[0].held.as_deref(), Some("last_days"));
        assert_eq!(
            waiting[0].next_at.to_string(),
            "2027-02-22T08:30:00.000000Z"
        );
        office.close().await;
    });
}

#[test]
fn what_was_held_over_the_half_term_is_true_on_the_day_on_which_it_leaves() {
    tell(async {
        let mut office = office(Place::embedded()).await;
        office.clock.set("2027-01-18T07:00:00Z".parse().unwrap());
        office.must(&start("p")).await;
        let later = json!({"step": "identify_need", "due": "2027-02-12", "reason": "Agreed"});
        let redate = Letter::new("later", run("p"), "coordinator", "step.redate", later);
        office.must(&redate).await;
        for day in ["01-18", "02-05", "02-12"] {
            for time in ["08:00", "08:30"] {
                at(&office, &format!("2027-{day}T{time}:00Z")).await;
            }
        }
        let before = sent(&office).await.len();
        at(&office, "2027-02-22T08:30:00Z").await;
        let sent = sent(&office).await;
        assert_eq!(sent.len(), before + 1);
        let mail = read(&office, sent.last().unwrap());
        assert!(mail.subject.starts_with("Still open: "), "{}", mail.subject);
        let said = "This was due on Friday 12 February 2027, 1 school day ago, in the project";
        assert!(mail.text.contains(said), "{}", mail.text);
        assert!(!mail.text.contains("today"), "{}", mail.text);
        let all = files(&office);
        assert!(all.iter().all(|mail| mail.contains("text/html")));
        office.close().await;
    });
}

#[test]
fn a_digest_of_late_steps_says_who_gets_a_copy() {
    tell(async {
        let mut office = office(Place::embedded()).await;
        office.clock.set("2027-01-12T10:00:00Z".parse().unwrap());
        for name in ["a", "b"] {
            office.must(&start(name)).await;
            let done = complete(name, name, "cpd@100001", "identify_need", need());
            office.must(&done).await;
        }
        // Due on Friday 15 January; eight school days later is the reminder with a copy.
        office.catch_up().await;
        for day in 13..=27 {
            for time in ["08:00", "08:30"] {
                at(&office, &format!("2027-01-{day}T{time}:00Z")).await;
            }
        }
        let head = person("head@100001");
        let mut theirs = sent(&office).await;
        theirs.retain(|row| row.person == head);
        let mail = read(&office, theirs.last().unwrap());
        let copies = mail.text.matches("at your school gets a copy of this mail");
        assert_eq!(copies.count(), 2, "{}", mail.text);
        office.close().await;
    });
}
