//! What must hold after every entry, whatever was done.

use crate::core::definition::workflow::{Several, Workflow};
use crate::core::run::address::{Address, Key};
use crate::core::run::deadline::DeadlineKind;
use crate::core::run::doers::doers;
use crate::core::run::effect::{Effect, Letter};
use crate::core::run::event::{Cause, Event, StepKind};
use crate::core::run::evolve::evolve;
use crate::core::run::places;
use crate::core::run::react::react;
use crate::core::run::state::{Run, RunStatus, Status, Step};
use crate::core::run::story::Story;

type Holds = Result<(), String>;

/// `before` is the state before the story's last entry.
pub fn holds(story: &Story, before: &Run) -> Holds {
    let (workflow, after) = (&story.workflow, &story.run);
    let events = &story.entries.last().unwrap().events;
    let mut run = before.clone();
    for event in events {
        in_order(workflow, &run, event)?;
        current_attempt(&run, event)?;
        passes_grow(&run, event)?;
        run = evolve(run, event, story.now);
    }
    every_cause_is_said(after)?;
    groups_hold_together(after)?;
    what_is_open_stands_on_settled(workflow, after)?;
    only_what_is_named_changes(before, after, events)?;
    consumed_never_shrinks(before, after, events)?;
    mails_go_to_doers_of_ready_steps(story)?;
    let over = workflow.top().all(|node| {
        let top = Address::top(&workflow.node(node).name);
        after.is_settled(&top)
    });
    let complete = after.status == RunStatus::Complete;
    if complete && !over {
        return Err("complete with open steps".to_owned());
    }
    if over && after.status == RunStatus::InProgress {
        return Err("nothing is open, but the run goes on".to_owned());
    }
    Ok(())
}

/// Nothing becomes free or settled before what it stands on is settled.
fn in_order(workflow: &Workflow, run: &Run, event: &Event) -> Holds {
    let place = match event {
        Event::StepFreed { step, .. } | Event::StepReady { step, .. } => step,
        Event::GroupOpened { group, .. } => group,
        Event::StepNotRequired { step, cause, .. } if *cause != Cause::CameLater => step,
        Event::StepCompleted { step, .. } => step,
        _ => return Ok(()),
    };
    // What was free already may have been joined by new arrivals.
    let free = run.steps.get(place).is_some_and(|step| step.free);
    let completed = matches!(event, Event::StepCompleted { .. });
    if free {
        return Ok(());
    }
    let on = unsettled_below(workflow, run, place);
    match on.first() {
        _ if completed => Err(format!("{place} was completed before it was free")),
        Some(on) => Err(format!("{place} moved before {on} was settled")),
        None => Ok(()),
    }
}

fn unsettled_below(workflow: &Workflow, run: &Run, place: &Address) -> Vec<Address> {
    let node = workflow.find_node(&place.path()).unwrap();
    let below = workflow.stands_on[node].iter();
    below
        .flat_map(|on| places::seen_from(workflow, run, *on, place))
        .filter(|on| !run.is_settled(on) && !place.is_within(on))
        .collect()
}

/// At most one open attempt per address: an event is about the attempt that is open.
fn current_attempt(run: &Run, event: &Event) -> Holds {
    let json = serde_json::to_value(event).unwrap();
    let (Some(step), Some(attempt)) = (json.get("step"), json.get("attempt")) else {
        return Ok(());
    };
    let address: Address = serde_json::from_value(step.clone()).unwrap();
    let Some(found) = run.steps.get(&address) else {
        return Err(format!("there is no {address}"));
    };
    let again = matches!(event, Event::StepReset { again: true, .. });
    let wanted = u64::from(found.attempt) + u64::from(again);
    if attempt.as_u64() != Some(wanted) {
        return Err(format!(
            "{address} is in attempt {}, not {attempt}",
            found.attempt
        ));
    }
    let earlier_last = found.earlier.last().map_or(0, |done| done.attempt);
    if earlier_last > found.attempt {
        return Err(format!("{address} went back in its attempts"));
    }
    Ok(())
}

fn passes_grow(run: &Run, event: &Event) -> Holds {
    let Event::PassOpened { pass, .. } = event else {
        return Ok(());
    };
    let group = pass.without_key();
    let last = places::instances_of(run, &group).last();
    match (pass.key(), last.and_then(Address::key)) {
        (Some(Key::Pass(new)), Some(Key::Pass(old))) if new <= old => {
            Err(format!("pass {new} after pass {old}"))
        }
        _ => Ok(()),
    }
}

fn every_cause_is_said(run: &Run) -> Holds {
    for (at, step) in &run.steps {
        let cause = step.done.as_ref().and_then(|done| done.cause.as_ref());
        if step.status == Status::NotRequired && cause.is_none() {
            return Err(format!("{at} is not required for no reason"));
        }
        if step.status.is_settled() != step.done.is_some() {
            return Err(format!(
                "{at} is {} with or without an end",
                step.status.say()
            ));
        }
    }
    Ok(())
}

/// Nothing is open in a settled group, and nothing is ready in one that has not opened.
fn groups_hold_together(run: &Run) -> Holds {
    for (at, step) in &run.steps {
        let around = match at.key() {
            Some(_) => Some(at.without_key()),
            None => at.parent(),
        };
        let Some((group, held)) = around.and_then(|g| Some((g.clone(), run.steps.get(&g)?))) else {
            continue;
        };
        if held.status.is_settled() && !step.status.is_settled() {
            return Err(format!("{at} is open in {group}, which is settled"));
        }
    }
    Ok(())
}

/// What is free stands on settled things, but for arrivals after it was free.
fn what_is_open_stands_on_settled(workflow: &Workflow, run: &Run) -> Holds {
    let is_group = |step: &Step| matches!(step.kind, StepKind::Group | StepKind::Instance);
    for (at, step) in &run.steps {
        if !step.free || step.status.is_settled() || is_group(step) {
            continue;
        }
        for on in unsettled_below(workflow, run, at) {
            let below = &run.steps[&on];
            let arrived = on.0.iter().any(|segment| segment.key.is_some());
            if !is_group(below) && !(arrived && is_new(workflow, run, &on)) {
                return Err(format!("{at} is free, but {on} below it is open"));
            }
        }
    }
    Ok(())
}

/// In a pass or instance that came later, or whose person came back.
fn is_new(workflow: &Workflow, run: &Run, on: &Address) -> bool {
    let each = std::iter::successors(Some(on.clone()), Address::parent).any(|around| {
        let node = workflow.find_node(&around.path()).unwrap();
        matches!(workflow.node(node).several, Some(Several::EachPerson(_)))
    });
    each || run.steps[on].earlier.is_empty()
}

/// A settled pass and an answered wait change only when an event names them.
fn only_what_is_named_changes(before: &Run, after: &Run, events: &[Event]) -> Holds {
    let named = |at: &Address| {
        events.iter().any(|event| match event {
            Event::StepReset { step, .. } | Event::AnswersCorrected { step, .. } => step == at,
            Event::EachReturned { instance } => at == instance,
            // A prefix covers what lies in it.
            Event::StepNotRequired { step, .. } => at.is_within(step),
            _ => false,
        })
    };
    for (at, was) in &before.steps {
        let in_settled_pass = std::iter::successors(Some(at.clone()), Address::parent)
            .any(|around| matches!(around.key(), Some(Key::Pass(_))) && before.is_settled(&around));
        let answered = was.kind == StepKind::Wait && was.status == Status::Complete;
        let group = matches!(was.kind, StepKind::Group | StepKind::Instance);
        if !(in_settled_pass && !group || answered) || !was.status.is_settled() {
            continue;
        }
        let now = after.steps.get(at);
        if now.map(|now| (&now.done, now.attempt)) != Some((&was.done, was.attempt)) && !named(at) {
            return Err(format!("{at} was settled and changed unnamed"));
        }
    }
    Ok(())
}

fn consumed_never_shrinks(before: &Run, after: &Run, events: &[Event]) -> Holds {
    let consumed = |step: &Step| match step.due.as_ref().map(|due| &due.kind) {
        Some(DeadlineKind::Budget { consumed, .. }) => Some(*consumed),
        _ => None,
    };
    for (at, was) in &before.steps {
        let Some(now) = after.steps.get(at).filter(|now| now.attempt == was.attempt) else {
            continue;
        };
        let fresh = events.iter().any(|event| match event {
            Event::StepReset { step, .. } | Event::StepReady { step, .. } => step == at,
            Event::DeadlineMoved { step, .. } => step == at,
            _ => false,
        });
        if let (Some(was), Some(now)) = (consumed(was), consumed(now))
            && now < was
            && !fresh
        {
            return Err(format!("{at} had consumed {was} days and now {now}"));
        }
    }
    Ok(())
}

fn mails_go_to_doers_of_ready_steps(story: &Story) -> Holds {
    let (run, entry) = (&story.run, story.entries.last().unwrap());
    let facts = story.facts_now();
    for effect in react(&story.workflow, run, entry, &facts) {
        let Effect::Mail { to, letter } = effect else {
            continue;
        };
        let (Letter::Ready { step, attempt } | Letter::Due { step, attempt, .. }) = letter else {
            continue;
        };
        let found = &run.steps[&step];
        let today = story.now.date();
        let theirs = doers(&story.workflow, run, &story.directory, &step, today);
        let ready = found.status.is_ready() && found.attempt == attempt;
        if run.status != RunStatus::InProgress || !ready {
            return Err(format!("a mail about {step}, which is not ready"));
        }
        if !theirs.iter().any(|doer| doer.person == to) {
            return Err(format!("a mail about {step} to somebody else"));
        }
    }
    Ok(())
}
