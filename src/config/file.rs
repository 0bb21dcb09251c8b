//! `alongside.toml`: read with the place of every word, so that each problem names its line.
//!
//! Only tables and keys that mean something are taken; a misspelt one would else be silently no
//! setting at all.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::problem::{Problem, instead_of};
use super::settings::{self, Setting};

type Key<'i> = Spanned<DeString<'i>>;

/// The file's settings; nothing in it if there is no file.
#[derive(Debug, Default)]
pub struct File {
    path: PathBuf,
    text: String,
}

/// A text that stands in the file.
pub struct Found {
    pub text: String,
    pub place: String,
}

impl File {
    /// A file that was named must be there.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path).map_err(|error| Problem {
            place: path.display().to_string(),
            message: format!("cannot be read: {error}"),
        })?;
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    pub fn read_if_there(path: &Path) -> Result<Self, Problem> {
        if path.exists() {
            Self::read(path)
        } else {
            Ok(Self::default())
        }
    }

    /// Relative paths in the file begin here.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The tree of the file, what is wrong with its grammar, and what it should not have.
    pub fn parse(&self) -> (DeTable<'_>, Vec<Problem>) {
        let (tree, errors) = DeTable::parse_recoverable(&self.text);
        let broken = errors.iter().map(|error| {
            self.problem(error.span().unwrap_or_default(), error.message().to_owned())
        });
        let mut problems: Vec<Problem> = broken.collect();
        let tree = tree.into_inner();
        problems.extend(self.strangers(&tree));
        (tree, problems)
    }

    pub fn problem(&self, span: Range<usize>, message: String) -> Problem {
        Problem {
            place: self.place(&span),
            message,
        }
    }

    pub fn place(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        format!(
            "{}:{}",
            self.path.display(),
            before.matches('\n').count() + 1
        )
    }

    /// The text of a setting, or of the key that names a file with it.
    pub fn find(
        &self,
        tree: &DeTable<'_>,
        setting: &Setting,
        key: &str,
    ) -> Result<Option<Found>, Problem> {
        let table = match setting.table {
            "" => Some(tree),
            name => tree.get(name).and_then(|value| value.get_ref().as_table()),
        };
        let Some(value) = table.and_then(|table| table.get(key)) else {
            return Ok(None);
        };
        let name = if setting.table.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", setting.table)
        };
        let text = match value.get_ref().as_integer() {
            Some(number) => number.as_str().to_owned(),
            None => self.text_of(value, &name)?,
        };
        Ok(Some(Found {
            text,
            place: format!("{}: {name}", self.place(&value.span())),
        }))
    }

    pub fn text_of(&self, value: &Spanned<DeValue<'_>>, name: &str) -> Result<String, Problem> {
        let text = value.get_ref().as_str().map(str::to_owned);
        let truth = || value.get_ref().as_bool().map(|truth| truth.to_string());
        text.or_else(truth).ok_or_else(|| {
            let kind = value.get_ref().type_str();
            self.problem(
                value.span(),
                format!("{name}: is of kind {kind}, a text in quotes is wanted"),
            )
        })
    }

    /// Unknown tables and keys.
    fn strangers(&self, tree: &DeTable<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let tables: Vec<&str> = settings::tables().chain(["source"]).collect();
        let top = settings::keys("");
        let at_top: Vec<&str> = tables
            .iter()
            .copied()
            .chain(top.iter().map(String::as_str))
            .collect();
        for (key, value) in in_order(tree) {
            let name = key.get_ref().as_ref();
            if !at_top.contains(&name) {
                let message = format!("`{name}` is unknown; {}", instead_of(name, &at_top));
                problems.push(self.problem(key.span(), message));
            } else if tables.contains(&name) && name != "source" {
                problems.extend(self.strangers_in(name, value));
            }
        }
        problems
    }

    fn strangers_in(&self, table: &str, value: &Spanned<DeValue<'_>>) -> Vec<Problem> {
        let Some(entries) = value.get_ref().as_table() else {
            let message = format!("`{table}` is a table: write `[{table}]` on a line of its own");
            return vec![self.problem(value.span(), message)];
        };
        self.unknown_keys(table, entries, &settings::keys(table))
    }

    pub fn unknown_keys(
        &self,
        table: &str,
        entries: &DeTable<'_>,
        known: &[impl AsRef<str>],
    ) -> Vec<Problem> {
        let strange = in_order(entries).into_iter().filter(|(key, _)| {
            !known
                .iter()
                .any(|known| known.as_ref() == key.get_ref().as_ref())
        });
        let problems = strange.map(|(key, _)| {
            let name = key.get_ref().as_ref();
            let message = format!("`{table}.{name}` is unknown; {}", instead_of(name, known));
            self.problem(key.span(), message)
        });
        problems.collect()
    }
}

/// As they stand in the file.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<(&'a Key<'i>, &'a Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
