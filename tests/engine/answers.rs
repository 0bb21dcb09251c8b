//! What a sender is told, and what is kept, for every message that is not simply applied.

use alongside::core::directory::Post;
use alongside::core::names::Urn;
use alongside::engine::Engine;
use alongside::store::{DirectoryChanges, InboxState, Store};
use serde_json::{Value, json};

use super::alliance::*;
use super::checks::{self, message, wait_for};
use super::office::Office;
use super::on_both;
use super::place::Place;

on_both!(
    what_comes_early_is_parked_and_applied_when_its_run_moves,
    messages_in_the_wrong_order_are_applied_in_the_right_one,
    the_same_message_again_is_told_the_first_outcome,
    a_used_id_with_another_body_is_quarantined,
    a_message_for_another_alliance_is_forged,
    nobody_is_told_of_a_message_under_a_stolen_source,
    a_project_that_nobody_starts_is_waited_for_a_day,
    a_refusal_is_recorded_and_told,
    what_has_expired_on_arrival_is_refused,
    what_expires_while_it_waits_is_quarantined,
    what_comes_in_a_pause_is_applied_on_resume,
    time_in_a_pause_does_not_count_for_what_waits,
    what_cannot_be_read_is_kept_with_its_bytes,
    what_leads_nowhere_is_quarantined_and_told,
    what_the_broker_gave_up_is_quarantined,
    what_was_delivered_fifty_times_is_not_decided_again,
    a_source_that_is_gone_leaves_nothing_parked_for_ever,
    what_another_process_changes_in_the_directory_counts_at_once,
);

fn outcome(answer: &Value) -> (&str, &str) {
    let data = &answer["data"];
    (
        data["outcome"].as_str().unwrap(),
        data["code"].as_str().unwrap_or_default(),
    )
}

/// Codes of what lies in quarantine without a row in the inbox.
async fn quarantined(engine: &Engine, key: &str) -> Vec<String> {
    let rows = engine
        .store
        .of(&alliance(key))
        .quarantine(None)
        .await
        .unwrap();
    rows.into_iter().map(|row| row.code).collect()
}

async fn what_comes_early_is_parked_and_applied_when_its_run_moves(place: Place) {
    let mut office = Office::open(place, 1).await;
    let early = choose("early", "p", "head@100001", "approve_need", "approve");
    assert_eq!(
        outcome(&office.ask(&early).await),
        ("parked", "unknown_run")
    );
    office.must(&start("p")).await;
    // It was tried again and waits on, now for the step; that is no news to its sender.
    let row = message(&office.engine, "early").await;
    assert_eq!(
        (row.state, row.code.as_deref()),
        (InboxState::Parked, Some("not_ready"))
    );
    assert_eq!(row.waiting_for.as_deref(), Some("approve_need"));
    let month = row.received_at.plus_seconds(30 * 86_400);
    assert_eq!(row.expires_at, Some(month), "the project is there now");
    office
        .must(&complete(
            "need",
            "p",
            "cpd@100001",
            "identify_need",
            need(),
        ))
        .await;
    let answer = office.answer_to("early").await;
    assert_eq!(
        (outcome(&answer).0, &answer["data"]["version"]),
        ("applied", &json!(3))
    );
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn messages_in_the_wrong_order_are_applied_in_the_right_one(place: Place) {
    let mut office = Office::open(place, 1).await;
    let mut letters = three_steps("p");
    letters.reverse();
    for letter in &letters[..3] {
        office.clock.advance(1);
        let answer = office.ask(letter).await;
        assert_eq!(outcome(&answer), ("parked", "unknown_run"));
    }
    office.must(&letters[3]).await;
    let mut versions = Vec::new();
    for letter in &letters[..3] {
        let answer = match office.heard_answer(&letter.id, "applied") {
            Some(answer) => answer,
            None => office.answer_to(&letter.id).await,
        };
        versions.push((letter.id.clone(), answer["data"]["version"].clone()));
    }
    // The event is kept at once, the approval waits for the need.
    let expected = [("p-3", 2), ("p-2", 4), ("p-1", 3)];
    assert_eq!(
        versions,
        expected.map(|(id, version)| (id.to_owned(), json!(version)))
    );
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn the_same_message_again_is_told_the_first_outcome(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let again = office.ask(&start("p")).await;
    assert_eq!(outcome(&again).0, "duplicate");
    assert_eq!(
        again["data"]["first"],
        json!({"outcome": "applied", "version": 1})
    );
    let refused = complete("no", "p", "cpd@100001", "no_such_step", need());
    assert_eq!(
        outcome(&office.ask(&refused).await),
        ("rejected", "unknown_step")
    );
    let first = office.ask(&refused).await["data"]["first"].clone();
    assert_eq!(
        (&first["outcome"], &first["code"]),
        (&json!("rejected"), &json!("unknown_step"))
    );
    assert!(
        first["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("no_such_step"))
    );
    let early = choose("early", "p", "head@100001", "approve_need", "approve");
    office.ask(&early).await;
    assert_eq!(
        office.ask(&early).await["data"]["first"]["outcome"],
        "parked"
    );
    assert_eq!(checks::log_of(&office.engine, run("p")).await.len(), 1);
    office.close().await;
}

async fn a_used_id_with_another_body_is_quarantined(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    office.must(&note("n", "p", "First")).await;
    let other = note("n", "p", "Second");
    assert_eq!(
        outcome(&office.ask(&other).await),
        ("quarantined", "id_reused")
    );
    let row = message(&office.engine, "n").await;
    assert_eq!((row.state, row.run_version), (InboxState::Applied, 2));
    assert_eq!(quarantined(&office.engine, NORTH).await, ["id_reused"]);
    office.close().await;
}

async fn a_message_for_another_alliance_is_forged(place: Place) {
    let mut office = Office::open(place, 1).await;
    let forged = Letter {
        alliance: SOUTH.to_owned(),
        ..start("p")
    };
    let answer = office.ask(&forged).await;
    assert_eq!(outcome(&answer), ("quarantined", "forged_source"));
    assert_eq!(answer["alliance"], NORTH, "the sender's own");
    assert_eq!(quarantined(&office.engine, NORTH).await, ["forged_source"]);
    assert!(quarantined(&office.engine, SOUTH).await.is_empty());
    assert!(checks::inbox(&office.engine, SOUTH).await.is_empty());
    office.close().await;
}

async fn nobody_is_told_of_a_message_under_a_stolen_source(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.send_from_south(&start("stolen")).await;
    let arrived = async || !quarantined(&office.engine, SOUTH).await.is_empty();
    wait_for("the stolen message is quarantined", arrived).await;
    assert_eq!(quarantined(&office.engine, SOUTH).await, ["forged_source"]);
    assert!(quarantined(&office.engine, NORTH).await.is_empty());
    office.must(&start("p")).await;
    assert!(
        office
            .heard
            .iter()
            .all(|said| said["causationid"] != "stolen-start")
    );
    office.close().await;
}

async fn a_project_that_nobody_starts_is_waited_for_a_day(place: Place) {
    let mut office = Office::open(place, 1).await;
    let lost = note("lost", "nowhere", "Is anybody there?");
    let answer = office.ask(&lost).await;
    assert_eq!(outcome(&answer), ("parked", "unknown_run"));
    assert_eq!(answer["data"]["until"], "2027-01-12T09:00:00.000000Z");
    office.clock.advance(86_399);
    assert_eq!(office.engine.look_at_parked(100).await.unwrap(), 0);
    office.clock.advance(1);
    assert_eq!(office.engine.look_at_parked(100).await.unwrap(), 1);
    assert_eq!(
        outcome(&office.answer_to("lost").await),
        ("quarantined", "waited_too_long")
    );
    let row = message(&office.engine, "lost").await;
    assert_eq!(row.state, InboxState::Quarantined);
    assert!(row.raw.is_some_and(|raw| raw.contains("Is anybody there?")));
    // An operator tries again once the project is there.
    office.must(&start("nowhere")).await;
    let row = message(&office.engine, "lost").await;
    office
        .engine
        .retry(&alliance(NORTH), &row)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(outcome(&office.answer_to("lost").await).0, "applied");
    office.close().await;
}

async fn a_refusal_is_recorded_and_told(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let bad = complete(
        "bad",
        "p",
        "cpd@100001",
        "identify_need",
        json!({"title": "x"}),
    );
    let answer = office.ask(&bad).await;
    assert_eq!(answer["type"], "alongside.command.rejected");
    assert_eq!(outcome(&answer), ("rejected", "invalid_answers"));
    assert_eq!(answer["data"]["fields"][0]["field"], "/audience");
    let row = message(&office.engine, "bad").await;
    assert_eq!(
        (row.state, row.code.as_deref()),
        (InboxState::Rejected, Some("invalid_answers"))
    );
    let stranger = complete("who", "p", "head@100002", "identify_need", need());
    assert_eq!(
        outcome(&office.ask(&stranger).await),
        ("rejected", "not_their_step")
    );
    assert_eq!(checks::log_of(&office.engine, run("p")).await.len(), 1);
    office.close().await;
}

fn expiring(letter: Letter, at: &str) -> Letter {
    Letter {
        expires: Some(at.to_owned()),
        ..letter
    }
}

async fn what_has_expired_on_arrival_is_refused(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let late = expiring(note("late", "p", "Too late"), "2027-01-11T08:59:59Z");
    assert_eq!(outcome(&office.ask(&late).await), ("rejected", "expired"));
    office.close().await;
}

async fn what_expires_while_it_waits_is_quarantined(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let early = |id| choose(id, "p", "head@100001", "approve_need", "approve");
    let soon = expiring(early("soon"), "2027-01-13T09:00:00Z");
    let answer = office.ask(&soon).await;
    assert_eq!(answer["data"]["until"], "2027-01-13T09:00:00.000000Z");
    office
        .ask(&expiring(early("moved"), "2027-01-14T09:00:00Z"))
        .await;
    office.days_later(2);
    assert_eq!(office.engine.look_at_parked(100).await.unwrap(), 1);
    assert_eq!(
        outcome(&office.answer_to("soon").await),
        ("quarantined", "waited_too_long")
    );
    // Nobody looked at the other one in time; when its run moves it is not used any more.
    office.days_later(2);
    office
        .must(&complete(
            "need",
            "p",
            "cpd@100001",
            "identify_need",
            need(),
        ))
        .await;
    assert_eq!(
        outcome(&office.answer_to("moved").await),
        ("quarantined", "waited_too_long")
    );
    assert_eq!(checks::log_of(&office.engine, run("p")).await.len(), 2);
    office.close().await;
}

fn pause(id: &str) -> Letter {
    Letter::new(
        id,
        run("p"),
        "coordinator",
        "project.pause",
        json!({"reason": "Inspection"}),
    )
}

fn resume(id: &str) -> Letter {
    Letter::new(id, run("p"), "coordinator", "project.resume", json!({}))
}

async fn what_comes_in_a_pause_is_applied_on_resume(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    office.must(&pause("pause")).await;
    let meanwhile = complete("meanwhile", "p", "cpd@100001", "identify_need", need());
    assert_eq!(outcome(&office.ask(&meanwhile).await), ("parked", "paused"));
    office.days_later(400);
    assert_eq!(office.engine.look_at_parked(100).await.unwrap(), 0);
    office.must(&resume("resume")).await;
    assert_eq!(outcome(&office.answer_to("meanwhile").await).0, "applied");
    office.close().await;
}

async fn time_in_a_pause_does_not_count_for_what_waits(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    office
        .ask(&choose(
            "early",
            "p",
            "head@100001",
            "approve_need",
            "approve",
        ))
        .await;
    office.days_later(10);
    office.must(&pause("pause")).await;
    office.days_later(50);
    office.must(&resume("resume")).await;
    office.days_later(19);
    assert_eq!(
        office.engine.look_at_parked(100).await.unwrap(),
        0,
        "29 days of 30 are used"
    );
    office.days_later(1);
    assert_eq!(office.engine.look_at_parked(100).await.unwrap(), 1);
    assert_eq!(
        outcome(&office.answer_to("early").await),
        ("quarantined", "waited_too_long")
    );
    office.close().await;
}

async fn what_cannot_be_read_is_kept_with_its_bytes(place: Place) {
    let office = Office::open(place, 1).await;
    office
        .send_raw("alongside.step.complete", "{\"half\": ")
        .await;
    let nobody = alongside::store::nobody();
    let found = async || {
        // The broker knows the sender, so it is theirs although nothing can be read.
        let north = office
            .engine
            .store
            .of(&alliance(NORTH))
            .quarantine(None)
            .await
            .unwrap();
        let lost = office
            .engine
            .store
            .of(&nobody)
            .quarantine(None)
            .await
            .unwrap();
        assert!(lost.is_empty());
        north
            .first()
            .is_some_and(|row| row.raw.as_deref() == Some(b"{\"half\": "))
    };
    wait_for("the bytes are kept", found).await;
    assert_eq!(quarantined(&office.engine, NORTH).await, ["not_json"]);
    office.close().await;
}

async fn what_leads_nowhere_is_quarantined_and_told(place: Place) {
    let mut office = Office::open(place, 1).await;
    let letter = Letter {
        kind: "step.complete".to_owned(),
        ..note("astray", "p", "Hello")
    };
    assert_eq!(
        outcome(&office.ask(&letter).await),
        ("quarantined", "unrouted")
    );
    assert_eq!(quarantined(&office.engine, NORTH).await, ["unrouted"]);
    office.close().await;
}

async fn what_the_broker_gave_up_is_quarantined(place: Place) {
    let mut office = Office::open(place, 0).await;
    office.send(&note("dead", "p", "Hello")).await;
    office.let_go(201).await;
    office.hire();
    assert_eq!(
        outcome(&office.answer_to("dead").await),
        ("quarantined", "dead_lettered")
    );
    office.close().await;
}

async fn what_was_delivered_fifty_times_is_not_decided_again(place: Place) {
    let mut office = Office::open(place, 0).await;
    office.send(&start("p")).await;
    office.let_go(50).await;
    office.hire();
    assert_eq!(
        outcome(&office.answer_to("p-start").await),
        ("quarantined", "crashes_worker")
    );
    assert!(checks::inbox(&office.engine, NORTH).await.is_empty());
    office.must(&start("p")).await; // a new delivery
    office.close().await;
}

async fn a_source_that_is_gone_leaves_nothing_parked_for_ever(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.ask(&note("orphan", "nowhere", "Hello")).await;
    let elsewhere = Engine {
        sources: std::sync::Arc::default(),
        ..office.engine.clone()
    };
    office.days_later(2);
    assert_eq!(elsewhere.look_at_parked(100).await.unwrap(), 1);
    assert_eq!(
        outcome(&office.answer_to("orphan").await),
        ("quarantined", "waited_too_long")
    );
    assert_eq!(elsewhere.look_at_parked(100).await.unwrap(), 0);
    office.close().await;
}

async fn what_another_process_changes_in_the_directory_counts_at_once(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let lead = |name: &str| Post {
        person: person(name),
        role: "cpd_lead".to_owned(),
        school: Some(Urn("100001".to_owned())),
        from: None,
        until: None,
        covers: None,
    };
    let other = Store::open(&office.place.database_url()).await.unwrap();
    let changes = DirectoryChanges {
        removed_posts: vec![lead("cpd@100001")],
        posts: vec![lead("office@100001")],
        ..DirectoryChanges::default()
    };
    let scoped = other.of(&alliance(NORTH));
    scoped.apply_directory(changes).await.unwrap();
    let by = |id: &str, name: &str| complete(id, "p", name, "identify_need", need());
    let gone = office.ask(&by("gone", "cpd@100001")).await;
    assert_eq!(outcome(&gone), ("rejected", "not_their_step"));
    office.must(&by("new", "office@100001")).await;
    other.close().await;
    office.close().await;
}
