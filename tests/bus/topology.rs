//! What stands on the broker, and what becomes of it where it is absent, different or deleted.

use alongside::bus::{LinkState, Queue};
use tokio_util::sync::CancellationToken;

use super::{batch, bus_at, command, numbers, send, status_where};
use crate::support::broker::VirtualHost;

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_differs_is_used_and_reported() {
    let host = VirtualHost::create();
    let queue = format!("/api/queues/{}/alongside.commands", host.name);
    let other = serde_json::json!({"durable": true, "arguments": {
        "x-queue-type": "quorum",
        "x-delivery-limit": 5,
        "x-dead-letter-exchange": "alongside.dead",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish"
    }});
    host.ask("PUT", &queue, &other.to_string());
    let bus = bus_at(&host.url(), CancellationToken::new());
    send(&bus, &[command(1)]).await;
    let mut consumer = bus.consumer(Queue::Commands);
    assert_eq!(numbers(&batch(&mut consumer).await), [1]);
    let status = status_where(&bus, |status| status.consuming == LinkState::Up).await;
    let [difference] = &status.differences[..] else {
        panic!("{:?}", status.differences);
    };
    assert!(
        difference.contains("queue alongside.commands"),
        "{difference}"
    );
    assert!(difference.contains("x-delivery-limit"), "{difference}");
    assert!(status.is_ready(), "a difference does not stop the work");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_declare_uses_what_is_there() {
    let mut host = VirtualHost::create();
    let owner = bus_at(&host.url(), CancellationToken::new());
    send(&owner, &[command(1)]).await;
    let (user, url) = host.add_user("worker");
    let permissions = format!("/api/permissions/{}/{user}", host.name);
    host.ask(
        "PUT",
        &permissions,
        r#"{"configure":"^$","write":".*","read":".*"}"#,
    );
    let bus = bus_at(&url, CancellationToken::new());
    let mut consumer = bus.consumer(Queue::Commands);
    assert_eq!(numbers(&batch(&mut consumer).await), [1]);
    assert_eq!(bus.status().borrow().differences, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_queue_is_noticed_and_made_again() {
    let host = VirtualHost::create();
    let bus = bus_at(&host.url(), CancellationToken::new());
    send(&bus, &[command(1)]).await;
    let mut consumer = bus.consumer(Queue::Commands);
    let first = batch(&mut consumer).await;
    consumer
        .ack(first.iter().map(|delivery| delivery.tag))
        .await;

    let queue = format!("/api/queues/{}/alongside.commands", host.name);
    let noticed = tokio::spawn({
        let bus = bus.clone();
        async move {
            status_where(&bus, |status| !status.is_ready()).await;
            status_where(&bus, |status| status.consuming == LinkState::Up).await;
            send(&bus, &[command(2)]).await;
        }
    });
    host.ask("DELETE", &queue, "");
    let again = batch(&mut consumer).await;
    assert_eq!(numbers(&again), [2]);
    noticed.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_binding_leads_to_unrouted_and_nothing_is_lost() {
    let host = VirtualHost::create();
    let bus = bus_at(&host.url(), CancellationToken::new());
    send(&bus, &[]).await;
    status_where(&bus, |status| status.publishing == LinkState::Up).await;
    let binding = format!(
        "/api/bindings/{}/e/alongside.commands/q/alongside.commands/alongside.%23",
        host.name
    );
    host.ask("DELETE", &binding, "");
    send(&bus, &[command(1)]).await;
    let mut unrouted = bus.consumer(Queue::Unrouted);
    assert_eq!(numbers(&batch(&mut unrouted).await), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_and_not_shown() {
    let host = VirtualHost::create();
    let url = host.url().replace("guest:guest", "guest:geheim");
    let bus = bus_at(&url, CancellationToken::new());
    let _consumer = bus.consumer(Queue::Commands);
    let refused = |state: &LinkState| matches!(state, LinkState::Down { why, .. } if why.contains("connecting"));
    let status = status_where(&bus, |status| refused(&status.consuming)).await;
    assert!(!format!("{status:?}").contains("geheim"));
    assert_eq!(status.publishing, LinkState::Unused);
}
