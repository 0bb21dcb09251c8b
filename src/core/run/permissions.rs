//! The table of who may do what (`permissions.txt`), as `decide` asks it.

use std::sync::LazyLock;

/// Who may send one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // the five columns of the table
pub struct Allowed {
    pub doer: bool,
    pub anyone: bool,
    pub coordinator: bool,
    pub source: bool,
    pub engine: bool,
}

const NOBODY: Allowed = Allowed {
    doer: false,
    anyone: false,
    coordinator: false,
    source: false,
    engine: false,
};

static TABLE: LazyLock<Vec<(&'static str, Allowed)>> = LazyLock::new(|| {
    include_str!("permissions.txt")
        .lines()
        .filter_map(row)
        .collect()
});

/// The row of a command; what the table does not name, nobody may do.
pub fn allowed(command: &str) -> Allowed {
    TABLE
        .iter()
        .find(|(name, _)| *name == command)
        .map_or(NOBODY, |(_, allowed)| *allowed)
}

/// All rows, for the tests and the documents that are made from them.
pub fn table() -> &'static [(&'static str, Allowed)] {
    &TABLE
}

fn row(line: &'static str) -> Option<(&'static str, Allowed)> {
    let mut words = line.split_whitespace();
    let name = words.next().filter(|name| !name.starts_with('#'))?;
    let mut next = || words.next() == Some("yes");
    let allowed = Allowed {
        doer: next(),
        anyone: next(),
        coordinator: next(),
        source: next(),
        engine: next(),
    };
    Some((name, allowed))
}
