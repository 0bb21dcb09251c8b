//! What goes out: names, ids, and what must not stand in it.

use serde_json::json;

use super::*;
use crate::core::audit::payload::Payload;
use crate::core::run::entry::{CommandRef, FORMAT};
use crate::core::run::event::How;

const ORIGIN: &str = "https://alongside.example";

fn run() -> RunId {
    RunId("0198c5a8-7d0e-7c3a-9b57-2f6d1c0a4e11".parse().unwrap())
}

fn at() -> Instant {
    "2027-03-02T08:30:00Z".parse().unwrap()
}

fn entry() -> Entry {
    let sealed = Payload::seal(json!("Marking takes too long"), [7; 32]);
    let step: Address = "need".parse().unwrap();
    Entry {
        format: FORMAT,
        alliance: AllianceId("northshire".into()),
        run: run(),
        seq: 7,
        at: at(),
        command: CommandRef {
            source: "https://portal.example".into(),
            id: "c-17".into(),
            kind: "alongside.step.complete".into(),
        },
        actor: None,
        on_behalf_of: None,
        events: vec![
            Event::StepCompleted {
                step: step.clone(),
                attempt: 1,
                how: How::Person,
                actor: None,
                by: None,
                role: None,
                answers: [("question".to_owned(), sealed.commitment.to_value())]
                    .into_iter()
                    .collect(),
                outcome: None,
                reason: None,
            },
            Event::Told {
                name: "need.known".into(),
                step,
            },
        ],
        prev: "0".repeat(64),
    }
}

fn body(message: &Message) -> Value {
    serde_json::from_str(&message.body).unwrap()
}

fn cause() -> Cause {
    Cause {
        id: "c-17".into(),
        source: "https://portal.example".into(),
        kind: Some("alongside.step.complete".into()),
        alliance: Some(AllianceId("northshire".into())),
        run: Some(run()),
    }
}

fn refusal() -> Refusal {
    Refusal {
        code: refusal::Code::InvalidAnswers,
        reason: "Visit date is missing.".into(),
        fields: vec![FieldProblem {
            field: "/date".into(),
            problem: "is missing".into(),
        }],
    }
}

#[test]
fn what_was_applied_is_one_message_named_after_its_first_event() {
    let message = applied(ORIGIN, &entry(), "ab12", "DLP-2026-014");
    assert_eq!(message.kind, "alongside.step.completed");
    assert_eq!(message.id, format!("{}-7", run()));
    let body = body(&message);
    assert_eq!(body["type"], "alongside.step.completed");
    assert_eq!(body["subject"], json!(run()));
    assert_eq!(body["causationid"], "c-17");
    assert_eq!(body["causationsource"], "https://portal.example");
    assert_eq!(body["data"]["outcome"], "applied");
    assert_eq!(body["data"]["version"], 7);
    assert_eq!(body["data"]["entry"], "ab12");
    assert_eq!(body["data"]["events"].as_array().unwrap().len(), 2);
    assert!(
        !message.body.contains("Marking"),
        "an erasable text never leaves the house"
    );
}

#[test]
fn what_a_definition_tells_has_its_own_message_under_a_name_of_its_own() {
    let messages = told(ORIGIN, &entry(), "DLP-2026-014");
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].kind, "alongside.told.need.known");
    assert_eq!(messages[0].id, format!("{}-7-1", run()));
    assert_eq!(body(&messages[0])["data"]["name"], "need.known");
}

#[test]
fn a_message_written_twice_is_the_same_message() {
    let write = || {
        let rejected = Answer::Rejected(refusal());
        (
            applied(ORIGIN, &entry(), "ab12", "DLP-2026-014"),
            answer(ORIGIN, &cause(), Some(6), &rejected, at()),
        )
    };
    assert_eq!(write(), write());
}

#[test]
fn a_refusal_says_code_reason_and_fields() {
    let message = answer(
        ORIGIN,
        &cause(),
        Some(6),
        &Answer::Rejected(refusal()),
        at(),
    );
    assert_eq!(message.kind, "alongside.command.rejected");
    let data = &body(&message)["data"];
    assert_eq!(
        data,
        &json!({
            "outcome": "rejected",
            "command": "alongside.step.complete",
            "run": run(),
            "version": 6,
            "code": "invalid_answers",
            "reason": "Visit date is missing.",
            "fields": [{"field": "/date", "problem": "is missing"}]
        })
    );
}

#[test]
fn a_parked_command_says_until_when() {
    let not_yet = NotYet {
        step: None,
        code: refusal::Code::NotReady,
        reason: "The visit record cannot be filed yet.".into(),
    };
    let until = "2027-04-01T08:30:00Z".parse().unwrap();
    let message = answer(
        ORIGIN,
        &cause(),
        None,
        &Answer::Parked { not_yet, until },
        at(),
    );
    assert_eq!(message.kind, "alongside.command.parked");
    let data = &body(&message)["data"];
    assert_eq!(data["until"], "2027-04-01T08:30:00.000000Z");
    assert_eq!(data["code"], "not_ready");
    assert_eq!(data.get("version"), None);
}

#[test]
fn a_duplicate_says_what_became_of_the_first() {
    let first = First {
        outcome: Outcome::Applied,
        version: Some(7),
        code: None,
        reason: None,
    };
    let message = answer(
        ORIGIN,
        &cause(),
        Some(9),
        &Answer::Duplicate { first },
        at(),
    );
    assert_eq!(message.kind, "alongside.command.duplicate");
    let data = &body(&message)["data"];
    assert_eq!(data["first"], json!({"outcome": "applied", "version": 7}));
    assert_eq!(data.get("code"), None);
    assert!(
        data["reason"]
            .as_str()
            .unwrap()
            .contains("applied as version 7")
    );
}

#[test]
fn another_answer_to_the_same_command_is_another_message() {
    let quarantined = |code| Answer::Quarantined {
        code,
        reason: "…".into(),
    };
    let id = |given: &Answer| answer(ORIGIN, &cause(), None, given, at()).id;
    let ids = [
        id(&Answer::Rejected(refusal())),
        id(&quarantined(Fault::IdReused)),
        id(&quarantined(Fault::WaitedTooLong)),
    ];
    assert_ne!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
}

#[test]
fn an_answer_about_an_unreadable_message_leaves_out_what_is_not_known() {
    let cause = Cause {
        kind: None,
        alliance: None,
        run: None,
        ..cause()
    };
    let given = Answer::Quarantined {
        code: Fault::UnknownType,
        reason: "`x` is no command.".into(),
    };
    let body = body(&answer(ORIGIN, &cause, None, &given, at()));
    for absent in ["subject", "alliance", "actor"] {
        assert_eq!(body.get(absent), None);
    }
    assert_eq!(body["data"]["code"], "unknown_type");
}
