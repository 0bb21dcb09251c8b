//! The texts of mails: where they come from, and how a template becomes one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value};

use super::Written;
use crate::core::definition::text::{Invite, MailText};
use crate::engine::library::SHIPPED_MAILS;

/// How much a template may do before it is stopped.
const FUEL: u64 = 50_000;

/// Subject, text and HTML as templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    subject: String,
    text: String,
    html: Option<String>,
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

impl Template {
    pub fn built_in(name: &str) -> Result<Self, String> {
        let found = BUILT_IN.get(name).cloned();
        found.ok_or_else(|| format!("there is no mail `{name}`"))
    }

    pub fn render(&self, context: &Map<String, Value>) -> Result<Written, String> {
        let render = |name: &str, source: &str| {
            let mut environment = Environment::new();
            environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
            environment.set_fuel(Some(FUEL));
            environment
                .render_named_str(name, source, minijinja::value::Serde(context))
                .map_err(|error| format!("{name}: {error}"))
        };
        let html = self.html.as_deref();
        Ok(Written {
            subject: one_line(&render("subject.txt", &self.subject)?),
            text: render("mail.txt", &self.text)?,
            html: html.map(|html| render("mail.html", html)).transpose()?,
            visits: Vec::new(),
        })
    }
}

/// One line, whatever a title holds.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The mails that every definition can use: `ready.txt` with `ready.html` beside it.
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
