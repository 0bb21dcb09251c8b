//! What a simulation predicts is what arrives: the same people do the same at the same moments, and
//! a mail server that is no code of ours gets the very mails that were foretold, and no other.
//!
//! Each project has an alliance of its own, so that none gets into the one mail a day of another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alongside::clock::ManualClock;
use alongside::core::calendar::almanac::Almanac;
use alongside::core::definition::workflow::Workflow;
use alongside::core::mails::quiet::QuietTimes;
use alongside::core::names::{AllianceId, PersonId, RunId};
use alongside::core::run::command::Envelope;
use alongside::core::run::effect::{Effect, Letter};
use alongside::core::run::seed::{Seed, uuid_from};
use alongside::core::simulation::{
    Cast, Deed, Manner, Manners, Setting, Simulated, Spread, simulate,
};
use alongside::core::time::{Date, Instant};
use alongside::engine::{Engine, Handled, Incoming, Mailbox, Seeds, Way};
use alongside::mail::Folder;
use alongside::mail::relay::Relay;
use alongside::store::{
    AllianceRow, DirectoryChanges, MailFilter, MailRow, MailState, PersonRow, Store,
};
use chrono::NaiveTime;
use serde_json::Value;

use super::office::{engine_on, library, tell};
use super::on_both;
use super::place::Place;
use crate::mail::{foreign::Server, login, settings};

on_both!(silent_people_get_over_a_term_what_was_predicted,);

/// The first school day of the year.
const FROM: &str = "2026-09-01";
const LEAD: &str = "leadership-through-partnership";

/// What is tried out: a workflow, how its people behave, and the seed of what they do when.
type Trial = (&'static str, Manners, u64);

/// One project, as it was predicted and as it is lived through.
struct Project {
    alliance: AllianceId,
    run: RunId,
    predicted: Simulated,
}

/// A mail as far as it can be predicted: when, to which address, and what it is about.
type Told = (Instant, String, BTreeSet<String>);

/// Mails, sorted.
struct Outcome {
    projects: Vec<Project>,
    expected: Vec<Told>,
    actual: Vec<Told>,
}

async fn silent_people_get_over_a_term_what_was_predicted(place: Place) {
    let silent = Manners::All(Manner::Silent);
    let trials = [(LEAD, silent, 1), ("three-steps", silent, 2)];
    let outcome = live_through(place, &trials, "2026-12-18", false).await;
    is_the_same(&outcome.expected, &outcome.actual);
    assert!(outcome.actual.len() > 10, "{} mails", outcome.actual.len());
}

#[test]
fn people_who_act_get_over_two_terms_what_was_predicted() {
    tell(async {
        let trials = [
            (LEAD, Manners::Mixed, 1),
            (LEAD, Manners::All(Manner::OnTime), 3),
            (LEAD, Manners::All(Manner::Late), 4),
        ];
        let outcome = live_through(Place::embedded(), &trials, "2027-03-25", false).await;
        shows_all_kinds(&outcome);
    });
}

fn shows_all_kinds(outcome: &Outcome) {
    is_the_same(&outcome.expected, &outcome.actual);
    assert!(outcome.actual.len() > 120, "{} mails", outcome.actual.len());
    let letters = outcome.actual.iter().flat_map(|(_, _, letters)| letters);
    let kinds: BTreeSet<&str> = letters.map(|it| kind(it)).collect();
    let all = ["copy", "invite", "notice", "ready", "rung", "step"];
    assert_eq!(kinds, BTreeSet::from(all));
    let digests = outcome.actual.iter();
    let digests = digests.filter(|(_, _, letters)| letters.len() > 1);
    assert!(digests.count() > 10);
}

/// A simulation knows of one project only, and of no summary: for the coordinator it may put off what
/// else there is, since that is one mail a day too.
#[test]
fn the_summary_on_mondays_moves_no_mail_of_anybody_else() {
    tell(async {
        let trials = [(LEAD, Manners::All(Manner::Late), 7)];
        let outcome = live_through(Place::embedded(), &trials, "2026-12-18", true).await;
        shows_summaries(&outcome);
    });
}

fn shows_summaries(outcome: &Outcome) {
    let projects = &outcome.projects;
    let offices: BTreeSet<String> = projects.iter().map(coordinator_of).collect();
    let split = |mails: &[Told]| -> (Vec<Told>, Vec<Told>) {
        let mails = mails.iter().cloned();
        mails.partition(|(_, to, _)| offices.contains(to))
    };
    let (expected, others_expected) = split(&outcome.expected);
    let (mut actual, others) = split(&outcome.actual);
    is_the_same(&others_expected, &others);
    let mut summaries = 0;
    for (at, _, letters) in &mut actual {
        let before = letters.len();
        letters.retain(|letter| kind(letter) != "summary");
        if letters.len() < before {
            summaries += 1;
            let said = format!("{} {}", at.date().format("%A"), at.wall_time());
            assert_eq!(said, "Monday 08:30:00");
        }
    }
    assert!(summaries > 5, "{summaries} summaries");
    let of = |mails: Vec<Told>| -> BTreeSet<(String, String)> {
        let each = mails.into_iter();
        let each = each.flat_map(|(_, to, all)| all.into_iter().map(move |it| (to.clone(), it)));
        each.collect()
    };
    assert_eq!(of(actual), of(expected));
}

fn is_the_same(expected: &[Told], actual: &[Told]) {
    let lacks = expected.iter().filter(|mail| !actual.contains(mail));
    let extra = actual.iter().filter(|mail| !expected.contains(mail));
    let (lacks, extra): (Vec<_>, Vec<_>) = (lacks.collect(), extra.collect());
    assert!(
        lacks.is_empty() && extra.is_empty(),
        "missing: {lacks:#?}\nnot foretold: {extra:#?}"
    );
    assert_eq!(actual.len(), expected.len());
}

/// Predicts, and does the same on the engine.
async fn live_through(place: Place, trials: &[Trial], until: &str, schedules: bool) -> Outcome {
    let store = Store::open(&place.database_url()).await.unwrap();
    let clock = Arc::new(ManualClock::at(start_of(date(FROM))));
    let engine = Engine {
        clock: clock.clone(),
        seeds: Seeds::Known("test".to_owned()),
        ..engine_on(store)
    };
    let mut projects = Vec::new();
    for (number, trial) in trials.iter().enumerate() {
        let project = predict(number, *trial, date(until));
        found(&engine.store, &project).await;
        projects.push(project);
    }
    let (mut server, port) = Server::start();
    let mails = tempfile::tempdir().unwrap();
    let mailbox = mailbox(port, mails.path(), clock.as_ref());
    for moment in moments(&projects, date(until)) {
        clock.set(moment);
        if schedules {
            while engine.run_schedules(&mailbox.folder).await.unwrap() > 0 {}
        }
        pass(&engine, &mailbox, &projects, moment).await;
    }
    mailbox.part().await;
    let arrived = server.mails();
    let sent = sent(&engine.store, &projects).await;
    let mut actual: Vec<Told> = arrived.iter().map(|mail| read(mail, &sent)).collect();
    actual.sort();
    let mut expected: Vec<Told> = projects.iter().flat_map(foretold).collect();
    expected.sort();
    engine.store.close().await;
    Outcome {
        projects,
        expected,
        actual,
    }
}

fn coordinator_of(project: &Project) -> String {
    let directory = &project.predicted.cast.directory;
    let mut held = directory.holders("coordinator", None, date(FROM));
    address(project, held.next().unwrap().person)
}

/// "ready", "rung", "summary".
fn kind(letter: &str) -> &str {
    let named = letter.split("\"letter\":\"").nth(1).unwrap();
    named.split('"').next().unwrap()
}

fn predict(number: usize, (workflow, people, seed): Trial, until: Date) -> Project {
    let setting = Setting {
        from: date(FROM),
        until,
        seed,
        people,
        roles: BTreeMap::new(),
        late: Spread { least: 1, most: 15 },
        dates: BTreeMap::new(),
        almanac: Almanac::new([], None),
        quiet: QuietTimes::default(),
    };
    let workflow: Arc<Workflow> = library().newest(workflow).unwrap().workflow.clone();
    let key = format!("trial-{number}");
    Project {
        run: RunId(uuid_from(&Seed::known(&["run", &key]))),
        alliance: AllianceId(key),
        predicted: simulate(&workflow, &setting).unwrap(),
    }
}

/// The people of the simulation, with addresses; term dates and quiet times are the usual ones.
async fn found(store: &Store, project: &Project) {
    let row = AllianceRow {
        id: project.alliance.clone(),
        name: "A trial".to_owned(),
        created_at: start_of(date(FROM)),
    };
    store.create_alliance(&row).await.unwrap();
    let Cast {
        directory, players, ..
    } = &project.predicted.cast;
    let people = players.iter().map(|player| PersonRow {
        id: player.id,
        name: Some(player.name.clone()),
        email: Some(address(project, player.id)),
        main_school: directory.people[&player.id].main_school.clone(),
        erased: false,
    });
    let changes = DirectoryChanges {
        people: people.collect(),
        schools: directory.schools.values().cloned().collect(),
        posts: directory.posts.clone(),
        ..DirectoryChanges::default()
    };
    let scoped = store.of(&project.alliance);
    scoped.apply_directory(changes).await.unwrap();
}

fn address(project: &Project, person: PersonId) -> String {
    format!("{person}@{}.example", project.alliance.0)
}

fn mailbox(port: u16, folder: &std::path::Path, clock: &ManualClock) -> Mailbox {
    use alongside::clock::Clock;
    let mut settings = settings(port);
    settings.smtp.login = Some(login());
    let relay = Relay::new(settings).unwrap();
    let domain = "alliance.example".to_owned();
    Mailbox {
        folder: Folder::new(folder, "Alongside <post@alliance.example>", None).unwrap(),
        way: Some(Arc::new(Way::new(relay, 100_000, domain, clock.now()))),
        only_to: None,
    }
}

/// Every moment at which somebody does something, and those at which something may come up.
fn moments(projects: &[Project], until: Date) -> BTreeSet<Instant> {
    let deeds = projects.iter().flat_map(|it| &it.predicted.deeds);
    let mut moments: BTreeSet<Instant> = deeds.map(|deed| deed.at).collect();
    let days = date(FROM).iter_days().take_while(|day| *day <= until);
    for day in days {
        for (hour, minute) in [(0, 0), (8, 0), (8, 30)] {
            let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
            moments.insert(Instant::at_london(day, time));
        }
    }
    let begins = projects.iter().map(|it| it.predicted.deeds[0].at).min();
    moments.split_off(&begins.unwrap())
}

/// Timers come first, then people, then letters.
async fn pass(engine: &Engine, mailbox: &Mailbox, projects: &[Project], moment: Instant) {
    fire(engine).await;
    for project in projects {
        let deeds = project.predicted.deeds.iter().enumerate();
        for (number, deed) in deeds.filter(|(_, deed)| deed.at == moment) {
            does(engine, project, number, deed).await;
            fire(engine).await;
        }
    }
    while engine.write_mails(mailbox, 100).await.unwrap() > 0 {}
}

async fn fire(engine: &Engine) {
    while engine.fire_timers(100).await.unwrap() > 0 {}
}

async fn does(engine: &Engine, project: &Project, number: usize, deed: &Deed) {
    let incoming = Incoming::inside(Envelope {
        id: format!("deed-{number}"),
        source: "alongside:simulation".to_owned(),
        alliance: project.alliance.clone(),
        run: project.run,
        actor: Some(deed.by),
        on_behalf_of: None,
        time: deed.at,
        expires: None,
        expected: None,
        command: deed.command.clone(),
    });
    let handled = engine.handle(&project.alliance, vec![incoming]).await;
    let handled = handled.unwrap().pop();
    let applied = matches!(handled, Some(Handled::Applied { .. }));
    assert!(applied, "{deed:?}: {handled:?}");
}

/// The letters that each mail took along, by the mail's id.
async fn sent(store: &Store, projects: &[Project]) -> BTreeMap<String, Vec<MailRow>> {
    let mut sent: BTreeMap<String, Vec<MailRow>> = BTreeMap::new();
    for project in projects {
        let scoped = store.of(&project.alliance);
        let rows = scoped.mails(&MailFilter::default()).await.unwrap();
        let left = rows.into_iter().filter(|it| it.state == MailState::Written);
        for row in left {
            let carrier = row.carrier.unwrap().to_string();
            sent.entry(carrier).or_default().push(row);
        }
        let on_their_way = scoped.outgoing(None).await.unwrap();
        for row in on_their_way {
            assert_eq!(row.state, "accepted", "{row:?}");
        }
    }
    sent
}

/// A mail that has arrived, with what the records say that it took along.
fn read(mail: &Value, sent: &BTreeMap<String, Vec<MailRow>>) -> Told {
    assert_eq!(mail["defects"], serde_json::json!([]));
    let text = |name: &str| mail[name].as_str().unwrap();
    let id = text("message_id").trim_start_matches('<');
    let id = id.split('@').next().unwrap();
    let rows = sent.get(id).unwrap_or_else(|| panic!("not ours: {mail}"));
    let letters = rows.iter().map(|row| {
        let effect: Effect = serde_json::from_str(&row.letter).unwrap();
        let Effect::Mail { letter, .. } = effect else {
            panic!("no letter: {row:?}")
        };
        letter
    });
    let letters: Vec<Letter> = letters.collect();
    if letters.len() > 1 {
        let things = format!("{} things for you", letters.len());
        assert!(text("subject").starts_with(&things), "{mail}");
    }
    let to = mail["to"].as_array().unwrap();
    assert_eq!(to.len(), 1, "{mail}");
    let at = text("date").parse().unwrap();
    (at, to[0].as_str().unwrap().to_owned(), words(&letters))
}

fn foretold(project: &Project) -> Vec<Told> {
    let mails = project.predicted.mails.iter();
    let told = mails.map(|mail| {
        let letters = words(&mail.letters);
        (mail.at, address(project, mail.to), letters)
    });
    told.collect()
}

/// Whole letters: the kind, the step and attempt, the rung, the date.
fn words(letters: &[Letter]) -> BTreeSet<String> {
    let letters = letters.iter();
    letters
        .map(|letter| serde_json::to_string(letter).unwrap())
        .collect()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn start_of(day: Date) -> Instant {
    Instant::start_of(day)
}
