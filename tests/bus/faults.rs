//! Brokers that are stopped, killed, full or rude: nothing is lost, some of it comes twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alongside::bus::{Bus, Exchange, LinkState, Queue};
use alongside::core::message::write::Message;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{batch, bus_at, command, numbers, send, status_where, tags};
use crate::support::broker::VirtualHost;
use crate::support::own_server::{Kind, OwnServer};

/// Publishes until the broker has each: what is in doubt is published again.
async fn send_surely(bus: &Bus, messages: Vec<Message>) {
    let publisher = bus.publisher();
    let mut left = messages;
    while !left.is_empty() {
        let results = publisher.publish(Exchange::Commands, &left).await;
        let mut results = results.into_iter();
        left.retain(|_| results.next().is_some_and(|result| result.is_err()));
    }
}

/// Consumes until all are seen, and says how many came.
async fn receive_all(bus: &Bus, count: usize) -> usize {
    let mut consumer = bus.consumer(Queue::Commands);
    let (mut seen, mut deliveries) = (BTreeSet::new(), 0);
    while seen.len() < count {
        let batch = batch(&mut consumer).await;
        deliveries += batch.len();
        seen.extend(numbers(&batch));
        consumer.ack(tags(&batch)).await;
    }
    deliveries
}

async fn on_another_thread(work: impl FnOnce() + Send + 'static) {
    tokio::task::spawn_blocking(work).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_broker_is_killed_and_restarted() {
    let server = Arc::new(OwnServer::start(Kind::RabbitMq));
    let host = server.virtual_host();
    let bus = bus_at(&host.url(), CancellationToken::new());
    let (count, in_one) = (6_000, 100);
    send(&bus, &[]).await;
    status_where(&bus, |status| status.publishing == LinkState::Up).await;

    let calm = Arc::new(AtomicBool::new(false));
    let sending = tokio::spawn({
        let (bus, calm) = (bus.clone(), Arc::clone(&calm));
        async move {
            let mut sent = 0;
            while sent < count || !calm.load(Ordering::SeqCst) {
                send_surely(&bus, (sent..sent + in_one).map(command).collect()).await;
                sent += in_one;
            }
            sent
        }
    });
    let receiving = tokio::spawn({
        let bus = bus.clone();
        async move { receive_all(&bus, count).await }
    });
    let restarted = Arc::clone(&server);
    on_another_thread(move || {
        restarted.kill();
        restarted.start_again();
        restarted.stop();
        restarted.start_again();
    })
    .await;
    calm.store(true, Ordering::SeqCst);
    assert!(sending.await.unwrap() >= count);
    assert!(receiving.await.unwrap() >= count);
    bus.close().await;
    drop(host);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_closed_by_an_operator_are_made_again() {
    let host = Arc::new(VirtualHost::create());
    let bus = bus_at(&host.url(), CancellationToken::new());
    send(&bus, &[command(1)]).await;
    let mut consumer = bus.consumer(Queue::Commands);
    let held = batch(&mut consumer).await;
    for _ in 0..2 {
        let down = tokio::spawn({
            let bus = bus.clone();
            async move {
                let down = |state: &LinkState| matches!(state, LinkState::Down { .. });
                status_where(&bus, |status| down(&status.publishing)).await;
            }
        });
        while !down.is_finished() {
            let rude = Arc::clone(&host);
            on_another_thread(move || rude.close_connections()).await;
            sleep(Duration::from_millis(100)).await;
        }
        down.await.unwrap();
        send_surely(&bus, vec![command(2)]).await;
    }
    consumer.ack(tags(&held)).await;
    let again = super::take(&mut consumer, 3).await;
    assert_eq!(
        numbers(&again),
        [1, 2, 2],
        "the one that was held comes again"
    );
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_broker_blocks_publishing_only() {
    let server = Arc::new(OwnServer::start(Kind::RabbitMq));
    let host = server.virtual_host();
    let bus = bus_at(&host.url(), CancellationToken::new());
    send(&bus, &[command(1), command(2)]).await;
    let mut consumer = bus.consumer(Queue::Commands);
    let held = super::take(&mut consumer, 2).await;

    let full = Arc::clone(&server);
    on_another_thread(move || full.ctl(&["set_vm_memory_high_watermark", "0.0001"])).await;
    let sending = tokio::spawn({
        let bus = bus.clone();
        async move { send_surely(&bus, vec![command(3)]).await }
    });
    let blocked = |state: &LinkState| matches!(state, LinkState::Blocked { .. });
    let status = status_where(&bus, |status| blocked(&status.publishing)).await;
    assert_eq!(status.consuming, LinkState::Up);
    assert!(!status.is_ready());
    consumer.ack(tags(&held)).await;
    consumer.let_go().await;

    let relieved = Arc::clone(&server);
    on_another_thread(move || relieved.ctl(&["set_vm_memory_high_watermark", "0.6"])).await;
    sending.await.unwrap();
    assert_eq!(
        numbers(&batch(&mut consumer).await)[0],
        3,
        "the acknowledgements had arrived"
    );
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_publishing_is_unknown_and_closing_is_quick() {
    let bus = bus_at(
        "amqp://guest:guest@127.0.0.1:1/none",
        CancellationToken::new(),
    );
    let publisher = bus.publisher();
    let sending = tokio::spawn(async move {
        publisher
            .publish(Exchange::Events, &[command(1), command(2)])
            .await
    });
    let down = |state: &LinkState| matches!(state, LinkState::Down { why, .. } if why.contains("connecting"));
    status_where(&bus, |status| down(&status.publishing)).await;
    bus.close().await;
    let results = sending.await.unwrap();
    assert_eq!(results.len(), 2);
    assert!(results.iter().all(Result::is_err));
}
