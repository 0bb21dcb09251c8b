//! What is told to the world: one message per applied command, one per answer, one per `tell`.
//!
//! Ids are made from the run and its version, or from the command and its answer, so that a
//! message written twice is the same message twice. People stand in them as ids only, erasable
//! texts as commitments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::{Fault, Unreadable};
use super::read::derive_uuid;
use crate::core::definition::form::FieldProblem;
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::address::Address;
use crate::core::run::command::Envelope;
use crate::core::run::entry::Entry;
use crate::core::run::event::Event;
use crate::core::run::refusal::{self, NotYet, Refusal};
use crate::core::time::Instant;

/// A message ready to be sent. Its kind is its CloudEvents `type` and its routing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub id: String,
    pub kind: String,
    pub body: String,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is done and in the log.
    Applied,
    /// It will never be done; another command would be needed.
    Rejected,
    /// It waits for the run to get that far, and is tried again by itself.
    Parked,
    /// It lies with the operators, who may retry or discard it.
    Quarantined,
    /// It was handled before; nothing happened now.
    Duplicate,
}

/// Either kind of code, as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "AnswerCode")]
pub enum Code {
    Refusal(refusal::Code),
    Fault(Fault),
}

/// Which command an answer is about, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub id: String,
    pub source: String,
    /// `alongside.step.complete`
    pub kind: Option<String>,
    pub alliance: Option<AllianceId>,
    pub run: Option<RunId>,
}

/// An answer to a command that made no entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Rejected(Refusal),
    Parked { not_yet: NotYet, until: Instant },
    Quarantined { code: Fault, reason: String },
    Duplicate { first: First },
}

/// What had become of the command when it came the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct First {
    pub outcome: Outcome,
    /// The run's version that it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A message as it goes out.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{D}Event")]
pub(super) struct CloudEvent<D> {
    /// Always `1.0`.
    specversion: &'static str,
    /// The same each time the same message is sent: drop what you have seen.
    id: String,
    /// The URI of this Alongside.
    source: String,
    /// Also the routing key.
    #[serde(rename = "type")]
    kind: String,
    time: Instant,
    /// Always `application/json`.
    datacontenttype: &'static str,
    /// The id of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alliance: Option<AllianceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    onbehalfof: Option<PersonId>,
    /// The `id` of the command that this answers or follows from.
    causationid: String,
    /// The `source` of that command; only both together name it.
    causationsource: String,
    data: D,
}

/// Something happened: all that one command did.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Applied<'a> {
    /// Always `applied`.
    outcome: Outcome,
    /// The type of the command: `alongside.step.complete`.
    command: &'a str,
    run: RunId,
    /// `DLP-2026-014`
    reference: &'a str,
    /// The run's version from now on.
    version: u64,
    /// SHA-256 of the log entry in hex: keep it, and nobody can change the entry unseen.
    entry: &'a str,
    /// The first gave this message its name; the rest followed from it, in order.
    events: &'a [Event],
}

/// The definition told the world something (`tell:`), beside the message of the step itself.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Told<'a> {
    run: RunId,
    /// `DLP-2026-014`
    reference: &'a str,
    version: u64,
    /// The name that the definition gives it: `report.released`.
    name: &'a str,
    /// The step that told it.
    step: &'a Address,
}

/// A command made no entry: why.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Answered<'a> {
    outcome: Outcome,
    /// The type of the command, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunId>,
    /// The version at which the run stands, where there is a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The rule, for programs. Absent for a duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    /// A sentence for people; a person stands in it as `person:ID`.
    reason: String,
    /// What is wrong with single fields of the answers.
    #[serde(skip_serializing_if = "<[FieldProblem]>::is_empty")]
    fields: &'a [FieldProblem],
    /// Parked: quarantined if it could not be applied by then. A pause of the run does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Instant>,
    /// Duplicate: what had become of it the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'a First>,
}

/// The one message for an applied command. `hash` is that of its stored entry, `origin` our URI.
pub fn applied(origin: &str, entry: &Entry, hash: &str, reference: &str) -> Message {
    let name = entry.events.first().map(name_of_event);
    let kind = format!("alongside.{}", name.as_deref().unwrap_or("command.applied"));
    let data = Applied {
        outcome: Outcome::Applied,
        command: &entry.command.kind,
        run: entry.run,
        reference,
        version: entry.seq,
        entry: hash,
        events: &entry.events,
    };
    let id = format!("{}-{}", entry.run, entry.seq);
    finish(of_entry(origin, entry, id, kind, data))
}

/// A message for each `told` in an entry: `alongside.told.` and the name that the definition gives,
/// so that a portal binds to the ones it wants and no definition can imitate an event of ours.
pub fn told(origin: &str, entry: &Entry, reference: &str) -> Vec<Message> {
    let tells = entry.events.iter().enumerate();
    tells
        .filter_map(|(place, event)| match event {
            Event::Told { name, step } => Some((place, name, step)),
            _ => None,
        })
        .map(|(place, name, step)| {
            let data = Told {
                run: entry.run,
                reference,
                version: entry.seq,
                name,
                step,
            };
            let id = format!("{}-{}-{place}", entry.run, entry.seq);
            let kind = format!("alongside.told.{name}");
            finish(of_entry(origin, entry, id, kind, data))
        })
        .collect()
}

/// The answer to a command that made no entry. `version` is the one at which the run stands.
pub fn answer(
    origin: &str,
    cause: &Cause,
    version: Option<u64>,
    answer: &Answer,
    at: Instant,
) -> Message {
    let data = answered(cause, version, answer);
    let outcome = name_of(&data.outcome);
    let code = data.code.map(|code| name_of(&code)).unwrap_or_default();
    let first = data.first.map(|first| name_of(&first.outcome));
    let id = derive_uuid(&[
        "alongside.answer",
        cause.alliance.as_ref().map_or("", |alliance| &alliance.0),
        &cause.source,
        &cause.id,
        &outcome,
        &code,
        first.as_deref().unwrap_or(""),
    ]);
    finish(CloudEvent {
        specversion: "1.0",
        id: id.to_string(),
        source: origin.to_owned(),
        kind: format!("alongside.command.{outcome}"),
        time: at,
        datacontenttype: "application/json",
        subject: cause.run,
        alliance: cause.alliance.clone(),
        actor: None,
        onbehalfof: None,
        causationid: cause.id.clone(),
        causationsource: cause.source.clone(),
        data,
    })
}

impl From<&Envelope> for Cause {
    fn from(envelope: &Envelope) -> Self {
        Self {
            id: envelope.id.clone(),
            source: envelope.source.clone(),
            kind: Some(envelope.command.name()),
            alliance: Some(envelope.alliance.clone()),
            run: Some(envelope.run),
        }
    }
}

impl Unreadable {
    /// Whom to answer; `None` where no id or no source could be read.
    pub fn cause(&self) -> Option<Cause> {
        Some(Cause {
            id: self.id.clone()?,
            source: self.source.clone()?,
            kind: self.kind.clone(),
            alliance: self.alliance.clone(),
            run: self.run,
        })
    }
}

fn answered<'a>(cause: &'a Cause, version: Option<u64>, answer: &'a Answer) -> Answered<'a> {
    let (outcome, code, reason) = match answer {
        Answer::Rejected(refusal) => {
            let code = Code::Refusal(refusal.code);
            (Outcome::Rejected, Some(code), refusal.reason.clone())
        }
        Answer::Parked { not_yet, .. } => {
            let code = Code::Refusal(not_yet.code);
            (Outcome::Parked, Some(code), not_yet.reason.clone())
        }
        Answer::Quarantined { code, reason } => {
            let code = Code::Fault(*code);
            (Outcome::Quarantined, Some(code), reason.clone())
        }
        Answer::Duplicate { first } => (Outcome::Duplicate, None, say_duplicate(first)),
    };
    Answered {
        outcome,
        command: cause.kind.as_deref(),
        run: cause.run,
        version,
        code,
        reason,
        fields: match answer {
            Answer::Rejected(refusal) => &refusal.fields,
            _ => &[],
        },
        until: match answer {
            Answer::Parked { until, .. } => Some(*until),
            _ => None,
        },
        first: match answer {
            Answer::Duplicate { first } => Some(first),
            _ => None,
        },
    }
}

fn say_duplicate(first: &First) -> String {
    let became = match (first.outcome, first.version) {
        (Outcome::Applied, Some(version)) => format!("applied as version {version}"),
        (outcome, _) => name_of(&outcome),
    };
    format!("This command came before and was {became}. Nothing happened now.")
}

fn of_entry<D>(origin: &str, entry: &Entry, id: String, kind: String, data: D) -> CloudEvent<D> {
    CloudEvent {
        specversion: "1.0",
        id,
        source: origin.to_owned(),
        kind,
        time: entry.at,
        datacontenttype: "application/json",
        subject: Some(entry.run),
        alliance: Some(entry.alliance.clone()),
        actor: entry.actor,
        onbehalfof: entry.on_behalf_of,
        causationid: entry.command.id.clone(),
        causationsource: entry.command.source.clone(),
        data,
    }
}

fn finish<D: Serialize>(event: CloudEvent<D>) -> Message {
    let body = serde_json::to_string(&event)
        .expect("plain data with text keys can always be written as JSON");
    Message {
        id: event.id,
        kind: event.kind,
        body,
    }
}

/// The tag of an event: `step.completed`.
fn name_of_event(event: &Event) -> String {
    match serde_json::to_value(event) {
        Ok(Value::Object(mut fields)) => match fields.remove("type") {
            Some(Value::String(name)) => name,
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// The word that stands for a value of one of our plain enums.
pub fn name_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
