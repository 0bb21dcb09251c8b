//! Plain data from a YAML file: answers that somebody has written by hand.
//!
//! The same plain YAML as a definition, with the same findings. What a word means depends on the
//! field that it answers, so the caller says which fields are text: `007` stays what it is there.

use serde_json::Value;

use super::diagnostic::{Diagnostic, Findings};
use super::source::Sources;
use super::yaml::{self, Core, Shape, Tree, Word};

/// A mapping of fields to values, or every problem of the file. An empty file is an empty mapping.
pub fn read_data(
    path: &str,
    text: &str,
    is_text: &dyn Fn(&str) -> bool,
) -> Result<serde_json::Map<String, Value>, Vec<Diagnostic>> {
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let file = sources.add(path, text);
    let tree = yaml::parse(&sources, file, &mut findings);
    if let Some(tree) = &tree
        && !matches!(tree.shape, Shape::Map(_))
        && !tree.is_null()
    {
        let message = format!("fields with their answers stand here, not {}", tree.noun());
        findings.error(4, tree.span, message);
    }
    if findings.has_errors() {
        return Err(findings.into_diagnostics(&sources));
    }
    let entries = tree.iter().flat_map(Tree::entries);
    let fields = entries.map(|entry| {
        let name = entry.key.text.clone();
        let value = value(&entry.value, is_text(&name));
        (name, value)
    });
    Ok(fields.collect())
}

fn value(tree: &Tree, texts: bool) -> Value {
    match &tree.shape {
        Shape::List(items) => items.iter().map(|item| value(item, texts)).collect(),
        Shape::Map(entries) => {
            let fields = entries.iter();
            let fields = fields.map(|entry| (entry.key.text.clone(), value(&entry.value, texts)));
            Value::Object(fields.collect())
        }
        Shape::Scalar(word) => scalar(word, texts),
    }
}

fn scalar(word: &Word, text: bool) -> Value {
    match word.core() {
        Core::Null => Value::Null,
        Core::Bool(flag) if !text => Value::Bool(flag),
        Core::Int(number) if !text => Value::from(number),
        Core::Float(number) if !text => Value::from(number),
        Core::Bool(_) | Core::Int(_) | Core::Float(_) | Core::Text => {
            Value::String(word.text.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_word_means_what_its_field_asks_for() {
        let text =
            "room: 007\nvisits: 2\nempty:\nstages: [ks1, ks2]\nrows:\n  - {by: head, n: 1}\n";
        let read = read_data("a.yaml", text, &|name| name == "room").unwrap();
        let want = json!({"room": "007", "visits": 2, "empty": null, "stages": ["ks1", "ks2"],
                          "rows": [{"by": "head", "n": 1}]});
        assert_eq!(Value::Object(read), want);
        assert_eq!(
            read_data("a.yaml", "# nothing\n", &|_| false)
                .unwrap()
                .len(),
            0
        );
    }

    #[test]
    fn a_file_that_is_no_mapping_is_refused_with_its_place() {
        for text in ["- a\n", "word\n", "a: [1\n", "a: 1\na: 2\n"] {
            let problems = read_data("a.yaml", text, &|_| false).unwrap_err();
            assert!(
                problems[0].line >= 1 && !problems[0].message.is_empty(),
                "{text}"
            );
        }
    }
}
