//! `person`: what is held about somebody, and taking it away.

use super::Home;

const SUNITA: &str = "sunita@alder-vale.example";

#[test]
fn after_an_erasure_the_log_is_good_and_the_person_is_gone() {
    let home = Home::at_work();
    let id = home.id_of(SUNITA);
    let before = state(&home);
    let dry = home.done(&["person", "erase", SUNITA, "--dry-run"]);
    assert!(dry.contains("2 texts in T-2026-001"), "{dry}");
    let said = home.done(&["person", "erase", SUNITA, "--yes"]);
    assert!(
        said.contains("2 texts in T-2026-001") && said.contains("Not erased:"),
        "{said}"
    );
    let verified = home.done(&["audit", "verify"]);
    assert!(verified.contains("5 entries, 2 texts erased"), "{verified}");
    assert_eq!(without_version(&before), without_version(&state(&home)));

    let shown = home.json(&["person", "show", &id]);
    assert_eq!(shown["erased"], true);
    for file in ["alongside.db", "alongside.db-wal"] {
        let bytes = std::fs::read(home.path().join(file)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(SUNITA), "{file} holds what was erased");
    }
    assert!(shown["name"].is_null() && shown["email"].is_null() && shown["phone"].is_null());
    assert_eq!(shown["posts"], serde_json::json!([]));
    for word in ["Sunita", "sunita@", "Marking in year 5", "960901"] {
        assert!(!held(&home, word), "{word} is still there");
    }
    // What others wrote stays.
    assert!(held(&home, "Too wide."));
    let twice = home.done(&["person", "erase", &id, "--yes"]);
    assert!(!twice.contains("texts in T-2026-001"), "{twice}");
}

#[test]
fn somebody_who_was_erased_comes_back_as_a_new_person() {
    let home = Home::at_work();
    let id = home.id_of(SUNITA);
    home.done(&["person", "erase", SUNITA, "--yes"]);
    home.done(&["import", "people", "people.csv"]);
    assert_ne!(home.id_of(SUNITA), id);
}

#[test]
fn the_only_coordinator_cannot_be_erased() {
    let home = Home::at_work();
    let said = home.say(&["person", "erase", "judith@alliance.example", "--yes"]);
    assert!(
        said.code == 1 && said.err.contains("only coordinator"),
        "{said:?}"
    );
}

#[test]
fn an_export_holds_all_that_is_known_about_a_person() {
    let home = Home::at_work();
    home.done(&["person", "export", SUNITA, "--out", "sunita.json"]);
    let text = std::fs::read_to_string(home.path().join("sunita.json")).unwrap();
    let export: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(export["person"]["email"], SUNITA);
    assert_eq!(export["person"]["phone"], "01632 960901");
    assert_eq!(export["person"]["posts"][0]["role"], "cpd_lead");
    let project = &export["projects"][0];
    assert_eq!(project["project"], "T-2026-001");
    let texts = project["texts"].as_array().unwrap();
    assert_eq!(texts.len(), 2);
    assert_eq!(texts[1]["text"], "Marking in year 5");
    assert_eq!(texts[1]["place"], "events[0].answers.title");
    assert!(
        !project.to_string().contains("Too wide."),
        "what another wrote is theirs"
    );
    assert!(!export["mails"].as_array().unwrap().is_empty());
    let said = home.say(&["person", "show", "nobody@alder-vale.example"]);
    assert!(
        said.code == 1 && said.err.contains("nobody in the directory"),
        "{said:?}"
    );
}

fn state(home: &Home) -> serde_json::Value {
    let copy = home.copy();
    let text = query(&copy, "SELECT state FROM run");
    serde_json::from_str(&text).unwrap()
}

fn without_version(state: &serde_json::Value) -> serde_json::Value {
    let mut state = state.clone();
    let fields = state.as_object_mut().unwrap();
    fields.remove("version");
    fields.remove("changed_at");
    state
}

fn query(home: &Home, sql: &'static str) -> String {
    use sqlx::{Connection, SqliteConnection};
    let url = format!("sqlite:{}", home.path().join("alongside.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut session = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query_scalar(sql)
            .fetch_one(&mut session)
            .await
            .unwrap()
    })
}

/// Whether the database (its own copy, without what was deleted) or a mail holds a word.
fn held(home: &Home, word: &str) -> bool {
    let copy = home.copy();
    let mut places = vec![copy.path().join("alongside.db")];
    let mails = std::fs::read_dir(home.path().join("mail")).unwrap();
    places.extend(mails.map(|mail| mail.unwrap().path()));
    places.iter().any(|place| {
        let bytes = std::fs::read(place).unwrap();
        bytes
            .windows(word.len())
            .any(|window| window == word.as_bytes())
    })
}
