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
