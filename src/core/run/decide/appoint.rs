//! Who fills a role of the run: by a match, by a step, at the start, or by the coordinator.

use crate::core::definition::form::Answers;
use crate::core::definition::workflow::{NodeId, Place, Several};
use crate::core::names::PersonId;
use crate::core::run::address::{Address, Key};
use crate::core::run::command::People;
use crate::core::run::event::{Appointment, Event, Text};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};

use super::working::Working;

/// All who hold a role from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewAppointment {
    pub role: String,
    pub people: Vec<PersonId>,
}

impl Working<'_> {
    /// Reads from the answers of a step whom it appoints, and checks them.
    pub fn read_appointments(
        &self,
        node: NodeId,
        address: &Address,
        answers: &Answers,
    ) -> Result<Vec<NewAppointment>, Refusal> {
        let roles = self.node(node).appoints();
        let mut found = Vec::new();
        for role in roles {
            let people: Option<People> = answers
                .get(role)
                .and_then(|value| serde_json::from_value(value.clone()).ok());
            let optional = self
                .workflow
                .roles
                .get(role)
                .is_some_and(|role| role.many.min == 0);
            let Some(people) = people else {
                if optional {
                    continue;
                }
                let reason = format!(
                    "{} appoints {}: give the person's id in `{role}`.",
                    self.title(address),
                    self.workflow.role_title(role)
                );
                return Err(Refusal::new(Code::InvalidAnswers, reason));
            };
            let people = people.ids();
            self.check_people(role, &people)?;
            found.push(NewAppointment {
                role: role.clone(),
                people,
            });
        }
        self.check_together(&found)?;
        Ok(found)
    }

    /// People who are appointed at the same time: `not` holds between them too.
    pub fn check_together(&self, all: &[NewAppointment]) -> Result<(), Refusal> {
        for one in all {
            let not = self.workflow.roles.get(&one.role);
            let not = not.and_then(|role| role.not.as_deref());
            let other = all.iter().find(|other| not == Some(other.role.as_str()));
            let both = one
                .people
                .iter()
                .find(|person| other.is_some_and(|other| other.people.contains(person)));
            if let (Some(person), Some(other)) = (both, other) {
                let reason = format!(
                    "person:{person} cannot be both {} and {}.",
                    self.workflow.role_title(&one.role),
                    self.workflow.role_title(&other.role)
                );
                return Err(Refusal::new(Code::ForbiddenByNot, reason));
            }
        }
        Ok(())
    }

    pub fn appoint_by_command(
        &mut self,
        role: &str,
        people: &People,
        reason: Option<&str>,
    ) -> Result<(), Verdict> {
        let Some(known) = self.workflow.roles.get(role) else {
            let reason = format!("This project has no role `{role}`.");
            return Err(Refusal::new(Code::UnknownRole, reason).into());
        };
        if known.at != Place::Run {
            let reason = format!(
                "{} is a post in the directory, not an appointment in this project. Change the \
                 directory.",
                known.title
            );
            return Err(Refusal::new(Code::UnknownRole, reason).into());
        }
        let people = people.ids();
        self.check_people(role, &people)?;
        let same = |held: &[PersonId]| {
            held.len() == people.len() && people.iter().all(|person| held.contains(person))
        };
        if same(&self.held(role)) {
            let reason = format!("They are {} in this project already.", known.title);
            return Err(Refusal::new(Code::WrongPeople, reason).into());
        }
        let reason = self.seal_if_said(reason);
        self.appoint(role, &people, reason.as_ref());
        Ok(())
    }

    /// Who holds a role of the run now.
    pub fn held(&self, role: &str) -> Vec<PersonId> {
        let people = self.run.people.get(role);
        people.map_or_else(Vec::new, |held| {
            held.iter().map(|held| held.person).collect()
        })
    }

    pub fn check_people(&self, role: &str, people: &[PersonId]) -> Result<(), Refusal> {
        let Some(known) = self.workflow.roles.get(role) else {
            return Err(Refusal::new(
                Code::UnknownRole,
                format!("There is no role `{role}`."),
            ));
        };
        let mut once = people.to_vec();
        once.sort();
        once.dedup();
        let number = u32::try_from(once.len()).unwrap_or(u32::MAX);
        if number < known.many.min || number > known.many.max || once.len() != people.len() {
            let wanted = match (known.many.min, known.many.max) {
                (1, 1) => "one person".to_owned(),
                (0, 1) => "one person at most".to_owned(),
                _ => format!("{} different people", known.many.say()),
            };
            let reason = format!("{} takes {wanted}.", known.title);
            return Err(Refusal::new(Code::WrongPeople, reason));
        }
        for person in people {
            self.known_person(*person)?;
            self.check_not(role, *person)?;
        }
        Ok(())
    }

    /// Vacates and appoints until exactly these hold the role; what is about it is made again.
    pub fn appoint(&mut self, role: &str, people: &[PersonId], reason: Option<&Text>) {
        let held = self.held(role);
        let not_in = |all: &[PersonId], others: &[PersonId]| -> Vec<PersonId> {
            let others = |person: &&PersonId| !others.contains(person);
            all.iter().filter(others).copied().collect()
        };
        let (leaving, joining) = (not_in(&held, people), not_in(people, &held));
        for person in &leaving {
            self.vacate(role, *person, reason);
        }
        for person in &joining {
            let school = self.school_of(*person);
            self.emit(Event::RoleAppointed {
                role: role.to_owned(),
                appointment: Appointment {
                    person: *person,
                    school,
                },
                reason: reason.cloned(),
            });
        }
        for (node, group) in self.groups_of(role) {
            for person in &joining {
                self.add_instance(node, &group, Key::Of(person.to_string()));
            }
        }
        if !joining.is_empty() {
            self.make_again_about(role, people);
        }
    }

    /// Somebody is out of a role: assignments to them fall, and what was theirs alone is closed.
    pub fn vacate(&mut self, role: &str, person: PersonId, reason: Option<&Text>) {
        self.emit(Event::RoleVacated {
            role: role.to_owned(),
            person,
            reason: reason.cloned(),
        });
        self.drop_assignments(person, role);
        for (_, group) in self.groups_of(role) {
            let instance = group.instance(Key::Of(person.to_string()));
            if self
                .step(&instance)
                .is_some_and(|step| !step.status.is_settled())
            {
                self.emit(Event::EachLeft { instance });
            }
        }
    }

    /// The school is fixed at the appointment: the main one, else the first post's.
    pub fn school_of(&self, person: PersonId) -> Option<crate::core::names::Urn> {
        let main = self
            .facts
            .directory
            .people
            .get(&person)
            .and_then(|p| p.main_school.clone());
        main.or_else(|| {
            let mut posts = self.facts.directory.posts.iter();
            posts
                .find(|post| post.person == person && post.holds_on(self.today()))
                .and_then(|post| post.school.clone())
        })
    }

    /// Assignments to somebody who left the role fall, and those at the school they came from.
    fn drop_assignments(&mut self, person: PersonId, role: &str) {
        let theirs: Vec<(Address, u32)> = self
            .run
            .steps
            .iter()
            .filter(|(_, step)| step.assigned.is_some() && !step.status.is_settled())
            .filter(|(address, step)| {
                let by_role = self
                    .node_at(address)
                    .and_then(|node| self.node(node).role());
                let own = step.assigned == Some(person) || step.delegated_from == Some(person);
                own && by_role == Some(role) || by_role.is_some_and(|by| self.is_at(by, role))
            })
            .map(|(address, step)| (address.clone(), step.attempt))
            .collect();
        for (step, attempt) in theirs {
            self.emit(Event::StepAssigned {
                step,
                attempt,
                person: None,
                reason: None,
            });
        }
    }

    /// Whether a role is a post at the school of another.
    fn is_at(&self, role: &str, of: &str) -> bool {
        let known = self.workflow.roles.get(role);
        known.is_some_and(|known| known.at == Place::SchoolOf(of.to_owned()))
    }

    /// Open groups that have an instance for everybody in a role.
    fn groups_of(&self, role: &str) -> Vec<(NodeId, Address)> {
        let each = Some(Several::EachPerson(role.to_owned()));
        let nodes = (0..self.workflow.nodes.len()).filter(|node| self.node(*node).several == each);
        nodes
            .flat_map(|node| {
                let groups = places::places(self.workflow, &self.run, node).into_iter();
                groups.map(move |group| (node, group))
            })
            .filter(|(_, group)| {
                let opened = self.step(group).is_some_and(|step| step.ready_at.is_some());
                group.key().is_none() && opened
            })
            .collect()
    }
}
