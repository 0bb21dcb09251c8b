//! What a reminder says of its ladder: who gets a copy, and what comes next.
//!
//! Nobody is copied in, and nobody rings, unless whoever is late has read so before. It is said of
//! people, since a ladder may name any post, and the post may be empty or their own.

use serde_json::{Value, json};

use crate::core::definition::dates::{RungMoment, Side};
use crate::core::definition::workflow::{Rung, Then};
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::effect::Letter;
use crate::core::run::reminded::Asked;
use crate::core::words::{and, or};

use super::Scene;

impl Scene<'_> {
    /// The words of a mail about its ladder; empty where it is no reminder.
    pub(super) fn reminder(&self, letter: &Letter, to: PersonId) -> Value {
        let (copy, next) = match letter {
            Letter::Rung { step, rung, .. } => {
                (self.say_copy(step, rung, to), self.say_next(step, rung, to))
            }
            _ => (String::new(), String::new()),
        };
        json!({ "copy": copy, "next": next })
    }

    /// Whether it reminds of a date ahead, and not of the day by which the step is due.
    pub(super) fn looks_ahead(&self, letter: &Letter) -> bool {
        let Letter::Rung { step, rung, .. } = letter else {
            return false;
        };
        let rung = self.asked(step).rung(rung);
        rung.is_some_and(|it| matches!(it.at, RungMoment::From(_, Side::Before, _)))
    }

    /// A line each of what the step takes, who gets a copy and what comes next.
    pub(super) fn say_reminder(&self, step: &Address, rung: &str, to: PersonId) -> String {
        let mut lines = vec![
            self.about(step),
            self.say_copy(step, rung, to),
            self.say_next(step, rung, to),
        ];
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    fn say_copy(&self, step: &Address, rung: &str, late: PersonId) -> String {
        let asked = self.asked(step);
        let copied = asked.rung(rung);
        let copied = copied.and_then(|rung| self.say_copied(asked, rung, late));
        copied.map_or_else(String::new, |copied| {
            format!("{copied} of this mail, so that they can help.")
        })
    }

    /// "Sunita Patel (CPD lead) at your school gets a copy"; nothing where nobody does.
    fn say_copied(&self, asked: Asked<'_>, rung: &Rung, late: PersonId) -> Option<String> {
        let post = self.reading.workflow.role_title(rung.copy.as_deref()?);
        let post = post.replace('_', " ");
        let people = asked.copied(rung, late).into_iter();
        let people = people.map(|person| format!("{} ({post})", self.everybody.name(person)));
        let people: Vec<String> = people.collect();
        let verb = match people.len() {
            0 => return None,
            1 => "gets",
            _ => "get",
        };
        Some(format!("{} at your school {verb} a copy", and(&people)))
    }

    /// Whom the next mail goes to as well, or who rings after the last.
    fn say_next(&self, step: &Address, name: &str, to: PersonId) -> String {
        let workflow = &self.reading.workflow;
        let node = workflow.node_of(step).map(|id| workflow.node(id));
        let Some(ladder) = node.and_then(|node| workflow.ladder_of(node)) else {
            return String::new();
        };
        let from = ladder.iter().skip_while(|(rung, _)| rung.as_str() != name);
        let mut rungs = from.map(|(_, rung)| rung);
        let Some(this) = rungs.next().filter(|it| it.to.is_empty()) else {
            return String::new();
        };
        let after: Vec<&Rung> = rungs.collect();
        let asked = self.asked(step);
        let stops = this.then == Some(Then::Stop);
        let next = after
            .iter()
            .find(|it| it.send.is_some() && it.to.is_empty());
        if let Some(next) = next.filter(|_| !stops) {
            let copied = self.say_copied(asked, next, to);
            return copied.map_or_else(String::new, |copied| {
                format!("If it stays open, {copied} of the next mail about it.")
            });
        }
        let role = std::iter::once(this)
            .chain(after)
            .find_map(|it| it.task.as_deref());
        let mut people = role.map(|role| asked.holders(role)).unwrap_or_default();
        people.retain(|person| *person != to);
        let names: Vec<String> = people.iter().map(|it| self.everybody.name(*it)).collect();
        if names.is_empty() {
            return String::new();
        }
        format!(
            "This is the last mail about it: if the step stays open, {} will ring you.",
            or(&names)
        )
    }
}
