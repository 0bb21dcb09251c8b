//! How the code looks, as a test: every finding is `path:line: message`, and the message teaches
//! the rule.
//!
//! The tree is read once; each rule is a function over one file (`rules`) or over all of them
//! (`tree`). To add a rule: a function, a line in its table, and a bad sample in `samples` that it
//! finds. What rustfmt and Clippy see is left to them.

mod rules;
mod samples;
mod source;
mod tree;

use std::fmt;
use std::path::{Path, PathBuf};

use source::Source;

/// What one rule has to say about one place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

#[test]
fn the_tree_is_tidy() {
    let findings = inspect(&read_tree());
    let report: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(
        report.is_empty(),
        "{} findings:\n{}\n",
        report.len(),
        report.join("\n")
    );
}

/// All findings, by file and line.
fn inspect(files: &[Source]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = files
        .iter()
        .flat_map(|file| rules::RULES.iter().flat_map(move |rule| rule(file)))
        .chain(tree::RULES.iter().flat_map(|rule| rule(files)))
        .collect();
    findings.sort();
    findings
}

/// Every Rust and SQL file of ours. Folders that do not exist yet hold no file.
fn read_tree() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting: Vec<PathBuf> = ["src", "tests", "benches", "migrations"]
        .iter()
        .map(|folder| root.join(folder))
        .collect();
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let kind = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                waiting.push(path);
            } else if matches!(kind, Some("rs" | "sql")) {
                let relative = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.push(Source::new(
                    relative,
                    &std::fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    files
}
