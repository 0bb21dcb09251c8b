//! Fills forms in: answers that fit a form's JSON Schema, other ones for every throw of the dice.
//!
//! Knows the words of JSON Schema that our forms use. Text under a pattern is a time, or stands
//! among the form's own examples; where it does not, the answers do not fit and whoever sends them
//! is refused with the reason.

use chrono::Days;
use serde_json::{Map, Value, json};

use crate::core::definition::form::Form;
use crate::core::dice::Dice;
use crate::core::names::PersonId;
use crate::core::time::Date;

const WORDS: [&str; 6] = ["feedback", "helps", "pupils", "to", "improve", "writing"];
/// Days lie at most so far ahead.
const FURTHEST_DAY: i64 = 60;
/// A `$ref` that leads to itself ends here.
const DEEPEST: usize = 12;

/// What answers may speak of.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub today: Date,
    /// From whom people are named; not empty.
    pub people: &'a [PersonId],
}

pub fn fill(form: &Form, dice: &mut Dice, given: Given<'_>) -> Map<String, Value> {
    let mut filler = Filler {
        root: &form.schema,
        dice,
        given,
        depth: 0,
    };
    match filler.value(&form.schema, &form.schema["examples"][0]) {
        Value::Object(answers) => answers,
        _ => Map::new(),
    }
}

fn is_time(schema: &Value) -> bool {
    let pattern = schema["pattern"].as_str();
    pattern.is_some_and(|pattern| pattern.contains("[0-5][0-9]"))
}

/// Of two times of one form the later one comes last, and is later.
fn put_times_in_order(filled: &mut Map<String, Value>, properties: &Value) {
    let times = filled
        .iter_mut()
        .filter(|(name, _)| is_time(&properties[name.as_str()]));
    let times: Vec<&mut Value> = times.map(|(_, value)| value).collect();
    let mut sorted: Vec<String> = times
        .iter()
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect();
    sorted.sort();
    sorted.dedup();
    // What came twice is put off to the evening.
    let evening = (0..60).map(|minute| format!("18:{minute:02}"));
    let all = sorted.into_iter().chain(evening);
    for (place, time) in times.into_iter().zip(all) {
        *place = Value::String(time);
    }
}

struct Filler<'a> {
    root: &'a Value,
    dice: &'a mut Dice,
    given: Given<'a>,
    depth: usize,
}

impl Filler<'_> {
    /// `example` is what stands at this place in the form's example, or null.
    fn value(&mut self, schema: &Value, example: &Value) -> Value {
        if let Some(path) = schema["$ref"].as_str() {
            return self.referred(path, example);
        }
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        let choices = ["enum", "oneOf", "anyOf"]
            .iter()
            .find_map(|word| schema[*word].as_array().filter(|all| !all.is_empty()));
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

    fn referred(&mut self, path: &str, example: &Value) -> Value {
        let found = self.root.pointer(path.trim_start_matches('#')).cloned();
        match found.filter(|_| self.depth < DEEPEST) {
            Some(found) => {
                self.depth += 1;
                let value = self.value(&found, example);
                self.depth -= 1;
                value
            }
            None => Value::Null,
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
        put_times_in_order(&mut filled, &schema["properties"]);
        Value::Object(filled)
    }

    fn array(&mut self, schema: &Value, example: &Value) -> Value {
        let least = schema["minItems"].as_i64().unwrap_or(0);
        let most = schema["maxItems"].as_i64().unwrap_or(least + 3);
        let wanted = usize::try_from(self.dice.between(least, most.min(least + 3))).unwrap_or(0);
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
            return self.dice.pick(self.given.people).to_string();
        }
        if schema["format"] == "date" {
            let days = self.dice.between(1, FURTHEST_DAY).unsigned_abs();
            return (self.given.today + Days::new(days)).to_string();
        }
        if schema["pattern"].is_string() {
            let (hour, minute) = (self.dice.between(8, 17), self.dice.between(0, 59));
            return if is_time(schema) {
                format!("{hour:02}:{minute:02}")
            } else {
                example.as_str().unwrap_or_default().to_owned()
            };
        }
        let length = |word: &str, usual: usize| {
            let said = schema[word].as_u64();
            said.map_or(usual, |it| usize::try_from(it).unwrap_or(usual))
        };
        let (least, most) = (length("minLength", 0), length("maxLength", 80).min(80));
        let mut text = String::new();
        while text.is_empty() || text.len() < least || self.dice.chance(60) {
            text.push_str(self.dice.pick::<&str>(&WORDS));
            text.push(' ');
        }
        text.truncate(most.max(least));
        text
    }
}
