//! The documents say what the code does: the generated one word by word, the written one by its
//! examples, its commands, its events and its codes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::core::message::fault::Fault;
use crate::core::message::read;
use crate::core::run::refusal;

const UPDATE: &str = "UPDATE_CONTRACT";
const MESSAGES: &str = include_str!("../../../docs/messages.md");

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/asyncapi.json")
}

#[test]
fn the_generated_contract_is_current() {
    let made = serde_json::to_string_pretty(&asyncapi()).unwrap() + "\n";
    if std::env::var(UPDATE).is_ok_and(|value| value == "1") {
        std::fs::write(document(), &made).unwrap();
    }
    let kept = std::fs::read_to_string(document()).unwrap_or_default();
    assert!(
        kept == made,
        "docs/asyncapi.json is not what the types say. Look at the change, then run this test \
         with {UPDATE}=1 and commit the file"
    );
}

#[test]
fn every_reference_in_the_generated_contract_leads_somewhere() {
    let whole = asyncapi();
    let mut references = BTreeSet::new();
    collect(&whole, &mut references);
    assert!(references.len() > 40);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(whole.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("$ref") {
                references.insert(to.clone());
            }
            fields.values().for_each(|field| collect(field, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

/// The JSON blocks of the written contract, each with the nearest heading above it.
fn examples() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let (mut heading, mut block) = (String::new(), None::<String>);
    for line in MESSAGES.lines() {
        match (&mut block, line) {
            (None, "```json") => block = Some(String::new()),
            (Some(text), "```") => {
                let value = serde_json::from_str(text);
                let value = value.unwrap_or_else(|error| panic!("{heading}: {error}"));
                found.push((heading.clone(), value));
                block = None;
            }
            (Some(text), _) => *text += line,
            (None, _) if line.starts_with('#') => {
                heading = line.trim_matches(['#', ' ', '`']).to_owned();
            }
            _ => {}
        }
    }
    found
}

fn whole_command() -> Value {
    let (_, example) = examples()
        .into_iter()
        .find(|(_, example)| example["type"] == "alongside.step.complete")
        .unwrap();
    example
}

#[test]
fn every_command_has_an_example_that_is_read() {
    let now = "2027-03-02T08:30:00Z".parse().unwrap();
    let mut left: BTreeSet<&str> = schema::commands().data.keys().map(String::as_str).collect();
    for (heading, data) in examples() {
        let Some(kind) = left.take(heading.as_str()) else {
            continue;
        };
        let mut message = whole_command();
        message["type"] = json!(kind);
        message["data"] = data;
        let read = read::read(message.to_string().as_bytes(), now);
        let error = read.err().map(|error| error.reason);
        assert_eq!(error, None, "{kind}");
    }
    assert_eq!(
        left,
        BTreeSet::new(),
        "without an example in docs/messages.md"
    );
}

#[test]
fn the_whole_command_is_read_as_it_stands() {
    let now = "2027-03-02T08:30:00Z".parse().unwrap();
    read::read(whole_command().to_string().as_bytes(), now).unwrap();
}

#[test]
fn every_example_of_what_goes_out_fits_the_generated_contract() {
    let whole = asyncapi();
    let mut checked = 0;
    for (_, example) in examples() {
        let Some(kind) = example["type"].as_str() else {
            continue;
        };
        let name = match example["data"]["outcome"].as_str() {
            Some("applied") => "applied",
            Some(_) => "answered",
            None if kind.starts_with("alongside.told.") => "told",
            None => continue,
        };
        let mut schema = whole["components"]["messages"][name]["payload"].clone();
        schema["components"] = whole["components"].clone();
        let validator = jsonschema::options().build(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&example)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{kind}");
        checked += 1;
    }
    assert!(checked >= 6, "only {checked}");
}

#[test]
fn every_code_and_every_event_is_explained() {
    let words = |schema: schemars::Schema| -> Vec<String> {
        let value = schema.to_value();
        let list = value["enum"].as_array().cloned().unwrap_or_default();
        let variants = value["oneOf"].as_array().cloned().unwrap_or_default();
        let consts = variants.iter().flat_map(|variant| {
            let several = variant["enum"].as_array().cloned().unwrap_or_default();
            several.into_iter().chain(variant.get("const").cloned())
        });
        let all = list.into_iter().chain(consts);
        all.map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let faults = words(schemars::schema_for!(Fault));
    let codes = words(schemars::schema_for!(refusal::Code));
    assert!(faults.len() >= 25 && codes.len() >= 37);
    for code in faults.iter().chain(&codes) {
        let row = format!("| `{code}` |");
        assert!(
            MESSAGES.contains(&row),
            "docs/messages.md has no row for {code}"
        );
    }
    let mut generator = schema::settings().into_generator();
    for name in event_names(&mut generator)["enum"].as_array().unwrap() {
        let name = name.as_str().unwrap().strip_prefix("alongside.").unwrap();
        let row = format!("| `{name}` |");
        assert!(
            MESSAGES.contains(&row),
            "docs/messages.md has no row for {name}"
        );
    }
}
