//! Which numbers are taken: whole ones that every reader of JSON keeps exactly.
//!
//! There are no fractions. A value is hashed in one spelling, and whoever rounds would change what
//! somebody has said. Messages are read by this rule and commands decided by it, so that no
//! entrance takes what another one refuses.

use serde_json::{Map, Number, Value};

/// The rule in words: "must be …", "is not …".
pub const RULE: &str = "a whole number within ±9007199254740991";

/// 2^53-1: the largest integer that every reader of JSON keeps exactly.
const MOST: u64 = (1 << 53) - 1;

/// A float is refused however it reads: `1.0`, `1e3` and `-0` have a second spelling.
pub fn is_taken(number: &Number) -> bool {
    let size = match number.as_i64() {
        Some(whole) => Some(whole.unsigned_abs()),
        None => number.as_u64(),
    };
    size.is_some_and(|size| size <= MOST)
}

/// The places of the numbers that are not taken, as JSON pointers, in order.
pub fn not_taken(fields: &Map<String, Value>) -> Vec<String> {
    let mut places = Vec::new();
    for (name, value) in fields {
        look(value, &step_into("", name), &mut places);
    }
    places
}

fn look(value: &Value, place: &str, places: &mut Vec<String>) {
    match value {
        Value::Number(number) if !is_taken(number) => places.push(place.to_owned()),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                look(item, &step_into(place, &at.to_string()), places);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                look(value, &step_into(place, name), places);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn step_into(place: &str, name: &str) -> String {
    format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_up_to_two_to_the_53_are_taken() {
        for (text, taken) in [
            ("0", true),
            ("-7", true),
            ("9007199254740991", true),
            ("-9007199254740991", true),
            ("9007199254740992", false),
            ("-9007199254740992", false),
            ("18446744073709551615", false),
            ("123456789012345678901234567890", false),
            ("2.5", false),
            ("1.0", false),
            ("1e3", false),
            ("1e-400", false),
            ("-0", false),
        ] {
            let number: Number = serde_json::from_str(text).unwrap();
            assert_eq!(is_taken(&number), taken, "{text}");
        }
    }

    #[test]
    fn a_number_is_found_at_any_depth() {
        let answers = json!({"n": 1, "half": 0.5, "a/b": [{"by": "head", "n": 1e20}], "t": "0.5"});
        assert_eq!(
            not_taken(answers.as_object().unwrap()),
            ["/half", "/a~1b/0/n"]
        );
    }
}
