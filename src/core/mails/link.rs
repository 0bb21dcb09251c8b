//! Where a project is found in an alliance's portal: an address with places for its reference and step.

use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::core::names::RunId;
use crate::core::run::address::Address;

/// What a pattern may hold in braces.
const PLACES: [&str; 3] = ["project", "run", "step"];

/// Everything but letters, digits and these.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `https://portal.example/projects/{project}/{step}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

impl FromStr for Link {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.starts_with("https://") && !text.starts_with("http://") {
            return Err(format!(
                "`{text}` is no address of a page: begin with https://"
            ));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(format!("`{text}` has a space in it: write %20"));
        }
        let mut found = false;
        for piece in text.split('{').skip(1) {
            let name = piece.split_once('}').map(|(name, _)| name);
            match name.filter(|name| PLACES.contains(name)) {
                Some(name) => found |= name != "step",
                None => {
                    return Err(format!(
                        "`{{{piece}` is none of the places {{project}}, {{run}} and {{step}}"
                    ));
                }
            }
        }
        if !found {
            let why = "every project would have the same page: put {project} or {run} into it";
            return Err(format!("`{text}`: {why}"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Link {
    /// The page of a project; of a step, where the pattern has a place for it.
    pub fn to(&self, reference: &str, run: RunId, step: Option<&Address>) -> String {
        let step = step.map(ToString::to_string).unwrap_or_default();
        self.0
            .replace("{project}", &escaped(reference))
            .replace("{run}", &run.to_string())
            .replace("{step}", &escaped(&step))
    }
}

/// As a part of an address.
fn escaped(text: &str) -> String {
    utf8_percent_encode(text, &ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_step_has_its_reference_and_address() {
        let link: Link = "https://p.example/{project}/{step}?run={run}"
            .parse()
            .unwrap();
        let run = RunId(uuid::Uuid::nil());
        let step = "visits[2].plan".parse().unwrap();
        assert_eq!(
            link.to("DLP-2027-001", run, Some(&step)),
            format!("https://p.example/DLP-2027-001/visits%5B2%5D.plan?run={run}")
        );
        assert_eq!(
            link.to("DLP-2027-001", run, None),
            format!("https://p.example/DLP-2027-001/?run={run}")
        );
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for (text, why) in [
            ("portal.example/{project}", "begin with https://"),
            ("javascript:alert({project})", "begin with https://"),
            ("https://p.example/{projct}", "none of the places"),
            ("https://p.example/{project", "none of the places"),
            ("https://p.example/", "the same page"),
            ("https://p.example/{step}", "the same page"),
            ("https://p.example/a b/{project}", "has a space"),
        ] {
            let said = text.parse::<Link>().unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
