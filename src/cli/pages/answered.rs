//! What was answered in a step, as people read it.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{View, record};
use crate::core::definition::form::{Field, FieldKind, choices};
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
            let said = fields.iter().map(|(name, value)| {
                let column = columns(kind).and_then(|columns| columns.get(name));
                let kind = column.map(|column| &column.kind);
                format!("{name}: {}", in_words(view, kind, value))
            });
            said.collect::<Vec<_>>().join(", ")
        }
        (Some(FieldKind::Date), Value::String(text)) => {
            text.parse().map_or_else(|_| text.clone(), say_date)
        }
        (Some(FieldKind::Choice(list) | FieldKind::Choices(list)), Value::String(text)) => {
            choices::label(list, text)
        }
        (_, Value::String(text)) => match text.parse() {
            Ok(id) => view.name(PersonId(id)),
            Err(_) => text.clone(),
        },
        (_, other) => other.to_string(),
    }
}

fn columns(kind: Option<&FieldKind>) -> Option<&IndexMap<String, Field>> {
    match kind {
        Some(FieldKind::Table(columns)) => Some(columns),
        _ => None,
    }
}

/// The labels of what was chosen, by field, in the shape of the answers.
pub fn labels(view: &View, node: &Node, answers: &Map<String, Value>) -> Map<String, Value> {
    let form = node.form().and_then(|name| view.workflow.forms.get(name));
    let labels = answers.iter().filter_map(|(name, answer)| {
        let labels = form?.fields.get(name)?.kind.labels(answer)?;
        Some((name.clone(), labels))
    });
    labels.collect()
}
