//! Plain data from a YAML or JSON file: answers that somebody has written by hand.
//!
//! The same plain YAML as a definition, with the same findings, and JSON as programs write it. What
//! a word of YAML means depends on the field that it answers, so the caller says which fields are
//! text: `007` stays what it is there.

use serde_json::Value;

use super::diagnostic::{Diagnostic, Findings};
use super::json::read_json;
use super::source::{Sources, Span};
use super::yaml::{self, Core, Shape, Tree, Word};

/// A mapping of fields to values, or every problem of the file. An empty file is an empty mapping;
/// what begins with a brace is JSON, or else YAML with braces.
pub fn read_data(
    path: &str,
    text: &str,
    is_text: &dyn Fn(&str) -> bool,
) -> Result<serde_json::Map<String, Value>, Vec<Diagnostic>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        match read_json(text) {
            Ok(Value::Object(fields)) => return Ok(fields),
            Err(error) if error.is_data() => return Err(stands_twice(path, text, &error)),
            _ => {}
        }
    }
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

/// The problem of a key, which ends where the error was found.
fn stands_twice(path: &str, text: &str, error: &serde_json::Error) -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let file = sources.add(path, text);
    let lines_before = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let found_at = lines_before.map(str::len).sum::<usize>() + error.column();
    let read = text.get(..found_at).unwrap_or(text).trim_end();
    let opens = read.strip_suffix('"').and_then(|key| key.rfind('"'));
    let span = Span::new(file, opens.unwrap_or(0), read.len());
    let said = error.to_string();
    let message = said
        .rsplit_once(" at line ")
        .map_or(&*said, |(what, _)| what);
    findings.error(3, span, message);
    findings.into_diagnostics(&sources)
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
    fn json_is_read_as_programs_write_it() {
        let text =
            "\u{feff}{\n\t\"room\": \"007\", \"why\": \"a\\u00e9 \\ud83d\\ude00\", \"n\": 2\n}";
        let read = read_data("a.json", text, &|_| false).unwrap();
        let want = json!({"room": "007", "why": "aé 😀", "n": 2});
        assert_eq!(Value::Object(read), want);
        let braces = read_data("a.yaml", "{room: 007}", &|_| true).unwrap();
        assert_eq!(Value::Object(braces), json!({"room": "007"}));
    }

    #[test]
    fn a_key_that_stands_twice_in_json_is_refused_with_its_place() {
        for (text, place) in [
            ("{\"n\": 1,\n  \"é\": 2, \"n\" : 3}", (2, 11, 3)),
            ("{\"rows\": [{\"by\": 1, \"by\": 1}]}", (1, 21, 4)),
        ] {
            let problems = read_data("a.json", text, &|_| false).unwrap_err();
            let found = &problems[0];
            assert_eq!((found.line, found.column, found.width), place, "{text}");
            assert!(found.message.ends_with("stands twice here"), "{text}");
        }
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
