//! Mails: from letters that wait in the outbox to mails that a server has taken.
//!
//! Each letter is checked, becomes a mail of its own, is stored whole, and goes out step by step
//! over a connection of its own, each step recorded, as with any relay. The pace, which in earnest
//! is a few mails a minute, is set so high that it never holds. Beside it the bare way: the same
//! bytes to the same server over one connection, nothing made and nothing recorded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alongside::clock::Clock;
use alongside::config::{Smtp, Tls};
use alongside::engine::{Mailbox, ROUND, Way};
use alongside::mail::Folder;
use alongside::mail::relay::{Limits, Relay, Settings};
use lettre::address::Envelope;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::Size;
use super::office::Office;
use super::place::{self, Place};
use super::sink::{Sink, Taken};
use super::table::Row;

const DOMAIN: &str = "alliance.example";
const FROM: &str = "Alongside <office@alliance.example>";
/// So many a minute that the pace never holds: its first six seconds' worth is more than all.
const PER_MINUTE: u32 = 1_000_000;

pub fn measure(size: Size) -> Vec<Row> {
    let mails = size.of(2_000, 5);
    let mut rows = vec![place::run(on(&Place::sqlite(), mails))];
    if size == Size::Whole {
        rows.push(place::run(on(&Place::postgres(), mails)));
    }
    rows
}

async fn on(place: &Place, mails: usize) -> Row {
    let office = Office::open(&place.url, mails).await;
    office.start_projects("Due", mails).await;
    if !place.is_sqlite() {
        place.execute("ANALYZE").await;
    }
    let sink = Sink::open().await;
    let home = TempDir::new().unwrap();
    let mailbox = mailbox(&office, &home, sink.port);
    let began = Instant::now();
    while office.engine.write_mails(&mailbox, ROUND).await.unwrap() > 0 {}
    let ours = began.elapsed();
    mailbox.part().await;
    let taken = sink.take();
    assert_eq!(taken.len(), mails, "each was taken once");
    let bytes: usize = taken.iter().map(|mail| mail.bytes.len()).sum();
    let began = Instant::now();
    send_all(sink.port, &taken).await;
    let bare = began.elapsed();
    assert_eq!(sink.take().len(), mails, "the bare way sends as many");
    office.engine.store.close().await;
    #[allow(clippy::cast_precision_loss)] // some thousands
    let per_second = |took: Duration| mails as f64 / took.as_secs_f64();
    Row {
        what: "mails to a server on this machine",
        figure: per_second(ours),
        unit: "per second",
        goal: None,
        beside: Some(("the same bytes over one bare connection", per_second(bare))),
        notes: vec![format!(
            "{mails} letters to {mails} people, {} bytes each, on {}",
            bytes / mails,
            place.name
        )],
    }
}

fn mailbox(office: &Office, home: &TempDir, port: u16) -> Mailbox {
    let settings = Settings {
        smtp: Smtp {
            host: "127.0.0.1".to_owned(),
            port,
            tls: Tls::Plain,
            login: None,
            authority: None,
        },
        from: FROM.to_owned(),
        only_to: None,
        limits: Limits::default(),
    };
    let relay = Relay::new(settings).unwrap();
    let now = office.clock.now();
    let way = Way::new(relay, PER_MINUTE, DOMAIN.to_owned(), now);
    Mailbox {
        folder: Folder::new(home.path(), FROM, None).unwrap(),
        way: Some(Arc::new(way)),
        only_to: None,
    }
}

async fn send_all(port: u16, mails: &[Taken]) {
    let hello = ClientId::Domain(DOMAIN.to_owned());
    let socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    // lettre writes the final dot by itself: without this it would wait 40 ms for the body to be
    // acknowledged, and nothing but that would be measured.
    socket.set_nodelay(true).unwrap();
    let connecting = AsyncSmtpConnection::connect_with_transport(Box::new(socket), &hello);
    let mut connection = connecting.await.unwrap();
    for mail in mails {
        let to = vec![mail.to.parse().unwrap()];
        let envelope = Envelope::new(Some(mail.from.parse().unwrap()), to).unwrap();
        connection.send(&envelope, &mail.bytes).await.unwrap();
    }
    connection.quit().await.unwrap();
}
