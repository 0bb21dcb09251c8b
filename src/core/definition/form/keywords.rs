//! The words of JSON Schema 2020-12, and ours beside them.

/// What stands under a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    Schema,
    Schemas,
    /// Names to schemas.
    Named,
    /// Text for people.
    Words,
    Data,
}

/// Ours: `x-personal`, `x-person`, `x-hint`, `x-order`. No `$anchor`, `$dynamicRef` and the like:
/// a form is one page for people.
pub const KEYWORDS: &[(&str, Under)] = &[
    ("title", Under::Words),
    ("description", Under::Words),
    ("x-hint", Under::Words),
    ("$comment", Under::Words),
    ("properties", Under::Named),
    ("patternProperties", Under::Named),
    ("dependentSchemas", Under::Named),
    ("$defs", Under::Named),
    ("allOf", Under::Schemas),
    ("anyOf", Under::Schemas),
    ("oneOf", Under::Schemas),
    ("prefixItems", Under::Schemas),
    ("items", Under::Schema),
    ("contains", Under::Schema),
    ("if", Under::Schema),
    ("then", Under::Schema),
    ("else", Under::Schema),
    ("not", Under::Schema),
    ("propertyNames", Under::Schema),
    ("additionalProperties", Under::Schema),
    ("unevaluatedProperties", Under::Schema),
    ("unevaluatedItems", Under::Schema),
    ("type", Under::Data),
    ("required", Under::Data),
    ("enum", Under::Data),
    ("const", Under::Data),
    ("format", Under::Data),
    ("pattern", Under::Data),
    ("default", Under::Data),
    ("examples", Under::Data),
    ("minimum", Under::Data),
    ("maximum", Under::Data),
    ("exclusiveMinimum", Under::Data),
    ("exclusiveMaximum", Under::Data),
    ("multipleOf", Under::Data),
    ("minLength", Under::Data),
    ("maxLength", Under::Data),
    ("minItems", Under::Data),
    ("maxItems", Under::Data),
    ("uniqueItems", Under::Data),
    ("minContains", Under::Data),
    ("maxContains", Under::Data),
    ("minProperties", Under::Data),
    ("maxProperties", Under::Data),
    ("dependentRequired", Under::Data),
    ("readOnly", Under::Data),
    ("writeOnly", Under::Data),
    ("deprecated", Under::Data),
    ("contentEncoding", Under::Data),
    ("contentMediaType", Under::Data),
    ("$schema", Under::Data),
    ("$id", Under::Data),
    ("$ref", Under::Data),
    ("x-personal", Under::Data),
    ("x-person", Under::Data),
    ("x-order", Under::Data),
];

pub const TYPES: &[&str] = &[
    "string", "integer", "number", "boolean", "array", "object", "null",
];

/// What an answer is checked by. `idn-email` and `idn-hostname` are not built in.
pub const FORMATS: &[&str] = &[
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

pub const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

pub fn under(keyword: &str) -> Option<Under> {
    KEYWORDS
        .iter()
        .find(|(name, _)| *name == keyword)
        .map(|(_, under)| *under)
}

pub fn names() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use jsonschema::Draft;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_format_that_we_name_is_checked_and_no_other() {
        let is_known = |format: &str| {
            jsonschema::options()
                .with_draft(Draft::Draft202012)
                .should_validate_formats(true)
                .should_ignore_unknown_formats(false)
                .build(&json!({"type": "string", "format": format}))
                .is_ok()
        };
        for format in FORMATS {
            assert!(is_known(format), "{format}");
        }
        for format in ["dat", "idn-email", "idn-hostname"] {
            assert!(!is_known(format), "{format}");
        }
    }
}
