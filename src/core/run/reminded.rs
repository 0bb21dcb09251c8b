//! Who gets a reminder: the doer, the roles that the rung names, and the post that is copied in.
//!
//! Asked when the rung fires and again at the moment of sending, with the directory of that day.

use crate::core::definition::workflow::{Place, Rung, Workflow};
use crate::core::directory::Directory;
use crate::core::names::{PersonId, Urn};
use crate::core::time::Date;

use super::address::Address;
use super::doers::{self, Doer};
use super::state::Run;

/// A step of a run as the directory of a day sees it.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub workflow: &'a Workflow,
    pub run: &'a Run,
    pub directory: &'a Directory,
    pub step: &'a Address,
    pub day: Date,
}

/// The rung of that name on the ladder of a step.
pub fn ladder_rung<'w>(workflow: &'w Workflow, step: &Address, name: &str) -> Option<&'w Rung> {
    let node = workflow.node_of(step)?;
    workflow.ladder_of(workflow.node(node))?.get(name)
}

impl<'a> Asked<'a> {
    /// The rung of that name on the ladder of the step.
    pub fn rung(&self, name: &str) -> Option<&'a Rung> {
        ladder_rung(self.workflow, self.step, name)
    }

    pub fn doers(&self) -> Vec<PersonId> {
        once(doers::doers(
            self.workflow,
            self.run,
            self.directory,
            self.step,
            self.day,
        ))
    }

    /// Of a role of the definition; where it has none of that name, of that post at the alliance.
    pub fn holders(&self, role: &str) -> Vec<PersonId> {
        if !self.workflow.roles.contains_key(role) {
            let held = self.directory.holders(role, None, self.day);
            return held.map(|it| it.person).collect();
        }
        once(doers::holders_of(
            self.workflow,
            self.run,
            self.directory,
            role,
            self.step,
            self.day,
        ))
    }

    /// To whom a rung writes: the roles that it names, else whoever has the step.
    pub fn written_to(&self, rung: &Rung) -> Vec<PersonId> {
        self.holders_or_doers(&rung.to)
    }

    /// Everybody in these roles, each once; whoever has the step, where no role is named.
    pub fn holders_or_doers(&self, roles: &[String]) -> Vec<PersonId> {
        if roles.is_empty() {
            return self.doers();
        }
        let mut people: Vec<PersonId> = Vec::new();
        for person in roles.iter().flat_map(|role| self.holders(role)) {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        people
    }

    /// Who is copied in for somebody who is late: the holders of that post at their own school. Nobody
    /// is copied in on their own mail.
    pub fn copied(&self, rung: &Rung, late: PersonId) -> Vec<PersonId> {
        let (Some(post), Some(school)) = (&rung.copy, self.school_of(late)) else {
            return Vec::new();
        };
        let held = self.directory.holders(post, Some(&school), self.day);
        let mut people: Vec<PersonId> = held.map(|it| it.person).collect();
        people.retain(|person| *person != late);
        people.dedup();
        people
    }

    /// The school as whose member they have the step: that of their role, else their main one.
    pub fn school_of(&self, person: PersonId) -> Option<Urn> {
        let node = self.workflow.node_of(self.step)?;
        let role = self.workflow.node(node).role();
        let at = role
            .and_then(|role| self.workflow.roles.get(role))
            .map(|role| &role.at);
        let main = || self.directory.people.get(&person)?.main_school.clone();
        match at {
            Some(Place::Alliance) => None,
            Some(Place::HostSchool) => self.run.host_school.clone(),
            Some(Place::School) => doers::school_around(self.step),
            Some(Place::SchoolOf(of)) => {
                doers::appointment(self.workflow, self.run, of, self.step)?
                    .school
                    .clone()
            }
            Some(Place::Run) | None => {
                let held = self.run.people.values().flatten();
                let mut theirs = held.filter(|held| held.person == person);
                theirs.find_map(|held| held.school.clone()).or_else(main)
            }
        }
    }
}

fn once(doers: Vec<Doer>) -> Vec<PersonId> {
    let mut people: Vec<PersonId> = Vec::new();
    for doer in doers {
        if !people.contains(&doer.person) {
            people.push(doer.person);
        }
    }
    people
}
