//! A file of people: one row per person and post.
//!
//! This reads rows and checks each cell by itself; [`merge`] puts the rows of one person together,
//! and [`super::plan`] compares with the directory. An empty cell says nothing: it never clears
//! what is known. `docs/import.md` describes the columns for those who fill them in.

pub mod merge;

use uuid::Uuid;

use super::cell;
use super::contact;
use super::day::{Order, day};

use super::encoding::Encoding;
use super::problem::{Fault, Findings};
use super::row_reader::RowReader;
use super::table::{Column, LIMITS, Layout, Table, read_text};
use crate::core::names::{PersonId, Urn};
use crate::core::time::Date;

/// The rows of a file whose cells are each good by themselves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeopleFile {
    pub people: Vec<PersonRow>,
    pub rows: u64,
    pub encoding: Option<Encoding>,
    pub findings: Findings,
}

/// One person in one post, as the file has it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonRow {
    pub row: u64,
    pub name: String,
    /// In lower case: it says who is the same person.
    pub email: String,
    /// Whether the file had it in capitals or with space around.
    pub email_respelt: bool,
    /// `None`: the post is at the alliance itself.
    pub school: Option<Urn>,
    pub role: String,
    pub job_title: Option<String>,
    pub phone: Option<String>,
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub main: bool,
    pub person_id: Option<PersonId>,
    /// The address of the person in whose place this one acts.
    pub covers: Option<String>,
}

impl std::fmt::Debug for PersonRow {
    /// Without anything personal: this is what a log would hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonRow")
            .field("row", &self.row)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

const fn column(name: &'static str, also: &'static [&'static str], required: bool) -> Column {
    Column {
        name,
        also,
        required,
    }
}

const COLUMNS: [Column; 11] = [
    column("name", &["full name"], true),
    column("email", &["email address", "mail"], true),
    column("school", &["urn", "school urn"], true),
    column("role", &["post"], true),
    column("job_title", &["job"], false),
    column("phone", &["telephone", "phone number"], false),
    column("from", &["from date", "start date"], false),
    column("until", &["until date", "end date"], false),
    column("main", &["main school"], false),
    column("person_id", &[], false),
    column("covers", &["cover for"], false),
];

const NAME: usize = 0;
const EMAIL: usize = 1;
const SCHOOL: usize = 2;
const ROLE: usize = 3;
const JOB_TITLE: usize = 4;
const PHONE: usize = 5;
const FROM: usize = 6;
const UNTIL: usize = 7;
const MAIN: usize = 8;
const PERSON_ID: usize = 9;
const COVERS: usize = 10;

const LAYOUT: Layout = Layout {
    columns: &COLUMNS,
    way_out: "The first row names the columns: name, email, school and role at least.",
    short_rows: true,
    note_unknown: true,
};

/// Reads all rows; all problems at once.
pub fn read_people(bytes: &[u8]) -> PeopleFile {
    let mut file = PeopleFile {
        people: Vec::new(),
        rows: 0,
        encoding: None,
        findings: Findings::default(),
    };
    let Some((text, encoding)) = read_text(bytes, LIMITS, &mut file.findings) else {
        return file;
    };
    file.encoding = Some(encoding);
    let source = (text.as_ref(), encoding);
    if let Some(mut table) = Table::open(source, LAYOUT, LIMITS, &mut file.findings) {
        while let Some(record) = table.next(&mut file.findings) {
            let reader = RowReader {
                table: &table,
                record: &record,
                findings: &mut file.findings,
            };
            file.people.extend(reader.person());
        }
        file.rows = table.count;
    }
    file
}

impl RowReader<'_, '_> {
    fn person(mut self) -> Option<PersonRow> {
        let before = self.findings.count();
        let name = self.needed(NAME, |text| cell::line(text, 200));
        let email = self.needed(EMAIL, contact::email);
        let school = self.optional(SCHOOL, cell::urn).map(Urn);
        let role = self.needed(ROLE, role);
        let job_title = self.optional(JOB_TITLE, |text| cell::line(text, 200));
        let phone = self.phone();
        let from = self.optional(FROM, |text| day(text, Order::OneMeaning));
        let until = self.optional(UNTIL, |text| day(text, Order::OneMeaning));
        let main = self.optional(MAIN, yes_or_no).unwrap_or(false);
        let person_id = self.optional(PERSON_ID, person_id);
        let covers = self.optional(COVERS, contact::email);
        self.check_dates(from, until);
        self.check_main(main, school.as_ref());
        self.check_cover(
            email.as_deref(),
            covers.as_deref(),
            from.is_some() && until.is_some(),
        );
        let (name, email, role) = (name?, email?, role?);
        let good = self.findings.count() == before;
        good.then(|| PersonRow {
            row: self.record.row,
            name,
            email_respelt: self.cell(EMAIL).text != email,
            email,
            school,
            role,
            job_title,
            phone,
            from,
            until,
            main,
            person_id,
            covers,
        })
    }

    fn phone(&mut self) -> Option<String> {
        let (phone, restored) = self.optional(PHONE, contact::phone)?;
        if restored {
            let text = "the telephone number had lost its leading 0, which was put back";
            self.findings.note(Some(self.record.row), text);
        }
        Some(phone)
    }

    fn check_dates(&mut self, from: Option<Date>, until: Option<Date>) {
        if from.zip(until).is_some_and(|(from, until)| until < from) {
            let fault = Fault::new("The last day is before the first.", "Correct one of them.");
            self.findings.cell(self.cell(UNTIL), fault);
        }
    }

    fn check_main(&mut self, main: bool, school: Option<&Urn>) {
        if main && school.is_none() {
            let rule = "A main school can only be said in a row with a school.";
            let fault = Fault::new(rule, "Give the school, or leave this cell empty.");
            self.findings.cell(self.cell(MAIN), fault);
        }
    }

    fn check_cover(&mut self, email: Option<&str>, covers: Option<&str>, dated: bool) {
        if covers.is_none() {
            return;
        }
        let cell = self.cell(COVERS);
        if covers == email {
            let fault = Fault::new("Nobody covers for themselves.", "Correct one address.");
            self.findings.cell(cell, fault);
        }
        if !dated {
            let fault = Fault::new("A cover is for a time.", "Fill in from and until.");
            self.findings.cell(cell, fault);
        }
    }
}

/// `cpd_lead`; "CPD lead" and "cpd-lead" are the same.
fn role(text: &str) -> Result<Option<String>, Fault> {
    let Some(text) = cell::line(text, 60)? else {
        return Ok(None);
    };
    let words = text.split([' ', '_', '-']).filter(|word| !word.is_empty());
    let role = words.map(str::to_lowercase).collect::<Vec<_>>().join("_");
    let good = role.starts_with(|first: char| first.is_ascii_lowercase())
        && role
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if good {
        return Ok(Some(role));
    }
    Err(Fault::new(
        "A role is a word of letters, digits and underscores.",
        "Write the word that the workflow uses, like cpd_lead or headteacher.",
    ))
}

fn yes_or_no(text: &str) -> Result<Option<bool>, Fault> {
    match text.trim().to_lowercase().as_str() {
        "" => Ok(None),
        "yes" | "y" | "true" => Ok(Some(true)),
        "no" | "n" | "false" => Ok(Some(false)),
        _ => Err(Fault::new(
            "This is neither yes nor no.",
            "Write yes or no.",
        )),
    }
}

fn person_id(text: &str) -> Result<Option<PersonId>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let id = Uuid::try_parse(text)
        .ok()
        .filter(|id| text.len() == 36 && !id.is_nil());
    id.map(|id| Some(PersonId(id))).ok_or_else(|| {
        Fault::new(
            "An id is a UUID, like 0b3f8c1e-5d2a-7c44-9e10-3a6b7c8d9e0f.",
            "Copy it from an export, or leave the cell empty.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "name,email,school,role,job_title,phone,from,until,main,person_id,covers";

    fn read(rows: &str) -> PeopleFile {
        read_people(format!("{HEADER}\n{rows}\n").as_bytes())
    }

    fn problems(rows: &str) -> Vec<String> {
        read(rows)
            .findings
            .problems
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_row_is_a_person_in_a_post() {
        let file = read(
            "Jo Smith, Jo@Alder.example ,900001,CPD lead,Deputy head,01632 960001,2026-09-01,\
             31/08/2027,yes,0b3f8c1e-5d2a-7c44-9e10-3a6b7c8d9e0f,",
        );
        assert_eq!(
            problems(""),
            ["The file has a header and no rows below it. Check that it is the right file."]
        );
        let row = &file.people[0];
        assert_eq!(
            (row.row, row.name.as_str(), row.role.as_str()),
            (2, "Jo Smith", "cpd_lead")
        );
        assert_eq!(row.email, "jo@alder.example");
        assert!(row.email_respelt && row.main && row.person_id.is_some());
        assert_eq!(row.until, Date::from_ymd_opt(2027, 8, 31));
    }

    #[test]
    fn a_formula_in_a_name_is_text_also_when_it_was_guarded() {
        for name in ["=HYPERLINK(1)", "'=HYPERLINK(1)"] {
            let file = read(&format!("{name},jo@alder.example,,coordinator"));
            assert_eq!(file.people[0].name, "=HYPERLINK(1)");
        }
    }

    #[test]
    fn every_problem_of_a_row_is_told_with_its_column() {
        let found = problems("\"Jo\nSmith\",jo,90001,CPD lead!,,1.23E+11,03/04/27,46481,maybe,7,x");
        let columns = [
            "name",
            "email",
            "school",
            "role",
            "phone",
            "from",
            "until",
            "main",
            "person_id",
            "covers",
        ];
        assert_eq!(found.len(), columns.len(), "{found:#?}");
        for (problem, column) in found.iter().zip(columns) {
            assert!(
                problem.starts_with(&format!("row 2, column {column}: ")),
                "{problem}"
            );
        }
    }

    #[test]
    fn what_every_row_needs_is_asked_for() {
        let found = problems(",,,,,,,,,,\n,,900001,");
        assert_eq!(found.len(), 3, "a blank row is passed over: {found:#?}");
        assert!(
            found
                .iter()
                .all(|problem| problem.starts_with("row 3") && problem.contains("needs"))
        );
    }

    #[test]
    fn a_cover_has_dates_and_is_for_somebody_else_and_a_last_day_is_not_before_the_first() {
        let cover = problems("Jo,jo@alder.example,900001,cpd_lead,,,,,,,JO@alder.example");
        assert!(
            cover[0].contains("themselves") && cover[1].contains("for a time"),
            "{cover:?}"
        );
        let dates = problems("Jo,jo@alder.example,900001,cpd_lead,,,2027-01-02,2027-01-01");
        assert!(dates[0].contains("before the first"));
        let main = problems("Jo,jo@alder.example,,coordinator,,,,,yes");
        assert!(main[0].contains("row with a school"));
    }

    #[test]
    fn a_name_that_hides_something_is_refused() {
        for name in ["Jo\0", "\"Jo\r\nSmith\"", "Jo\u{202e}htims", "Jo\u{7}"] {
            let found = problems(&format!("{name},jo@alder.example,,coordinator"));
            assert!(found[0].starts_with("row 2, column name"), "{found:?}");
        }
    }

    #[test]
    fn a_cell_of_another_encoding_than_its_file_is_a_problem() {
        let mut bytes = format!("{HEADER}\n").into_bytes();
        bytes.extend(
            b"Zo\xEB,zoe@alder.example,,coordinator\nRen\xC3\xA9,r@alder.example,,office\n",
        );
        let file = read_people(&bytes);
        assert_eq!(file.people[0].name, "Zoë");
        assert!(file.findings.problems[0].rule.contains("written as UTF-8"));
    }

    #[test]
    fn nothing_personal_is_in_what_a_log_would_hold() {
        let file = read("Jo Smith,jo@alder.example,900001,cpd_lead");
        assert!(!format!("{file:?}").to_lowercase().contains("jo"));
    }
}
