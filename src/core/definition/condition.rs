//! `when:` in words: `need.audience has governors and host_school.phase is not primary`.
//!
//! Only choices, numbers, dates and yes/no can be read, because free text can be erased; the
//! words are checked against the form when the definition is loaded. There is no expression
//! language on purpose.

use super::dates::StepRef;

/// Tests joined by only `and`, or only `or`.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub any: bool,
    pub tests: Vec<Test>,
    /// As written, for pages and refusals.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    pub path: Path,
    /// As written: `need.audience`.
    pub path_text: String,
    pub op: Op,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Path {
    Answer(StepRef, String),
    Outcome(StepRef),
    HostSchool(String),
    School(String),
    /// An answer or setting of the cycle.
    Cycle(String),
    /// `ROLE is given`.
    Role(String),
}

/// A value in a test: text for choices, numbers, dates as text, and yes/no.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(i64),
    Bool(bool),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    Is(Value),
    IsNot(Value),
    Has(Value),
    HasNo(Value),
    AtLeast(Value),
    AtMost(Value),
    Given,
    NotGiven,
}
