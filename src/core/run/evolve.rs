//! The fold: how each event changes the state, and nothing more.
//!
//! Asks no definition, calendar, guard, directory or payload: whatever follows from an event is
//! an event of its own. A total function: an event about a place that is not there changes
//! nothing, so that no stored history can fail to fold.

use super::address::Address;
use super::deadline::{Deadline, DeadlineKind};
use super::entry::Entry;
use super::event::{Consumed, Event, HoldKind, Moved, NamedStep, Resumed, StepKind};
use super::state::{
    Blocked, Done, Fired, Hold, Run, RunStatus, SkipPlanned, Status, Step, Stopped,
};
use crate::core::time::Instant;

/// Folds one event that happened at `at`.
pub fn evolve(mut run: Run, event: &Event, at: Instant) -> Run {
    apply(&mut run, event, at);
    run
}

/// Folds a whole entry.
pub fn fold(mut run: Run, entry: &Entry) -> Run {
    for event in &entry.events {
        apply(&mut run, event, entry.at);
    }
    run.version = entry.seq;
    run.changed_at = Some(entry.at);
    run
}

pub(super) fn apply(run: &mut Run, event: &Event, at: Instant) {
    match event {
        Event::RunStarted { .. }
        | Event::RunPaused { .. }
        | Event::RunHoldChanged { .. }
        | Event::RunResumed { .. }
        | Event::RunStopped { .. }
        | Event::RunReinstated { .. }
        | Event::RunCompleted {}
        | Event::RunMigrated { .. }
        | Event::DateSet { .. } => of_the_run(run, event, at),
        Event::GroupOpened { .. }
        | Event::GroupEnded { .. }
        | Event::PassOpened { .. }
        | Event::PassEnded { .. }
        | Event::EachAdded { .. }
        | Event::EachLeft { .. }
        | Event::EachReturned { .. } => of_a_group(run, event, at),
        Event::RoleAppointed { role, appointment } => {
            let people = run.people.entry(role.clone()).or_default();
            people.retain(|held| held.person != appointment.person);
            people.push(appointment.clone());
        }
        Event::RoleVacated { role, person } => {
            if let Some(people) = run.people.get_mut(role) {
                people.retain(|held| held.person != *person);
            }
            run.people.retain(|_, people| !people.is_empty());
        }
        Event::EventKept { event } => run.kept.push(event.clone()),
        Event::EventUsed { id, .. } | Event::EventExpired { id, .. } => {
            run.kept.retain(|kept| kept.id != *id);
        }
        Event::EventLate { .. }
        | Event::Told { .. }
        | Event::NoteAdded { .. }
        | Event::ResumeDue { .. }
        | Event::PersonErased { .. } => {}
        _ => of_a_step(run, event, at),
    }
}

fn of_the_run(run: &mut Run, event: &Event, at: Instant) {
    match event {
        Event::RunStarted {
            workflow,
            reference,
            title,
            host_school,
            parent,
            steps,
            dates,
        } => {
            run.status = RunStatus::InProgress;
            run.workflow = Some(workflow.clone());
            reference.clone_into(&mut run.reference);
            title.clone_into(&mut run.title);
            run.host_school = Some(host_school.clone());
            run.parent = *parent;
            run.started_at = Some(at);
            run.dates.clone_from(dates);
            name_steps(run, steps);
        }
        Event::RunPaused {
            hold,
            until,
            reason,
            consumed,
        } => {
            stand_still(run, consumed);
            run.hold = Some(Hold {
                kind: *hold,
                since: at,
                until: *until,
                reason: reason.clone(),
            });
            run.status = RunStatus::Paused;
        }
        Event::RunHoldChanged {
            hold,
            until,
            reason,
        } => {
            if let Some(held) = &mut run.hold {
                held.kind = *hold;
                held.until = until.filter(|_| *hold == HoldKind::Postpone);
                held.reason = reason.clone();
            }
        }
        Event::RunResumed { remaining, .. } => {
            run_on(run, remaining);
            run.hold = None;
            run.status = RunStatus::InProgress;
        }
        Event::RunStopped {
            words,
            reason,
            consumed,
        } => {
            stand_still(run, consumed);
            run.stopped = Some(Stopped {
                words: words.clone(),
                at,
                reason: reason.clone(),
                was: run.status,
            });
            run.status = RunStatus::Stopped;
        }
        Event::RunReinstated { remaining, .. } => {
            run_on(run, remaining);
            if let Some(stopped) = run.stopped.take() {
                run.status = stopped.was;
            }
        }
        Event::RunCompleted {} => run.status = RunStatus::Complete,
        Event::DateSet { name, date, .. } => {
            run.dates.insert(name.clone(), *date);
        }
        Event::RunMigrated {
            to,
            steps,
            roles,
            named,
            ..
        } => {
            run.workflow = Some(to.clone());
            super::migrated::fold_migration(run, steps, roles);
            name_steps(run, named);
        }
        _ => {}
    }
}

fn of_a_group(run: &mut Run, event: &Event, at: Instant) {
    match event {
        Event::GroupOpened { group, when, .. } => {
            if let Some(step) = run.steps.get_mut(group) {
                step.free = true;
                step.status = Status::InProgress;
                step.ready_at = Some(at);
                step.decided.clone_from(when);
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
            if let Some(step) = run.steps.get_mut(instance)
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
                done.cause = Some(super::event::Cause::PassEnded);
                done.reason.clone_from(reason);
            }
        }),
        Event::EachLeft { instance } => settle(run, instance, at, |done| {
            done.status = Status::NotRequired;
            done.cause = Some(super::event::Cause::Left);
        }),
        Event::EachReturned { instance } => {
            reopen_around(run, instance);
            if let Some(step) = run.steps.get_mut(instance) {
                again(step, step.attempt + 1, true);
                if step.kind == StepKind::Instance {
                    step.free = true;
                    step.status = Status::InProgress;
                }
            }
        }
        _ => {}
    }
}

fn of_a_step(run: &mut Run, event: &Event, at: Instant) {
    if let Event::StepCompleted {
        by: Some(person),
        role: Some(role),
        ..
    } = event
    {
        let acted = run.acted.entry(role.clone()).or_default();
        if !acted.contains(person) {
            acted.push(*person);
        }
    }
    match event {
        Event::StepCompleted {
            step,
            how,
            by,
            answers,
            outcome,
            reason,
            ..
        } => {
            settle(run, step, at, |done| {
                done.how = Some(*how);
                done.by = *by;
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
            if let Some(place) = run.steps.get_mut(step)
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
            again: made_again,
            empty,
            ..
        } => {
            reopen_around(run, step);
            if let Some(place) = run.steps.get_mut(step) {
                if *made_again {
                    again(place, *attempt, *empty);
                } else {
                    wait_again(place);
                }
            }
            if run.status == RunStatus::Complete {
                run.status = RunStatus::InProgress;
            }
        }
        _ => change_step(run, event, at),
    }
}

/// Events that change one place and nothing around it.
fn change_step(run: &mut Run, event: &Event, at: Instant) {
    let Some(address) = address_of(event) else {
        return;
    };
    let Some(step) = run.steps.get_mut(address) else {
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
        }
        Event::StepDrafted { .. } => {
            step.drafted = true;
            if step.status == Status::NotStarted {
                step.status = Status::InProgress;
            }
        }
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
            if due.is_some() {
                step.due.clone_from(due);
            }
        }
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

fn name_steps(run: &mut Run, steps: &[NamedStep]) {
    for named in steps {
        run.steps
            .entry(named.step.clone())
            .or_insert_with(|| Step::new(named.kind));
    }
}

/// Closes one attempt; `say` fills in how. What lies inside and is unsettled closes with it.
fn settle(run: &mut Run, address: &Address, at: Instant, say: impl Fn(&mut Done)) {
    let Some(step) = run.steps.get_mut(address) else {
        return;
    };
    let mut done = Done {
        attempt: step.attempt,
        status: Status::Complete,
        at,
        how: None,
        by: None,
        cause: None,
        answers: serde_json::Map::new(),
        outcome: None,
        reason: None,
    };
    say(&mut done);
    let status = done.status;
    close(step, done);
    if status == Status::NotRequired {
        let cause = super::event::Cause::Group {
            group: address.clone(),
        };
        let inside: Vec<Address> = run
            .steps
            .iter()
            .filter(|(inner, step)| {
                *inner != address && inner.is_within(address) && !step.status.is_settled()
            })
            .map(|(inner, _)| inner.clone())
            .collect();
        for inner in inside {
            if let Some(step) = run.steps.get_mut(&inner) {
                let attempt = step.attempt;
                close(
                    step,
                    Done {
                        attempt,
                        status,
                        at,
                        how: None,
                        by: None,
                        cause: Some(cause.clone()),
                        answers: serde_json::Map::new(),
                        outcome: None,
                        reason: None,
                    },
                );
            }
        }
    }
}

fn close(step: &mut Step, done: Done) {
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

/// The same attempt waits again: draft and assignment are kept, the clock starts afresh.
fn wait_again(step: &mut Step) {
    step.status = Status::CannotStartYet;
    step.free = false;
    step.decided = None;
    step.opens = None;
    step.due = None;
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
        if let Some(step) = run.steps.get_mut(&group)
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

/// Writes down what is consumed, and lets every clock stand still.
fn stand_still(run: &mut Run, consumed: &[Consumed]) {
    for used in consumed {
        let Some(step) = run.steps.get_mut(&used.step) else {
            continue;
        };
        let deadline = match used.what {
            Moved::Due => step.due.as_mut(),
            Moved::Opens => step.opens.as_mut(),
        };
        halt(deadline, used.consumed);
    }
}

fn halt(deadline: Option<&mut Deadline>, used: u32) {
    let Some(deadline) = deadline else { return };
    if let DeadlineKind::Budget {
        consumed, since, ..
    } = &mut deadline.kind
    {
        *consumed = used;
        *since = None;
        if !deadline.by_hand {
            deadline.date = None;
        }
    }
}

fn run_on(run: &mut Run, remaining: &[Resumed]) {
    for resumed in remaining {
        let Some(step) = run.steps.get_mut(&resumed.step) else {
            continue;
        };
        match resumed.what {
            Moved::Due => step.due = Some(resumed.deadline.clone()),
            Moved::Opens => step.opens = Some(resumed.deadline.clone()),
        }
    }
}
