//! One mail out of several letters: what is with somebody today, soonest first.

use serde_json::{Map, Value, json};

use crate::core::definition::workflow::Send;
use crate::core::names::PersonId;
use crate::core::run::effect::Letter;
use crate::core::time::say_date;

use super::texts::Template;
use super::{Scene, Written};
use crate::mail::visit::Visit;

impl Scene<'_> {
    /// Whether a letter is no mail of its own but a line in the digest, even if it is the only one.
    pub fn is_a_line(&self, letter: &Letter) -> bool {
        let Letter::Rung { step, rung, .. } = letter else {
            return false;
        };
        let rung = self.asked(step).rung(rung);
        rung.is_some_and(|it| it.send == Some(Send::Digest))
    }

    /// What a letter is in a digest: its subject, its project and date; its whole text where that
    /// says more than that something is to be done.
    pub fn item(&self, letter: &Letter, to: PersonId) -> Result<(Value, Vec<Visit>), String> {
        let written = self.write(letter, to)?;
        let run = &self.reading.run;
        let step = letter.step();
        // A visit says its day itself.
        let step = step.filter(|_| written.visits.is_empty());
        let due = step.and_then(|step| run.steps.get(step)?.due.as_ref()?.date);
        let text = match letter {
            Letter::Notice { notice } => self.say(notice),
            Letter::Step { .. } | Letter::Copy { .. } => written.text.trim().to_owned(),
            Letter::Ready { .. } | Letter::Rung { .. } => String::new(),
            Letter::Invite { .. } | Letter::InviteCancelled { .. } => {
                let visits = written.visits.iter();
                let said = visits.map(|visit| match visit.place.as_str() {
                    "" => visit.when(),
                    place => format!("{} at {place}", visit.when()),
                });
                said.collect::<Vec<_>>().join("\n")
            }
        };
        let host = run.host_school.as_ref();
        let host = host.and_then(|urn| self.everybody.directory.schools.get(urn));
        let item = json!({
            "subject": written.subject,
            "project": run.title,
            "reference": run.reference,
            "school": host.map_or("", |school| school.name.as_str()),
            "due": due.map(say_date).unwrap_or_default(),
            "text": text,
            "link": self.link(letter.step()),
        });
        Ok((item, written.visits))
    }

    /// The same mail with the privacy notice below, for somebody who was never written to before.
    pub fn with_notice(&self, written: Written) -> Result<Written, String> {
        let mut context = Map::new();
        context.insert("coordinator".to_owned(), self.coordinator());
        let notice = Template::built_in("privacy")?.render(&context)?;
        let below = |html: String| html + &notice.html.unwrap_or_default();
        Ok(Written {
            text: format!("{}\n\n{}", written.text.trim_end(), notice.text),
            html: written.html.map(below),
            ..written
        })
    }

    /// The digest of these items; the scene is that of any of them.
    pub fn digest(&self, items: Vec<(Value, Vec<Visit>)>, to: PersonId) -> Result<Written, String> {
        let (items, visits): (Vec<Value>, Vec<Vec<Visit>>) = items.into_iter().unzip();
        let mut context = Map::new();
        let dated = items.iter().find(|item| item["due"] != "");
        let first_due = dated.map_or(json!(""), |item| item["due"].clone());
        context.insert("recipient".to_owned(), self.person(Some(to)));
        context.insert("coordinator".to_owned(), self.coordinator());
        context.insert("first_due".to_owned(), first_due);
        context.insert("items".to_owned(), Value::Array(items));
        let written = Template::built_in("digest")?.render(&context)?;
        Ok(Written {
            visits: visits.concat(),
            ..written
        })
    }
}
