//! Letters about the whole alliance, to its coordinators: how the projects stand, and term dates
//! that end soon. They tell what holds when they are sent.

use serde_json::{Map, Value, json};

use crate::core::names::{PersonId, Urn};
use crate::core::run::effect::Letter;
use crate::core::time::{Date, say_date};
use crate::engine::brief::{Brief, ENDS_SOON_DAYS};

use super::Written;
use super::around::Around;

/// Everything that a letter about the alliance may speak of.
pub struct AllianceScene<'a> {
    pub around: Around<'a>,
    pub brief: &'a Brief,
}

impl AllianceScene<'_> {
    /// Why a letter is not sent any more; nothing if it still holds.
    pub fn overtaken(&self, letter: &Letter, to: PersonId) -> Option<&'static str> {
        let Around { everybody, today } = self.around;
        if !self.around.has_address(to) {
            return Some("the person has no address any more");
        }
        if !everybody.directory.is_coordinator(to, today) {
            return Some("the person is no coordinator any more");
        }
        match letter {
            Letter::Summary if self.brief.is_empty() => Some("there is nothing to tell"),
            Letter::CalendarsEnd { schools } if self.ends(schools).is_empty() => {
                Some("the term dates reach further now")
            }
            _ => None,
        }
    }

    /// Renders a letter for one person.
    pub fn write(&self, letter: &Letter, to: PersonId) -> Result<Written, String> {
        let own = &self.around.everybody.own_texts;
        let mut context = Map::new();
        context.insert("recipient".to_owned(), self.around.person(Some(to)));
        context.insert("today".to_owned(), json!(say_date(self.around.today)));
        if let Letter::CalendarsEnd { schools } = letter {
            context.insert("ends".to_owned(), json!(self.lines(schools)));
            return own.choose("calendars_end")?.render(&context);
        }
        context.insert("gist".to_owned(), json!(self.brief.gist));
        context.insert("sections".to_owned(), json!(self.brief.sections));
        own.choose("summary")?.render(&context)
    }

    /// What it is in a digest.
    pub fn item(&self, letter: &Letter, to: PersonId) -> Result<Value, String> {
        let text = match letter {
            Letter::CalendarsEnd { schools } => self.lines(schools).join("\n"),
            _ => self.brief.text(),
        };
        let subject = self.write(letter, to)?.subject;
        Ok(json!({
            "subject": subject, "project": "", "reference": "", "school": "", "due": "",
            "text": text,
        }))
    }

    fn lines(&self, schools: &[Urn]) -> Vec<String> {
        self.around.everybody.say_ends(&self.ends(schools))
    }

    /// Of these schools those whose term dates end soon still.
    fn ends(&self, schools: &[Urn]) -> Vec<(Urn, Option<Date>)> {
        let Around { everybody, today } = self.around;
        let mut ending = everybody.calendars.ending(today, ENDS_SOON_DAYS);
        ending.retain(|(urn, _)| schools.contains(urn));
        ending
    }
}

impl Letter {
    /// What a letter about the alliance is, in words for whoever asks why it was sent or not.
    pub fn say_of_alliance(&self) -> Option<&'static str> {
        match self {
            Self::Summary => Some("how the projects stand"),
            Self::CalendarsEnd { .. } => Some("term dates that end soon"),
            _ => None,
        }
    }
}
