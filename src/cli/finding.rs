//! From what a person types to what is meant: a project, a school, a person, a role, a date.
//!
//! What is not found is a sentence with the way out; what could be several is never guessed.

use anyhow::{Context, bail};

use super::desk::Desk;
use crate::core::definition::near;
use crate::core::names::{AllianceId, PersonId, Urn};
use crate::core::time::Date;
use crate::engine::Library;
use crate::engine::readings::{Everybody, Reading};
use crate::store::PersonRow;

/// So many of several that could be meant are listed.
const LISTED: usize = 8;

/// A project by its reference or id.
pub async fn project(desk: &Desk, alliance: &AllianceId, typed: &str) -> anyhow::Result<Reading> {
    let found = desk.engine.find_run(alliance, typed.trim()).await?;
    found.with_context(|| {
        format!(
            "there is no project `{typed}` in {alliance}. `alongside project list` shows them all"
        )
    })
}

/// A school by its URN, its name or a part of the name that no other has.
pub fn school(everybody: &Everybody, typed: &str) -> anyhow::Result<Urn> {
    let schools = &everybody.directory.schools;
    let wanted = typed.trim().to_lowercase();
    if let Some(school) = schools
        .values()
        .find(|s| s.urn.0 == wanted || s.name.to_lowercase() == wanted)
    {
        return Ok(school.urn.clone());
    }
    let alike: Vec<_> = schools
        .values()
        .filter(|school| !wanted.is_empty() && school.name.to_lowercase().contains(&wanted))
        .collect();
    match alike.as_slice() {
        [only] => Ok(only.urn.clone()),
        [] => {
            let names = schools.values().map(|school| school.name.as_str());
            let hint = near::did_you_mean(typed, names)
                .unwrap_or_else(|| "Give its URN or its name as the directory has it.".to_owned());
            bail!("no school of this alliance is called `{typed}`. {hint}")
        }
        several => {
            let names = several
                .iter()
                .map(|school| format!("{} ({})", school.name, school.urn));
            bail!("`{typed}` could be {}", listed(names))
        }
    }
}

/// A person by id, email or full name.
pub fn person(everybody: &Everybody, typed: &str) -> anyhow::Result<PersonId> {
    let wanted = typed.trim().to_lowercase();
    let is_meant = |row: &&PersonRow| {
        let said =
            |text: &Option<String>| text.as_ref().is_some_and(|t| t.to_lowercase() == wanted);
        row.id.to_string() == wanted || said(&row.email) || said(&row.name)
    };
    let found: Vec<&PersonRow> = everybody.people.values().filter(is_meant).collect();
    match found.as_slice() {
        [only] => Ok(only.id),
        [] => {
            let known = everybody.people.values();
            let names = known.flat_map(|row| row.name.iter().chain(&row.email));
            let hint = near::did_you_mean(typed, names.map(String::as_str));
            let hint = hint.unwrap_or_else(|| "Give an email address, a name or an id.".to_owned());
            bail!("nobody in the directory is called `{typed}`. {hint}")
        }
        several => {
            let known = several
                .iter()
                .map(|row| row.email.clone().unwrap_or(row.id.to_string()));
            bail!(
                "several people are called `{typed}`: say which by email: {}",
                listed(known)
            )
        }
    }
}

/// A person, or a role of a workflow at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    Person(PersonId),
    Role(String),
}

pub fn whom(everybody: &Everybody, library: &Library, typed: &str) -> anyhow::Result<Whom> {
    let plain = typed.trim().to_lowercase().replace([' ', '-'], "_");
    let names: Vec<String> = library.names().map(str::to_owned).collect();
    let editions = names.iter().filter_map(|name| library.newest(name));
    for edition in editions {
        let mut roles = edition.workflow.roles.iter();
        let role = roles.find(|(name, role)| {
            **name == plain || role.title.to_lowercase().replace([' ', '-'], "_") == plain
        });
        if let Some((name, _)) = role {
            return Ok(Whom::Role(name.clone()));
        }
    }
    person(everybody, typed)
        .map(Whom::Person)
        .with_context(|| format!("`{typed}` is neither a role of a workflow nor a person"))
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = names.collect();
    let shown = all
        .iter()
        .take(LISTED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match all.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `2027-03-02`, `2 March 2027` or `02/03/2027`, the day first as in Britain.
pub fn date(text: &str) -> Result<Date, String> {
    let plain = text.trim();
    let formats = [
        "%Y-%m-%d",
        "%d %B %Y",
        "%d %b %Y",
        "%A %d %B %Y",
        "%d/%m/%Y",
    ];
    let found = formats
        .iter()
        .find_map(|format| Date::parse_from_str(plain, format).ok());
    let sensible = found.filter(|date| (1900..=2200).contains(&chrono::Datelike::year(date)));
    sensible.ok_or_else(|| format!("`{text}` is no date. Write it like 2027-03-02 or 2 March 2027"))
}

/// `NAME=VALUE`, as `--role`, `--date` and `--set` take it.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(format!("`{text}` is no NAME=VALUE")),
    }
}

/// `spend_by=2027-07-01`
pub fn named_date(text: &str) -> Result<(String, Date), String> {
    let (name, value) = pair(text)?;
    Ok((name, date(&value)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::directory::School;
    use uuid::Uuid;

    fn everybody() -> Everybody {
        let mut everybody = Everybody::default();
        for (urn, name) in [
            ("100001", "Alder Primary School"),
            ("100002", "Alder Green School"),
            ("100003", "Birch School"),
        ] {
            let urn = Urn(urn.to_owned());
            let school = School {
                urn: urn.clone(),
                name: name.to_owned(),
                phase: None,
                trust: None,
                local_authority: None,
            };
            everybody.directory.schools.insert(urn, school);
        }
        for (id, name) in [(1, "Ada Okafor"), (2, "Ben Hall"), (3, "Ben Hall")] {
            let row = PersonRow {
                id: PersonId(Uuid::from_u128(id)),
                name: Some(name.to_owned()),
                email: Some(format!("p{id}@alder.example")),
                main_school: None,
                erased: false,
            };
            everybody.people.insert(row.id, row);
        }
        everybody
    }

    #[test]
    fn a_school_is_found_by_urn_name_or_part_of_it_and_never_guessed() {
        let everybody = everybody();
        let found = |typed: &str| {
            school(&everybody, typed)
                .map(|urn| urn.0)
                .map_err(|e| e.to_string())
        };
        assert_eq!(found("100003"), Ok("100003".to_owned()));
        assert_eq!(found("birch"), Ok("100003".to_owned()));
        assert_eq!(found("alder primary school"), Ok("100001".to_owned()));
        let several = found("Alder").unwrap_err();
        assert!(several.contains("Alder Green School (100002)"), "{several}");
        assert!(
            found("Birch Shcool")
                .unwrap_err()
                .contains("Did you mean `Birch School`?")
        );
    }

    #[test]
    fn a_person_is_found_by_name_only_if_nobody_else_has_it() {
        let everybody = everybody();
        assert_eq!(person(&everybody, "ada okafor").unwrap().0.as_u128(), 1);
        assert_eq!(
            person(&everybody, "P2@alder.example").unwrap().0.as_u128(),
            2
        );
        assert!(
            person(&everybody, "Ben Hall")
                .unwrap_err()
                .to_string()
                .contains("p3@alder")
        );
        assert!(
            person(&everybody, "Ada Okafro")
                .unwrap_err()
                .to_string()
                .contains("Did you mean")
        );
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        let want = Date::from_ymd_opt(2027, 3, 2).unwrap();
        for text in [
            "2027-03-02",
            "2 March 2027",
            "Tuesday 2 March 2027",
            "02/03/2027",
            " 2 Mar 2027 ",
        ] {
            assert_eq!(date(text), Ok(want), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "2027-02-30",
            "31/02/2027",
            "Monday 2 March 2027",
            "2/3/27",
            "99999-01-01",
        ] {
            assert!(date(text).is_err(), "{text}");
        }
    }
}
