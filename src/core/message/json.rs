//! JSON as strictly as a hash chain needs it: what is read can be written in one way only.
//!
//! Duplicate keys, fractions, integers that other readers would round, NUL and deep nesting are
//! faults. They are collected and not thrown, so that the `id` beside a bad field can still be
//! read and the sender gets an answer. Nothing is mended in silence.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::fault::{Fault, Unreadable};
use crate::core::number;

/// 1 MiB: refused before anything is parsed.
pub const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 32;

/// A JSON value, and the first rule that it breaks.
pub struct Parsed {
    pub value: Value,
    pub broken: Option<Broken>,
}

/// A broken rule and its place as a JSON pointer.
pub struct Broken {
    pub code: Fault,
    pub place: String,
}

impl Broken {
    pub fn reason(&self) -> String {
        let place = if self.place.is_empty() {
            "The message".to_owned()
        } else {
            format!("`{}`", self.place)
        };
        match self.code {
            Fault::TooDeep => {
                format!("{place} is nested deeper than {MAX_DEPTH}. Send a flatter value.")
            }
            Fault::DuplicateKey => format!(
                "{place} stands twice in one object. Send each key once, or nobody knows which \
                 one counts."
            ),
            Fault::BadNumber => format!(
                "{place} is not {}. Send fractions and larger numbers as text.",
                number::RULE
            ),
            _ => format!("{place} holds the character NUL. Leave it out."),
        }
    }
}

/// Reads bytes as JSON. An error means that nothing in them can be read.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Box<Unreadable>> {
    if bytes.is_empty() {
        let reason = "The message has no body. Send one CloudEvent as JSON.";
        return Err(Unreadable::new(Fault::Empty, reason));
    }
    if bytes.len() > MAX_BYTES {
        let reason = format!(
            "The message has {} bytes, {MAX_BYTES} is the most. Send less, files by reference.",
            bytes.len()
        );
        return Err(Unreadable::new(Fault::TooLarge, reason));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        let reason = "The message begins with a byte order mark. Send UTF-8 without one.";
        return Err(Unreadable::new(Fault::ByteOrderMark, reason));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let reason = format!("The message is not UTF-8 from byte {at} on. Send JSON in UTF-8.");
        Unreadable::new(Fault::NotUtf8, reason)
    })?;
    parse_text(text).map_err(|error| {
        let reason = format!("The message is not JSON: {error}. Send one whole JSON object.");
        Unreadable::new(Fault::NotJson, reason)
    })
}

fn parse_text(text: &str) -> Result<Parsed, serde_json::Error> {
    let mut reading = Reading::default();
    let mut source = serde_json::Deserializer::from_str(text);
    let node = Node {
        reading: &mut reading,
        depth: 0,
    };
    let mut value = node.deserialize(&mut source)?;
    source.end()?;
    if let Value::Object(fields) = &mut value {
        // Which of two ids was meant cannot be known, so there is none.
        for key in &reading.twice_at_top {
            fields.shift_remove(key);
        }
    }
    let broken = reading.broken.map(|(code, keys)| Broken {
        code,
        place: keys
            .iter()
            .rev()
            .fold(String::new(), |place, key| place + "/" + key),
    });
    Ok(Parsed { value, broken })
}

/// What was found so far. The keys of a place are added from the inside out, on the way back.
#[derive(Default)]
struct Reading {
    broken: Option<(Fault, Vec<String>)>,
    twice_at_top: Vec<String>,
}

impl Reading {
    fn note(&mut self, code: Fault) {
        if self.broken.is_none() {
            self.broken = Some((code, Vec::new()));
        }
    }

    fn add_place(&mut self, was_broken: bool, key: &str) {
        if let (false, Some((_, keys))) = (was_broken, &mut self.broken) {
            keys.push(key.replace('~', "~0").replace('/', "~1"));
        }
    }

    fn number(&mut self, number: Number) -> Value {
        if !number::is_taken(&number) {
            self.note(Fault::BadNumber);
        }
        Value::Number(number)
    }

    fn check_text(&mut self, text: &str) {
        if text.contains('\0') {
            self.note(Fault::BadText);
        }
    }
}

struct Node<'a> {
    reading: &'a mut Reading,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(self.reading.number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(self.reading.number(value.into()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        self.reading.note(Fault::BadNumber);
        Ok(Value::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        self.reading.check_text(text);
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        self.reading.check_text(&text);
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        if self.depth == MAX_DEPTH {
            self.reading.note(Fault::TooDeep);
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        }
        let mut values = Vec::new();
        loop {
            let was_broken = self.reading.broken.is_some();
            let item = Node {
                reading: self.reading,
                depth: self.depth + 1,
            };
            let Some(value) = items.next_element_seed(item)? else {
                return Ok(Value::Array(values));
            };
            self.reading
                .add_place(was_broken, &values.len().to_string());
            values.push(value);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        if self.depth == MAX_DEPTH {
            self.reading.note(Fault::TooDeep);
            while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        }
        let mut fields = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let was_broken = self.reading.broken.is_some();
            self.reading.check_text(&key);
            if fields.contains_key(&key) {
                self.reading.note(Fault::DuplicateKey);
                if self.depth == 0 {
                    self.reading.twice_at_top.push(key.clone());
                }
                entries.next_value::<IgnoredAny>()?;
                self.reading.add_place(was_broken, &key);
                continue;
            }
            let value = entries.next_value_seed(Node {
                reading: self.reading,
                depth: self.depth + 1,
            })?;
            self.reading.add_place(was_broken, &key);
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Option<(Fault, String)> {
        let parsed = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error:?}"));
        parsed.broken.map(|broken| (broken.code, broken.place))
    }

    #[test]
    fn the_place_of_a_fault_is_a_pointer() {
        let found = broken(r#"{"data": {"answers": {"a/b": [1, 2.5]}}}"#);
        assert_eq!(
            found,
            Some((Fault::BadNumber, "/data/answers/a~1b/1".into()))
        );
    }

    #[test]
    fn only_the_first_fault_is_named() {
        let found = broken(r#"{"a": {"b": "\u0000"}, "c": 1.5}"#);
        assert_eq!(found, Some((Fault::BadText, "/a/b".into())));
    }

    #[test]
    fn whole_numbers_up_to_two_to_the_53_are_kept() {
        assert_eq!(broken("[9007199254740991, -9007199254740991, 0]"), None);
        for bad in ["9007199254740992", "-9007199254740992", "1e2", "-0", "0.5"] {
            assert_eq!(
                broken(&format!("[{bad}]")),
                Some((Fault::BadNumber, "/0".into())),
                "{bad}"
            );
        }
    }

    #[test]
    fn thirty_two_levels_are_read_and_thirty_three_are_not() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(broken(&nested(MAX_DEPTH)), None);
        assert_eq!(
            broken(&nested(33)).map(|found| found.0),
            Some(Fault::TooDeep)
        );
        assert_eq!(
            broken(&nested(10_000)).map(|found| found.0),
            Some(Fault::TooDeep)
        );
    }

    #[test]
    fn of_a_key_that_stands_twice_at_the_top_neither_is_read() {
        let parsed = parse(br#"{"id": "a", "id": "b", "source": "s"}"#).unwrap();
        assert_eq!(parsed.value, serde_json::json!({"source": "s"}));
    }
}
