//! The fold of what happens to groups, passes, instances and steps.
//!
//! A group that is not required covers everything unsettled in it; a place that opens again
//! opens the settled groups around it.

use std::sync::Arc;

use super::clocks::halt;
use crate::core::run::address::Address;
use crate::core::run::deadline::DeadlineKind;
use crate::core::run::event::{Cause, Event, Moved, NamedStep, StepKind};
use crate::core::run::state::{Blocked, Done, Fired, Run, RunStatus, SkipPlanned, Status, Step};
use crate::core::time::Instant;

pub(super) fn of_a_group(run: &mut Run, event: &Event, at: Instant) {
    match event {
        Event::GroupOpened { group, when, .. } => {
            if let Some(step) = run.step_mut(group) {
                step.free = true;
                step.status = Status::InProgress;
                step.ready_at = Some(at);
                if when.is_some() {
                    step.decided.clone_from(when);
                }
            }
        }
        Event::GroupEnded { group, .. } => settle(run, group, at, |_| {}),
        Event::PassOpened {
            pass: instance,
            steps,
            ..
        }
        | Event::EachAdded { instance, steps } => {
            reopen_around(run, instance);
            name_steps(run, steps);
            if let Some(step) = run.step_mut(instance)
                && step.kind == StepKind::Instance
            {
                step.free = true;
                step.status = Status::InProgress;
                step.ready_at = Some(at);
            }
        }
        Event::PassEnded {
            pass,
            counts,
            reason,
        } => settle(run, pass, at, |done| {
            if !counts {
                done.status = Status::NotRequired;
                done.cause = Some(Cause::PassEnded);
                done.reason.clone_from(reason);
            }
        }),
        Event::EachLeft { instance } => settle(run, instance, at, |done| {
            done.status = Status::NotRequired;
            done.cause = Some(Cause::Left);
        }),
        Event::EachReturned { instance } => {
            reopen_around(run, instance);
            if let Some(step) = run.step_mut(instance) {
                again(step, step.attempt + 1, true);
                if step.kind == StepKind::Instance {
                    step.free = true;
                    step.status = Status::InProgress;
                    step.ready_at = Some(at);
                }
            }
        }
        _ => {}
    }
}

pub(super) fn of_a_step(run: &mut Run, event: &Event, at: Instant) {
    if let Event::StepCompleted {
        by,
        actor,
        role: Some(role),
        ..
    } = event
    {
        let acted = run.acted.entry(role.clone()).or_default();
        for person in by.iter().chain(actor) {
            if !acted.contains(person) {
                acted.push(*person);
            }
        }
    }
    match event {
        Event::StepCompleted {
            step,
            how,
            by,
            actor,
            answers,
            outcome,
            reason,
            ..
        } => {
            settle(run, step, at, |done| {
                done.how = Some(*how);
                done.by = *by;
                done.actor = *actor;
                done.answers.clone_from(answers);
                done.outcome.clone_from(outcome);
                done.reason.clone_from(reason);
            });
        }
        Event::StepNotRequired {
            step,
            cause,
            when,
            reason,
            ..
        } => {
            if let Some(place) = run.step_mut(step)
                && when.is_some()
            {
                place.decided.clone_from(when);
            }
            settle(run, step, at, |done| {
                done.status = Status::NotRequired;
                done.cause = Some(cause.clone());
                done.reason.clone_from(reason);
            });
        }
        Event::StepReset {
            step,
            attempt,
            again,
            empty,
            ..
        } => reset(run, step, again.then_some(*attempt), *empty),
        _ => change_step(run, event, at),
    }
}

/// Made again as that attempt, or waiting again in the same one.
fn reset(run: &mut Run, step: &Address, attempt: Option<u32>, empty: bool) {
    reopen_around(run, step);
    if let Some(place) = run.step_mut(step) {
        match attempt {
            Some(attempt) => again(place, attempt, empty),
            None => wait_again(place, empty),
        }
    }
    if run.status == RunStatus::Complete {
        run.status = RunStatus::InProgress;
    }
}

/// Events that change one place and nothing around it.
fn change_step(run: &mut Run, event: &Event, at: Instant) {
    let Some(address) = address_of(event) else {
        return;
    };
    let Some(step) = run.step_mut(address) else {
        return;
    };
    match event {
        Event::StepFreed { when, opens, .. } => {
            step.free = true;
            step.decided.clone_from(when);
            step.opens.clone_from(opens);
        }
        Event::StepReady { due, .. } => {
            step.free = true;
            step.status = Status::NotStarted;
            step.ready_at = Some(at);
            step.due.clone_from(due);
        }
        Event::StepTaken { person, .. } => {
            step.status = Status::InProgress;
            step.assigned = Some(*person);
            step.delegated_from = None;
        }
        Event::StepDrafted { .. } => {
            step.drafted = true;
            if step.status == Status::NotStarted {
                step.status = Status::InProgress;
            }
        }
        Event::StepBlocked { .. } | Event::StepUnblocked { .. } => block(step, event, at),
        Event::StepSkipPlanned { cause, reason, .. } => {
            step.skip_planned = Some(SkipPlanned {
                cause: cause.clone(),
                reason: reason.clone(),
            });
        }
        Event::StepAssigned { person, .. } => {
            step.assigned = *person;
            step.delegated_from = None;
        }
        Event::StepDelegated { from, to, .. } => {
            let back = step.delegated_from == Some(*to);
            step.delegated_from = (!back).then_some(step.delegated_from.unwrap_or(*from));
            step.assigned = Some(*to);
        }
        Event::DeadlineMoved { what, new, .. } => match what {
            Moved::Due => step.due = Some(new.clone()),
            Moved::Opens => step.opens = Some(new.clone()),
        },
        Event::RungFired { rung, date, .. } => {
            step.fired.push(Fired {
                rung: rung.clone(),
                date: *date,
            });
        }
        Event::AnswersCorrected { answers, .. } => {
            if let Some(done) = &mut step.done {
                done.answers.clone_from(answers);
            }
        }
        _ => {}
    }
}

fn address_of(event: &Event) -> Option<&Address> {
    match event {
        Event::StepFreed { step, .. }
        | Event::StepReady { step, .. }
        | Event::StepTaken { step, .. }
        | Event::StepDrafted { step, .. }
        | Event::StepBlocked { step, .. }
        | Event::StepUnblocked { step, .. }
        | Event::StepSkipPlanned { step, .. }
        | Event::StepAssigned { step, .. }
        | Event::StepDelegated { step, .. }
        | Event::DeadlineMoved { step, .. }
        | Event::RungFired { step, .. }
        | Event::AnswersCorrected { step, .. } => Some(step),
        _ => None,
    }
}

pub(super) fn name_steps(run: &mut Run, steps: &[NamedStep]) {
    for named in steps {
        run.steps
            .entry(named.step.clone())
            .or_insert_with(|| Arc::new(Step::new(named.kind)));
    }
}

/// Closes one attempt; `say` fills in how. What lies inside and is unsettled closes with it.
fn settle(run: &mut Run, address: &Address, at: Instant, say: impl Fn(&mut Done)) {
    let Some(step) = run.step_mut(address) else {
        return;
    };
    let mut done = Done::now(step, Status::Complete, at);
    say(&mut done);
    let status = done.status;
    close(step, done);
    if status == Status::NotRequired {
        cover(run, address, at);
    }
}

/// Everything unsettled inside a group that is not required.
fn cover(run: &mut Run, group: &Address, at: Instant) {
    let inside = run.steps.iter_mut().filter(|(inner, step)| {
        *inner != group && inner.is_within(group) && !step.status.is_settled()
    });
    for (_, step) in inside {
        let mut done = Done::now(step, Status::NotRequired, at);
        done.cause = Some(Cause::Group {
            group: group.clone(),
        });
        close(Arc::make_mut(step), done);
    }
}

pub(super) fn close(step: &mut Step, done: Done) {
    step.status = done.status;
    step.free = true;
    step.done = Some(done);
    step.skip_planned = None;
    step.blocked = None;
    for deadline in [&mut step.due, &mut step.opens].into_iter().flatten() {
        if let DeadlineKind::Budget { since, .. } = &mut deadline.kind {
            *since = None;
        }
    }
}

/// A new attempt: the old one stays as history.
fn again(step: &mut Step, attempt: u32, empty: bool) {
    let mut earlier = std::mem::take(&mut step.earlier);
    earlier.extend(step.done.take());
    *step = Step {
        attempt,
        earlier,
        starts_empty: empty,
        ..Step::new(step.kind)
    };
}

/// The same attempt waits again: draft and assignment are kept, the clock starts afresh. A date
/// set by hand holds until the attempt ends.
fn wait_again(step: &mut Step, empty: bool) {
    step.status = Status::CannotStartYet;
    step.free = false;
    step.decided = None;
    step.opens = None;
    step.due = step.due.take().filter(|due| due.by_hand);
    if empty {
        step.starts_empty = true;
        step.drafted = false;
    }
    step.ready_at = None;
    step.blocked = None;
    step.fired.clear();
}

/// A settled group around something that opens again is open again.
fn reopen_around(run: &mut Run, address: &Address) {
    let mut around = std::iter::successors(Some(address.without_key()), Address::parent)
        .flat_map(|group| [group.clone(), group.without_key()])
        .filter(|group| group != address)
        .collect::<Vec<_>>();
    around.dedup();
    for group in around {
        if let Some(step) = run.step_mut(&group)
            && matches!(step.kind, StepKind::Group | StepKind::Instance)
            && step.status.is_settled()
        {
            step.status = Status::InProgress;
            step.earlier.extend(step.done.take());
        }
    }
    if run.status == RunStatus::Complete {
        run.status = RunStatus::InProgress;
    }
}

/// A block stops the clock of its step; taking it back lets it run on.
fn block(step: &mut Step, event: &Event, at: Instant) {
    match event {
        Event::StepBlocked {
            reason, consumed, ..
        } => {
            step.blocked = Some(Blocked {
                was: step.status,
                at,
                reason: reason.clone(),
            });
            step.status = Status::CannotProgress;
            halt(step.due.as_mut(), *consumed);
        }
        Event::StepUnblocked { due, .. } => {
            if let Some(blocked) = step.blocked.take() {
                step.status = blocked.was;
            }
            step.due.clone_from(due);
        }
        _ => {}
    }
}
