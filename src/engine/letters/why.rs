//! What a letter is, with the names of the people concerned.

use crate::core::mails::why::{self, Words};
use crate::core::run::effect::Letter;

use super::Scene;

impl Scene<'_> {
    /// "reminder “late 1” of “Write it up”: 3 school days after due".
    pub fn say_letter(&self, letter: &Letter) -> String {
        let words = Words {
            name: &|person| self.everybody.name(person),
            notice: &|notice| self.say(notice),
        };
        why::say_letter(&self.reading.workflow, letter, &words)
    }
}
