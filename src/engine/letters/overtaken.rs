//! Whether a letter still holds at the moment of sending.

use crate::core::definition::dates::RungMoment;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::state::{RunStatus, Status};
use crate::core::time::Date;

use super::Scene;

const MOVED_ON: &str = "it was taken back, or has changed since";

impl Scene<'_> {
    /// Why a letter is not sent any more; nothing if it still holds.
    pub fn overtaken(&self, letter: &Letter, to: PersonId) -> Option<&'static str> {
        if !self.around().has_address(to) {
            return Some("the person has no address any more");
        }
        let (step, attempt) = match letter {
            Letter::Ready { step, attempt }
            | Letter::Rung { step, attempt, .. }
            | Letter::Copy { step, attempt, .. } => (step, attempt),
            Letter::Invite { step, sequence, .. } => return self.has_moved_on(step, *sequence, to),
            Letter::InviteCancelled { step, sequence, .. } => {
                return self.holds_again(step, *sequence, to);
            }
            Letter::Notice { notice } => return self.is_not_so(notice),
            Letter::Step { .. } | Letter::Summary | Letter::CalendarsEnd { .. } => return None,
        };
        let run = &self.reading.run;
        match run.status {
            RunStatus::Paused => return Some("the project is paused"),
            RunStatus::Stopped | RunStatus::Complete => return Some("the project has ended"),
            RunStatus::InProgress | RunStatus::Unborn => {}
        }
        let found = run.steps.get(step).filter(|it| it.attempt == *attempt);
        match found.map(|it| (it.status, it.free)) {
            Some((Status::NotStarted | Status::InProgress, _) | (Status::CannotStartYet, true)) => {
            }
            Some((Status::CannotProgress, _)) => return Some("the step cannot progress for now"),
            _ => return Some("the step is not open any more"),
        }
        let asked = self.asked(step);
        if self.has_moved(letter) {
            return Some("its date has moved");
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
    fn has_moved(&self, letter: &Letter) -> bool {
        let (Letter::Rung {
            step, rung, date, ..
        }
        | Letter::Copy {
            step, rung, date, ..
        }) = letter
        else {
            return false;
        };
        let hangs_on_due = self
            .asked(step)
            .rung(rung)
            .is_some_and(|it| !matches!(it.at, RungMoment::From(..)));
        let found = self.reading.run.steps.get(step);
        let due = found.and_then(|it| it.due.as_ref()?.date);
        hangs_on_due && due != Some(*date)
    }

    /// Why an invite is not sent any more.
    fn has_moved_on(&self, step: &Address, sequence: u32, to: PersonId) -> Option<&'static str> {
        let run = &self.reading.run;
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
    fn holds_again(&self, step: &Address, sequence: u32, to: PersonId) -> Option<&'static str> {
        let invite = self.reading.run.invites.get(step);
        let gone = invite.is_some_and(|it| {
            it.sequence == sequence && (it.cancelled || !it.people.contains(&to))
        });
        (!gone).then_some(MOVED_ON)
    }

    /// Why a notice about a hold is not true any more.
    fn is_not_so(&self, notice: &Notice) -> Option<&'static str> {
        let held = self.reading.run.hold.as_ref();
        let held = held.filter(|_| self.reading.run.status == RunStatus::Paused);
        let until: Option<Option<Date>> = held.map(|hold| hold.until);
        let holds = match notice {
            Notice::Held { until: said } => until == Some(*said),
            Notice::NotHeld => until.is_none(),
            Notice::ResumeNear { date } | Notice::ResumeDue { date } => until == Some(Some(*date)),
            _ => true,
        };
        (!holds).then_some(MOVED_ON)
    }
}
