//! The table of bad pages: for every rule what is spoilt in the good page, and what is said where.
//!
//! `fixtures/bad_pages.txt` says how a row reads.

use crate::core::definition::diagnostic::Diagnostic;
use crate::core::definition::fixtures::{good, spoil};
use crate::core::definition::{Bundle, check};

const TABLE: &str = include_str!("../fixtures/bad_pages.txt");

/// `rule line:column message`, with the file where it is not the page and `?` for a warning.
fn say(found: &Diagnostic) -> String {
    let mark = if found.is_error() { "" } else { "?" };
    let file = match found.file.as_str() {
        "small/project.yaml" => String::new(),
        other => format!("{} ", other.trim_start_matches("small/")),
    };
    format!(
        "{}{mark} {file}{}:{} {}",
        found.rule, found.line, found.column, found.message
    )
}

fn all(bundle: &Bundle) -> Vec<String> {
    let found = check(std::slice::from_ref(bundle));
    // A page by itself lacks what only several files show.
    let here = found.iter().filter(|it| !(34..=36).contains(&it.rule));
    here.map(say).collect()
}

/// The part of a row after a mark, lines joined by line breaks.
fn part(row: &str, mark: &str) -> Vec<String> {
    row.lines()
        .filter_map(|line| line.strip_prefix(mark))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_good_page_has_no_problem() {
    assert_eq!(all(&good()), Vec::<String>::new());
}

#[test]
fn every_bad_page_is_told_what_is_wrong_and_where() {
    let mut rules = std::collections::BTreeSet::new();
    for row in TABLE
        .split("\n\n")
        .filter(|row| row.lines().any(|line| !line.starts_with('#')))
    {
        let file = part(row, "@ ").concat();
        let text = |mark| part(row, mark).join("\n").replace('¶', "\n");
        let said = all(&spoil(&file, &text("- "), &text("+ ")));
        assert_eq!(said, part(row, "= "), "{row}");
        let numbers = said
            .iter()
            .filter_map(|line| line.split([' ', '?']).next()?.parse::<u8>().ok());
        rules.extend(numbers);
    }
    // 34 to 36 need several files, 38 a long page (both in `trials`), 39 a database.
    let missing: Vec<_> = (1..=42).filter(|rule| !rules.contains(rule)).collect();
    assert_eq!(missing, [34, 35, 36, 38, 39]);
}
