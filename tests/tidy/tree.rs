//! The rules that compare files with each other.

use std::collections::BTreeSet;

use super::Finding;
use super::source::Source;

pub type Rule = fn(&[Source]) -> Vec<Finding>;

pub const RULES: &[Rule] = &[migrations_go_in_pairs, migrations_are_numbered_once];

const DATABASES: [&str; 2] = ["migrations/postgres/", "migrations/sqlite/"];

fn migrations_go_in_pairs(files: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (here, there) in [(DATABASES[0], DATABASES[1]), (DATABASES[1], DATABASES[0])] {
        for (file, name) in migrations(files, here) {
            let twin = format!("{there}{name}");
            if !files.iter().any(|other| other.path == twin) {
                let message = format!(
                    "there is no `{twin}`: both databases move in the same steps; where one has \
                     nothing to do, a comment says so"
                );
                findings.push(file.finding(0, message));
            }
        }
    }
    findings
}

fn migrations_are_numbered_once(files: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in DATABASES {
        let mut seen = BTreeSet::new();
        for (file, name) in migrations(files, folder) {
            let number = name.split('_').next().unwrap_or(name);
            if number.parse::<u32>().is_err() {
                let message = "a migration is named `0001_what_it_does.sql`".to_owned();
                findings.push(file.finding(0, message));
            } else if !seen.insert(number) {
                let message =
                    format!("number {number} is taken: take the next one, they only go forward");
                findings.push(file.finding(0, message));
            }
        }
    }
    findings
}

fn migrations<'a>(
    files: &'a [Source],
    folder: &'a str,
) -> impl Iterator<Item = (&'a Source, &'a str)> {
    files
        .iter()
        .filter_map(move |file| Some((file, file.path.strip_prefix(folder)?)))
}
