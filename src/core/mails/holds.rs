//! Whether a letter still holds at the moment at which it would be sent.
//!
//! It was written when something happened; since then the step may be done, paused or somebody
//! else's, its date may have moved, or what it tells of was taken back. Asked with the state and the
//! directory of that moment.

use crate::core::definition::dates::{RungMoment, Side};
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::reminded::Asked;
use crate::core::run::state::{Run, RunStatus, Status};
use crate::core::time::Date;

pub const MOVED_ON: &str = "it was taken back, or has changed since";

/// Why a letter is not sent any more; nothing if it still holds today. `asked` sees a step of its run
/// as the directory of the day does.
pub fn overtaken<'a>(
    letter: &'a Letter,
    to: PersonId,
    run: &Run,
    today: Date,
    asked: impl FnOnce(&'a Address) -> Asked<'a>,
) -> Option<&'static str> {
    let (step, attempt) = match letter {
        Letter::Ready { step, attempt }
        | Letter::Rung { step, attempt, .. }
        | Letter::Copy { step, attempt, .. } => (step, attempt),
        Letter::Invite { step, sequence, .. } => return has_moved_on(run, step, *sequence, to),
        Letter::InviteCancelled { step, sequence, .. } => {
            return holds_again(run, step, *sequence, to);
        }
        Letter::Notice { notice } => return is_not_so(run, notice, today),
        Letter::Step { .. } | Letter::Summary | Letter::CalendarsEnd { .. } => return None,
    };
    match run.status {
        RunStatus::Paused => return Some("the project is paused"),
        RunStatus::Stopped | RunStatus::Complete => return Some("the project has ended"),
        RunStatus::InProgress | RunStatus::Unborn => {}
    }
    let found = run.steps.get(step).filter(|it| it.attempt == *attempt);
    match found.map(|it| (it.status, it.free)) {
        Some((Status::NotStarted | Status::InProgress, _) | (Status::CannotStartYet, true)) => {}
        Some((Status::CannotProgress, _)) => return Some("the step cannot progress for now"),
        _ => return Some("the step is not open any more"),
    }
    let asked = asked(step);
    if has_moved(letter, asked) {
        return Some("its date has moved");
    }
    if has_passed(letter, asked, today) {
        return Some("the day of which it reminds has passed");
    }
    let theirs = match letter {
        Letter::Rung { rung, .. } => asked
            .rung(rung)
            .map_or_else(Vec::new, |it| asked.written_to(it)),
        Letter::Copy { rung, late, .. } => asked
            .rung(rung)
            .map_or_else(Vec::new, |it| asked.copied(it, *late)),
        _ => asked.doers(),
    };
    (!theirs.contains(&to)).then_some("the step is somebody else's now")
}

/// A reminder of a date that is not the date any more.
fn has_moved(letter: &Letter, asked: Asked<'_>) -> bool {
    let (Letter::Rung { rung, date, .. } | Letter::Copy { rung, date, .. }) = letter else {
        return false;
    };
    let hangs_on_due = asked
        .rung(rung)
        .is_some_and(|it| !matches!(it.at, RungMoment::From(..)));
    let found = asked.run.steps.get(asked.step);
    let due = found.and_then(|it| it.due.as_ref()?.date);
    hangs_on_due && due != Some(*date)
}

/// A reminder of a day ahead that is not ahead any more: it was held for too long.
fn has_passed(letter: &Letter, asked: Asked<'_>, today: Date) -> bool {
    let (Letter::Rung { rung, date, .. } | Letter::Copy { rung, date, .. }) = letter else {
        return false;
    };
    let looks_ahead = asked
        .rung(rung)
        .is_some_and(|it| matches!(it.at, RungMoment::From(_, Side::Before, _)));
    looks_ahead && *date < today
}

/// Why an invite is not sent any more.
fn has_moved_on(run: &Run, step: &Address, sequence: u32, to: PersonId) -> Option<&'static str> {
    let invite = run.invites.get(step).filter(|it| it.sequence == sequence);
    let Some(invite) = invite.filter(|it| !it.cancelled) else {
        return Some(MOVED_ON);
    };
    if !invite.people.contains(&to) {
        return Some("it does not concern them any more");
    }
    let done = run.steps.get(step).map(|it| it.status) == Some(Status::Complete);
    (!done).then_some("its date is being planned again")
}

/// Why nothing is called off any more.
fn holds_again(run: &Run, step: &Address, sequence: u32, to: PersonId) -> Option<&'static str> {
    let gone = run
        .invites
        .get(step)
        .is_some_and(|it| it.sequence == sequence && (it.cancelled || !it.people.contains(&to)));
    (!gone).then_some(MOVED_ON)
}

/// Why a notice about a hold is not true any more.
fn is_not_so(run: &Run, notice: &Notice, today: Date) -> Option<&'static str> {
    let held = run.hold.as_ref();
    let held = held.filter(|_| run.status == RunStatus::Paused);
    let until: Option<Option<Date>> = held.map(|hold| hold.until);
    let holds = match notice {
        Notice::Held { until: said } => until == Some(*said),
        Notice::NotHeld => until.is_none(),
        Notice::ResumeNear { date } if *date <= today => {
            return Some("the day that was near has come");
        }
        Notice::ResumeNear { date } | Notice::ResumeDue { date } => until == Some(Some(*date)),
        _ => true,
    };
    (!holds).then_some(MOVED_ON)
}
