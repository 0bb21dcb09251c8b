//! The engine at work for a test: workers as tasks, a clock moved by hand, seeds that are known.
//!
//! `ask` sends a message as the portal does and waits for its answer. Timers, parked messages and
//! mails are looked at only when a test says so, so that every test says when what happens.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alongside::bus::{Bus, Publisher, Queue, Subscription};
use alongside::clock::{Clock, ManualClock, SystemClock};
use alongside::core::definition::bundle::Bundle;
use alongside::core::message::write::Message;
use alongside::engine::library::{read_bundle, shipped};
use alongside::engine::{
    Background, Engine, Handled, Incoming, Library, Mailbox, Relay, Seeds, Work, Worker,
};
use alongside::mail::Folder;
use alongside::store::{MailFilter, MailRow, Store};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::alliance::{IN, Letter, NORTH, SOUTH, START, alliance, found, source};
use super::place::{Place, Who};

/// What takes longer is stuck.
pub const PATIENCE: Duration = Duration::from_mins(3);

pub struct Office {
    pub clock: Arc<ManualClock>,
    /// Without a relay of its own: what it writes waits for that of a worker.
    pub engine: Engine,
    /// All that was said on the events' exchange, in the order in which it came.
    pub heard: Vec<Value>,
    pub mails: TempDir,
    stop: CancellationToken,
    last: CancellationToken,
    workers: JoinSet<()>,
    relays: JoinSet<()>,
    buses: Vec<Bus>,
    north: Publisher,
    south: Publisher,
    ear: Subscription,
    // Last, so that everything is closed before the database goes.
    pub place: Place,
}

/// The smallest workflow.
pub fn three_steps() -> Bundle {
    definition("definitions/three-steps")
}

fn definition(folder: &str) -> Bundle {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    read_bundle(&tests.join(folder).join("project.yaml")).unwrap()
}

/// The shipped workflows, the smallest one, and one with a visit.
pub fn library() -> Library {
    let mut bundles = shipped();
    bundles.push(three_steps());
    bundles.push(definition("engine/one-visit"));
    Library::of(bundles).unwrap_or_else(|bad| panic!("{bad:?}"))
}

/// An engine to look at what processes have done.
pub fn engine_on(store: Store) -> Engine {
    Engine {
        store,
        clock: Arc::new(SystemClock),
        library: Arc::new(library()),
        sources: Arc::default(),
        seeds: Seeds::Random,
        origin: "https://alongside.example".to_owned(),
        memory: Arc::default(),
        clock_watch: Arc::default(),
        link: None,
        handover: None,
    }
}

impl Office {
    pub async fn open(place: Place, workers: usize) -> Self {
        let store = Store::open(&place.database_url()).await.unwrap();
        found(&store, NORTH).await;
        found(&store, SOUTH).await;
        let clock = Arc::new(ManualClock::at(START.parse().unwrap()));
        let sources = vec![
            source(NORTH, &place.user(Who::North)),
            source(SOUTH, &place.user(Who::South)),
        ];
        let engine = Engine {
            store,
            clock: clock.clone(),
            library: Arc::new(library()),
            sources: Arc::new(sources),
            seeds: Seeds::Known("test".to_owned()),
            origin: "https://alongside.example".to_owned(),
            memory: Arc::default(),
            clock_watch: Arc::default(),
            link: None,
            handover: None,
        };
        let stop = CancellationToken::new();
        let buses = vec![place.bus(Who::North, &stop), place.bus(Who::South, &stop)];
        let ear = buses[0].subscribe("#").await.unwrap();
        let mut office = Self {
            clock,
            engine,
            heard: Vec::new(),
            mails: TempDir::new().unwrap(),
            stop,
            last: CancellationToken::new(),
            workers: JoinSet::new(),
            relays: JoinSet::new(),
            north: buses[0].publisher(),
            south: buses[1].publisher(),
            buses,
            ear,
            place,
        };
        for _ in 0..workers {
            office.hire();
        }
        office
    }

    /// One more worker, with connections of its own as a process has them.
    pub fn hire(&mut self) {
        let bus = self.place.bus(Who::Engine, &self.stop);
        let (engine, relay) = Relay::new(self.engine.clone(), bus.publisher());
        for queue in Queue::ALL {
            let worker = Worker::new(engine.clone(), bus.consumer(queue), self.stop.clone());
            self.workers.spawn(worker.run());
        }
        self.relays.spawn(relay.run(self.last.clone()));
        self.buses.push(bus);
    }

    /// Sends as the portal of the alliance named in `source`.
    pub async fn send(&self, letter: &Letter) {
        let publisher = if letter.source.contains(SOUTH) {
            &self.south
        } else {
            &self.north
        };
        self.send_as(publisher, letter).await;
    }

    /// Sends as the portal in the south, whatever the letter says.
    pub async fn send_from_south(&self, letter: &Letter) {
        self.send_as(&self.south, letter).await;
    }

    pub async fn send_from_north(&self, letter: &Letter) {
        self.send_as(&self.north, letter).await;
    }

    async fn send_as(&self, publisher: &Publisher, letter: &Letter) {
        self.publish(publisher, letter.message(self.clock.now()))
            .await;
    }

    /// Any bytes under any key, from the north.
    pub async fn send_raw(&self, kind: &str, body: &str) {
        let (id, kind, body) = ("raw".to_owned(), kind.to_owned(), body.to_owned());
        self.publish(&self.north, Message { id, kind, body }).await;
    }

    async fn publish(&self, publisher: &Publisher, message: Message) {
        let messages = [message];
        let sent = publisher.publish(IN, &messages);
        let confirmed = timeout(PATIENCE, sent).await.expect("the broker confirms");
        confirmed[0].as_ref().unwrap();
    }

    /// Sends a message and gives its first answer that was not heard before.
    pub async fn ask(&mut self, letter: &Letter) -> Value {
        self.send(letter).await;
        self.answer_to(&letter.id).await
    }

    /// The next answer to the message of that id.
    pub async fn answer_to(&mut self, id: &str) -> Value {
        let wanted = |said: &Value| said["causationid"] == id && !is_told(said);
        self.hear(wanted, &format!("an answer to {id}")).await
    }

    /// Messages as a worker makes a batch of them.
    pub fn batch(&self, letters: &[Letter]) -> Vec<Incoming> {
        let open = |letter: &Letter| {
            let message = letter.message(self.clock.now());
            self.engine.open_by_hand(message.body.as_bytes()).unwrap()
        };
        letters.iter().map(open).collect()
    }

    /// Hands the engine one batch.
    pub async fn handle(&self, letters: &[Letter]) -> Vec<Handled> {
        let batch = self.batch(letters);
        self.engine.handle(&alliance(NORTH), batch).await.unwrap()
    }

    /// An answer of that outcome that was heard already.
    pub fn heard_answer(&self, id: &str, outcome: &str) -> Option<Value> {
        let of = |said: &&Value| said["causationid"] == id && said["data"]["outcome"] == outcome;
        self.heard.iter().find(of).cloned()
    }

    /// Takes all commands and lets them go, so often, as workers do that do not survive them.
    pub async fn let_go(&self, times: u32) {
        let stop = CancellationToken::new();
        let bus = self.place.bus(Who::Engine, &stop);
        let mut consumer = bus.consumer(Queue::Commands);
        for _ in 0..times {
            timeout(PATIENCE, consumer.next_batch())
                .await
                .expect("a message waits")
                .unwrap();
            consumer.let_go().await;
        }
        drop(consumer);
        bus.close().await;
    }

    /// The next thing said that fits.
    pub async fn hear(&mut self, fits: impl Fn(&Value) -> bool, what: &str) -> Value {
        let listen = async {
            loop {
                let said = self.ear.next().await.expect("the broker stays");
                let said: Value = serde_json::from_str(&said.body).unwrap();
                self.heard.push(said.clone());
                if fits(&said) {
                    return said;
                }
            }
        };
        let heard = timeout(PATIENCE, listen).await;
        heard.unwrap_or_else(|_| panic!("nobody said {what}; heard were {:#?}", self.heard))
    }

    /// Sends a message that must be applied, and gives the run's version.
    pub async fn must(&mut self, letter: &Letter) -> u64 {
        let answer = self.ask(letter).await;
        assert_eq!(
            answer["data"]["outcome"], "applied",
            "{letter:?}: {answer:#}"
        );
        answer["data"]["version"].as_u64().unwrap()
    }

    pub fn days_later(&self, days: i64) {
        self.clock.advance(days * 86_400);
    }

    pub fn mailbox(&self) -> Mailbox {
        let folder = Folder::new(self.mails.path(), "Alongside <post@alliance.example>", None);
        Mailbox {
            folder: folder.unwrap(),
            way: None,
            only_to: None,
        }
    }

    /// Fires what is due and writes the mails that wait; says how many timers and mails.
    pub async fn catch_up(&self) -> (usize, usize) {
        let fired = self.engine.fire_timers(100).await.unwrap();
        self.engine.look_at_parked(100).await.unwrap();
        let mut mails = 0;
        loop {
            match self.engine.write_mails(&self.mailbox(), 100).await.unwrap() {
                0 => return (fired, mails),
                more => mails += more,
            }
        }
    }

    /// What a process does that stays: all that is due, if the clock is believed.
    pub async fn work(&self) -> Work {
        let bus = self.place.bus(Who::Engine, &self.stop);
        let (engine, relay) = Relay::new(self.engine.clone(), bus.publisher());
        let mut background = Background {
            engine,
            relay,
            mailbox: self.mailbox(),
        };
        let work = background.do_what_is_due().await.unwrap();
        bus.close().await;
        work
    }

    /// What is recorded of mails in the north, oldest first.
    pub async fn mail_records(&self) -> Vec<MailRow> {
        let scoped = self.engine.store.of(&alliance(NORTH));
        let mut rows = scoped.mails(&MailFilter::default()).await.unwrap();
        rows.reverse();
        rows
    }

    /// Ends as a process does on SIGTERM.
    pub async fn close(mut self) -> Place {
        self.stop.cancel();
        let end = async {
            while let Some(ended) = self.workers.join_next().await {
                ended.unwrap();
            }
            self.last.cancel();
            while let Some(ended) = self.relays.join_next().await {
                ended.unwrap();
            }
        };
        timeout(PATIENCE, end)
            .await
            .expect("workers end soon after the stop");
        for bus in &self.buses {
            bus.close().await;
        }
        self.engine.store.close().await;
        self.place
    }
}

pub fn is_told(said: &Value) -> bool {
    said["type"]
        .as_str()
        .is_some_and(|kind| kind.starts_with("alongside.told."))
}

/// Runs a test's story with threads as a program has them.
pub fn tell<F: Future<Output = ()>>(story: F) {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let runtime = threads.worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(story);
}
