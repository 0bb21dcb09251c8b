//! Publishing with confirms, pipelined: up to 256 messages are on their way at once.
//!
//! Never `mandatory`: with pipelined confirms the client library can then take a returned message
//! for a good one. Nack, error and silence all mean the same: unknown, publish it again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use lapin::options::BasicPublishOptions;
use lapin::types::ShortString;
use lapin::{BasicProperties, Confirmation, PublisherConfirm};
use tokio::time::{Instant, timeout_at};

use super::link::{Link, Links, whole};
use crate::bus::{Exchange, Unknown};
use crate::core::message::CONTENT_TYPE;
use crate::core::message::write::Message;

const WINDOW: usize = 256;
const PATIENCE: Duration = Duration::from_secs(30);
const PERSISTENT: u8 = 2;

#[derive(Clone)]
pub struct Publisher {
    links: Links,
    user: String,
}

/// A message on its way: its place among the results, and until when it may take.
struct Sent {
    place: usize,
    until: Instant,
    confirm: PublisherConfirm,
}

impl Publisher {
    pub fn new(links: Links, user: String) -> Self {
        Self { links, user }
    }

    pub async fn publish(
        &self,
        exchange: Exchange,
        messages: &[Message],
    ) -> Vec<Result<(), Unknown>> {
        let until = Instant::now() + PATIENCE;
        let mut links = self.links.clone();
        match timeout_at(until, open_link(&mut links)).await {
            Ok(Some(link)) => self.send_all(&link, exchange, messages).await,
            Ok(None) => vec![Err(Unknown("the bus is closed".to_owned())); messages.len()],
            Err(_) => {
                let why = "no connection, or the broker takes no messages".to_owned();
                vec![Err(Unknown(why)); messages.len()]
            }
        }
    }

    async fn send_all(
        &self,
        link: &Link,
        exchange: Exchange,
        messages: &[Message],
    ) -> Vec<Result<(), Unknown>> {
        let mut results = vec![Ok(()); messages.len()];
        let mut window: VecDeque<Sent> = VecDeque::new();
        for (place, message) in messages.iter().enumerate() {
            if window.len() == WINDOW
                && let Some(sent) = window.pop_front()
            {
                let place = sent.place;
                results[place] = settle(link, sent).await;
            }
            let until = Instant::now() + PATIENCE;
            match self.send(link, exchange, message, until).await {
                Ok(confirm) => window.push_back(Sent {
                    place,
                    until,
                    confirm,
                }),
                Err(unknown) => results[place] = Err(unknown),
            }
        }
        for sent in window {
            let place = sent.place;
            results[place] = settle(link, sent).await;
        }
        results
    }

    async fn send(
        &self,
        link: &Link,
        exchange: Exchange,
        message: &Message,
        until: Instant,
    ) -> Result<PublisherConfirm, Unknown> {
        if link.is_broken() {
            return Err(Unknown("the connection was lost".to_owned()));
        }
        let key = short(&message.kind)?;
        let properties = BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_delivery_mode(PERSISTENT)
            .with_message_id(short(&message.id)?)
            .with_type(key.clone())
            .with_app_id("alongside".into())
            .with_user_id(short(&self.user)?);
        let sending = link.channel.basic_publish(
            exchange.name().into(),
            key,
            BasicPublishOptions::default(),
            message.body.as_bytes(),
            properties,
        );
        match timeout_at(until, sending).await {
            Ok(Ok(confirm)) => Ok(confirm),
            Ok(Err(error)) => Err(lose(link, &error.to_string())),
            Err(_) => Err(lose(link, "the broker took no message in time")),
        }
    }
}

/// A link that takes messages.
async fn open_link(links: &mut Links) -> Option<Arc<Link>> {
    loop {
        let link = whole(links).await?;
        let mut blocked = link.blocked.subscribe();
        let open = async { blocked.wait_for(|blocked| !blocked).await.is_ok() };
        tokio::select! {
            true = open => return Some(link),
            () = link.broken() => {}
        }
    }
}

async fn settle(link: &Link, sent: Sent) -> Result<(), Unknown> {
    match timeout_at(sent.until, sent.confirm).await {
        Ok(Ok(Confirmation::Ack(_))) => Ok(()),
        Ok(Ok(Confirmation::Nack(_))) => Err(Unknown("the broker refused it".to_owned())),
        Ok(Ok(Confirmation::NotRequested)) => Err(lose(link, "the channel has no confirms")),
        Ok(Err(error)) => Err(lose(link, &error.to_string())),
        Err(_) => Err(lose(link, "no confirm in time")),
    }
}

/// After an error or silence nothing on this connection can be trusted to be in step.
fn lose(link: &Link, why: &str) -> Unknown {
    link.give_up(why);
    Unknown(why.to_owned())
}

fn short(text: &str) -> Result<ShortString, Unknown> {
    ShortString::try_new(text).map_err(|_| {
        let shown: String = text.chars().take(60).collect();
        Unknown(format!(
            "`{shown}…` is longer than the 255 bytes that AMQP allows"
        ))
    })
}
