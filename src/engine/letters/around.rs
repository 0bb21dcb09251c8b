//! Who is spoken of in every mail, whatever it is about; and what stands around letters in one.

use serde_json::{Map, Value, json};

use crate::core::names::PersonId;
use crate::core::time::Date;
use crate::engine::readings::Everybody;
use crate::mail::visit::Visit;

use super::Written;

#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub everybody: &'a Everybody,
    pub today: Date,
}

impl Around<'_> {
    pub(super) fn coordinator(&self) -> Value {
        let directory = &self.everybody.directory;
        let mut held = directory.holders("coordinator", None, self.today);
        self.person(held.next().map(|post| post.person))
    }

    pub(super) fn person(&self, person: Option<PersonId>) -> Value {
        let row = person.and_then(|person| self.everybody.people.get(&person));
        json!({
            "name": row.and_then(|row| row.name.clone()).unwrap_or_default(),
            "email": row.and_then(|row| row.email.clone()).unwrap_or_default(),
        })
    }

    pub(super) fn has_address(&self, person: PersonId) -> bool {
        let row = self.everybody.people.get(&person);
        row.is_some_and(|row| row.email.is_some())
    }

    /// The same mail with the privacy notice below, for somebody who was never written to before.
    pub fn with_notice(&self, written: Written) -> Result<Written, String> {
        let mut context = Map::new();
        context.insert("coordinator".to_owned(), self.coordinator());
        let notice = self
            .everybody
            .own_texts
            .choose("privacy")?
            .render(&context)?;
        Ok(Written {
            text: format!("{}\n\n{}", written.text.trim_end(), notice.text),
            html: written.html + &notice.html,
            ..written
        })
    }

    /// The digest of these items.
    pub fn digest(&self, items: Vec<(Value, Vec<Visit>)>, to: PersonId) -> Result<Written, String> {
        let (items, visits): (Vec<Value>, Vec<Vec<Visit>>) = items.into_iter().unzip();
        let mut context = Map::new();
        let dated = items.iter().find(|item| item["due"] != "");
        let first_due = dated.map_or(json!(""), |item| item["due"].clone());
        context.insert("recipient".to_owned(), self.person(Some(to)));
        context.insert("coordinator".to_owned(), self.coordinator());
        context.insert("first_due".to_owned(), first_due);
        context.insert("items".to_owned(), Value::Array(items));
        let written = self
            .everybody
            .own_texts
            .choose("digest")?
            .render(&context)?;
        Ok(Written {
            visits: visits.concat(),
            ..written
        })
    }
}
