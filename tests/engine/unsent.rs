//! Mails that did not leave at once: when they may leave later, they are looked at anew.

use alongside::store::{MailRow, MailState, OutgoingRow, WaitingFilter};

use super::alliance::{NORTH, alliance, complete, need, person, start};
use super::office::Office;
use super::on_both;
use super::place::Place;
use super::quiet::office;
use super::relay::{mailbox, taken, write};
use crate::support::smtp_script::{Nobody, ScriptedRelay};

on_both!(
    what_the_relay_did_not_take_leaves_when_mail_does_and_only_if_it_still_holds,
    what_cannot_be_sent_on_four_days_is_lost,
);

async fn mails(office: &Office) -> Vec<OutgoingRow> {
    let scoped = office.engine.store.of(&alliance(NORTH));
    scoped.outgoing(Some(person("cpd@100001"))).await.unwrap()
}

async fn records(office: &Office) -> Vec<MailRow> {
    let mut rows = office.mail_records().await;
    rows.retain(|row| row.person == person("cpd@100001"));
    rows
}

async fn at(office: &Office, mailbox: &alongside::engine::Mailbox, moment: &str) {
    office.clock.set(moment.parse().unwrap());
    write(office, mailbox).await;
}

async fn what_the_relay_did_not_take_leaves_when_mail_does_and_only_if_it_still_holds(
    place: Place,
) {
    let mut office = office(place).await;
    office.clock.set("2027-01-15T11:50:00Z".parse().unwrap());
    for name in ["a", "b"] {
        office.must(&start(name)).await;
    }
    let nobody = Nobody::at_home();
    let away = mailbox(&office, nobody.port);
    write(&office, &away).await;
    assert_eq!(mails(&office).await[0].state, "retry");
    office
        .must(&complete("1", "a", "cpd@100001", "identify_need", need()))
        .await;

    // The relay is there again, at the weekend.
    let relay = ScriptedRelay::play([taken(), taken()]).await;
    let there = mailbox(&office, relay.port);
    at(&office, &there, "2027-01-16T07:30:00Z").await;
    assert_eq!(mails(&office).await, [], "taken apart, and not sent");
    let scoped = office.engine.store.of(&alliance(NORTH));
    let waiting = scoped.letters_waiting(WaitingFilter::default()).await;
    let waiting = waiting.unwrap();
    assert!(
        waiting
            .iter()
            .all(|row| row.held.as_deref() == Some("weekend")),
        "{waiting:?}"
    );
    at(&office, &there, "2027-01-18T08:29:00Z").await;
    assert_eq!(mails(&office).await, []);
    at(&office, &there, "2027-01-18T08:30:00Z").await;
    let sent = mails(&office).await;
    let states: Vec<&str> = sent.iter().map(|mail| mail.state.as_str()).collect();
    assert_eq!(states, ["accepted"]);
    let mut told: Vec<_> = records(&office)
        .await
        .into_iter()
        .map(|row| (row.state, row.why))
        .collect();
    told.sort_by_key(|(state, _)| *state == MailState::Written);
    let gone = Some("the step is not open any more".to_owned());
    assert_eq!(
        told,
        [(MailState::NotSent, gone), (MailState::Written, None)]
    );
    relay.end().await;
    office.close().await;
}

async fn what_cannot_be_sent_on_four_days_is_lost(place: Place) {
    let mut office = office(place).await;
    office.clock.set("2027-01-15T09:00:00Z".parse().unwrap());
    office.must(&start("p")).await;
    let nobody = Nobody::at_home();
    let away = mailbox(&office, nobody.port);
    write(&office, &away).await;
    for day in ["18", "19", "20"] {
        at(&office, &away, &format!("2027-01-{day}T09:00:00Z")).await;
        let mails = mails(&office).await;
        let today = format!("2027-01-{day}").parse().unwrap();
        assert_eq!(
            (mails.len(), mails[0].day),
            (1, today),
            "made anew each day"
        );
        assert_eq!(mails[0].state, "retry");
    }
    at(&office, &away, "2027-01-21T09:00:00Z").await;
    assert_eq!(mails(&office).await[0].state, "failed");
    let scoped = office.engine.store.of(&alliance(NORTH));
    let lost = scoped.lost_mails("2027-01-01".parse().unwrap()).await;
    assert_eq!(lost.unwrap().len(), 1, "the coordinator hears of it");
    office.close().await;
}
