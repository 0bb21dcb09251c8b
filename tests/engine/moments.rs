//! Timers and mails on a clock that is moved by hand.

use alongside::clock::Clock;
use alongside::core::directory::Post;
use alongside::core::names::Urn;
use alongside::core::run::command::{Command, Envelope, TimerKey};
use alongside::core::run::event::Event;
use alongside::core::run::facts::Rights;
use alongside::engine::{Handled, Incoming, Manner};
use alongside::store::{DirectoryChanges, MailRow, MailState};
use serde_json::json;

use super::alliance::{Letter, NORTH, alliance, complete, need, person, run, start};
use super::checks;
use super::lead::lead_story;
use super::office::{Office, tell};
use super::on_both;
use super::place::Place;
use crate::support::python::python;

on_both!(
    a_ladder_is_climbed_rung_by_rung_and_each_fires_once,
    a_mail_that_is_overtaken_is_not_sent_and_says_why,
    mails_that_a_pause_held_back_go_out_after_the_resume,
    where_nobody_holds_the_role_the_coordinator_hears_of_it,
    a_postponed_project_reminds_the_coordinator_on_its_day,
    two_loops_at_once_fire_a_moment_once,
    a_claim_that_was_never_finished_is_taken_over,
    moments_that_come_together_fire_each_once_and_a_bad_one_holds_up_none,
);

fn said(mails: &[MailRow]) -> Vec<(&str, bool)> {
    let of = |mail: &MailRow| mail.state == MailState::Written;
    mails
        .iter()
        .map(|mail| (mail.kind.as_str(), of(mail)))
        .collect()
}

fn said_of(mails: &[MailRow]) -> Vec<String> {
    let words = said(mails).into_iter().map(|(kind, sent)| {
        let sent = if sent { "sent" } else { "not sent" };
        format!("{kind}: {sent}")
    });
    words.collect()
}

fn files(office: &Office) -> Vec<String> {
    let entries = std::fs::read_dir(office.mails.path()).unwrap();
    let texts = entries.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    texts.collect()
}

/// Sets the clock and catches up; says how many timers fired and letters were looked at.
async fn at(office: &Office, moment: &str) -> (usize, usize) {
    office.clock.set(moment.parse().unwrap());
    office.catch_up().await
}

async fn a_ladder_is_climbed_rung_by_rung_and_each_fires_once(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    assert_eq!(office.catch_up().await, (0, 1));
    // Due 15 school days after Monday 11 January. Reminders come up at 8 and leave at half past.
    let climbed = [
        ("2027-01-25T07:59:59Z", (0, 0)),
        ("2027-01-25T08:00:00Z", (1, 0)),
        ("2027-01-25T08:30:00Z", (0, 1)),
        ("2027-02-01T08:00:00Z", (1, 0)),
        ("2027-02-01T08:30:00Z", (0, 1)),
        ("2027-02-04T08:00:00Z", (1, 0)),
        ("2027-02-04T08:30:00Z", (0, 1)),
        ("2027-02-11T08:00:00Z", (1, 0)),
        ("2027-02-11T08:30:00Z", (0, 1)),
        ("2027-02-18T08:00:00Z", (1, 0)),
        ("2027-02-18T08:30:00Z", (0, 1)),
        ("2027-04-01T08:30:00Z", (0, 0)),
    ];
    for (moment, wanted) in climbed {
        assert_eq!(at(&office, moment).await, wanted, "{moment}");
    }
    let mails = office.mail_records().await;
    let reminder = ("reminder", true);
    let all = [
        ("ready", true),
        reminder,
        reminder,
        reminder,
        reminder,
        ("notice", true),
    ];
    assert_eq!(said(&mails), all);
    let (notice, theirs) = mails.split_last().unwrap();
    assert!(
        theirs
            .iter()
            .all(|mail| mail.person == person("cpd@100001"))
    );
    assert_eq!(notice.person, person("coordinator"));
    let files = files(&office);
    assert_eq!(files.len(), 6);
    let firsts = files
        .iter()
        .filter(|text| text.contains("Why you get mail from us"));
    assert_eq!(firsts.count(), 2, "the first mail to each, and no other");
    let answers = files
        .iter()
        .filter(|text| text.contains("Reply-To:") && text.contains("coordinator@northshire"));
    assert_eq!(answers.count(), 6);
    let rings = files.iter().filter(|text| text.contains("Please ring"));
    assert_eq!(rings.count(), 1, "{files:#?}");
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn mails_that_a_pause_held_back_go_out_after_the_resume(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    office
        .must(&complete("1", "p", "cpd@100001", "identify_need", need()))
        .await;
    let hold = json!({"reason": "Inspection"});
    office
        .must(&Letter::new(
            "hold",
            run("p"),
            "coordinator",
            "project.pause",
            hold,
        ))
        .await;
    office.catch_up().await;
    assert!(
        office.mail_records().await.is_empty(),
        "it can be taken back"
    );
    office.clock.advance(600);
    office.catch_up().await;
    let mails = office.mail_records().await;
    let mut whys: Vec<_> = mails.iter().map(|mail| mail.why.as_deref()).collect();
    whys.sort_unstable();
    let paused = Some("the project is paused");
    assert_eq!(
        whys,
        [None, paused, paused],
        "and its doer hears of the hold"
    );
    office
        .must(&Letter::new(
            "on",
            run("p"),
            "coordinator",
            "project.resume",
            json!({}),
        ))
        .await;
    office.clock.advance(600);
    office.catch_up().await;
    let after: Vec<_> = office.mail_records().await.split_off(3);
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!(
        (after[0].person, after[0].state),
        (person("head@100001"), MailState::Written)
    );
    office.close().await;
}

async fn a_mail_that_is_overtaken_is_not_sent_and_says_why(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("q")).await;
    office
        .must(&complete("2", "q", "cpd@100001", "identify_need", need()))
        .await;
    let scoped = office.engine.store.of(&alliance(NORTH));
    let head = Post {
        person: person("head@100001"),
        role: "headteacher".to_owned(),
        school: Some(Urn("100001".to_owned())),
        from: None,
        until: None,
        covers: None,
    };
    let gone = DirectoryChanges {
        removed_posts: vec![head],
        ..DirectoryChanges::default()
    };
    scoped.apply_directory(gone).await.unwrap();
    office.clock.advance(1);
    office.catch_up().await;
    let mails = office.mail_records().await;
    let mut whys: Vec<_> = mails
        .iter()
        .map(|mail| mail.why.as_deref().unwrap())
        .collect();
    whys.sort_unstable();
    assert_eq!(
        whys,
        [
            "the step is not open any more",
            "the step is somebody else's now"
        ]
    );
    assert!(files(&office).is_empty());
    office.close().await;
}

async fn where_nobody_holds_the_role_the_coordinator_hears_of_it(place: Place) {
    let mut office = Office::open(place, 1).await;
    let scoped = office.engine.store.of(&alliance(NORTH));
    let posts = scoped.posts().await.unwrap();
    let gone = posts
        .into_iter()
        .filter(|post| post.role == "cpd_lead")
        .collect();
    let gone = DirectoryChanges {
        removed_posts: gone,
        ..DirectoryChanges::default()
    };
    scoped.apply_directory(gone).await.unwrap();
    office.must(&start("p")).await;
    office.catch_up().await;
    let mails = office.mail_records().await;
    assert_eq!(said(&mails), [("notice", true)]);
    assert_eq!(mails[0].person, person("coordinator"));
    let text = files(&office).pop().unwrap();
    assert!(
        text.contains("Nobody is CPD lead at School 100001"),
        "{text}"
    );
    office.close().await;
}

async fn a_postponed_project_reminds_the_coordinator_on_its_day(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    office.catch_up().await;
    let until = json!({"reason": "Inspection", "until": "2027-03-01"});
    office
        .must(&Letter::new(
            "hold",
            run("p"),
            "coordinator",
            "project.postpone",
            until,
        ))
        .await;
    office.clock.set("2027-02-19T12:00:00Z".parse().unwrap());
    let told = (0, 1);
    assert_eq!(office.catch_up().await, told, "no due date runs in a pause");
    for day in ["2027-02-22", "2027-02-26", "2027-03-01", "2027-03-02"] {
        for time in ["08:00", "08:30"] {
            let at = format!("{day}T{time}:00Z");
            office.clock.set(at.parse().unwrap());
            office.catch_up().await;
        }
    }
    let mails = office.mail_records().await;
    assert_eq!(
        said(&mails),
        [
            ("ready", true),
            ("notice", true),
            ("notice", true),
            ("notice", true)
        ]
    );
    let coordinator = person("coordinator");
    let asked: Vec<_> = mails
        .iter()
        .filter(|mail| mail.person == coordinator)
        .collect();
    assert_eq!(asked.len(), 2, "five school days before, and on the day");
    let days = asked.iter().map(|mail| mail.at.date().to_string());
    assert_eq!(days.collect::<Vec<_>>(), ["2027-02-22", "2027-03-01"]);
    let said = files(&office);
    let dated = said
        .iter()
        .filter(|text| text.contains("If it is resumed on that day"));
    assert_eq!(dated.count(), 2, "{said:#?}");
    office.close().await;
}

async fn two_loops_at_once_fire_a_moment_once(place: Place) {
    let mut office = Office::open(place, 1).await;
    for name in ["a", "b", "c", "d", "e", "f"] {
        office.must(&start(name)).await;
    }
    office.days_later(40);
    let one = || {
        let (engine, mailbox) = (office.engine.clone(), office.mailbox());
        tokio::spawn(async move {
            let fired = engine.fire_timers(2).await.unwrap();
            engine.write_mails(&mailbox, 3).await.unwrap();
            fired
        })
    };
    let mut fired = 0;
    for _ in 0..4 {
        let (left, right) = (one(), one());
        fired += left.await.unwrap() + right.await.unwrap();
    }
    office.clock.advance(300);
    office.catch_up().await;
    assert_eq!(fired, 6);
    for name in ["a", "f"] {
        let log = checks::log_of(&office.engine, run(name)).await;
        assert_eq!(log.len(), 2, "started, and all that was missed at once");
    }
    // Of each project: that it was ready (overtaken), the last reminder, and to the coordinator.
    let mails = office.mail_records().await;
    let sent = mails.iter().filter(|mail| mail.state == MailState::Written);
    assert_eq!((mails.len(), sent.count()), (18, 12));
    assert_eq!(files(&office).len(), 2, "one digest each");
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn a_claim_that_was_never_finished_is_taken_over(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    office.days_later(40);
    let (store, now) = (
        &office.engine.store,
        "2027-02-20T09:00:00Z".parse().unwrap(),
    );
    // A process claims all there is and dies before it does anything, or before it says so.
    let token = uuid::Uuid::from_u128(1);
    assert_eq!(
        store.claim_timers(now, 60, 100, token).await.unwrap().len(),
        1
    );
    let kind = alongside::store::OutboxKind::Mail;
    assert_eq!(
        store
            .claim_outbox(kind, now, 60, 100, token)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(office.catch_up().await, (0, 0));
    office.clock.advance(66);
    assert_eq!(office.catch_up().await, (1, 1));
    office.clock.advance(300);
    assert_eq!(office.catch_up().await, (0, 3));
    let mut mails = said_of(&office.mail_records().await);
    mails.sort();
    let wanted = ["notice: sent", "ready: not sent", "reminder: sent"];
    assert_eq!(mails, wanted);
    let key = (alliance(NORTH), office.mail_records().await[0].id);
    assert!(!store.retry_outbox(&key, token, now, "late").await.unwrap());
    assert_eq!(files(&office).len(), 2);
    office.close().await;
}

async fn moments_that_come_together_fire_each_once_and_a_bad_one_holds_up_none(place: Place) {
    let mut office = Office::open(place, 1).await;
    let names = ["a", "b", "c", "d"];
    for name in names {
        office.must(&start(name)).await;
    }
    let moment = "2027-01-25T08:00:00Z";
    assert_eq!(at(&office, "2027-01-25T07:59:59Z").await.0, 0);
    spoil_a_timer(&office.place.database_url()).await;
    assert_eq!(at(&office, moment).await.0, 4, "all were claimed");
    let mut lengths = Vec::new();
    for name in names {
        lengths.push(checks::log_of(&office.engine, run(name)).await.len());
    }
    lengths.sort_unstable();
    assert_eq!(lengths, [1, 2, 2, 2], "three have fired");
    office.clock.advance(66);
    assert_eq!(office.catch_up().await.0, 1, "only the bad one is left");
    office.close().await;
}

/// One that no program can read.
async fn spoil_a_timer(url: &str) {
    use sqlx::{Connection, PgConnection, SqliteConnection};
    let spoil = "UPDATE timer SET body = 'no timer'
        WHERE run = (SELECT id FROM run WHERE reference = 'T-2027-002')";
    let spoilt = if url.starts_with("sqlite:") {
        let mut session = SqliteConnection::connect(url).await.unwrap();
        let done = sqlx::raw_sql(spoil).execute(&mut session).await;
        done.unwrap().rows_affected()
    } else {
        let mut session = PgConnection::connect(url).await.unwrap();
        let done = sqlx::raw_sql(spoil).execute(&mut session).await;
        done.unwrap().rows_affected()
    };
    assert_eq!(spoilt, 1);
}

/// Fires a moment as a process does that has claimed its timer.
async fn fire(office: &Office, timer: TimerKey) -> Handled {
    let command = Command::TimerFire { timer };
    let incoming = Incoming {
        fingerprint: "the same each time".to_owned(),
        raw: None,
        rights: Rights::Inside,
        manner: Manner::AtOnce,
        envelope: Envelope {
            id: format!("{}/due", run("p")),
            source: "alongside:engine".to_owned(),
            alliance: alliance(NORTH),
            run: run("p"),
            actor: None,
            on_behalf_of: None,
            time: office.clock.now(),
            expires: None,
            expected: None,
            command,
        },
    };
    let handled = office.engine.handle(&alliance(NORTH), vec![incoming]).await;
    handled.unwrap().pop().unwrap()
}

#[test]
fn a_moment_that_was_overtaken_fires_when_it_is_planned_again() {
    tell(async {
        let mut office = Office::open(Place::embedded(), 1).await;
        office.must(&start("p")).await;
        office.clock.set("2027-02-01T08:30:00Z".parse().unwrap());
        let due = || TimerKey::Rung {
            step: "identify_need".parse().unwrap(),
            attempt: 1,
            rung: "due".to_owned(),
            date: "2027-02-01".parse().unwrap(),
        };
        let hold = json!({"reason": "Inspection"});
        office
            .must(&Letter::new(
                "hold",
                run("p"),
                "coordinator",
                "project.pause",
                hold,
            ))
            .await;
        assert!(matches!(fire(&office, due()).await, Handled::Refused(_)));
        let go_on = Letter::new(
            "go-on",
            run("p"),
            "coordinator",
            "project.resume",
            json!({}),
        );
        office.must(&go_on).await;
        assert!(matches!(
            fire(&office, due()).await,
            Handled::Applied { .. }
        ));
        assert!(matches!(
            fire(&office, due()).await,
            Handled::Duplicate { .. }
        ));
        checks::all_is_well(&office.engine, NORTH).await;
        office.close().await;
    });
}

#[test]
fn a_visit_record_opens_on_the_day_of_the_visit() {
    tell(async {
        let mut office = Office::open(Place::embedded(), 1).await;
        lead_story(&mut office, "dlp").await;
        let log = checks::log_of(&office.engine, run("dlp")).await;
        // By its own moment, or by a reminder that came up in the same look at the clock.
        let opened = |step: &str| {
            let is_it = |event: &Event| matches!(event, Event::StepReady { step: ready, .. } if ready.to_string() == step);
            let entry = log.iter().find(|entry| entry.events.iter().any(is_it));
            let entry = entry.unwrap();
            assert_eq!(entry.actor, None, "nobody opens it");
            entry.at.date().to_string()
        };
        assert!(opened("visits[1].record").as_str() >= "2027-03-02");
        assert!(opened("visits[2].record").as_str() >= "2027-03-16");
        office.close().await;
    });
}

#[test]
fn every_mail_is_read_by_somebody_elses_program() {
    const READ: &str = "
import email, email.policy, pathlib, sys
invites = 0
for path in pathlib.Path(sys.argv[1]).glob('*.eml'):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert not mail.defects, (path, mail.defects)
    assert mail['From'].addresses[0].addr_spec == 'post@alliance.example'
    assert mail['To'].addresses[0].addr_spec.endswith('@northshire.example'), mail['To']
    assert mail['Subject'] and mail['Message-ID'] and mail['Date'].datetime.year == 2027
    assert path.stem in mail['Message-ID']
    text = mail.get_body(('plain',)).get_content()
    assert len(text) > 40 and '{{' not in text and 'None' not in text, text
    html = mail.get_body(('html',)).get_content()
    assert '</' in html and '{{' not in html and 'None' not in html, html
    assert str(mail['List-Id']).endswith('.alongside.alliance.example>'), mail['List-Id']
    for part in mail.walk():
        assert not part.defects, (path, part.defects)
    for part in mail.walk():
        invites += part.get_content_type() == 'text/calendar'
    print(mail['Subject'])
assert invites, 'the visits and the presentation are in no calendar'
";
    tell(async {
        let mut office = Office::open(Place::embedded(), 1).await;
        lead_story(&mut office, "dlp").await;
        office.catch_up().await;
        let mut python = python();
        let read = python
            .args(["-c", READ])
            .arg(office.mails.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&read.stdout);
        assert!(
            read.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&read.stderr)
        );
        assert_eq!(said.lines().count(), files(&office).len());
        office.close().await;
    });
}
