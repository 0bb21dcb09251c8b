//! Records in a run that texts were taken away: those of a person who is erased, or all of them when
//! the time is over for which they are kept. The texts go in the same transaction.

use crate::core::names::PersonId;
use crate::core::run::event::Event;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::time::{Date, Instant, say_date};

use super::working::Working;

impl Working<'_> {
    pub fn erase(&mut self, person: PersonId) -> Result<(), Verdict> {
        let commitments = self.facts.to_erase.clone();
        if commitments.is_empty() {
            let reason = format!("This project holds no text of person:{person}.");
            return Err(Refusal::new(Code::CannotErase, reason).into());
        }
        self.emit(Event::PersonErased {
            person,
            commitments,
        });
        Ok(())
    }

    /// All texts of a run that ended before that day.
    pub fn expire(&mut self, kept_from: Date) -> Result<(), Verdict> {
        let ended_on = self.run.ended_at.map(Instant::date);
        let refused = |reason: String| Err(Refusal::new(Code::CannotErase, reason).into());
        let Some(ended_on) = ended_on.filter(|day| *day < kept_from) else {
            let day = say_date(kept_from);
            return refused(format!(
                "This project did not end before {day}: its texts are kept."
            ));
        };
        let commitments = self.facts.to_erase.clone();
        if commitments.is_empty() {
            return refused("This project holds no text any more.".to_owned());
        }
        self.emit(Event::TextsExpired {
            ended_on,
            commitments,
        });
        Ok(())
    }
}
