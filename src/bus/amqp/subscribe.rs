//! Sees events as a portal does: a queue of its own, gone with its connection.
//!
//! For whoever waits for an answer at the command line, and for tests. Not supervised on purpose:
//! what is missed while a connection is down could not be told from what did not happen.

use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Connection};

use super::link::{Lost, ask, connect};
use super::{Address, declare};
use crate::bus::{Exchange, Unavailable};
use crate::core::message::write::Message;

pub struct Subscription {
    stream: lapin::Consumer,
    // Held, because dropping them ends the stream.
    _channel: Channel,
    _connection: Connection,
}

impl Subscription {
    pub(super) async fn open(address: &Address, binding: &str) -> Result<Self, Unavailable> {
        let opened = Self::try_open(address, binding).await;
        opened.map_err(|Lost(why)| Unavailable(why))
    }

    async fn try_open(address: &Address, binding: &str) -> Result<Self, Lost> {
        let key = ShortString::try_new(binding).map_err(|error| Lost(error.to_string()))?;
        let connection = connect(address, "subscription").await?;
        declare::declare(&connection).await?;
        let channel = ask("opening a channel", connection.create_channel()).await?;
        let own = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..Default::default()
        };
        let declared = channel.queue_declare(ShortString::default(), own, FieldTable::default());
        let queue = ask("declaring a queue", declared).await?.name().clone();
        let bound = channel.queue_bind(
            queue.clone(),
            Exchange::Events.name().into(),
            key,
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        ask("binding", bound).await?;
        let options = BasicConsumeOptions {
            no_ack: true,
            exclusive: true,
            ..Default::default()
        };
        let consuming = channel.basic_consume(
            queue,
            ShortString::default(),
            options,
            FieldTable::default(),
        );
        Ok(Self {
            stream: ask("consuming", consuming).await?,
            _channel: channel,
            _connection: connection,
        })
    }

    pub async fn next(&mut self) -> Option<Message> {
        let incoming = self.stream.next().await?.ok()?;
        let id = incoming.properties.message_id().as_ref();
        Some(Message {
            id: id.map(ToString::to_string).unwrap_or_default(),
            kind: incoming.routing_key.to_string(),
            body: String::from_utf8_lossy(&incoming.data).into_owned(),
        })
    }
}
