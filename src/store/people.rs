//! Changing the directory: what an import brings, and what an erasure takes away.
//!
//! All or nothing, in one transaction. An erased person keeps the row and the id for good, so that
//! the log still names somebody; nothing brings a name back to it.

use super::Scoped;
use super::cover::CoverRow;
use super::details::{Contact, SchoolFacts};
use super::directory::{first_day, place};
use super::error::Error;
use super::rows::PersonRow;
use super::unit::Unit;
use crate::core::directory::{Post, School};
use crate::core::names::PersonId;

/// Rows are put by key: a school by URN, a person by id, a post by person, role, place and first
/// day. Nothing is removed that is not named.
#[derive(Debug, Clone, Default)]
pub struct DirectoryChanges {
    pub schools: Vec<School>,
    /// Emails in lower case; unique in the alliance.
    pub people: Vec<PersonRow>,
    /// What a decision does not need, of schools and people that are there or are put here.
    pub school_facts: Vec<SchoolFacts>,
    pub contacts: Vec<Contact>,
    pub posts: Vec<Post>,
    /// Taken away before the others are put. Only their keys matter.
    pub removed_posts: Vec<Post>,
    pub covers: Vec<CoverRow>,
    /// Only their keys matter.
    pub removed_covers: Vec<CoverRow>,
    /// Name, address and drafts go; texts in runs go by the command `person.erase`.
    pub erased: Vec<PersonId>,
}

statements! {
    one {
        REMOVE_POST = "DELETE FROM post
            WHERE alliance = $1 AND person = $2 AND role = $3 AND school = $4 AND from_day = $5";
        ERASE_MAILS = "UPDATE outgoing SET bytes = NULL, open = FALSE
            WHERE alliance = $1 AND person = $2";
        FORGET_ADDRESS = "DELETE FROM bad_address WHERE alliance = $1 AND person = $2";
        ERASE = "UPDATE person SET name = NULL, email = NULL, job_title = NULL, phone = NULL,
                erased = TRUE
            WHERE alliance = $1 AND id = $2";
        ERASE_DRAFTS = "DELETE FROM draft WHERE alliance = $1 AND written_by = $2";
    }
    rows {
        SCHOOLS = (concat!("INSERT INTO school (alliance, ", columns!(school), ") VALUES "), 6,
            " ON CONFLICT (alliance, urn) DO UPDATE SET name = excluded.name,
                phase = excluded.phase, trust = excluded.trust,
                local_authority = excluded.local_authority");
        PEOPLE = (concat!("INSERT INTO person (alliance, ", columns!(person), ") VALUES "), 6,
            " ON CONFLICT (alliance, id) DO UPDATE SET name = excluded.name,
                email = excluded.email, main_school = excluded.main_school
              WHERE NOT person.erased");
        POSTS = (concat!("INSERT INTO post (alliance, ", columns!(post), ") VALUES "), 7,
            " ON CONFLICT (alliance, person, role, school, from_day) DO UPDATE SET
                until_day = excluded.until_day, covers = excluded.covers");
    }
}

impl Scoped {
    /// Applies all of it in one transaction, or nothing.
    pub async fn apply_directory(&self, changes: DirectoryChanges) -> Result<(), Error> {
        let mut unit = Unit::begin(&self.db, self.alliance.clone()).await?;
        unit.write_directory(changes).await?;
        unit.commit().await
    }
}

impl Unit {
    /// The same inside a unit that does more.
    pub async fn write_directory(&mut self, changes: DirectoryChanges) -> Result<(), Error> {
        self.raise_directory_revision().await?;
        self.write_schools(changes.schools).await?;
        self.write_people(changes.people).await?;
        self.write_details(&changes.school_facts, &changes.contacts)
            .await?;
        self.remove_posts(&changes.removed_posts).await?;
        self.write_posts(changes.posts).await?;
        self.write_covers(&changes.covers, &changes.removed_covers)
            .await?;
        self.erase_people(&changes.erased).await
    }

    async fn write_schools(&mut self, mut rows: Vec<School>) -> Result<(), Error> {
        rows.sort_by(|a, b| a.urn.cmp(&b.urn));
        let alliance = &self.alliance;
        write_rows!(&mut self.tx, "school", SCHOOLS, &rows, |query, row| query
            .bind(alliance)
            .bind(&row.urn)
            .bind(&row.name)
            .bind(&row.phase)
            .bind(&row.trust)
            .bind(&row.local_authority));
        Ok(())
    }

    async fn write_people(&mut self, mut rows: Vec<PersonRow>) -> Result<(), Error> {
        rows.sort_by_key(|row| row.id);
        let written = self.put_people(&rows).await.map_err(|error| match error {
            Error::Conflict { .. } => Error::Refused(
                "Two people of one alliance cannot have the same email address. Give each their own."
                    .to_owned(),
            ),
            other => other,
        })?;
        if usize::try_from(written).is_ok_and(|written| written == rows.len()) {
            return Ok(());
        }
        Err(Error::Refused(
            "One of these people was erased: the record stays empty. Add them as a new person."
                .to_owned(),
        ))
    }

    async fn put_people(&mut self, rows: &[PersonRow]) -> Result<u64, Error> {
        let alliance = &self.alliance;
        Ok(write_rows!(
            &mut self.tx,
            "person",
            PEOPLE,
            rows,
            |query, row| query
                .bind(alliance)
                .bind(row.id)
                .bind(&row.name)
                .bind(&row.email)
                .bind(&row.main_school)
                .bind(row.erased)
        ))
    }

    async fn remove_posts(&mut self, posts: &[Post]) -> Result<(), Error> {
        for post in posts {
            let (school, from) = (place(post.school.as_ref()), first_day(post.from));
            run_one!(
                on_tx,
                &mut self.tx,
                "post",
                REMOVE_POST,
                [&self.alliance, post.person, &post.role, &school, from]
            )?;
        }
        Ok(())
    }

    async fn write_posts(&mut self, mut rows: Vec<Post>) -> Result<(), Error> {
        rows.sort();
        let alliance = &self.alliance;
        write_rows!(&mut self.tx, "post", POSTS, &rows, |query, row| query
            .bind(alliance)
            .bind(row.person)
            .bind(&row.role)
            .bind(place(row.school.as_ref()))
            .bind(first_day(row.from))
            .bind(row.until)
            .bind(row.covers));
        Ok(())
    }

    async fn erase_people(&mut self, people: &[PersonId]) -> Result<(), Error> {
        for person in people {
            self.erase_covers(*person).await?;
            let alliance = &self.alliance;
            run_one!(on_tx, &mut self.tx, "person", ERASE, [alliance, person])?;
            run_one!(
                on_tx,
                &mut self.tx,
                "draft",
                ERASE_DRAFTS,
                [alliance, person]
            )?;
            run_one!(
                on_tx,
                &mut self.tx,
                "outgoing",
                ERASE_MAILS,
                [alliance, person]
            )?;
            run_one!(
                on_tx,
                &mut self.tx,
                "bad_address",
                FORGET_ADDRESS,
                [alliance, person]
            )?;
        }
        Ok(())
    }
}
