//! A file to rows whose cells are asked for by the name of their column.
//!
//! Columns are found by the header, in any order, by any of their names, whatever the case and
//! spacing; the delimiter is the one under which most of the wanted names are found. What is not
//! known is passed over. Nothing here knows schools or people.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::encoding::{Encoding, decode};
use super::problem::{Cell, Fault, Findings};
use super::rows::{BadQuote, Row, Rows};

/// One column that is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name that messages use.
    pub name: &'static str,
    /// Other names for the same.
    pub also: &'static [&'static str],
    pub required: bool,
}

/// The columns of one kind of file. A column is asked for by its place in this list.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    pub columns: &'static [Column],
    /// Where such a file comes from, said when a column is missing.
    pub way_out: &'static str,
    /// A cell missing at the end of a row is empty (spreadsheets leave them out).
    pub short_rows: bool,
    /// A column that is not known is worth a note (a slip of the pen).
    pub note_unknown: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub rows: u64,
    pub bytes: usize,
}

/// A million rows below the header; the whole register of schools is a quarter of the bytes.
pub const LIMITS: Limits = Limits {
    rows: 1_000_000,
    bytes: 256 * 1024 * 1024,
};

/// A file whose header was understood.
#[derive(Debug)]
pub struct Table<'t> {
    layout: Layout,
    limits: Limits,
    /// Per column of the layout, its place in a row.
    places: Vec<Option<usize>>,
    width: usize,
    header_row: u64,
    rows: Rows<'t>,
    pub encoding: Encoding,
    /// Rows read so far that were not blank.
    pub count: u64,
}

/// One row that is not blank.
#[derive(Debug)]
pub struct Record<'t> {
    pub row: u64,
    cells: Vec<Cow<'t, str>>,
}

/// The text of a file, once its size and encoding are accepted.
pub fn read_text<'b>(
    bytes: &'b [u8],
    limits: Limits,
    findings: &mut Findings,
) -> Option<(Cow<'b, str>, Encoding)> {
    if bytes.len() > limits.bytes {
        let rule = format!("The file is larger than {} MB.", limits.bytes >> 20);
        findings.row(
            None,
            Fault::new(rule, "Keep only the rows that are needed."),
        );
        return None;
    }
    let decoded = decode(bytes).map_err(|fault| findings.row(None, fault));
    let (text, encoding) = decoded.ok()?;
    if text.trim().is_empty() {
        let fault = Fault::new("The file is empty.", "Check that it is the right file.");
        findings.row(None, fault);
        return None;
    }
    Some((text, encoding))
}

impl<'t> Table<'t> {
    /// `None` if the header is not good enough to read on; the problems say why.
    pub fn open(
        (text, encoding): (&'t str, Encoding),
        layout: Layout,
        limits: Limits,
        findings: &mut Findings,
    ) -> Option<Self> {
        let (mut rows, names) = find_delimiter(text, layout);
        let header = rows.find(|row| !row.is_blank())?;
        if let Some(quote) = header.bad_quote {
            findings.row(Some(header.number), quote_fault(quote));
            return None;
        }
        let before = findings.count();
        let places = find_columns(layout, &names, &header, findings);
        let understood = findings.count() == before;
        understood.then_some(Self {
            layout,
            limits,
            places,
            width: header.cells.len(),
            header_row: header.number,
            rows,
            encoding,
            count: 0,
        })
    }

    pub fn has(&self, column: usize) -> bool {
        self.places[column].is_some()
    }

    /// The next row that is not blank and not damaged; damage is reported on the way.
    pub fn next(&mut self, findings: &mut Findings) -> Option<Record<'t>> {
        while let Some(row) = self.rows.next() {
            if row.number - self.header_row > self.limits.rows {
                findings.row(Some(row.number), too_many(self.limits.rows));
                return None;
            }
            if let Some(quote) = row.bad_quote {
                self.count += 1;
                findings.row(Some(row.number), quote_fault(quote));
                continue;
            }
            if row.is_blank() {
                continue;
            }
            self.count += 1;
            if let Some(fault) = self.wrong_width(&row) {
                findings.row(Some(row.number), fault);
                continue;
            }
            let (row, cells) = (row.number, row.cells);
            return Some(Record { row, cells });
        }
        if self.count == 0 {
            let rule = "The file has a header and no rows below it.";
            findings.row(None, Fault::new(rule, "Check that it is the right file."));
        }
        None
    }

    /// A cell of this row; an empty one where the file has no such column.
    pub fn cell<'r>(&self, record: &'r Record<'_>, column: usize) -> Cell<'r> {
        let place = self.places[column];
        let text = place.and_then(|place| record.cells.get(place));
        Cell {
            row: record.row,
            column: self.layout.columns[column].name,
            text: text.map_or("", AsRef::as_ref),
        }
    }

    fn wrong_width(&self, row: &Row<'_>) -> Option<Fault> {
        let (found, wanted) = (row.cells.len(), self.width);
        let extra = row.cells.iter().skip(wanted);
        let too_long = extra.into_iter().any(|cell| !cell.trim().is_empty());
        let last = self.places.iter().flatten().max();
        let too_short = !self.layout.short_rows && last.is_some_and(|last| found <= *last);
        (too_long || too_short).then(|| {
            Fault::new(
                format!("The row has {found} cells where the header has {wanted}."),
                "A cell that holds the delimiter or a line break needs quotes around it.",
            )
        })
    }
}

fn too_many(limit: u64) -> Fault {
    Fault::new(
        format!("The file has more than {limit} rows."),
        "Keep only the rows that are needed.",
    )
}

fn quote_fault(quote: BadQuote) -> Fault {
    match quote {
        BadQuote::Unclosed { cell } => Fault::new(
            format!("A quote opens in cell {} and is never closed.", cell + 1),
            "Close it, or take it out.",
        ),
        BadQuote::TextAfter { cell } => Fault::new(
            format!("Cell {} goes on after its closing quote.", cell + 1),
            "Check that each quote is closed in its own cell; write a quote in a text twice.",
        ),
    }
}

/// Case, spaces, hyphens and underscores do not matter in the name of a column.
fn fold(name: &str) -> String {
    let kept = |letter: &char| !letter.is_whitespace() && !matches!(letter, '_' | '-');
    name.chars()
        .filter(kept)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The folded names of each column of a layout.
type Names = Vec<Vec<String>>;

fn find_delimiter(text: &str, layout: Layout) -> (Rows<'_>, Names) {
    let all = |column: &Column| {
        let names = std::iter::once(&column.name).chain(column.also);
        names.map(|name| fold(name)).collect::<Vec<_>>()
    };
    let names: Names = layout.columns.iter().map(all).collect();
    let all_names: BTreeSet<&String> = names.iter().flatten().collect();
    let known = |rows: &Rows<'_>| {
        let header = rows.clone().find(|row| !row.is_blank());
        let cells = header.map(|row| row.cells).unwrap_or_default();
        let found = cells
            .iter()
            .filter(|cell| all_names.contains(&fold(cell)))
            .count();
        (found, cells.len())
    };
    // `max_by_key` takes the last of equals: the comma.
    let by_delimiter = b"\t;,".map(|delimiter| Rows::new(text, delimiter));
    let best = by_delimiter.into_iter().max_by_key(known);
    (best.unwrap_or_else(|| Rows::new(text, b',')), names)
}

fn find_columns(
    layout: Layout,
    names: &Names,
    header: &Row<'_>,
    findings: &mut Findings,
) -> Vec<Option<usize>> {
    let folded: Vec<String> = header.cells.iter().map(|cell| fold(cell)).collect();
    let places = names.iter().enumerate().map(|(column, names)| {
        let mut found = folded.iter().enumerate().filter(|(_, f)| names.contains(f));
        let first = found.next().map(|(place, _)| place);
        if let Some((second, _)) = found.next() {
            let cell = Cell {
                row: header.number,
                column: layout.columns[column].name,
                text: &header.cells[second],
            };
            let rule = "The file has this column twice.";
            findings.cell(cell, Fault::new(rule, "Delete one of them, or rename it."));
        }
        first
    });
    let places: Vec<Option<usize>> = places.collect();
    let unknown = |place: &usize| !places.contains(&Some(*place)) && !folded[*place].is_empty();
    let unknown: Vec<usize> = (0..folded.len()).filter(unknown).collect();
    for (column, place) in places.iter().enumerate() {
        if place.is_none() && layout.columns[column].required {
            let near = near(&names[column], &folded, &unknown).map(|at| &header.cells[at]);
            let fault = missing(layout.columns[column].name, near, layout.way_out);
            findings.row(Some(header.number), fault);
        }
    }
    if layout.note_unknown {
        for place in unknown {
            let name = super::problem::printable(&header.cells[place]);
            findings.note(
                Some(header.number),
                format!("the column \"{name}\" is not known and was not read"),
            );
        }
    }
    places
}

fn near(names: &[String], folded: &[String], unknown: &[usize]) -> Option<usize> {
    let distance = |at: &usize| {
        let to = |name: &String| strsim::osa_distance(name, &folded[*at]);
        names.iter().map(to).min().unwrap_or(usize::MAX)
    };
    unknown
        .iter()
        .copied()
        .filter(|at| distance(at) <= 2)
        .min_by_key(distance)
}

fn missing(name: &str, near: Option<&Cow<'_, str>>, way_out: &str) -> Fault {
    let way_out = match near {
        Some(near) => format!(
            "Is it \"{}\"? Then rename it.",
            super::problem::printable(near)
        ),
        None => way_out.to_owned(),
    };
    Fault::new(format!("The column \"{name}\" is missing."), way_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout {
        columns: &[
            Column {
                name: "name",
                also: &["full name"],
                required: true,
            },
            Column {
                name: "email",
                also: &[],
                required: true,
            },
            Column {
                name: "LA (code)",
                also: &[],
                required: false,
            },
        ],
        way_out: "Add it.",
        short_rows: false,
        note_unknown: true,
    };

    fn read(bytes: &[u8], limits: Limits) -> (Vec<(u64, [String; 3])>, Findings) {
        let mut findings = Findings::default();
        let mut found = Vec::new();
        if let Some((text, encoding)) = read_text(bytes, limits, &mut findings)
            && let Some(mut table) = Table::open((&text, encoding), LAYOUT, limits, &mut findings)
        {
            while let Some(record) = table.next(&mut findings) {
                let cells = [0, 1, 2].map(|at| table.cell(&record, at).text.to_owned());
                found.push((record.row, cells));
            }
        }
        (found, findings)
    }

    fn problems(text: &str) -> Vec<String> {
        let (_, findings) = read(text.as_bytes(), LIMITS);
        findings.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_case_spacing_and_with_any_delimiter() {
        for text in [
            "email,Full Name,la(CODE)\na@x.example,Jo,7",
            "LA (code);E-Mail;  NAME \n7;a@x.example;Jo",
            "\"LA_(code)\"\t\"email\"\t\"name\"\r7\ta@x.example\tJo",
        ] {
            let (found, findings) = read(text.as_bytes(), LIMITS);
            assert!(findings.is_clean(), "{text:?}: {findings:?}");
            let cells = ["Jo", "a@x.example", "7"].map(str::to_owned);
            assert_eq!(found, [(2, cells)], "{text:?}");
        }
    }

    #[test]
    fn a_missing_column_is_named_with_the_one_that_may_be_meant() {
        let found = problems("name,emial\nJo,a@x.example");
        assert_eq!(
            found,
            ["row 1: The column \"email\" is missing. Is it \"emial\"? Then rename it."]
        );
        assert!(
            problems("a,b\n1,2")
                .iter()
                .all(|problem| problem.ends_with("Add it."))
        );
    }

    #[test]
    fn a_column_twice_is_a_problem_and_an_unknown_one_a_note() {
        assert!(problems("name,email,NAME\nJo,a,b")[0].contains("twice"));
        let (found, findings) = read(b"name,email,shoe size\nJo,a,9", LIMITS);
        assert_eq!(found.len(), 1);
        assert_eq!(
            findings.notes[0].to_string(),
            "row 1: the column \"shoe size\" is not known and was not read"
        );
    }

    #[test]
    fn an_empty_file_and_a_header_alone_are_said_to_be_so() {
        assert!(problems("")[0].contains("empty"));
        assert!(problems(" \r\n\n")[0].contains("empty"));
        assert!(problems("name,email\n\n,,\n")[0].contains("no rows"));
    }

    #[test]
    fn rows_that_are_too_long_or_too_short_are_named_as_the_spreadsheet_numbers_them() {
        let found = problems("name,email,LA (code)\n\nSmith, Jo,a@x.example,7\nJo,a\nJo,a,7,,\n");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("row 3: The row has 4 cells where the header has 3."));
        assert!(found[1].starts_with("row 4: The row has 2 cells"));
    }

    #[test]
    fn quotes_that_do_not_fit_are_problems_of_their_row() {
        let found = problems("name,email\n\"Jo\"x,a\nJo,\"a\nJo,b\n");
        assert!(found[0].starts_with("row 2: Cell 1 goes on after its closing quote."));
        assert!(found[1].starts_with("row 3: A quote opens in cell 2 and is never closed."));
        assert!(problems("name,\"email\nJo,a\n")[0].starts_with("row 1: A quote opens in cell 2"));
    }

    #[test]
    fn a_million_rows_are_read_and_one_more_is_refused() {
        let mut text = String::from("name,email,LA (code)\n");
        text.push_str(&",,\n".repeat(999_999));
        text.push_str("Jo,a,\n");
        let (found, findings) = read(text.as_bytes(), LIMITS);
        assert!(findings.is_clean());
        assert_eq!(found[0].0, 1_000_001);
        text.push_str("Jo,a,\n");
        let (_, findings) = read(text.as_bytes(), LIMITS);
        assert_eq!(
            findings.problems[0].to_string(),
            "row 1000002: The file has more than 1000000 rows. Keep only the rows that are needed."
        );
    }

    #[test]
    fn a_file_beyond_the_size_limit_is_refused_unread() {
        let limits = Limits { rows: 10, bytes: 8 };
        let (_, findings) = read(b"name,email\nJo,a", limits);
        assert!(findings.problems[0].rule.contains("larger than"));
    }
}
