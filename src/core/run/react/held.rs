//! The mails about a hold: to everybody with whom something is, but to whoever did it.

use crate::core::names::PersonId;
use crate::core::run::effect::{Effect, Letter, Notice};
use crate::core::run::event::Event;

use super::{Reaction, mail};

impl Reaction<'_> {
    pub(super) fn tell_of_hold(&self, event: &Event) -> Vec<Effect> {
        let hold = self.run.hold.as_ref();
        let until = hold.and_then(|hold| hold.until);
        let moved = self.run.undo.as_ref().is_some_and(|undo| {
            let before = undo.before.hold.as_ref();
            before.and_then(|hold| hold.until) != until
        });
        let said = match event {
            Event::RunPaused { .. } => true,
            // Another reason only concerns nobody.
            Event::RunHoldChanged { .. } => moved,
            Event::RunUndone { told, .. } => *told,
            _ => false,
        };
        if !said {
            return Vec::new();
        }
        let notice = match hold {
            Some(_) => Notice::Held { until },
            None => Notice::NotHeld,
        };
        let letter = Letter::Notice { notice };
        let people = self.concerned().into_iter();
        people.map(|to| mail(to, &letter)).collect()
    }

    /// Whoever has an open step.
    fn concerned(&self) -> Vec<PersonId> {
        let mut people: Vec<PersonId> = Vec::new();
        for (step, _) in self.open_before().filter(|(at, _)| self.asks_people(at)) {
            for person in self.asked(step).doers() {
                if Some(person) != self.entry.actor && !people.contains(&person) {
                    people.push(person);
                }
            }
        }
        people
    }
}
