//! A form file, YAML or JSON, to a schema with its fields.
//!
//! Every keyword is looked at with its place, because a misspelt one would silently check nothing.
//! After a problem it goes on with the rest. Nothing is ever fetched: a `$ref` stays inside the file.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::build::{self, find};
use super::keywords::{self, DRAFT, FORMATS, TYPES, Under};
use super::{Form, choices, fields};
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::fields::report_trap;
use crate::core::definition::near;
use crate::core::definition::source::{Sources, Span};
use crate::core::definition::yaml::{self, Core, Shape, Tree, Word};

/// The form of a file, perhaps with problems, which are reported (rules 3, 4 and 26); `None` if its
/// fields cannot be told. What was tested is not built as a schema.
pub fn load_form(
    name: &str,
    sources: &Sources,
    file: u16,
    is_tested: bool,
    findings: &mut Findings,
) -> Option<Form> {
    let before = findings.errors();
    let tree = yaml::parse(sources, file, findings);
    let Some(tree) = tree.filter(|tree| !tree.entries().is_empty()) else {
        if findings.errors() == before {
            findings.error(26, Span::top(file), format!("form {name} is empty"));
        }
        return None;
    };
    let schema = Reader { findings }.schema(&tree);
    check_whole(&tree, &schema, findings);
    if !schema.get("properties").is_some_and(Value::is_object) {
        return None;
    }
    let fields = fields::read(&schema);
    check_names(&tree, &schema, &fields, findings);
    let title = schema
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or(name)
        .to_owned();
    let mut form = Form {
        name: name.to_owned(),
        title,
        fields,
        schema,
        doubtful: BTreeSet::new(),
        compiled: Arc::default(),
    };
    if !is_tested {
        build::check(&form, &tree, findings);
    }
    if findings.errors() > before {
        form.doubt(&tree, findings);
    }
    Some(form)
}

/// The form as a whole: an object with fields, in our draft.
fn check_whole(tree: &Tree, schema: &Value, findings: &mut Findings) {
    let top = Span {
        end: tree.span.start,
        ..tree.span
    };
    if schema.get("type") != Some(&Value::from("object")) {
        let at = tree.find("type").map_or(top, |tree| tree.span);
        findings.error(26, at, "a form is an object: `type: object` at its top");
    }
    if schema
        .get("properties")
        .is_none_or(|fields| !fields.is_object())
    {
        findings.error(26, top, "a form has fields: `properties` at its top");
    }
    if let Some(draft) = tree.find("$schema").filter(|_| schema["$schema"] != DRAFT) {
        findings.error(26, draft.span, format!("forms are written in {DRAFT}"));
    }
}

/// Names of fields, and that `required` speaks of fields that are there.
fn check_names(
    tree: &Tree,
    schema: &Value,
    fields: &indexmap::IndexMap<String, super::Field>,
    findings: &mut Findings,
) {
    for entry in tree.find("properties").map_or(&[][..], Tree::entries) {
        let name = &entry.key.text;
        let right = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !right {
            let message = format!("`{name}` is no name for a field: use small_letters");
            findings.error(26, entry.key.span, message);
        } else if name == "outcome" {
            let message = "a field cannot be called `outcome`: that is the step's own";
            findings.error(26, entry.key.span, message);
        }
    }
    let required = schema.get("required").and_then(Value::as_array);
    for (at, name) in required.into_iter().flatten().enumerate() {
        let Some(name) = name.as_str().filter(|name| !fields.contains_key(*name)) else {
            continue;
        };
        let place = find(tree, &format!("/required/{at}")).map_or(tree.span, |tree| tree.span);
        let hint = near::did_you_mean(name, fields.keys().map(String::as_str));
        let message = format!("`required` names `{name}`, which is no field");
        findings.error_hint(26, place, message, hint);
    }
}

struct Reader<'f> {
    findings: &'f mut Findings,
}

impl Reader<'_> {
    fn schema(&mut self, tree: &Tree) -> Value {
        self.schema_of(tree, false)
    }

    /// `texts` where what is around it takes text only.
    fn schema_of(&mut self, tree: &Tree, texts: bool) -> Value {
        let Shape::Map(entries) = &tree.shape else {
            if let Some(Core::Bool(flag)) = tree.word().map(Word::core) {
                return Value::Bool(flag);
            }
            if !self.is_said(tree) {
                let message = format!("a schema stands here, not {}", tree.noun());
                self.findings.error(26, tree.span, message);
            }
            return Value::Null;
        };
        let texts = texts
            || tree
                .find("type")
                .and_then(Tree::word)
                .is_some_and(|kind| kind.text == "string");
        let mut object = Map::new();
        for entry in entries {
            let keyword = entry.key.text.as_str();
            if self.is_said(&entry.value) {
                continue;
            }
            let value = match keywords::under(keyword) {
                Some(Under::Schema) => self.schema(&entry.value),
                Some(Under::Schemas) => self.schemas(&entry.value, texts),
                Some(Under::Named) => self.named(&entry.value),
                Some(Under::Words) => self.words(&entry.value),
                Some(Under::Data) => self.keyword(keyword, &entry.value, texts),
                None => {
                    let message = format!("`{keyword}` is no keyword of JSON Schema");
                    let hint = near::did_you_mean(keyword, keywords::names());
                    self.findings.error_hint(26, entry.key.span, message, hint);
                    continue;
                }
            };
            object.insert(keyword.to_owned(), value);
        }
        Value::Object(object)
    }

    /// Whether nothing is left of what stands here (an alias), which was reported.
    fn is_said(&self, tree: &Tree) -> bool {
        tree.is_null() && self.findings.errors_in(tree.span) > 0
    }

    fn schemas(&mut self, tree: &Tree, texts: bool) -> Value {
        let Shape::List(items) = &tree.shape else {
            let message = format!("a list of schemas stands here, not {}", tree.noun());
            self.findings.error(26, tree.span, message);
            return Value::Null;
        };
        let all: Value = items
            .iter()
            .map(|item| self.schema_of(item, texts))
            .collect();
        if choices::read_one_of(&all).is_some() {
            self.check_labels(items);
        }
        all
    }

    /// Rule 26: choices can be told apart, and all of them have a label or none.
    fn check_labels(&mut self, choices: &[Tree]) {
        for key in ["const", "title"] {
            let mut seen = BTreeSet::new();
            for word in choices.iter().filter_map(|choice| choice.find(key)?.word()) {
                if !seen.insert(word.text.as_str()) {
                    let message = format!("`{}` stands twice among these choices", word.text);
                    self.findings.error(26, word.span, message);
                }
            }
            let missing = choices.iter().find(|choice| choice.find(key).is_none());
            if let Some(choice) = missing.filter(|_| !seen.is_empty()) {
                let message = "this choice lacks the `title` that the others have";
                self.findings.error(26, choice.span, message);
            }
        }
    }

    fn named(&mut self, tree: &Tree) -> Value {
        let Shape::Map(entries) = &tree.shape else {
            let message = format!("names with schemas stand here, not {}", tree.noun());
            self.findings.error(26, tree.span, message);
            return Value::Null;
        };
        let pairs = entries
            .iter()
            .map(|e| (e.key.text.clone(), self.schema(&e.value)));
        Value::Object(pairs.collect())
    }

    fn words(&mut self, tree: &Tree) -> Value {
        let Some(word) = tree.word() else {
            let message = format!("text stands here, not {}", tree.noun());
            self.findings.error(4, tree.span, message);
            return Value::Null;
        };
        if let Some(what) = word.mistaken_for() {
            report_trap(word, what, self.findings);
        }
        Value::String(word.text.clone())
    }

    fn keyword(&mut self, keyword: &str, tree: &Tree, texts: bool) -> Value {
        let meant = texts && matches!(keyword, "enum" | "const" | "default" | "examples");
        let value = self.data(tree, meant);
        let outside = value.as_str().is_some_and(|text| !text.starts_with('#'));
        if keyword == "$ref" && outside {
            let message = "a `$ref` stays inside its file: `#/$defs/NAME`";
            self.findings.error(26, tree.span, message);
        }
        match keyword {
            "type" => self.check_type(tree),
            "format" => self.check_format(tree),
            _ => {}
        }
        if keyword.starts_with("x-person") && !value.is_boolean() {
            self.findings
                .error(26, tree.span, format!("`{keyword}` is true or false"));
        }
        value
    }

    fn check_type(&mut self, tree: &Tree) {
        let words = match &tree.shape {
            Shape::Scalar(word) => vec![word],
            Shape::List(items) => items.iter().filter_map(Tree::word).collect(),
            Shape::Map(_) => vec![],
        };
        for word in words {
            if word.text == "number" {
                let message = "`number` takes whole numbers only: there are no fractions";
                let hint = Some("Write `type: integer`.".to_owned());
                self.findings.warn(26, word.span, message, hint);
            }
            if TYPES.contains(&word.text.as_str()) {
                continue;
            }
            let hint = near::did_you_mean(&word.text, TYPES.iter().copied());
            let message = format!("`{}` is no type of JSON Schema", word.text);
            self.findings.error_hint(26, word.span, message, hint);
        }
    }

    /// A format that nothing checks would let every text in.
    fn check_format(&mut self, tree: &Tree) {
        let word = tree.word().filter(|word| !word.is_null());
        let Some(word) = word.filter(|word| !FORMATS.contains(&word.text.as_str())) else {
            return;
        };
        let hint = near::did_you_mean(&word.text, FORMATS.iter().copied());
        let message = format!("`{}` is no format of JSON Schema", word.text);
        self.findings.error_hint(26, word.span, message, hint);
    }

    /// Plain data; `texts` where every scalar is meant as text.
    fn data(&mut self, tree: &Tree, texts: bool) -> Value {
        match &tree.shape {
            Shape::List(items) => items.iter().map(|item| self.data(item, texts)).collect(),
            Shape::Map(entries) => {
                let pairs = entries
                    .iter()
                    .map(|e| (e.key.text.clone(), self.data(&e.value, texts)));
                Value::Object(pairs.collect())
            }
            Shape::Scalar(word) => {
                let trap = word.mistaken_for();
                if let Some(what) = trap.filter(|_| texts || word.is_old_boolean()) {
                    report_trap(word, what, self.findings);
                }
                scalar(word)
            }
        }
    }
}

fn scalar(word: &Word) -> Value {
    match word.core() {
        Core::Null => Value::Null,
        Core::Bool(flag) => Value::Bool(flag),
        Core::Int(number) => Value::from(number),
        Core::Float(number) => Value::from(number),
        Core::Text => Value::String(word.text.clone()),
    }
}
