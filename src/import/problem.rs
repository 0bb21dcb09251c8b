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
    /// The column's name in the header.
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
            column: Some(cell.column.to_owned()),
            found: Some(printable(cell.text)),
            rule: fault.rule,
            way_out: fault.way_out,
        });
    }

    /// A problem of one row, or with `None` of the file as a whole.
    pub fn row(&mut self, row: Option<u64>, fault: Fault) {
        self.push(Problem {
            row,
            column: None,
            found: None,
            rule: fault.rule,
            way_out: fault.way_out,
        });
    }

    pub fn note(&mut self, row: Option<u64>, text: impl Into<String>) {
        if self.notes.len() < SHOWN {
            let text = text.into();
            self.notes.push(Note { row, text });
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
        self.problems.sort_by_key(|problem| problem.row);
        self.notes.sort_by_key(|note| note.row);
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
        if super::cell::is_hidden(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, &self.column) {
            (Some(row), Some(column)) => write!(f, "row {row}, column {column}: ")?,
            (Some(row), None) => write!(f, "row {row}: ")?,
            (None, _) => {}
        }
        match self.found.as_deref() {
            None => {}
            Some("") => f.write_str("the cell is empty. ")?,
            Some(found) => write!(f, "\"{found}\". ")?,
        }
        write!(f, "{} {}", self.rule, self.way_out)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(f, "row {row}: ")?;
        }
        f.write_str(&self.text)
    }
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
