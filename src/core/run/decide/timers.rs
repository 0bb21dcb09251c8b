//! A moment has come. Every timer is checked again here: it may have been overtaken.

use crate::core::run::command::TimerKey;
use crate::core::run::event::Event;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{RunStatus, Status};

use super::working::Working;

impl Working<'_> {
    pub fn fire(&mut self, timer: &TimerKey) -> Result<(), Verdict> {
        match timer {
            TimerKey::Opens {
                step,
                attempt,
                date,
            } => {
                let waits = self.step(step).is_some_and(|found| {
                    found.free
                        && found.status == Status::CannotStartYet
                        && found.attempt == *attempt
                        && found.opens.as_ref().and_then(|opens| opens.date) == Some(*date)
                });
                // What opens is settled with all other consequences.
                if waits && self.run.status == RunStatus::InProgress && *date <= self.today() {
                    return Ok(());
                }
                Err(overtaken())
            }
            TimerKey::Rung {
                step,
                attempt,
                rung,
                date,
            } => self.fire_rungs(step, *attempt, (rung, *date)),
            TimerKey::Resume { date } => {
                let held = self.run.hold.as_ref().and_then(|hold| hold.until) == Some(*date);
                if !held || *date > self.today() {
                    return Err(overtaken());
                }
                self.emit(Event::ResumeDue { date: *date });
                Ok(())
            }
        }
    }
}

pub(super) fn overtaken() -> Verdict {
    Refusal::new(
        Code::TooLate,
        "What this moment was for has moved or is done.",
    )
    .into()
}
