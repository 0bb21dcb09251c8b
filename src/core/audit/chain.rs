//! The hash chain of one run, over the bytes as they are stored.
//!
//! Bytes are RFC 8785 (JSON Canonicalization Scheme) and are stored exactly as hashed; nothing is
//! ever written again in order to verify it. The first entry names 64 zeros as what came before.

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What the first entry of a run has as `prev`.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// RFC 8785 text of a value. All values of ours are plain data, so it cannot fail.
pub fn canonical<T: Serialize>(value: &T) -> String {
    serde_json_canonicalizer::to_string(value)
        .expect("plain data with text keys and no floats always has a canonical form")
}

/// SHA-256 of stored bytes, in lower-case hex.
pub fn hash(stored: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(stored.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_ordered_as_rfc_8785_says() {
        // RFC 8785, section 3.2.3: by UTF-16 code units.
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let order = [
            "\\r",
            "1",
            "\u{80}",
            "\u{f6}",
            "\u{20ac}",
            "\u{1f600}",
            "\u{fb33}",
        ];
        let text = canonical(&value);
        let places: Vec<_> = order.iter().map(|key| text.find(key).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn the_hash_is_of_the_bytes_as_stored() {
        assert_ne!(hash("{\"a\":1}"), hash("{\"a\": 1}"));
        assert_eq!(
            hash(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
