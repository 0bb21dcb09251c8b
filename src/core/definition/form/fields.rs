//! The fields of a form: what kind each is, and whether its answers may be erased.

use indexmap::IndexMap;
use serde_json::Value;

use super::{Field, FieldKind, choices};

/// A `$ref` chain longer than this is taken for a circle.
const DEEPEST_REF: usize = 8;
/// Whatever lies deeper is taken for text.
const DEEPEST_FIELD: usize = 4;

/// The fields in the order of the file, or by `x-order` where given.
pub fn read(schema: &Value) -> IndexMap<String, Field> {
    read_of(schema, schema, 0)
}

/// The fields of a form, or the columns of a table in it.
fn read_of(root: &Value, schema: &Value, depth: usize) -> IndexMap<String, Field> {
    let required: Vec<_> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut fields: Vec<(i64, String, Field)> = vec![];
    for (name, field) in properties.into_iter().flatten() {
        let target = follow(root, field);
        let kind = kind(root, target, depth);
        let personal = marked(field, "x-personal") || marked(target, "x-personal");
        let title = [field, target]
            .iter()
            .find_map(|schema| schema.get("title")?.as_str());
        let order = field
            .get("x-order")
            .and_then(Value::as_i64)
            .unwrap_or(i64::MAX);
        let checked = Field {
            title: title.unwrap_or(name).to_owned(),
            required: required.contains(&name.as_str()),
            erasable: personal || has_text(root, target, depth),
            kind,
        };
        fields.push((order, name.clone(), checked));
    }
    fields.sort_by_key(|(order, ..)| *order);
    fields
        .into_iter()
        .map(|(_, name, field)| (name, field))
        .collect()
}

fn marked(schema: &Value, key: &str) -> bool {
    schema.get(key) == Some(&Value::Bool(true))
}

/// Where a local `$ref` leads.
fn follow<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let mut at = schema;
    for _ in 0..DEEPEST_REF {
        let target = at
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|text| text.strip_prefix('#'));
        match target.and_then(|pointer| root.pointer(pointer)) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

fn kind(root: &Value, schema: &Value, depth: usize) -> FieldKind {
    let word = schema.get("type").and_then(Value::as_str);
    if let Some(choices) = choices::read(schema) {
        return FieldKind::Choice(choices);
    }
    match word {
        Some("string") if marked(schema, "x-person") => FieldKind::Person,
        Some("string") if is_date(schema) => FieldKind::Date,
        Some("string") => FieldKind::Text,
        Some("boolean") => FieldKind::YesNo,
        Some("integer" | "number") => FieldKind::Number,
        Some("array") => {
            let items = schema
                .get("items")
                .map_or(&Value::Null, |items| follow(root, items));
            match choices::read(items) {
                Some(choices) => FieldKind::Choices(choices),
                None if marked(schema, "x-person") || marked(items, "x-person") => {
                    FieldKind::People
                }
                None => FieldKind::Table(columns(root, items, depth)),
            }
        }
        _ => FieldKind::Table(columns(root, schema, depth)),
    }
}

fn columns(root: &Value, schema: &Value, depth: usize) -> IndexMap<String, Field> {
    if depth >= DEEPEST_FIELD {
        return IndexMap::new();
    }
    read_of(root, schema, depth + 1)
}

fn is_date(schema: &Value) -> bool {
    schema.get("format").and_then(Value::as_str) == Some("date")
}

/// Whether free text may stand in it, at any depth. What cannot be told counts as text.
fn has_text(root: &Value, schema: &Value, depth: usize) -> bool {
    let schema = follow(root, schema);
    if marked(schema, "x-personal") || depth > DEEPEST_FIELD {
        return true;
    }
    let fixed = ["enum", "const"]
        .iter()
        .any(|word| schema.get(*word).is_some());
    if fixed || choices::read(schema).is_some() {
        return false;
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("boolean" | "integer" | "number" | "null") => false,
        Some("string") => !is_date(schema) && !marked(schema, "x-person"),
        Some("array") => {
            let people = marked(schema, "x-person");
            !people
                && schema
                    .get("items")
                    .is_none_or(|items| has_text(root, items, depth + 1))
        }
        Some("object") => {
            let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
            let fields = schema.get("properties").and_then(Value::as_object);
            !closed
                || fields
                    .into_iter()
                    .flatten()
                    .any(|(_, one)| has_text(root, one, depth + 1))
        }
        _ => true,
    }
}
