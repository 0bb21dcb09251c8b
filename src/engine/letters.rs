//! From a letter (ids only) to a mail that a person can read.
//!
//! The text is looked up: the definition's own, else the built-in of that name. A placeholder
//! that nothing fills is an error, not an empty place; `workflows/README.md` lists them all.
//! Whether a letter still holds at the moment of sending stands in `overtaken`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::core::audit::payload::Commitment;
use crate::core::definition::form::FieldKind;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::doers;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::reminded::Asked;
use crate::core::run::state::{Status, Step};
use crate::core::time::{Date, say_date};

use super::readings::{Everybody, Reading};
use crate::mail::visit::Visit;
use around::Around;
use texts::Chosen;

pub mod alliance;
pub mod around;
pub mod digest;
mod doing;
mod html;
mod notices;
mod overtaken;
pub mod own;
mod reminder;
pub mod subject;
pub mod texts;
mod visits;
mod when;
mod why;

/// A mail ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
    /// For the calendar of whoever gets it.
    pub visits: Vec<Visit>,
}

/// Everything that a letter may speak of.
pub struct Scene<'a> {
    pub reading: &'a Reading,
    pub everybody: &'a Everybody,
    pub texts: &'a BTreeMap<Commitment, Value>,
    pub today: Date,
}

impl Scene<'_> {
    fn asked<'s>(&'s self, step: &'s Address) -> Asked<'s> {
        Asked {
            workflow: &self.reading.workflow,
            run: &self.reading.run,
            directory: &self.everybody.directory,
            step,
            day: self.today,
        }
    }

    /// Renders a letter for one person.
    pub fn write(&self, letter: &Letter, to: PersonId) -> Result<Written, String> {
        let (template, step) = self.template(letter)?;
        let mut context = self.context(to, step);
        if let Letter::Copy { late, .. } = letter {
            context.insert("late".to_owned(), self.person(Some(*late)));
        }
        if let Letter::Notice { notice } = letter {
            context.insert("notice".to_owned(), json!(self.say(notice)));
        }
        context.insert("reminder".to_owned(), self.reminder(letter, to));
        let visit = self.visit(letter, &context)?;
        if let Some(visit) = &visit {
            context.insert("invite".to_owned(), visits::in_words(visit, letter));
        }
        let mut written = template.render(&context)?;
        written.visits.extend(visit);
        Ok(written)
    }

    fn template<'l>(
        &'l self,
        letter: &'l Letter,
    ) -> Result<(Chosen<'l>, Option<&'l Address>), String> {
        let own = &self.everybody.own_texts;
        let named = |name: &'l str| own.choose_in(&self.reading.workflow, name);
        Ok(match letter {
            Letter::Ready { step, .. } => (named("ready")?, Some(step)),
            Letter::Rung { step, rung, .. } => (named(self.text_of(step, rung))?, Some(step)),
            Letter::Copy { step, .. } => (named("copy")?, Some(step)),
            Letter::Step { step, mail, .. } => (named(mail)?, Some(step)),
            Letter::Invite { step, .. } => (named("invite")?, Some(step)),
            Letter::InviteCancelled { step, .. } => (named("invite_cancelled")?, Some(step)),
            Letter::Notice { notice } => (named(text_of_notice(notice))?, notice.step()),
            Letter::Summary | Letter::CalendarsEnd { .. } => {
                return Err("it is about no project".to_owned());
            }
        })
    }

    /// A rung uses the text of its own name unless it says another.
    fn text_of<'l>(&'l self, step: &'l Address, rung: &'l str) -> &'l str {
        let found = self.asked(step).rung(rung);
        found.and_then(|it| it.text.as_deref()).unwrap_or(rung)
    }

    fn context(&self, to: PersonId, step: Option<&Address>) -> Map<String, Value> {
        let run = &self.reading.run;
        let mut context = self.answers(step);
        for role in self.reading.workflow.roles.keys() {
            let at = step.cloned().unwrap_or_else(Address::nowhere);
            let holder = self.first_holder(role, &at);
            context
                .entry(role.clone())
                .or_insert_with(|| self.person(holder));
        }
        let host = run
            .host_school
            .as_ref()
            .and_then(|urn| self.everybody.directory.schools.get(urn));
        let link = self.link(step);
        let fixed = json!({
            "project": { "title": run.title, "reference": run.reference },
            "alliance": { "name": self.everybody.alliance },
            "dates": self.dates(),
            "host_school": { "name": host.map_or("", |school| school.name.as_str()) },
            "recipient": self.person(Some(to)),
            "coordinator": self.coordinator(),
            "today": say_date(self.today),
            "step": self.doing(step, to),
            "reminder": { "copy": "", "next": "" },
            "link": link,
            "how_to_answer": how_to_answer(&link, &run.reference),
            "reason": self.reason(step),
        });
        if let Value::Object(fixed) = fixed {
            context.extend(fixed);
        }
        context
    }

    /// The page where it is answered; nothing where no portal is known.
    pub(super) fn link(&self, step: Option<&Address>) -> String {
        let (link, run) = (self.everybody.link.as_ref(), &self.reading.run);
        link.map_or_else(String::new, |link| link.to(&run.reference, run.id, step))
    }

    /// The dates of the page that are set, in words.
    fn dates(&self) -> Map<String, Value> {
        let Reading { run, workflow, .. } = self.reading;
        let names = workflow.dates.keys();
        let said = |name: &String| {
            run.dates
                .get(name)
                .copied()
                .map_or_else(String::new, say_date)
        };
        names
            .map(|name| (name.clone(), json!(said(name))))
            .collect()
    }

    fn first_holder(&self, role: &str, at: &Address) -> Option<PersonId> {
        let Reading { run, workflow, .. } = self.reading;
        let directory = &self.everybody.directory;
        let held = doers::holders_of(workflow, run, directory, role, at, self.today);
        held.first().map(|doer| doer.person)
    }

    fn coordinator(&self) -> Value {
        self.around().coordinator()
    }

    fn person(&self, person: Option<PersonId>) -> Value {
        self.around().person(person)
    }

    fn around(&self) -> Around<'_> {
        Around {
            everybody: self.everybody,
            today: self.today,
        }
    }

    /// Answers by the way of their steps; those of the letter's own pass also by bare name.
    fn answers(&self, near: Option<&Address>) -> Map<String, Value> {
        let mut context = Map::new();
        let group = near.and_then(Address::parent);
        let steps = self.reading.run.steps.iter();
        let answered = steps.filter(|(_, step)| step.status == Status::Complete);
        for (address, step) in answered {
            let answers = Value::Object(self.in_words(address, step));
            let path = address.path();
            let way: Vec<&str> = path.split('.').collect();
            put(&mut context, &way, &answers);
            if group.is_some() && address.parent() == group {
                put(&mut context, &way[way.len() - 1..], &answers);
            }
        }
        context
    }

    fn in_words(&self, address: &Address, step: &Step) -> Map<String, Value> {
        let Some(done) = &step.done else {
            return Map::new();
        };
        let form = self.reading.workflow.form_at(address);
        let mut words = Map::new();
        for (name, value) in &done.answers {
            let kind = form
                .and_then(|form| form.fields.get(name))
                .map(|field| &field.kind);
            let value = match Commitment::from_value(value) {
                Some(commitment) => self
                    .texts
                    .get(&commitment)
                    .cloned()
                    .unwrap_or_else(|| json!("(erased)")),
                None => value.clone(),
            };
            words.insert(name.clone(), in_words(kind, value));
        }
        words.insert(
            "outcome".to_owned(),
            json!(done.outcome.clone().unwrap_or_default()),
        );
        words
    }

    /// The reason with which this step was sent back, if it was.
    fn reason(&self, step: Option<&Address>) -> String {
        let run = &self.reading.run;
        let Some(found) = step.and_then(|step| run.steps.get(step)) else {
            return String::new();
        };
        let own = found.done.as_ref().and_then(|done| done.reason.as_ref());
        let sent_back = || {
            let all = run.steps.values().flat_map(|step| step.earlier.iter());
            let reasons = all.filter(|done| done.outcome.is_some() && done.reason.is_some());
            let last = reasons.max_by_key(|done| done.at)?;
            last.reason.as_ref().filter(|_| found.attempt > 1)
        };
        let text = own
            .or_else(sent_back)
            .and_then(|reason| self.texts.get(reason));
        text.and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// One sentence, whether there is a page or not.
fn how_to_answer(link: &str, reference: &str) -> String {
    match link {
        "" => format!(
            "Answer on the project's page in your alliance's portal, or tell the coordinator. The \
             reference is {reference}."
        ),
        link => format!("Answer here: {link} (the reference is {reference})."),
    }
}

/// Most notices are for the coordinator.
fn text_of_notice(notice: &Notice) -> &'static str {
    match notice {
        Notice::Held { .. } | Notice::NotHeld | Notice::OutOfRole { .. } => "notice_to_you",
        _ => "notice",
    }
}

fn put(context: &mut Map<String, Value>, way: &[&str], answers: &Value) {
    let [name, rest @ ..] = way else { return };
    let place = context
        .entry((*name).to_owned())
        .or_insert_with(|| json!({}));
    let Some(inner) = place.as_object_mut() else {
        return;
    };
    if rest.is_empty() {
        if let Value::Object(fields) = answers {
            inner.extend(fields.clone());
        }
    } else {
        put(inner, rest, answers);
    }
}

fn in_words(kind: Option<&FieldKind>, value: Value) -> Value {
    match (kind, &value) {
        (Some(FieldKind::Date), Value::String(text)) => text
            .parse::<Date>()
            .map_or(value.clone(), |date| json!(say_date(date))),
        (Some(kind @ (FieldKind::Choice(_) | FieldKind::Choices(_))), _) => {
            kind.labels(&value).unwrap_or(value)
        }
        _ => value,
    }
}
