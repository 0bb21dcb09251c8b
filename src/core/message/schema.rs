//! The JSON Schema of each command's `data`, made from the very type that reads it.
//!
//! Used twice: the contract prints it, and a message that does not fit is explained by it (which
//! field, which rule), because the reader itself only says that something did not fit.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use indexmap::IndexMap;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::fault::Fault;
use crate::core::run::command::Command;

/// Commands that only the engine itself gives.
const INSIDE: [&str; 4] = [
    "alongside.timer.fire",
    "alongside.deadlines.replan",
    "alongside.person.erase",
    "alongside.texts.expire",
];

pub struct Commands {
    /// Type of the message to the schema of its `data`, in the order of [`Command`].
    pub data: IndexMap<String, Value>,
    /// What the schemas refer to, under `#/components/schemas/`.
    pub shared: Map<String, Value>,
}

/// All commands that are taken from outside.
pub fn commands() -> &'static Commands {
    static COMMANDS: LazyLock<Commands> = LazyLock::new(make);
    &COMMANDS
}

/// Settings under which every schema of the contract is made.
pub fn settings() -> SchemaSettings {
    SchemaSettings::draft07().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    })
}

fn make() -> Commands {
    let mut generator = settings().into_generator();
    let whole = generator.root_schema_for::<Command>().to_value();
    let variants = whole["oneOf"].as_array().cloned().unwrap_or_default();
    let data = variants
        .into_iter()
        .filter_map(data_schema)
        .filter(|(kind, _)| !INSIDE.contains(&kind.as_str()))
        .collect();
    let mut shared = whole["components"]["schemas"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    // Only a command from inside has it.
    shared.shift_remove("TimerKey");
    Commands { data, shared }
}

/// Takes the tag out of a variant and puts `expected` in, which every command may have.
fn data_schema(mut variant: Value) -> Option<(String, Value)> {
    let properties = variant.get_mut("properties")?.as_object_mut()?;
    let tag = properties.shift_remove("type")?;
    let kind = tag.get("const")?.as_str()?.to_owned();
    properties.insert("expected".to_owned(), expected_schema());
    let required = variant.get_mut("required")?.as_array_mut()?;
    required.retain(|name| name != "type");
    if required.is_empty() {
        variant.as_object_mut()?.shift_remove("required");
    }
    Some((kind, variant))
}

fn expected_schema() -> Value {
    json!({
        "description": "The run's version that the sender has seen; another one refuses the command.",
        "type": "integer",
        "minimum": 0
    })
}

/// The nearest type to a misspelt one.
pub fn nearest(kind: &str) -> Option<&'static str> {
    let near = |known: &&String| strsim::jaro_winkler(kind, known);
    commands()
        .data
        .keys()
        .map(|known| (known, near(&known)))
        .filter(|(_, nearness)| *nearness > 0.9)
        .max_by(|left, right| left.1.total_cmp(&right.1))
        .map(|(known, _)| known.as_str())
}

/// Says which field of `data` breaks which rule; `None` if the schema finds nothing wrong.
pub fn explain(kind: &str, data: &Value) -> Option<(Fault, String)> {
    static VALIDATORS: LazyLock<BTreeMap<&'static str, jsonschema::Validator>> =
        LazyLock::new(validators);
    let error = VALIDATORS.get(kind)?.iter_errors(data).next()?;
    Some(say(kind, &error))
}

fn validators() -> BTreeMap<&'static str, jsonschema::Validator> {
    let all = commands();
    let build = |(kind, schema): (&'static String, &Value)| {
        let mut schema = schema.clone();
        schema["components"] = json!({ "schemas": all.shared });
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .build(&schema);
        Some((kind.as_str(), validator.ok()?))
    };
    all.data.iter().filter_map(build).collect()
}

fn say(kind: &str, error: &jsonschema::ValidationError<'_>) -> (Fault, String) {
    use jsonschema::error::ValidationErrorKind as Kind;
    let place = format!("data{}", error.instance_path().as_str().replace('/', "."));
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let known = commands().data[kind]["properties"]
                .as_object()
                .map(|fields| fields.keys().map(|key| format!("`{key}`")).collect())
                .map_or_else(String::new, |keys: Vec<String>| keys.join(", "));
            let name = unexpected.first().map_or("", String::as_str);
            let reason = format!("`{place}.{name}` is no field of {kind}. It has {known}.");
            (Fault::UnknownField, reason)
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let reason = format!("`{place}.{name}` is missing: {kind} needs it.");
            (Fault::MissingField, reason)
        }
        Kind::AnyOf { .. } => (
            Fault::WrongField,
            format!("`{place}` of {kind} has none of the forms that the contract allows."),
        ),
        // Masked, because the value may be about a person.
        _ => (
            Fault::WrongField,
            format!("`{place}` of {kind} is wrong: {}.", error.masked_with("it")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_from_outside_has_a_schema_and_a_validator() {
        let all = commands();
        assert_eq!(all.data.len(), 26);
        assert_eq!(validators().len(), all.data.len());
        assert!(all.data.keys().all(|kind| !INSIDE.contains(&kind.as_str())));
    }

    #[test]
    fn a_misspelt_type_finds_its_neighbour() {
        assert_eq!(
            nearest("alongside.step.compelte"),
            Some("alongside.step.complete")
        );
        assert_eq!(nearest("order.created"), None);
    }
}
