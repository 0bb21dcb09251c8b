//! What people read on the terminal: pure functions from readings to text.
//!
//! Names, schools and erasable texts come in here and nowhere else. Everything fits 100 columns,
//! says in words what a colour would say, and has no control characters of anybody's data (they
//! are taken out where it is printed). A page asks nothing and changes nothing.

pub mod answered;
pub mod changes;
pub mod counted;
pub mod due;
pub mod form;
pub mod history;
pub mod layout;
pub mod list;
pub mod mails;
pub mod project;
pub mod record;
pub mod step;
pub mod tasks;
pub mod who;

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod scene;

pub use crate::core::words::{and, or};
use std::collections::BTreeMap;

use serde_json::Value;

use crate::core::audit::payload::Commitment;
use crate::core::definition::workflow::Workflow;
use crate::core::names::{PersonId, Urn};
use crate::core::run::address::{Address, Key};
use crate::core::run::deadline::CalendarId;
use crate::core::run::places;
use crate::core::run::state::Run;
use crate::core::time::{Date, Instant, say_date, say_time};
use crate::engine::readings::Everybody;

/// A run with everything that is needed to speak of it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub workflow: &'a Workflow,
    pub run: &'a Run,
    pub everybody: &'a Everybody,
    pub texts: &'a BTreeMap<Commitment, Value>,
    pub now: Instant,
}

impl View<'_> {
    pub fn today(&self) -> Date {
        self.now.date()
    }

    /// “Write down the visit (visit 2)”
    pub fn title(&self, step: &Address) -> String {
        format!("“{}”", self.bare_title(step))
    }

    pub fn bare_title(&self, step: &Address) -> String {
        let group = step.without_key();
        let title = match step.key() {
            // A pass is "Visit 2"; what lies in it says "(visit 2)" itself.
            Some(Key::Pass(pass)) if group.passes().next().is_none() => {
                format!("{} {pass}", places::title(self.workflow, &group))
            }
            _ => places::title(self.workflow, step),
        };
        match crate::core::run::doers::person_around(self.workflow, step) {
            Some(person) => format!("{title} ({})", self.everybody.name(person)),
            None => title,
        }
    }

    pub fn titles<'s>(&self, steps: impl IntoIterator<Item = &'s Address>) -> String {
        let titles: Vec<String> = steps.into_iter().map(|step| self.title(step)).collect();
        and(&titles)
    }

    /// A text that may be erased.
    pub fn text(&self, text: &Commitment) -> String {
        match self.texts.get(text) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "(erased)".to_owned(),
        }
    }

    /// `: they asked for it`, or nothing.
    pub fn because(&self, reason: Option<&Commitment>) -> String {
        reason.map_or_else(String::new, |reason| {
            let words = self.text(reason);
            format!(": {}", words.trim().trim_end_matches('.'))
        })
    }

    pub fn name(&self, person: PersonId) -> String {
        self.everybody.name(person)
    }

    /// "Ada Okafor", or "Judith Marlow (for Ada Okafor)" where another did it for them.
    pub fn who_did(&self, whose: PersonId, actor: Option<PersonId>) -> String {
        let whose = self.name(whose);
        match actor {
            Some(actor) => format!("{} (for {whose})", self.name(actor)),
            None => whose,
        }
    }

    pub fn school(&self, urn: &Urn) -> String {
        match self.everybody.directory.schools.get(urn) {
            Some(school) => school.name.clone(),
            None => format!("school {urn}"),
        }
    }

    /// Whose calendar it is.
    pub fn whose(&self, calendar: &CalendarId) -> String {
        who::calendar(self.everybody, calendar)
    }

    pub fn host(&self) -> String {
        self.run
            .host_school
            .as_ref()
            .map_or_else(String::new, |urn| self.school(urn))
    }

    /// `DLP-2027-001: Feedback in year 5`
    pub fn named(&self) -> String {
        format!("{}: {}", self.run.reference, self.run.title)
    }

    /// The title of a role as it stands inside a sentence: "headteacher", "CPD lead".
    pub fn role(&self, name: &str) -> String {
        match self.workflow.roles.get(name) {
            Some(role) => inside(&role.title),
            None => name.replace('_', " "),
        }
    }

    pub fn stage(&self, name: &str) -> String {
        self.workflow
            .stages
            .get(name)
            .map_or_else(|| name.replace('_', " "), Clone::clone)
    }
}

/// "Tuesday 2 March 2027, 8:30am"
pub fn when(at: Instant) -> String {
    format!("{}, {}", say_date(at.date()), say_time(at.wall_time()))
}

/// A title without its capital, unless it is an abbreviation.
pub fn inside(title: &str) -> String {
    let mut letters = title.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            let rest: String = title.chars().skip(1).collect();
            first.to_lowercase().chain(rest.chars()).collect()
        }
        _ => title.to_owned(),
    }
}

/// A whole sentence: with a capital, and with one full stop where it has no other end.
pub fn full(words: &str) -> String {
    let words = sentence(words.trim_end().trim_end_matches('.'));
    if words.ends_with(['?', '!']) {
        words
    } else {
        format!("{words}.")
    }
}

/// With a capital at the beginning.
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// "1 step", "3 steps"
pub fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_inside_a_sentence_has_a_small_letter_unless_it_is_an_abbreviation() {
        assert_eq!(inside("Headteacher"), "headteacher");
        assert_eq!(inside("CPD lead"), "CPD lead");
        assert_eq!(inside(""), "");
        assert_eq!(full("all is well.."), "All is well.");
        assert_eq!(full("all well?"), "All well?");
    }

    #[test]
    fn words_are_listed_as_people_list_them() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(and(&words("a b c")), "a, b and c");
        assert_eq!(or(&words("a b")), "a or b");
        assert_eq!(count(1, "mail"), "1 mail");
        assert_eq!(count(0, "mail"), "0 mails");
    }
}
