//! What the people of the demo answer: the examples of the forms, with days that lie right.

use serde_json::{Map, Value, json};

use super::ways::{Act, Way};
use crate::core::calendar::day::DayKind;
use crate::core::calendar::layers::Calendar;
use crate::core::definition::form::{FieldKind, Form};
use crate::core::definition::workflow::Workflow;
use crate::core::run::address::Address;
use crate::core::run::state::Run;
use crate::core::time::Date;

/// So many days ahead lies what people agree on.
const AHEAD_DAYS: i64 = 14;
/// Nobody looks further for a school day.
const FURTHEST: usize = 120;

/// The form's example, with days that lie right for today.
pub fn answers(
    way: &Way,
    workflow: &Workflow,
    step: &Address,
    calendar: &Calendar,
    today: Date,
) -> Map<String, Value> {
    let Some(form) = workflow.form_at(step) else {
        return Map::new();
    };
    let mut answers = example(form);
    let ahead = matches!(step.name(), "plan" | "book" | "book_governors");
    for (name, field) in &form.fields {
        if field.kind == FieldKind::Date && answers.contains_key(name) {
            let date = if ahead {
                school_day_after(calendar, today, AHEAD_DAYS)
            } else {
                today
            };
            answers.insert(name.clone(), json!(date.to_string()));
        }
    }
    if step.name() == "declare" {
        answers = serde_json::from_value(json!({"answer": "none"})).unwrap_or_default();
    }
    if step.name() == "need" {
        answers.insert("title".to_owned(), json!(way.title));
        let audience = if way.governors {
            json!(["slt", "governors"])
        } else {
            json!(["slt"])
        };
        answers.insert("audience".to_owned(), audience);
    }
    answers
}

/// The first outcome that goes on; of a visit, that it was the last.
pub fn usual_outcome<'w>(workflow: &'w Workflow, step: &Address) -> Option<&'w str> {
    let node = workflow.node_of(step)?;
    let outcomes = &workflow.node(node).task()?.outcomes;
    let usual = outcomes.iter().filter(|(_, outcome)| !outcome.by_rung);
    let mut plain = usual.filter(|(_, o)| !o.repeat && o.reopen.is_none() && o.stop.is_none());
    plain.next().map(|(name, _)| name.as_str())
}

/// A step that the coordinator skips by now.
pub fn to_skip(way: &Way, run: &Run) -> Option<(Address, String)> {
    way.turns.iter().find_map(|turn| {
        let Act::Skip { after, reason } = turn.act else {
            return None;
        };
        let (step, after): (Address, Address) = (turn.step.parse().ok()?, after.parse().ok()?);
        let due = run.is_settled(&after) && !run.is_settled(&step);
        due.then(|| (step, reason.to_owned()))
    })
}

/// The first school day that lies so many days after a day, or later.
pub fn school_day_after(calendar: &Calendar, day: Date, days: i64) -> Date {
    let from = day + chrono::TimeDelta::days(days);
    let mut ahead = from.iter_days().take(FURTHEST);
    let found = ahead.find(|day| calendar.kind(*day) == Some(DayKind::SchoolDay));
    found.unwrap_or(from)
}

fn example(form: &Form) -> Map<String, Value> {
    let first = form
        .schema
        .get("examples")
        .and_then(|examples| examples.get(0));
    first
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}
