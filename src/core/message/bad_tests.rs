//! The table of bad messages, each with the rule that refuses it.

use serde_json::json;

use super::tests::{good, now, read_value, with, with_data, without};
use super::*;

/// The good message as text, with one piece of it replaced.
fn spoilt(from: &str, to: &str) -> Vec<u8> {
    let text = good().to_string();
    assert!(text.contains(from), "{from} is not in {text}");
    text.replace(from, to).into_bytes()
}

fn deep(depth: usize) -> Vec<u8> {
    let nested = "[".repeat(depth) + &"]".repeat(depth);
    spoilt("true", &nested)
}

/// Bad bytes: nothing in them can be read, so nobody gets an answer.
#[test]
fn what_is_no_json_goes_unanswered() {
    let whole = good().to_string().into_bytes();
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend(&whole);
    let mut broken_utf8 = whole.clone();
    broken_utf8[20] = 0xff;
    let table: Vec<(&str, Vec<u8>, Fault)> = vec![
        ("empty", vec![], Fault::Empty),
        ("over 1 MiB", vec![b' '; MAX_BYTES + 1], Fault::TooLarge),
        ("10 MB", vec![b'['; 10_000_000], Fault::TooLarge),
        ("a byte order mark", marked, Fault::ByteOrderMark),
        ("not UTF-8", broken_utf8, Fault::NotUtf8),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec(), Fault::NotUtf8),
        ("not JSON", b"hello".to_vec(), Fault::NotJson),
        (
            "cut in half",
            whole[..whole.len() / 2].to_vec(),
            Fault::NotJson,
        ),
        (
            "two messages",
            [whole.clone(), whole].concat(),
            Fault::NotJson,
        ),
        ("NaN", spoilt("true", "NaN"), Fault::NotJson),
        ("1e400", spoilt("true", "1e400"), Fault::NotJson),
        (
            "a lone surrogate",
            spoilt("c-17", "\\ud800"),
            Fault::NotJson,
        ),
        ("a list", b"[]".to_vec(), Fault::NotAnObject),
        ("a text", b"\"id\"".to_vec(), Fault::NotAnObject),
    ];
    for (name, bytes, fault) in table {
        let error = read(&bytes, now()).unwrap_err();
        assert_eq!(error.code, fault, "{name}: {}", error.reason);
        assert_eq!(error.cause(), None, "{name}");
        assert!(error.reason.ends_with('.'), "{name}: {}", error.reason);
    }
}

/// Bad values in good JSON: the sender is still known and gets an answer.
#[test]
fn a_readable_id_still_gets_an_answer() {
    let table: Vec<(&str, Vec<u8>, Fault, &str)> = vec![
        (
            "10,000 levels",
            deep(10_000),
            Fault::TooDeep,
            "/data/answers/held",
        ),
        ("33 levels", deep(30), Fault::TooDeep, "32"),
        (
            "a key twice",
            spoilt("\"held\"", "\"held\":1,\"held\""),
            Fault::DuplicateKey,
            "held",
        ),
        (
            "a fraction",
            spoilt("true", "2.5"),
            Fault::BadNumber,
            "/data/answers/held",
        ),
        (
            "minus zero",
            spoilt("true", "-0"),
            Fault::BadNumber,
            "whole number",
        ),
        (
            "2^53",
            spoilt("true", "9007199254740992"),
            Fault::BadNumber,
            "text",
        ),
        (
            "NUL",
            spoilt("true", "\"a\\u0000b\""),
            Fault::BadText,
            "NUL",
        ),
        (
            "NUL in a key",
            spoilt("held", "he\\u0000ld"),
            Fault::BadText,
            "NUL",
        ),
    ];
    for (name, bytes, fault, word) in table {
        assert_fault(name, &read(&bytes, now()), fault, word);
    }
}

/// Attribute, what it is set to (`-`: left out), the fault, and a word of its reason.
const ATTRIBUTES: &str = r#"
specversion | -                            | unknown_specversion | `specversion`
specversion | "0.3"                        | unknown_specversion | 1.0
specversion | 1                            | wrong_field         | `specversion`
type        | -                            | missing_field       | `type`
type        | "order.created"              | unknown_type        | contract
type        | "alongside.step.complet"     | unknown_type        | Did you mean `alongside.step.complete`?
type        | "alongside.timer.fire"       | unknown_type        | outside
type        | "alongside.person.erase"     | unknown_type        | outside
time        | -                            | missing_field       | `time`
time        | "2027-03-02T08:30:00"        | bad_time            | zone
time        | "yesterday"                  | bad_time            | RFC 3339
time        | "0001-01-01T00:00:00Z"       | clock_skew          | `time`
time        | "9999-12-31T23:59:59Z"       | clock_skew          | ahead
time        | "2027-03-06T08:30:00Z"       | clock_skew          | three days
subject     | -                            | missing_field       | `subject`
subject     | "DLP-2026-014"               | wrong_field         | `subject`
actor       | "Jane"                       | wrong_field         | `actor`
actor       | 5                            | wrong_field         | `actor`
onbehalfof  | "x"                          | wrong_field         | `onbehalfof`
expirytime  | "2027-03-02"                 | bad_time            | `expirytime`
alliance    | -                            | missing_field       | `alliance`
alliance    | "North Shire"                | wrong_field         | lower-case
data        | -                            | missing_field       | `data.step`
data        | []                           | wrong_field         | `data`
"#;

/// The type without `alongside.`, its `data`, the fault, and a word of its reason.
const DATA: &str = r#"
step.complete | {"answers": {}}                              | missing_field | `data.step`
step.complete | {"step": "need", "anwsers": {}}              | unknown_field | `data.anwsers`
step.complete | {"step": "need", "type": "alongside.timer.fire"} | unknown_field | `data.type`
step.complete | {"step": "a b"}                              | wrong_field   | address
step.complete | {"step": "need", "answers": "Jane Smith"}    | wrong_field   | `data.answers`
step.complete | {"step": "need", "expected": "7"}            | wrong_field   | `data.expected`
step.complete | {"step": "need", "expected": -1}             | wrong_field   | `data.expected`
step.assign   | {"step": "need", "person": "Jane Smith"}     | wrong_field   | `data.person`
step.redate   | {"step": "need", "due": "2 March 2027", "reason": "x"} | wrong_field | `data.due`
role.appoint  | {"role": "lead", "people": "Jane Smith"}     | wrong_field   | `data.people`
project.stop  | {"reason": null}                             | wrong_field   | `data.reason`
project.resume | {"reason": "x"}                             | unknown_field | `data.reason`
"#;

fn rows(table: &str) -> impl Iterator<Item = [&str; 4]> {
    table.lines().filter(|line| !line.is_empty()).map(|line| {
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        cells.try_into().expect("four cells")
    })
}

#[test]
fn a_bad_attribute_is_named_with_its_rule() {
    for [name, value, fault, word] in rows(ATTRIBUTES) {
        let message = match value {
            "-" => without(name),
            _ => with(name, serde_json::from_str(value).unwrap()),
        };
        let fault = serde_json::from_value(json!(fault)).unwrap();
        assert_fault(
            &format!("{name} {value}"),
            &read_value(&message),
            fault,
            word,
        );
    }
}

#[test]
fn a_bad_field_of_the_data_is_named_with_its_rule() {
    for [kind, data, fault, word] in rows(DATA) {
        let mut message = with_data(serde_json::from_str(data).unwrap());
        message["type"] = json!(format!("alongside.{kind}"));
        let result = read_value(&message);
        let fault = serde_json::from_value(json!(fault)).unwrap();
        assert_fault(data, &result, fault, word);
        let reason = result.unwrap_err().reason;
        assert!(!reason.contains("Jane"), "{data}: {reason}");
    }
}

fn assert_fault(name: &str, result: &Result<Envelope, Box<Unreadable>>, fault: Fault, word: &str) {
    let error = result.as_ref().expect_err(name);
    assert_eq!(error.code, fault, "{name}: {}", error.reason);
    assert!(error.reason.contains(word), "{name}: {}", error.reason);
    assert!(
        error.reason.ends_with(['.', '?']),
        "{name}: {}",
        error.reason
    );
    let cause = error.cause().unwrap_or_else(|| panic!("{name}: no answer"));
    assert_eq!(cause.id, "c-17", "{name}");
}

#[test]
fn an_id_that_cannot_be_used_gets_no_answer() {
    let table = [
        ("missing", without("id"), "missing"),
        ("null", with("id", Value::Null), "missing"),
        ("empty", with("id", json!("")), "empty"),
        ("201 characters", with("id", json!("é".repeat(201))), "long"),
        ("10 KB", with("id", json!("x".repeat(10_000))), "long"),
        ("a line break", with("id", json!("a\nb")), "control"),
    ];
    for (name, message, word) in table {
        let error = read_value(&message).unwrap_err();
        assert_eq!(error.code, Fault::BadId, "{name}");
        assert!(error.reason.contains(word), "{name}: {}", error.reason);
        assert_eq!(error.cause(), None, "{name}");
    }
    let twice = read(&spoilt("\"c-17\"", "\"c-17\",\"id\":\"c-18\""), now()).unwrap_err();
    assert_eq!((twice.code, twice.cause()), (Fault::DuplicateKey, None));
    assert!(read_value(&with("id", json!("é".repeat(200)))).is_ok());
}
