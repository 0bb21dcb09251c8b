//! The table of bad pages: for every rule what is spoilt in the good page, and what is said where.
//!
//! `fixtures/bad_pages.txt` says how a row reads.

use crate::core::definition::diagnostic::Diagnostic;
use crate::core::definition::fixtures::{good, spoil};
use crate::core::definition::{Bundle, check, load};

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

/// What is said of a page with several problems, in the order of the page.
fn said(bundle: &Bundle) -> Vec<String> {
    let problems = load(bundle).unwrap_err();
    problems.iter().map(say).collect()
}

#[test]
fn one_problem_hides_no_other() {
    // A form with a problem still has its fields, and a need that leads nowhere says nothing of
    // steps that do not hang on it.
    let mut bundle = spoil("forms/need.yaml", "type: integer", "type: intger");
    for (old, new) in [
        ("reopen: need,", "reopen: pulse,"),
        ("needs: visits", "needs: vists"),
        ("need.audience has governors", "need.audience has govenors"),
        ("on dates.report", "on need.subject"),
    ] {
        assert!(bundle.text.contains(old), "{old}");
        bundle.text = bundle.text.replacen(old, new, 1);
    }
    assert_eq!(
        said(&bundle),
        [
            "10 36:24 `scope` cannot reopen `pulse`: it comes later",
            "7 64:12 no step `vists`",
            "16 68:59 `need.subject` of form need is a choice, not a date",
            "19 71:29 form need offers no `govenors`",
            "26 forms/need.yaml 7:33 `intger` is no type of JSON Schema",
        ]
    );
}

#[test]
fn nothing_is_built_on_a_field_that_is_wrong_itself() {
    let mut bundle = spoil("forms/need.yaml", "items: {enum", "items: {enmu");
    bundle.text = bundle
        .text
        .replacen("on dates.report", "on need.audience", 1);
    assert_eq!(
        said(&bundle),
        ["26 forms/need.yaml 9:60 `enmu` is no keyword of JSON Schema"]
    );
}
