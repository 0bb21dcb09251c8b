//! The same commands make the same log, byte for byte, wherever the engine stands.

use alongside::core::names::RunId;
use alongside::store::{RunRow, TaskFilter};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

use super::alliance::{
    Letter, NORTH, alliance, choose, complete, need, note, run, start, three_steps,
};
use super::checks;
use super::lead::lead_story;
use super::office::{Office, tell};
use super::place::Place;

/// Everything that a run leaves behind, as text; not what is on its way out.
async fn tell_and_dump(place: Place, workers: usize) -> Vec<String> {
    let mut office = Office::open(place, workers).await;
    tell_it_all(&mut office).await;
    checks::all_is_well(&office.engine, NORTH).await;
    checks::nothing_waits(&office.engine).await;
    let dump = dump(&office).await;
    office.close().await;
    dump
}

/// Applied, refused, parked, twice, under a used id, in a pause: each sent after the last answer.
async fn tell_it_all(office: &mut Office) {
    lead_story(office, "dlp").await;
    office.clock.advance(7);
    office
        .ask(&choose(
            "early",
            "p",
            "head@100001",
            "approve_need",
            "approve",
        ))
        .await;
    office.clock.advance(7);
    for letter in three_steps("q") {
        office.ask(&letter).await;
        office.clock.advance(1);
        office.ask(&letter).await;
    }
    office.ask(&start("p")).await;
    office
        .ask(&complete(
            "bad",
            "p",
            "cpd@100001",
            "identify_need",
            json!({}),
        ))
        .await;
    let hold = |id: &str, kind: &str, data| Letter::new(id, run("p"), "coordinator", kind, data);
    let why = json!({"reason": "Inspection", "until": "2028-01-10"});
    office.ask(&hold("hold", "project.postpone", why)).await;
    office
        .ask(&complete(
            "held",
            "p",
            "cpd@100001",
            "identify_need",
            need(),
        ))
        .await;
    office.days_later(3);
    office.catch_up().await;
    office
        .ask(&hold("go-on", "project.resume", json!({})))
        .await;
    office.answer_to("early").await;
    office.ask(&note("bad", "p", "This id is used.")).await;
    office.ask(&note("lost", "nowhere", "Hello?")).await;
    office.days_later(2);
    office.catch_up().await;
}

async fn dump(office: &Office) -> Vec<String> {
    let scoped = office.engine.store.of(&alliance(NORTH));
    let mut dump = Vec::new();
    for id in scoped.run_ids().await.unwrap() {
        let row: RunRow = scoped.find_run(id).await.unwrap().unwrap();
        dump.push(format!("{row:?}"));
        dump.extend(entries(&scoped, id).await);
        let payloads = scoped.payloads(id).await.unwrap();
        dump.extend(payloads.iter().map(|row| format!("{row:?}")));
    }
    let tasks = scoped.tasks(&TaskFilter::default()).await.unwrap();
    dump.extend(tasks.iter().map(|row| format!("{row:?}")));
    dump.extend(timers(&office.place).await);
    let inbox = checks::inbox(&office.engine, NORTH).await;
    dump.extend(inbox.values().map(|row| format!("{row:?}")));
    let kept = scoped.quarantine(None).await.unwrap();
    dump.extend(
        kept.iter()
            .map(|row| format!("{} {} {}", row.sha256, row.code, row.seen)),
    );
    let mails = office.mail_records().await;
    dump.extend(mails.iter().map(|row| format!("{row:?}")));
    dump
}

async fn entries(scoped: &alongside::store::Scoped, id: RunId) -> Vec<String> {
    let rows = scoped.entries(id, 0, 10_000).await.unwrap();
    rows.into_iter().map(|row| row.body).collect()
}

async fn timers(place: &Place) -> Vec<String> {
    const ALL: &str = "SELECT run, key, body, due_at FROM timer ORDER BY run, key";
    type Row = (Uuid, String, String, DateTime<Utc>);
    let url = place.database_url();
    let rows: Vec<Row> = if url.starts_with("sqlite:") {
        let mut session = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query_as(ALL).fetch_all(&mut session).await.unwrap()
    } else {
        let mut session = PgConnection::connect(&url).await.unwrap();
        sqlx::query_as(ALL).fetch_all(&mut session).await.unwrap()
    };
    rows.iter().map(|row| format!("{row:?}")).collect()
}

#[test]
fn the_same_commands_make_the_same_rows_on_both_stores_and_buses_with_one_and_four_workers() {
    tell(async {
        let embedded = tell_and_dump(Place::embedded(), 1).await;
        assert!(embedded.len() > 150, "only {} lines", embedded.len());
        for workers in [1, 4] {
            let servers = tell_and_dump(Place::servers(), workers).await;
            for (one, other) in embedded.iter().zip(&servers) {
                assert_eq!(one, other, "with {workers} workers");
            }
            assert_eq!(embedded.len(), servers.len());
        }
    });
}
