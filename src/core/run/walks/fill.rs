//! Fills forms in: answers that fit a form's JSON Schema, other ones for every throw of the dice.
//!
//! Knows the words of JSON Schema that our forms use. Text under a pattern is a time, or stands
//! among the form's own examples.

use serde_json::{Map, Value, json};

use super::cast::teachers;
use super::dice::Dice;
use crate::core::definition::form::Form;
use crate::core::time::Date;

const WORDS: [&str; 6] = ["feedback", "helps", "pupils", "to", "improve", "writing"];

pub fn fill(form: &Form, dice: &mut Dice, today: Date) -> Map<String, Value> {
    let mut filler = Filler {
        root: &form.schema,
        dice,
        today,
    };
    match filler.value(&form.schema, &form.schema["examples"][0]) {
        Value::Object(answers) => answers,
        other => panic!("the form {} is no object but {other}", form.name),
    }
}

struct Filler<'a> {
    root: &'a Value,
    dice: &'a mut Dice,
    today: Date,
}

impl Filler<'_> {
    /// `example` is what stands at this place in the form's example, or null.
    fn value(&mut self, schema: &Value, example: &Value) -> Value {
        if let Some(path) = schema["$ref"].as_str() {
            let found = self
                .root
                .pointer(path.trim_start_matches('#'))
                .unwrap()
                .clone();
            return self.value(&found, example);
        }
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        let choices = ["enum", "oneOf", "anyOf"]
            .iter()
            .find_map(|word| schema[*word].as_array());
        if let Some(choices) = choices {
            let chosen = self.dice.pick(choices).clone();
            return if schema["enum"].is_array() {
                chosen
            } else {
                self.value(&chosen, example)
            };
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema, example),
            Some("array") => self.array(schema, example),
            Some("boolean") => json!(self.dice.chance(50)),
            Some("integer" | "number") => {
                let least = schema["minimum"].as_i64().unwrap_or(0);
                let most = schema["maximum"].as_i64().unwrap_or(least + 100);
                json!(self.dice.between(least, most))
            }
            _ => Value::String(self.text(schema, example)),
        }
    }

    fn object(&mut self, schema: &Value, example: &Value) -> Value {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let mut filled = Map::new();
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let wanted = required.iter().any(|it| it == name);
            if wanted || self.dice.chance(60) {
                filled.insert(name.clone(), self.value(field, &example[name]));
            }
        }
        Value::Object(filled)
    }

    fn array(&mut self, schema: &Value, example: &Value) -> Value {
        let least = schema["minItems"].as_i64().unwrap_or(0);
        let most = schema["maxItems"].as_i64().unwrap_or(least + 3);
        let wanted = usize::try_from(self.dice.between(least, most.min(least + 3))).unwrap();
        let unique = schema["uniqueItems"] == json!(true);
        let mut items = Vec::new();
        for _ in 0..50 {
            if items.len() == wanted {
                break;
            }
            let item = self.value(&schema["items"], &example[0]);
            if !unique || !items.contains(&item) {
                items.push(item);
            }
        }
        Value::Array(items)
    }

    fn text(&mut self, schema: &Value, example: &Value) -> String {
        if schema["x-person"] == json!(true) || schema["format"] == "uuid" {
            return self.dice.pick(&teachers()).to_string();
        }
        if schema["format"] == "date" {
            let days = u64::try_from(self.dice.between(1, 60)).unwrap();
            return (self.today + chrono::Days::new(days)).to_string();
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            let (hour, minute) = (self.dice.between(8, 17), self.dice.between(0, 59));
            return if pattern.contains("[0-5][0-9]") {
                format!("{hour:02}:{minute:02}")
            } else {
                let example = example.as_str();
                example
                    .expect("a form gives an example for every pattern")
                    .to_owned()
            };
        }
        let least = schema["minLength"].as_u64().unwrap_or(0);
        let most = schema["maxLength"].as_u64().unwrap_or(80).min(80);
        let mut text = String::new();
        while text.is_empty() || u64::try_from(text.len()).unwrap() < least || self.dice.chance(60)
        {
            text.push_str(self.dice.pick::<&str>(&WORDS));
            text.push(' ');
        }
        text.truncate(usize::try_from(most).unwrap());
        text
    }
}
