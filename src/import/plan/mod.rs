//! What an import would change, worked out before anything is written.
//!
//! A plan exists only where the file has no problem, so that nothing half right can be applied; a
//! dry run is a plan that nobody applies. What is there already comes in as plain data, and each
//! change carries what it was compared with, so that whoever applies it can see that it still
//! stands so. The same file a second time gives an empty plan.

mod people;
mod posts;
mod schools;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::report::Report;
use super::school::{SchoolField, SchoolRecord};
use crate::core::directory::Post;
use crate::core::names::{PersonId, Urn};

pub use people::plan_people;
pub use schools::plan_schools;
pub use terms::{PresentTerms, TermsPlan, plan_terms};

/// A plan with its report; a report of problems has no plan.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal<P> {
    pub plan: Option<P>,
    pub report: Report,
}

/// Schools that join or change. Schools that the file does not name stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SchoolPlan {
    pub add: Vec<SchoolRecord>,
    pub change: Vec<SchoolChange>,
    pub unchanged: Vec<Urn>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchoolChange {
    pub before: SchoolRecord,
    pub after: SchoolRecord,
    /// In the order of the record; the name first.
    pub fields: Vec<FieldChange>,
}

/// One value of one thing, before and after; `None` is "not known".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The words for people.
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl SchoolPlan {
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.change.is_empty()
    }
}

/// A person as the directory knows them: the part that can be erased, and the main school.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PersonRecord {
    pub id: PersonId,
    pub name: String,
    /// In lower case; one per person and alliance.
    pub email: String,
    pub job_title: Option<String>,
    pub phone: Option<String>,
    pub main_school: Option<Urn>,
}

impl std::fmt::Debug for PersonRecord {
    /// By id only: this is what a log would hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersonRecord({})", self.id)
    }
}

/// What an alliance has already, as far as a file of people is compared with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresentPeople {
    /// All schools of the alliance, with their names for the report.
    pub schools: BTreeMap<Urn, String>,
    pub people: Vec<PersonRecord>,
    /// Ids of people who were erased: they never come back under the same id.
    pub erased: BTreeSet<PersonId>,
    pub posts: Vec<Post>,
}

/// People and posts that are new or change. Whoever the file does not name stays as they are.
/// Apply people before posts: a post may be of a new person, or cover for one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeoplePlan {
    pub add: Vec<PersonRecord>,
    pub change: Vec<PersonChange>,
    pub unchanged: Vec<PersonId>,
    pub posts_add: Vec<Post>,
    /// Posts that get another first or last day; ended ones are among them.
    pub posts_redate: Vec<PostChange>,
    pub posts_unchanged: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonChange {
    pub before: PersonRecord,
    pub after: PersonRecord,
}

/// The same post with other dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostChange {
    pub before: Post,
    pub after: Post,
}

impl PeoplePlan {
    pub fn is_empty(&self) -> bool {
        let people = self.add.is_empty() && self.change.is_empty();
        people && self.posts_add.is_empty() && self.posts_redate.is_empty()
    }
}

impl FieldChange {
    fn between(field: &str, before: Option<&str>, after: Option<&str>) -> Option<Self> {
        (before != after).then(|| Self {
            field: field.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        })
    }

    fn of(field: SchoolField, before: &SchoolRecord, after: &SchoolRecord) -> Option<Self> {
        Self::between(field.title(), before.fact(field), after.fact(field))
    }
}

impl std::fmt::Display for FieldChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        let (before, after) = (shown(&self.before), shown(&self.after));
        write!(f, "{}: {before} → {after}", self.field)
    }
}
