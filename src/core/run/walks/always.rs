//! What must hold after every accepted command, whatever was done before.
//!
//! Each rule is a function that says what is wrong. Where a rule of the engine is checked, it is
//! said here once more in other words (`below`), not asked of the engine itself.

use std::collections::{BTreeMap, BTreeSet};

use super::always_outside;
use super::walk::Walk;
use crate::core::definition::workflow::{NodeId, Place, Several, Workflow};
use crate::core::run::address::{Address, Key};
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::entry::Entry;
use crate::core::run::event::{Cause, Event, MoveCause, StepKind};
use crate::core::run::evolve::evolve;
use crate::core::run::state::{Run, RunStatus, Status, Step};

pub type Holds = Result<(), String>;

/// Highest number of a pass that each group has ever had.
pub type Passes = BTreeMap<Address, u32>;

/// `walk` stands after the entry, `before` is the run before it.
pub fn holds(walk: &Walk, before: &Run, entry: &Entry, passes: &mut Passes) -> Holds {
    let (workflow, after) = (&walk.workflow, &walk.run);
    let mut run = before.clone();
    for event in &entry.events {
        moves_in_order(workflow, &run, event)?;
        is_about_the_open_attempt(&run, event)?;
        is_a_new_pass(event, passes)?;
        run = evolve(run, event, entry.at);
    }
    every_end_is_said(after)?;
    attempts_grow(after)?;
    groups_hold_together(after)?;
    if !matches!(entry.events.first(), Some(Event::RunUndone { .. })) {
        what_is_settled_changes_only_when_named(before, after, entry)?;
        consumed_never_shrinks(walk, before, entry)?;
    }
    people_fit_their_roles(workflow, after)?;
    is_over_when_all_is_settled(after)?;
    if after.kept.len() > 100 {
        return Err(format!("{} events are kept", after.kept.len()));
    }
    always_outside::holds(walk, entry)
}

/// Nothing becomes free or settled before what it stands on; what was free already may have been
/// joined by arrivals.
fn moves_in_order(workflow: &Workflow, run: &Run, event: &Event) -> Holds {
    let place = match event {
        Event::StepFreed { step, .. }
        | Event::StepReady { step, .. }
        | Event::StepCompleted { step, .. } => step,
        Event::GroupOpened { group, .. } | Event::GroupEnded { group, .. } => group,
        Event::StepNotRequired { step, cause, .. } if *cause != Cause::CameLater => step,
        _ => return Ok(()),
    };
    let step = run.steps.get(place).ok_or(format!("there is no {place}"))?;
    let settles = matches!(
        event,
        Event::StepCompleted { .. } | Event::GroupEnded { .. }
    );
    if settles && !step.status.is_ready() {
        return Err(format!("{place} was settled while {:?}", step.status));
    }
    if matches!(event, Event::GroupEnded { .. }) {
        let mut inside = run
            .steps
            .iter()
            .filter(|(at, _)| *at != place && at.is_within(place));
        if let Some((open, _)) = inside.find(|(_, step)| !step.status.is_settled()) {
            return Err(format!("{place} ended while {open} was open"));
        }
    }
    if step.free {
        return Ok(());
    }
    let open = below(workflow, run, place)
        .into_iter()
        .find(|on| !run.is_settled(on));
    open.map_or(Ok(()), |on| {
        Err(format!("{place} moved before {on} was settled: {event:?}"))
    })
}

/// All places that a place stands on: of each node below, those in the same pass, of the same
/// person, where they share one.
fn below(workflow: &Workflow, run: &Run, place: &Address) -> Vec<Address> {
    let node = node_at(workflow, place);
    let same = |at: &Address| {
        let nested = at.0.iter().zip(place.0.iter());
        let mut shared = nested.take_while(|(there, here)| there.name == here.name);
        shared
            .all(|(there, here)| there.key.is_none() || here.key.is_none() || there.key == here.key)
    };
    let people = people_around(workflow, place);
    let same_person = |at: &Address| {
        let of_all = at
            .key()
            .is_none()
            .then(|| role_of_all(workflow, at))
            .flatten();
        let own = of_all.and_then(|role| people.get(&role));
        if own.is_some_and(|own| run.steps.contains_key(&at.instance(own.clone()))) {
            return false;
        }
        people_around(workflow, at).iter().all(|(role, key)| {
            let ours = people.get(role);
            let there = |ours: &Key| {
                // Somebody without an instance there sees all of them.
                let group = around(at).find(|it| it.key() == Some(key));
                group.is_some_and(|it| run.steps.contains_key(&it.instance(ours.clone())))
            };
            ours.is_none_or(|ours| ours == key || !there(ours))
        })
    };
    let on = &workflow.stands_on[node];
    let all = run
        .steps
        .keys()
        .filter(|at| on.contains(&node_at(workflow, at)));
    all.filter(|at| same(at) && same_person(at) && !place.is_within(at))
        .cloned()
        .collect()
}

/// The role of which everybody has an instance here.
fn role_of_all(workflow: &Workflow, place: &Address) -> Option<String> {
    match &workflow.node(node_at(workflow, place)).several {
        Some(Several::EachPerson(role)) => Some(role.clone()),
        _ => None,
    }
}

/// By role, the key of the person whose instance a place lies in.
fn people_around(workflow: &Workflow, place: &Address) -> BTreeMap<String, Key> {
    let of_person = around(place).filter_map(|at| {
        let role = role_of_all(workflow, &at)?;
        Some((role, at.key()?.clone()))
    });
    of_person.collect()
}

/// The place itself and what it lies in, from inside out.
fn around(place: &Address) -> impl Iterator<Item = Address> {
    std::iter::successors(Some(place.clone()), Address::parent)
}

fn node_at(workflow: &Workflow, place: &Address) -> NodeId {
    workflow
        .node_of(place)
        .expect("every place of a run has a node")
}

/// At most one open attempt per address, and an event is about that one.
fn is_about_the_open_attempt(run: &Run, event: &Event) -> Holds {
    let json = serde_json::to_value(event).unwrap();
    let (Some(step), Some(attempt)) = (json["step"].as_str(), json["attempt"].as_u64()) else {
        return Ok(());
    };
    let found = run
        .find_step(&step.parse().unwrap())
        .ok_or(format!("there is no {step}"))?;
    let again = matches!(event, Event::StepReset { again: true, .. });
    if attempt != u64::from(found.attempt) + u64::from(again) {
        return Err(format!(
            "{step} is in attempt {}, not {attempt}",
            found.attempt
        ));
    }
    let reopens = matches!(
        event,
        Event::StepReset { .. }
            | Event::StepSpared { .. }
            | Event::StepReopened { .. }
            | Event::AnswersCorrected { .. }
    );
    if found.status.is_settled() && !reopens {
        return Err(format!("{step} is settled, and then {event:?}"));
    }
    Ok(())
}

fn is_a_new_pass(event: &Event, passes: &mut Passes) -> Holds {
    let Event::PassOpened { pass, .. } = event else {
        return Ok(());
    };
    let Some(Key::Pass(number)) = pass.key() else {
        return Err(format!("{pass} is no pass"));
    };
    match passes.insert(pass.without_key(), *number) {
        Some(last) if *number <= last => Err(format!("{pass} opened after pass {last}")),
        _ => Ok(()),
    }
}

/// What is settled says how; what is not required says why.
fn every_end_is_said(run: &Run) -> Holds {
    for (at, step) in &run.steps {
        let said = step.done.as_ref().map(|done| done.status);
        let settled = step.status.is_settled().then_some(step.status);
        if said != settled {
            return Err(format!("{at} is {:?}, its end says {said:?}", step.status));
        }
        for done in step.done.iter().chain(&step.earlier) {
            if (done.status == Status::NotRequired) != done.cause.is_some() {
                return Err(format!(
                    "{at} is {:?} because of {:?}",
                    done.status, done.cause
                ));
            }
        }
        let blocked = step.status == Status::CannotProgress;
        if blocked != step.blocked.is_some() {
            return Err(format!(
                "{at} is {:?}, blocked {:?}",
                step.status, step.blocked
            ));
        }
    }
    Ok(())
}

fn attempts_grow(run: &Run) -> Holds {
    for (at, step) in run.steps.iter().filter(|(_, step)| !is_group(step)) {
        let ends = step
            .earlier
            .iter()
            .chain(&step.done)
            .map(|done| done.attempt);
        let ends: Vec<u32> = ends.collect();
        let grow = ends.windows(2).all(|pair| pair[0] < pair[1]);
        if !grow || ends.last().is_some_and(|last| *last > step.attempt) {
            return Err(format!(
                "{at} is in attempt {} after {ends:?}",
                step.attempt
            ));
        }
    }
    Ok(())
}

fn is_group(step: &Step) -> bool {
    matches!(step.kind, StepKind::Group | StepKind::Instance)
}

/// Nothing is open in what is settled, and nothing is ready in what has not begun.
fn groups_hold_together(run: &Run) -> Holds {
    for (at, step) in &run.steps {
        let outer = at
            .key()
            .map_or_else(|| at.parent(), |_| Some(at.without_key()));
        let Some((outer, held)) = outer.and_then(|o| Some((o.clone(), run.steps.get(&o)?))) else {
            continue;
        };
        if held.status.is_settled() && !step.status.is_settled() {
            return Err(format!("{at} is open in {outer}, which is settled"));
        }
        // A pass that has begun stays as it is while its group waits again; only its steps wait.
        if step.status.is_ready() && !held.status.is_ready() && !is_group(step) {
            return Err(format!(
                "{at} is ready in {outer}, which is {:?}",
                held.status
            ));
        }
    }
    Ok(())
}

/// A settled step changes only by an event that names it; an answered wait and what lies in a
/// settled pass only where that very thing was to be done again.
fn what_is_settled_changes_only_when_named(before: &Run, after: &Run, entry: &Entry) -> Holds {
    let named = |at: &Address| {
        entry.events.iter().any(|event| match event {
            Event::StepReset { step, .. } | Event::AnswersCorrected { step, .. } => step == at,
            _ => false,
        })
    };
    let target_in = |place: &Address| {
        entry.events.iter().any(|event| {
            matches!(event, Event::StepReset { step, target: true, .. } if step.is_within(place))
        })
    };
    let corrected = |at: &Address| {
        let mut events = entry.events.iter();
        events.any(|event| matches!(event, Event::AnswersCorrected { step, .. } if step == at))
    };
    let settled = before
        .steps
        .iter()
        .filter(|(_, step)| step.status.is_settled());
    for (at, was) in settled.filter(|(_, step)| !is_group(step)) {
        if after.steps.get(at) == Some(was) {
            continue;
        }
        if !named(at) {
            return Err(format!("{at} was settled and changed without being named"));
        }
        let complete = was.status == Status::Complete;
        let answered = complete && matches!(was.kind, StepKind::Wait | StepKind::Start);
        if answered && !target_in(at) && !corrected(at) {
            return Err(format!(
                "{at} had been answered and was asked again by the way"
            ));
        }
        let is_pass = |it: &Address| matches!(it.key(), Some(Key::Pass(_)));
        let pass = around(at).find(|it| is_pass(it) && before.is_settled(it));
        let touched = |pass: &Address| target_in(pass) || corrected(at);
        if let Some(pass) = pass.filter(|pass| !touched(pass)) {
            return Err(format!("{at} changed, and {pass} was settled"));
        }
    }
    Ok(())
}

/// Within an attempt what is consumed only grows, but for a clock that starts afresh: after a
/// reset, or because the step from which it counts was completed anew.
fn consumed_never_shrinks(walk: &Walk, before: &Run, entry: &Entry) -> Holds {
    let fresh = |at: &Address| {
        entry.events.iter().any(|event| match event {
            Event::StepReset { step, .. } => step == at,
            Event::DeadlineMoved { step, why, .. } => step == at && *why == MoveCause::Anchor,
            _ => false,
        })
    };
    let used = |deadline: Option<&Deadline>| match &deadline?.kind {
        DeadlineKind::Budget {
            consumed,
            since,
            unit,
            ..
        } => {
            let calendar = &deadline?.calendar;
            let running = since.map_or(0, |since| {
                let calendars = &walk.facts.calendars;
                calendars.measure(calendar, *unit, since, walk.today())
            });
            Some(consumed + running)
        }
        DeadlineKind::HungOn { .. } => None,
    };
    for (at, now) in walk
        .run
        .steps
        .iter()
        .filter(|(_, step)| !step.status.is_settled())
    {
        let Some(was) = before
            .steps
            .get(at)
            .filter(|was| was.attempt == now.attempt)
        else {
            continue;
        };
        for (was, now) in [(&was.due, &now.due), (&was.opens, &now.opens)] {
            let (was, now) = (used(was.as_ref()), used(now.as_ref()));
            if now.is_some() && now < was && !fresh(at) {
                return Err(format!("{at} had used {was:?} days and now {now:?}"));
            }
        }
    }
    Ok(())
}

/// Nobody twice in a role, not more than it takes, nobody in a role that excludes another.
fn people_fit_their_roles(workflow: &Workflow, run: &Run) -> Holds {
    for (name, held) in &run.people {
        let Some(role) = workflow
            .roles
            .get(name)
            .filter(|role| role.at == Place::Run)
        else {
            return Err(format!("{name} is no role of the run"));
        };
        let people: BTreeSet<_> = held.iter().map(|held| held.person).collect();
        let most = usize::try_from(role.many.max).unwrap();
        if people.len() != held.len() || people.len() > most {
            return Err(format!("{name} has {held:?}"));
        }
        let excluded = role.not.as_ref().and_then(|not| run.people.get(not));
        let both = excluded
            .into_iter()
            .flatten()
            .find(|held| people.contains(&held.person));
        if let Some(both) = both {
            return Err(format!("{} is {name} and what it excludes", both.person));
        }
    }
    Ok(())
}

fn is_over_when_all_is_settled(run: &Run) -> Holds {
    let top = |at: &Address| at.0.len() == 1 && at.key().is_none();
    let mut all = run.steps.iter().filter(|(at, _)| top(at));
    let over = all.all(|(_, step)| step.status.is_settled());
    match run.status {
        RunStatus::Complete if !over => Err("complete with open steps".to_owned()),
        RunStatus::InProgress if over => Err("all is settled, but it goes on".to_owned()),
        _ => Ok(()),
    }
}

/// No consequence is left over: what can start has started, what can open has opened.
pub fn is_settled_to_the_end(walk: &Walk) -> Holds {
    let (workflow, run, today) = (&walk.workflow, &walk.run, walk.today());
    if run.status != RunStatus::InProgress {
        return Ok(());
    }
    for (at, step) in run
        .steps
        .iter()
        .filter(|(_, step)| step.status == Status::CannotStartYet)
    {
        let date = step.opens.as_ref().and_then(|opens| opens.date);
        if step.free && (step.opens.is_none() || date.is_some_and(|date| date <= today)) {
            return Err(format!(
                "{at} is free and its moment has come, but it is not ready"
            ));
        }
        let entered = match at.key() {
            Some(_) => run
                .steps
                .get(&at.without_key())
                .is_some_and(|it| it.status.is_ready()),
            None => at
                .parent()
                .is_none_or(|it| run.steps[&it].status.is_ready()),
        };
        let open = below(workflow, run, at)
            .into_iter()
            .any(|on| !run.is_settled(&on));
        if entered && !open && !step.free {
            return Err(format!("{at} waits for nothing and is not free"));
        }
    }
    Ok(())
}
