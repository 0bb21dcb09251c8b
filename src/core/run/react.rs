//! What the world must be told after an entry: mails and tells, as plain values.
//!
//! A mail when a step becomes ready for somebody, those of its ladder (`reminders`), those about a
//! hold (`held`) and invites (`invites`). Who gets one is asked of the directory now; whether it still holds, and whether that is a moment at which
//! anybody should get mail, is asked at the moment of sending.

mod held;
mod invites;
mod reminders;

use crate::core::definition::workflow::Workflow;
use crate::core::names::PersonId;
use crate::core::time::Date;

use super::address::Address;
use super::doers;
use super::effect::{Effect, Letter, Notice};
use super::entry::Entry;
use super::event::{Cause, Event};
use super::facts::Facts;
use super::reminded::Asked;
use super::state::{Run, RunStatus, Status};

/// The effects of an entry; `run` is the state after it.
pub fn react(workflow: &Workflow, run: &Run, entry: &Entry, facts: &Facts) -> Vec<Effect> {
    let reaction = Reaction {
        workflow,
        run,
        facts,
        entry,
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
    entry: &'a Entry,
    today: Date,
}

impl Reaction<'_> {
    fn to(&self, event: &Event) -> Vec<Effect> {
        match event {
            Event::StepReady {
                step, attempt, due, ..
            } if self.still_open(step, *attempt) => {
                let mut effects = self.ask(step, &ready(step, *attempt));
                if due.is_none() && self.hangs(step) {
                    effects.extend(self.notify(&Notice::NeverDue { step: step.clone() }));
                }
                effects
            }
            Event::StepAssigned {
                step,
                attempt,
                person: Some(to),
                ..
            }
            | Event::StepDelegated {
                step, attempt, to, ..
            } if self.still_open(step, *attempt) && self.goes_on() => {
                vec![mail(*to, &ready(step, *attempt))]
            }
            Event::RungFired { .. } => self.remind(event),
            Event::StepCompleted {
                step,
                attempt,
                outcome,
                ..
            } => self.mails_of(step, *attempt, outcome.as_deref()),
            Event::RoleAppointed { appointment, .. } => self.hand_over(appointment.person),
            Event::RoleVacated { role, person, .. } => self.tell_who_left(role, *person),
            Event::RunResumed { .. } | Event::RunReinstated { .. } => self.ask_all(),
            Event::RunPaused { .. } | Event::RunHoldChanged { .. } | Event::RunUndone { .. } => {
                self.tell_of_hold(event)
            }
            Event::InviteSent { .. } | Event::InviteCancelled { .. } => self.of_invite(event),
            Event::Told { name, step } => {
                vec![Effect::Tell {
                    name: name.clone(),
                    step: step.clone(),
                }]
            }
            _ => self
                .worth_knowing(event)
                .map_or_else(Vec::new, |notice| self.notify(&notice)),
        }
    }

    /// What the coordinator must hear of.
    fn worth_knowing(&self, event: &Event) -> Option<Notice> {
        match event {
            Event::StepBlocked { step, .. } => Some(Notice::CannotProgress { step: step.clone() }),
            Event::StepNotRequired { step, cause, .. } => match cause {
                Cause::MomentCannotCome => Some(Notice::MomentCannotCome { step: step.clone() }),
                Cause::Nobody => Some(Notice::NobodyIsIn {
                    group: step.clone(),
                }),
                _ => None,
            },
            Event::DeadlineMoved { step, new, .. } if new.date.is_none() && new.is_hung() => {
                Some(Notice::NeverDue { step: step.clone() })
            }
            Event::EventExpired {
                name,
                because: Some(because),
                ..
            } => Some(Notice::EventUnusable {
                name: name.clone(),
                because: because.clone(),
            }),
            Event::ResumeNear { date } => Some(Notice::ResumeNear { date: *date }),
            Event::ResumeDue { date } => Some(Notice::ResumeDue { date: *date }),
            _ => None,
        }
    }

    fn goes_on(&self) -> bool {
        self.run.status == RunStatus::InProgress
    }

    /// Whether its due day is said by the definition at all.
    fn hangs(&self, step: &Address) -> bool {
        let node = self.workflow.node_of(step);
        node.is_some_and(|node| self.workflow.node(node).due.is_some())
    }

    /// Ready steps that were ready before this entry.
    fn open_before(&self) -> impl Iterator<Item = (&Address, u32)> {
        let now = |step: &Address| {
            self.entry
                .events
                .iter()
                .any(|event| matches!(event, Event::StepReady { step: ready, .. } if ready == step))
        };
        self.run
            .steps
            .iter()
            .filter(move |(at, step)| self.still_open(at, step.attempt) && !now(at))
            .map(|(at, step)| (at, step.attempt))
    }

    /// Open tasks pass over to whoever joins a role.
    fn hand_over(&self, person: PersonId) -> Vec<Effect> {
        if !self.goes_on() {
            return Vec::new();
        }
        let directory = &self.facts.directory;
        let theirs = self.open_before().filter(|(at, _)| {
            let doers = doers::doers(self.workflow, self.run, directory, at, self.today);
            self.asks_people(at) && doers.iter().any(|doer| doer.person == person)
        });
        theirs
            .map(|(at, attempt)| mail(person, &ready(at, attempt)))
            .collect()
    }

    /// After a standstill everybody hears again what is with them.
    fn ask_all(&self) -> Vec<Effect> {
        self.open_before()
            .flat_map(|(at, attempt)| self.ask(at, &ready(at, attempt)))
            .collect()
    }

    /// The person is told, and the coordinator unless it was their own doing.
    fn tell_who_left(&self, role: &str, person: PersonId) -> Vec<Effect> {
        let holds = |role: &str| {
            let held = self.run.people.get(role);
            held.is_some_and(|held| held.iter().any(|held| held.person == person))
        };
        if holds(role) {
            return Vec::new();
        }
        let left = self.run.people.get(role).map_or(0, Vec::len);
        let least = self
            .workflow
            .roles
            .get(role)
            .map_or(0, |role| role.many.min);
        let still = self.run.people.keys().filter(|role| holds(role));
        let notice = Notice::LeftRole {
            role: role.to_owned(),
            person,
            still: still.cloned().collect(),
            too_few: left < usize::try_from(least).unwrap_or(usize::MAX),
        };
        let own = Letter::Notice {
            notice: Notice::OutOfRole {
                role: role.to_owned(),
            },
        };
        let mut effects = vec![mail(person, &own)];
        effects.extend(self.notify(&notice).into_iter().filter(
            |effect| !matches!(effect, Effect::Mail { to, .. } if Some(*to) == self.entry.actor),
        ));
        effects
    }

    fn asks_people(&self, step: &Address) -> bool {
        let node = self.workflow.node_of(step);
        let node = node.map(|node| self.workflow.node(node));
        node.is_some_and(|node| node.task().is_some() || node.role().is_some())
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
        if !self.asks_people(step) || !self.goes_on() {
            return Vec::new();
        }
        let people = self.asked(step).doers();
        if people.is_empty() {
            return self.tell_that_nobody_holds(step);
        }
        people.into_iter().map(|to| mail(to, letter)).collect()
    }

    fn asked<'s>(&'s self, step: &'s Address) -> Asked<'s> {
        Asked {
            workflow: self.workflow,
            run: self.run,
            directory: &self.facts.directory,
            step,
            day: self.today,
        }
    }

    fn tell_that_nobody_holds(&self, step: &Address) -> Vec<Effect> {
        let (role, school) = doers::place_of(self.workflow, self.run, step);
        self.notify(&Notice::NobodyHolds {
            step: step.clone(),
            role,
            school,
        })
    }

    /// The mails of a completed step and of its outcome.
    fn mails_of(&self, step: &Address, attempt: u32, outcome: Option<&str>) -> Vec<Effect> {
        let Some(node) = self.workflow.node_of(step) else {
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
    fn send(&self, step: &Address, attempt: u32, name: &str) -> Vec<Effect> {
        let roles = self
            .workflow
            .mails
            .get(name)
            .map(|text| text.to.clone())
            .unwrap_or_default();
        let people = self.asked(step).holders_or_doers(&roles);
        let letter = Letter::Step {
            step: step.clone(),
            attempt,
            mail: name.to_owned(),
        };
        people.into_iter().map(|to| mail(to, &letter)).collect()
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
        people.into_iter().map(|to| mail(to, &letter)).collect()
    }
}

fn ready(step: &Address, attempt: u32) -> Letter {
    Letter::Ready {
        step: step.clone(),
        attempt,
    }
}

fn mail(to: PersonId, letter: &Letter) -> Effect {
    let letter = letter.clone();
    Effect::Mail { to, letter }
}
