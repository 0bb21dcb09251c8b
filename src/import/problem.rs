//! What is wrong with a file, and what is worth a remark, collected instead of stopping at once.
//!
//! Whoever mends a spreadsheet wants every problem in one go: the row and column as the
//! spreadsheet shows them, what stands there, the rule, and the way out. What stands there may be
//! personal, so it is shown in the report to the person whose file it is, and never by `Debug`,
//! which is what ends up in logs.

use std::fmt;

use serde::Serialize;

/// So many problems (and remarks) are kept with their words; more are only counted.
pub const SHOWN: usize = 100;

/// The longest piece of a cell that is shown.
const FOUND_CHARS: usize = 60;

/// One thing that stops an import.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// As the spreadsheet shows it: the header is row 1. `None`: the file as a whole.
    pub row: Option<u64>,
    /// In a file that is no table, the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column's name in the header; in a line, the number of the letter, from 1.
    pub column: Option<String>,
    /// What stands there, cut and made safe to print.
    pub found: Option<String>,
    pub rule: String,
    pub way_out: String,
}

/// Something that was read in a certain way and does not stop the import.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    pub row: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    pub text: String,
}

/// A rule that a cell breaks, before it is known where the cell stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub rule: String,
    pub way_out: String,
}

impl Fault {
    pub fn new(rule: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            rule: rule.into(),
            way_out: way_out.into(),
        }
    }
}

/// A place in the file, with what stands there.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    pub row: u64,
    pub column: &'a str,
    pub text: &'a str,
}

/// Where something stands: in a row of a table, in a line of text, or in the file as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    pub row: Option<u64>,
    pub line: Option<u64>,
    /// The letter of the line, from 1.
    pub letter: Option<u64>,
}

impl Place {
    pub fn row(row: u64) -> Self {
        Self {
            row: Some(row),
            ..Self::default()
        }
    }

    pub fn line(line: u64) -> Self {
        Self {
            line: Some(line),
            ..Self::default()
        }
    }
}

/// "row 7" or "line 7": how a message refers to another place.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, self.line) {
            (Some(row), _) => write!(f, "row {row}"),
            (None, Some(line)) => write!(f, "line {line}"),
            (None, None) => f.write_str("the file"),
        }
    }
}

/// All problems and notes of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    pub problems: Vec<Problem>,
    /// Problems beyond the first [`SHOWN`].
    pub more_problems: usize,
    pub notes: Vec<Note>,
    pub more_notes: usize,
}

impl Findings {
    /// A problem of one cell.
    pub fn cell(&mut self, cell: Cell<'_>, fault: Fault) {
        self.push(Problem {
            row: Some(cell.row),
            line: None,
            column: Some(cell.column.to_owned()),
            found: Some(printable(cell.text)),
            rule: fault.rule,
            way_out: fault.way_out,
        });
    }

    /// A problem of one row, or with `None` of the file as a whole.
    pub fn row(&mut self, row: Option<u64>, fault: Fault) {
        let place = Place {
            row,
            ..Place::default()
        };
        self.place(place, None, fault);
    }

    /// A problem at a place, with what stands there.
    pub fn place(&mut self, place: Place, found: Option<&str>, fault: Fault) {
        self.push(Problem {
            row: place.row,
            line: place.line,
            column: place.letter.map(|letter| letter.to_string()),
            found: found.map(printable),
            rule: fault.rule,
            way_out: fault.way_out,
        });
    }

    pub fn note(&mut self, row: Option<u64>, text: impl Into<String>) {
        let place = Place {
            row,
            ..Place::default()
        };
        self.note_at(place, text);
    }

    pub fn note_at(&mut self, place: Place, text: impl Into<String>) {
        if self.notes.len() < SHOWN {
            let Place { row, line, .. } = place;
            let text = text.into();
            self.notes.push(Note { row, line, text });
        } else {
            self.more_notes += 1;
        }
    }

    /// The value, or its fault as a problem of this cell.
    pub fn take<T>(&mut self, cell: Cell<'_>, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.cell(cell, fault)).ok()
    }

    pub fn count(&self) -> usize {
        self.problems.len() + self.more_problems
    }

    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// By row, the file as a whole first: the order in which somebody mends it.
    pub fn sort(&mut self) {
        self.problems.sort_by_key(|p| (p.row, p.line));
        self.notes.sort_by_key(|note| (note.row, note.line));
    }

    fn push(&mut self, problem: Problem) {
        if self.problems.len() < SHOWN {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }
}

/// A cell's text on one line, without characters that a terminal would obey, and not too long.
pub fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (count, letter) in text.chars().enumerate() {
        if count == FOUND_CHARS {
            shown.push('…');
            break;
        }
        if crate::core::words::is_hidden(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_place(f, self.row, self.line, self.column.as_deref())?;
        match self.found.as_deref() {
            None => {}
            Some("") => f.write_str("the cell is empty. ")?,
            Some(found) => write!(f, "\"{found}\". ")?,
        }
        f.write_str(&self.rule)?;
        if !self.way_out.is_empty() {
            write!(f, " {}", self.way_out)?;
        }
        Ok(())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_place(f, self.row, self.line, None)?;
        f.write_str(&self.text)
    }
}

fn write_place(
    f: &mut fmt::Formatter<'_>,
    row: Option<u64>,
    line: Option<u64>,
    column: Option<&str>,
) -> fmt::Result {
    match (row, line) {
        (Some(row), _) => write!(f, "row {row}")?,
        (None, Some(line)) => write!(f, "line {line}")?,
        (None, None) => return Ok(()),
    }
    if let Some(column) = column {
        write!(f, ", column {column}")?;
    }
    f.write_str(": ")
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("row", &self.row)
            .field("column", &self.column)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note")
            .field("row", &self.row)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell<'_> {
        Cell {
            row: 7,
            column: "email",
            text,
        }
    }

    #[test]
    fn a_problem_names_the_place_what_stands_there_the_rule_and_the_way_out() {
        let mut findings = Findings::default();
        findings.cell(cell("jane"), Fault::new("No @.", "Add one."));
        assert_eq!(
            findings.problems[0].to_string(),
            "row 7, column email: \"jane\". No @. Add one."
        );
    }

    #[test]
    fn what_goes_to_a_log_never_holds_what_stood_in_the_cell() {
        let mut findings = Findings::default();
        findings.cell(cell("jane.smith"), Fault::new("No @.", "Add one."));
        findings.note(Some(2), "Jane Smith is here twice");
        let logged = format!("{findings:?}");
        assert!(!logged.to_lowercase().contains("jane"), "{logged}");
    }

    #[test]
    fn beyond_a_hundred_problems_are_counted_only() {
        let mut findings = Findings::default();
        for _ in 0..250 {
            findings.cell(cell(""), Fault::new("Empty.", "Fill it."));
        }
        assert_eq!((findings.problems.len(), findings.count()), (100, 250));
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown_as_its_number() {
        assert_eq!(printable("a\u{1b}[31m"), "a\\u{1b}[31m");
        assert_eq!(printable("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(printable(&"é".repeat(70)).chars().count(), 61);
    }
}
