//! Fills a form in at random: what its JSON Schema allows, dates ahead, people who exist.

use serde_json::{Map, Value, json};

use super::hands::Random;
use crate::core::definition::form::Form;
use crate::core::run::story::{Story, person};
use crate::core::time::Date;

/// Answers that the form takes.
pub fn fill(story: &Story, form: &Form, random: &mut Random) -> Map<String, Value> {
    for _ in 0..20 {
        let Value::Object(answers) = value(story, &form.schema, &form.schema, random) else {
            break;
        };
        if form.validate(&answers).is_empty() {
            return answers;
        }
    }
    let examples = form.schema.get("examples").and_then(Value::as_array);
    let example = examples
        .and_then(|all| all.first())
        .and_then(Value::as_object);
    let example = example.unwrap_or_else(|| panic!("no answers for the form {}", form.name));
    assert_eq!(form.validate(example), vec![], "{}", form.name);
    example.clone()
}

fn value(story: &Story, schema: &Value, root: &Value, random: &mut Random) -> Value {
    let field = |name: &str| schema.get(name);
    if let Some(name) = field("$ref").and_then(Value::as_str) {
        let target = root.pointer(name.trim_start_matches('#')).unwrap();
        return value(story, target, root, random);
    }
    if let Some(constant) = field("const") {
        return constant.clone();
    }
    if let Some(choices) = field("enum").and_then(Value::as_array) {
        return random.pick(choices).clone();
    }
    let number = |name: &str| field(name).and_then(Value::as_i64);
    match field("type").and_then(Value::as_str) {
        Some("object") => object(story, schema, root, random),
        Some("array") => {
            let least = number("minItems").unwrap_or(0);
            let most = number("maxItems").unwrap_or(least + 2);
            let items = field("items").cloned().unwrap_or_else(|| json!({}));
            let mut all: Vec<Value> = Vec::new();
            for _ in 0..random.between(least, most.min(least + 2)) {
                let item = value(story, &items, root, random);
                if !all.contains(&item) {
                    all.push(item);
                }
            }
            Value::Array(all)
        }
        Some("boolean") => json!(random.chance(50)),
        Some("integer" | "number") => {
            let least = number("minimum").unwrap_or(0);
            json!(random.between(least, number("maximum").unwrap_or(least + 9)))
        }
        _ => text(story, schema, random),
    }
}

fn object(story: &Story, schema: &Value, root: &Value, random: &mut Random) -> Value {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut found = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, inner) in properties.into_iter().flatten() {
        let is_date = inner.get("format").and_then(Value::as_str) == Some("date");
        if required.contains(&name.as_str()) || is_date || random.chance(60) {
            found.insert(name.clone(), value(story, inner, root, random));
        }
    }
    Value::Object(found)
}

fn text(story: &Story, schema: &Value, random: &mut Random) -> Value {
    let marked = schema.get("x-person") == Some(&json!(true));
    match schema.get("format").and_then(Value::as_str) {
        Some("date") => json!(ahead(story, random)),
        _ if marked => json!(somebody(random)),
        _ if schema
            .get("pattern")
            .is_some_and(|p| p.to_string().contains(':')) =>
        {
            json!("09:30")
        }
        _ => {
            let most = schema
                .get("maxLength")
                .and_then(Value::as_u64)
                .unwrap_or(40);
            let words = "What pupils do with feedback in lessons";
            json!(
                words
                    .chars()
                    .take(usize::try_from(most).unwrap())
                    .collect::<String>()
            )
        }
    }
}

fn ahead(story: &Story, random: &mut Random) -> Date {
    let days = u64::try_from(random.between(0, 45)).unwrap();
    story.now.date() + chrono::Days::new(days)
}

/// A teacher of a school, by id.
pub fn somebody(random: &mut Random) -> String {
    let names = [
        "teacher@100002",
        "teacher@100003",
        "cpd@100002",
        "cpd@100003",
        "head@100003",
    ];
    person(random.pick::<&str>(&names)).to_string()
}
