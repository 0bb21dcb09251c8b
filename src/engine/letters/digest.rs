//! A letter about a project as one of several in a mail.

use serde_json::{Value, json};

use crate::core::definition::workflow::Send;
use crate::core::names::PersonId;
use crate::core::run::effect::Letter;
use crate::core::time::say_date;

use super::Scene;
use super::when::DueDay;
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

    /// What a letter is in a digest: its subject, its project and date, who gets a copy of it; its
    /// whole text where that says more than that something is to be done.
    pub fn item(&self, letter: &Letter, to: PersonId) -> Result<(Value, Vec<Visit>), String> {
        let written = self.write(letter, to)?;
        let run = &self.reading.run;
        let step = letter.step();
        // What is about another day says it itself.
        let is_due = written.visits.is_empty() && !self.looks_ahead(letter);
        let due = step.filter(|_| is_due).and_then(|step| self.due_day(step));
        let text = match letter {
            Letter::Rung { .. } if !is_due => written.text.trim().to_owned(),
            Letter::Rung { step, rung, .. } => self.say_reminder(step, rung, to),
            Letter::Notice { notice } => self.say(notice),
            Letter::Step { .. } | Letter::Copy { .. } => written.text.trim().to_owned(),
            Letter::Ready { step, .. } => self.about(step),
            Letter::Summary | Letter::CalendarsEnd { .. } => String::new(),
            Letter::Invite { .. } | Letter::InviteCancelled { .. } => {
                let visits = written.visits.iter();
                let said = visits.map(|visit| match visit.place.as_str() {
                    "" => visit.when(),
                    place => format!("{} at {place}", visit.when()),
                });
                let said = said.collect::<Vec<_>>().join("\n");
                match letter {
                    Letter::Invite { was: Some(was), .. }
                        if written.visits.iter().all(|visit| visit.date != *was) =>
                    {
                        format!("{said}\nIt was {}.", say_date(*was))
                    }
                    _ => said,
                }
            }
        };
        let host = run.host_school.as_ref();
        let host = host.and_then(|urn| self.everybody.directory.schools.get(urn));
        let item = json!({
            "subject": written.subject,
            "project": run.title,
            "reference": run.reference,
            "school": host.map_or("", |school| school.name.as_str()),
            "due": due.map(DueDay::line).unwrap_or_default(),
            "text": text,
            "link": self.link(letter.step()),
        });
        Ok((item, written.visits))
    }
}
