//! Why a command was not applied, in a sentence that a coordinator understands.
//!
//! `code` is for programs and never changes its meaning; `reason` is for people. A person stands
//! in it as `person:ID` and gets a name only at the edge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::Address;
use crate::core::definition::form::FieldProblem;

/// The command is refused for good; another command would be needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    pub code: Code,
    pub reason: String,
    /// What is wrong with single fields of the answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
}

/// It may be possible later: the run has not got that far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYet {
    pub step: Option<Address>,
    pub code: Code,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Refused(Refusal),
    NotYet(NotYet),
}

/// The rule that refused. The generated documents list them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    UnknownRun,
    UnknownWorkflow,
    UnknownSchool,
    UnknownPerson,
    UnknownStep,
    UnknownEvent,
    UnknownRole,
    AlreadyStarted,
    AlreadyComplete,
    NotRequired,
    NotReady,
    NotOpenYet,
    Paused,
    Stopped,
    Complete,
    NotPaused,
    NotStopped,
    VersionMoved,
    NotAllowed,
    NotTheirStep,
    ForbiddenByNot,
    ReasonRequired,
    OutcomeRequired,
    UnknownOutcome,
    InvalidAnswers,
    TooManyPasses,
    TooFewPasses,
    WrongPeople,
    WrongDate,
    WrongKind,
    CannotReopen,
    CannotMigrate,
    CannotErase,
    TooManyKept,
    CalendarEnds,
    Expired,
    TooLate,
    /// Nobody was written to, so nothing lapses.
    NotAsked,
    NotHereYet,
    /// An operator took it out of the inbox.
    Discarded,
}

impl Refusal {
    pub fn new(code: Code, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
            fields: Vec::new(),
        }
    }
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<NotYet> for Verdict {
    fn from(not_yet: NotYet) -> Self {
        Self::NotYet(not_yet)
    }
}
