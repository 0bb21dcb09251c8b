//! What can still be said of a form that has problems.
//!
//! Its fields are known by name, so that the page beside it is checked as well. Of a field that has
//! a problem of its own nobody knows the kind, and nothing is built on it.

use std::collections::BTreeSet;

use super::Form;
use super::keywords::{self, Under};
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::yaml::{Entry, Shape, Tree, Word};

impl Form {
    /// Whether the kind of a field cannot be told; never in a workflow that runs.
    pub fn is_doubtful(&self, field: &str) -> bool {
        self.doubtful.contains(field)
    }

    /// Notes what the errors found in its file leave open.
    pub(super) fn doubt(&mut self, tree: &Tree, findings: &Findings) {
        self.doubtful = doubtful(tree, findings);
        if !knows_required(tree, findings) {
            for field in self.fields.values_mut() {
                field.required = true;
            }
        }
    }
}

/// Fields that are wrong themselves, or lead by a `$ref` to what is wrong.
fn doubtful(tree: &Tree, findings: &Findings) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    for home in ["$defs", "properties"] {
        for entry in named(tree, home) {
            if is_wrong(&entry.value, findings) {
                wrong.insert(format!("#/{home}/{}", entry.key.text));
            }
        }
    }
    let mut fields = BTreeSet::new();
    for entry in named(tree, "properties") {
        let mut asked = vec![format!("#/properties/{}", entry.key.text)];
        add_refs(&entry.value, &mut asked);
        if asked.iter().any(|place| wrong.contains(place)) {
            fields.insert(entry.key.text.clone());
        }
    }
    fields
}

fn named<'t>(tree: &'t Tree, home: &str) -> &'t [Entry] {
    tree.find(home).map_or(&[][..], Tree::entries)
}

/// Errors in the words for people leave open nothing.
fn is_wrong(schema: &Tree, findings: &Findings) -> bool {
    let in_words: usize = schema
        .entries()
        .iter()
        .filter(|entry| keywords::under(&entry.key.text) == Some(Under::Words))
        .map(|entry| findings.errors_in(entry.value.span))
        .sum();
    findings.errors_in(schema.span) > in_words
}

/// Every `$ref` at any depth, cut to the schema of the file that it leads into.
fn add_refs(tree: &Tree, places: &mut Vec<String>) {
    match &tree.shape {
        Shape::Map(entries) => {
            for entry in entries {
                if let Some(word) = entry.value.word().filter(|_| entry.key.text == "$ref") {
                    places.push(target(word));
                }
                add_refs(&entry.value, places);
            }
        }
        Shape::List(items) => {
            for item in items {
                add_refs(item, places);
            }
        }
        Shape::Scalar(_) => {}
    }
}

/// `#/$defs/score/items` to `#/$defs/score`.
fn target(word: &Word) -> String {
    let parts: Vec<_> = word.text.split('/').take(3).collect();
    parts.join("/")
}

/// Whether it is sure which fields must be answered.
fn knows_required(tree: &Tree, findings: &Findings) -> bool {
    let mut keys = tree.entries().iter().map(|entry| &entry.key.text);
    let all_known = keys.all(|key| keywords::under(key).is_some());
    let list = tree.find("required");
    all_known && list.is_none_or(|list| findings.errors_in(list.span) == 0)
}
