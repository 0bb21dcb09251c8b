//! `when`: decided once per attempt, recorded with the values it saw.
//!
//! An answer that does not exist makes every test false except `is not`, `has no` and
//! `is not given`.

use serde_json::Value;

use crate::core::definition::condition::{Condition, Op, Path, Test, Value as Wanted};
use crate::core::run::address::Address;
use crate::core::run::event::{Decided, Seen};

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

/// Numbers as numbers, dates as dates; anything else is not comparable.
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
