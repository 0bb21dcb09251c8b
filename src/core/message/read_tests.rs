//! What good messages become, and what is forgiven.

use serde_json::json;

use super::*;

const RUN: &str = "0198c5a8-7d0e-7c3a-9b57-2f6d1c0a4e11";

pub(super) fn now() -> Instant {
    "2027-03-02T08:30:00Z".parse().unwrap()
}

pub(super) fn good() -> Value {
    json!({
        "specversion": "1.0",
        "id": "c-17",
        "source": "https://portal.example/northshire",
        "type": "alongside.step.complete",
        "time": "2027-03-02T09:00:00+01:00",
        "subject": RUN,
        "alliance": "northshire",
        "actor": "0198c5a8-7d0e-7c3a-9b57-2f6d1c0a4e22",
        "data": {"step": "visits[2].record", "answers": {"held": true}, "expected": 7}
    })
}

/// The good message with one attribute set to something else.
pub(super) fn with(name: &str, value: Value) -> Value {
    let mut message = good();
    message[name] = value;
    message
}

pub(super) fn without(name: &str) -> Value {
    let mut message = good();
    message.as_object_mut().unwrap().shift_remove(name);
    message
}

pub(super) fn with_data(data: Value) -> Value {
    with("data", data)
}

pub(super) fn read_value(message: &Value) -> Result<Envelope, Box<Unreadable>> {
    read(message.to_string().as_bytes(), now())
}

#[test]
fn a_good_message_becomes_an_envelope() {
    let envelope = read_value(&good()).unwrap();
    assert_eq!(envelope.id, "c-17");
    assert_eq!(envelope.alliance, AllianceId("northshire".into()));
    assert_eq!(envelope.run.to_string(), RUN);
    assert_eq!(envelope.time.to_string(), "2027-03-02T08:00:00.000000Z");
    assert_eq!(envelope.expected, Some(7));
    assert_eq!(envelope.expires, None);
    assert_eq!(
        envelope.command,
        Command::StepComplete {
            step: "visits[2].record".parse().unwrap(),
            answers: json!({"held": true}).as_object().cloned(),
            outcome: None,
            reason: None,
        }
    );
}

#[test]
fn an_unknown_attribute_is_ignored() {
    let message = with("x-portal-page", json!({"a": [1]}));
    assert_eq!(read_value(&message), read_value(&good()));
}

#[test]
fn a_null_attribute_is_as_good_as_none() {
    assert_eq!(
        read_value(&with("onbehalfof", Value::Null)),
        read_value(&good())
    );
}

#[test]
fn a_start_without_a_subject_always_makes_the_same_run() {
    let mut start = without("subject");
    start["type"] = json!("alongside.project.start");
    start["data"] = json!({"workflow": "leadership", "host_school": "100001", "title": "Reading"});
    let first = read_value(&start).unwrap().run;
    assert_eq!(read_value(&start).unwrap().run, first);
    assert_eq!(first.0.get_version_num(), 8);
    start["id"] = json!("c-18");
    let other = read_value(&start).unwrap().run;
    assert_ne!(other, first);
    start["data"]["titel"] = json!("x");
    assert_eq!(
        read_value(&start).unwrap_err().run,
        Some(other),
        "a fault knows the run too"
    );
}

#[test]
fn a_command_without_fields_needs_no_data() {
    let mut resume = without("data");
    resume["type"] = json!("alongside.project.resume");
    assert_eq!(
        read_value(&resume).unwrap().command,
        Command::ProjectResume {}
    );
    resume["data"] = json!({"expected": 3});
    assert_eq!(read_value(&resume).unwrap().expected, Some(3));
    resume["data"] = json!({"reason": "?"});
    assert_eq!(read_value(&resume).unwrap_err().code, Fault::UnknownField);
}

#[test]
fn a_message_that_is_not_decided_still_knows_its_sender() {
    let bytes = with("type", json!("order.created")).to_string();
    let unrouted = undecided(bytes.as_bytes(), Fault::Unrouted, "It leads nowhere.");
    assert_eq!(unrouted.cause().unwrap().id, "c-17");
    assert_eq!(unrouted.code, Fault::Unrouted);
    let garbage = undecided(b"{", Fault::DeadLettered, "It was given up.");
    assert_eq!((garbage.code, garbage.cause()), (Fault::DeadLettered, None));
}

#[test]
fn html_and_templates_are_only_text() {
    let data = json!({"step": "need", "reason": "<script>{{ x }}</script>\u{202e}"});
    assert!(read_value(&with_data(data)).is_ok());
}

#[test]
fn the_fingerprint_is_of_what_is_said_and_not_of_how() {
    let one = br#"{"id": "a", "data": {"x": 1, "y": "\u00e9"}}"#;
    let same = "{\"data\":{\"y\":\"é\",\"x\":1},\"traceparent\":\"00-1\",\"id\":\"a\"}";
    let other = br#"{"id": "a", "data": {"x": 2, "y": "\u00e9"}}"#;
    assert_eq!(fingerprint(one), fingerprint(same.as_bytes()));
    assert_ne!(fingerprint(one), fingerprint(other));
    assert_ne!(fingerprint(b"{"), fingerprint(b"{ "));
    assert_ne!(fingerprint(br#"{"a":1.5}"#), fingerprint(br#"{"a":1.50}"#));
}

#[test]
fn only_cloud_events_in_plain_json_are_read() {
    let right = "application/cloudevents+json; charset=utf-8";
    for (kind, encoding, good) in [
        (None, None, true),
        (Some(right), None, true),
        (Some("Application/CloudEvents+JSON"), Some("utf-8"), true),
        (Some("application/json"), None, false),
        (Some("text/plain"), None, false),
        (Some(right), Some("gzip"), false),
    ] {
        let found = check_content(kind, encoding);
        assert_eq!(found.is_ok(), good, "{kind:?} {encoding:?}");
    }
}

#[test]
fn any_bytes_at_all_are_read_or_refused() {
    proptest::proptest!(|(bytes: Vec<u8>, at in 0usize..400, byte: u8)| {
        let _ = read(&bytes, now());
        let mut text = good().to_string().into_bytes();
        if let Some(place) = text.get_mut(at) { *place = byte; }
        let _ = read(&text, now());
        let _ = fingerprint(&text);
    });
}
