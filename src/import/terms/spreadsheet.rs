//! Term dates from a spreadsheet: one row per period.
//!
//! Columns `kind`, `label`, `start_date` and `end_date`; `urn` where each row is of one school, or
//! `calendar_owner` where it is free text and somebody must pick. `docs/import.md` describes them.

use std::collections::BTreeMap;

use super::kinds::{kind, title};
use super::{TermsFile, Told};
use crate::core::calendar::day::Period;
use crate::core::names::Urn;
use crate::import::cell;
use crate::import::day::{Order, day};

use crate::import::problem::{Fault, Place, printable};
use crate::import::row_reader::RowReader;
use crate::import::table::{Column, Layout, Limits, Table, read_text};

const fn column(name: &'static str, also: &'static [&'static str], required: bool) -> Column {
    Column {
        name,
        also,
        required,
    }
}

const COLUMNS: [Column; 7] = [
    column("kind", &["type", "kind of days"], true),
    column("label", &["name", "title", "description"], false),
    column("start_date", &["start", "from", "date", "first day"], true),
    column("end_date", &["end", "to", "until", "last day"], false),
    column("source_page", &["source", "page"], false),
    column("calendar_owner", &["owner", "school"], false),
    column("urn", &["school urn"], false),
];

const KIND: usize = 0;
const LABEL: usize = 1;
const START: usize = 2;
const END: usize = 3;
const SOURCE: usize = 4;
const OWNER: usize = 5;
const URN: usize = 6;

const LAYOUT: Layout = Layout {
    columns: &COLUMNS,
    way_out: "The first row names the columns: kind, label, start_date and end_date.",
    short_rows: true,
    note_unknown: true,
};

const LIMITS: Limits = Limits {
    rows: 20_000,
    bytes: super::MOST_BYTES,
};

pub fn read(name: &str, bytes: &[u8], only: Option<&str>, file: &mut TermsFile) {
    let Some((text, encoding)) = read_text(bytes, LIMITS, &mut file.findings) else {
        return;
    };
    file.encoding = Some(encoding);
    let Some(mut table) = Table::open((&text, encoding), LAYOUT, LIMITS, &mut file.findings) else {
        return;
    };
    file.by_school = table.has(URN);
    let mut owners: BTreeMap<String, u64> = BTreeMap::new();
    while let Some(record) = table.next(&mut file.findings) {
        let mut row = RowReader {
            table: &table,
            record: &record,
            findings: &mut file.findings,
        };
        if table.has(OWNER) && !table.has(URN) {
            let owner = row.optional(OWNER, |text| cell::line(text, 200));
            let owner = owner.unwrap_or_default();
            *owners.entry(owner.clone()).or_default() += 1;
            if only.is_some_and(|only| !is_same(only, &owner)) {
                continue;
            }
        }
        let told = row.told(name);
        file.told.extend(told);
    }
    file.read = table.count;
    pick(only, table.has(OWNER) && !table.has(URN), &owners, file);
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Of a file of several owners it must be said which is meant; of the others it is said that they
/// were left out.
fn pick(only: Option<&str>, owned: bool, owners: &BTreeMap<String, u64>, file: &mut TermsFile) {
    let shown = |name: &String| match name.as_str() {
        "" => "(empty)".to_owned(),
        name => format!("\"{}\"", printable(name)),
    };
    let listed = || {
        let first: Vec<String> = owners.keys().take(20).map(shown).collect();
        let more = owners.len().saturating_sub(first.len());
        match more {
            0 => first.join(", "),
            more => format!("{} and {more} more", first.join(", ")),
        }
    };
    let Some(only) = only else {
        if owners.len() > 1 {
            // Rows of different owners are not compared with each other.
            file.told.clear();
            let rule = "The file has the dates of several owners.";
            let way_out = format!("Say which with --only: {}.", listed());
            file.findings.row(None, Fault::new(rule, way_out));
        }
        return;
    };
    if !owned {
        let rule = "The file has no column \"calendar_owner\" to pick from.";
        file.findings
            .row(None, Fault::new(rule, "Leave --only out."));
    } else if !owners.keys().any(|owner| is_same(only, owner)) && !owners.is_empty() {
        let rule = format!("No row is of the owner \"{}\".", printable(only));
        let way_out = format!("There is: {}.", listed());
        file.findings.row(None, Fault::new(rule, way_out));
    } else {
        for (owner, rows) in owners.iter().filter(|(owner, _)| !is_same(only, owner)) {
            let rows = if *rows == 1 {
                "1 row".to_owned()
            } else {
                format!("{rows} rows")
            };
            let owner = shown(owner);
            file.findings
                .note(None, format!("left out: {rows} of the owner {owner}"));
        }
    }
}

impl RowReader<'_, '_> {
    fn told(&mut self, name: &str) -> Option<Told> {
        let before = self.findings.count();
        let kind = self.needed(KIND, kind);
        let label = self.optional(LABEL, |text| cell::line(text, 200));
        let from = self.needed(START, |text| day(text, Order::OneMeaning));
        let to = self.optional(END, |text| day(text, Order::OneMeaning));
        let source = self.optional(SOURCE, |text| cell::line(text, 500));
        let school = if self.table.has(URN) {
            self.needed(URN, cell::urn).map(Urn)
        } else {
            None
        };
        let (kind, from) = (kind?, from?);
        let good = self.findings.count() == before;
        good.then(|| Told {
            place: Place::row(self.record.row),
            school,
            period: Period {
                from,
                to: to.unwrap_or(from),
                kind,
                label: label.unwrap_or_else(|| title(kind).to_owned()),
                source: source.unwrap_or_else(|| name.to_owned()),
            },
        })
    }
}
