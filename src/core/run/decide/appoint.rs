//! Who fills a role of the run: by a match, by a step, at the start, or by the coordinator.

use crate::core::definition::form::Answers;
use crate::core::definition::workflow::{NodeId, Place, Several};
use crate::core::names::PersonId;
use crate::core::run::address::{Address, Key};
use crate::core::run::command::People;
use crate::core::run::event::{Appointment, Event};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::Status;

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
                    self.role_title(role)
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
        Ok(found)
    }

    pub fn appoint_by_command(&mut self, role: &str, people: &People) -> Result<(), Verdict> {
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
        self.appoint(role, &people);
        Ok(())
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
            let wanted = if known.many.min == known.many.max {
                format!("{}", known.many.min)
            } else {
                format!("{} to {}", known.many.min, known.many.max)
            };
            let reason = format!("{} takes {wanted} different people.", known.title);
            return Err(Refusal::new(Code::WrongPeople, reason));
        }
        for person in people {
            self.known_person(*person)?;
            self.check_not(role, *person, true)?;
        }
        Ok(())
    }

    fn role_title(&self, role: &str) -> String {
        self.workflow
            .roles
            .get(role)
            .map_or_else(|| role.to_owned(), |role| role.title.clone())
    }

    /// Vacates and appoints until exactly these hold the role; what is about it is made again.
    pub fn appoint(&mut self, role: &str, people: &[PersonId]) {
        let held: Vec<PersonId> = self
            .run
            .people
            .get(role)
            .map(|held| held.iter().map(|held| held.person).collect())
            .unwrap_or_default();
        let before_any = !held.is_empty() || self.has_held(role);
        let leaving: Vec<PersonId> = held
            .iter()
            .filter(|person| !people.contains(person))
            .copied()
            .collect();
        let joining: Vec<PersonId> = people
            .iter()
            .filter(|person| !held.contains(person))
            .copied()
            .collect();
        for person in &leaving {
            self.emit(Event::RoleVacated {
                role: role.to_owned(),
                person: *person,
            });
            self.drop_assignments(*person, role);
        }
        for person in &joining {
            let school = self.school_of(*person);
            self.emit(Event::RoleAppointed {
                role: role.to_owned(),
                appointment: Appointment {
                    person: *person,
                    school,
                },
            });
        }
        self.follow_instances(role, &leaving, &joining);
        if !joining.is_empty() && before_any {
            self.make_again_about(role);
        }
    }

    /// Whether anything about this role was begun for somebody before.
    fn has_held(&self, role: &str) -> bool {
        self.run.steps.iter().any(|(address, step)| {
            let about = self
                .node_at(address)
                .is_some_and(|node| self.node(node).about.as_deref() == Some(role));
            about && (step.status == Status::Complete || step.status.is_ready())
        })
    }

    /// The school is fixed at the appointment: the main one, else the first post's.
    fn school_of(&self, person: PersonId) -> Option<crate::core::names::Urn> {
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

    /// Assignments to somebody who left the role fall.
    fn drop_assignments(&mut self, person: PersonId, role: &str) {
        let theirs: Vec<(Address, u32)> = self
            .run
            .steps
            .iter()
            .filter(|(address, step)| {
                step.assigned == Some(person)
                    && !step.status.is_settled()
                    && self
                        .node_at(address)
                        .is_some_and(|node| self.node(node).role() == Some(role))
            })
            .map(|(address, step)| (address.clone(), step.attempt))
            .collect();
        for (step, attempt) in theirs {
            self.emit(Event::StepAssigned {
                step,
                attempt,
                person: None,
            });
        }
    }

    /// Instances for everybody in a role: who leaves closes theirs, who joins gets one.
    fn follow_instances(&mut self, role: &str, leaving: &[PersonId], joining: &[PersonId]) {
        for node in 0..self.workflow.nodes.len() {
            let each = Several::EachPerson(role.to_owned());
            if self.node(node).several.as_ref() != Some(&each) {
                continue;
            }
            for group in places::places(self.workflow, &self.run, node) {
                let opened = self
                    .step(&group)
                    .is_some_and(|step| step.ready_at.is_some());
                if group.key().is_some() || !opened {
                    continue;
                }
                for person in leaving {
                    let instance = group.instance(Key::Of(person.to_string()));
                    if self
                        .step(&instance)
                        .is_some_and(|step| !step.status.is_settled())
                    {
                        self.emit(Event::EachLeft { instance });
                    }
                }
                for person in joining {
                    self.add_instance(node, &group, Key::Of(person.to_string()));
                }
            }
        }
    }
}
