//! Records in a run that a person's texts were erased; the texts go in the same transaction.

use crate::core::names::PersonId;
use crate::core::run::event::Event;
use crate::core::run::refusal::{Code, Refusal, Verdict};

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
}
