//! Mails on their way to a relay: what each answer makes of them, and what a standstill leaves behind.

use std::sync::Arc;

use alongside::clock::Clock;
use alongside::core::mails::bounce::{Action, Bounce, Kind};
use alongside::engine::{Mailbox, Way};
use alongside::mail::relay::Relay;
use alongside::store::OutgoingRow;

use super::alliance::{NORTH, alliance, complete, need, person, start};
use super::office::Office;
use super::on_both;
use super::place::Place;
use crate::mail::settings;
use crate::support::smtp_script::{self, ScriptedRelay};

on_both!(
    a_mail_is_sent_once_and_the_relay_has_it,
    what_the_relay_does_not_take_now_is_tried_again,
    a_mail_without_an_answer_is_sent_once_more_with_the_same_bytes,
    an_address_that_is_not_there_gets_no_more_mail,
    a_relay_that_does_not_want_us_holds_everything_until_somebody_looks,
    a_mail_that_comes_back_is_known_by_its_return_path,
    what_a_process_left_in_its_hands_is_taken_up,
);

/// The script of a mail of ours to anybody.
fn ours(script: &str) -> String {
    let from = script.replace("<bounces@alliance.example>", "<bounces+");
    from.replace("<ada@alder.example>", "<")
}

pub(super) fn taken() -> String {
    ours(smtp_script::TAKEN)
}

fn until(command: &str, answer: &str) -> String {
    ours(&smtp_script::until(command, answer))
}

/// The office's mails go to this port.
pub(super) fn mailbox(office: &Office, port: u16) -> Mailbox {
    let relay = Relay::new(settings(port)).unwrap();
    let domain = "northshire.example".to_owned();
    let way = Way::new(relay, 6_000, domain, office.clock.now());
    Mailbox {
        way: Some(Arc::new(way)),
        ..office.mailbox()
    }
}

pub(super) async fn write(office: &Office, mailbox: &Mailbox) {
    office.engine.write_mails(mailbox, 20).await.unwrap();
}

/// How the one mail stands.
async fn mail(office: &Office) -> OutgoingRow {
    let scoped = office.engine.store.of(&alliance(NORTH));
    let mut all = scoped.outgoing(None).await.unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn a_mail_is_sent_once_and_the_relay_has_it(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let relay = ScriptedRelay::play([taken()]).await;
    let mailbox = mailbox(&office, relay.port);
    write(&office, &mailbox).await;
    write(&office, &mailbox).await;
    let sent = mail(&office).await;
    assert_eq!((sent.state.as_str(), sent.open), ("accepted", false));
    let heard = relay.end().await;
    let from = heard[0].lines.iter().find(|line| line.starts_with("MAIL"));
    let from = from.unwrap();
    assert!(
        from.contains("<bounces+") && from.contains("@northshire.example>"),
        "{from}"
    );
    let body = String::from_utf8(heard[0].body.clone()).unwrap();
    assert!(body.contains("To: ") && body.contains("Dear "), "{body}");
    let copy = std::fs::read(office.mails.path().join(format!("{}.eml", sent.id))).unwrap();
    let copy = String::from_utf8(copy).unwrap();
    let heard = body.replace("\r\n..", "\r\n.");
    assert_eq!(copy.trim_end(), heard.trim_end(), "a copy for people");
    assert_eq!(sent.bytes, None, "and no third one");
    office.close().await;
}

async fn what_the_relay_does_not_take_now_is_tried_again(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let later = until("C RCPT", "S 451 4.7.1 Greylisted");
    let relay = ScriptedRelay::play([later, taken()]).await;
    let mailbox = mailbox(&office, relay.port);
    write(&office, &mailbox).await;
    assert_eq!(mail(&office).await.state, "retry");
    office.clock.advance(59);
    write(&office, &mailbox).await;
    assert_eq!(
        mail(&office).await.state,
        "retry",
        "a minute has not passed"
    );
    office.clock.advance(1);
    write(&office, &mailbox).await;
    assert_eq!(mail(&office).await.state, "accepted");
    relay.end().await;
    office.close().await;
}

async fn a_mail_without_an_answer_is_sent_once_more_with_the_same_bytes(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let silent = until("BODY", "CUT");
    let relay = ScriptedRelay::play([silent, taken()]).await;
    let mailbox = mailbox(&office, relay.port);
    write(&office, &mailbox).await;
    assert_eq!(mail(&office).await.state, "outcome_unknown");
    office.clock.advance(14 * 60);
    write(&office, &mailbox).await;
    assert_eq!(mail(&office).await.state, "outcome_unknown");
    office.clock.advance(60);
    write(&office, &mailbox).await;
    assert_eq!(mail(&office).await.state, "accepted");
    let heard = relay.end().await;
    assert_eq!(
        heard[0].body, heard[1].body,
        "whoever gets both has one mail"
    );
    office.close().await;
}

async fn an_address_that_is_not_there_gets_no_more_mail(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let nobody = until("C RCPT", "S 550 5.1.1 No such user");
    let relay = ScriptedRelay::play([nobody]).await;
    let mailbox = mailbox(&office, relay.port);
    write(&office, &mailbox).await;
    assert_eq!(mail(&office).await.state, "failed");
    let bad = office.engine.unreachable(&alliance(NORTH)).await.unwrap();
    assert_eq!((bad.len(), bad[0].person), (1, person("cpd@100001")));
    // The next letter is not sent, and says why.
    office.clock.advance(1);
    office.must(&start("q")).await;
    write(&office, &mailbox).await;
    let last = office.mail_records().await.pop().unwrap();
    let why = last.why.unwrap();
    assert!(
        why.starts_with("their address takes no mail: 5.1.1"),
        "{why}"
    );
    relay.end().await;
    office.close().await;
}

async fn a_relay_that_does_not_want_us_holds_everything_until_somebody_looks(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let unwanted = until("C MAIL", "S 550 5.7.1 Not you");
    let relay = ScriptedRelay::play([unwanted, taken()]).await;
    let mailbox = mailbox(&office, relay.port);
    write(&office, &mailbox).await;
    assert_eq!(mail(&office).await.state, "failed");
    let done = complete("1", "p", "cpd@100001", "identify_need", need());
    office.must(&done).await;
    write(&office, &mailbox).await;
    let store = &office.engine.store;
    let scoped = store.of(&alliance(NORTH));
    let waiting = scoped.outgoing(None).await.unwrap();
    let pending = waiting.iter().filter(|mail| mail.state == "pending");
    assert_eq!(pending.count(), 1, "{waiting:?}");
    store.release_mail().await.unwrap();
    write(&office, &mailbox).await;
    let waiting = scoped.outgoing(None).await.unwrap();
    let taken = waiting.iter().filter(|mail| mail.state == "accepted");
    assert_eq!(taken.count(), 1, "{waiting:?}");
    relay.end().await;
    office.close().await;
}

async fn a_mail_that_comes_back_is_known_by_its_return_path(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let relay = ScriptedRelay::play([taken()]).await;
    let mailbox = mailbox(&office, relay.port);
    write(&office, &mailbox).await;
    relay.end().await;
    let bounce = Bounce {
        mail: mail(&office).await.id,
        action: Action::Failed,
        status: "5.1.1".parse().unwrap(),
        kind: Kind::Hard,
    };
    office.engine.take_bounce(&bounce).await.unwrap().unwrap();
    office.engine.take_bounce(&bounce).await.unwrap().unwrap();
    assert_eq!(mail(&office).await.state, "bounced");
    let bad = office.engine.unreachable(&alliance(NORTH)).await.unwrap();
    assert_eq!(bad.len(), 1);
    let unknown = Bounce {
        mail: uuid::Uuid::from_u128(7),
        ..bounce
    };
    assert!(office.engine.take_bounce(&unknown).await.unwrap().is_none());
    office.close().await;
}

async fn what_a_process_left_in_its_hands_is_taken_up(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    // The relay takes what comes of the message and says nothing; the process is killed meanwhile.
    let silent = until("S 354", "HANG");
    let relay = ScriptedRelay::play([silent, taken()]).await;
    let mailbox = mailbox(&office, relay.port);
    let (engine, first) = (office.engine.clone(), mailbox.clone());
    let killed = tokio::spawn(async move { engine.write_mails(&first, 20).await });
    while mail_or_none(&office)
        .await
        .is_none_or(|row| !row.sending.contains("\"body\""))
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    killed.abort();
    let _ = killed.await;
    assert_eq!(mail(&office).await.state, "sending");
    office.clock.advance(24 * 60 * 60);
    write(&office, &mailbox).await;
    assert_eq!(mail(&office).await.state, "outcome_unknown");
    office.clock.advance(15 * 60);
    write(&office, &mailbox).await;
    assert_eq!(mail(&office).await.state, "accepted");
    relay.end().await;
    office.close().await;
}

async fn mail_or_none(office: &Office) -> Option<OutgoingRow> {
    let scoped = office.engine.store.of(&alliance(NORTH));
    scoped.outgoing(None).await.unwrap().pop()
}
