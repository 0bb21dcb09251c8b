//! Why a message went into quarantine, and what could still be read of it.
//!
//! `code` is for programs and never changes its meaning; `reason` names the place, the rule and
//! the way out. A fault never repeats what stood in a field, because that may be about a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::names::{AllianceId, RunId};

/// The rule that put a message into quarantine. The generated documents list them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The body has no byte.
    Empty,
    /// The body is over 1 MiB.
    TooLarge,
    /// The content type is another one than CloudEvents in JSON, or an encoding is claimed.
    WrongContentType,
    /// The body begins with a byte order mark.
    ByteOrderMark,
    /// The body is not UTF-8.
    NotUtf8,
    /// The body is not JSON: cut, misspelt, with a lone surrogate or a number out of range.
    NotJson,
    /// Objects and lists are nested deeper than 32.
    TooDeep,
    /// A key stands twice in one object.
    DuplicateKey,
    /// A fraction, an exponent, `-0`, or an integer beyond ±(2^53-1).
    BadNumber,
    /// A text holds the character NUL.
    BadText,
    /// The body is JSON, but no object.
    NotAnObject,
    /// `specversion` is not `1.0`.
    UnknownSpecversion,
    /// No such command, or one that is not taken from outside.
    UnknownType,
    /// `id` is empty, over 200 characters, or has control characters.
    BadId,
    /// An attribute or a field of `data` is missing.
    MissingField,
    /// A field of `data` that the command does not have.
    UnknownField,
    /// An attribute or a field of `data` has the wrong form.
    WrongField,
    /// A moment is not RFC 3339, or has no zone offset.
    BadTime,
    /// `time` is before the year 2000 or more than three days ahead.
    ClockSkew,
    /// The source is not the sender's, or not of that alliance.
    ForgedSource,
    /// The id was used before for another message.
    IdReused,
    /// The message was delivered 50 times without an end.
    CrashesWorker,
    /// The message was parked until its time was over.
    WaitedTooLong,
    /// The broker gave the message up (queue `alongside.dead`).
    DeadLettered,
    /// The routing key leads nowhere (queue `alongside.unrouted`).
    Unrouted,
}

impl Fault {
    /// As programs see it: `not_json`.
    pub fn code(self) -> String {
        crate::core::message::write::name_of(&self)
    }
}

/// A message from which no command could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub code: Fault,
    /// A sentence: the place, the rule, the way out.
    pub reason: String,
    /// With `id` and `source` the sender still gets an answer.
    pub id: Option<String>,
    pub source: Option<String>,
    pub alliance: Option<AllianceId>,
    pub run: Option<RunId>,
    /// The message's type, known or not.
    pub kind: Option<String>,
}

impl Unreadable {
    /// A message of which nothing can be read.
    pub fn new(code: Fault, reason: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            code,
            reason: reason.into(),
            id: None,
            source: None,
            alliance: None,
            run: None,
            kind: None,
        })
    }
}
