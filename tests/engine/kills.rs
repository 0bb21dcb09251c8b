//! Workers that die at any moment, and servers that come and go: nothing is lost, nothing is done
//! twice.
//!
//! 2,000 commands for many projects are sent as fast as they are taken, so that every kill meets
//! work under way. Which worker dies is drawn from a seed.

use std::collections::BTreeSet;
use std::time::Duration;

use alongside::bus::Publisher;
use alongside::clock::{Clock, SystemClock};
use alongside::core::message::write::Message;
use alongside::store::{InboxState, Store};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::alliance::{IN, Letter, NORTH, found, note, source, three_steps};
use super::checks;
use super::office::{engine_on, tell};
use super::place::bus_at;
use super::process::{Home, Running};
use crate::support::broker::VirtualHost;
use crate::support::own_server::{Kind, OwnServer};

const COMMANDS: usize = 2_000;
const PROJECTS: usize = 40;
const KILLS: usize = 10;
const WORKERS: usize = 3;
/// How many commands are on their way at most.
const AHEAD: usize = 100;
const SEED: u64 = 0x0005_eed0_fa11;
const PATIENCE: Duration = Duration::from_mins(3);
const ANSWERS: &str = "portal.answers";

#[test]
fn ten_kills_with_a_stop_of_each_server_in_between_lose_nothing_and_double_nothing() {
    let (database, broker) = (
        OwnServer::start(Kind::Postgres),
        OwnServer::start(Kind::RabbitMq),
    );
    let mut host = broker.virtual_host();
    let urls = Urls::of(&database.url, &mut host);
    tell(async {
        Store::migrate(&database.url).await.unwrap();
        let between = |kill: usize| match kill {
            3 => {
                database.stop();
                database.start_again();
            }
            6 => {
                broker.stop();
                broker.start_again();
            }
            8 => {
                database.kill();
                database.start_again();
            }
            _ => {}
        };
        Siege::lay(urls, &host, &between).await;
    });
}

struct Urls {
    database: String,
    broker: String,
    portal: String,
    user: String,
}

impl Urls {
    fn of(database: &str, host: &mut VirtualHost) -> Self {
        let (user, portal) = host.add_user("north");
        Self {
            database: database.to_owned(),
            broker: host.url(),
            portal,
            user,
        }
    }
}

/// The commands of all projects, a round for each; the last ends them.
fn commands() -> Vec<Letter> {
    let mut projects: Vec<Vec<Letter>> = Vec::new();
    for project in 0..PROJECTS {
        let name = format!("p{project}");
        let mut letters = three_steps(&name);
        let last = letters.pop().unwrap();
        let notes = COMMANDS / PROJECTS - letters.len() - 1;
        let write = |n| note(&format!("{name}-note-{n}"), &name, "Rang the school.");
        letters.extend((0..notes).map(write));
        letters.push(last);
        projects.push(letters);
    }
    let rounds = 0..COMMANDS / PROJECTS;
    rounds
        .flat_map(|round| projects.iter().map(move |all| all[round].clone()))
        .collect()
}

struct Siege<'a> {
    home: Home,
    urls: Urls,
    host: &'a VirtualHost,
    workers: Vec<Running>,
    drawn: u64,
}

impl<'a> Siege<'a> {
    async fn lay(urls: Urls, host: &'a VirtualHost, between: &(dyn Fn(usize) + Sync)) {
        let store = Store::open(&urls.database).await.unwrap();
        found(&store, NORTH).await;
        store.close().await;
        let home = Home::new(&urls.database, &urls.broker, &[source(NORTH, &urls.user)]);
        let mut siege = Self {
            home,
            urls,
            host,
            workers: Vec::new(),
            drawn: SEED,
        };
        siege.workers = (0..WORKERS)
            .map(|_| siege.home.start(&["worker"]))
            .collect();
        let bus = bus_at(&siege.urls.portal, &CancellationToken::new());
        let publisher = bus.publisher();
        siege.listen(&publisher).await;
        let letters = commands();
        assert_eq!(letters.len(), COMMANDS);
        let every = COMMANDS / KILLS;
        for (kill, part) in letters.chunks(every).enumerate() {
            let (before, after) = part.split_at(every / 2);
            siege.send(&publisher, before, kill * every).await;
            siege.kill_one();
            between(kill);
            siege
                .send(&publisher, after, kill * every + every / 2)
                .await;
        }
        siege.wait_for_the_end().await;
        for worker in &mut siege.workers {
            let status = worker.terminate();
            assert!(status.success(), "{status}: {}", worker.log());
        }
        siege.check(&letters).await;
        bus.close().await;
    }

    /// A queue for the answers that outlives the broker's stop.
    async fn listen(&self, publisher: &Publisher) {
        // Whoever connects first makes the exchanges; this message is for nobody.
        let nothing = Message {
            id: "x".into(),
            kind: "none".into(),
            body: "{}".into(),
        };
        let events = alongside::bus::Exchange::Events;
        publisher
            .publish(events, &[nothing])
            .await
            .pop()
            .unwrap()
            .unwrap();
        let name = &self.host.name;
        let queue = format!("/api/queues/{name}/{ANSWERS}");
        self.host.ask("PUT", &queue, r#"{"durable":true}"#);
        let binding = format!("/api/bindings/{name}/e/alongside.events/q/{ANSWERS}");
        self.host
            .ask("POST", &binding, r#"{"routing_key":"alongside.#"}"#);
    }

    /// Sends as fast as the workers take them, and each until the broker has it.
    async fn send(&mut self, publisher: &Publisher, letters: &[Letter], before: usize) {
        for (place, letter) in letters.iter().enumerate() {
            let message = [letter.message(SystemClock.now())];
            while publisher.publish(IN, &message).await[0].is_err() {}
            if place % 20 == 19 {
                let needed = (before + place).saturating_sub(AHEAD);
                self.wait_until("commands are taken", async |done| done >= needed)
                    .await;
            }
        }
    }

    fn kill_one(&mut self) {
        // The generator of Steele, Lea and Flood (SplitMix64).
        self.drawn = self.drawn.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.drawn;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let victim = usize::try_from(bits >> 33).unwrap() % WORKERS;
        self.workers[victim].kill();
        self.workers[victim] = self.home.start(&["worker"]);
    }

    /// How many commands are in the inbox; nothing while the database is away.
    async fn taken(&self) -> Option<usize> {
        let mut session = PgConnection::connect(&self.urls.database).await.ok()?;
        let count: Result<i64, _> = sqlx::query_scalar("SELECT count(*) FROM inbox")
            .fetch_one(&mut session)
            .await;
        usize::try_from(count.ok()?).ok()
    }

    /// The last lines of each worker's log.
    fn last_words(&self) -> String {
        let logs = self.workers.iter().map(Running::log);
        let tails = logs.map(|log| {
            let lines: Vec<&str> = log.lines().collect();
            lines[lines.len().saturating_sub(8)..].join("\n")
        });
        tails.collect::<Vec<_>>().join("\n---\n")
    }

    async fn wait_until(&mut self, what: &str, is_so: impl AsyncFn(usize) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(done) = self.taken().await
                && is_so(done).await
            {
                return;
            }
            // One that met a server away has ended; an operator's supervisor starts it again.
            for worker in &mut self.workers {
                if worker.has_ended() {
                    *worker = self.home.start(&["worker"]);
                }
            }
            assert!(
                Instant::now() < until,
                "seed {SEED:#x}, waited in vain: {what}; {:?} are taken\n{}",
                self.taken().await,
                self.last_words()
            );
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn wait_for_the_end(&mut self) {
        let url = self.urls.database.clone();
        self.wait_until("all are applied and told", async |_| {
            let open = "SELECT (SELECT count(*) FROM inbox WHERE state = 'applied'),
                (SELECT count(*) FROM outbox WHERE kind = 'message')";
            let Ok(mut session) = PgConnection::connect(&url).await else {
                return false;
            };
            let found: (i64, i64) = sqlx::query_as(open).fetch_one(&mut session).await.unwrap();
            found == (i64::try_from(COMMANDS).unwrap(), 0)
        })
        .await;
    }

    async fn check(&self, letters: &[Letter]) {
        let store = Store::open(&self.urls.database).await.unwrap();
        let engine = engine_on(store);
        checks::all_is_well(&engine, NORTH).await;
        let inbox = checks::inbox(&engine, NORTH).await;
        let sent: BTreeSet<&str> = letters.iter().map(|letter| letter.id.as_str()).collect();
        let applied: BTreeSet<&str> = inbox
            .values()
            .filter(|row| row.state == InboxState::Applied)
            .map(|row| row.command_id.as_str())
            .collect();
        assert_eq!(applied, sent, "seed {SEED:#x}");
        let entries: usize = self.entries(&engine).await;
        assert_eq!(entries, COMMANDS, "seed {SEED:#x}");
        let answers = self.answers();
        let told: BTreeSet<&str> = answers
            .iter()
            .filter(|answer| answer["data"]["outcome"] == "applied")
            .filter_map(|answer| answer["causationid"].as_str())
            .collect();
        assert_eq!(told, sent, "every command is answered");
        engine.store.close().await;
    }

    async fn entries(&self, engine: &alongside::engine::Engine) -> usize {
        let scoped = engine.store.of(&super::alliance::alliance(NORTH));
        let mut number = 0;
        for run in scoped.run_ids().await.unwrap() {
            number += scoped.entries(run, 0, 10_000).await.unwrap().len();
        }
        number
    }

    fn answers(&self) -> Vec<Value> {
        let path = format!("/api/queues/{}/{ANSWERS}/get", self.host.name);
        let take = json!({"count": 500, "ackmode": "ack_requeue_false", "encoding": "auto"});
        let mut answers = Vec::new();
        loop {
            let got = self.host.ask("POST", &path, &take.to_string());
            let got: Vec<Value> = serde_json::from_str(&got.body).unwrap();
            if got.is_empty() {
                return answers;
            }
            let bodies = got
                .iter()
                .map(|message| message["payload"].as_str().unwrap());
            answers.extend(bodies.map(|body| serde_json::from_str::<Value>(body).unwrap()));
        }
    }
}
