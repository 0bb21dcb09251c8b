//! What people do in a simulation: the start, the answers of a step, and the choice of its outcome.
//!
//! Forms are filled with what fits. A date on which something else hangs lies ahead, on a school
//! day; any other is today. Of several outcomes that lead on one is drawn; one that goes round
//! again, sends back or stops is taken only where none other is accepted.

use chrono::{Days, Months};
use serde_json::{Map, Value, json};

use crate::core::calendar::day::DayKind;
use crate::core::calendar::layers::Calendar;
use crate::core::definition::dates::{Anchor, DateRule, RungMoment};
use crate::core::definition::form::FieldKind;
use crate::core::definition::workflow::{Node, NodeId, Outcome, Workflow};
use crate::core::dice::Dice;
use crate::core::run::address::Address;
use crate::core::run::command::Command;
use crate::core::time::{Date, Instant, morning};

use super::cast;
use super::fill::{Given, fill};
use super::manner::dice_of;
use super::year::Year;

/// So far ahead, in days, lies what people agree on.
const AHEAD: (i64, i64) = (14, 28);
/// Nobody looks further for a school day.
const FURTHEST: usize = 120;
/// So often a form is filled in before its own example is taken.
const TRIES: usize = 20;
/// Dates that a start asks for lie so many months ahead: a school year's work is done by then.
const MONTHS_AHEAD: u32 = 9;

/// The moment at which a run is started.
pub fn begins(day: Date) -> Instant {
    morning(day).plus_seconds(1_800)
}

pub fn start(year: &Year<'_>) -> Command {
    let workflow = year.workflow;
    let asked = workflow.roles.iter().filter(|(_, role)| role.at_start);
    let roles = asked.map(|(name, _)| (name.clone(), year.cast.appointed(workflow, name, 1)));
    let far = year.setting.from + Months::new(MONTHS_AHEAD);
    let usual = last_school_day(&year.facts.calendars.alliance, far);
    let said = &year.setting.dates;
    let dates = workflow.dates_at_start().into_keys().map(|name| {
        let date = said.get(&name).copied().unwrap_or(usual);
        (name, date)
    });
    Command::ProjectStart {
        workflow: workflow.name.clone(),
        host_school: cast::host(),
        title: workflow.title.clone(),
        roles: roles.collect(),
        dates: dates.collect(),
    }
}

/// What somebody may send to have a step done: the likeliest first.
pub fn commands(year: &Year<'_>, address: &Address) -> Vec<Command> {
    let workflow = year.workflow;
    let (Some(id), Some(step)) = (workflow.node_of(address), year.run.steps.get(address)) else {
        return Vec::new();
    };
    let mut dice = dice_of(year.setting.seed, "answers", address, step.attempt);
    let node = workflow.node(id);
    let answers = answers(year, id, step.attempt, &mut dice);
    if let Some(wait) = node.wait() {
        return vec![Command::EventReport {
            name: wait.event.clone(),
            data: answers,
        }];
    }
    let complete = |outcome: Option<&str>| Command::StepComplete {
        step: address.clone(),
        answers: Some(answers.clone()),
        outcome: outcome.map(str::to_owned),
        reason: outcome.map(|_| "Made up for a simulation".to_owned()),
    };
    let outcomes = outcomes(node, &mut dice);
    if outcomes.is_empty() {
        return vec![complete(None)];
    }
    let outcomes = outcomes.into_iter();
    outcomes.map(|name| complete(Some(name))).collect()
}

/// Those that lead on come first, in an order that is drawn.
fn outcomes<'w>(node: &'w Node, dice: &mut Dice) -> Vec<&'w str> {
    let Some(task) = node.task() else {
        return Vec::new();
    };
    let offered = task.outcomes.iter().filter(|(_, it)| !it.by_rung);
    let mut all: Vec<(u8, u64, &str)> = offered
        .map(|(name, outcome)| (back(outcome), dice.roll(), name.as_str()))
        .collect();
    all.sort_unstable();
    all.into_iter().map(|(_, _, name)| name).collect()
}

fn back(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome { stop: Some(_), .. } => 3,
        Outcome {
            reopen: Some(_), ..
        } => 2,
        Outcome { repeat: true, .. } => 1,
        _ => 0,
    }
}

fn answers(year: &Year<'_>, id: NodeId, attempt: u32, dice: &mut Dice) -> Map<String, Value> {
    let workflow = year.workflow;
    let node = workflow.node(id);
    let people = year.cast.colleagues();
    let today = year.facts.now.date();
    let given = Given {
        today,
        people: &people,
    };
    let form = node.form().and_then(|name| workflow.forms.get(name));
    let mut answers = form.map_or_else(Map::new, |form| {
        let mut filled = (0..TRIES).map(|_| fill(form, dice, given));
        let fits = filled.find(|answers| form.validate(answers).is_empty());
        let example = || form.schema["examples"][0].as_object().cloned();
        fits.or_else(example).unwrap_or_default()
    });
    let fields = form.into_iter().flat_map(|form| &form.fields);
    for (name, _) in fields.filter(|(_, field)| field.kind == FieldKind::Date) {
        let ahead = is_hung_on(workflow, id, name);
        if ahead || answers.contains_key(name) {
            let calendar = host_calendar(year);
            let days = dice.between(AHEAD.0, AHEAD.1).unsigned_abs();
            let ahead = ahead.then(|| next_school_day(calendar, today + Days::new(days)));
            answers.insert(name.clone(), json!(ahead.unwrap_or(today)));
        }
    }
    for role in node.appoints() {
        let people = year.cast.appointed(workflow, role, attempt);
        answers.insert(role.clone(), json!(people));
    }
    answers
}

/// Whether a due date, an opening or a reminder hangs on that answer of that step.
fn is_hung_on(workflow: &Workflow, step: NodeId, field: &str) -> bool {
    let is_meant = |anchor: &Anchor| matches!(anchor, Anchor::Answer(at, name) if at.node == step && name == field);
    let rules = workflow.nodes.iter();
    let mut rules = rules.flat_map(|node| node.due.iter().chain(&node.opens));
    let rungs = workflow.ladders.values().flat_map(|ladder| ladder.values());
    let mut moments = rungs.filter_map(|rung| match &rung.at {
        RungMoment::From(_, _, anchor) => Some(anchor),
        RungMoment::OnTheDay | RungMoment::FromDue(..) => None,
    });
    rules.any(|rule: &DateRule| rule.anchors().into_iter().any(is_meant)) || moments.any(is_meant)
}

fn host_calendar<'y>(year: &'y Year<'_>) -> &'y Calendar {
    let calendars = &year.facts.calendars;
    let own = calendars.schools.get(&cast::host());
    own.unwrap_or(&calendars.alliance)
}

/// That day, or the first school day after it; the day itself where none is known.
fn next_school_day(calendar: &Calendar, from: Date) -> Date {
    let mut days = from.iter_days().take(FURTHEST);
    let found = days.find(|day| calendar.kind(*day) == Some(DayKind::SchoolDay));
    found.unwrap_or(from)
}

fn last_school_day(calendar: &Calendar, until: Date) -> Date {
    let days = std::iter::successors(Some(until), Date::pred_opt).take(FURTHEST);
    let mut school_days = days.filter(|day| calendar.kind(*day) == Some(DayKind::SchoolDay));
    school_days.next().unwrap_or(until)
}
