//! A form: a JSON Schema with titles and hints, and what the engine must know of its fields.
//!
//! A field is *erasable* if it is text without a fixed choice or a date, or is marked
//! `x-personal`; of such a field the log holds only a commitment. A field with text anywhere
//! inside it (a table of actions) is erasable as a whole.
//!
//! `load` reads a file, `keywords` knows JSON Schema's words, `fields` makes the list of fields,
//! `validate` says in plain words what is wrong with some answers.

mod fields;
mod keywords;
mod load;
mod validate;

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

#[derive(Debug, Clone)]
pub struct Form {
    pub name: String,
    pub title: String,
    pub schema: Value,
    /// In the order of the file.
    pub fields: IndexMap<String, Field>,
    pub(crate) validator: Arc<jsonschema::Validator>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub title: String,
    pub kind: FieldKind,
    pub required: bool,
    pub erasable: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    Text,
    Choice(Vec<String>),
    /// A list of fixed choices.
    Choices(Vec<String>),
    Number,
    YesNo,
    Date,
    /// A person's id (`x-person: true`).
    Person,
    People,
    /// A table or anything deeper.
    Other,
}

/// What is wrong with one field of some answers, in words for whoever filled it in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldProblem {
    /// JSON pointer to the field: `/success_criteria/0`.
    pub field: String,
    pub problem: String,
}

pub(crate) use load::load_form;

/// Answers to a form, by field.
pub type Answers = Map<String, Value>;
