//! What the bus does, in process and over RabbitMQ alike: one suite, told once.
//!
//! `topology.rs` and `faults.rs` hold what only a real broker can do to us. To add a rule: an async function here
//! that takes a [`Place`], and its name in the list at the end.

mod faults;
mod topology;

use std::time::Duration;

use alongside::bus::{
    Broker, Bus, Consumer, Delivery, Exchange, LinkState, MAX_BATCH, PREFETCH, Queue, Settings,
    Status, Tag,
};
use alongside::core::message::write::Message;
use futures_util::FutureExt;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::broker::VirtualHost;

/// What takes longer is stuck; a broker that begins anew on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_mins(5);

/// A broker of a test's own.
enum Place {
    Memory(Broker),
    RabbitMq(VirtualHost),
}

impl Place {
    fn memory() -> Self {
        Self::Memory(Broker::default())
    }

    fn rabbitmq() -> Self {
        Self::RabbitMq(VirtualHost::create())
    }

    fn bus(&self) -> Bus {
        self.stoppable_bus(CancellationToken::new())
    }

    fn stoppable_bus(&self, stop: CancellationToken) -> Bus {
        match self {
            Self::Memory(broker) => Bus::memory(broker, self.user(), stop),
            Self::RabbitMq(host) => bus_at(&host.url(), stop),
        }
    }

    fn user(&self) -> &'static str {
        match self {
            Self::Memory(_) => "portal",
            Self::RabbitMq(_) => "guest",
        }
    }
}

fn bus_at(url: &str, stop: CancellationToken) -> Bus {
    let settings = Settings {
        url: url.to_owned(),
        name: "test".to_owned(),
        seed: 7,
    };
    Bus::amqp(settings, stop).unwrap()
}

fn command(number: usize) -> Message {
    message(number, "alongside.step.complete")
}

fn message(number: usize, kind: &str) -> Message {
    Message {
        id: format!("m-{number}"),
        kind: kind.to_owned(),
        body: format!(r#"{{"number":{number}}}"#),
    }
}

async fn send(bus: &Bus, messages: &[Message]) {
    let publisher = bus.publisher();
    let sent = publisher.publish(Exchange::Commands, messages);
    for result in timeout(PATIENCE, sent).await.unwrap() {
        result.unwrap();
    }
}

async fn batch(consumer: &mut Consumer) -> Vec<Delivery> {
    let batch = timeout(PATIENCE, consumer.next_batch()).await;
    batch.expect("a batch comes").expect("the bus goes on")
}

/// Batches until there are that many deliveries.
async fn take(consumer: &mut Consumer, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let more = batch(consumer).await;
        assert!((1..=MAX_BATCH).contains(&more.len()));
        taken.extend(more);
    }
    taken
}

async fn status_where(bus: &Bus, wanted: impl FnMut(&Status) -> bool) -> Status {
    let mut status = bus.status();
    let found = timeout(PATIENCE, status.wait_for(wanted)).await;
    found.expect("the bus says so in time").unwrap().clone()
}

fn tags(deliveries: &[Delivery]) -> Vec<Tag> {
    deliveries.iter().map(|delivery| delivery.tag).collect()
}

fn number(body: &[u8]) -> usize {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap();
    usize::try_from(value["number"].as_u64().unwrap()).unwrap()
}

fn numbers(deliveries: &[Delivery]) -> Vec<usize> {
    let bodies = deliveries.iter().map(|delivery| &delivery.body);
    bodies.map(|body| number(body)).collect()
}

async fn what_is_sent_arrives_unchanged_with_its_sender(place: Place) {
    let bus = place.bus();
    send(&bus, &[command(1)]).await;
    let mut consumer = bus.consumer(Queue::Commands);
    let delivery = batch(&mut consumer).await.remove(0);
    assert_eq!(delivery.body, command(1).body.as_bytes());
    assert_eq!(delivery.routing_key, "alongside.step.complete");
    assert_eq!(delivery.user_id.as_deref(), Some(place.user()));
    assert_eq!(
        delivery.content_type.as_deref(),
        Some("application/cloudevents+json")
    );
    assert_eq!(delivery.content_encoding, None);
    assert_eq!(delivery.delivery_count, 0);
    assert_eq!(delivery.queue, Queue::Commands);
}

async fn batches_keep_the_order_and_have_128_at_most(place: Place) {
    let bus = place.bus();
    let messages: Vec<Message> = (0..600).map(command).collect();
    send(&bus, &messages).await;
    let mut consumer = bus.consumer(Queue::Commands);
    let mut seen = Vec::new();
    while seen.len() < 600 {
        let batch = take(&mut consumer, 1).await;
        seen.extend(numbers(&batch));
        consumer.ack(tags(&batch)).await;
    }
    assert_eq!(seen, (0..600).collect::<Vec<_>>());
}

async fn an_idle_consumer_gets_one_as_soon_as_it_comes(place: Place) {
    let bus = place.bus();
    let mut consumer = bus.consumer(Queue::Commands);
    let waiting = tokio::spawn(async move { batch(&mut consumer).await.len() });
    send(&bus, &[command(1)]).await;
    assert_eq!(timeout(PATIENCE, waiting).await.unwrap().unwrap(), 1);
}

async fn what_a_dead_consumer_held_is_delivered_again_and_counted(place: Place) {
    let (dying, living) = (place.bus(), place.bus());
    send(&living, &(0..5).map(command).collect::<Vec<_>>()).await;
    let mut consumer = dying.consumer(Queue::Commands);
    let held = take(&mut consumer, 5).await;
    consumer.ack([held[0].tag, held[2].tag]).await;
    drop(consumer);
    dying.close().await;

    let mut other = living.consumer(Queue::Commands);
    let again = take(&mut other, 3).await;
    assert_eq!(numbers(&again), [1, 3, 4]);
    assert!(again.iter().all(|delivery| delivery.delivery_count == 1));
    other.ack(tags(&again)).await;
    other.let_go().await;
    send(&living, &[command(9)]).await;
    assert_eq!(
        numbers(&batch(&mut other).await),
        [9],
        "nothing acknowledged comes again"
    );
}

async fn what_a_dropped_consumer_held_goes_to_another_of_the_same_bus(place: Place) {
    let bus = place.bus();
    send(&bus, &(0..5).map(command).collect::<Vec<_>>()).await;
    let mut consumer = bus.consumer(Queue::Commands);
    take(&mut consumer, 5).await;
    drop(consumer);
    let mut other = bus.consumer(Queue::Commands);
    assert_eq!(numbers(&take(&mut other, 5).await), [0, 1, 2, 3, 4]);
}

async fn waiting_for_a_batch_can_be_given_up_and_nothing_is_lost_by_it(place: Place) {
    let bus = place.bus();
    let mut consumer = bus.consumer(Queue::Commands);
    for number in 0..50 {
        assert_eq!(consumer.next_batch().now_or_never(), None);
        send(&bus, &[command(number)]).await;
        let delivery = batch(&mut consumer).await;
        assert_eq!(numbers(&delivery), [number]);
        consumer.ack(tags(&delivery)).await;
    }
}

async fn what_is_let_go_comes_again_and_the_old_tags_are_stale(place: Place) {
    let bus = place.bus();
    send(&bus, &[command(1)]).await;
    let mut consumer = bus.consumer(Queue::Commands);
    let first = batch(&mut consumer).await;
    consumer.let_go().await;
    let second = batch(&mut consumer).await;
    assert_eq!(second[0].delivery_count, 1);
    consumer.ack(tags(&first)).await;
    consumer.let_go().await;
    let third = batch(&mut consumer).await;
    assert_eq!((numbers(&third), third[0].delivery_count), (vec![1], 2));
}

async fn a_consumer_holds_256_and_no_more(place: Place) {
    let bus = place.bus();
    send(&bus, &(0..300).map(command).collect::<Vec<_>>()).await;
    let mut consumer = bus.consumer(Queue::Commands);
    let held = take(&mut consumer, PREFETCH.into()).await;
    assert_eq!(held.len(), usize::from(PREFETCH));
    let more = timeout(Duration::from_millis(300), consumer.next_batch());
    assert!(more.await.is_err(), "a 257th came");
    consumer.ack(tags(&held)).await;
    assert_eq!(take(&mut consumer, 44).await.len(), 44);
}

async fn two_consumers_share_the_work(place: Place) {
    let (left, right) = (place.bus(), place.bus());
    send(&left, &(0..500).map(command).collect::<Vec<_>>()).await;
    let (mut one, mut two) = (
        left.consumer(Queue::Commands),
        right.consumer(Queue::Commands),
    );
    let mut seen = Vec::new();
    while seen.len() < 500 {
        let (consumer, batch) = tokio::select! {
            batch = one.next_batch() => (&mut one, batch.unwrap()),
            batch = two.next_batch() => (&mut two, batch.unwrap()),
        };
        seen.extend(numbers(&batch));
        consumer.ack(tags(&batch)).await;
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..500).collect::<Vec<_>>());
}

async fn what_leads_nowhere_is_kept_as_unrouted(place: Place) {
    let bus = place.bus();
    send(&bus, &[message(1, "order.created")]).await;
    let mut unrouted = bus.consumer(Queue::Unrouted);
    let delivery = batch(&mut unrouted).await.remove(0);
    assert_eq!(delivery.routing_key, "order.created");
    assert_eq!(delivery.queue, Queue::Unrouted);
    assert_eq!(delivery.user_id.as_deref(), Some(place.user()));
}

async fn what_comes_round_200_times_is_given_up_and_kept_as_dead(place: Place) {
    let bus = place.bus();
    send(&bus, &[command(1)]).await;
    let mut consumer = bus.consumer(Queue::Commands);
    for count in 0..=200 {
        assert_eq!(batch(&mut consumer).await[0].delivery_count, count);
        consumer.let_go().await;
    }
    let mut dead = bus.consumer(Queue::Dead);
    assert_eq!(numbers(&batch(&mut dead).await), [1]);
}

async fn an_event_goes_to_everybody_who_bound_it(place: Place) {
    let bus = place.bus();
    let mut all = bus.subscribe("#").await.unwrap();
    let mut steps = bus.subscribe("alongside.step.*").await.unwrap();
    let events = [
        message(1, "alongside.run.started"),
        message(2, "alongside.step.completed"),
    ];
    let sent = bus.publisher().publish(Exchange::Events, &events).await;
    assert_eq!(sent, [Ok(()), Ok(())]);
    assert_eq!(all.next().await.as_ref(), Some(&events[0]));
    assert_eq!(all.next().await.as_ref(), Some(&events[1]));
    assert_eq!(steps.next().await.as_ref(), Some(&events[1]));
}

async fn an_event_that_nobody_bound_is_no_fault(place: Place) {
    let bus = place.bus();
    let events: Vec<Message> = (0..600).map(|n| message(n, "alongside.told.x")).collect();
    let sent = bus.publisher().publish(Exchange::Events, &events).await;
    assert_eq!(sent.len(), 600);
    assert!(sent.iter().all(Result::is_ok));
}

async fn a_stop_ends_the_batches_and_what_is_in_hand_can_be_acknowledged(place: Place) {
    let stop = CancellationToken::new();
    let bus = place.stoppable_bus(stop.clone());
    send(&bus, &[command(1), command(2)]).await;
    let mut consumer = bus.consumer(Queue::Commands);
    let held = take(&mut consumer, 2).await;
    stop.cancel();
    assert_eq!(timeout(PATIENCE, consumer.next_batch()).await, Ok(None));
    consumer.ack(tags(&held)).await;
    drop(consumer);
    bus.close().await;

    let next = place.bus();
    send(&next, &[command(3)]).await;
    let mut consumer = next.consumer(Queue::Commands);
    assert_eq!(numbers(&batch(&mut consumer).await), [3]);
}

async fn a_working_bus_is_ready_and_nothing_differs(place: Place) {
    let bus = place.bus();
    let (_publisher, _consumer) = (bus.publisher(), bus.consumer(Queue::Commands));
    let up =
        |status: &Status| status.publishing == LinkState::Up && status.consuming == LinkState::Up;
    let status = status_where(&bus, up).await;
    assert!(status.is_ready());
    assert_eq!(status.differences, Vec::<String>::new());
}

macro_rules! on_both {
    ($($rule:ident,)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $rule() {
                super::$rule(super::Place::memory()).await;
            })*
        }
        mod rabbitmq {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                super::$rule(super::Place::rabbitmq()).await;
            })*
        }
    };
}

on_both! {
    what_is_sent_arrives_unchanged_with_its_sender,
    batches_keep_the_order_and_have_128_at_most,
    an_idle_consumer_gets_one_as_soon_as_it_comes,
    what_a_dead_consumer_held_is_delivered_again_and_counted,
    what_a_dropped_consumer_held_goes_to_another_of_the_same_bus,
    waiting_for_a_batch_can_be_given_up_and_nothing_is_lost_by_it,
    what_is_let_go_comes_again_and_the_old_tags_are_stale,
    a_consumer_holds_256_and_no_more,
    two_consumers_share_the_work,
    what_leads_nowhere_is_kept_as_unrouted,
    what_comes_round_200_times_is_given_up_and_kept_as_dead,
    an_event_goes_to_everybody_who_bound_it,
    an_event_that_nobody_bound_is_no_fault,
    a_stop_ends_the_batches_and_what_is_in_hand_can_be_acknowledged,
    a_working_bus_is_ready_and_nothing_differs,
}
