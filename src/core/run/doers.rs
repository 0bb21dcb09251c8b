//! Who is asked to do a step: a role resolved to people at the moment it is needed.
//!
//! Runs store only appointments and assignments; everything else is asked of the directory, so
//! staff changes and cover need no repair. Several people in one role are all asked.

use crate::core::definition::workflow::{NodeId, Place, Several, Workflow};
use crate::core::directory::Directory;
use crate::core::names::{PersonId, Urn};
use crate::core::time::Date;

use super::address::{Address, Key};
use super::event::Appointment;
use super::state::Run;

/// One person who may act on a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doer {
    pub person: PersonId,
    /// Whom they stand in for, if they are a dated substitute.
    pub covers: Option<PersonId>,
}

/// All who may do this step on that day: the one it is assigned to, else all in its role.
pub fn doers(
    workflow: &Workflow,
    run: &Run,
    directory: &Directory,
    address: &Address,
    day: Date,
) -> Vec<Doer> {
    let Some(node) = workflow.node_of(address) else {
        return Vec::new();
    };
    if let Some(person) = run.steps.get(address).and_then(|step| step.assigned) {
        return with_covers(directory, vec![person], day);
    }
    in_role(workflow, run, directory, node, address, day)
}

/// All who hold the step's role, whoever it is assigned to.
pub fn in_role(
    workflow: &Workflow,
    run: &Run,
    directory: &Directory,
    node: NodeId,
    address: &Address,
    day: Date,
) -> Vec<Doer> {
    let Some(role_name) = workflow.node(node).role() else {
        let person =
            person_around(workflow, address).filter(|_| workflow.node(node).task().is_some());
        return with_covers(directory, person.into_iter().collect(), day);
    };
    holders_of(workflow, run, directory, role_name, address, day)
}

/// All who hold a role as seen from a place in the run.
pub fn holders_of(
    workflow: &Workflow,
    run: &Run,
    directory: &Directory,
    role_name: &str,
    address: &Address,
    day: Date,
) -> Vec<Doer> {
    let Some(role) = workflow.roles.get(role_name) else {
        return Vec::new();
    };
    match &role.at {
        Place::Run => {
            let people = run.people.get(role_name).into_iter().flatten();
            with_covers(directory, people.map(|held| held.person).collect(), day)
        }
        Place::Alliance => at_school(directory, &role.post, None, day),
        Place::HostSchool => match &run.host_school {
            Some(urn) => at_school(directory, &role.post, Some(urn), day),
            None => Vec::new(),
        },
        Place::School => match school_around(address) {
            Some(urn) => at_school(directory, &role.post, Some(&urn), day),
            None => Vec::new(),
        },
        Place::SchoolOf(of) => {
            let schools = schools_of(workflow, run, of, address);
            schools
                .iter()
                .flat_map(|urn| at_school(directory, &role.post, Some(urn), day))
                .collect()
        }
    }
}

/// The appointment that a place is about: of the person whose instance it is, else the first.
pub fn appointment<'a>(
    workflow: &Workflow,
    run: &'a Run,
    role: &str,
    address: &Address,
) -> Option<&'a Appointment> {
    let people = run.people.get(role)?;
    match person_around(workflow, address) {
        Some(person) => people
            .iter()
            .find(|held| held.person == person)
            .or(people.first()),
        None => people.first(),
    }
}

/// The role that a step is for, and the school concerned, for words.
pub fn place_of(workflow: &Workflow, run: &Run, address: &Address) -> (String, Option<Urn>) {
    let node = workflow.node_of(address).map(|id| workflow.node(id));
    let Some(name) = node.and_then(|node| node.role()) else {
        return (String::new(), None);
    };
    let school = match workflow.roles.get(name).map(|role| &role.at) {
        Some(Place::HostSchool) => run.host_school.clone(),
        Some(Place::School) => school_around(address),
        Some(Place::SchoolOf(of)) => {
            let held = appointment(workflow, run, of, address);
            held.and_then(|held| held.school.clone())
        }
        _ => None,
    };
    (name.to_owned(), school)
}

fn schools_of(workflow: &Workflow, run: &Run, role: &str, address: &Address) -> Vec<Urn> {
    let held = appointment(workflow, run, role, address);
    held.and_then(|held| held.school.clone())
        .into_iter()
        .collect()
}

/// The person whose instance a place lies in.
pub fn person_around(workflow: &Workflow, address: &Address) -> Option<PersonId> {
    let mut found = None;
    for (at, segment) in address.0.iter().enumerate() {
        let Some(Key::Of(of)) = &segment.key else {
            continue;
        };
        let group = workflow.node_of(&address.0[..=at]);
        let group = group.map(|id| workflow.node(id));
        if group.is_some_and(|group| matches!(group.several, Some(Several::EachPerson(_)))) {
            found = of.parse().ok().map(PersonId).or(found);
        }
    }
    found
}

pub fn school_around(address: &Address) -> Option<Urn> {
    address
        .0
        .iter()
        .rev()
        .find_map(|segment| match &segment.key {
            Some(Key::Of(of)) if of.parse::<uuid::Uuid>().is_err() => Some(Urn(of.clone())),
            _ => None,
        })
}

fn at_school(directory: &Directory, post: &str, school: Option<&Urn>, day: Date) -> Vec<Doer> {
    let mut found: Vec<Doer> = directory
        .holders(post, school, day)
        .filter(|held| !is_erased(directory, held.person))
        .map(|held| Doer {
            person: held.person,
            covers: held.covers,
        })
        .collect();
    found.dedup();
    found
}

/// The people themselves, and who covers them anywhere on that day.
fn with_covers(directory: &Directory, people: Vec<PersonId>, day: Date) -> Vec<Doer> {
    let covers = |person: PersonId| {
        directory
            .posts
            .iter()
            .filter(move |post| post.covers == Some(person) && post.holds_on(day))
            .map(move |post| Doer {
                person: post.person,
                covers: Some(person),
            })
    };
    let mut found: Vec<Doer> = Vec::new();
    for person in people {
        let own = Doer {
            person,
            covers: None,
        };
        for doer in std::iter::once(own).chain(covers(person)) {
            if !found.contains(&doer) && !is_erased(directory, doer.person) {
                found.push(doer);
            }
        }
    }
    found
}

fn is_erased(directory: &Directory, person: PersonId) -> bool {
    directory
        .people
        .get(&person)
        .is_some_and(|known| known.erased)
}
