//! The relay: committed messages go to the bus, at least once.
//!
//! Rows are written already leased to this process and handed over in memory after the commit;
//! what is confirmed is deleted in batches. Rows of a process that died are taken once their
//! lease ran out. Order within a run is usual, not promised: every message has the version.

use tokio::sync::mpsc;
use uuid::Uuid;

use crate::bus::{Exchange, Publisher};
use crate::core::message::write::Message;
use crate::core::names::AllianceId;
use crate::core::run::seed::uuid_from;
use crate::core::time::Instant;
use crate::store::{OutboxKind, OutboxRow};

use super::{Engine, Error};

/// How long a row belongs to the process that wrote it.
pub(super) const LEASE_SECONDS: i64 = 60;
/// How many go to the broker at once.
const WINDOW: usize = 256;

/// The way from a commit to this process's relay.
#[derive(Debug, Clone)]
pub struct Handover {
    pub token: Uuid,
    rows: mpsc::UnboundedSender<(AllianceId, OutboxRow)>,
}

/// Publishes what it is handed, and what others left behind.
pub struct Relay {
    engine: Engine,
    publisher: Publisher,
    token: Uuid,
    handed: mpsc::UnboundedReceiver<(AllianceId, OutboxRow)>,
}

impl Handover {
    pub(super) fn lease(&self, now: Instant) -> (Uuid, Instant) {
        (self.token, now.plus_seconds(LEASE_SECONDS))
    }

    pub(super) fn give(&self, alliance: &AllianceId, rows: Vec<OutboxRow>) {
        for row in rows {
            // A relay that has stopped leaves the row to the next one: its lease runs out.
            let _ = self.rows.send((alliance.clone(), row));
        }
    }
}

impl Relay {
    /// A relay, and the engine that hands over to it.
    pub fn new(engine: Engine, publisher: Publisher) -> (Engine, Self) {
        let token = uuid_from(&super::random_bytes());
        let (rows, handed) = mpsc::unbounded_channel();
        let engine = Engine {
            handover: Some(Handover { token, rows }),
            ..engine
        };
        let relay = Self {
            engine: engine.clone(),
            publisher,
            token,
            handed,
        };
        (engine, relay)
    }

    /// Waits for committed messages and publishes them. Cancel-safe: it only takes from memory.
    pub async fn wait(&mut self) -> Vec<(AllianceId, OutboxRow)> {
        let mut rows = Vec::new();
        self.handed.recv_many(&mut rows, WINDOW).await;
        rows
    }

    /// Takes what others left behind, or what was written without a relay.
    pub async fn claim(&self) -> Result<Vec<(AllianceId, OutboxRow)>, Error> {
        let (store, now) = (&self.engine.store, self.engine.clock.now());
        let limit = u32::try_from(WINDOW).unwrap_or(u32::MAX);
        let kind = OutboxKind::Message;
        let rows = store
            .claim_outbox(kind, now, LEASE_SECONDS, limit, self.token)
            .await?;
        Ok(rows
            .into_iter()
            .map(|claimed| (claimed.alliance, claimed.row))
            .collect())
    }

    /// On a graceful stop: what is not published is free for others at once.
    pub async fn give_back(&self) {
        if let Err(error) = self.engine.store.release(self.token).await {
            tracing::warn!(%error, "what is left in the outbox is free once its lease runs out");
        }
    }

    /// Publishes rows and deletes those that the broker has confirmed. The rest is tried again.
    pub async fn publish(&self, rows: Vec<(AllianceId, OutboxRow)>) -> Result<usize, Error> {
        let messages: Vec<Message> = rows
            .iter()
            .filter_map(|(_, row)| serde_json::from_str(&row.body).ok())
            .collect();
        let results = self.publisher.publish(Exchange::Events, &messages).await;
        let mut confirmed = Vec::new();
        for ((alliance, row), result) in rows.into_iter().zip(results) {
            match result {
                Ok(()) => confirmed.push((alliance, row.id)),
                Err(unknown) => {
                    let next = self.engine.clock.now().plus_seconds(5);
                    let key = (alliance, row.id);
                    let why = unknown.to_string();
                    self.engine
                        .store
                        .retry_outbox(&key, self.token, next, &why)
                        .await?;
                }
            }
        }
        let number = confirmed.len();
        if number > 0 {
            self.engine
                .store
                .finish_outbox(&confirmed, self.token)
                .await?;
            metrics::counter!("alongside_messages_published_total").increment(number as u64);
        }
        Ok(number)
    }
}
