//! `when`: decided once per attempt, recorded with the values it saw.
//!
//! An answer that does not exist makes every test false except `is not`, `has no` and
//! `is not given`.

use serde_json::Value;

use crate::core::definition::condition::{Condition, Op, Path, Test, Value as Wanted};
use crate::core::run::address::Address;
use crate::core::run::event::{Decided, Seen};
use crate::core::run::state::Status;
use crate::core::words::{and, or};

use super::working::Working;

impl Working<'_> {
    pub fn decide_when(&self, condition: &Condition, from: &Address) -> Decided {
        let saw: Vec<Seen> = condition
            .tests
            .iter()
            .map(|test| Seen {
                path: test.path_text.clone(),
                value: self.value(test, from),
            })
            .collect();
        let mut results = condition
            .tests
            .iter()
            .zip(&saw)
            .map(|(test, seen)| holds(test, seen));
        let result = if condition.any {
            results.any(|r| r)
        } else {
            results.all(|r| r)
        };
        Decided {
            condition: condition.text.clone(),
            result,
            saw,
        }
    }

    /// Why a place that is not required would not be required again: its condition, or that of a
    /// group around it, would be decided anew at once, and does not hold.
    pub fn kept_away_by_condition(&self, address: &Address) -> Option<String> {
        let around = address.all_around();
        let around = around.filter_map(|at| self.run.steps.get_key_value(at));
        let places = std::iter::once(address).chain(around.map(|(place, _)| place));
        // Of something that happens several times, the condition is that of the whole.
        let mut wholes = places.flat_map(|place| [place.clone(), place.without_key()]);
        let (place, condition) = wholes.find_map(|place| {
            let condition = self.condition_against(&place)?;
            Some((place, condition))
        })?;
        let whose = if place == *address {
            String::new()
        } else {
            format!(" lies in {} and", self.title(&place))
        };
        Some(format!(
            "{}{whose} is not required while “{}” does not hold. First {}, then reopen it.",
            self.title(address),
            condition.text,
            self.way_out_of(condition, &place)
        ))
    }

    /// The condition of a place that is not required, if it could be decided and does not hold.
    fn condition_against(&self, place: &Address) -> Option<&Condition> {
        let (node, step) = self.node_at(place).zip(self.step(place))?;
        let own_door = self.node(node).several.is_none() || place.key().is_none();
        let condition = self.node(node).when.as_ref().filter(|_| own_door)?;
        let closed = step.status == Status::NotRequired && self.waits_for(node, place).is_empty();
        (closed && !self.decide_when(condition, place).result).then_some(condition)
    }

    /// What would have to change for a condition to hold.
    fn way_out_of(&self, condition: &Condition, from: &Address) -> String {
        let tests = condition.tests.iter().filter(|test| {
            let (path, value) = (test.path_text.clone(), self.value(test, from));
            !holds(test, &Seen { path, value })
        });
        let ways: Vec<String> = tests.map(|test| self.way_to(test, from)).collect();
        if condition.any { or(&ways) } else { and(&ways) }
    }

    fn way_to(&self, test: &Test, from: &Address) -> String {
        match &test.path {
            Path::Answer(step, field) => match self.refer(step, from) {
                Ok(place) if self.is_answered(&place) => {
                    format!("correct `{field}` of {}", self.title(&place))
                }
                Ok(place) => format!("reopen {}", self.title(&place)),
                Err(_) => format!("see to `{}`", test.path_text),
            },
            Path::Outcome(step) => match self.refer(step, from) {
                Ok(place) => format!("reopen {}, for another outcome", self.title(&place)),
                Err(_) => format!("see to `{}`", test.path_text),
            },
            Path::HostSchool(_) | Path::School(_) => {
                "correct what is known of the school".to_owned()
            }
            Path::Cycle(_) => "set that date anew".to_owned(),
            Path::Role(role) => format!("change who is {}", self.workflow.role_title(role)),
        }
    }

    fn is_answered(&self, place: &Address) -> bool {
        self.step(place)
            .is_some_and(|step| step.status == Status::Complete)
    }

    fn value(&self, test: &Test, from: &Address) -> Value {
        match &test.path {
            Path::Answer(step, field) => self.answer(step, field, from),
            Path::Outcome(step) => self
                .refer(step, from)
                .ok()
                .and_then(|place| self.step(&place)?.done.as_ref()?.outcome.clone())
                .map_or(Value::Null, Value::String),
            Path::HostSchool(field) | Path::School(field) => self.school_field(field),
            Path::Cycle(name) => self
                .run
                .dates
                .get(&format!("cycle.{name}"))
                .map_or(Value::Null, |date| Value::String(date.to_string())),
            Path::Role(role) => match self.run.people.get(role) {
                Some(people) if !people.is_empty() => Value::Bool(true),
                _ => Value::Null,
            },
        }
    }

    fn answer(
        &self,
        step: &crate::core::definition::dates::StepRef,
        field: &str,
        from: &Address,
    ) -> Value {
        self.refer(step, from)
            .ok()
            .and_then(|place| {
                self.step(&place)?
                    .done
                    .as_ref()?
                    .answers
                    .get(field)
                    .cloned()
            })
            .unwrap_or(Value::Null)
    }

    fn school_field(&self, field: &str) -> Value {
        let school = self
            .run
            .host_school
            .as_ref()
            .and_then(|urn| self.facts.directory.schools.get(urn));
        let found = school.and_then(|school| match field {
            "phase" => school.phase.clone(),
            "trust" => school.trust.clone(),
            "local_authority" => school.local_authority.clone(),
            _ => None,
        });
        found.map_or(Value::Null, Value::String)
    }
}

fn holds(test: &Test, seen: &Seen) -> bool {
    let value = &seen.value;
    let given = !value.is_null();
    match &test.op {
        Op::Is(wanted) => given && equals(value, wanted),
        Op::IsNot(wanted) => !equals(value, wanted),
        Op::Has(wanted) => contains(value, wanted),
        Op::HasNo(wanted) => !contains(value, wanted),
        Op::AtLeast(wanted) => compare(value, wanted).is_some_and(std::cmp::Ordering::is_ge),
        Op::AtMost(wanted) => compare(value, wanted).is_some_and(std::cmp::Ordering::is_le),
        Op::Given => given,
        Op::NotGiven => !given,
    }
}

fn equals(value: &Value, wanted: &Wanted) -> bool {
    match wanted {
        Wanted::Text(text) => value.as_str() == Some(text),
        Wanted::Number(number) => value.as_i64() == Some(*number),
        Wanted::Bool(yes) => value.as_bool() == Some(*yes),
    }
}

fn contains(value: &Value, wanted: &Wanted) -> bool {
    value
        .as_array()
        .is_some_and(|items| items.iter().any(|item| equals(item, wanted)))
}

/// Numbers as numbers, which are whole (`core/number`), dates as dates; anything else is not
/// comparable.
fn compare(value: &Value, wanted: &Wanted) -> Option<std::cmp::Ordering> {
    match wanted {
        Wanted::Number(number) => Some(value.as_i64()?.cmp(number)),
        Wanted::Text(text) => {
            let date: crate::core::time::Date = value.as_str()?.parse().ok()?;
            Some(date.cmp(&text.parse().ok()?))
        }
        Wanted::Bool(_) => None,
    }
}
