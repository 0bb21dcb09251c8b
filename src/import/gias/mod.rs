//! The establishment file of "Get information about schools" (edubasealldata…csv), any release.
//!
//! Columns are found by name, so the releases' different widths do not matter. Only the rows that
//! are picked are read in full and checked: the file is the Department's, and a slip in a school
//! that is not ours is no reason to refuse. To keep one more column: add it to [`SchoolField`] and
//! to `columns.rs`.

mod columns;
mod fact;

use std::collections::{BTreeMap, BTreeSet};

use crate::core::names::Urn;
use crate::import::cell;
use crate::import::encoding::{Encoding, garbled_fault, is_garbled};
use crate::import::pick::{Candidate, Group, Pick, Picked, Picker, Status};
use crate::import::problem::{Cell, Fault, Findings};
use crate::import::school::{self, NOT_APPLICABLE, SchoolField, SchoolRecord};
use crate::import::table::{LIMITS, Record, Table, read_text};
use columns::{
    CLOSE_DATE, FIELDS, Kind, LA_CODE, LA_NAME, LAESTAB, LAYOUT, NAME, PHASE, PHASE_CODE, STATUS,
    STATUS_CODE, TRUST_CODE, TRUST_NAME, URN, WAY_OUT,
};
use fact::{is_filler, read_fact};

/// The picked schools of a file, if there is no problem; the findings say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolsFile {
    pub schools: Vec<SchoolRecord>,
    /// The fields that this release has: what it lacks says nothing about a school.
    pub fields: BTreeSet<SchoolField>,
    pub rows: u64,
    pub encoding: Option<Encoding>,
    pub findings: Findings,
}

/// Reads the picked schools; all problems at once.
pub fn read_schools(bytes: &[u8], pick: &Pick) -> SchoolsFile {
    let mut file = SchoolsFile {
        schools: Vec::new(),
        fields: BTreeSet::new(),
        rows: 0,
        encoding: None,
        findings: Findings::default(),
    };
    let picker = Picker::new(pick, &mut file.findings);
    if let Some((text, encoding)) = read_text(bytes, LIMITS, &mut file.findings) {
        file.encoding = Some(encoding);
        let source = (text.as_ref(), encoding);
        let table = Table::open(source, LAYOUT, LIMITS, &mut file.findings);
        if let (Some(table), Some(picker)) = (table, picker) {
            read_rows(table, picker, &mut file);
        }
    }
    file
}

fn read_rows(mut table: Table<'_>, mut picker: Picker, file: &mut SchoolsFile) {
    if !has_phase(&table, &mut file.findings) {
        return;
    }
    file.fields = fields_of(&table);
    if !table.has(STATUS) && !table.has(STATUS_CODE) {
        let text = "the file does not say which schools are open; a school with a closing date \
            counts as closed";
        file.findings.note(None, text);
    }
    let mut seen: BTreeMap<Urn, (u64, usize)> = BTreeMap::new();
    while let Some(record) = table.next(&mut file.findings) {
        match picker.pick(candidate(&table, &record)) {
            Picked::No => {}
            Picked::Refused(fault) => file.findings.cell(table.cell(&record, URN), fault),
            Picked::Yes => {
                if let Some(school) = read_school(&table, &record, &mut file.findings) {
                    keep(school, table.cell(&record, URN), &mut seen, file);
                }
            }
        }
    }
    file.rows = table.count;
    picker.finish(&mut file.findings);
    if file.schools.is_empty() && file.findings.is_clean() {
        let rule = "No open school of the file was picked.";
        let fault = Fault::new(
            rule,
            "Check what was asked for, or ask for closed schools too.",
        );
        file.findings.row(None, fault);
    }
}

fn has_phase(table: &Table<'_>, findings: &mut Findings) -> bool {
    let found = table.has(PHASE) || table.has(PHASE_CODE);
    if !found {
        let rule = "The column \"PhaseOfEducation (name)\" is missing.";
        findings.row(Some(1), Fault::new(rule, WAY_OUT));
    }
    found
}

fn fields_of(table: &Table<'_>) -> BTreeSet<SchoolField> {
    let all = FIELDS.iter().enumerate();
    let mut fields: BTreeSet<SchoolField> = all
        .filter(|(place, _)| table.has(*place))
        .map(|(_, (field, _))| *field)
        .collect();
    fields.insert(SchoolField::Phase);
    if table.has(LAESTAB) {
        fields.insert(SchoolField::LocalAuthorityCode);
        fields.insert(SchoolField::EstablishmentNumber);
    }
    fields
}

fn candidate<'r>(table: &Table<'_>, record: &'r Record<'_>) -> Candidate<'r> {
    let text = |column| table.cell(record, column).text;
    let (name, code) = (text(STATUS).trim().to_lowercase(), text(STATUS_CODE).trim());
    let status = match (name.as_str(), code) {
        ("closed", _) | ("", "2") => Status::Closed,
        ("proposed to open", _) | ("", "4") => Status::ProposedToOpen,
        ("", "") if !is_filler(text(CLOSE_DATE)) => Status::Closed,
        _ => Status::Open,
    };
    Candidate {
        urn: text(URN),
        trust: Group {
            code: text(TRUST_CODE),
            name: text(TRUST_NAME),
        },
        local_authority: Group {
            code: text(LA_CODE),
            name: text(LA_NAME),
        },
        status,
    }
}

/// A school that stands twice is one if the rows say the same.
fn keep(
    school: SchoolRecord,
    urn: Cell<'_>,
    seen: &mut BTreeMap<Urn, (u64, usize)>,
    file: &mut SchoolsFile,
) {
    let Some((row, place)) = seen.get(&school.urn) else {
        seen.insert(school.urn.clone(), (urn.row, file.schools.len()));
        file.schools.push(school);
        return;
    };
    if file.schools[*place] == school {
        let text = format!("the school {} stands in row {row} already", school.urn);
        file.findings.note(Some(urn.row), text);
        return;
    }
    let rule = format!("Row {row} describes the same school differently.");
    let way_out = "Keep the row that is right and delete the other.";
    file.findings.cell(urn, Fault::new(rule, way_out));
}

fn read_school(
    table: &Table<'_>,
    record: &Record<'_>,
    findings: &mut Findings,
) -> Option<SchoolRecord> {
    let before = findings.count();
    let urn = table.cell(record, URN);
    let urn = needed(urn, cell::urn(urn.text), findings);
    let name = table.cell(record, NAME);
    let read = unmixed(table, name.text).and_then(|text| cell::line(text, 200));
    let name = needed(name, read, findings);
    let mut facts = BTreeMap::new();
    for (place, (field, kind)) in FIELDS.iter().enumerate() {
        let cell = table.cell(record, place);
        let value = unmixed(table, cell.text).and_then(|text| read_fact(text, *kind));
        if let Some(Some(value)) = findings.take(cell, value) {
            if *kind == Kind::Telephone && value.len() != cell.text.trim().len() {
                findings.note(
                    Some(cell.row),
                    "the telephone number had lost its leading 0",
                );
            }
            facts.insert(*field, value);
        }
    }
    add_laestab(table.cell(record, LAESTAB), &mut facts, findings);
    add_phase(table, record, &mut facts, findings);
    let (urn, name) = (urn?, name?);
    (findings.count() == before).then_some(SchoolRecord {
        urn: Urn(urn),
        name,
        facts,
    })
}

/// The text, unless it was encoded otherwise than the rest of its file.
fn unmixed<'r>(table: &Table<'_>, text: &'r str) -> Result<&'r str, Fault> {
    if table.encoding == Encoding::Windows1252 && is_garbled(text) {
        return Err(garbled_fault());
    }
    Ok(text)
}

fn needed(
    cell: Cell<'_>,
    read: Result<Option<String>, Fault>,
    findings: &mut Findings,
) -> Option<String> {
    let value = findings.take(cell, read)?;
    if value.is_none() {
        let fault = Fault::new("A school needs this.", "Look it up and fill the cell.");
        findings.cell(cell, fault);
    }
    value
}

/// Some extracts have one number for authority and school: `2073402` or `207/3402`.
fn add_laestab(cell: Cell<'_>, facts: &mut BTreeMap<SchoolField, String>, findings: &mut Findings) {
    let number = SchoolField::EstablishmentNumber;
    if facts.contains_key(&number) || is_filler(cell.text) {
        return;
    }
    let digits = cell.text.replacen('/', "", 1);
    if let Some(Some(whole)) = findings.take(cell, cell::code(&digits, 7)) {
        let (authority, school) = whole.split_at(3);
        let code = facts.entry(SchoolField::LocalAuthorityCode);
        code.or_insert_with(|| authority.to_owned());
        facts.insert(number, school.to_owned());
    }
}

fn add_phase(
    table: &Table<'_>,
    record: &Record<'_>,
    facts: &mut BTreeMap<SchoolField, String>,
    findings: &mut Findings,
) {
    let by_name = table.cell(record, PHASE);
    let cell = if by_name.text.trim().is_empty() && table.has(PHASE_CODE) {
        table.cell(record, PHASE_CODE)
    } else {
        by_name
    };
    let Some(found) = school::phase(cell.text).or(is_filler(cell.text).then_some(NOT_APPLICABLE))
    else {
        let way_out = "Write nursery, primary, middle deemed primary, middle deemed secondary, \
            secondary, 16 plus, all-through or not applicable.";
        findings.cell(cell, Fault::new("This phase is not known.", way_out));
        return;
    };
    let age = |field| facts.get(&field).and_then(|age| age.parse::<u64>().ok());
    let ages = age(SchoolField::LowAge).zip(age(SchoolField::HighAge));
    let phase = match ages {
        Some((low, high)) if found == NOT_APPLICABLE && low <= high => {
            let phase = school::phase_of_ages(low, high);
            let text = format!(
                "the register gives no phase; {phase} was taken from the ages {low} to {high}"
            );
            findings.note(Some(cell.row), text);
            phase
        }
        _ => found,
    };
    facts.insert(SchoolField::Phase, phase.to_owned());
}
