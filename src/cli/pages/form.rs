//! The form of a step to fill in by hand: a YAML file that explains itself.
//!
//! What is there already (a draft, or the answers of the attempt before) stands in it. A field that
//! is left empty is not answered; `answers.rs` reads the file again.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::core::definition::form::{Choice, Field, FieldKind, Form};
use crate::core::definition::workflow::Node;
use crate::core::run::address::Address;

use super::View;
use super::layout::wrap;

/// A step with what is known of its answers.
pub struct Sheet<'a> {
    pub view: View<'a>,
    pub step: &'a Address,
    pub node: &'a Node,
    pub form: Option<&'a Form>,
    pub answers: Map<String, Value>,
}

impl Sheet<'_> {
    pub fn text(&self) -> String {
        let title = self.view.bare_title(self.step);
        let mut text = comment(&format!("{title}  [{}]", self.step));
        text.push_str(&comment(&self.view.named()));
        if let Some(words) = self.form.and_then(|form| word(&form.schema, "description")) {
            text.push_str(&comment(words));
        }
        text.push_str("#\n");
        text.push_str(&self.how());
        let asked = self.asked();
        if asked.is_empty() {
            text.push_str(&comment(
                "This step asks nothing: complete it without answers.",
            ));
        }
        for (name, field, schema) in asked {
            text.push('\n');
            text.push_str(&self.question(name, field.as_ref(), schema));
        }
        text
    }

    pub fn json(&self) -> Value {
        json!({
            "reference": self.view.run.reference,
            "step": self.step,
            "title": self.view.bare_title(self.step),
            "form": self.form.map(|form| &form.schema),
            "appoints": self.node.appoints(),
            "outcomes": self.outcomes(),
            "answers": self.answers,
        })
    }

    fn how(&self) -> String {
        let outcomes = self.outcomes();
        let choice = if outcomes.is_empty() {
            String::new()
        } else {
            format!(" --outcome {}", outcomes.join("|"))
        };
        let command = format!(
            "alongside step complete {} '{}' --answers FILE{choice}",
            self.view.run.reference, self.step
        );
        format!(
            "{}#   {command}\n",
            comment("Fill it in, save it as a file, and send it:")
        )
    }

    fn outcomes(&self) -> Vec<&str> {
        let outcomes = self.node.task().into_iter().flat_map(|task| &task.outcomes);
        outcomes
            .filter(|(_, outcome)| !outcome.by_rung)
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Every field, and the roles that are filled here where no field has their name.
    fn asked(&self) -> Vec<(&str, Option<Field>, Option<&Value>)> {
        let fields = self.form.into_iter().flat_map(|form| {
            let properties = form.schema.get("properties");
            form.fields.iter().map(move |(name, field)| {
                let schema = properties.and_then(|all| all.get(name));
                (name.as_str(), Some(field.clone()), schema)
            })
        });
        let roles = self.node.appoints().iter();
        let known = |role: &&String| {
            !self
                .form
                .is_some_and(|form| form.fields.contains_key(role.as_str()))
        };
        fields
            .chain(roles.filter(known).map(|role| (role.as_str(), None, None)))
            .collect()
    }

    fn question(&self, name: &str, field: Option<&Field>, schema: Option<&Value>) -> String {
        let title = match field {
            Some(field) if field.required => format!("{} (required)", field.title),
            Some(field) => field.title.clone(),
            None => format!("Who is {}?", self.view.role(name)),
        };
        let mut text = comment(&title);
        if let Some(words) = schema.and_then(|schema| word(schema, "description")) {
            text.push_str(&comment(words));
        }
        text.push_str(&expected(field, schema));
        let value = self.answers.get(name).filter(|value| !value.is_null());
        let _ = match value {
            Some(value) => writeln!(text, "{name}: {value}"),
            None => writeln!(text, "{name}:"),
        };
        text
    }
}

fn word<'s>(schema: &'s Value, name: &str) -> Option<&'s str> {
    schema
        .get(name)
        .and_then(Value::as_str)
        .filter(|words| !words.trim().is_empty())
}

fn comment(words: &str) -> String {
    wrap("# ", words, 2).replace("\n  ", "\n# ")
}

/// What kind of answer goes here, as a comment.
fn expected(field: Option<&Field>, schema: Option<&Value>) -> String {
    let Some(field) = field else {
        return comment("A person: an email address or an id.");
    };
    match &field.kind {
        FieldKind::Text => comment("Text, in quotes."),
        FieldKind::Choice(all) => offered("One of", all),
        FieldKind::Choices(all) => {
            let two: Vec<_> = all.iter().take(2).map(|one| one.value.as_str()).collect();
            offered(&format!("A list, like [{}], of", two.join(", ")), all)
        }
        FieldKind::Number => comment(&format!("A number{}.", bounds(schema))),
        FieldKind::YesNo => comment("yes or no"),
        FieldKind::Date => comment("A date, like 2027-03-02"),
        FieldKind::Person => comment("A person: an email address or an id."),
        FieldKind::People => comment("A list of people: [ada@alder.example, …]"),
        FieldKind::Table(columns) => {
            let chosen = columns
                .iter()
                .filter_map(|(name, column)| match &column.kind {
                    FieldKind::Choice(all) => Some(offered(&format!("{name} is one of"), all)),
                    FieldKind::Choices(all) => Some(offered(&format!("{name} is a list of"), all)),
                    _ => None,
                });
            comment(&table(columns, schema)) + &chosen.collect::<String>()
        }
    }
}

/// What can be chosen: on one line, or where there are labels, one below the other.
fn offered(lead: &str, choices: &[Choice]) -> String {
    if !choices.iter().any(Choice::is_labelled) {
        let values: Vec<_> = choices.iter().map(|choice| choice.value.as_str()).collect();
        return comment(&format!("{lead}: {}", values.join(", ")));
    }
    let lines = choices.iter().map(|choice| {
        let words = format!("{}: {}", choice.value, choice.label());
        wrap("#   ", &words, 6).replace("\n      ", "\n#     ")
    });
    comment(&format!("{lead}:")) + &lines.collect::<String>()
}

fn bounds(schema: Option<&Value>) -> String {
    let bound = |name: &str| {
        schema
            .and_then(|schema| schema.get(name))
            .map(Value::to_string)
    };
    match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(", at least {least}"),
        (None, Some(most)) => format!(", at most {most}"),
        (None, None) => String::new(),
    }
}

/// A list, a table or a group: what it is made of.
fn table(columns: &IndexMap<String, Field>, schema: Option<&Value>) -> String {
    let rows = schema.is_some_and(|schema| schema.get("items").is_some());
    if columns.is_empty() && rows {
        return "A list, one `- \"…\"` a line below.".to_owned();
    }
    if columns.is_empty() {
        return "See the form's schema: --json".to_owned();
    }
    if !rows {
        let names: Vec<_> = columns.keys().map(|name| format!("{name}: …")).collect();
        return format!("Several in braces: {{{}}}", names.join(", "));
    }
    let names = columns.iter().map(|(name, column)| {
        if column.title == *name {
            name.clone()
        } else {
            format!("{name} ({})", column.title)
        }
    });
    format!(
        "A list of rows, each with {}",
        super::and(&names.collect::<Vec<_>>())
    )
}
