//! A form built as a JSON Schema, by which answers are checked.
//!
//! Each keyword may be right by itself and the whole be none. The builder stops at the first
//! problem, so for a report the form is built once more without the part that is wrong.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use super::Form;
use super::keywords::{self, Under};
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::yaml::{Shape, Tree};

/// What answers are checked by, or why there is no such thing.
pub(super) type Compiled = Result<Validator, NoSchema>;

/// Each keyword is right by itself, but not all of them together.
#[derive(Debug, thiserror::Error)]
#[error("this is no JSON Schema: {why}")]
pub(super) struct NoSchema {
    /// JSON pointer into the form.
    at: String,
    why: String,
}

impl Form {
    /// Made when it is first asked for: most forms of a workflow are only looked at.
    pub(super) fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| compile(&self.schema))
    }
}

fn compile(schema: &Value) -> Compiled {
    let options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex())
        .offline();
    options.build(schema).map_err(|error| NoSchema {
        at: error.instance_path().to_string(),
        why: short(&error.to_string()),
    })
}

/// How often a form is built anew to find its next problem.
const MOST_BUILDS: usize = 12;

/// Rule 26, for the form as a whole. Only one problem is found at a time, so the form is built once
/// more without the part that is wrong.
pub(super) fn check(form: &Form, tree: &Tree, findings: &mut Findings) {
    // Else a part of the file may only have a misspelt name.
    if tree
        .entries()
        .iter()
        .all(|entry| keywords::under(&entry.key.text).is_some())
    {
        check_refs(&form.schema, tree, findings);
    }
    let Err(first) = form.compiled() else {
        return;
    };
    report_no_schema(first, tree, findings);
    let mut schema = form.schema.clone();
    let mut at = first.at.clone();
    for _ in 0..MOST_BUILDS {
        if findings.is_full() || !take_out(&mut schema, &at) {
            return;
        }
        let Err(next) = compile(&schema) else {
            return;
        };
        report_no_schema(&next, tree, findings);
        at = next.at;
    }
}

/// A `$ref` inside the file leads somewhere; the builder would not say which of them does not.
fn check_refs(schema: &Value, tree: &Tree, findings: &mut Findings) {
    match &tree.shape {
        Shape::Map(entries) => {
            for entry in entries {
                let word = entry.value.word().filter(|_| entry.key.text == "$ref");
                let pointer = word.and_then(|word| word.text.strip_prefix('#'));
                if pointer.is_some_and(|pointer| schema.pointer(pointer).is_none()) {
                    let message = "this `$ref` leads nowhere: `#/$defs/NAME` is meant";
                    findings.error(26, entry.value.span, message);
                }
                check_refs(schema, &entry.value, findings);
            }
        }
        Shape::List(items) => {
            for item in items {
                check_refs(schema, item, findings);
            }
        }
        Shape::Scalar(_) => {}
    }
}

/// Unless an error in that place was said before: then this is the same.
fn report_no_schema(error: &NoSchema, tree: &Tree, findings: &mut Findings) {
    let at = find(tree, &error.at).unwrap_or(tree).span;
    if findings.errors_in(at) == 0 {
        findings.error(26, at, error.to_string());
    }
}

/// Takes what stands under a JSON pointer out of a schema, or puts in its place what takes anything.
fn take_out(schema: &mut Value, pointer: &str) -> bool {
    let Some((around, last)) = pointer.rsplit_once('/') else {
        return false;
    };
    let name = last.replace("~1", "/").replace("~0", "~");
    let under = around.rsplit('/').next().and_then(keywords::under);
    match schema.pointer_mut(around) {
        Some(Value::Object(fields)) if under == Some(Under::Named) => {
            fields.insert(name, Value::Bool(true)).is_some()
        }
        Some(Value::Object(fields)) => fields.shift_remove(&name).is_some(),
        // Where one entry is wanted at least, the keyword is the next to go.
        Some(Value::Array(items)) => {
            items.clear();
            true
        }
        _ => false,
    }
}

fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(200).collect()
}

/// The tree under a JSON pointer.
pub(super) fn find<'t>(tree: &'t Tree, pointer: &str) -> Option<&'t Tree> {
    let mut at = tree;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        at = match &at.shape {
            Shape::Map(_) => at.find(&part)?,
            Shape::List(items) => items.get(part.parse::<usize>().ok()?)?,
            Shape::Scalar(_) => return None,
        };
    }
    Some(at)
}
