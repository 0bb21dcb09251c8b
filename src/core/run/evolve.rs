//! The fold: how each event changes the state, and nothing more.
//!
//! Asks no definition, calendar, guard, directory or payload: whatever follows from an event is
//! an event of its own. A total function: an event about a place that is not there changes
//! nothing, so that no stored history can fail to fold. The run is folded here, groups and steps
//! in `places`, clocks in `clocks`, a migration in `migrated`.

mod clocks;
mod migrated;
mod places;

use super::entry::Entry;
use super::event::{Event, HoldKind};
use super::state::{AskedToResume, Hold, Run, RunStatus, Stopped};
use super::undo::{Undo, Undone};
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
    run.conclude(entry.seq, entry.at);
    run
}

pub(super) fn apply(run: &mut Run, event: &Event, at: Instant) {
    if let Event::RunUndone { told, .. } = event {
        return take_back(run, *told);
    }
    remember(run, event, at);
    match event {
        Event::RunStarted { .. } | Event::RunMigrated { .. } | Event::DateSet { .. } => {
            of_the_run(run, event, at);
        }
        Event::RunPaused { .. }
        | Event::RunHoldChanged { .. }
        | Event::RunResumed { .. }
        | Event::RunStopped { .. }
        | Event::RunReinstated { .. }
        | Event::ResumeNear { .. }
        | Event::ResumeDue { .. }
        | Event::RunCompleted {} => of_its_status(run, event, at),
        Event::GroupOpened { .. }
        | Event::GroupEnded { .. }
        | Event::PassOpened { .. }
        | Event::PassEnded { .. }
        | Event::EachAdded { .. }
        | Event::EachLeft { .. }
        | Event::EachReturned { .. } => places::of_a_group(run, event, at),
        Event::RoleAppointed {
            role, appointment, ..
        } => {
            let people = run.people.entry(role.clone()).or_default();
            people.retain(|held| held.person != appointment.person);
            people.push(appointment.clone());
        }
        Event::RoleVacated { role, person, .. } => {
            if let Some(people) = run.people.get_mut(role) {
                people.retain(|held| held.person != *person);
            }
            run.people.retain(|_, people| !people.is_empty());
        }
        Event::InviteSent { step, invite, .. } => {
            run.invites.insert(step.clone(), invite.clone());
        }
        Event::InviteCancelled { step, sequence } => {
            if let Some(invite) = run.invites.get_mut(step) {
                invite.sequence = *sequence;
                invite.cancelled = true;
            }
        }
        Event::EventKept { event } => run.kept.push(event.clone()),
        Event::EventUsed { id, .. } | Event::EventExpired { id, .. } => {
            run.kept.retain(|kept| kept.id != *id);
        }
        Event::Told { .. }
        | Event::NoteAdded { .. }
        | Event::StepReopened { .. }
        | Event::StepSpared { .. }
        | Event::PersonErased { .. }
        | Event::TextsExpired { .. } => {}
        _ => places::of_a_step(run, event, at),
    }
}

/// The state before an entry that can be taken back is kept until the next one.
fn remember(run: &mut Run, event: &Event, at: Instant) {
    let version = run.version;
    if run
        .undo
        .as_ref()
        .is_some_and(|undo| undo.before.version < version)
    {
        run.undo = None;
    }
    if let Some(what) = Undone::by(event)
        && run.undo.is_none()
    {
        let before = run.clone();
        run.undo = Some(Box::new(Undo { what, at, before }));
    }
}

/// As it was before; but what people were told of invites meanwhile stands.
fn take_back(run: &mut Run, told: bool) {
    let Some(undo) = run.undo.take() else { return };
    let after = std::mem::replace(run, undo.before);
    run.version = after.version;
    if told {
        run.invites = after.invites;
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
            places::name_steps(run, steps);
        }
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
            migrated::fold_migration(run, steps, roles, at);
            places::name_steps(run, named);
        }
        _ => {}
    }
}

fn of_its_status(run: &mut Run, event: &Event, at: Instant) {
    match event {
        Event::RunPaused {
            hold,
            until,
            reason,
            consumed,
        } => {
            clocks::stand_still(run, consumed);
            run.hold = Some(Hold {
                kind: *hold,
                since: at,
                until: *until,
                reason: reason.clone(),
                asked: None,
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
                held.asked = None;
            }
        }
        Event::ResumeNear { .. } | Event::ResumeDue { .. } => {
            if let Some(held) = &mut run.hold {
                held.asked = Some(match event {
                    Event::ResumeNear { .. } => AskedToResume::Near,
                    _ => AskedToResume::Due,
                });
            }
        }
        Event::RunResumed { remaining, .. } => {
            clocks::run_on(run, remaining);
            run.hold = None;
            run.status = RunStatus::InProgress;
        }
        Event::RunStopped {
            words,
            reason,
            consumed,
        } => {
            clocks::stand_still(run, consumed);
            run.stopped = Some(Stopped {
                words: words.clone(),
                at,
                reason: reason.clone(),
                was: run.status,
            });
            run.status = RunStatus::Stopped;
        }
        Event::RunReinstated { remaining, .. } => {
            clocks::run_on(run, remaining);
            if let Some(stopped) = run.stopped.take() {
                run.status = stopped.was;
            }
        }
        Event::RunCompleted {} => run.status = RunStatus::Complete,
        _ => {}
    }
}
