//! What the world must be told after an entry: mails and tells, as plain values.
//!
//! One plain mail when a step becomes ready for somebody and one on the day it is due. Who gets
//! it is asked of the directory now; whether it still holds is asked again at the moment of
//! sending.

use crate::core::definition::workflow::Workflow;
use crate::core::names::PersonId;
use crate::core::time::Date;

use super::address::Address;
use super::doers;
use super::effect::{Effect, Letter, Notice};
use super::entry::Entry;
use super::event::{Cause, Event};
use super::facts::Facts;
use super::state::{Run, Status};

/// The effects of an entry; `run` is the state after it.
pub fn react(workflow: &Workflow, run: &Run, entry: &Entry, facts: &Facts) -> Vec<Effect> {
    let reaction = Reaction {
        workflow,
        run,
        facts,
        today: entry.at.date(),
    };
    entry
        .events
        .iter()
        .flat_map(|event| reaction.to(event))
        .collect()
}

struct Reaction<'a> {
    workflow: &'a Workflow,
    run: &'a Run,
    facts: &'a Facts,
    today: Date,
}

impl Reaction<'_> {
    fn to(&self, event: &Event) -> Vec<Effect> {
        match event {
            Event::StepReady { step, attempt, .. } if self.still_open(step, *attempt) => self.ask(
                step,
                &Letter::Ready {
                    step: step.clone(),
                    attempt: *attempt,
                },
            ),
            Event::StepAssigned {
                step,
                attempt,
                person: Some(to),
            }
            | Event::StepDelegated {
                step, attempt, to, ..
            } if self.still_open(step, *attempt) => {
                let letter = Letter::Ready {
                    step: step.clone(),
                    attempt: *attempt,
                };
                vec![Effect::Mail { to: *to, letter }]
            }
            Event::RungFired {
                step,
                attempt,
                date,
                ..
            } => {
                let date = *date;
                self.ask(
                    step,
                    &Letter::Due {
                        step: step.clone(),
                        attempt: *attempt,
                        date,
                    },
                )
            }
            Event::StepCompleted {
                step,
                attempt,
                outcome,
                ..
            } => self.mails_of(step, *attempt, outcome.as_deref()),
            Event::StepBlocked { step, .. } => {
                self.notify(&Notice::CannotProgress { step: step.clone() })
            }
            Event::StepNotRequired {
                step,
                cause: Cause::MomentCannotCome,
                ..
            } => self.notify(&Notice::MomentCannotCome { step: step.clone() }),
            Event::ResumeDue { date } => self.notify(&Notice::ResumeDue { date: *date }),
            Event::Told { name, step } => {
                vec![Effect::Tell {
                    name: name.clone(),
                    step: step.clone(),
                }]
            }
            _ => Vec::new(),
        }
    }

    /// A step that became ready and was settled in the same entry needs no mail.
    fn still_open(&self, step: &Address, attempt: u32) -> bool {
        self.run.steps.get(step).is_some_and(|found| {
            found.attempt == attempt
                && matches!(found.status, Status::NotStarted | Status::InProgress)
        })
    }

    /// Everybody who can do it is asked; if nobody can, the coordinator hears of it.
    fn ask(&self, step: &Address, letter: &Letter) -> Vec<Effect> {
        let Some(node) = self.workflow.find_node(&step.path()) else {
            return Vec::new();
        };
        let node = self.workflow.node(node);
        if node.task().is_none() && node.role().is_none() {
            return Vec::new();
        }
        let doers = doers::doers(
            self.workflow,
            self.run,
            &self.facts.directory,
            step,
            self.today,
        );
        let mut people: Vec<PersonId> = Vec::new();
        for doer in doers {
            if !people.contains(&doer.person) {
                people.push(doer.person);
            }
        }
        if people.is_empty() {
            return self.notify(&Notice::NobodyHolds {
                step: step.clone(),
                role: node.role().unwrap_or_default().to_owned(),
                school: self.run.host_school.clone(),
            });
        }
        people
            .into_iter()
            .map(|to| Effect::Mail {
                to,
                letter: letter.clone(),
            })
            .collect()
    }

    /// The mails of a completed step and of its outcome.
    fn mails_of(&self, step: &Address, attempt: u32, outcome: Option<&str>) -> Vec<Effect> {
        let Some(node) = self.workflow.find_node(&step.path()) else {
            return Vec::new();
        };
        let node = self.workflow.node(node);
        let of_outcome = outcome.and_then(|name| node.task()?.outcomes.get(name)?.mail.clone());
        let names = node.mail.clone().into_iter().chain(of_outcome);
        names
            .flat_map(|mail| self.send(step, attempt, &mail))
            .collect()
    }

    /// To the roles that the mail names, else to the doers.
    fn send(&self, step: &Address, attempt: u32, mail: &str) -> Vec<Effect> {
        let roles = self
            .workflow
            .mails
            .get(mail)
            .map(|text| text.to.clone())
            .unwrap_or_default();
        let directory = &self.facts.directory;
        let found = if roles.is_empty() {
            doers::doers(self.workflow, self.run, directory, step, self.today)
        } else {
            let holders = roles.iter().flat_map(|role| {
                doers::holders_of(self.workflow, self.run, directory, role, step, self.today)
            });
            holders.collect()
        };
        let mut people: Vec<PersonId> = Vec::new();
        for doer in found {
            if !people.contains(&doer.person) {
                people.push(doer.person);
            }
        }
        let letter = Letter::Step {
            step: step.clone(),
            attempt,
            mail: mail.to_owned(),
        };
        people
            .into_iter()
            .map(|to| Effect::Mail {
                to,
                letter: letter.clone(),
            })
            .collect()
    }

    fn notify(&self, notice: &Notice) -> Vec<Effect> {
        let mut people: Vec<PersonId> = self
            .facts
            .directory
            .holders("coordinator", None, self.today)
            .map(|held| held.person)
            .collect();
        people.dedup();
        let letter = Letter::Notice {
            notice: notice.clone(),
        };
        people
            .into_iter()
            .map(|to| Effect::Mail {
                to,
                letter: letter.clone(),
            })
            .collect()
    }
}
