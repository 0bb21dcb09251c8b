//! A million moments that are waited for, of which ten thousand come in the same minute.
//!
//! They come as in earnest: reminders of ten thousand projects come up at eight o'clock, each is
//! claimed, sent to its project as a command, and makes an entry, a letter and the next moment. The
//! other rows belong to other projects and lie ahead. Late is what a moment had to wait from eight
//! until the round that fired it was committed and had come back. Beside it the bare way: the same
//! rows claimed by the same statement and deleted, with nothing decided and nothing written.

use std::time::Instant;

use alongside::clock::Clock;
use alongside::core::run::seed::{Seed, uuid_from};
use alongside::engine::ROUND;

use super::Size;
use super::office::{ALLIANCE, Office};
use super::place::{self, Place, Session};
use super::table::{Goal, Row};

/// When the first reminder of a project comes up that was started on `office::START`.
const DUE: &str = "2027-01-25T08:00:00.000000Z";
/// A week after that start: its own reminders come a week later.
const LATER: &str = "2027-01-18T09:00:00Z";
const LEASE_SECONDS: i64 = 60;
const SCHOOLS: usize = 200;

#[derive(Clone, Copy)]
struct Numbers {
    due: usize,
    /// Projects to which all other rows belong.
    others: usize,
    waiting: usize,
}

/// So many moments were done with, so many seconds after eight.
type Done = (f64, usize);

pub fn measure(size: Size) -> Vec<Row> {
    let whole = Numbers {
        due: 10_000,
        others: 2_000,
        waiting: 1_000_000,
    };
    let tiny = Numbers {
        due: 30,
        others: 2,
        waiting: 100,
    };
    let numbers = size.of(whole, tiny);
    let mut rows = place::run(on(&Place::sqlite(), 1, numbers));
    if size == Size::Whole {
        rows.extend(place::run(on(&Place::postgres(), 2, numbers)));
    }
    rows
}

async fn on(place: &Place, loops: usize, numbers: Numbers) -> Vec<Row> {
    let office = Office::open(&place.url, SCHOOLS).await;
    fill(place, &office, numbers).await;
    eprintln!("{} timers wait on {} …", numbers.waiting, place.name);
    let early = office.engine.fire_timers(ROUND).await.unwrap();
    assert_eq!(early, 0, "nothing is due before eight");
    office.clock.set(DUE.parse().unwrap());
    let ours = in_loops(loops, |began| fire(&office, began)).await;
    check(place, numbers).await;
    let again = format!(
        "UPDATE timer SET due_at = '{DUE}' WHERE run IN ({})",
        runs("Due")
    );
    place.execute(&again).await;
    let bare = in_loops(loops, |began| claim_and_delete(place, &office, began)).await;
    assert_eq!(count(&bare), numbers.due, "the bare way does as many");
    office.engine.store.close().await;
    rows(place, loops, numbers, [ours, bare])
}

/// Real projects, and rows that only lie there and wait.
async fn fill(place: &Place, office: &Office, numbers: Numbers) {
    let Numbers {
        due,
        others,
        waiting,
    } = numbers;
    office.start_projects("Due", due).await;
    office.clock.set(LATER.parse().unwrap());
    office.start_projects("Later", others).await;
    let each = (waiting - due - others) / others;
    let hours = if place.is_sqlite() {
        "strftime('%Y-%m-%dT%H:%M:%S', due_at, n || ' hours') || '.000000Z'"
    } else {
        "due_at + n * interval '1 hour'"
    };
    let insert = format!(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {each})
        INSERT INTO timer (alliance, run, key, due_at, body)
        SELECT alliance, run, key || '/' || n, {hours}, body FROM timer, number
            WHERE run IN ({})",
        runs("Later")
    );
    place.execute(&insert).await;
    if !place.is_sqlite() {
        // As a server does by itself after a while.
        place.execute("ANALYZE").await;
    }
    let there = place.count("SELECT count(*) FROM timer").await;
    assert_eq!(usize::try_from(there), Ok(waiting), "so many wait");
}

fn runs(title: &str) -> String {
    format!("SELECT id FROM run WHERE title = '{title}'")
}

/// So many at once as there are processes, each until it finds nothing more.
async fn in_loops<F>(loops: usize, work: impl Fn(Instant) -> F) -> Vec<Done>
where
    F: Future<Output = Vec<Done>> + Send + 'static,
{
    let began = Instant::now();
    let all: Vec<_> = (0..loops).map(|_| tokio::spawn(work(began))).collect();
    let mut done = Vec::new();
    for one in all {
        done.extend(one.await.unwrap());
    }
    done
}

/// What the engine's own loop does in each round.
fn fire(office: &Office, began: Instant) -> impl Future<Output = Vec<Done>> + use<> {
    let engine = office.engine.clone();
    async move {
        let mut done = Vec::new();
        loop {
            engine.count_dates_anew(ROUND).await.unwrap();
            let fired = engine.fire_timers(ROUND).await.unwrap();
            if fired == 0 {
                return done;
            }
            done.push((began.elapsed().as_secs_f64(), fired));
            engine.look_at_parked(ROUND).await.unwrap();
        }
    }
}

fn claim_and_delete(
    place: &Place,
    office: &Office,
    began: Instant,
) -> impl Future<Output = Vec<Done>> + use<> {
    let (store, now) = (office.engine.store.clone(), office.clock.now());
    let (is_sqlite, url) = (place.is_sqlite(), place.url.clone());
    async move {
        let mut session = Session::open(&url).await;
        let mut done = Vec::new();
        loop {
            let token = uuid_from(&Seed::known(&[&format!("{:?}", began.elapsed())]));
            let claimed = store.claim_timers(now, LEASE_SECONDS, ROUND, token).await;
            let claimed = claimed.unwrap();
            if claimed.is_empty() {
                return done;
            }
            let keys = claimed.iter().map(|one| {
                let (run, key) = (one.row.run.0, &one.row.key);
                let run = if is_sqlite {
                    format!("X'{}'", run.simple())
                } else {
                    format!("'{run}'::uuid")
                };
                format!("('{ALLIANCE}', {run}, '{key}')")
            });
            let keys: Vec<String> = keys.collect();
            let delete = format!(
                "DELETE FROM timer WHERE (alliance, run, key) IN (VALUES {})",
                keys.join(", ")
            );
            let deleted = session.execute(&delete).await;
            assert_eq!(usize::try_from(deleted), Ok(claimed.len()), "all of them");
            done.push((began.elapsed().as_secs_f64(), claimed.len()));
        }
    }
}

/// Each has fired, and once.
async fn check(place: &Place, numbers: Numbers) {
    let due = i64::try_from(numbers.due).unwrap();
    let of = |what: &str| {
        format!(
            "SELECT count({what}) FROM entry WHERE seq > 1 AND body LIKE '%rung_fired%' AND run IN ({})",
            runs("Due")
        )
    };
    let (entries, projects) = (of("*"), of("DISTINCT run"));
    assert_eq!(place.count(&entries).await, due, "an entry for each");
    assert_eq!(place.count(&projects).await, due, "in each project");
    let rest = place
        .count("SELECT count(*) FROM entry WHERE seq > 1")
        .await;
    assert_eq!(rest, due, "and no other entry");
}

fn count(done: &[Done]) -> usize {
    done.iter().map(|(_, count)| count).sum()
}

fn last(done: &[Done]) -> f64 {
    done.iter().map(|(at, _)| *at).fold(0.0, f64::max)
}

/// The seconds within which so many of a hundred were done with.
fn percentile(done: &[Done], of_hundred: usize) -> f64 {
    let each = done.iter().flat_map(|(at, count)| vec![*at; *count]);
    let mut late: Vec<f64> = each.collect();
    late.sort_by(f64::total_cmp);
    let place = (late.len() * of_hundred).div_ceil(100).max(1) - 1;
    late[place]
}

fn rows(place: &Place, loops: usize, numbers: Numbers, [ours, bare]: [Vec<Done>; 2]) -> Vec<Row> {
    let Numbers { due, waiting, .. } = numbers;
    let on = format!(
        "{due} of {waiting} come at once, on {}, {loops} at work",
        place.name
    );
    let beside = "the same rows claimed and deleted, nothing else";
    let all = Row {
        what: "timers: until all of a minute have fired",
        figure: last(&ours),
        unit: "s",
        goal: Some(Goal::Under(5.0)),
        beside: Some((beside, last(&bare))),
        notes: vec![
            on.clone(),
            format!("each fired once: {due} entries in {due} projects"),
        ],
    };
    let late = Row {
        what: "timers: p99 lateness",
        figure: percentile(&ours, 99),
        unit: "s",
        goal: None,
        beside: Some((beside, percentile(&bare, 99))),
        notes: vec![
            on,
            format!(
                "p50 {:.2} s, latest {:.2} s",
                percentile(&ours, 50),
                last(&ours)
            ),
        ],
    };
    vec![all, late]
}
