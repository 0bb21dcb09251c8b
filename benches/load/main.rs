//! The load bench: what the engine does in a second, each figure beside a bare way in the same run.
//!
//! `cargo bench` measures everything, `cargo bench -- deadlines mails` only those rows. Nothing is
//! asserted but that the work was done and done once: a machine that is slow, or shared, breaks no
//! build. Without `--bench`, as `cargo test` calls it, each row runs once with tiny numbers, which
//! keeps it from rotting. To add a row: a file here, and its line in `ROWS`.

#![allow(clippy::unwrap_used)] // a measurement that cannot go on says where

mod deadlines;
mod mails;
mod office;
mod place;
mod processor;
mod sink;
mod table;
mod timers;
mod year;

/// Only the parts that a bench needs are used.
#[allow(dead_code)]
#[path = "../../tests/support/mod.rs"]
mod support;

use table::Row;

/// That of the binary: what is measured is what is delivered.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Whole,
    Tiny,
}

impl Size {
    fn of<T>(self, whole: T, tiny: T) -> T {
        match self {
            Self::Whole => whole,
            Self::Tiny => tiny,
        }
    }
}

/// Measures one thing; a row for each place where it was measured.
type Measure = fn(Size) -> Vec<Row>;

const ROWS: [(&str, Measure); 4] = [
    ("deadlines", deadlines::measure),
    ("year", year::measure),
    ("timers", timers::measure),
    ("mails", mails::measure),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size = if arguments.iter().any(|it| it == "--bench") {
        Size::Whole
    } else {
        Size::Tiny
    };
    let wanted: Vec<&String> = arguments
        .iter()
        .filter(|it| !it.starts_with("--"))
        .collect();
    let known = |wanted: &&&String| ROWS.iter().any(|(name, _)| name == **wanted);
    // `cargo test NAME` gives the name of some test to every program: not ours, so nothing to do.
    if let Some(unknown) = wanted.iter().find(|it| size == Size::Whole && !known(it)) {
        let names = ROWS.map(|(name, _)| name).join(", ");
        eprintln!("There is no row `{unknown}`. There is: {names}.");
        std::process::exit(2);
    }
    if size == Size::Whole {
        table::print_machine();
    }
    for (name, measure) in ROWS {
        if !wanted.is_empty() && !wanted.iter().any(|it| *it == name) {
            continue;
        }
        eprintln!("measuring {name} …");
        for row in measure(size) {
            match size {
                Size::Whole => row.print(),
                // Figures of a handful would be read as if they said something.
                Size::Tiny => println!("{}: it works", row.what),
            }
        }
    }
}
