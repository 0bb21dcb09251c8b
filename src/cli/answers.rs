//! Answers to a form by hand: a YAML or JSON file, single fields, people by their email.
//!
//! What a field takes decides what a word means: `yes` is an answer to yes or no, `a, b` are two of
//! several choices. Whether the answers fit the form is not asked here; the engine says it.

use std::io::Read;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Map, Value};

use super::finding;
use crate::core::definition::form::{Field, FieldKind, Form};
use crate::core::definition::{read_data, read_json, render_all};
use crate::core::number;
use crate::engine::readings::Everybody;

/// Answers as the command line takes them.
#[derive(Debug, Clone, Default, Args)]
pub struct Given {
    /// A file with the answers, YAML or JSON; - for standard input. `step form` makes one
    #[arg(long, value_name = "FILE")]
    answers: Option<String>,
    /// One field; on top of the file, else of the saved draft or the last answers. Again for more
    /// items of a list
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = finding::pair)]
    set: Vec<(String, String)>,
}

/// What is asked: a form, and people for roles that it does not name.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub form: Option<&'a Form>,
    pub appoints: &'a [String],
    pub everybody: &'a Everybody,
}

impl Given {
    pub fn is_nothing(&self) -> bool {
        self.answers.is_none() && self.set.is_empty()
    }

    /// Only single fields were given, so what is there already counts too.
    pub fn adds_to_what_is_there(&self) -> bool {
        self.answers.is_none() && !self.set.is_empty()
    }

    /// The answers in the form's own types. Empty fields are left out, unless `nulls` means that
    /// they take an answer away.
    pub fn read(
        &self,
        asked: Asked,
        filled: Map<String, Value>,
        nulls: bool,
    ) -> anyhow::Result<Map<String, Value>> {
        let mut answers = match &self.answers {
            Some(file) => asked.understand(read_file(file, &asked)?)?,
            None => filled,
        };
        let mut begun: Vec<&str> = Vec::new();
        for (name, text) in &self.set {
            let value = asked.value(name, asked.one(name, text)?)?;
            match (answers.get_mut(name), value) {
                (Some(Value::Array(items)), Value::Array(more))
                    if begun.contains(&name.as_str()) =>
                {
                    items.extend(more);
                }
                (_, value) => {
                    answers.insert(name.clone(), value);
                }
            }
            begun.push(name);
        }
        if !nulls {
            answers.retain(|_, value| !value.is_null());
        }
        Ok(answers)
    }
}

/// Text of a file, or of standard input for `-`.
pub fn read_text(file: &str) -> anyhow::Result<String> {
    if file == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("standard input is not UTF-8")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))
}

fn read_file(file: &str, asked: &Asked) -> anyhow::Result<Map<String, Value>> {
    parse(file, &read_text(file)?, &|name| asked.is_text(name))
}

/// YAML or JSON.
pub fn parse(
    file: &str,
    text: &str,
    is_text: &dyn Fn(&str) -> bool,
) -> anyhow::Result<Map<String, Value>> {
    read_data(file, text, is_text).map_err(|problems| {
        anyhow::anyhow!(
            "{file} cannot be understood:\n{}",
            render_all(&problems, false).trim_end()
        )
    })
}

impl Asked<'_> {
    fn field(&self, name: &str) -> Option<&Field> {
        self.form?.fields.get(name)
    }

    fn schema(&self, name: &str) -> Option<&Value> {
        self.form?.schema.get("properties")?.get(name)
    }

    /// Whether every word in this field is text.
    fn is_text(&self, name: &str) -> bool {
        match self.field(name).map(|field| &field.kind) {
            Some(
                FieldKind::Text | FieldKind::Date | FieldKind::Choice(_) | FieldKind::Choices(_),
            ) => true,
            Some(FieldKind::Table(_)) => self.is_list_of_text(name),
            _ => false,
        }
    }

    fn is_list_of_text(&self, name: &str) -> bool {
        let kind = |schema: &Value| {
            schema
                .get("type")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let Some(schema) = self.schema(name) else {
            return false;
        };
        let items = schema.get("items").and_then(kind);
        kind(schema).as_deref() == Some("array") && items.as_deref() == Some("string")
    }

    /// A word of the command line: JSON where the field is a list or a table, else itself.
    fn one(&self, name: &str, text: &str) -> anyhow::Result<Value> {
        let word = || Value::String(text.to_owned());
        Ok(match self.field(name).map(|field| &field.kind) {
            _ if text.is_empty() => Value::Null,
            Some(FieldKind::Table(_)) => match read_json(text) {
                Err(error) if error.is_data() => bail!("{name} cannot be understood: {error}"),
                Ok(value @ (Value::Array(_) | Value::Object(_))) => value,
                Ok(value) if !self.is_list_of_text(name) => value,
                _ if self.is_list_of_text(name) => Value::Array(vec![word()]),
                _ => word(),
            },
            _ => word(),
        })
    }

    /// Data in the form's own types: JSON on the line, a file, or standard input. Empty fields are
    /// left out.
    pub fn read(&self, given: &str) -> anyhow::Result<Map<String, Value>> {
        let is_text = |name: &str| self.is_text(name);
        let fields = if given.trim_start().starts_with('{') {
            parse("--data", given, &is_text)?
        } else {
            parse(given, &read_text(given)?, &is_text)?
        };
        let mut data = self.understand(fields)?;
        data.retain(|_, value| !value.is_null());
        Ok(data)
    }

    fn understand(&self, fields: Map<String, Value>) -> anyhow::Result<Map<String, Value>> {
        let mut answers = Map::new();
        for (name, value) in fields {
            let value = self.value(&name, value)?;
            answers.insert(name, value);
        }
        Ok(answers)
    }

    /// A value as its field takes it; what does not fit is left for the form to refuse.
    fn value(&self, name: &str, value: Value) -> anyhow::Result<Value> {
        let kind = self.field(name).map(|field| &field.kind);
        let person = kind.is_none() && self.appoints.iter().any(|role| role == name);
        Ok(match (kind, value) {
            (_, Value::Null) => Value::Null,
            (Some(FieldKind::YesNo), Value::String(word)) => match word.to_lowercase().as_str() {
                "yes" | "y" | "true" => Value::Bool(true),
                "no" | "n" | "false" => Value::Bool(false),
                _ => bail!("{name} is answered by yes or no, not by `{word}`"),
            },
            (Some(FieldKind::Number), Value::String(word)) => {
                serde_json::from_str::<serde_json::Number>(&word)
                    .map_or(Value::String(word), Value::Number)
            }
            (Some(FieldKind::Date), Value::String(word)) => finding::date(&word)
                .map_or(Value::String(word), |date| Value::String(date.to_string())),
            (Some(FieldKind::Text), Value::Bool(flag)) => Value::String(flag.to_string()),
            // Another number may read otherwise by now than it was written.
            (Some(FieldKind::Text), Value::Number(number)) if number::is_taken(&number) => {
                Value::String(number.to_string())
            }
            (Some(FieldKind::Choices(_)), Value::String(words)) => split(&words),
            (Some(FieldKind::People), Value::String(words)) => self.people(split(&words))?,
            (Some(FieldKind::People | FieldKind::Person), value) => self.people(value)?,
            (None, value) if person => self.people(value)?,
            (_, value) => value,
        })
    }

    /// People by email, name or id to ids.
    fn people(&self, value: Value) -> anyhow::Result<Value> {
        Ok(match value {
            Value::String(named) => {
                Value::String(finding::person(self.everybody, &named)?.to_string())
            }
            Value::Array(items) => {
                let ids = items.into_iter().map(|item| self.people(item));
                Value::Array(ids.collect::<anyhow::Result<_>>()?)
            }
            other => other,
        })
    }
}

fn split(words: &str) -> Value {
    words
        .split(',')
        .map(|word| Value::String(word.trim().to_owned()))
        .filter(|word| word.as_str() != Some(""))
        .collect()
}
