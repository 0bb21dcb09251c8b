//! Enhanced status codes (RFC 3463): `5.1.1`, what a server means beyond its three digits.
//!
//! The same code stands in an SMTP answer and in a bounce, so what it says of an address is decided
//! once, here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `class.subject.detail`; the class is 2, 4 or 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Status {
    pub class: u8,
    pub subject: u16,
    pub detail: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no status: write three numbers like 5.1.1")]
pub struct NoStatus(String);

impl Status {
    /// The status with which the words of an answer begin, if they do.
    pub fn leading(words: &str) -> Option<Self> {
        words.split_whitespace().next()?.parse().ok()
    }

    /// Whether nothing sent to this address will ever arrive: no such mailbox, host or form of
    /// address, or a mailbox that was closed. A full mailbox or a filter is no such thing.
    pub fn says_the_address_is_bad(self) -> bool {
        self.class == 5
            && matches!(
                (self.subject, self.detail),
                (1, 1 | 2 | 3 | 6 | 10) | (2, 1)
            )
    }

    /// Whether it is we who are not wanted: policy, security, our sender's address.
    pub fn is_about_us(self) -> bool {
        self.class == 5 && matches!((self.subject, self.detail), (7, _) | (1, 7 | 8))
    }
}

impl FromStr for Status {
    type Err = NoStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (class, rest) = text.split_once('.')?;
            let (subject, detail) = rest.split_once('.')?;
            let number = |digits: &str| {
                let plain = (1..=3).contains(&digits.len())
                    && digits.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| digits.parse().ok()).flatten()
            };
            Some(Self {
                class: class
                    .parse()
                    .ok()
                    .filter(|class| [2, 4, 5].contains(class))?,
                subject: number(subject)?,
                detail: number(detail)?,
            })
        };
        read().ok_or_else(|| NoStatus(text.chars().take(20).collect()))
    }
}

impl TryFrom<String> for Status {
    type Error = NoStatus;

    fn try_from(text: String) -> Result<Self, NoStatus> {
        text.parse()
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        status.to_string()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_three_numbers_and_nothing_else() {
        for text in ["5.1.1", "4.7.0", "2.0.0", "5.7.509"] {
            assert_eq!(text.parse::<Status>().unwrap().to_string(), text);
        }
        for text in [
            "", "5", "5.1", "3.1.1", "5.1.1.1", "5..1", "5.1.+1", "5.1.1000", "ö.1.1",
        ] {
            assert!(text.parse::<Status>().is_err(), "{text}");
        }
        assert_eq!(Status::leading("5.1.1 no such user").unwrap().detail, 1);
        assert_eq!(Status::leading("no such user 5.1.1"), None);
    }

    #[test]
    fn only_what_is_wrong_for_good_makes_an_address_bad() {
        let bad = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"];
        let good = [
            "4.1.1", "5.1.7", "5.2.2", "5.3.4", "5.7.1", "5.0.0", "2.1.1",
        ];
        let says = |text: &str| text.parse::<Status>().unwrap().says_the_address_is_bad();
        assert!(bad.into_iter().all(says));
        assert!(!good.into_iter().any(says));
    }
}
