//! The engine: the only writer of runs.
//!
//! Every entrance makes envelopes and hands them to [`Engine::handle`]; nothing else changes a
//! run. Around it stand the worker (takes from the bus), the relay (sends to it), the timers and
//! the mailer. All of them may run in any number of processes; the database decides who does
//! what, and there is no leader.

pub mod almanac;
mod answers;
mod attempt;
mod background;
mod batch;
pub mod brief;
mod clock_watch;
pub mod door;
mod drafts;
mod facts;
mod handle;
pub mod letters;
pub mod library;
mod mailer;
pub mod memory;
mod parked;
mod post;
pub mod readings;
mod redrive;
pub mod rehearse;
mod relay;
mod replan;
mod retention;
mod schedules;
mod timers;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;

use crate::clock::Clock;
use crate::config::Source;
use crate::core::audit::chain;
use crate::core::mails::link::Link;
use crate::core::run::command::Envelope;
use crate::core::run::facts::Rights;
use crate::core::run::seed::Seed;
use crate::store::{self, Store};

pub use background::{Background, ROUND, Work};
pub use batch::snapshot;
pub use clock_watch::ClockWatch;
pub use handle::Handled;
pub use library::Library;
pub use mailer::Mailbox;
pub use post::Way;
pub use redrive::DISCARDED;
pub use relay::{Handover, Relay};
pub use worker::Worker;

/// How often the same batch is tried again while others are in its way.
const TRIES: u32 = 8;

/// Everything that is needed to decide and to write. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub library: Arc<Library>,
    pub sources: Arc<Vec<Source>>,
    pub seeds: Seeds,
    /// The `source` of our own messages.
    pub origin: String,
    /// Calendars and directories that were read already.
    pub memory: Arc<memory::Memory>,
    /// Whether the time can be believed.
    pub clock_watch: Arc<ClockWatch>,
    /// Where readers of mails find a project in the alliance's portal.
    pub link: Option<Link>,
    /// Where committed outbox rows go at once; without one they wait for a relay elsewhere.
    pub handover: Option<Handover>,
}

/// Where the 32 bytes of a command come from.
#[derive(Debug, Clone)]
pub enum Seeds {
    /// Random and never stored.
    Random,
    /// Derived from the command: the same commands make the same entries. For tests and the demo,
    /// because salts that can be known do not protect a text.
    Known(String),
}

impl Seeds {
    fn draw(&self, envelope: &Envelope) -> [u8; 32] {
        match self {
            Self::Random => random_bytes(),
            Self::Known(label) => {
                let alliance = &envelope.alliance.0;
                Seed::known(&[label, alliance, &envelope.source, &envelope.id])
            }
        }
    }
}

/// Random bytes for seeds, lease tokens and the ids of outbox rows.
pub(crate) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// One command at the door of the engine.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub envelope: Envelope,
    /// SHA-256 of its canonical body: the same id with another body is another message.
    pub fingerprint: String,
    /// The message as it came, kept while it is parked.
    pub raw: Option<String>,
    pub rights: Rights,
    pub manner: Manner,
}

impl Incoming {
    /// A command that does not come by a message: its fingerprint is that of the command alone.
    pub fn inside(envelope: Envelope) -> Self {
        Self {
            fingerprint: chain::hash(&chain::canonical(&envelope.command)),
            raw: None,
            rights: Rights::Inside,
            manner: Manner::AtOnce,
            envelope,
        }
    }
}

/// How a sender is treated whose command cannot be applied yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// From the broker: parked until it can be; every outcome is answered by a message.
    Patient,
    /// A person at the command line or console: refused at once.
    AtOnce,
    /// A parked message that is tried again.
    Again,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A stored definition or snapshot that this program cannot read.
    #[error("{0}")]
    Unreadable(String),
    /// A mistake in this program; nothing was written.
    #[error("the program crashed while it decided; the log says where")]
    Crashed,
}

impl Engine {
    /// Waits a little longer each time; the runtime's timer, not the clock of the runs.
    async fn back_off(tries: u32) {
        let jitter = u64::from(random_bytes()[0]) / 16;
        let millis = (10_u64 << tries.min(6)) + jitter;
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}
