//! Schools, people, and who holds which post where, as far as a decision must know them.
//!
//! A role of a definition is resolved to people at the moment it is needed, so that a change of
//! staff or a cover needs no repair of running projects. Names and addresses are not here: a
//! decision knows people by id only.

pub mod whole;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::names::{PersonId, Urn};
use crate::core::time::Date;

/// The part of an alliance's directory that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    pub schools: BTreeMap<Urn, School>,
    pub people: BTreeMap<PersonId, Person>,
    /// In a stable order: by person, role, place, first day.
    pub posts: Vec<Post>,
}

/// The phases of a school (GIAS, made to one spelling).
pub const PHASES: [&str; 8] = [
    "nursery",
    "primary",
    "middle_deemed_primary",
    "secondary",
    "middle_deemed_secondary",
    "sixteen_plus",
    "all_through",
    "not_applicable",
];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct School {
    pub urn: Urn,
    pub name: String,
    /// One of [`PHASES`].
    pub phase: Option<String>,
    pub trust: Option<String>,
    pub local_authority: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    /// Whose calendar and whose head, where a person works at several schools.
    pub main_school: Option<Urn>,
    pub erased: bool,
}

/// Somebody holds a role somewhere, from a day to a day, both included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Post {
    pub person: PersonId,
    /// `cpd_lead`, `headteacher`, `coordinator`: the word of the definition's `post`.
    pub role: String,
    /// `None` for a post at the alliance itself.
    pub school: Option<Urn>,
    pub from: Option<Date>,
    pub until: Option<Date>,
    /// A dated substitute: acts in place of that person. One hop only.
    pub covers: Option<PersonId>,
}

impl Post {
    pub fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

impl Directory {
    /// Who holds a post at a school (`None`: at the alliance) on a day, substitutes included.
    pub fn holders<'a>(
        &'a self,
        role: &'a str,
        school: Option<&'a Urn>,
        day: Date,
    ) -> impl Iterator<Item = &'a Post> + 'a {
        self.posts.iter().filter(move |post| {
            post.role == role && post.school.as_ref() == school && post.holds_on(day)
        })
    }

    /// The school whose days are somebody's on a day, for mail: the one where they hold a post; of
    /// several their main one. A coordinator has the alliance's days.
    pub fn school_for_mail(&self, person: PersonId, day: Date) -> Option<Urn> {
        if self.is_coordinator(person, day) {
            return None;
        }
        let main = self.people.get(&person)?.main_school.clone();
        let held = self
            .posts
            .iter()
            .filter(|post| post.person == person && post.holds_on(day) && post.covers.is_none());
        let mut schools: Vec<&Urn> = held.filter_map(|post| post.school.as_ref()).collect();
        schools.sort();
        schools.dedup();
        match schools.as_slice() {
            [only] => Some((*only).clone()),
            _ => main,
        }
    }

    pub fn is_coordinator(&self, person: PersonId, day: Date) -> bool {
        self.holders("coordinator", None, day)
            .any(|post| post.person == person)
    }
}
