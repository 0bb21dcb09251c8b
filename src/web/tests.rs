//! The pages and their limits, over real connections.

use std::sync::Arc;

use axum::serve::Listener;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;

struct Running {
    address: SocketAddr,
    readiness: watch::Sender<Readiness>,
    stop: CancellationToken,
    task: JoinHandle<io::Result<()>>,
}

async fn running() -> Running {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (readiness, shown) = watch::channel(Readiness::starting());
    let metrics = Arc::new(|| "alongside_commands_total 3\n".to_owned());
    let state = State {
        readiness: shown,
        metrics,
    };
    let stop = CancellationToken::new();
    let task = tokio::spawn(serve(listener, state, stop.clone()));
    Running {
        address,
        readiness,
        stop,
        task,
    }
}

/// Sends a text and reads until the connection ends.
async fn send(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn page(address: SocketAddr, path: &str) -> String {
    send(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    )
    .await
}

#[tokio::test]
async fn a_program_that_lives_is_healthy_before_it_is_ready() {
    let running = running().await;
    assert!(
        page(running.address, "/healthz")
            .await
            .starts_with("HTTP/1.1 200")
    );
    let answer = page(running.address, "/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(
        answer.contains(r#"{"ready":false,"database":"starting","broker":"starting","notes":[]}"#)
    );
}

#[tokio::test]
async fn readiness_follows_what_the_engine_says_and_names_what_is_missing() {
    let running = running().await;
    let note = "queue alongside.commands has another delivery limit".to_owned();
    running.readiness.send_replace(Readiness {
        database: Dependency::Ready,
        broker: Dependency::Ready,
        notes: vec![note.clone()],
    });
    let answer = page(running.address, "/readyz").await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains(&note),
        "{answer}"
    );
    running
        .readiness
        .send_modify(|state| state.broker = Dependency::NotReady("no connection".to_owned()));
    let answer = page(running.address, "/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(
        answer.contains(r#""database":"ready","broker":"no connection""#),
        "{answer}"
    );
}

#[tokio::test]
async fn figures_are_shown_as_prometheus_reads_them() {
    let running = running().await;
    let answer = page(running.address, "/metrics").await;
    assert!(
        answer.contains("content-type: text/plain; version=0.0.4"),
        "{answer}"
    );
    assert!(answer.ends_with("alongside_commands_total 3\n"), "{answer}");
}

#[tokio::test]
async fn another_page_or_another_method_is_refused() {
    let running = running().await;
    let answer = page(running.address, "/").await;
    assert!(
        answer.starts_with("HTTP/1.1 404") && answer.contains("/readyz"),
        "{answer}"
    );
    let post =
        "POST /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert!(
        send(running.address, post)
            .await
            .starts_with("HTTP/1.1 405")
    );
}

/// No mail of ours offers it (`tests/mail/hostile.rs` knows all of their heads): who is asked follows
/// from a role. A link that somebody made up has no effect, however often.
#[tokio::test]
async fn nobody_unsubscribes_by_a_link() {
    let running = running().await;
    let answer = page(running.address, "/unsubscribe?token=made-up").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    for _ in 0..2 {
        let post = "POST /unsubscribe?token=made-up HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                    Content-Length: 26\r\n\r\nList-Unsubscribe=One-Click";
        let answer = send(running.address, post).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
}

#[tokio::test]
async fn a_taken_port_is_a_sentence() {
    let running = running().await;
    let error = bind(running.address).await.unwrap_err().to_string();
    let port = running.address.port();
    let expected = format!(
        "port {port} on 127.0.0.1 is taken by another program: choose another with --listen"
    );
    assert_eq!(error, expected);
    let error = bind("192.0.2.1:8080".parse().unwrap())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("192.0.2.1 is no address of this machine"),
        "{error}"
    );
}

#[tokio::test]
async fn a_stop_ends_the_pages_and_frees_the_port() {
    let running = running().await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut start = [0; 12];
    idle.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    running.stop.cancel();
    running.task.await.unwrap().unwrap();
    bind(running.address).await.unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off_and_frees_its_place() {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_, readiness) = watch::channel(Readiness::starting());
    let routes = state::routes(State {
        readiness,
        metrics: Arc::new(String::new),
    });
    let strict = Limited::with(listener, 1, Duration::from_secs(1));
    tokio::spawn(axum::serve(strict, routes).into_future());
    let slow = send(address, "GET /healthz HTTP/1.1\r\nHost:").await;
    assert_eq!(slow, "", "the connection ends without an answer");
    assert!(page(address, "/healthz").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn one_connection_too_many_waits_for_a_place() {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let _clients = [
        TcpStream::connect(address).await,
        TcpStream::connect(address).await,
    ];
    let mut limited = Limited::with(listener, 1, Duration::from_secs(30));
    let (first, _) = limited.accept().await;
    let mut second = Box::pin(limited.accept());
    assert!(
        (&mut second).now_or_never().is_none(),
        "the only place is taken"
    );
    drop(first);
    second.await;
}
