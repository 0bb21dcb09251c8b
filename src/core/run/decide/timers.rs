//! A moment has come. Every timer is checked again here: it may have been overtaken.

use crate::core::run::command::TimerKey;
use crate::core::run::event::Event;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{AskedToResume, RunStatus, Status};
use crate::core::time::{Date, Instant, morning};

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
            TimerKey::ResumeNear { date } => self.ask_to_resume(*date, AskedToResume::Near),
            TimerKey::Resume { date } => self.ask_to_resume(*date, AskedToResume::Due),
        }
    }

    /// The day is near, or has come. What comes up late says what is so by then.
    fn ask_to_resume(&mut self, date: Date, because: AskedToResume) -> Result<(), Verdict> {
        let hold = self
            .run
            .hold
            .as_ref()
            .filter(|hold| hold.until == Some(date));
        let asked = hold.map(|hold| hold.asked);
        let has_come = date <= self.today();
        let event = match (asked, because) {
            (None | Some(Some(AskedToResume::Due)), _) => return Err(overtaken()),
            (Some(_), _) if has_come => Event::ResumeDue { date },
            (Some(None), AskedToResume::Near) => Event::ResumeNear { date },
            _ => return Err(overtaken()),
        };
        self.emit(event);
        Ok(())
    }
}

/// When a moment that was refused is tried again, if it is: where nobody was written to yet nothing
/// lapses today, but tomorrow morning it may.
pub fn tried_again(refused: &Refusal, now: Instant) -> Option<Instant> {
    let tomorrow = now.date().succ_opt().unwrap_or(Date::MAX);
    (refused.code == Code::NotAsked).then(|| morning(tomorrow))
}

pub(super) fn overtaken() -> Verdict {
    Refusal::new(
        Code::TooLate,
        "What this moment was for has moved or is done.",
    )
    .into()
}
