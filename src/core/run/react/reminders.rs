//! The mails and tasks of a rung whose moment has come.

use crate::core::definition::workflow::Rung;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::effect::{Effect, Letter, Notice};
use crate::core::run::event::Event;
use crate::core::run::reminded::Asked;
use crate::core::time::Date;

use super::{Reaction, mail};

/// One firing of a rung.
struct Firing<'e> {
    step: &'e Address,
    attempt: u32,
    name: &'e str,
    date: Date,
}

impl Reaction<'_> {
    pub(super) fn remind(&self, event: &Event) -> Vec<Effect> {
        let Event::RungFired {
            step,
            attempt,
            rung: name,
            date,
            passed_over,
        } = event
        else {
            return Vec::new();
        };
        let asked = self.asked(step);
        let settled = self.run.is_settled(step);
        let Some(rung) = asked.rung(name).filter(|_| !settled && self.goes_on()) else {
            return Vec::new();
        };
        let firing = Firing {
            step,
            attempt: *attempt,
            name,
            date: *date,
        };
        let mut effects = Vec::new();
        if rung.send.is_some() && !passed_over {
            effects.extend(self.write(asked, rung, &firing));
        }
        if let Some(role) = &rung.task {
            let notice = Notice::Ring { step: step.clone() };
            let letter = Letter::Notice { notice };
            let people = asked.holders(role).into_iter();
            effects.extend(people.map(|to| mail(to, &letter)));
        }
        effects
    }

    fn write(&self, asked: Asked<'_>, rung: &Rung, firing: &Firing<'_>) -> Vec<Effect> {
        let people = asked.written_to(rung);
        if people.is_empty() && rung.to.is_empty() {
            return self.tell_that_nobody_holds(firing.step);
        }
        let letter = firing.letter();
        let to = people.iter().map(|to| mail(*to, &letter));
        let copies = people.iter().flat_map(|late| {
            let others = asked.copied(rung, *late).into_iter();
            others.map(|to| mail(to, &firing.copy(*late)))
        });
        to.chain(copies).collect()
    }
}

impl Firing<'_> {
    fn letter(&self) -> Letter {
        Letter::Rung {
            step: self.step.clone(),
            attempt: self.attempt,
            rung: self.name.to_owned(),
            date: self.date,
        }
    }

    fn copy(&self, late: PersonId) -> Letter {
        Letter::Copy {
            step: self.step.clone(),
            attempt: self.attempt,
            rung: self.name.to_owned(),
            date: self.date,
            late,
        }
    }
}
