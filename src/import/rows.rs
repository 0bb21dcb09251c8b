//! Text to rows of cells (RFC 4180), with the row number that a spreadsheet shows.
//!
//! Not the `csv` crate, because it skips blank lines (so that its row numbers are others than the
//! spreadsheet's) and takes an unclosed quote in silence, swallowing the rest of the file. It
//! still writes our exports, and a property test compares the two on well-formed files.

use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'t> {
    /// 1 for the first row. Blank lines count; a line break within quotes does not.
    pub number: u64,
    pub cells: Vec<Cow<'t, str>>,
    pub bad_quote: Option<BadQuote>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadQuote {
    /// No quote closes the one that begins this cell (counted from 0).
    Unclosed { cell: usize },
    /// Something other than a delimiter or a line end follows the closing quote.
    TextAfter { cell: usize },
}

impl Row<'_> {
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// Lines end with LF, CR LF or CR, also mixed in one file.
#[derive(Debug, Clone)]
pub struct Rows<'t> {
    rest: &'t str,
    delimiter: u8,
    number: u64,
}

impl<'t> Rows<'t> {
    /// `delimiter` is an ASCII character.
    pub fn new(text: &'t str, delimiter: u8) -> Self {
        Self {
            rest: text,
            delimiter,
            number: 0,
        }
    }

    /// A cell that begins with a quote: its text, and whether the quote was closed.
    fn quoted(&mut self) -> (Cow<'t, str>, bool) {
        let body = &self.rest[1..];
        let mut joined = String::new();
        let mut from = 0;
        while let Some(found) = body[from..].find('"') {
            let end = from + found;
            if body.as_bytes().get(end + 1) != Some(&b'"') {
                self.rest = &body[end + 1..];
                let piece = &body[from..end];
                return (join(joined, piece), true);
            }
            joined.push_str(&body[from..=end]);
            from = end + 2;
        }
        self.rest = "";
        (join(joined, &body[from..]), false)
    }

    /// Everything up to the next delimiter or line end.
    fn plain(&mut self) -> &'t str {
        let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\r' | b'\n');
        let end = self.rest.as_bytes().iter().position(ends);
        let (cell, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        cell
    }

    /// Passes over what ends a cell; whether another cell of the row follows.
    fn more_cells(&mut self) -> bool {
        match self.rest.as_bytes() {
            [first, ..] if *first == self.delimiter => {
                self.rest = &self.rest[1..];
                true
            }
            [b'\r', b'\n', ..] => {
                self.rest = &self.rest[2..];
                false
            }
            [_, ..] => {
                self.rest = &self.rest[1..];
                false
            }
            [] => false,
        }
    }
}

fn join(mut start: String, end: &str) -> Cow<'_, str> {
    if start.is_empty() {
        return Cow::Borrowed(end);
    }
    start.push_str(end);
    Cow::Owned(start)
}

impl<'t> Iterator for Rows<'t> {
    type Item = Row<'t>;

    fn next(&mut self) -> Option<Row<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let mut cells = Vec::new();
        let mut bad_quote = None;
        loop {
            if self.rest.starts_with('"') {
                let (cell, closed) = self.quoted();
                let after = self.plain();
                let number = cells.len();
                if !closed {
                    bad_quote = bad_quote.or(Some(BadQuote::Unclosed { cell: number }));
                } else if !after.is_empty() {
                    bad_quote = bad_quote.or(Some(BadQuote::TextAfter { cell: number }));
                }
                cells.push(cell);
            } else {
                let cell = self.plain();
                cells.push(Cow::Borrowed(cell));
            }
            if !self.more_cells() {
                break;
            }
        }
        Some(Row {
            number: self.number,
            cells,
            bad_quote,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Vec<(u64, Vec<String>)> {
        Rows::new(text, b',')
            .map(|row| {
                (
                    row.number,
                    row.cells.iter().map(ToString::to_string).collect(),
                )
            })
            .collect()
    }

    fn row(number: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (number, cells.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_kind_of_line_end_ends_a_row_also_mixed() {
        let expected = [row(1, &["a", "b"]), row(2, &["c", "d"]), row(3, &["e", ""])];
        assert_eq!(cells("a,b\r\nc,d\re,"), expected);
        assert_eq!(cells("a,b\nc,d\r\ne,\n"), expected);
    }

    #[test]
    fn blank_lines_count_and_a_line_break_in_quotes_does_not() {
        let expected = [
            row(1, &["a"]),
            row(2, &[""]),
            row(3, &["b\nc", "d"]),
            row(4, &["e"]),
        ];
        assert_eq!(cells("a\n\n\"b\nc\",d\ne"), expected);
    }

    #[test]
    fn a_doubled_quote_is_one_and_a_quote_within_plain_text_is_itself() {
        let text = "\"say \"\"hello\"\" twice\",5\" pipe,\"\"";
        assert_eq!(
            cells(text),
            [row(1, &["say \"hello\" twice", "5\" pipe", ""])]
        );
    }

    #[test]
    fn an_unclosed_quote_is_found_in_the_row_where_it_opens() {
        let found: Vec<_> = Rows::new("a,b\nc,\"d\ne,f\n", b',')
            .map(|row| (row.number, row.bad_quote))
            .collect();
        assert_eq!(
            found,
            [(1, None), (2, Some(BadQuote::Unclosed { cell: 1 }))]
        );
        // Closed by the next quote in the file, far below: something follows it.
        let found: Vec<_> = Rows::new("\"a,b\nc,\"d\",e\nf", b',')
            .map(|row| (row.number, row.bad_quote))
            .collect();
        assert_eq!(
            found,
            [(1, Some(BadQuote::TextAfter { cell: 0 })), (2, None)]
        );
    }

    proptest! {
        #[test]
        fn what_a_csv_writer_writes_is_read_back(
            rows in proptest::collection::vec(proptest::collection::vec("[ -~é\n\r\"]{0,6}", 2..4), 0..6),
            delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t')],
        ) {
            let mut writer = csv::WriterBuilder::new()
                .delimiter(delimiter).flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<Vec<String>> = Rows::new(&text, delimiter)
                .map(|row| row.cells.iter().map(ToString::to_string).collect())
                .collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn any_text_is_read_without_a_panic_and_to_its_end(text in "[\\PC,;\"\r\n\t]{0,80}") {
            let rows = Rows::new(&text, b';').count();
            prop_assert!(rows <= text.chars().count());
        }
    }
}
