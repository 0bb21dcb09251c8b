//! What an import did or would do, for people to read and for programs as JSON.
//!
//! It is for the person whose file it is: names and addresses may stand in it, and for that reason
//! `Debug`, which is what ends up in logs, gives counts only.

use std::fmt;

use serde::Serialize;

use super::encoding::Encoding;
use super::problem::{Findings, Note, Problem};

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub state: State,
    /// Rows below the header that are not blank; events or entries of a file that is no table.
    pub rows: u64,
    #[serde(skip)]
    pub unit: Unit,
    pub encoding: Option<Encoding>,
    pub counts: Vec<Count>,
    /// One per change.
    pub lines: Vec<Line>,
    pub notes: Vec<Note>,
    /// Notes beyond those told.
    pub more_notes: usize,
    pub problems: Vec<Problem>,
    /// Problems beyond those told.
    pub more_problems: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Could be applied, and was not (yet).
    Planned,
    Applied,
    /// There are problems: nothing was or will be applied.
    Refused,
}

/// What a file is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    #[default]
    Row,
    Event,
    Entry,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    pub what: What,
    pub new: usize,
    pub changed: usize,
    /// Only where a file can take something away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<usize>,
    pub unchanged: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    School,
    Person,
    Post,
    Term,
    Inset,
    Holiday,
    BankHoliday,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub action: Action,
    pub what: What,
    /// The URN, the id of the person, or whose calendar it is.
    pub key: String,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Add,
    Change,
    Remove,
}

impl Report {
    pub(super) fn new(rows: u64, encoding: Option<Encoding>, mut findings: Findings) -> Self {
        findings.sort();
        Self {
            state: if findings.is_clean() {
                State::Planned
            } else {
                State::Refused
            },
            rows,
            unit: Unit::Row,
            encoding,
            counts: Vec::new(),
            lines: Vec::new(),
            notes: findings.notes,
            more_notes: findings.more_notes,
            problems: findings.problems,
            more_problems: findings.more_problems,
        }
    }

    pub(super) fn line(&mut self, action: Action, what: What, key: String, text: String) {
        self.lines.push(Line {
            action,
            what,
            key,
            text,
        });
    }

    /// The same report once its plan was applied.
    pub fn applied(mut self) -> Self {
        if self.state == State::Planned {
            self.state = State::Applied;
        }
        self
    }

    /// Adds what follows from the import, as a note.
    pub fn say_further(&mut self, text: String) {
        self.notes.push(Note {
            row: None,
            line: None,
            text,
        });
    }

    pub fn changes_nothing(&self) -> bool {
        self.lines.is_empty()
    }

    fn headline(&self) -> String {
        let problems = self.problems.len() + self.more_problems;
        match self.state {
            State::Refused if problems == 1 => "1 problem. Nothing was imported.".to_owned(),
            State::Refused => format!("{problems} problems. Nothing was imported."),
            _ if self.changes_nothing() => "Everything is there already: no change.".to_owned(),
            State::Planned => "Not imported yet. This would change:".to_owned(),
            State::Applied => "Imported:".to_owned(),
        }
    }
}

impl What {
    fn plural(self) -> &'static str {
        match self {
            Self::School => "schools",
            Self::Person => "people",
            Self::Post => "posts",
            Self::Term => "terms",
            Self::Inset => "INSET days",
            Self::Holiday => "holidays",
            Self::BankHoliday => "bank holidays",
        }
    }

    fn singular(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Person => "person",
            Self::Post => "post",
            Self::Term => "term",
            Self::Inset => "INSET day",
            Self::Holiday => "holiday",
            Self::BankHoliday => "bank holiday",
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what.plural();
        let (new, changed, unchanged) = (self.new, self.changed, self.unchanged);
        write!(f, "{what}: {new} new, {changed} changed")?;
        if let Some(gone) = self.gone {
            write!(f, ", {gone} taken out")?;
        }
        write!(f, ", {unchanged} unchanged")
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.action {
            Action::Add => '+',
            Action::Change => '~',
            Action::Remove => '-',
        };
        write!(f, "{sign} {} ", self.what.singular())?;
        if self.what == What::School {
            write!(f, "{} ", self.key)?;
        }
        f.write_str(&self.text)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match (self.unit, self.rows) {
            (Unit::Row, 1) => "row",
            (Unit::Row, _) => "rows",
            (Unit::Event, 1) => "event",
            (Unit::Event, _) => "events",
            (Unit::Entry, 1) => "entry",
            (Unit::Entry, _) => "entries",
        };
        write!(f, "{} {unit} read", self.rows)?;
        if let Some(encoding) = self.encoding {
            write!(f, " ({})", encoding.name())?;
        }
        writeln!(f, ". {}", self.headline())?;
        for count in &self.counts {
            writeln!(f, "  {count}")?;
        }
        for line in &self.lines {
            writeln!(f, "  {line}")?;
        }
        section(f, "Problems", &self.problems, self.more_problems)?;
        section(f, "Notes", &self.notes, self.more_notes)
    }
}

fn section<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    items: &[T],
    more: usize,
) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title}")?;
    for item in items {
        writeln!(f, "  {item}")?;
    }
    if more > 0 {
        writeln!(f, "  and {more} more")?;
    }
    Ok(())
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("state", &self.state)
            .field("rows", &self.rows)
            .field("counts", &self.counts)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("action", &self.action)
            .field("what", &self.what)
            .finish_non_exhaustive()
    }
}
