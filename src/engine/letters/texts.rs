//! The texts of mails: where they come from, and how a template becomes one.
//!
//! An alliance's own text comes first. If it cannot be filled on the day, the one that comes along
//! goes in its place: a mail in other words is better than none.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value};

use super::when::{from_words, say_when_of};
use super::{Written, html};
use crate::core::definition::text::{Invite, MailText};
use crate::core::definition::workflow::Workflow;
use crate::engine::library::SHIPPED_MAILS;
use crate::store::MailTextRow;

/// How much a template may do before it is stopped.
const FUEL: u64 = 50_000;

/// Subject, text and HTML as templates. Without HTML of its own it is made of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// What an alliance has written itself, by name: `ready`, or `WORKFLOW/NAME`.
#[derive(Debug, Clone, Default)]
pub struct OwnTexts(BTreeMap<String, Template>);

/// A text that comes along, and the alliance's own in its place.
#[derive(Debug)]
pub(super) struct Chosen<'a> {
    name: &'a str,
    own: Option<&'a Template>,
    shipped: Template,
}

static BUILT_IN: LazyLock<BTreeMap<String, Template>> = LazyLock::new(built_in);

impl From<&MailText> for Template {
    fn from(mail: &MailText) -> Self {
        Self {
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            html: mail.html.clone(),
        }
    }
}

impl From<&Invite> for Template {
    fn from(invite: &Invite) -> Self {
        Self {
            subject: invite.subject.clone(),
            text: invite.text.clone(),
            html: None,
        }
    }
}

impl From<MailTextRow> for Template {
    fn from(row: MailTextRow) -> Self {
        Self {
            subject: row.subject,
            text: row.body,
            html: row.html,
        }
    }
}

impl OwnTexts {
    pub fn of(rows: Vec<MailTextRow>) -> Self {
        let named = rows.into_iter().map(|row| (row.name.clone(), row.into()));
        Self(named.collect())
    }

    /// The text of a mail that is of no workflow.
    pub(super) fn choose<'a>(&'a self, name: &'a str) -> Result<Chosen<'a>, String> {
        let shipped = BUILT_IN.get(name).cloned();
        Ok(Chosen {
            name,
            own: self.0.get(name),
            shipped: shipped.ok_or_else(|| format!("there is no mail `{name}`"))?,
        })
    }

    /// The text of a mail of a workflow: a workflow's is nearer than one for all of them.
    pub(super) fn choose_in<'a>(
        &'a self,
        workflow: &Workflow,
        name: &'a str,
    ) -> Result<Chosen<'a>, String> {
        let own = self.0.get(&of_workflow(&workflow.name, name));
        match workflow.mails.get(name) {
            Some(mail) => Ok(Chosen {
                name,
                own,
                shipped: Template::from(mail),
            }),
            None => self.choose(name).map(|chosen| Chosen {
                own: own.or(chosen.own),
                ..chosen
            }),
        }
    }
}

/// The name under which an alliance keeps its own text of a workflow's mail.
pub fn of_workflow(workflow: &str, name: &str) -> String {
    format!("{workflow}/{name}")
}

impl Chosen<'_> {
    pub fn render(&self, context: &Map<String, Value>) -> Result<Written, String> {
        match self.own.map(|own| own.render(context)) {
            Some(Ok(written)) => return Ok(written),
            Some(Err(why)) => {
                let name = self.name;
                tracing::error!(%name, %why, "the alliance's own text cannot be filled");
            }
            None => {}
        }
        self.shipped.render(context)
    }
}

impl Template {
    pub fn render(&self, context: &Map<String, Value>) -> Result<Written, String> {
        let today = context.get("today").and_then(Value::as_str);
        let today = today.and_then(from_words);
        let render = |name: &str, source: &str| {
            let mut environment = Environment::new();
            environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
            environment.set_fuel(Some(FUEL));
            // `{{ plan.date | when }}`: a date in words, as the day sees it.
            environment.add_filter("when", move |date: String| say_when_of(&date, today));
            environment
                .render_named_str(name, source, minijinja::value::Serde(context))
                .map_err(|error| format!("{name}: {error}"))
        };
        let text = render("mail.txt", &self.text)?;
        let page = context.get("link").and_then(Value::as_str);
        let ours = |address: &str| page == Some(address) || self.text.contains(address);
        let html = match &self.html {
            Some(html) => render("mail.html", html)?,
            None => html::of_text(&text, ours),
        };
        Ok(Written {
            subject: one_line(&render("subject.txt", &self.subject)?),
            text,
            html,
            visits: Vec::new(),
        })
    }
}

/// One line, whatever a title holds.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The mails that every definition can use, by name.
pub fn shipped_for_all() -> &'static BTreeMap<String, Template> {
    &BUILT_IN
}

/// `ready.txt` with `ready.html` beside it.
fn built_in() -> BTreeMap<String, Template> {
    let html = |name: &str| {
        let wanted = format!("{name}.html");
        let found = SHIPPED_MAILS.iter().find(|(file, _)| *file == wanted);
        found.map(|(_, text)| (*text).to_owned())
    };
    let texts = SHIPPED_MAILS.iter().filter_map(|(file, text)| {
        let name = file.strip_suffix(".txt")?;
        let (head, body) = text.split_once("\n\n")?;
        let subject = head
            .lines()
            .find_map(|line| line.strip_prefix("subject:"))?;
        let template = Template {
            subject: subject.trim().to_owned(),
            text: body.to_owned(),
            html: html(name),
        };
        Some((name.to_owned(), template))
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_filled_gives_way_to_the_text_that_comes_along() {
        let row = |subject: &str| MailTextRow {
            name: "privacy".to_owned(),
            subject: subject.to_owned(),
            body: "Ours, from {{ coordinator.name }}.".to_owned(),
            html: None,
        };
        let context = json!({"coordinator": {"name": "Judith Marlow", "email": "j@x.example"}});
        let context = context.as_object().unwrap();
        let written = |row| {
            let own = OwnTexts::of(vec![row]);
            own.choose("privacy").unwrap().render(context).unwrap()
        };
        assert_eq!(written(row("Ours")).text, "Ours, from Judith Marlow.");
        for broken in ["{{ nothing.like.this }}", "{% for %}", "{{ 1 // 0 }}"] {
            let written = written(row(broken));
            assert!(!written.text.starts_with("Ours"), "{broken}: {written:?}");
            assert!(written.text.contains("Judith Marlow"), "{written:?}");
        }
    }
}
