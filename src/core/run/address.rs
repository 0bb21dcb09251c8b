//! The address of a step or group in a run: `need`, `visits[2].record`, `team[PERSON].declare`.
//!
//! A path whose groups that happen several times carry a key: the number of the pass, the URN of
//! the school or the id of the person. Ordered as people count (pass 10 after pass 2).

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Shared, because a state is copied for each entry and holds hundreds of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub Arc<[Segment]>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    pub name: Arc<str>,
    pub key: Option<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A pass of a `repeat` group, from 1.
    Pass(u32),
    /// A school or a person of an `each` group.
    Of(String),
}

/// Text that is no address; the message says what one looks like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the address of a step. Write it like `need` or `visits[2].record`")]
pub struct BadAddress(pub String);

impl Address {
    /// Around all places of a run.
    pub fn nowhere() -> Self {
        Self(Arc::new([]))
    }

    pub fn top(name: &str) -> Self {
        Self::nowhere().child(name)
    }

    /// The place of that path without passes, schools and people.
    pub fn of_path(path: &str) -> Self {
        let segments = path.split('.').map(|name| Segment {
            name: name.into(),
            key: None,
        });
        Self(segments.collect())
    }

    /// The same place without passes, schools and people: `visits.record`.
    pub fn path(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|segment| segment.name.as_ref()).collect();
        names.join(".")
    }

    /// Whether both are places of the same step: in other passes, perhaps, or of other people.
    pub fn has_path_of(&self, other: &Self) -> bool {
        let mut both = self.0.iter().zip(other.0.iter());
        self.0.len() == other.0.len() && both.all(|(ours, theirs)| ours.name == theirs.name)
    }

    pub fn child(&self, name: &str) -> Self {
        let segment = Segment {
            name: name.into(),
            key: None,
        };
        let segments = self.0.iter().cloned().chain([segment]);
        Self(segments.collect())
    }

    /// The instance with that key of a group that happens several times.
    pub fn instance(&self, key: Key) -> Self {
        self.with_key(Some(key))
    }

    /// The group itself, for an instance: `visits[2]` is an instance of `visits`.
    pub fn without_key(&self) -> Self {
        self.with_key(None)
    }

    fn with_key(&self, key: Option<Key>) -> Self {
        let mut segments = self.0.to_vec();
        if let Some(last) = segments.last_mut() {
            last.key = key;
        }
        Self(segments.into())
    }

    pub fn key(&self) -> Option<&Key> {
        self.0.last().and_then(|segment| segment.key.as_ref())
    }

    /// The group (or the instance of one) that holds it.
    pub fn parent(&self) -> Option<Self> {
        self.around().map(|around| Self(around.into()))
    }

    /// The same, to look it up.
    pub fn around(&self) -> Option<&[Segment]> {
        let (_, around) = self.0.split_last()?;
        (!around.is_empty()).then_some(around)
    }

    /// All that hold it, nearest first.
    pub fn all_around(&self) -> impl Iterator<Item = &[Segment]> {
        (1..self.0.len()).rev().map(|end| &self.0[..end])
    }

    pub fn name(&self) -> &str {
        self.0.last().map_or("", |segment| segment.name.as_ref())
    }

    /// Whether it lies in `outer` or is `outer`; a group without a key covers all its instances.
    pub fn is_within(&self, outer: &Self) -> bool {
        self.0.len() >= outer.0.len()
            && outer
                .0
                .iter()
                .zip(self.0.iter())
                .enumerate()
                .all(|(at, (theirs, ours))| {
                    let last = at + 1 == outer.0.len();
                    theirs.name == ours.name
                        && (theirs.key == ours.key || (last && theirs.key.is_none()))
                })
    }

    /// The numbers of the passes around it, outermost first.
    pub fn passes(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().filter_map(|segment| match segment.key {
            Some(Key::Pass(pass)) => Some(pass),
            _ => None,
        })
    }
}

/// Orders and compares as its segments do, so that what lies around a place is found by a part of it.
impl Borrow<[Segment]> for Address {
    fn borrow(&self) -> &[Segment] {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            f.write_str(&segment.name)?;
            match &segment.key {
                Some(Key::Pass(pass)) => write!(f, "[{pass}]")?,
                Some(Key::Of(of)) => write!(f, "[{of}]")?,
                None => {}
            }
        }
        Ok(())
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadAddress(text.chars().take(80).collect());
        if text.is_empty() || text.len() > 500 {
            return Err(bad());
        }
        let segments: Option<Arc<[Segment]>> = text.split('.').map(segment).collect();
        segments.map(Self).ok_or_else(bad)
    }
}

fn segment(text: &str) -> Option<Segment> {
    let (name, key) = match text.split_once('[') {
        Some((name, rest)) => (name, Some(key(rest.strip_suffix(']')?)?)),
        None => (text, None),
    };
    let plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    plain.then(|| Segment {
        name: name.into(),
        key,
    })
}

/// A pass has at most four digits, a URN has six: so a key tells by itself what it is.
fn key(text: &str) -> Option<Key> {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit()) {
        return text.parse().ok().filter(|pass| *pass > 0).map(Key::Pass);
    }
    plain.then(|| Key::Of(text.to_owned()))
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "title": "Address of a step",
            "description": "Its path with the pass of a group: `visits[2].record`; without a pass the open one.",
            "examples": ["need", "visits[2].record"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_survives_writing_and_reading() {
        for text in [
            "need",
            "visits[2].record",
            "schools[100001].join",
            "cycles[1].lessons[3].teach",
        ] {
            assert_eq!(at(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "", ".", "a..b", "a[", "a[]", "a[0]", "A", "a b", "a[1]x", "a[../x]",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn passes_are_ordered_as_people_count() {
        assert!(at("visits[2].plan") < at("visits[10].plan"));
    }

    #[test]
    fn a_group_covers_its_instances_and_an_instance_only_itself() {
        assert!(at("visits[2].plan").is_within(&at("visits")));
        assert!(at("visits[2].plan").is_within(&at("visits[2]")));
        assert!(!at("visits[2].plan").is_within(&at("visits[1]")));
        assert!(!at("visits").is_within(&at("visits[1]")));
    }
}
