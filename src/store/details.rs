//! What the directory keeps beside what a decision must know: the register's facts about a school,
//! a person's job title and phone.
//!
//! Kept so that an import can say what changed and a second import of the same file changes
//! nothing. The facts are JSON text in the importer's words; nothing here reads them.

use sqlx::FromRow;

use super::Scoped;
use super::error::Error;
use super::unit::Unit;
use crate::core::names::{PersonId, Urn};

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SchoolFacts {
    pub urn: Urn,
    /// A JSON object.
    pub facts: String,
}

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Contact {
    #[sqlx(rename = "id")]
    pub person: PersonId,
    pub job_title: Option<String>,
    pub phone: Option<String>,
}

statements! {
    one {
        FACTS = "SELECT urn, facts FROM school WHERE alliance = $1 ORDER BY urn";
        PUT_FACTS = "UPDATE school SET facts = $1 WHERE alliance = $2 AND urn = $3";
        CONTACTS = "SELECT id, job_title, phone FROM person WHERE alliance = $1 ORDER BY id";
        PUT_CONTACT = "UPDATE person SET job_title = $1, phone = $2
            WHERE alliance = $3 AND id = $4 AND NOT erased";
    }
}

impl Scoped {
    /// Of all schools, by URN.
    pub async fn school_facts(&self) -> Result<Vec<SchoolFacts>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "school",
            SchoolFacts,
            FACTS,
            [alliance]
        )
    }

    /// Of all people, by id.
    pub async fn contacts(&self) -> Result<Vec<Contact>, Error> {
        let alliance = &self.alliance;
        read_all!(on_reader, &self.db, "person", Contact, CONTACTS, [alliance])
    }
}

impl Unit {
    pub(super) async fn write_details(
        &mut self,
        facts: &[SchoolFacts],
        contacts: &[Contact],
    ) -> Result<(), Error> {
        for row in facts {
            let alliance = &self.alliance;
            run_one!(
                on_tx,
                &mut self.tx,
                "school",
                PUT_FACTS,
                [&row.facts, alliance, &row.urn]
            )?;
        }
        for row in contacts {
            let alliance = &self.alliance;
            run_one!(
                on_tx,
                &mut self.tx,
                "person",
                PUT_CONTACT,
                [&row.job_title, &row.phone, alliance, row.person]
            )?;
        }
        Ok(())
    }
}
