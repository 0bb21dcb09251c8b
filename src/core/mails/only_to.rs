//! The list of those who may get mails while an alliance tries things out.
//!
//! Whole addresses or whole domains, nothing cleverer: a list that is read differently from how it
//! was meant sends mails to headteachers.

use std::str::FromStr;

/// `ada@alder.example, @trial.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyTo(Vec<String>);

impl OnlyTo {
    pub fn allows(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let domain = address.rfind('@').map(|at| &address[at..]);
        let named = |entry: &String| *entry == address || domain == Some(entry.as_str());
        self.0.iter().any(named)
    }
}

impl FromStr for OnlyTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let entries: Vec<String> = text
            .split(',')
            .map(|entry| entry.trim().to_lowercase())
            .collect();
        let is_good = |entry: &String| {
            let plain = entry.chars().all(|c| !c.is_whitespace() && !c.is_control());
            plain && entry.matches('@').count() == 1 && !entry.ends_with('@')
        };
        match entries.iter().find(|entry| !is_good(entry)) {
            None => Ok(Self(entries)),
            Some(entry) => Err(format!(
                "`{}` is neither an address nor a domain: write `ada@alder.example, @trial.example`",
                entry.escape_debug()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_addresses_and_domains_are_let_through() {
        let list: OnlyTo = "Ada@Alder.example, @trial.example".parse().unwrap();
        for good in ["ada@alder.example", "ADA@ALDER.EXAMPLE", "x@trial.example"] {
            assert!(list.allows(good), "{good}");
        }
        for bad in [
            "bob@alder.example",
            "x@sub.trial.example",
            "x@nottrial.example",
            "trial.example",
            "",
        ] {
            assert!(!list.allows(bad), "{bad}");
        }
    }

    #[test]
    fn a_list_that_cannot_be_meant_is_refused() {
        for text in ["", "ada", "a@b@c", "ada@", "a@b,,c@d", "a@b;c@d", "a@b c@d"] {
            let said = text.parse::<OnlyTo>().unwrap_err();
            assert!(
                said.contains("is neither an address nor a domain"),
                "{said}"
            );
        }
    }
}
