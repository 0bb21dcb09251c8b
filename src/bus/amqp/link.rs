//! One connection, and the supervisor that keeps it: make, watch, drop, wait, make again.
//!
//! Who finds out that a link is broken says so ([`Link::give_up`]); nobody repairs it. A link is
//! offered to its users only when the topology stands.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use lapin::options::ConfirmSelectOptions;
use lapin::{Channel, Connect, Connection, ConnectionProperties, Event};
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{ANSWER, Address, declare};
use crate::bus::backoff::Backoff;
use crate::bus::status::{Board, Side};

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(3);

/// How often the state of a connection is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Why a link cannot be made or used any longer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Lost(pub String);

/// A connection that stands, with its topology declared.
pub struct Link {
    pub connection: Connection,
    /// With confirms; used by the publishing side only.
    pub channel: Channel,
    /// The broker takes no messages now.
    pub blocked: watch::Sender<bool>,
    broken: CancellationToken,
    why: std::sync::OnceLock<String>,
}

pub type Links = watch::Receiver<Option<Arc<Link>>>;

pub struct Keeper {
    links: Links,
    ended: CancellationToken,
}

/// Asks the broker something, but does not wait for ever.
pub async fn ask<T>(
    what: &str,
    question: impl Future<Output = lapin::Result<T>>,
) -> Result<T, Lost> {
    match timeout(ANSWER, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Lost(format!("{what}: {error}"))),
        Err(_) => Err(Lost(format!("{what}: no answer in {} s", ANSWER.as_secs()))),
    }
}

/// Makes a connection under a name of its own.
pub async fn connect(address: &Address, purpose: &str) -> Result<Connection, Lost> {
    let name = format!("{} {purpose}", address.name);
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    ask("connecting", address.uri.clone().connect(properties)).await
}

impl Link {
    async fn open(address: &Address, side: Side) -> Result<(Self, Vec<String>), Lost> {
        let connection = connect(address, side.name()).await?;
        let differences = declare::declare(&connection).await?;
        let channel = ask("opening a channel", connection.create_channel()).await?;
        let confirms = channel.confirm_select(ConfirmSelectOptions::default());
        ask("asking for confirms", confirms).await?;
        let link = Self {
            connection,
            channel,
            blocked: watch::Sender::new(false),
            broken: CancellationToken::new(),
            why: std::sync::OnceLock::new(),
        };
        Ok((link, differences))
    }

    /// Says that it cannot be used any longer; the first reason counts.
    pub fn give_up(&self, why: impl Into<String>) {
        let _ = self.why.set(why.into());
        self.broken.cancel();
    }

    pub fn is_broken(&self) -> bool {
        self.broken.is_cancelled()
    }

    pub async fn broken(&self) {
        self.broken.cancelled().await;
    }
}

/// Waits for a link that is not known to be broken. `None`: there will be none any more.
pub async fn whole(links: &mut Links) -> Option<Arc<Link>> {
    let usable = |link: &Option<Arc<Link>>| link.as_ref().is_some_and(|link| !link.is_broken());
    let found = links.wait_for(usable).await.ok()?;
    found.clone()
}

impl Keeper {
    pub fn start(side: Side, address: Address, board: Board, end: CancellationToken) -> Self {
        let (sender, links) = watch::channel(None);
        let ended = CancellationToken::new();
        board.down(side, "not connected yet".to_owned());
        let supervisor = Supervisor {
            side,
            address,
            board,
            end,
            links: sender,
        };
        let done = ended.clone().drop_guard();
        tokio::spawn(async move {
            supervisor.run().await;
            drop(done);
        });
        Self { links, ended }
    }

    pub fn links(&self) -> Links {
        self.links.clone()
    }

    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

struct Supervisor {
    side: Side,
    address: Address,
    board: Board,
    end: CancellationToken,
    links: watch::Sender<Option<Arc<Link>>>,
}

impl Supervisor {
    async fn run(self) {
        let side_seed = self.address.seed ^ self.side.name().len() as u64;
        let mut backoff = Backoff::new(side_seed);
        while !self.end.is_cancelled() {
            let made = tokio::select! {
                () = self.end.cancelled() => break,
                made = Link::open(&self.address, self.side) => made,
            };
            let why = match made {
                Ok((link, differences)) => {
                    let began = Instant::now();
                    let why = self.hold(link, differences).await;
                    backoff.lived(began.elapsed());
                    why
                }
                Err(Lost(why)) => why,
            };
            if self.end.is_cancelled() {
                break;
            }
            let wait = backoff.next_wait();
            tracing::warn!(side = self.side.name(), %why, ?wait, "no connection to the broker");
            self.board.down(self.side, why);
            tokio::select! {
                () = self.end.cancelled() => {}
                () = sleep(wait) => {}
            }
        }
        self.board.down(self.side, "closed".to_owned());
    }

    /// Offers the link until it breaks or the end comes, and says why it is gone.
    async fn hold(&self, link: Link, differences: Vec<String>) -> String {
        for difference in &differences {
            tracing::warn!(%difference, "the broker's topology differs");
        }
        let link = Arc::new(link);
        self.board.up(self.side, differences);
        tracing::info!(side = self.side.name(), "connected to the broker");
        self.links.send_replace(Some(Arc::clone(&link)));
        tokio::select! {
            () = self.watch(&link) => {}
            () = link.broken() => {}
            () = self.end.cancelled() => {}
        }
        self.links.send_replace(None);
        link.give_up("closed");
        // In an outage this fails at once; otherwise the broker learns that we leave.
        let goodbye = link.connection.close(200, "OK".into());
        let _ = timeout(GOODBYE, goodbye).await;
        link.why.get().cloned().unwrap_or_default()
    }

    /// Ends when the connection does. A connection that the broker closes sends no event: so its
    /// state is looked at too, each second, in memory.
    async fn watch(&self, link: &Link) {
        let mut events = link.connection.events_listener();
        let mut looks = interval(LOOK);
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                _ = looks.tick() => Some(Event::Connected),
            };
            match event {
                Some(Event::Error(error)) => return link.give_up(error.to_string()),
                Some(Event::ConnectionBlocked(why)) => {
                    tracing::warn!(side = self.side.name(), %why, "the broker takes no messages");
                    link.blocked.send_replace(true);
                    self.board.blocked(self.side, why);
                }
                Some(Event::ConnectionUnblocked) => {
                    link.blocked.send_replace(false);
                    self.board.unblocked(self.side);
                }
                Some(_) => {}
                None => return link.give_up("the connection ended"),
            }
            if !link.connection.status().connected() {
                return link.give_up("the broker closed the connection");
            }
        }
    }
}
