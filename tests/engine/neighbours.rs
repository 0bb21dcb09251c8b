//! One batch, many messages: what goes wrong with one is no matter of the others.

use alongside::core::run::state::RunStatus;
use alongside::engine::Handled;
use alongside::store::InboxState;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use super::alliance::{
    Letter, NORTH, alliance, choose, complete, need, note, run, start, three_steps,
};
use super::checks::{self, message};
use super::office::{Office, tell};
use super::on_both;
use super::place::Place;

on_both!(
    a_refusal_harms_no_neighbour_of_its_batch,
    a_command_that_cannot_be_decided_harms_no_neighbour_and_can_be_retried,
    the_same_message_twice_in_one_batch_is_applied_once,
    what_is_parked_keeps_the_order_in_which_it_came,
    what_waits_for_two_runs_of_one_batch_ends,
    a_draft_and_its_completion_may_come_together,
    a_start_that_is_refused_leaves_no_gap_between_references,
);

/// Runs a statement of the test's own on the database.
async fn meddle(place: &Place, statement: &str) {
    let (url, text) = (place.database_url(), AssertSqlSafe(statement.to_owned()));
    if url.starts_with("sqlite:") {
        let mut session = SqliteConnection::connect(&url).await.unwrap();
        session.execute(sqlx::raw_sql(text)).await.unwrap();
    } else {
        let mut session = PgConnection::connect(&url).await.unwrap();
        session.execute(sqlx::raw_sql(text)).await.unwrap();
    }
}

fn outcome(answer: &Value) -> &str {
    answer["data"]["outcome"].as_str().unwrap()
}

async fn a_refusal_harms_no_neighbour_of_its_batch(place: Place) {
    let mut office = Office::open(place, 0).await;
    let forged = Letter {
        alliance: "southshire".to_owned(),
        ..note("forged", "a", "x")
    };
    let batch = [
        (start("a"), "applied"),
        (
            complete("bad", "a", "cpd@100001", "identify_need", json!({})),
            "rejected",
        ),
        (forged, "quarantined"),
        (start("b"), "applied"),
        (
            choose("early", "b", "head@100001", "approve_need", "approve"),
            "parked",
        ),
        (
            complete("good", "a", "cpd@100001", "identify_need", need()),
            "applied",
        ),
        (note("good", "a", "The id is used."), "quarantined"),
        (note("last", "b", "Still here."), "applied"),
    ];
    for (letter, _) in &batch {
        office.send(letter).await;
    }
    office
        .send_raw("alongside.step.complete", "no message")
        .await;
    office.hire();
    let mut told = Vec::new();
    for _ in &batch {
        let answer = office.hear(|_| true, "an answer").await;
        told.push((
            answer["causationid"].clone(),
            answer["data"]["outcome"].clone(),
        ));
    }
    for (letter, expected) in &batch {
        let pair = (json!(letter.id), json!(expected));
        assert!(told.contains(&pair), "{pair:?} is not among {told:?}");
    }
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn a_command_that_cannot_be_decided_harms_no_neighbour_and_can_be_retried(place: Place) {
    let mut office = Office::open(place, 0).await;
    office.hire();
    office.must(&start("sick")).await;
    office.must(&start("well")).await;
    let held = office
        .engine
        .store
        .of(&alliance(NORTH))
        .find_run(run("sick"))
        .await
        .unwrap();
    let good = held.unwrap().state;
    meddle(
        &office.place,
        "UPDATE run SET state = '{' WHERE reference = 'T-2027-001'",
    )
    .await;
    office.send(&note("poison", "sick", "I break it.")).await;
    office.send(&note("fine", "well", "I do not.")).await;
    let poison = office.answer_to("poison").await;
    let known = |said: &Value| said["causationid"] == "fine";
    if !office.heard.iter().any(known) {
        office.answer_to("fine").await;
    }
    assert_eq!(
        (outcome(&poison), poison["data"]["code"].as_str()),
        ("quarantined", Some("crashes_worker"))
    );
    assert_eq!(
        message(&office.engine, "fine").await.state,
        InboxState::Applied
    );
    let mended = format!("UPDATE run SET state = '{good}' WHERE reference = 'T-2027-001'");
    meddle(&office.place, &mended).await;
    let row = message(&office.engine, "poison").await;
    assert_eq!(row.state, InboxState::Quarantined);
    office
        .engine
        .retry(&alliance(NORTH), &row)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(outcome(&office.answer_to("poison").await), "applied");
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn the_same_message_twice_in_one_batch_is_applied_once(place: Place) {
    let mut office = Office::open(place, 0).await;
    office.send(&start("p")).await;
    office.send(&start("p")).await;
    office.hire();
    assert_eq!(outcome(&office.answer_to("p-start").await), "applied");
    let second = office.answer_to("p-start").await;
    assert_eq!(outcome(&second), "duplicate");
    assert_eq!(second["data"]["first"]["version"], 1);
    office.close().await;
}

async fn what_is_parked_keeps_the_order_in_which_it_came(place: Place) {
    let office = Office::open(place, 0).await;
    // By their ids they would stand the other way round.
    let notes = ["z", "m", "a"].map(|id| note(id, "p", id));
    office.handle(&notes).await;
    office.handle(&[start("p")]).await;
    let entries = checks::log_of(&office.engine, run("p")).await;
    let ids: Vec<&str> = entries
        .iter()
        .map(|entry| entry.command.id.as_str())
        .collect();
    assert_eq!(ids, ["p-start", "z", "m", "a"]);
    office.close().await;
}

async fn what_waits_for_two_runs_of_one_batch_ends(place: Place) {
    let office = Office::open(place, 0).await;
    office
        .handle(&[note("early", "a", "Before its start."), start("b")])
        .await;
    let handled = office
        .handle(&[start("a"), note("late", "b", "Later.")])
        .await;
    assert!(
        handled
            .iter()
            .all(|one| matches!(one, Handled::Applied { .. })),
        "{handled:?}"
    );
    assert_eq!(checks::log_of(&office.engine, run("a")).await.len(), 2);
    office.close().await;
}

async fn a_draft_and_its_completion_may_come_together(place: Place) {
    let mut office = Office::open(place, 0).await;
    let draft = |id: &str, answers: Value| {
        let data = json!({"step": "identify_need", "answers": answers});
        Letter::new(id, run("p"), "cpd@100001", "step.draft", data)
    };
    let data = json!({"step": "identify_need"});
    let done = Letter::new("done", run("p"), "cpd@100001", "step.complete", data);
    for letter in [start("p"), draft("1", json!({})), draft("2", need()), done] {
        office.send(&letter).await;
    }
    office.hire();
    assert_eq!(outcome(&office.answer_to("done").await), "applied");
    office.close().await;
}

async fn a_start_that_is_refused_leaves_no_gap_between_references(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("a")).await;
    let mut nowhere = start("b");
    nowhere.data["host_school"] = json!("999999");
    assert_eq!(outcome(&office.ask(&nowhere).await), "rejected");
    let answer = office.ask(&start("c")).await;
    assert_eq!(answer["data"]["reference"], "T-2027-002");
    office.close().await;
}

#[test]
fn a_deadlock_is_tried_again() {
    tell(async {
        let mut office = Office::open(Place::servers(), 0).await;
        for name in ["a", "b"] {
            office.hire();
            office.must(&start(name)).await;
        }
        let (mut first, mut second) = (run("a"), run("b"));
        if second < first {
            std::mem::swap(&mut first, &mut second);
        }
        // Somebody holds the second run and wants the first: the engine goes the other way.
        let mut other = PgConnection::connect(&office.place.database_url())
            .await
            .unwrap();
        let lock = |id| format!("SELECT 1 FROM run WHERE id = '{id}' FOR UPDATE");
        other.execute("SET deadlock_timeout = '20s'").await.unwrap();
        let mut held = other.begin().await.unwrap();
        held.execute(sqlx::raw_sql(AssertSqlSafe(lock(second))))
            .await
            .unwrap();
        let notes = [note("1", "a", "One"), note("2", "b", "Two")];
        let batch = office.batch(&notes);
        let (engine, key) = (office.engine.clone(), alliance(NORTH));
        let handling = tokio::spawn(async move { engine.handle(&key, batch).await });
        checks::wait_for("the engine waits for the lock", async || {
            let waiting = "SELECT count(*) FROM pg_stat_activity
                WHERE wait_event_type = 'Lock' AND datname = current_database()";
            let mut session = PgConnection::connect(&office.place.database_url())
                .await
                .unwrap();
            sqlx::query_scalar::<_, i64>(waiting)
                .fetch_one(&mut session)
                .await
                .unwrap()
                == 1
        })
        .await;
        held.execute(sqlx::raw_sql(AssertSqlSafe(lock(first))))
            .await
            .unwrap();
        held.commit().await.unwrap();
        let handled = handling.await.unwrap().unwrap();
        assert_eq!(handled.len(), 2);
        checks::all_is_well(&office.engine, NORTH).await;
        assert_eq!(checks::log_of(&office.engine, run("a")).await.len(), 2);
        office.close().await;
    });
}

#[test]
fn a_run_that_is_over_says_so() {
    tell(async {
        let mut office = Office::open(Place::embedded(), 1).await;
        for letter in three_steps("p") {
            office.must(&letter).await;
        }
        let row = office
            .engine
            .store
            .of(&alliance(NORTH))
            .find_run(run("p"))
            .await
            .unwrap();
        assert_eq!(row.unwrap().status, RunStatus::Complete);
        let late = choose("late", "p", "head@100001", "approve_need", "approve");
        let answer = office.ask(&late).await;
        assert_eq!(answer["data"]["code"], "complete", "{answer:#}");
        office.close().await;
    });
}
