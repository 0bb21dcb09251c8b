//! Alliances side by side in one database and on one broker: nothing crosses.

use alongside::core::run::state::RunStatus;
use alongside::store::{InboxFilter, MailFilter, RunFilter, TaskFilter};
use serde_json::{Value, json};

use super::alliance::{
    Letter, NORTH, SOUTH, alliance, complete, every_command, need, note, person_of, run,
    source_uri, start, three_steps,
};
use super::checks;
use super::office::Office;
use super::on_both;
use super::place::Place;

on_both!(
    a_text_of_one_alliance_appears_nowhere_in_the_other,
    no_command_of_another_alliance_reaches_a_run,
);

const CANARY: &str = "canary-7f3a";

/// The same letter from the portal in the south, for its own alliance.
fn southern(letter: Letter, actor: &str) -> Letter {
    Letter {
        source: source_uri(SOUTH),
        alliance: SOUTH.to_owned(),
        actor: Some(person_of(SOUTH, actor)),
        ..letter
    }
}

/// Every row of an alliance that can be read, as text.
async fn all_rows(office: &Office, key: &str) -> String {
    let scoped = office.engine.store.of(&alliance(key));
    let mut text = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        scoped.schools().await.unwrap(),
        scoped.people().await.unwrap(),
        scoped.runs(&RunFilter::default()).await.unwrap(),
        scoped.tasks(&TaskFilter::default()).await.unwrap(),
        scoped.inbox(&InboxFilter::default()).await.unwrap(),
        scoped.quarantine(None).await.unwrap(),
        scoped.mails(&MailFilter::default()).await.unwrap(),
        scoped.workflows().await.unwrap(),
    );
    for row in scoped.quarantine(None).await.unwrap() {
        text += &String::from_utf8_lossy(&row.raw.unwrap_or_default());
    }
    for id in scoped.run_ids().await.unwrap() {
        text += &format!("{:?}", scoped.find_run(id).await.unwrap());
        text += &format!("{:?}", scoped.entries(id, 0, 10_000).await.unwrap());
        text += &format!("{:?}", scoped.payloads(id).await.unwrap());
    }
    text
}

async fn a_text_of_one_alliance_appears_nowhere_in_the_other(place: Place) {
    let mut office = Office::open(place, 1).await;
    let mut begun = start("p");
    begun.data["title"] = json!(CANARY);
    office.must(&begun).await;
    let mut answers = need();
    answers["title"] = json!(CANARY);
    let canary = |id: &str| note(&format!("{CANARY}-{id}"), "p", CANARY);
    office
        .must(&complete(
            CANARY,
            "p",
            "cpd@100001",
            "identify_need",
            answers,
        ))
        .await;
    office.must(&canary("1")).await;
    // Refused, parked, quarantined; for the other alliance, and under its source.
    office
        .ask(&complete(
            &format!("{CANARY}-2"),
            "p",
            "",
            CANARY,
            json!({}),
        ))
        .await;
    office
        .ask(&Letter {
            run: run("none"),
            ..canary("3")
        })
        .await;
    office
        .ask(&Letter {
            alliance: SOUTH.to_owned(),
            ..canary("4")
        })
        .await;
    office
        .send_from_north(&southern(canary("5"), "coordinator"))
        .await;
    the_other_one_works(&mut office).await;
    let kept = async || {
        all_rows(&office, NORTH)
            .await
            .matches("forged_source")
            .count()
            == 2
    };
    checks::wait_for("both forged messages are kept", kept).await;
    office.catch_up().await;
    let south = all_rows(&office, SOUTH).await;
    assert!(
        south.contains("southshire") && !south.contains(CANARY),
        "{south}"
    );
    assert!(!south.contains(NORTH), "{south}");
    let north = all_rows(&office, NORTH).await;
    assert!(
        north.contains(CANARY) && !north.contains("@southshire"),
        "{north}"
    );
    what_is_said_stays_apart(&office);
    office.close().await;
}

async fn the_other_one_works(office: &mut Office) {
    for (letter, actor) in three_steps("q")
        .into_iter()
        .zip(["coordinator", "cpd@100001"])
    {
        let answer = office.ask(&southern(letter, actor)).await;
        assert_eq!(answer["data"]["outcome"], "applied", "{answer:#}");
    }
}

fn what_is_said_stays_apart(office: &Office) {
    for said in office.heard.iter().filter(|said| said["alliance"] == SOUTH) {
        assert!(!said.to_string().contains(CANARY), "{said:#}");
    }
    for file in std::fs::read_dir(office.mails.path()).unwrap() {
        let mail = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let (ours, theirs) = (mail.contains("@northshire"), mail.contains("@southshire"));
        assert!(ours != theirs, "{mail}");
        assert!(!theirs || !mail.contains(CANARY), "{mail}");
    }
}

async fn no_command_of_another_alliance_reaches_a_run(place: Place) {
    let mut office = Office::open(place, 1).await;
    office.must(&start("p")).await;
    let before = all_rows(&office, NORTH).await;
    let letters = every_command(run("p"));
    assert!(letters.len() > 20);
    let mut outcomes: Vec<Value> = Vec::new();
    for letter in letters {
        let own = office.ask(&southern(letter.clone(), "coordinator")).await;
        outcomes.push(own["data"]["outcome"].clone());
        let id = format!("{}-forged", letter.id);
        let forged = southern(Letter { id, ..letter }, "coordinator");
        let forged = Letter {
            alliance: NORTH.to_owned(),
            ..forged
        };
        let answer = office.ask(&forged).await;
        assert_eq!(answer["data"]["code"], "forged_source", "{answer:#}");
    }
    // The start makes a run of the same id that is their own; the rest does what it can to that.
    assert_eq!(outcomes[0], "applied");
    assert_eq!(all_rows(&office, NORTH).await, before);
    let row = office
        .engine
        .store
        .of(&alliance(NORTH))
        .find_run(run("p"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.version, row.status), (1, RunStatus::InProgress));
    checks::all_is_well(&office.engine, NORTH).await;
    checks::all_is_well(&office.engine, SOUTH).await;
    office.close().await;
}
