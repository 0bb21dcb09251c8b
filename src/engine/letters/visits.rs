//! To what a letter invites: when, where and what is said of it, from the invite beside the
//! definition and the answers of its step.

use chrono::NaiveTime;
use serde_json::{Map, Value, json};

use super::texts::Template;
use super::{Scene, Written};
use crate::core::audit::payload::Commitment;
use crate::core::definition::text::Invite as InviteText;
use crate::core::run::address::Address;
use crate::core::run::effect::Letter;
use crate::core::run::invite::Invite;
use crate::core::run::places;
use crate::core::time::say_date;
use crate::mail::visit::Visit;

impl Scene<'_> {
    /// What the calendar of the reader is asked to do; nothing where a letter is about no visit.
    pub(super) fn visit(
        &self,
        letter: &Letter,
        context: &Map<String, Value>,
    ) -> Result<Option<Visit>, String> {
        let (step, date) = match letter {
            Letter::Invite { step, .. } => (step, None),
            Letter::InviteCancelled { step, date, .. } => (step, Some(*date)),
            _ => return Ok(None),
        };
        let Some(invite) = self.reading.run.invites.get(step) else {
            return Err("there is no such invite".to_owned());
        };
        Ok(Some(match date {
            None => self.come(step, invite, context)?,
            Some(date) => Visit {
                cancelled: true,
                date,
                summary: self.summary(step),
                ..self.bare(invite)
            },
        }))
    }

    /// What stands of a step, for a feed.
    pub fn visit_of(&self, step: &Address, invite: &Invite) -> Visit {
        let nobody = crate::core::names::PersonId(uuid::Uuid::nil());
        let context = self.context(nobody, Some(step));
        let full = self.come(step, invite, &context);
        full.unwrap_or_else(|_| Visit {
            summary: self.summary(step),
            ..self.bare(invite)
        })
    }

    fn come(
        &self,
        step: &Address,
        invite: &Invite,
        context: &Map<String, Value>,
    ) -> Result<Visit, String> {
        let Some(text) = self.invite_text(step) else {
            return Err("the definition has no such invite".to_owned());
        };
        let Written { subject, text, .. } = Template::from(text).render(context)?;
        Ok(Visit {
            summary: subject,
            description: text.trim_end().to_owned(),
            ..self.bare(invite)
        })
    }

    /// Without words.
    fn bare(&self, invite: &Invite) -> Visit {
        let time = |line: &str| -> Option<NaiveTime> {
            NaiveTime::parse_from_str(self.detail(invite, line)?.as_str(), "%H:%M").ok()
        };
        let times = time("start")
            .zip(time("end"))
            .filter(|(from, to)| from < to);
        Visit {
            id: invite.id,
            sequence: invite.sequence,
            cancelled: false,
            summary: String::new(),
            description: String::new(),
            place: self.detail(invite, "place").unwrap_or_default(),
            date: invite.date,
            times,
        }
    }

    /// A line as it was answered; nothing if it was erased.
    fn detail(&self, invite: &Invite, line: &str) -> Option<String> {
        let value = invite.details.get(line)?;
        let value = match Commitment::from_value(value) {
            Some(commitment) => self.texts.get(&commitment)?,
            None => value,
        };
        value.as_str().map(str::to_owned)
    }

    fn summary(&self, step: &Address) -> String {
        let run = &self.reading.run;
        let title = places::title(&self.reading.workflow, step);
        format!("{title}: {} ({})", run.title, run.reference)
    }

    fn invite_text(&self, step: &Address) -> Option<&InviteText> {
        let workflow = &self.reading.workflow;
        let node = workflow.node(workflow.node_of(step)?);
        workflow.invites.get(node.task()?.invite.as_ref()?)
    }
}

/// What the mail that carries it says.
pub(super) fn in_words(visit: &Visit, letter: &Letter) -> Value {
    let again = matches!(letter, Letter::Invite { again: true, .. });
    let was = match letter {
        Letter::Invite { was, .. } => was.filter(|day| *day != visit.date),
        _ => None,
    };
    json!({
        "subject": visit.summary,
        "text": visit.description,
        "when": visit.when(),
        "where": visit.place,
        "again": again,
        "was": was.map(say_date).unwrap_or_default(),
    })
}
