//! The sources: who may send commands by the broker, for which alliance, and which ones.
//!
//! A source that is not listed here may send nothing.

use schemars::schema_for;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::File;
use super::problem::{Problem, instead_of};
use crate::core::names::AllianceId;
use crate::core::run::command::Command;

/// One `[[source]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As its messages say in `source`.
    pub uri: String,
    /// The user that the broker must vouch for; nothing where the bus has no users.
    pub broker_user: Option<String>,
    pub alliance: AllianceId,
    /// Message types in full: `alongside.step.complete`.
    pub commands: Vec<String>,
    /// Posts for whose holders it may speak; `*` for all.
    pub roles: Vec<String>,
}

const KEYS: [&str; 5] = ["uri", "broker_user", "alliance", "commands", "roles"];
/// These come from the engine and the command line only.
const NEVER_FROM_OUTSIDE: [&str; 3] = [
    "alongside.timer.fire",
    "alongside.deadlines.replan",
    "alongside.person.erase",
];

pub fn read(file: &File, tree: &DeTable<'_>) -> (Vec<Source>, Vec<Problem>) {
    let Some(list) = tree.get("source") else {
        return Default::default();
    };
    let Some(entries) = list.get_ref().as_array() else {
        let message = "`source` is a list: write `[[source]]` for each".to_owned();
        return (Vec::new(), vec![file.problem(list.span(), message)]);
    };
    let commands = known_commands();
    let mut sources: Vec<Source> = Vec::new();
    let mut problems = Vec::new();
    for entry in entries {
        let mut reader = Reader {
            file,
            entry,
            commands: &commands,
            problems: &mut problems,
        };
        let Some(source) = reader.source() else {
            continue;
        };
        if sources.iter().any(|other| other.uri == source.uri) {
            let message = format!("the source `{}` is there twice: keep one", source.uri);
            problems.push(file.problem(entry.span(), message));
        }
        sources.push(source);
    }
    (sources, problems)
}

/// The message types of the contract, from the types themselves.
fn known_commands() -> Vec<String> {
    let schema = schema_for!(Command);
    let variants = schema.get("oneOf").and_then(|variants| variants.as_array());
    let names = variants.into_iter().flatten().filter_map(|variant| {
        let name = variant.pointer("/properties/type/const")?.as_str()?;
        (!NEVER_FROM_OUTSIDE.contains(&name)).then(|| name.to_owned())
    });
    names.collect()
}

struct Reader<'a> {
    file: &'a File,
    entry: &'a Spanned<DeValue<'a>>,
    commands: &'a [String],
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn source(&mut self) -> Option<Source> {
        let Some(entries) = self.entry.get_ref().as_table() else {
            let message = "a source is a table: write `[[source]]`".to_owned();
            self.problems
                .push(self.file.problem(self.entry.span(), message));
            return None;
        };
        self.problems
            .extend(self.file.unknown_keys("source", entries, &KEYS));
        let uri = self.text(entries, "uri");
        let alliance = self.text(entries, "alliance");
        let commands = self.list(entries, "commands");
        let roles = self.list(entries, "roles");
        let broker_user = entries
            .contains_key("broker_user")
            .then(|| self.text(entries, "broker_user"));
        Some(Source {
            uri: uri?,
            broker_user: match broker_user {
                Some(user) => Some(user?),
                None => None,
            },
            alliance: AllianceId(alliance?),
            commands: commands?
                .into_iter()
                .filter_map(|name| self.command(name))
                .collect(),
            roles: roles?.into_iter().map(|(_, role)| role).collect(),
        })
    }

    /// A text that must be there and not empty.
    fn text(&mut self, entries: &DeTable<'_>, key: &str) -> Option<String> {
        let (span, message) = match entries.get(key) {
            None => (self.entry.span(), format!("this source lacks `{key}`")),
            Some(value) => match self.file.text_of(value, key) {
                Ok(text) if !text.trim().is_empty() => return Some(text),
                Ok(_) => (value.span(), format!("source.{key}: is empty")),
                Err(problem) => {
                    self.problems.push(problem);
                    return None;
                }
            },
        };
        self.problems.push(self.file.problem(span, message));
        None
    }

    /// A list of texts, each with its place.
    fn list(
        &mut self,
        entries: &DeTable<'_>,
        key: &str,
    ) -> Option<Vec<(std::ops::Range<usize>, String)>> {
        let wanted = format!("`{key}` is a list: write `{key} = [\"…\"]`");
        let Some(value) = entries.get(key) else {
            let message = format!("this source lacks `{key}`; {wanted}");
            self.problems
                .push(self.file.problem(self.entry.span(), message));
            return None;
        };
        let Some(items) = value.get_ref().as_array() else {
            self.problems.push(self.file.problem(value.span(), wanted));
            return None;
        };
        let mut texts = Vec::new();
        for item in items {
            match self.file.text_of(item, key) {
                Ok(text) => texts.push((item.span(), text)),
                Err(problem) => self.problems.push(problem),
            }
        }
        Some(texts)
    }

    /// The full message type of a command, which may be written without `alongside.`.
    fn command(&mut self, (span, name): (std::ops::Range<usize>, String)) -> Option<String> {
        let full = if name.starts_with("alongside.") {
            name
        } else {
            format!("alongside.{name}")
        };
        if self.commands.contains(&full) {
            return Some(full);
        }
        let message = format!(
            "no source can send `{full}`; {}",
            instead_of(&full, self.commands)
        );
        self.problems.push(self.file.problem(span, message));
        None
    }
}
