//! A form: a JSON Schema with titles and hints, and what the engine must know of its fields.
//!
//! A field is *erasable* if it is text without a fixed choice or a date, or is marked
//! `x-personal`; of such a field the log holds only a commitment. A field with text anywhere
//! inside it (a table of actions) is erasable as a whole.
//!
//! `load` reads a file, `keywords` knows JSON Schema's words, `fields` makes the list of fields,
//! `choices` gives fixed answers their labels, `build` makes a schema of the whole, `doubt` knows
//! what problems leave open, `validate` says in plain words what is wrong with some answers.

mod build;
pub mod choices;
mod doubt;
mod fields;
mod keywords;
mod load;
mod validate;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use serde_json::{Map, Value};

#[derive(Debug, Clone)]
pub struct Form {
    pub name: String,
    pub title: String,
    pub schema: Value,
    /// In the order of the file.
    pub fields: IndexMap<String, Field>,
    /// Fields that have a problem of their own.
    doubtful: BTreeSet<String>,
    compiled: Arc<OnceLock<build::Compiled>>,
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
    Choice(Vec<Choice>),
    /// A list of fixed choices.
    Choices(Vec<Choice>),
    Number,
    YesNo,
    Date,
    /// A person's id (`x-person: true`).
    Person,
    People,
    /// A table, or a group of fields: its columns. Without any: a list of texts, or something
    /// that has no names.
    Table(IndexMap<String, Field>),
}

/// What is wrong with one field of some answers, in words for whoever filled it in.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct FieldProblem {
    /// JSON pointer to the field: `/success_criteria/0`.
    pub field: String,
    pub problem: String,
}

pub use choices::Choice;
pub(crate) use load::load_form;

/// Answers to a form, by field.
pub type Answers = Map<String, Value>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::core::definition::diagnostic::Findings;
    use crate::core::definition::source::Sources;

    const VISIT: &str = "\
title: Visit record
type: object
required: [held_on, focus, actions]
properties:
  held_on: {title: Held on, type: string, format: date}
  focus: {title: Focus, enum: [reading, writing]}
  seen: {title: Seen, type: array, items: {enum: [lessons, books]}, uniqueItems: true}
  pupils: {title: Pupils, type: integer, minimum: 1, maximum: 400}
  agreed: {title: Agreed, type: boolean}
  lead: {title: Lead, type: string, x-person: true}
  team: {title: Team, type: array, items: {type: string, x-person: true}}
  note: {title: Note, type: string, maxLength: 5}
  birthday: {title: Birthday, type: string, format: date, x-personal: true}
  score: {$ref: '#/$defs/score'}
  actions:
    title: Actions
    type: array
    minItems: 1
    items:
      type: object
      additionalProperties: false
      required: [what]
      properties: {what: {type: string, minLength: 1}, by: {type: string, format: date}}
  counts:
    title: Counts
    type: object
    additionalProperties: false
    properties: {girls: {type: integer}}
$defs:
  score: {title: Score, oneOf: [{const: low}, {const: high}]}
";

    fn form() -> Form {
        let mut sources = Sources::default();
        let file = sources.add("forms/visit.yaml", VISIT);
        let mut findings = Findings::default();
        let form = load_form("visit", &sources, file, false, &mut findings);
        assert_eq!(findings.into_diagnostics(&sources), []);
        form.unwrap()
    }

    fn problems(answers: &Value) -> Vec<String> {
        let problems = form().validate(answers.as_object().unwrap());
        problems
            .iter()
            .map(|problem| format!("{} {}", problem.field, problem.problem))
            .collect()
    }

    #[test]
    fn fields_know_their_kind_and_what_may_be_erased() {
        let kinds: Vec<_> = form()
            .fields
            .into_iter()
            .map(|(name, field)| (name, field.kind.say(), field.erasable))
            .collect();
        let kinds: Vec<_> = kinds
            .iter()
            .map(|(name, kind, erasable)| (name.as_str(), *kind, *erasable))
            .collect();
        assert_eq!(
            kinds,
            [
                ("held_on", "a date", false),
                ("focus", "a choice", false),
                ("seen", "a list of choices", false),
                ("pupils", "a number", false),
                ("agreed", "yes or no", false),
                ("lead", "a person", false),
                ("team", "a list of people", false),
                ("note", "text", true),
                ("birthday", "a date", true),
                ("score", "a choice", false),
                ("actions", "a table", true),
                ("counts", "a table", false),
            ]
        );
        assert_eq!(form().fields["score"].title, "Score");
        assert!(form().fields["focus"].required && !form().fields["note"].required);
    }

    #[test]
    fn good_answers_have_no_problem() {
        let answers = json!({
            "held_on": "2027-03-02", "focus": "reading", "actions": [{"what": "read more"}],
        });
        assert_eq!(problems(&answers), Vec::<String>::new());
    }

    #[test]
    fn problems_are_said_in_plain_words_in_the_order_of_the_form() {
        let answers = json!({
            "surprise": 1, "held_on": "2 March", "seen": ["lessons", "lessons"], "pupils": 0,
            "agreed": "yes", "note": "too long", "score": "middling",
            "actions": [{"what": "", "by": "soon", "who": "me"}],
        });
        assert_eq!(
            problems(&answers),
            [
                "/held_on must be a date, as 2027-03-02",
                "/focus is missing",
                "/seen names something twice",
                "/pupils must be at least 1",
                "/agreed must be yes or no",
                "/note must have at most 5 characters",
                "/score is none of low, high",
                "/actions/0/by must be a date, as 2027-03-02",
                "/actions/0/what is empty",
                "/actions/0/who is not asked for",
                "/surprise there is no such question in \"Visit record\"",
            ]
        );
    }

    #[test]
    fn erased_fields_are_not_asked_for_again() {
        let answers = json!({"held_on": "2027-03-02", "focus": "reading"});
        let answers = answers.as_object().unwrap();
        assert_eq!(form().validate(answers).len(), 1);
        let erased = BTreeSet::from(["actions".to_owned()]);
        assert_eq!(form().validate_known(answers, &erased), []);
    }
}
