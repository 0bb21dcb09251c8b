//! From what a consumer got to a command, or to quarantine.
//!
//! Who sends is believed only as far as the broker vouches for the user. What cannot be read, is
//! forged or has crashed a worker is kept with its raw bytes and the reason, and acknowledged;
//! nothing goes back to the broker and nothing is lost.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::bus::{Delivery, Queue};
use crate::config::Source;
use crate::core::message::write::{self, Answer};
use crate::core::message::{Fault, Unreadable, fingerprint, read, read::check_content};
use crate::core::names::AllianceId;
use crate::core::run::command::Envelope;
use crate::core::run::facts::Rights;
use crate::core::time::Instant;
use crate::store::{self, Changes, QuarantineRow};

use super::batch::Batch;
use super::{Engine, Error, Incoming, Manner};

/// A delivery that was seen so often without an end is not decided again.
const CRASHES_AFTER: u64 = 50;
/// How much of a bad message is kept.
const RAW_BYTES: usize = 64 * 1024;

/// A message that goes into quarantine.
#[derive(Debug)]
pub struct Rejected {
    pub alliance: AllianceId,
    pub row: QuarantineRow,
    pub unreadable: Box<Unreadable>,
    /// Whether the sender may be told: the broker has vouched for the source.
    pub answerable: bool,
}

impl Engine {
    /// Reads a delivery and checks who sent it.
    pub fn open(&self, delivery: &Delivery) -> Result<Incoming, Box<Rejected>> {
        let now = self.clock.now();
        let read = self.read_delivery(delivery, now);
        read.map_err(|unreadable| Box::new(self.reject(delivery, unreadable, now)))
    }

    fn read_delivery(
        &self,
        delivery: &Delivery,
        now: Instant,
    ) -> Result<Incoming, Box<Unreadable>> {
        match delivery.queue {
            Queue::Commands => {}
            Queue::Dead => {
                let reason = "The broker gave this message up. Look why, then retry or discard it.";
                return Err(Unreadable::new(Fault::DeadLettered, reason));
            }
            Queue::Unrouted => {
                let reason = "Its routing key leads nowhere. Commands have their type as key.";
                return Err(Unreadable::new(Fault::Unrouted, reason));
            }
        }
        if delivery.delivery_count >= CRASHES_AFTER {
            let reason = "It was delivered 50 times and no worker survived it or finished it.";
            return Err(Unreadable::new(Fault::CrashesWorker, reason));
        }
        check_content(
            delivery.content_type.as_deref(),
            delivery.content_encoding.as_deref(),
        )?;
        let envelope = read(&delivery.body, now)?;
        let rights = self.check_sender(&envelope, delivery.user_id.as_deref())?;
        Ok(Incoming {
            fingerprint: fingerprint(&delivery.body),
            raw: Some(String::from_utf8_lossy(&delivery.body).into_owned()),
            envelope,
            rights,
            manner: Manner::Patient,
        })
    }

    /// A message from a file (`feed`): as from the broker, vouched for by whoever may run this.
    pub fn open_by_hand(&self, body: &[u8]) -> Result<Incoming, Box<Rejected>> {
        let now = self.clock.now();
        let read = read(body, now).and_then(|envelope| {
            let rights = self.known_source(&envelope)?;
            Ok(Incoming {
                fingerprint: fingerprint(body),
                raw: Some(String::from_utf8_lossy(body).into_owned()),
                envelope,
                rights: rights_of(rights),
                manner: Manner::Patient,
            })
        });
        read.map_err(|unreadable| {
            Box::new(Rejected {
                alliance: self.whose(&unreadable),
                row: quarantine_row(body, unreadable.code, &unreadable.reason, now),
                answerable: true,
                unreadable,
            })
        })
    }

    fn known_source(&self, envelope: &Envelope) -> Result<&Source, Box<Unreadable>> {
        let source = self
            .sources
            .iter()
            .find(|source| source.uri == envelope.source);
        match source.filter(|source| source.alliance == envelope.alliance) {
            Some(source) => Ok(source),
            None => Err(forged(
                envelope,
                "No source of that URI is configured for that alliance. Add it to \
                 alongside.toml, or correct `source` and `alliance`.",
            )),
        }
    }

    fn check_sender(
        &self,
        envelope: &Envelope,
        user: Option<&str>,
    ) -> Result<Rights, Box<Unreadable>> {
        let source = self.known_source(envelope)?;
        match &source.broker_user {
            Some(wanted) if user != Some(wanted) => Err(forged(
                envelope,
                "The broker does not vouch for the user of this source. Set the property \
                 `user_id` to the user that the connection has.",
            )),
            _ => Ok(rights_of(source)),
        }
    }

    /// What a source may do, for messages that were let in before.
    pub fn rights_of(&self, uri: &str) -> Option<Rights> {
        self.sources
            .iter()
            .find(|source| source.uri == uri)
            .map(rights_of)
    }

    fn reject(&self, delivery: &Delivery, unreadable: Box<Unreadable>, now: Instant) -> Rejected {
        let row = quarantine_row(&delivery.body, unreadable.code, &unreadable.reason, now);
        let user = delivery.user_id.as_deref();
        let vouched = self.sources.iter().any(|source| {
            Some(source.uri.as_str()) == unreadable.source.as_deref()
                && (source.broker_user.is_none() || source.broker_user.as_deref() == user)
        });
        Rejected {
            alliance: self.whose(&unreadable),
            row: QuarantineRow {
                routing_key: delivery.routing_key.clone(),
                broker_user: user.unwrap_or_default().to_owned(),
                ..row
            },
            answerable: vouched && unreadable.code != Fault::ForgedSource,
            unreadable,
        }
    }

    /// The alliance of the source, never the one that a message claims.
    fn whose(&self, unreadable: &Unreadable) -> AllianceId {
        let uri = unreadable.source.as_deref();
        let source = self
            .sources
            .iter()
            .find(|source| Some(source.uri.as_str()) == uri);
        source.map_or_else(store::nobody, |source| source.alliance.clone())
    }

    /// Keeps bad messages, and tells their senders where that is possible.
    pub async fn quarantine(&self, rejected: Vec<Rejected>) -> Result<(), Error> {
        let now = self.clock.now();
        for one in rejected {
            let mut batch = Batch {
                lease: self.handover.as_ref().map(|handover| handover.lease(now)),
                ..Batch::default()
            };
            if let Some(cause) = one.unreadable.cause().filter(|_| one.answerable) {
                let reason = one.unreadable.reason.clone();
                let answer = Answer::Quarantined {
                    code: one.unreadable.code,
                    reason,
                };
                let message = write::answer(&self.origin, &cause, None, &answer, now);
                batch.queue_message(&message, None, now);
            }
            tracing::warn!(
                alliance = %one.alliance,
                code = %one.unreadable.code.code(),
                sha256 = %one.row.sha256,
                "a message went into quarantine"
            );
            let changes = Changes {
                quarantine: vec![one.row],
                ..batch.changes
            };
            let own = changes.outbox.clone();
            let mut unit = self.store.begin(&one.alliance).await?;
            unit.write(changes).await?;
            unit.commit().await?;
            if let Some(handover) = &self.handover {
                handover.give(&one.alliance, own);
            }
        }
        Ok(())
    }
}

fn rights_of(source: &Source) -> Rights {
    Rights::Source {
        commands: source.commands.clone(),
        roles: source.roles.clone(),
    }
}

fn forged(envelope: &Envelope, reason: &str) -> Box<Unreadable> {
    Box::new(Unreadable {
        code: Fault::ForgedSource,
        reason: reason.to_owned(),
        id: Some(envelope.id.clone()),
        source: Some(envelope.source.clone()),
        alliance: Some(envelope.alliance.clone()),
        run: Some(envelope.run),
        kind: Some(envelope.command.name()),
    })
}

/// A bad message as it is kept: by the hash of all its bytes, with the first of them.
pub(super) fn quarantine_row(
    body: &[u8],
    code: Fault,
    reason: &str,
    now: Instant,
) -> QuarantineRow {
    QuarantineRow {
        sha256: HEXLOWER.encode(&Sha256::digest(body)),
        raw: Some(body[..body.len().min(RAW_BYTES)].to_vec()),
        code: code.code(),
        reason: reason.to_owned(),
        seen: 1,
        first_at: now,
        last_at: now,
        routing_key: String::new(),
        broker_user: String::new(),
    }
}
