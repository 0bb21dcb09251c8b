//! The form of a step to fill in by hand: a YAML file that explains itself.
//!
//! What is there already (a draft, or the answers of the attempt before) stands in it. A field that
//! is left empty is not answered; `answers.rs` reads the file again.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::core::definition::form::{Field, FieldKind, Form};
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
        text.push_str(&comment(&expected(field, schema)));
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

/// What kind of answer goes here.
fn expected(field: Option<&Field>, schema: Option<&Value>) -> String {
    let Some(field) = field else {
        return "A person: an email address or an id.".to_owned();
    };
    match &field.kind {
        FieldKind::Text => "Text, in quotes.".to_owned(),
        FieldKind::Choice(all) => format!("One of: {}", all.join(", ")),
        FieldKind::Choices(all) => format!("A list of: {}. Like [{}]", all.join(", "), {
            all.iter().take(2).cloned().collect::<Vec<_>>().join(", ")
        }),
        FieldKind::Number => format!("A number{}.", bounds(schema)),
        FieldKind::YesNo => "yes or no".to_owned(),
        FieldKind::Date => "A date, like 2027-03-02".to_owned(),
        FieldKind::Person => "A person: an email address or an id.".to_owned(),
        FieldKind::People => "A list of people: [ada@alder.example, …]".to_owned(),
        FieldKind::Other => other(schema),
    }
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

/// A list or a table: what its rows are made of.
fn other(schema: Option<&Value>) -> String {
    let Some(items) = schema.and_then(|schema| schema.get("items")) else {
        return "See the form's schema: --json".to_owned();
    };
    let Some(fields) = items.get("properties").and_then(Value::as_object) else {
        return "A list, one `- \"…\"` a line below.".to_owned();
    };
    let names = fields
        .iter()
        .map(|(name, field)| match word(field, "title") {
            Some(title) => format!("{name} ({title})"),
            None => name.clone(),
        });
    format!(
        "A list of rows, each with {}",
        super::and(&names.collect::<Vec<_>>())
    )
}
