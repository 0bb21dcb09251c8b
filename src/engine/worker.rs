//! The worker: takes batches from the bus, decides them, acknowledges.
//!
//! Commit first, then acknowledge; so a worker that dies leaves its messages to another one, and
//! the inbox makes them happen once. While the database is away the batch is held and tried
//! again: nothing goes around between broker and worker.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::bus::{Consumer, Delivery, Tag};
use crate::core::names::AllianceId;

use super::door::Rejected;
use super::handle::Handled;
use super::{Engine, Error, Incoming};

/// What of a batch is still to be stored.
#[derive(Default)]
struct InHand {
    commands: BTreeMap<AllianceId, Vec<Incoming>>,
    rejected: Vec<Rejected>,
}

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
        let mut hand = self.open(deliveries);
        while let Err(error) = self.work(&mut hand).await {
            tracing::error!(%error, "the batch is held until the database takes it");
            let pause = tokio::time::sleep(wait);
            if self.stop.run_until_cancelled(pause).await.is_none() {
                return false;
            }
            wait = (wait * 2).min(Duration::from_secs(10));
        }
        true
    }

    fn open(&self, deliveries: &[Delivery]) -> InHand {
        let mut hand = InHand::default();
        for delivery in deliveries {
            match self.engine.open(delivery) {
                Ok(incoming) => {
                    let alliance = incoming.envelope.alliance.clone();
                    hand.commands.entry(alliance).or_default().push(incoming);
                }
                Err(bad) => hand.rejected.push(*bad),
            }
        }
        hand
    }

    /// What is stored is out of hand, also if it fails half way.
    async fn work(&self, hand: &mut InHand) -> Result<(), Error> {
        while let Some(bad) = hand.rejected.last() {
            self.engine.quarantine(bad).await?;
            metrics::counter!("alongside_commands_total", "outcome" => "quarantined").increment(1);
            hand.rejected.pop();
        }
        while let Some((alliance, batch)) = hand.commands.first_key_value() {
            let alliance = alliance.clone();
            let span = tracing::info_span!("batch", %alliance, commands = batch.len());
            self.decide(&alliance, batch).instrument(span).await?;
            hand.commands.remove(&alliance);
        }
        Ok(())
    }

    async fn decide(&self, alliance: &AllianceId, batch: &[Incoming]) -> Result<(), Error> {
        let began = Instant::now();
        let handled = self.engine.handle(alliance, batch.to_vec()).await?;
        metrics::histogram!("alongside_batch_seconds").record(began.elapsed().as_secs_f64());
        for (Incoming { envelope, .. }, handled) in batch.iter().zip(handled) {
            let (source, id, run) = (&envelope.source, &envelope.id, envelope.run);
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
