//! The files of one definition as one value, which is pinned and hashed.
//!
//! Reading a folder is somebody else's work: nothing here touches a file. The canonical form is
//! JSON by RFC 8785, so that equal files have equal bytes on every machine.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One definition: its YAML, and `forms/NAME.yaml|json`, `mails/NAME.txt|html`,
/// `invites/NAME.txt` beside it, by their names from the folder of the definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// As people know it: for messages only, no part of the hash.
    pub path: String,
    pub text: String,
    pub files: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stored definition cannot be read: {0}")]
pub struct BadBundle(String);

impl Bundle {
    /// The canonical JSON that is kept in the database.
    pub fn to_json(&self) -> String {
        serde_json_canonicalizer::to_string(self)
            .expect("three strings and a map of strings always have a JSON form")
    }

    pub fn from_json(text: &str) -> Result<Self, BadBundle> {
        serde_json::from_str(text).map_err(|error| BadBundle(error.to_string()))
    }

    /// SHA-256 over the texts, in lower-case hex. The path does not count: the same definition
    /// read from another folder is the same definition.
    pub fn hash(&self) -> String {
        let content = Self {
            path: String::new(),
            ..self.clone()
        };
        HEXLOWER.encode(&Sha256::digest(content.to_json()))
    }

    /// Text of a file from its bytes: UTF-8, with or without a byte order mark.
    pub fn decode(bytes: &[u8]) -> Result<String, String> {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err("this file is UTF-16; save it as UTF-8".to_owned());
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()]
                .split(|byte| *byte == b'\n')
                .count();
            format!("line {line} is not UTF-8; save the file as UTF-8")
        })?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(path: &str) -> Bundle {
        Bundle {
            path: path.to_owned(),
            text: "workflow: small\n".to_owned(),
            files: BTreeMap::from([("forms/need.yaml".to_owned(), "type: object\n".to_owned())]),
        }
    }

    #[test]
    fn a_bundle_survives_its_json() {
        let before = bundle("a/project.yaml");
        assert_eq!(Bundle::from_json(&before.to_json()), Ok(before));
        assert!(Bundle::from_json("{\"path\": 3}").is_err());
    }

    #[test]
    fn the_hash_is_that_of_the_content_not_of_the_folder() {
        assert_eq!(bundle("a").hash(), bundle("b").hash());
        let mut other = bundle("a");
        other.files.insert("mails/x.txt".to_owned(), String::new());
        assert_ne!(other.hash(), bundle("a").hash());
    }

    #[test]
    fn utf_16_and_latin_1_are_refused_by_name() {
        assert!(
            Bundle::decode(&[0xff, 0xfe, b'a', 0])
                .unwrap_err()
                .contains("UTF-16")
        );
        assert!(
            Bundle::decode(b"a\nCaf\xe9")
                .unwrap_err()
                .contains("line 2")
        );
        assert_eq!(Bundle::decode(b"\xef\xbb\xbfa").unwrap(), "a");
    }
}
