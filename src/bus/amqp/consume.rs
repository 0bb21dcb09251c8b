//! Consuming one queue: prefetch 256, batches of whatever waits, acknowledgements in multiples.
//!
//! A stream that ends is a failure, not an end: the broker has cancelled us or is gone, and all is
//! built anew. A delivery of an old channel is stale, and its acknowledgement is left out: the
//! broker delivers it again, and the inbox knows it.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use lapin::Channel;
use lapin::message::Delivery as Incoming;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::link::{Link, Links, Lost, ask, whole};
use crate::bus::{Delivery, MAX_BATCH, PREFETCH, Queue, Tag};

pub struct Consumer {
    queue: Queue,
    links: Links,
    stop: CancellationToken,
    epoch: u64,
    current: Option<Current>,
    /// A channel in the making. A task of its own, because one that is given up half made would
    /// stay open and hold messages.
    opening: Option<JoinHandle<Result<Current, Lost>>>,
}

/// One channel that consumes; it is closed when this is dropped, and all unacknowledged goes back.
struct Current {
    link: Arc<Link>,
    /// Gone once it is being closed.
    channel: Option<Channel>,
    stream: lapin::Consumer,
    unacked: BTreeSet<u64>,
}

impl Consumer {
    pub fn new(queue: Queue, links: Links, stop: CancellationToken) -> Self {
        Self {
            queue,
            links,
            stop,
            epoch: 0,
            current: None,
            opening: None,
        }
    }

    pub async fn next_batch(&mut self) -> Option<Vec<Delivery>> {
        let stop = self.stop.clone();
        let first = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            first = self.first() => first?,
        };
        let mut batch = vec![first];
        while batch.len() < MAX_BATCH
            && let Some(next) = self.waiting()
        {
            batch.push(next);
        }
        Some(batch)
    }

    /// Waits for one delivery, over as many connections as it takes.
    async fn first(&mut self) -> Option<Delivery> {
        loop {
            if self.current.is_none() {
                self.open().await?;
                continue;
            }
            let current = self.current.as_mut()?;
            let next = tokio::select! {
                next = current.stream.next() => next,
                () = current.link.broken() => None,
            };
            if let Some(delivery) = self.take(next) {
                return Some(delivery);
            }
        }
    }

    /// Opens a channel on a whole link, or goes on opening one. May be dropped while it waits.
    async fn open(&mut self) -> Option<()> {
        if self.opening.is_none() {
            let link = whole(&mut self.links).await?;
            self.opening = Some(tokio::spawn(Current::open(link, self.queue)));
        }
        let opened = self.opening.as_mut()?.await;
        self.opening = None;
        if let Ok(Ok(current)) = opened {
            self.epoch += 1;
            self.current = Some(current);
        }
        Some(())
    }

    /// A delivery that has come already.
    fn waiting(&mut self) -> Option<Delivery> {
        let next = self.current.as_mut()?.stream.next().now_or_never()?;
        self.take(next)
    }

    fn take(&mut self, next: Option<lapin::Result<Incoming>>) -> Option<Delivery> {
        let current = self.current.as_mut()?;
        let why = match next {
            Some(Ok(incoming)) => {
                current.unacked.insert(incoming.delivery_tag);
                return Some(read(incoming, self.queue, self.epoch));
            }
            Some(Err(error)) => error.to_string(),
            None => "the broker cancelled the consumer".to_owned(),
        };
        current
            .link
            .give_up(format!("{}: {why}", self.queue.name()));
        self.current = None;
        None
    }

    pub async fn ack(&mut self, tags: impl IntoIterator<Item = Tag>) {
        let epoch = self.epoch;
        let Some(current) = &mut self.current else {
            return;
        };
        let Some(channel) = &current.channel else {
            return;
        };
        let numbers = tags.into_iter().filter(|tag| tag.epoch == epoch);
        let acks = plan(&mut current.unacked, numbers.map(|tag| tag.number));
        for (number, multiple) in acks {
            let acked = channel.basic_ack(number, BasicAckOptions { multiple });
            if let Err(Lost(why)) = ask("acknowledging", acked).await {
                current.link.give_up(why);
                return;
            }
        }
    }

    pub async fn let_go(&mut self) {
        if let Some(mut current) = self.current.take() {
            current.close().await;
        }
    }
}

impl Current {
    /// What goes wrong here breaks the link: it is the same for every queue.
    async fn open(link: Arc<Link>, queue: Queue) -> Result<Self, Lost> {
        let opened = Self::try_open(Arc::clone(&link), queue).await;
        if let Err(Lost(why)) = &opened {
            link.give_up(format!("{}: {why}", queue.name()));
        }
        opened
    }

    async fn try_open(link: Arc<Link>, queue: Queue) -> Result<Self, Lost> {
        let channel = ask("opening a channel", link.connection.create_channel()).await?;
        let qos = channel.basic_qos(PREFETCH, BasicQosOptions::default());
        ask("prefetch", qos).await?;
        let consuming = channel.basic_consume(
            queue.name().into(),
            ShortString::default(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let stream = ask("consuming", consuming).await?;
        Ok(Self {
            link,
            channel: Some(channel),
            stream,
            unacked: BTreeSet::new(),
        })
    }

    async fn close(&mut self) {
        if let Some(channel) = self.channel.take() {
            close(Arc::clone(&self.link), channel).await;
        }
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        if let (Some(channel), Ok(runtime)) = (self.channel.take(), Handle::try_current())
            && !self.link.is_broken()
        {
            runtime.spawn(close(Arc::clone(&self.link), channel));
        }
    }
}

async fn close(link: Arc<Link>, channel: Channel) {
    let closing = channel.close(200, "OK".into());
    if let Err(Lost(why)) = ask("closing a channel", closing).await {
        link.give_up(why);
    }
}

/// Which acknowledgements to send: one for all up to the first that is not done, and single ones
/// beyond it. What is not in hand (any more) is left out, because the broker would close the channel.
fn plan(unacked: &mut BTreeSet<u64>, done: impl Iterator<Item = u64>) -> Vec<(u64, bool)> {
    let done: BTreeSet<u64> = done.filter(|number| unacked.remove(number)).collect();
    let open = unacked.first().copied().unwrap_or(u64::MAX);
    let up_to = done.range(..open).next_back().copied();
    let beyond = done.range(open..).map(|number| (*number, false));
    up_to
        .map(|number| (number, true))
        .into_iter()
        .chain(beyond)
        .collect()
}

fn read(incoming: Incoming, queue: Queue, epoch: u64) -> Delivery {
    let properties = &incoming.properties;
    let text = |value: &Option<ShortString>| value.as_ref().map(ToString::to_string);
    Delivery {
        routing_key: incoming.routing_key.to_string(),
        user_id: text(properties.user_id()),
        content_type: text(properties.content_type()),
        content_encoding: text(properties.content_encoding()),
        delivery_count: delivery_count(properties.headers().as_ref()),
        queue,
        tag: Tag {
            epoch,
            number: incoming.delivery_tag,
        },
        body: incoming.data,
    }
}

/// The quorum queue's own count; absent the first time. Its width differs between versions.
fn delivery_count(headers: Option<&FieldTable>) -> u64 {
    let value = headers.and_then(|headers| headers.inner().get("x-delivery-count"));
    match value {
        Some(AMQPValue::LongLongInt(count)) => u64::try_from(*count).unwrap_or(0),
        Some(AMQPValue::LongInt(count)) => u64::try_from(*count).unwrap_or(0),
        Some(AMQPValue::ShortInt(count)) => u64::try_from(*count).unwrap_or(0),
        Some(AMQPValue::ShortShortInt(count)) => u64::try_from(*count).unwrap_or(0),
        Some(AMQPValue::LongUInt(count)) => u64::from(*count),
        Some(AMQPValue::ShortUInt(count)) => u64::from(*count),
        Some(AMQPValue::ShortShortUInt(count)) => u64::from(*count),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(unacked: &[u64], done: &[u64]) -> (Vec<(u64, bool)>, Vec<u64>) {
        let mut unacked = unacked.iter().copied().collect();
        let acks = plan(&mut unacked, done.iter().copied());
        (acks, unacked.into_iter().collect())
    }

    #[test]
    fn a_whole_batch_is_one_acknowledgement() {
        assert_eq!(planned(&[4, 5, 6], &[4, 5, 6]), (vec![(6, true)], vec![]));
    }

    #[test]
    fn nothing_is_acknowledged_over_an_open_one() {
        let (acks, left) = planned(&[1, 2, 3, 4, 5], &[1, 2, 4, 5]);
        assert_eq!(acks, vec![(2, true), (4, false), (5, false)]);
        assert_eq!(left, vec![3]);
    }

    #[test]
    fn what_was_acknowledged_before_is_left_out() {
        assert_eq!(planned(&[2], &[1]), (vec![], vec![2]));
        assert_eq!(planned(&[2, 3], &[1, 3]), (vec![(3, false)], vec![2]));
    }

    #[test]
    fn the_delivery_count_is_read_at_any_width() {
        let header = |value| {
            let mut table = FieldTable::default();
            table.insert("x-delivery-count".into(), value);
            delivery_count(Some(&table))
        };
        assert_eq!(delivery_count(None), 0);
        assert_eq!(header(AMQPValue::LongLongInt(3)), 3);
        assert_eq!(header(AMQPValue::ShortShortUInt(3)), 3);
        assert_eq!(header(AMQPValue::LongString("3".into())), 0);
    }
}
