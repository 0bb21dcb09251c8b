//! The bus: commands come in, events and answers go out, in this process or over RabbitMQ.
//!
//! It carries bytes and knows no command. Two kinds behind one face, chosen by a URL; one suite of
//! tests says what both do. Nothing goes back to the broker on purpose: what cannot be applied is
//! kept in the database by the caller, and acknowledged. So there is no `nack` here.

mod amqp;
mod backoff;
mod memory;
mod status;
pub mod topology;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::core::message::write::Message;

pub use amqp::{BadUrl, Settings};
pub use memory::Broker;
pub use status::{LinkState, Status};
pub use topology::{Exchange, Queue};

/// Most deliveries in one batch.
pub const MAX_BATCH: usize = 128;
/// Most deliveries that one consumer holds unacknowledged.
pub const PREFETCH: u16 = 256;

/// One entrance to a broker. Connects by itself when a publisher or a consumer is asked for.
#[derive(Clone)]
pub enum Bus {
    Memory(memory::Client),
    Amqp(amqp::Client),
}

/// What a consumer got, unchanged and unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub body: Vec<u8>,
    pub routing_key: String,
    /// The broker user that sent it, as the broker has checked.
    pub user_id: Option<String>,
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    /// How often it was delivered before without being acknowledged.
    pub delivery_count: u64,
    pub queue: Queue,
    pub tag: Tag,
}

/// Names a delivery to the consumer that got it. One from before a reconnection is stale:
/// acknowledging it does nothing, and the broker delivers the message again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    epoch: u64,
    number: u64,
}

/// It is not known whether the broker has the message: publish the same one again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not confirmed: {0}")]
pub struct Unknown(pub String);

/// The broker cannot be reached now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the broker cannot be reached: {0}")]
pub struct Unavailable(pub String);

/// Sends messages. Cheap to clone; several may publish at the same time.
#[derive(Clone)]
pub enum Publisher {
    Memory(memory::Publisher),
    Amqp(amqp::Publisher),
}

/// Takes deliveries from one queue. What it holds unacknowledged when it is dropped is delivered
/// to another one.
pub enum Consumer {
    Memory(memory::Consumer),
    Amqp(Box<amqp::Consumer>),
}

/// Sees the events of one binding from now on, as a portal with a queue of its own does.
pub enum Subscription {
    Memory(memory::Subscription),
    Amqp(Box<amqp::Subscription>),
}

impl Bus {
    /// The bus in this process, as seen by one user of the broker.
    pub fn memory(broker: &Broker, user: &str, stop: CancellationToken) -> Self {
        Self::Memory(memory::Client::new(broker.clone(), user.to_owned(), stop))
    }

    /// The bus over RabbitMQ. `stop` ends the batches; connections stay until [`Bus::close`], so
    /// that what is in hand can still be acknowledged.
    pub fn amqp(settings: Settings, stop: CancellationToken) -> Result<Self, BadUrl> {
        Ok(Self::Amqp(amqp::Client::new(settings, stop)?))
    }

    pub fn publisher(&self) -> Publisher {
        match self {
            Self::Memory(client) => Publisher::Memory(client.publisher()),
            Self::Amqp(client) => Publisher::Amqp(client.publisher()),
        }
    }

    pub fn consumer(&self, queue: Queue) -> Consumer {
        match self {
            Self::Memory(client) => Consumer::Memory(client.consumer(queue)),
            Self::Amqp(client) => Consumer::Amqp(Box::new(client.consumer(queue))),
        }
    }

    /// Events from now on whose routing key fits `binding` (`alongside.step.*`, `#`). Not
    /// rebuilt when the connection is lost: it ends.
    pub async fn subscribe(&self, binding: &str) -> Result<Subscription, Unavailable> {
        match self {
            Self::Memory(client) => Ok(Subscription::Memory(client.subscribe(binding))),
            Self::Amqp(client) => {
                let subscription = client.subscribe(binding).await?;
                Ok(Subscription::Amqp(Box::new(subscription)))
            }
        }
    }

    /// How the connections stand, and what differs on the broker from what was asked for.
    pub fn status(&self) -> watch::Receiver<Status> {
        match self {
            Self::Memory(client) => client.status(),
            Self::Amqp(client) => client.status(),
        }
    }

    /// Closes the connections, within a few seconds. What is unacknowledged goes back.
    pub async fn close(&self) {
        match self {
            Self::Memory(_) => {}
            Self::Amqp(client) => client.close().await,
        }
    }
}

impl Publisher {
    /// Publishes all of them, persistent, and waits until the broker has each. The result has the
    /// order of `messages`. Waits at most 30 seconds for each, also while there is no connection.
    pub async fn publish(
        &self,
        exchange: Exchange,
        messages: &[Message],
    ) -> Vec<Result<(), Unknown>> {
        match self {
            Self::Memory(publisher) => publisher.publish(exchange, messages),
            Self::Amqp(publisher) => publisher.publish(exchange, messages).await,
        }
    }
}

impl Consumer {
    /// Whatever waits, at most [`MAX_BATCH`] and never nothing; without a connection it waits for
    /// one. `None`: the bus is stopping. May be dropped while it waits; nothing is lost by it.
    ///
    /// While the caller holds [`PREFETCH`] deliveries, it waits for an acknowledgement: hold a
    /// batch and try again where the database is down, rather than let it go around.
    pub async fn next_batch(&mut self) -> Option<Vec<Delivery>> {
        match self {
            Self::Memory(consumer) => consumer.next_batch().await,
            Self::Amqp(consumer) => consumer.next_batch().await,
        }
    }

    /// Tells the broker that these are taken care of, in any order and any part of a batch. If it
    /// does not get there, they are delivered again. Must not be dropped while it waits.
    pub async fn ack(&mut self, tags: impl IntoIterator<Item = Tag>) {
        match self {
            Self::Memory(consumer) => consumer.ack(tags),
            Self::Amqp(consumer) => consumer.ack(tags).await,
        }
    }

    /// Gives back all that is unacknowledged, and stops consuming until the next batch is asked
    /// for. Counts as one delivery of each.
    pub async fn let_go(&mut self) {
        match self {
            Self::Memory(consumer) => consumer.let_go(),
            Self::Amqp(consumer) => consumer.let_go().await,
        }
    }
}

impl Subscription {
    /// `None`: the connection was lost, or the bus is gone.
    pub async fn next(&mut self) -> Option<Message> {
        match self {
            Self::Memory(subscription) => subscription.next().await,
            Self::Amqp(subscription) => subscription.next().await,
        }
    }
}
