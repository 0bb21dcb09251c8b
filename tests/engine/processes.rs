//! `serve` and `worker` as an operator meets them: stopping, starting, saying how they are.

use std::process::Output;

use alongside::clock::{Clock, SystemClock};
use alongside::store::{InboxState, Store};
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use super::alliance::{COMMANDS, IN, NORTH, found, note, source, start};
use super::checks::{self, wait_for};
use super::office::{engine_on, tell};
use super::place::{Place, Who, bus_at};
use super::process::{Home, Running, free_address};
use crate::support::api::ask;
use crate::support::own_server::{Kind, OwnServer};

fn home(place: &Place) -> Home {
    let Place::Servers { database, host, .. } = place else {
        panic!("processes need servers")
    };
    let sources = [source(NORTH, &place.user(Who::North))];
    Home::new(&database.url(), &host.url(), &sources)
}

async fn count(url: &str, sql: &'static str) -> i64 {
    let mut session = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(sql)
        .fetch_one(&mut session)
        .await
        .unwrap()
}

fn said(output: &Output) -> (Option<i32>, String) {
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// What `/readyz` answers; nothing while nobody listens.
fn readiness(address: &str) -> Option<(u16, String)> {
    let answer = ask("GET", &format!("http://{address}/readyz"), "").ok()?;
    Some((answer.status, answer.body))
}

pub async fn is_ready(address: &str, running: &mut Running) {
    let mut seen = None;
    let until = std::time::Instant::now() + super::office::PATIENCE;
    while seen.as_ref().is_none_or(|(status, _)| *status != 200) {
        assert!(!running.has_ended(), "it has ended: {}", running.log());
        assert!(
            std::time::Instant::now() < until,
            "{seen:?} {}",
            running.log()
        );
        seen = readiness(address);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[test]
fn a_worker_that_is_told_to_stop_leaves_nothing_behind() {
    tell(async {
        let place = Place::servers();
        let url = place.database_url();
        let store = Store::open(&url).await.unwrap();
        found(&store, NORTH).await;
        let home = home(&place);
        let stop = CancellationToken::new();
        let bus = place.bus(Who::North, &stop);
        let mut messages = vec![start("p").message(SystemClock.now())];
        messages.extend(
            (0..600).map(|n| note(&format!("n{n}"), "p", "Hello").message(SystemClock.now())),
        );
        for result in bus.publisher().publish(IN, &messages).await {
            result.unwrap();
        }
        let mut first = home.start(&["worker"]);
        wait_for("the first batch is stored", async || {
            count(&url, "SELECT count(*) FROM inbox").await > 0
        })
        .await;
        let status = first.terminate();
        assert!(status.success(), "{status}: {}", first.log());
        let done = count(&url, "SELECT count(*) FROM inbox").await;
        assert!(done < 601, "the stop came under load");
        assert_eq!(
            count(&url, "SELECT count(*) FROM outbox WHERE kind = 'message'").await,
            0
        );
        let leased = "SELECT count(*) FROM outbox WHERE lease_token IS NOT NULL";
        assert_eq!(count(&url, leased).await, 0);
        let second = home.start(&["worker"]);
        wait_for("the rest is stored", async || {
            count(&url, "SELECT count(*) FROM inbox WHERE state = 'applied'").await == 601
        })
        .await;
        drop(second);
        let engine = engine_on(store);
        checks::all_is_well(&engine, NORTH).await;
        let inbox = checks::inbox(&engine, NORTH).await;
        assert!(inbox.values().all(|row| row.state == InboxState::Applied));
        bus.close().await;
    });
}

#[test]
fn a_second_serve_is_refused_and_so_is_a_taken_port() {
    let home = Home::embedded();
    let address = free_address();
    let mut first = home.start(&["serve", "--listen", &address]);
    tell(async { is_ready(&address, &mut first).await });
    let taken = home
        .command(&["serve", "--listen", &address])
        .output()
        .unwrap();
    let (code, sentence) = said(&taken);
    assert_eq!(code, Some(1), "{sentence}");
    assert!(sentence.contains("is taken by another program: choose another with --listen"));
    let second = home
        .command(&["serve", "--listen", &free_address()])
        .output()
        .unwrap();
    let (code, sentence) = said(&second);
    assert_eq!(code, Some(1), "{sentence}");
    assert!(
        sentence.contains("another `alongside serve` works in"),
        "{sentence}"
    );
    let status = first.terminate();
    assert!(status.success(), "{status}: {}", first.log());
    let mut third = home.start(&["serve", "--listen", &address]);
    tell(async { is_ready(&address, &mut third).await });
    let page = |path: &str| ask("GET", &format!("http://{address}{path}"), "").unwrap();
    assert_eq!(page("/healthz").status, 200);
    assert!(
        page("/metrics")
            .body
            .contains("alongside_waiting{what=\"messages\"} 0")
    );
    third.kill();
    // Killed, it leaves no lock behind.
    let mut fourth = home.start(&["serve", "--listen", &address]);
    tell(async { is_ready(&address, &mut fourth).await });
}

#[test]
fn readyz_tells_when_the_database_or_the_broker_is_away() {
    let (database, broker) = (
        OwnServer::start(Kind::Postgres),
        OwnServer::start(Kind::RabbitMq),
    );
    let mut host = broker.virtual_host();
    let (user, _) = host.add_user("north");
    tell(async {
        Store::migrate(&database.url).await.unwrap();
        let home = Home::new(&database.url, &host.url(), &[source(NORTH, &user)]);
        let address = free_address();
        let mut worker = home.start(&["worker", "--listen", &address]);
        is_ready(&address, &mut worker).await;
        let becomes = async |status: u16, text: &str| {
            wait_for(text, async || {
                let seen = readiness(&address);
                seen.is_some_and(|(code, body)| code == status && body.contains(text))
            })
            .await;
        };
        database.stop();
        becomes(503, r#""database":"the database does not answer""#).await;
        becomes(503, r#""broker":"ready""#).await;
        database.start_again();
        becomes(200, r#""database":"ready""#).await;
        broker.stop();
        becomes(503, r#""broker":"the broker cannot be reached""#).await;
        let alive = ask("GET", &format!("http://{address}/healthz"), "").unwrap();
        assert_eq!(alive.status, 200);
        broker.start_again();
        becomes(200, r#""broker":"ready""#).await;
        // And it works again.
        let store = Store::open(&database.url).await.unwrap();
        found(&store, NORTH).await;
        let url = host
            .url()
            .replacen("guest:guest", &format!("{user}:north-password"), 1);
        let bus = bus_at(&url, &CancellationToken::new());
        let messages = [start("p").message(SystemClock.now())];
        bus.publisher()
            .publish(IN, &messages)
            .await
            .pop()
            .unwrap()
            .unwrap();
        let applied = "SELECT count(*) FROM inbox WHERE state = 'applied'";
        wait_for("it works again", async || {
            count(&database.url, applied).await == 1
        })
        .await;
        assert!(worker.terminate().success(), "{}", worker.log());
        bus.close().await;
        store.close().await;
    });
}

#[test]
fn the_tests_know_every_command_that_a_portal_may_send() {
    let table = include_str!("../../src/core/run/permissions.txt");
    let lines = table.lines().filter(|line| line.starts_with("alongside."));
    let never = [
        "alongside.timer.fire",
        "alongside.deadlines.replan",
        "alongside.person.erase",
        "alongside.texts.expire",
    ];
    let names = lines.map(|line| line.split_whitespace().next().unwrap());
    let all: Vec<&str> = names.filter(|name| !never.contains(name)).collect();
    for name in &all {
        let short = name.trim_start_matches("alongside.");
        assert!(
            COMMANDS.contains(&short) || short == "project.migrate",
            "{name}"
        );
    }
    assert_eq!(all.len(), COMMANDS.len() + 1);
}
