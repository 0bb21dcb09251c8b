//! The demo in words: stage by stage what happened, from the log itself.

use std::collections::BTreeMap;

use chrono::Datelike;

use crate::core::definition::workflow::Workflow;
use crate::core::run::address::Address;
use crate::core::run::entry::Entry;
use crate::core::run::event::{Event, How};
use crate::core::run::state::{Run, RunStatus};
use crate::core::time::Date;

/// What is told of one stage.
#[derive(Default)]
struct Told {
    days: Option<(Date, Date)>,
    done: u32,
    sent_back: u32,
    not_required: u32,
    visits: Vec<Date>,
}

/// The stages of a run, one line each.
pub fn stages(workflow: &Workflow, run: &Run, entries: &[Entry]) -> Vec<String> {
    let mut told: BTreeMap<usize, Told> = BTreeMap::new();
    for entry in entries {
        let day = entry.at.date();
        for event in &entry.events {
            let Some((step, change)) = of_step(event) else {
                continue;
            };
            let Some(stage) = stage_of(workflow, step) else {
                continue;
            };
            let told = told.entry(stage).or_default();
            change(told);
            let (from, to) = told.days.unwrap_or((day, day));
            told.days = Some((from.min(day), to.max(day)));
        }
    }
    for (address, step) in &run.steps {
        let date = (address.path() == "visits.plan")
            .then(|| {
                step.done
                    .as_ref()?
                    .answers
                    .get("date")?
                    .as_str()?
                    .parse()
                    .ok()
            })
            .flatten();
        if let (Some(date), Some(stage)) = (date, stage_of(workflow, address))
            && let Some(told) = told.get_mut(&stage)
        {
            told.visits.push(date);
        }
    }
    told.iter()
        .map(|(stage, told)| line(workflow, *stage, told))
        .collect()
}

type Change = fn(&mut Told);

/// Which step an event is about, and what it adds to its stage.
fn of_step(event: &Event) -> Option<(&Address, Change)> {
    match event {
        Event::StepCompleted {
            step,
            how: How::Person | How::Event,
            ..
        } => Some((step, |told| told.done += 1)),
        Event::StepReset {
            step,
            target: true,
            again: true,
            ..
        } => Some((step, |told| told.sent_back += 1)),
        Event::StepNotRequired { step, .. } => Some((step, |told| told.not_required += 1)),
        _ => None,
    }
}

fn stage_of(workflow: &Workflow, step: &Address) -> Option<usize> {
    let node = workflow.node_of(step)?;
    workflow
        .stages
        .get_index_of(workflow.node(node).stage.as_ref()?)
}

fn line(workflow: &Workflow, stage: usize, told: &Told) -> String {
    let title = workflow
        .stages
        .get_index(stage)
        .map_or("", |(_, title)| title.as_str());
    let days = told.days.map_or_else(String::new, |(from, to)| {
        if from == to {
            short(from)
        } else {
            format!("{} to {}", brief(from), short(to))
        }
    });
    let mut said = vec![count(told.done, "step done", "steps done")];
    if told.sent_back > 0 {
        said.push(format!("sent back {}", times(told.sent_back)));
    }
    if !told.visits.is_empty() {
        let days: Vec<String> = told.visits.iter().map(|day| brief(*day)).collect();
        let word = if days.len() == 1 { "visit" } else { "visits" };
        said.push(format!("{word} on {}", days.join(" and ")));
    }
    if told.not_required > 0 {
        said.push(format!("{} not required", told.not_required));
    }
    format!("    {title:<23} {days:<21} {}", said.join(", "))
}

fn times(number: u32) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

fn count(number: u32, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// "2 Mar 2027", in a table.
fn short(day: Date) -> String {
    format!("{} {}", day.day(), day.format("%b %Y"))
}

/// "2 Mar", where the year is said beside it.
fn brief(day: Date) -> String {
    format!("{} {}", day.day(), day.format("%b"))
}

/// How a run stands, in words.
pub fn standing(workflow: &Workflow, run: &Run) -> String {
    match (run.status, &run.stopped) {
        (RunStatus::Stopped, Some(stopped)) => format!("Stopped: {}", stopped.words),
        (RunStatus::InProgress, _) => {
            let stage = crate::core::run::projection::stage(workflow, run).0;
            let title = stage.and_then(|name| workflow.stages.get(&name).cloned());
            format!("In progress: {}", title.unwrap_or_default())
        }
        (status, _) => status.say().to_owned(),
    }
}
