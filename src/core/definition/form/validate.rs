//! Answers against a form, said in words that whoever filled it in understands.

use std::collections::BTreeSet;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::{Answers, FieldProblem, Form, choices};

impl Form {
    /// Everything that is wrong with these answers, in the order of the fields.
    pub fn validate(&self, answers: &Answers) -> Vec<FieldProblem> {
        let mut problems = vec![];
        for name in answers
            .keys()
            .filter(|name| !self.fields.contains_key(*name))
        {
            let problem = format!("there is no such question in \"{}\"", self.title);
            problems.push(FieldProblem {
                field: format!("/{}", escape(name)),
                problem,
            });
        }
        let value = Value::Object(answers.clone());
        match self.compiled() {
            Ok(validator) => {
                for error in validator.iter_errors(&value) {
                    say(&self.schema, &error, &mut problems);
                }
            }
            Err(no_schema) => problems.push(FieldProblem {
                field: String::new(),
                problem: no_schema.to_string(),
            }),
        }
        problems.sort_by_key(|problem| self.order(problem));
        problems.dedup();
        problems
    }

    /// The same, but for the fields that are left out on purpose (their text was erased).
    pub fn validate_known(
        &self,
        answers: &Answers,
        left_out: &BTreeSet<String>,
    ) -> Vec<FieldProblem> {
        let mut problems = self.validate(answers);
        problems.retain(|problem| !left_out.contains(&problem.top_field()));
        problems
    }

    fn order(&self, problem: &FieldProblem) -> (usize, String) {
        let place = self.fields.get_index_of(&problem.top_field());
        (place.unwrap_or(usize::MAX), problem.field.clone())
    }
}

impl FieldProblem {
    /// The field of the form in which the problem lies.
    pub fn top_field(&self) -> String {
        let name = self.field.split('/').nth(1).unwrap_or_default();
        name.replace("~1", "/").replace("~0", "~")
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn say(schema: &Value, error: &ValidationError, problems: &mut Vec<FieldProblem>) {
    let field = error.instance_path().as_str().to_owned();
    let mut add = |field: String, problem: String| problems.push(FieldProblem { field, problem });
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = escape(property.as_str().unwrap_or_default());
            add(format!("{field}/{name}"), "is missing".to_owned());
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            // At the top these have been said already.
            for name in unexpected.iter().filter(|_| !field.is_empty()) {
                add(
                    format!("{field}/{}", escape(name)),
                    "is not asked for".to_owned(),
                );
            }
        }
        kind => {
            let said = offered(schema, error).or_else(|| words(kind));
            add(field, said.unwrap_or_else(|| error.to_string()));
        }
    }
}

/// What could have been chosen instead, where the choices have labels.
fn offered(schema: &Value, error: &ValidationError) -> Option<String> {
    let ValidationErrorKind::OneOfNotValid { .. } = error.kind() else {
        return None;
    };
    let list = schema.pointer(error.schema_path().as_str())?;
    let choices = choices::read_one_of(list)?;
    let all: Vec<String> = choices
        .iter()
        .map(choices::Choice::value_and_label)
        .collect();
    Some(format!("is none of {}", all.join(", ")))
}

fn words(kind: &ValidationErrorKind) -> Option<String> {
    use ValidationErrorKind as Kind;
    Some(match kind {
        Kind::Enum { options } => match options.as_array() {
            Some(list) => format!(
                "is none of {}",
                list.iter().map(plain).collect::<Vec<_>>().join(", ")
            ),
            None => "is none of the choices".to_owned(),
        },
        Kind::OneOfNotValid { .. } | Kind::AnyOf { .. } => "is none of the choices".to_owned(),
        Kind::OneOfMultipleValid { .. } => "fits more than one choice".to_owned(),
        Kind::Constant { expected_value } => format!("must be {}", plain(expected_value)),
        Kind::Type { kind } => format!("must be {}", type_words(kind)),
        Kind::Format { format } => format!("must be {}", format_words(format)),
        Kind::MinLength { limit: 1 } | Kind::MinItems { limit: 1 } => "is empty".to_owned(),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } => format!("needs at least {limit} entries"),
        Kind::MaxItems { limit } => format!("takes at most {limit} entries"),
        Kind::UniqueItems => "names something twice".to_owned(),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::Pattern { .. } => "is not written as asked for".to_owned(),
        Kind::FalseSchema => "must be left out here".to_owned(),
        Kind::Not { .. } => "is not allowed".to_owned(),
        Kind::Contains => "lacks an entry that is needed".to_owned(),
        Kind::MinProperties { .. } => "needs more answers".to_owned(),
        Kind::MaxProperties { .. } => "has too many answers".to_owned(),
        _ => return None,
    })
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn type_words(kind: &TypeKind) -> String {
    let one = |kind: JsonType| match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "yes or no",
        JsonType::Integer => "a whole number",
        JsonType::Null => "empty",
        JsonType::Number => "a number",
        JsonType::Object => "a group of answers",
        JsonType::String => "text",
    };
    match kind {
        TypeKind::Single(kind) => one(*kind).to_owned(),
        TypeKind::Multiple(kinds) => kinds.iter().map(one).collect::<Vec<_>>().join(" or "),
    }
}

fn format_words(format: &str) -> String {
    match format {
        "date" => "a date, as 2027-03-02".to_owned(),
        "time" => "a time, as 14:30:00Z".to_owned(),
        "date-time" => "a date and time, as 2027-03-02T14:30:00Z".to_owned(),
        "email" => "an email address".to_owned(),
        "uri" => "a web address".to_owned(),
        "uuid" => "an id".to_owned(),
        other => format!("a valid {other}"),
    }
}
