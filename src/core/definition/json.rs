//! JSON in which every key stands once, because nobody knows which of two answers was meant.
//!
//! `serde_json` by itself keeps the last one in silence. For data by hand; messages are read more
//! strictly (`core/message/json`), with a code for each fault.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads JSON. The error `is_data` if a key stands twice, and then its place is right behind it.
pub fn read_json(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).map(|Strict(value)| value)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format!("`{key}` stands twice here")));
            }
            let Strict(value) = entries.next_value()?;
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_reader_understands_alike_is_read() {
        let text = r#"{"a": [1, -2, 2.5, "x\u0041", null], "b": {"a": true, "A": {}}}"#;
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read_json(text).unwrap(), plain);
    }

    #[test]
    fn a_key_that_stands_twice_is_named_with_its_place() {
        for (text, said) in [
            (
                "{\"a\": 1,\n \"a\": 2}",
                "`a` stands twice here at line 2 column 4",
            ),
            (
                r#"{"rows": [{"by": 1, "by": 1}]}"#,
                "`by` stands twice here at line 1 column 24",
            ),
        ] {
            let error = read_json(text).unwrap_err();
            assert!(error.is_data(), "{text}");
            assert_eq!(error.to_string(), said);
        }
        assert!(!read_json("{a: 1}").unwrap_err().is_data());
    }
}
