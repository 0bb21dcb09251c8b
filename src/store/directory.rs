//! The directory as a decision needs it, and as lists show it.
//!
//! A post at the alliance has the school `''` and one that was always held begins on 1 January of
//! the year 1, because both are part of the key; nothing outside this file sees that.

use std::collections::{BTreeMap, BTreeSet};

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
        ALLIANCE_POSTS = concat!("SELECT ", columns!(post), " FROM post
            WHERE alliance = $1 AND school = ''");
        SCHOOLS = concat!("SELECT ", columns!(school), " FROM school
            WHERE alliance = $1 ORDER BY urn");
        PEOPLE = concat!("SELECT ", columns!(person), " FROM person
            WHERE alliance = $1 ORDER BY id");
        POSTS = concat!("SELECT ", columns!(post), " FROM post
            WHERE alliance = $1 ORDER BY person, role, school, from_day");
        BY_EMAIL = concat!("SELECT ", columns!(person), " FROM person
            WHERE alliance = $1 AND email = $2");
    }
    keys {
        SCHOOLS_OF = (concat!("SELECT ", columns!(school), " FROM school WHERE alliance = $1"),
            ("urn", "text"), 2, "", "");
        PEOPLE_OF = (concat!("SELECT ", columns!(person), " FROM person WHERE alliance = $1"),
            ("id", "uuid"), 2, "", "ORDER BY id");
        POSTS_OF = (concat!("SELECT ", columns!(post), " FROM post WHERE alliance = $1"),
            ("person", "uuid"), 2, "", "");
        POSTS_AT = (concat!("SELECT ", columns!(post), " FROM post WHERE alliance = $1"),
            ("school", "text"), 2, "", "");
    }
}

/// What is asked for: schools and people.
pub type Asked = (BTreeSet<Urn>, BTreeSet<PersonId>);

impl Unit {
    /// What a decision must know of these schools and people: posts at the alliance always; of
    /// each person the posts and the main school; of each school, asked for or met on the way,
    /// all its posts; and everybody who is named in any of these.
    pub async fn load_directory(
        &mut self,
        schools: &BTreeSet<Urn>,
        people: &BTreeSet<PersonId>,
    ) -> Result<Directory, Error> {
        let asked = (schools.clone(), people.clone());
        let mut found = self.load_directories(&BTreeSet::from([asked])).await?;
        Ok(found
            .pop_first()
            .map(|(_, found)| found)
            .unwrap_or_default())
    }

    /// The same for each of many, with as many statements as for one.
    pub async fn load_directories(
        &mut self,
        asked: &BTreeSet<Asked>,
    ) -> Result<BTreeMap<Asked, Directory>, Error> {
        let rows = self.rows_for(asked).await?;
        let directories = asked.iter().map(|one| (one.clone(), rows.directory(one)));
        Ok(directories.collect())
    }

    async fn rows_for(&mut self, asked: &BTreeSet<Asked>) -> Result<Rows, Error> {
        let alliance = &self.alliance;
        let tx = &mut self.tx;
        let wanted: BTreeSet<PersonId> = asked
            .iter()
            .flat_map(|(_, people)| people)
            .copied()
            .collect();
        let people: Vec<PersonId> = wanted.iter().copied().collect();
        let mut posts = read_all!(on_tx, &mut *tx, "post", PostRow, ALLIANCE_POSTS, [alliance])?;
        posts.extend(read_by_keys!(
            on_tx,
            &mut *tx,
            "post",
            PostRow,
            POSTS_OF,
            [alliance],
            people
        ));
        let mut found = read_by_keys!(
            on_tx,
            &mut *tx,
            "person",
            PersonRow,
            PEOPLE_OF,
            [alliance],
            people
        );

        let mut places: BTreeSet<Urn> = asked
            .iter()
            .flat_map(|(schools, _)| schools)
            .cloned()
            .collect();
        places.extend(found.iter().filter_map(|person| person.main_school.clone()));
        places.extend(posts.iter().map(|post| post.school.clone()));
        places.remove(&place(None));
        let places: Vec<Urn> = places.into_iter().collect();
        posts.extend(read_by_keys!(
            on_tx,
            &mut *tx,
            "post",
            PostRow,
            POSTS_AT,
            [alliance],
            places
        ));
        let schools = read_by_keys!(
            on_tx,
            &mut *tx,
            "school",
            SchoolRow,
            SCHOOLS_OF,
            [alliance],
            places
        );

        let posts: BTreeSet<Post> = posts.into_iter().map(Post::from).collect();
        let named: BTreeSet<PersonId> = posts.iter().flat_map(of_post).collect();
        let named: Vec<PersonId> = named.difference(&wanted).copied().collect();
        found.extend(read_by_keys!(
            on_tx,
            &mut *tx,
            "person",
            PersonRow,
            PEOPLE_OF,
            [alliance],
            named
        ));
        Ok(Rows::new(posts, found, schools))
    }
}

/// The person who has a post, and the one whom they cover.
fn of_post(post: &Post) -> impl Iterator<Item = PersonId> + use<> {
    std::iter::once(post.person).chain(post.covers)
}

/// All that was read for some questions, in memory to answer each.
struct Rows {
    people: BTreeMap<PersonId, Person>,
    schools: BTreeMap<Urn, School>,
    posts_of: BTreeMap<PersonId, Vec<Post>>,
    /// Those at the alliance have no school.
    posts_at: BTreeMap<Option<Urn>, Vec<Post>>,
}

impl Rows {
    fn new(posts: BTreeSet<Post>, people: Vec<PersonRow>, schools: Vec<SchoolRow>) -> Self {
        let people = people.into_iter().map(known);
        let schools = schools.into_iter().map(School::from);
        let mut rows = Self {
            people: people.map(|person| (person.id, person)).collect(),
            schools: schools.map(|school| (school.urn.clone(), school)).collect(),
            posts_of: BTreeMap::new(),
            posts_at: BTreeMap::new(),
        };
        for post in posts {
            rows.posts_of
                .entry(post.person)
                .or_default()
                .push(post.clone());
            rows.posts_at
                .entry(post.school.clone())
                .or_default()
                .push(post);
        }
        rows
    }

    fn directory(&self, (schools, people): &Asked) -> Directory {
        let at = |school: Option<Urn>| self.posts_at.get(&school).into_iter().flatten().cloned();
        let theirs = people.iter().filter_map(|id| self.posts_of.get(id));
        let mut posts: BTreeSet<Post> = at(None).chain(theirs.flatten().cloned()).collect();
        let mut places: BTreeSet<Urn> = schools.clone();
        let found = people.iter().filter_map(|id| self.people.get(id));
        places.extend(found.filter_map(|person| person.main_school.clone()));
        places.extend(posts.iter().filter_map(|post| post.school.clone()));
        posts.extend(places.iter().flat_map(|urn| at(Some(urn.clone()))));
        let mut named: BTreeSet<PersonId> = posts.iter().flat_map(of_post).collect();
        named.extend(people);
        let person = |id: PersonId| self.people.get(&id).cloned();
        let people = named.into_iter().filter_map(person);
        let schools = places
            .iter()
            .filter_map(|urn| self.schools.get(urn))
            .cloned();
        Directory {
            schools: schools.map(|school| (school.urn.clone(), school)).collect(),
            people: people.map(|person| (person.id, person)).collect(),
            posts: posts.into_iter().collect(),
        }
    }
}

/// A person without name and address.
fn known(row: PersonRow) -> Person {
    Person {
        id: row.id,
        main_school: row.main_school,
        erased: row.erased,
    }
}

impl Scoped {
    /// The whole of it, for lists and mails; a decision asks for the part that it needs.
    pub async fn directory(&self) -> Result<Directory, Error> {
        let schools = self.schools().await?.into_iter();
        let people = self.people().await?.into_iter().map(known);
        Ok(Directory {
            schools: schools.map(|school| (school.urn.clone(), school)).collect(),
            people: people.map(|person| (person.id, person)).collect(),
            posts: self.posts().await?,
        })
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
