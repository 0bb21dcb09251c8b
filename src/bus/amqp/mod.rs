//! The bus over RabbitMQ 3.10 to 4.x: two connections, each kept by a supervisor of our own.
//!
//! The client library's own recovery is not used: it takes every error as one to recover from, and
//! gives up after a while. Here every error ends the connection, and all is built anew, for ever.
//! At the end of the process the library's thread may print a panic "… being shutdown"; it is
//! harmless.

mod consume;
mod declare;
mod link;
mod publish;
mod subscribe;

use std::sync::Arc;
use std::time::Duration;

use lapin::uri::AMQPUri;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::status::{Board, LinkState, Side, Status};
use super::{Queue, Unavailable};
use link::{Keeper, Links};

pub use consume::Consumer;
pub use publish::Publisher;
pub use subscribe::Subscription;

/// Seconds between two heartbeats; silence of twice as long ends the connection.
const HEARTBEAT_SECONDS: u16 = 10;

/// How long any question to the broker may take.
const ANSWER: Duration = Duration::from_secs(10);

/// Where the broker is, and who asks.
#[derive(Clone)]
pub struct Settings {
    /// `amqp://user:password@host:5672/vhost`, or `amqps:`.
    pub url: String,
    /// Shown in the broker's list of connections.
    pub name: String,
    /// For the jitter of reconnections.
    pub seed: u64,
}

/// The URL itself is not shown, because it holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the AMQP URL cannot be read: {0}. Write it like amqp://user:password@host:5672/vhost")]
pub struct BadUrl(String);

#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    address: Address,
    board: Board,
    /// Ends the batches.
    stop: CancellationToken,
    /// Ends the connections.
    end: CancellationToken,
    publishing: OnceLink,
    consuming: OnceLink,
}

type OnceLink = std::sync::OnceLock<Keeper>;

/// What every connection needs to be made.
#[derive(Clone)]
struct Address {
    uri: AMQPUri,
    name: String,
    seed: u64,
}

impl Client {
    pub fn new(settings: Settings, stop: CancellationToken) -> Result<Self, BadUrl> {
        let mut uri: AMQPUri = settings.url.parse().map_err(BadUrl)?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
        Ok(Self(Arc::new(Inner {
            address: Address {
                uri,
                name: settings.name,
                seed: settings.seed,
            },
            board: Board::new(&LinkState::Unused),
            stop,
            end: CancellationToken::new(),
            publishing: OnceLink::new(),
            consuming: OnceLink::new(),
        })))
    }

    pub fn publisher(&self) -> Publisher {
        Publisher::new(self.links(Side::Publishing), self.user())
    }

    pub fn consumer(&self, queue: Queue) -> Consumer {
        Consumer::new(queue, self.links(Side::Consuming), self.0.stop.clone())
    }

    pub async fn subscribe(&self, binding: &str) -> Result<Subscription, Unavailable> {
        Subscription::open(&self.0.address, binding).await
    }

    pub fn status(&self) -> watch::Receiver<Status> {
        self.0.board.watch()
    }

    pub async fn close(&self) {
        self.0.end.cancel();
        for keeper in [&self.0.publishing, &self.0.consuming] {
            if let Some(keeper) = keeper.get() {
                keeper.ended().await;
            }
        }
    }

    fn user(&self) -> String {
        self.0.address.uri.authority.userinfo.username.clone()
    }

    /// The connection of one side; made and kept from the first time it is asked for.
    fn links(&self, side: Side) -> Links {
        let keeper = match side {
            Side::Publishing => &self.0.publishing,
            Side::Consuming => &self.0.consuming,
        };
        let start = || {
            let inner = &self.0;
            Keeper::start(
                side,
                inner.address.clone(),
                inner.board.clone(),
                inner.end.clone(),
            )
        };
        keeper.get_or_init(start).links()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end.cancel();
    }
}
