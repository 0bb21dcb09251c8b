//! The worker: takes batches from the bus, decides them, acknowledges.
//!
//! Commit first, then acknowledge; so a worker that dies leaves its messages to another one, and
//! the inbox makes them happen once. While the database is away the batch is held and tried
//! again: nothing goes around between broker and worker.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::bus::{Consumer, Delivery, Tag};
use crate::core::names::AllianceId;

use super::door::Rejected;
use super::handle::Handled;
use super::{Engine, Error, Incoming};

pub struct Worker {
    engine: Engine,
    consumer: Consumer,
    stop: CancellationToken,
}

impl Worker {
    pub fn new(engine: Engine, consumer: Consumer, stop: CancellationToken) -> Self {
        Self {
            engine,
            consumer,
            stop,
        }
    }

    /// Works until the bus stops; what is in hand is finished first.
    pub async fn run(mut self) {
        while let Some(deliveries) = self.consumer.next_batch().await {
            let tags: Vec<Tag> = deliveries.iter().map(|delivery| delivery.tag).collect();
            if self.take_care(&deliveries).await {
                self.consumer.ack(tags).await;
            } else {
                self.consumer.let_go().await;
            }
        }
    }

    /// Whether every message of the batch is stored. Waits while the database is away.
    async fn take_care(&self, deliveries: &[Delivery]) -> bool {
        let mut wait = Duration::from_millis(500);
        loop {
            match self.work(deliveries).await {
                Ok(()) => return true,
                Err(error) => {
                    tracing::error!(%error, "the batch is held until the database takes it");
                    if self.stop.is_cancelled() {
                        return false;
                    }
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => return false,
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(Duration::from_secs(10));
        }
    }

    async fn work(&self, deliveries: &[Delivery]) -> Result<(), Error> {
        let mut commands: BTreeMap<AllianceId, Vec<Incoming>> = BTreeMap::new();
        let mut rejected: Vec<Rejected> = Vec::new();
        for delivery in deliveries {
            match self.engine.open(delivery) {
                Ok(incoming) => {
                    let alliance = incoming.envelope.alliance.clone();
                    commands.entry(alliance).or_default().push(incoming);
                }
                Err(bad) => rejected.push(*bad),
            }
        }
        count(&rejected);
        self.engine.quarantine(rejected).await?;
        for (alliance, batch) in commands {
            let span = tracing::info_span!("batch", %alliance, commands = batch.len());
            self.decide(&alliance, batch).instrument(span).await?;
        }
        Ok(())
    }

    async fn decide(&self, alliance: &AllianceId, batch: Vec<Incoming>) -> Result<(), Error> {
        let told: Vec<(String, String, String)> = batch
            .iter()
            .map(|one| {
                let envelope = &one.envelope;
                (
                    envelope.source.clone(),
                    envelope.id.clone(),
                    envelope.run.to_string(),
                )
            })
            .collect();
        let handled = self.engine.handle(alliance, batch).await?;
        for ((source, id, run), handled) in told.into_iter().zip(handled) {
            let span = tracing::info_span!("message", %source, %id, %run);
            span.in_scope(|| log(&handled));
        }
        Ok(())
    }
}

fn log(handled: &Handled) {
    let outcome = match handled {
        Handled::Applied { entry, .. } => {
            tracing::info!(version = entry.seq, "applied");
            "applied"
        }
        Handled::Refused(refusal) => {
            tracing::info!(code = ?refusal.code, "rejected");
            "rejected"
        }
        Handled::Parked { not_yet, until } => {
            tracing::info!(code = ?not_yet.code, %until, "parked");
            "parked"
        }
        Handled::Duplicate { .. } => {
            tracing::info!("duplicate");
            "duplicate"
        }
        Handled::Quarantined { code, .. } => {
            tracing::warn!(code = %code.code(), "quarantined");
            "quarantined"
        }
    };
    metrics::counter!("alongside_commands_total", "outcome" => outcome).increment(1);
}

fn count(rejected: &[Rejected]) {
    let number = rejected.len() as u64;
    if number > 0 {
        metrics::counter!("alongside_commands_total", "outcome" => "quarantined").increment(number);
    }
}
