//! Fixed choices: the value that stands in answers and conditions, and the label that people read.
//!
//! `oneOf` with a `const` and a `title` each gives both; `enum` gives values that speak for
//! themselves, read with spaces for `_`. Entries and messages hold values only, so that a label can
//! be worded better in the next version.

use serde_json::{Map, Value, json};

use super::FieldKind;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    label: Option<String>,
}

impl Choice {
    fn plain(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            label: None,
        }
    }

    /// As people read it.
    pub fn label(&self) -> String {
        let label = self.label.clone();
        label.unwrap_or_else(|| self.value.replace('_', " "))
    }

    pub fn is_labelled(&self) -> bool {
        self.label.is_some()
    }

    /// For whoever has to write the value: `slt (Senior leadership team)`.
    pub fn value_and_label(&self) -> String {
        match &self.label {
            Some(label) => format!("{} ({label})", self.value),
            None => self.value.clone(),
        }
    }
}

/// How people read a value, also one that is no choice any more.
pub fn label(choices: &[Choice], value: &str) -> String {
    let found = choices.iter().find(|choice| choice.value == value);
    found.map_or_else(|| Choice::plain(value).label(), Choice::label)
}

/// The choices of a schema, if it offers nothing but fixed texts.
pub fn read(schema: &Value) -> Option<Vec<Choice>> {
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        let choices = list
            .iter()
            .map(|value| Some(Choice::plain(value.as_str()?)));
        return choices.collect();
    }
    read_one_of(schema.get("oneOf")?)
}

/// The choices under `oneOf`: a `const` each, and perhaps a `title`.
pub fn read_one_of(list: &Value) -> Option<Vec<Choice>> {
    let choices = list.as_array()?.iter().map(|one| {
        let value = one.get("const")?.as_str()?.to_owned();
        let label = one.get("title").and_then(Value::as_str).map(str::to_owned);
        Some(Choice { value, label })
    });
    choices.collect()
}

impl FieldKind {
    /// The labels of an answer in its own shape: of a table, only the columns that have choices.
    /// Nothing where there is no choice in it.
    pub fn labels(&self, answer: &Value) -> Option<Value> {
        match (self, answer) {
            (Self::Choice(choices), Value::String(value)) => Some(json!(label(choices, value))),
            (Self::Choices(choices), Value::Array(values)) => {
                let labels = values.iter().filter_map(Value::as_str);
                Some(labels.map(|value| json!(label(choices, value))).collect())
            }
            (Self::Table(_), Value::Array(rows)) => {
                let labels: Vec<_> = rows.iter().map(|row| self.labels(row)).collect();
                let some = labels.iter().any(Option::is_some);
                let rows = labels
                    .into_iter()
                    .map(|row| row.unwrap_or_else(|| json!({})));
                some.then(|| rows.collect())
            }
            (Self::Table(columns), Value::Object(fields)) => {
                let labels = fields.iter().filter_map(|(name, answer)| {
                    let labels = columns.get(name)?.kind.labels(answer)?;
                    Some((name.clone(), labels))
                });
                let labels: Map<_, _> = labels.collect();
                (!labels.is_empty()).then_some(Value::Object(labels))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::definition::diagnostic::Findings;
    use crate::core::definition::form::{Form, load_form};
    use crate::core::definition::source::Sources;

    const REPORT: &str = "\
title: Report
type: object
properties:
  audience:
    type: array
    items: {type: string, oneOf: [{const: slt, title: Senior leadership team}, {const: governors, title: Governors}]}
  length: {$ref: '#/$defs/length'}
  year: {type: string, oneOf: [{const: '2027', title: This year}, {const: '2028', title: Next year}]}
  plain: {type: string, enum: [not_agreed, agreed]}
  findings:
    type: array
    items:
      type: object
      properties:
        finding: {type: string}
        weight: {type: string, oneOf: [{const: a_lot, title: It weighs a lot}, {const: some, title: It weighs something}]}
$defs:
  length: {type: string, oneOf: [{const: half_day, title: Half a day}, {const: whole_day, title: A whole day}]}
";

    fn form() -> Form {
        let mut sources = Sources::default();
        let file = sources.add("forms/report.yaml", REPORT);
        let mut findings = Findings::default();
        let form = load_form("report", &sources, file, false, &mut findings);
        assert_eq!(findings.into_diagnostics(&sources), []);
        form.unwrap()
    }

    /// Value and label of each choice of a field.
    fn offered(field: &str) -> Vec<(String, String)> {
        let form = form();
        let (FieldKind::Choice(choices) | FieldKind::Choices(choices)) = &form.fields[field].kind
        else {
            panic!("{field} is {}", form.fields[field].kind.say())
        };
        let pairs = choices
            .iter()
            .map(|choice| (choice.value.clone(), choice.label()));
        pairs.collect()
    }

    fn pair(value: &str, label: &str) -> (String, String) {
        (value.to_owned(), label.to_owned())
    }

    fn problems(answers: &Value) -> Vec<String> {
        let problems = form().validate(answers.as_object().unwrap());
        let said = problems
            .iter()
            .map(|one| format!("{} {}", one.field, one.problem));
        said.collect()
    }

    #[test]
    fn a_choice_has_its_value_and_the_label_that_people_read() {
        assert_eq!(
            offered("audience"),
            [
                pair("slt", "Senior leadership team"),
                pair("governors", "Governors")
            ]
        );
        assert_eq!(offered("length")[0], pair("half_day", "Half a day"));
        assert_eq!(offered("year")[1], pair("2028", "Next year"));
        assert_eq!(offered("plain")[0], pair("not_agreed", "not agreed"));
        assert!(form().fields.values().take(4).all(|field| !field.erasable));
    }

    #[test]
    fn values_are_answered_and_an_error_names_values_and_labels() {
        let answers = json!({"audience": ["slt"], "length": "half_day", "year": "2027",
                             "plain": "agreed", "findings": [{"weight": "a_lot"}]});
        assert_eq!(problems(&answers), Vec::<String>::new());
        let answers = json!({"audience": ["Senior leadership team"], "length": "day",
                             "plain": "maybe", "findings": [{"weight": "none"}]});
        assert_eq!(
            problems(&answers),
            [
                "/audience/0 is none of slt (Senior leadership team), governors (Governors)",
                "/length is none of half_day (Half a day), whole_day (A whole day)",
                "/plain is none of not_agreed, agreed",
                "/findings/0/weight is none of a_lot (It weighs a lot), some (It weighs something)",
            ]
        );
    }

    #[test]
    fn labels_come_in_the_shape_of_the_answer() {
        let form = form();
        let labels = |field: &str, answer: Value| form.fields[field].kind.labels(&answer);
        let both = Some(json!(["Governors", "Senior leadership team"]));
        assert_eq!(labels("audience", json!(["governors", "slt"])), both);
        assert_eq!(
            labels("length", json!("whole_day")),
            Some(json!("A whole day"))
        );
        let rows = json!([{"finding": "x", "weight": "some"}, {"finding": "y"}]);
        assert_eq!(
            labels("findings", rows),
            Some(json!([{"weight": "It weighs something"}, {}]))
        );
        assert_eq!(labels("findings", json!([{"finding": "x"}])), None);
        // What an older version offered is still read as words; what was erased is nothing.
        assert_eq!(labels("length", json!("two_days")), Some(json!("two days")));
        assert_eq!(labels("length", Value::Null), None);
    }
}
