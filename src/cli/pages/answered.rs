//! What was answered in a step, as people read it.

use serde_json::Value;

use super::{View, record};
use crate::core::definition::form::FieldKind;
use crate::core::definition::workflow::Node;
use crate::core::names::PersonId;
use crate::core::run::state::Step;
use crate::core::time::say_date;

/// One line for each answer, under the titles of the form.
pub fn answered(view: &View, node: &Node, step: &Step) -> Vec<String> {
    let Some(done) = &step.done else {
        return Vec::new();
    };
    let form = node.form().and_then(|name| view.workflow.forms.get(name));
    let answers = record::answers(view, &done.answers);
    let lines = answers.iter().map(|(name, value)| {
        let field = form.and_then(|form| form.fields.get(name));
        let title = field.map_or_else(|| view.role(name), |field| field.title.clone());
        format!(
            "{title} {}",
            in_words(view, field.map(|field| &field.kind), value)
        )
    });
    lines.collect()
}

/// An answer as people read it.
fn in_words(view: &View, kind: Option<&FieldKind>, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => "(erased)".to_owned(),
        (_, Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        (_, Value::Array(items)) => {
            let items = items.iter().map(|item| in_words(view, kind, item));
            items.collect::<Vec<_>>().join("; ")
        }
        (_, Value::Object(fields)) => {
            let fields = fields.iter();
            let said =
                fields.map(|(name, value)| format!("{name}: {}", in_words(view, None, value)));
            said.collect::<Vec<_>>().join(", ")
        }
        (Some(FieldKind::Date), Value::String(text)) => {
            text.parse().map_or_else(|_| text.clone(), say_date)
        }
        (Some(FieldKind::Choice(_) | FieldKind::Choices(_)), Value::String(text)) => {
            text.replace('_', " ")
        }
        (_, Value::String(text)) => match text.parse() {
            Ok(id) => view.name(PersonId(id)),
            Err(_) => text.clone(),
        },
        (_, other) => other.to_string(),
    }
}
