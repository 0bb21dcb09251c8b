//! The directory as a decision needs it, and as lists show it.
//!
//! A post at the alliance has the school `''` and one that was always held begins on 1 January of
//! the year 1, because both are part of the key; nothing outside this file sees that.

use sqlx::FromRow;

use super::Scoped;
use super::error::Error;
use super::rows::PersonRow;
use super::unit::Unit;
use crate::core::directory::{Directory, Person, Post, School};
use crate::core::names::{PersonId, Urn};
use crate::core::time::Date;

/// A post as it stands in its table.
#[derive(Debug, FromRow)]
struct PostRow {
    person: PersonId,
    role: String,
    school: Urn,
    from_day: Date,
    until_day: Option<Date>,
    covers: Option<PersonId>,
}

#[derive(Debug, FromRow)]
struct SchoolRow {
    urn: Urn,
    name: String,
    phase: Option<String>,
    trust: Option<String>,
    local_authority: Option<String>,
}

/// A person without name and address.
#[derive(Debug, FromRow)]
struct KnownRow {
    id: PersonId,
    main_school: Option<Urn>,
    erased: bool,
}

/// What stands for "at the alliance" and for "always" in a key.
pub(super) fn place(school: Option<&Urn>) -> Urn {
    school.cloned().unwrap_or_else(|| Urn(String::new()))
}

pub(super) fn first_day(from: Option<Date>) -> Date {
    from.unwrap_or_else(always)
}

fn always() -> Date {
    Date::from_ymd_opt(1, 1, 1).expect("the first day of the calendar exists")
}

impl From<PostRow> for Post {
    fn from(row: PostRow) -> Self {
        Self {
            person: row.person,
            role: row.role,
            school: (!row.school.0.is_empty()).then_some(row.school),
            from: (row.from_day != always()).then_some(row.from_day),
            until: row.until_day,
            covers: row.covers,
        }
    }
}

impl From<KnownRow> for Person {
    fn from(row: KnownRow) -> Self {
        Self {
            id: row.id,
            main_school: row.main_school,
            erased: row.erased,
        }
    }
}

impl From<SchoolRow> for School {
    fn from(row: SchoolRow) -> Self {
        Self {
            urn: row.urn,
            name: row.name,
            phase: row.phase,
            trust: row.trust,
            local_authority: row.local_authority,
        }
    }
}

statements! {
    one {
        REVISION = "SELECT revision FROM directory_revision WHERE alliance = $1";
        RAISE = "INSERT INTO directory_revision (alliance, revision) VALUES ($1, 1)
            ON CONFLICT (alliance) DO UPDATE SET revision = directory_revision.revision + 1";
        SCHOOLS = concat!("SELECT ", columns!(school), " FROM school
            WHERE alliance = $1 ORDER BY urn");
        KNOWN_PEOPLE = "SELECT id, main_school, erased FROM person
            WHERE alliance = $1 ORDER BY id";
        PEOPLE = concat!("SELECT ", columns!(person), " FROM person
            WHERE alliance = $1 ORDER BY id");
        POSTS = concat!("SELECT ", columns!(post), " FROM post
            WHERE alliance = $1 ORDER BY person, role, school, from_day");
        BY_EMAIL = concat!("SELECT ", columns!(person), " FROM person
            WHERE alliance = $1 AND email = $2");
    }
    keys {
        PEOPLE_OF = (concat!("SELECT ", columns!(person), " FROM person WHERE alliance = $1"),
            ("id", "uuid"), 2, "", "ORDER BY id");
    }
}

impl Unit {
    /// What somebody holds in memory is old once this number is another.
    pub async fn directory_revision(&mut self) -> Result<i64, Error> {
        let alliance = &self.alliance;
        let tx = &mut self.tx;
        let found = read_one!(
            on_tx,
            tx,
            "directory_revision",
            (i64,),
            REVISION,
            [alliance]
        )?;
        Ok(found.map_or(0, |(revision,)| revision))
    }

    /// The next decision reads what this unit writes.
    pub(super) async fn raise_directory_revision(&mut self) -> Result<(), Error> {
        let alliance = &self.alliance;
        let tx = &mut self.tx;
        run_one!(on_tx, tx, "directory_revision", RAISE, [alliance])?;
        Ok(())
    }

    /// The whole of it, as decisions need it.
    pub async fn directory(&mut self) -> Result<Directory, Error> {
        let alliance = &self.alliance;
        let tx = &mut self.tx;
        let schools = read_all!(on_tx, &mut *tx, "school", SchoolRow, SCHOOLS, [alliance])?;
        let people = read_all!(
            on_tx,
            &mut *tx,
            "person",
            KnownRow,
            KNOWN_PEOPLE,
            [alliance]
        )?;
        let posts = read_all!(on_tx, &mut *tx, "post", PostRow, POSTS, [alliance])?;
        Ok(whole(schools, people, posts))
    }
}

fn whole(schools: Vec<SchoolRow>, people: Vec<KnownRow>, posts: Vec<PostRow>) -> Directory {
    let schools = schools.into_iter().map(School::from);
    let people = people.into_iter().map(Person::from);
    Directory {
        schools: schools.map(|school| (school.urn.clone(), school)).collect(),
        people: people.map(|person| (person.id, person)).collect(),
        posts: posts.into_iter().map(Post::from).collect(),
    }
}

impl Scoped {
    /// The whole of it, for lists and mails.
    pub async fn directory(&self) -> Result<Directory, Error> {
        let (db, alliance) = (&self.db, &self.alliance);
        let schools = read_all!(on_reader, db, "school", SchoolRow, SCHOOLS, [alliance])?;
        let people = read_all!(on_reader, db, "person", KnownRow, KNOWN_PEOPLE, [alliance])?;
        let posts = read_all!(on_reader, db, "post", PostRow, POSTS, [alliance])?;
        Ok(whole(schools, people, posts))
    }

    /// All schools, by URN.
    pub async fn schools(&self) -> Result<Vec<School>, Error> {
        let rows = read_all!(
            on_reader,
            &self.db,
            "school",
            SchoolRow,
            SCHOOLS,
            [&self.alliance]
        )?;
        Ok(rows.into_iter().map(School::from).collect())
    }

    pub async fn people(&self) -> Result<Vec<PersonRow>, Error> {
        read_all!(
            on_reader,
            &self.db,
            "person",
            PersonRow,
            PEOPLE,
            [&self.alliance]
        )
    }

    /// These people, as far as they exist.
    pub async fn find_people(&self, ids: &[PersonId]) -> Result<Vec<PersonRow>, Error> {
        let alliance = &self.alliance;
        Ok(read_by_keys!(
            on_reader,
            &self.db,
            "person",
            PersonRow,
            PEOPLE_OF,
            [alliance],
            ids
        ))
    }

    /// By the address as it is stored: in lower case.
    pub async fn find_person_by_email(&self, email: &str) -> Result<Option<PersonRow>, Error> {
        let alliance = &self.alliance;
        read_one!(
            on_reader,
            &self.db,
            "person",
            PersonRow,
            BY_EMAIL,
            [alliance, email]
        )
    }

    /// All posts, by person, role, place and first day.
    pub async fn posts(&self) -> Result<Vec<Post>, Error> {
        let rows = read_all!(
            on_reader,
            &self.db,
            "post",
            PostRow,
            POSTS,
            [&self.alliance]
        )?;
        Ok(rows.into_iter().map(Post::from).collect())
    }
}
