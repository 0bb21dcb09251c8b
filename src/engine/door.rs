//! From what a consumer got to a command, or to quarantine.
//!
//! Who sends is believed only as far as the broker vouches for the user. What cannot be read, is
//! forged or has crashed a worker is kept with its raw bytes and the reason, and acknowledged;
//! nothing goes back to the broker and nothing is lost.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::bus::{Delivery, Queue};
use crate::config::Source;
use crate::core::message::write::{self, Answer, Cause};
use crate::core::message::{Fault, Unreadable, fingerprint, read, read::check_content};
use crate::core::names::AllianceId;
use crate::core::run::command::Envelope;
use crate::core::run::facts::Rights;
use crate::core::time::Instant;
use crate::store::{self, QuarantineRow};

use super::attempt::{Attempt, Maybe};
use super::{Engine, Error, Incoming, Manner};

/// A delivery that was seen so often without an end is not decided again.
const CRASHES_AFTER: u64 = 50;
/// How much of a bad message is kept: all of what could ever be read.
const RAW_BYTES: usize = read::MAX_BYTES;

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
        if let Some((code, reason)) = undecided(delivery) {
            return Err(attributes(&delivery.body, now, code, reason));
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
                alliance: self
                    .vouched(&unreadable, None, true)
                    .map_or_else(store::nobody, |source| source.alliance.clone()),
                row: quarantine_row(body, unreadable.code, &unreadable.reason, now),
                answerable: true,
                unreadable,
            })
        })
    }

    /// A message from quarantine, read anew and let in only as it would be today: the broker vouched
    /// for its user, or it was given by hand.
    pub(super) fn open_again(
        &self,
        row: &QuarantineRow,
        raw: &[u8],
    ) -> Result<Incoming, Box<Unreadable>> {
        let envelope = read(raw, self.clock.now())?;
        let by_broker = [Fault::DeadLettered, Fault::Unrouted].map(Fault::code);
        let by_hand = row.routing_key.is_empty()
            && row.broker_user.is_empty()
            && !by_broker.contains(&row.code);
        let rights = if by_hand {
            rights_of(self.known_source(&envelope)?)
        } else {
            let user = Some(row.broker_user.as_str()).filter(|user| !user.is_empty());
            self.check_sender(&envelope, user)?
        };
        Ok(Incoming {
            fingerprint: fingerprint(raw),
            raw: Some(String::from_utf8_lossy(raw).into_owned()),
            envelope,
            rights,
            manner: Manner::Patient,
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
    pub(super) fn rights_of(&self, uri: &str, alliance: &AllianceId) -> Option<Rights> {
        let mut sources = self.sources.iter();
        let source = sources.find(|source| source.uri == uri && source.alliance == *alliance);
        source.map(rights_of)
    }

    fn reject(&self, delivery: &Delivery, unreadable: Box<Unreadable>, now: Instant) -> Rejected {
        let row = quarantine_row(&delivery.body, unreadable.code, &unreadable.reason, now);
        let user = delivery.user_id.as_deref();
        let vouched = self.vouched(&unreadable, user, false);
        // Whom the broker knows as the sender, whatever the message says.
        let of_user = || {
            let mut sources = self.sources.iter();
            sources.find(|source| user.is_some() && source.broker_user.as_deref() == user)
        };
        let source = vouched.or_else(of_user);
        Rejected {
            alliance: source.map_or_else(store::nobody, |source| source.alliance.clone()),
            row: QuarantineRow {
                routing_key: delivery.routing_key.clone(),
                broker_user: user.unwrap_or_default().to_owned(),
                ..row
            },
            answerable: vouched.is_some(),
            unreadable,
        }
    }

    /// The source that a message names, if the broker vouches for its sender.
    fn vouched(
        &self,
        unreadable: &Unreadable,
        user: Option<&str>,
        by_hand: bool,
    ) -> Option<&Source> {
        let mut sources = self.sources.iter();
        sources.find(|source| {
            let theirs = match &source.broker_user {
                Some(wanted) => by_hand || user == Some(wanted),
                None => true,
            };
            theirs && Some(&source.uri) == unreadable.source.as_ref()
        })
    }

    /// Keeps a bad message, and tells its sender where that is possible.
    pub async fn quarantine(&self, bad: &Rejected) -> Result<(), Error> {
        let mut attempt = Attempt::begin(self, &bad.alliance, Maybe::default()).await?;
        if let Some(cause) = bad.cause() {
            let answer = Answer::Quarantined {
                code: bad.unreadable.code,
                reason: bad.unreadable.reason.clone(),
            };
            let message = write::answer(&self.origin, &cause, None, &answer, attempt.now);
            let now = attempt.now;
            attempt.batch.queue_message(&message, None, now);
        }
        tracing::warn!(
            alliance = %bad.alliance,
            code = %bad.unreadable.code.code(),
            sha256 = %bad.row.sha256,
            "a message went into quarantine"
        );
        attempt.batch.changes.quarantine.push(bad.row.clone());
        attempt.finish().await
    }
}

impl Rejected {
    /// Whom to answer, and as of which alliance: the source's own, whatever it wrote.
    fn cause(&self) -> Option<Cause> {
        let cause = self.unreadable.cause().filter(|_| self.answerable)?;
        let own = cause
            .alliance
            .as_ref()
            .is_none_or(|claimed| *claimed == self.alliance);
        Some(Cause {
            alliance: Some(self.alliance.clone()).filter(|alliance| *alliance != store::nobody()),
            run: cause.run.filter(|_| own),
            ..cause
        })
    }
}

/// Why a delivery is not even read: the broker gave it up, or nobody survives it.
fn undecided(delivery: &Delivery) -> Option<(Fault, &'static str)> {
    match delivery.queue {
        Queue::Dead => Some((
            Fault::DeadLettered,
            "The broker gave this message up. Look why, then retry or discard it.",
        )),
        Queue::Unrouted => Some((
            Fault::Unrouted,
            "Its routing key leads nowhere. Commands have their type as key.",
        )),
        Queue::Commands if delivery.delivery_count >= CRASHES_AFTER => Some((
            Fault::CrashesWorker,
            "It was delivered 50 times and no worker survived it or finished it.",
        )),
        Queue::Commands => None,
    }
}

/// What can be read of a message that is not decided, so that its sender gets an answer.
fn attributes(body: &[u8], now: Instant, code: Fault, reason: &str) -> Box<Unreadable> {
    let mut unreadable = match read(body, now) {
        Ok(envelope) => forged(&envelope, reason),
        Err(unreadable) => unreadable,
    };
    unreadable.code = code;
    reason.clone_into(&mut unreadable.reason);
    unreadable
}

/// As `decide` asks for them: commands without `alongside.` in front.
fn rights_of(source: &Source) -> Rights {
    let short = |name: &String| name.trim_start_matches("alongside.").to_owned();
    Rights::Source {
        commands: source.commands.iter().map(short).collect(),
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
