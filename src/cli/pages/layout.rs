//! Lines and tables that fit 100 columns.
//!
//! No colour and no terminal is asked, so that a page is the same in a pipe, a file and a mail.

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};

/// No line is longer.
pub const WIDTH: usize = 100;

/// Breaks words over lines; the first line begins with `first`, the others with so many spaces.
pub fn wrap(first: &str, words: &str, indent: usize) -> String {
    let mut text = String::new();
    let mut line = first.to_owned();
    let mut length = line.chars().count();
    let mut begun = false;
    for word in words
        .split_whitespace()
        .flat_map(|word| pieces(word, WIDTH - indent))
    {
        let long = word.chars().count();
        if begun && length + 1 + long > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(indent);
            length = indent;
            begun = false;
        }
        if begun {
            line.push(' ');
            length += 1;
        }
        line.push_str(&word);
        length += long;
        begun = true;
    }
    text.push_str(line.trim_end());
    text.push('\n');
    text
}

/// A word that is longer than a line comes in pieces.
fn pieces(word: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters
        .chunks(width.max(1))
        .map(|piece| piece.iter().collect())
        .collect()
}

/// `- words`, as one of a list.
pub fn bullet(words: &str) -> String {
    wrap("- ", words, 2)
}

/// A table with its heads underlined. What is too wide is broken over lines, but no column gets
/// narrower than its number beside the head.
pub fn table(heads: &[(&str, u16)], rows: Vec<Vec<String>>) -> String {
    let underlined = LineStyle::none().fill('-').junction('-');
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(underlined))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(WIDTH).unwrap_or(u16::MAX))
        .set_header(heads.iter().map(|(head, _)| *head))
        .add_rows(rows);
    for (column, (_, least)) in table.column_iter_mut().zip(heads) {
        column.set_padding((0, 2));
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least + 2)));
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    let mut text = lines.collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_longer_than_the_page() {
        let words = "a sentence that goes on and on, ".repeat(10) + &"x".repeat(250);
        for line in wrap("- ", &words, 4).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        let rows = vec![vec!["DLP-2027-001".to_owned(), words.clone(), words]];
        for line in table(&[("Reference", 12), ("Title", 9), ("Who", 9)], rows).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn what_is_broken_is_indented() {
        let text = wrap("First: ", &"word ".repeat(30), 7);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("First: word") && lines[1].starts_with("       word"));
    }
}
