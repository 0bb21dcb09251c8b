//! The relay: committed messages go to the bus, at least once.
//!
//! Rows are written already leased to this process and handed over in memory after the commit;
//! what is confirmed is deleted in batches. Rows of a process that died are taken once their
//! lease ran out. Order within a run is usual, not promised: every message has the version.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant as Tick, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bus::{Exchange, Publisher, Unknown};
use crate::core::message::write::Message;
use crate::core::names::AllianceId;
use crate::core::run::seed::uuid_from;
use crate::core::time::Instant;
use crate::store::{OutboxKind, OutboxRow};

use super::background::LOOK_EVERY;
use super::{Engine, Error};

/// How long a row belongs to the process that wrote it.
const LEASE_SECONDS: i64 = 30;
/// How many go to the broker at once.
const WINDOW: usize = 256;
/// How many wait in memory; beyond that they wait in the database, until their lease runs out.
const HANDED: usize = 16 * WINDOW;
/// When a message that was not confirmed is tried again.
const AGAIN_SECONDS: i64 = 5;
/// The same for a row that no message can be read from: an operator must look.
const UNREADABLE_SECONDS: i64 = 3_600;
/// How long the broker may take for what is in hand at the stop.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

type Handed = (AllianceId, OutboxRow);

/// The way from a commit to this process's relay.
#[derive(Debug, Clone)]
pub struct Handover {
    token: Uuid,
    rows: mpsc::Sender<Handed>,
}

/// Publishes what it is handed, and what others left behind.
pub struct Relay {
    engine: Engine,
    publisher: Publisher,
    token: Uuid,
    handed: mpsc::Receiver<Handed>,
    stop: CancellationToken,
}

impl Handover {
    pub(super) fn lease(&self, now: Instant) -> (Uuid, Instant) {
        (self.token, now.plus_seconds(LEASE_SECONDS))
    }

    pub(super) fn give(&self, alliance: &AllianceId, rows: Vec<OutboxRow>) {
        for row in rows {
            // A relay that has stopped, or that the broker holds up, leaves it in the database.
            let _ = self.rows.try_send((alliance.clone(), row));
        }
    }
}

impl Relay {
    /// A relay, and the engine that hands over to it.
    pub fn new(engine: Engine, publisher: Publisher) -> (Engine, Self) {
        let token = uuid_from(&super::random_bytes());
        let (rows, handed) = mpsc::channel(HANDED);
        let engine = Engine {
            handover: Some(Handover { token, rows }),
            ..engine
        };
        let relay = Self {
            engine: engine.clone(),
            publisher,
            token,
            handed,
            stop: CancellationToken::new(),
        };
        (engine, relay)
    }

    /// Publishes until the stop; what is in hand then goes out first, the rest is given back.
    /// Whoever hands over must have ended before, or its rows wait for their lease to run out.
    pub async fn run(mut self, stop: CancellationToken) {
        self.stop.clone_from(&stop);
        let mut next_look = Tick::now();
        loop {
            let rows = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                rows = self.wait() => rows,
                () = sleep_until(next_look) => Vec::new(),
            };
            let mut done = self.publish(rows).await;
            if done.is_ok() && next_look <= Tick::now() {
                done = self.publish_left_behind().await;
                next_look = Tick::now() + LOOK_EVERY;
            }
            if let Err(error) = done {
                tracing::warn!(%error, "messages wait in the outbox");
                stop.run_until_cancelled(sleep(LOOK_EVERY)).await;
            }
        }
        self.end().await;
    }

    async fn wait(&mut self) -> Vec<Handed> {
        let mut rows = Vec::new();
        self.handed.recv_many(&mut rows, WINDOW).await;
        rows
    }

    async fn end(&mut self) {
        while let Some(rows) = self.take_handed() {
            if let Err(error) = self.publish(rows).await {
                tracing::warn!(%error, "messages wait in the outbox");
                break;
            }
        }
        if let Err(error) = self.engine.store.release(self.token).await {
            tracing::warn!(%error, "what is left in the outbox is free once its lease runs out");
        }
    }

    /// What was handed over and not looked at yet, as much as goes at once.
    fn take_handed(&mut self) -> Option<Vec<Handed>> {
        let mut rows = Vec::new();
        while rows.len() < WINDOW
            && let Ok(row) = self.handed.try_recv()
        {
            rows.push(row);
        }
        (!rows.is_empty()).then_some(rows)
    }

    /// Publishes all that is there: handed over, left behind by others, written without a relay.
    pub async fn publish_waiting(&mut self) -> Result<usize, Error> {
        let mut published = 0;
        while let Some(rows) = self.take_handed() {
            published += self.publish(rows).await?;
        }
        Ok(published + self.publish_left_behind().await?)
    }

    async fn publish_left_behind(&self) -> Result<usize, Error> {
        let mut published = 0;
        loop {
            let rows = self.claim().await?;
            if rows.is_empty() {
                return Ok(published);
            }
            published += self.publish(rows).await?;
        }
    }

    async fn claim(&self) -> Result<Vec<Handed>, Error> {
        let (store, now) = (&self.engine.store, self.engine.clock.now());
        let limit = u32::try_from(WINDOW).unwrap_or(u32::MAX);
        let kind = OutboxKind::Message;
        let rows = store
            .claim_outbox(kind, now, LEASE_SECONDS, limit, self.token)
            .await?;
        let handed = rows.into_iter();
        Ok(handed
            .map(|claimed| (claimed.alliance, claimed.row))
            .collect())
    }

    /// Publishes rows and deletes those that the broker has confirmed. The rest is tried again.
    async fn publish(&self, rows: Vec<Handed>) -> Result<usize, Error> {
        let (mut messages, mut sent) = (Vec::new(), Vec::new());
        for (alliance, row) in rows {
            match serde_json::from_str::<Message>(&row.body) {
                Ok(message) => {
                    messages.push(message);
                    sent.push((alliance, row.id));
                }
                Err(error) => {
                    tracing::error!(%alliance, id = %row.id, %error, "a message cannot be read");
                    let key = (alliance, row.id);
                    self.put_off(key, UNREADABLE_SECONDS, "the message cannot be read")
                        .await?;
                }
            }
        }
        let mut confirmed = Vec::new();
        for (key, result) in sent.into_iter().zip(self.send(&messages).await) {
            match result {
                Ok(()) => confirmed.push(key),
                Err(Unknown(why)) => self.put_off(key, AGAIN_SECONDS, &why).await?,
            }
        }
        let number = confirmed.len();
        if number > 0 {
            let store = &self.engine.store;
            store.finish_outbox(&confirmed, self.token).await?;
            metrics::counter!("alongside_messages_published_total").increment(number as u64);
        }
        Ok(number)
    }

    /// Waits for the broker, but not long once the process stops.
    async fn send(&self, messages: &[Message]) -> Vec<Result<(), Unknown>> {
        if messages.is_empty() {
            return Vec::new();
        }
        let too_late = async {
            self.stop.cancelled().await;
            sleep(LAST_ANSWERS).await;
        };
        tokio::select! {
            results = self.publisher.publish(Exchange::Events, messages) => results,
            () = too_late => vec![Err(Unknown("the process stops".to_owned())); messages.len()],
        }
    }

    async fn put_off(&self, key: (AllianceId, Uuid), seconds: i64, why: &str) -> Result<(), Error> {
        let next = self.engine.clock.now().plus_seconds(seconds);
        let store = &self.engine.store;
        store.retry_outbox(&key, self.token, next, why).await?;
        Ok(())
    }
}
