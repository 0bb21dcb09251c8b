//! Whether a letter still holds at the moment of sending.

use crate::core::mails::holds;
use crate::core::names::PersonId;
use crate::core::run::effect::Letter;

use super::Scene;

impl Scene<'_> {
    /// Why a letter is not sent any more; nothing if it still holds.
    pub fn overtaken(&self, letter: &Letter, to: PersonId) -> Option<&'static str> {
        if !self.around().has_address(to) {
            return Some("the person has no address any more");
        }
        let run = &self.reading.run;
        holds::overtaken(letter, to, run, self.today, |step| self.asked(step))
    }
}
