//! Texts that can be erased: the log holds a salted commitment, a payload row the text and salt.
//!
//! The commitment is HMAC-SHA-256 over the canonical value under a salt of its own, so that a
//! deleted text cannot be guessed back. Deleting the payload leaves chain and fold as they were;
//! a payload that is missing without an erasure in the log is tampering.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

/// 64 lower-case hex digits that stand for a text.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Commitment {
    pub commitment: String,
}

/// A text, kept beside the log until it is erased.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    pub commitment: Commitment,
    /// 64 lower-case hex digits.
    pub salt: String,
    pub value: Value,
}

impl Payload {
    /// Seals a value under a salt of 32 bytes.
    pub fn seal(value: Value, salt: [u8; 32]) -> Self {
        let commitment = Commitment {
            commitment: commit(&value, &salt),
        };
        Self {
            commitment,
            salt: HEXLOWER.encode(&salt),
            value,
        }
    }

    /// Whether text and salt still are what the log committed to.
    pub fn is_genuine(&self) -> bool {
        HEXLOWER
            .decode(self.salt.as_bytes())
            .is_ok_and(|salt| commit(&self.value, &salt) == self.commitment.commitment)
    }
}

impl Commitment {
    /// As it stands inside answers.
    pub fn to_value(&self) -> Value {
        json!({ "commitment": self.commitment })
    }

    /// Reads `{"commitment": "…"}`; anything else is no commitment.
    pub fn from_value(value: &Value) -> Option<Self> {
        let fields = value.as_object().filter(|fields| fields.len() == 1)?;
        let commitment = fields.get("commitment")?.as_str()?.to_owned();
        Some(Self { commitment })
    }
}

/// All commitments anywhere inside a value.
pub fn commitments(value: &Value, found: &mut BTreeSet<Commitment>) {
    if let Some(commitment) = Commitment::from_value(value) {
        found.insert(commitment);
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| commitments(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| commitments(field, found)),
        _ => {}
    }
}

fn commit(value: &Value, salt: &[u8]) -> String {
    let bytes = super::chain::canonical(value);
    let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes a key of any length");
    mac.update(bytes.as_bytes());
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_text_or_salt_is_not_genuine() {
        let sealed = Payload::seal(json!("Marking takes too long"), [7; 32]);
        assert!(sealed.is_genuine());
        assert!(
            !Payload {
                value: json!("Marking is fine"),
                ..sealed.clone()
            }
            .is_genuine()
        );
        assert!(
            !Payload {
                salt: HEXLOWER.encode(&[8; 32]),
                ..sealed
            }
            .is_genuine()
        );
    }

    #[test]
    fn commitments_are_found_at_any_depth() {
        let sealed = Payload::seal(json!("x"), [1; 32]);
        let value = json!({"events": [{"answers": {"why": sealed.commitment.to_value()}}]});
        let mut found = BTreeSet::new();
        commitments(&value, &mut found);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            vec![sealed.commitment]
        );
    }
}
