//! The bus in this process: the same routing, prefetch, redelivery and fan-out, without a broker.
//!
//! Nothing here outlives the process: what is on its way is in the outbox of the database, or
//! was never accepted. Confirms are at once, so a message is never in doubt.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::status::{Board, LinkState, Status};
use super::topology::{BINDINGS, DELIVERY_LIMIT, Exchange, Queue, fits};
use super::{Delivery, MAX_BATCH, PREFETCH, Tag, Unknown};
use crate::core::message::CONTENT_TYPE;
use crate::core::message::write::Message;

/// The queues themselves. Clones are the same broker.
#[derive(Clone, Default)]
pub struct Broker(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    /// One for each of [`Queue::ALL`].
    arrivals: [Notify; 3],
}

#[derive(Default)]
struct State {
    waiting: [VecDeque<Item>; 3],
    subscribers: Vec<(String, mpsc::UnboundedSender<Message>)>,
    next_number: u64,
}

#[derive(Clone)]
struct Item {
    body: Vec<u8>,
    routing_key: String,
    user_id: String,
    delivery_count: u64,
}

#[derive(Clone)]
pub struct Client {
    broker: Broker,
    user: String,
    stop: CancellationToken,
    board: Board,
}

#[derive(Clone)]
pub struct Publisher {
    broker: Broker,
    user: String,
}

pub struct Consumer {
    broker: Broker,
    queue: Queue,
    stop: CancellationToken,
    /// By number, so in the order of their delivery.
    held: BTreeMap<u64, Item>,
}

pub struct Subscription(mpsc::UnboundedReceiver<Message>);

impl Client {
    pub fn new(broker: Broker, user: String, stop: CancellationToken) -> Self {
        Self {
            broker,
            user,
            stop,
            board: Board::new(&LinkState::Up),
        }
    }

    pub fn publisher(&self) -> Publisher {
        Publisher {
            broker: self.broker.clone(),
            user: self.user.clone(),
        }
    }

    pub fn consumer(&self, queue: Queue) -> Consumer {
        Consumer {
            broker: self.broker.clone(),
            queue,
            stop: self.stop.clone(),
            held: BTreeMap::new(),
        }
    }

    pub fn subscribe(&self, binding: &str) -> Subscription {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut state = self.broker.lock();
        state.subscribers.push((binding.to_owned(), sender));
        Subscription(receiver)
    }

    pub fn status(&self) -> watch::Receiver<Status> {
        self.board.watch()
    }
}

impl Broker {
    /// A panic elsewhere cannot leave the queues half changed: each change is one call.
    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    fn arrival(&self, queue: Queue) -> &Notify {
        &self.0.arrivals[place(queue)]
    }

    fn take(&self, queue: Queue, most: usize) -> Vec<(u64, Item)> {
        let mut state = self.lock();
        let count = state.waiting[place(queue)].len().min(most);
        let items: Vec<Item> = state.waiting[place(queue)].drain(..count).collect();
        let first = state.next_number;
        state.next_number += count as u64;
        if !state.waiting[place(queue)].is_empty() {
            self.arrival(queue).notify_one();
        }
        (first..).zip(items).collect()
    }

    /// To the head, in the old order; given up after too many deliveries.
    fn give_back(&self, queue: Queue, items: Vec<Item>) {
        let mut state = self.lock();
        for mut item in items.into_iter().rev() {
            item.delivery_count += 1;
            if queue == Queue::Commands && item.delivery_count > DELIVERY_LIMIT.unsigned_abs() {
                item.delivery_count = 0;
                state.waiting[place(Queue::Dead)].push_back(item);
                self.arrival(Queue::Dead).notify_one();
            } else {
                state.waiting[place(queue)].push_front(item);
                self.arrival(queue).notify_one();
            }
        }
    }
}

impl Publisher {
    pub fn publish(&self, exchange: Exchange, messages: &[Message]) -> Vec<Result<(), Unknown>> {
        let mut state = self.broker.lock();
        for message in messages {
            match exchange {
                Exchange::Commands => self.send(&mut state, message),
                Exchange::Events => state.tell(message),
            }
        }
        vec![Ok(()); messages.len()]
    }

    fn send(&self, state: &mut State, message: &Message) {
        let bound = BINDINGS.iter().any(|binding| {
            binding.exchange == "alongside.commands" && fits(binding.key, &message.kind)
        });
        let queue = if bound {
            Queue::Commands
        } else {
            Queue::Unrouted
        };
        state.waiting[place(queue)].push_back(Item {
            body: message.body.clone().into_bytes(),
            routing_key: message.kind.clone(),
            user_id: self.user.clone(),
            delivery_count: 0,
        });
        self.broker.arrival(queue).notify_one();
    }
}

impl State {
    fn tell(&mut self, message: &Message) {
        self.subscribers.retain(|(binding, subscriber)| {
            !subscriber.is_closed()
                && (!fits(binding, &message.kind) || subscriber.send(message.clone()).is_ok())
        });
    }
}

impl Consumer {
    pub async fn next_batch(&mut self) -> Option<Vec<Delivery>> {
        loop {
            if self.stop.is_cancelled() {
                return None;
            }
            let room = usize::from(PREFETCH).saturating_sub(self.held.len());
            let taken = self.broker.take(self.queue, room.min(MAX_BATCH));
            if !taken.is_empty() {
                let hold = |(number, item)| self.hold(number, item);
                return Some(taken.into_iter().map(hold).collect());
            }
            tokio::select! {
                () = self.stop.cancelled() => return None,
                () = self.broker.arrival(self.queue).notified(), if room > 0 => {}
            }
        }
    }

    fn hold(&mut self, number: u64, item: Item) -> Delivery {
        self.held.insert(number, item.clone());
        Delivery {
            body: item.body,
            routing_key: item.routing_key,
            user_id: Some(item.user_id),
            content_type: Some(CONTENT_TYPE.to_owned()),
            content_encoding: None,
            delivery_count: item.delivery_count,
            queue: self.queue,
            tag: Tag { epoch: 0, number },
        }
    }

    pub fn ack(&mut self, tags: impl IntoIterator<Item = Tag>) {
        for tag in tags {
            self.held.remove(&tag.number);
        }
    }

    pub fn let_go(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.broker
            .give_back(self.queue, held.into_values().collect());
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl Subscription {
    pub async fn next(&mut self) -> Option<Message> {
        self.0.recv().await
    }
}

fn place(queue: Queue) -> usize {
    match queue {
        Queue::Commands => 0,
        Queue::Dead => 1,
        Queue::Unrouted => 2,
    }
}
