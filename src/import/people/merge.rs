//! The rows of one person put together.
//!
//! The same address is the same person, whatever its case and the space around it. What only one
//! of the rows says holds for all; what two rows say differently is a problem, but for case and
//! spacing, of which the first spelling is kept and noted.

use indexmap::IndexMap;

use super::PersonRow;
use crate::core::names::PersonId;
use crate::import::problem::{Cell, Fault, Findings};

/// One person of the file with all their rows.
#[derive(Clone, PartialEq, Eq)]
pub struct Merged<'f> {
    pub name: &'f str,
    pub email: &'f str,
    pub job_title: Option<&'f str>,
    pub phone: Option<&'f str>,
    pub person_id: Option<PersonId>,
    /// At least one.
    pub rows: Vec<&'f PersonRow>,
}

impl Merged<'_> {
    /// The row that messages about the person name.
    pub fn row(&self) -> u64 {
        self.rows.first().map_or(0, |row| row.row)
    }
}

/// People by address, in the order in which they first come.
pub fn merge<'f>(rows: &'f [PersonRow], findings: &mut Findings) -> IndexMap<&'f str, Merged<'f>> {
    let mut people: IndexMap<&str, Merged<'_>> = IndexMap::new();
    for row in rows {
        let person = people.entry(&row.email).or_insert_with(|| Merged {
            name: &row.name,
            email: &row.email,
            job_title: None,
            phone: None,
            person_id: None,
            rows: Vec::new(),
        });
        add_row(person, row, findings);
    }
    people
}

fn add_row<'f>(person: &mut Merged<'f>, row: &'f PersonRow, findings: &mut Findings) {
    let first = person.rows.first().map(|first| first.row);
    if let Some(first) = first
        && row.name != person.name
    {
        if fold(&row.name) == fold(person.name) {
            let text =
                format!("the same person as in row {first}, whose spelling of the name is kept");
            findings.note(Some(row.row), text);
        } else {
            let rule = format!("Row {first} gives the same address to somebody of another name.");
            let cell = cell(row, "name", &row.name);
            findings.cell(cell, Fault::new(rule, "Correct the name or the address."));
        }
    } else if let Some(first) = first
        && row.email_respelt
    {
        let text = format!(
            "the same person as in row {first}; case and space in an address do not matter"
        );
        findings.note(Some(row.row), text);
    }
    say_once(
        "job_title",
        &mut person.job_title,
        row.job_title.as_deref(),
        row,
        findings,
    );
    say_once(
        "phone",
        &mut person.phone,
        row.phone.as_deref(),
        row,
        findings,
    );
    if let Some(id) = row.person_id {
        if person.person_id.is_some_and(|known| known != id) {
            let text = id.to_string();
            let rule = "Another row gives the same person another id.";
            findings.cell(
                cell(row, "person_id", &text),
                Fault::new(rule, "Correct one of them."),
            );
        }
        person.person_id = person.person_id.or(Some(id));
    }
    person.rows.push(row);
}

fn say_once<'f>(
    column: &str,
    known: &mut Option<&'f str>,
    said: Option<&'f str>,
    row: &PersonRow,
    findings: &mut Findings,
) {
    if let (Some(known), Some(said)) = (*known, said)
        && fold(known) != fold(said)
    {
        let rule = "Another row says this of the same person differently.";
        let way_out = "Say it once, or in all rows alike.";
        findings.cell(cell(row, column, said), Fault::new(rule, way_out));
    }
    *known = known.or(said);
}

fn cell<'a>(row: &PersonRow, column: &'a str, text: &'a str) -> Cell<'a> {
    Cell {
        row: row.row,
        column,
        text,
    }
}

fn fold(text: &str) -> String {
    text.split_whitespace()
        .flat_map(str::chars)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::read_people;
    use super::*;

    fn merged(rows: &str) -> (Vec<(String, usize)>, Findings) {
        let file =
            read_people(format!("name,email,school,role,phone,person_id\n{rows}").as_bytes());
        let mut findings = file.findings.clone();
        let people = merge(&file.people, &mut findings);
        let people = people
            .values()
            .map(|person| (person.name.to_owned(), person.rows.len()));
        (people.collect(), findings)
    }

    #[test]
    fn the_same_person_twice_by_case_or_spacing_is_one_with_a_note() {
        let (people, findings) = merged(
            "Jo Smith,jo@alder.example,900001,cpd_lead,,\njo  smith,JO@alder.example ,900001,teacher,,\n\
             Jo Smith, Jo@Alder.example,900001,office,01632 960001,\n",
        );
        assert_eq!(people, [("Jo Smith".to_owned(), 3)]);
        assert!(findings.is_clean());
        let rows: Vec<_> = findings.notes.iter().map(|note| note.row).collect();
        assert_eq!(rows, [Some(3), Some(4)]);
    }

    #[test]
    fn one_address_of_two_names_is_a_problem() {
        let (_, findings) =
            merged("Jo,jo@alder.example,,office,,\nSam,jo@alder.example,,office,,\n");
        assert_eq!(
            findings.problems[0].to_string(),
            "row 3, column name: \"Sam\". Row 2 gives the same address to somebody of another name. \
             Correct the name or the address."
        );
    }

    #[test]
    fn rows_that_contradict_each_other_are_problems() {
        let id = "0b3f8c1e-5d2a-7c44-9e10-3a6b7c8d9e0";
        let (_, findings) = merged(&format!(
            "Jo,jo@alder.example,,office,01632 960001,{id}1\nJo,jo@alder.example,,finance,01632 960002,{id}2\n"
        ));
        assert_eq!(findings.count(), 2);
    }
}
