//! From the bytes of a message to an [`Envelope`], or to the reason why not.
//!
//! Attributes that nobody knows are ignored, so that a sender may add some; fields of `data` that
//! the command does not have are refused, because a misspelt field that is ignored is work lost
//! in silence. Whatever is wrong, `id`, `source`, `alliance` and run are kept if they can be read.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::fault::{Fault, Unreadable};
use super::{CONTENT_TYPE, json, schema};
use crate::core::audit::chain;
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::command::{Command, Envelope};
use crate::core::time::Instant;

pub use super::json::MAX_BYTES;

const MAX_ID_CHARS: usize = 200;
/// 2000-01-01: no sender's clock is older.
const OLDEST_MICROS: i64 = 946_684_800_000_000;
/// How far ahead of ours a sender's clock may be.
const AHEAD_SECONDS: i64 = 3 * 24 * 60 * 60;
/// Attributes for tracing, which a sender may change when it sends a message again.
const TRACING: [&str; 2] = ["traceparent", "tracestate"];

type Found<T> = Result<T, (Fault, String)>;

/// Reads one message. `now` is only compared with its `time`.
pub fn read(bytes: &[u8], now: Instant) -> Result<Envelope, Box<Unreadable>> {
    let parsed = json::parse(bytes)?;
    let Value::Object(fields) = parsed.value else {
        let reason = "The message is JSON, but no object. Send one CloudEvent.";
        return Err(Unreadable::new(Fault::NotAnObject, reason));
    };
    let attributes = Attributes(&fields);
    let result = match &parsed.broken {
        Some(broken) => Err((broken.code, broken.reason())),
        None => attributes.envelope(now),
    };
    result.map_err(|(code, reason)| attributes.unreadable(code, reason))
}

/// A message that is not to be decided whatever it says: with as much of its sender as can be read,
/// so that it still gets an answer.
pub fn undecided(bytes: &[u8], code: Fault, reason: &str) -> Box<Unreadable> {
    match json::parse(bytes).map(|parsed| parsed.value) {
        Ok(Value::Object(fields)) => Attributes(&fields).unreadable(code, reason.to_owned()),
        _ => Unreadable::new(code, reason),
    }
}

/// Checks what the broker says about a body, before it is read. No content type is as good as
/// the right one.
pub fn check_content(kind: Option<&str>, encoding: Option<&str>) -> Result<(), Box<Unreadable>> {
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let plain = encoding.is_none_or(|encoding| {
        encoding.is_empty() || encoding.eq_ignore_ascii_case("utf-8") || encoding == "identity"
    });
    if plain && essence.is_none_or(|kind| kind.eq_ignore_ascii_case(CONTENT_TYPE)) {
        return Ok(());
    }
    let reason = format!(
        "The content type of the message is not `{CONTENT_TYPE}`, or it claims an encoding. \
         Send plain JSON in UTF-8 under that content type."
    );
    Err(Unreadable::new(Fault::WrongContentType, reason))
}

/// SHA-256 in hex over what a message says: order of keys, spacing and tracing do not matter. Of
/// what cannot be read, over the bytes as they are.
pub fn fingerprint(bytes: &[u8]) -> String {
    let canonical = match json::parse(bytes) {
        Ok(json::Parsed {
            mut value,
            broken: None,
        }) => {
            if let Value::Object(fields) = &mut value {
                fields.retain(|name, _| !TRACING.contains(&name.as_str()));
            }
            Some(chain::canonical(&value))
        }
        _ => None,
    };
    let told = canonical.as_ref().map_or(bytes, |text| text.as_bytes());
    HEXLOWER.encode(&Sha256::digest(told))
}

/// The run that a start without a `subject` makes: the same one however often it is sent.
pub fn derive_run(alliance: &AllianceId, source: &str, id: &str) -> RunId {
    RunId(derive_uuid(&["alongside.run", &alliance.0, source, id]))
}

/// A UUID (version 8) made from texts that hold no NUL.
pub(super) fn derive_uuid(parts: &[&str]) -> Uuid {
    let digest = Sha256::digest(parts.join("\0").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The attributes of a message, `null` being the same as absent.
struct Attributes<'a>(&'a Map<String, Value>);

impl Attributes<'_> {
    fn envelope(&self, now: Instant) -> Found<Envelope> {
        let id = self.id()?;
        let source = self.source()?;
        let alliance = self.alliance()?;
        let kind = self.kind()?;
        let time = self.time(now)?;
        let run = match self.uuid("subject")? {
            Some(run) => RunId(run),
            None if kind == "alongside.project.start" => derive_run(&alliance, &source, &id),
            None => return Err(missing("subject", "the id of the run that is meant")),
        };
        let (command, expected) = self.command(&kind)?;
        Ok(Envelope {
            id,
            source,
            alliance,
            run,
            actor: self.uuid("actor")?.map(PersonId),
            on_behalf_of: self.uuid("onbehalfof")?.map(PersonId),
            time,
            expires: self.moment("expirytime")?,
            expected,
            command,
        })
    }

    /// Whatever can still be read beside a fault.
    fn unreadable(&self, code: Fault, reason: String) -> Box<Unreadable> {
        let id = self.id().ok();
        let source = self.source().ok();
        let alliance = self.alliance().ok();
        let kind = self.text("type").ok().flatten().map(str::to_owned);
        let starts = kind.as_deref() == Some("alongside.project.start");
        let run = match (self.uuid("subject"), &alliance, &source, &id) {
            (Ok(Some(run)), ..) => Some(RunId(run)),
            (Ok(None), Some(alliance), Some(source), Some(id)) if starts => {
                Some(derive_run(alliance, source, id))
            }
            _ => None,
        };
        Box::new(Unreadable {
            code,
            reason,
            id,
            source,
            alliance,
            run,
            kind,
        })
    }

    fn text(&self, name: &str) -> Found<Option<&str>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err((
                Fault::WrongField,
                format!("`{name}` is no text. Send a text."),
            )),
        }
    }

    fn id(&self) -> Found<String> {
        let bad = |what: &str| {
            let reason = format!(
                "`id` {what}. Send a text of 1 to {MAX_ID_CHARS} characters that is yours alone \
                 for this command."
            );
            (Fault::BadId, reason)
        };
        let id = self.text("id")?.ok_or_else(|| bad("is missing"))?;
        match id.chars().count() {
            0 => Err(bad("is empty")),
            count if count > MAX_ID_CHARS => Err(bad("is too long")),
            _ if id.chars().any(char::is_control) => Err(bad("has control characters")),
            _ => Ok(id.to_owned()),
        }
    }

    fn source(&self) -> Found<String> {
        let source = self
            .text("source")?
            .ok_or_else(|| missing("source", "the URI that was agreed with the alliance"))?;
        let plain = !source.chars().any(|c| c.is_control() || c.is_whitespace());
        if plain && (1..=MAX_ID_CHARS).contains(&source.chars().count()) {
            return Ok(source.to_owned());
        }
        let reason = format!(
            "`source` is no URI of 1 to {MAX_ID_CHARS} characters. Send the URI that was agreed \
             with the alliance."
        );
        Err((Fault::WrongField, reason))
    }

    fn alliance(&self) -> Found<AllianceId> {
        let key = self
            .text("alliance")?
            .ok_or_else(|| missing("alliance", "the key of the alliance"))?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if (1..=64).contains(&key.len()) && key.chars().all(plain) {
            return Ok(AllianceId(key.to_owned()));
        }
        let reason = "`alliance` is no key of an alliance. Send lower-case letters, digits and \
                      hyphens, 64 at most, like `northshire`.";
        Err((Fault::WrongField, reason.to_owned()))
    }

    fn kind(&self) -> Found<String> {
        if self.text("specversion")? != Some("1.0") {
            let reason = "`specversion` is not `1.0`. Send a CloudEvent of version 1.0.";
            return Err((Fault::UnknownSpecversion, reason.to_owned()));
        }
        let kind = self
            .text("type")?
            .ok_or_else(|| missing("type", "the command, like `alongside.step.complete`"))?;
        if schema::commands().data.contains_key(kind) {
            return Ok(kind.to_owned());
        }
        let hint = schema::nearest(kind).map_or_else(
            || "The contract lists them all.".to_owned(),
            |near| format!("Did you mean `{near}`?"),
        );
        let shown: String = kind.chars().take(80).collect();
        let reason = format!("`{shown}` is no command that is taken from outside. {hint}");
        Err((Fault::UnknownType, reason))
    }

    fn uuid(&self, name: &str) -> Found<Option<Uuid>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let parsed = Uuid::try_parse(text).map_err(|_| {
            let reason = format!(
                "`{name}` is no UUID. Send one like `0198c5a8-7d0e-7c3a-9b57-2f6d1c0a4e11`."
            );
            (Fault::WrongField, reason)
        })?;
        Ok(Some(parsed))
    }

    fn moment(&self, name: &str) -> Found<Option<Instant>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let parsed = text.parse().map_err(|_| {
            let reason = format!(
                "`{name}` is no moment with a zone offset. Send RFC 3339, like \
                 `2027-03-02T08:30:00Z`."
            );
            (Fault::BadTime, reason)
        })?;
        Ok(Some(parsed))
    }

    fn time(&self, now: Instant) -> Found<Instant> {
        let time = self
            .moment("time")?
            .ok_or_else(|| missing("time", "when the message was made, RFC 3339"))?;
        if time.micros() >= OLDEST_MICROS && time <= now.plus_seconds(AHEAD_SECONDS) {
            return Ok(time);
        }
        let reason = "`time` is before the year 2000 or more than three days ahead. Set the \
                      sender's clock and send the message again.";
        Err((Fault::ClockSkew, reason.to_owned()))
    }

    fn command(&self, kind: &str) -> Found<(Command, Option<u64>)> {
        let mut data = match self.0.get("data") {
            None => Map::new(),
            Some(Value::Object(data)) => data.clone(),
            Some(_) => {
                let reason = "`data` is no object. Send the fields of the command.";
                return Err((Fault::WrongField, reason.to_owned()));
            }
        };
        let whole = |data: &Map<String, Value>| Value::Object(data.clone());
        let expected = match data.get("expected") {
            None => None,
            Some(version) => Some(version.as_u64().ok_or_else(|| {
                let reason = "`data.expected` is no version of a run. Send a whole number from 0.";
                (Fault::WrongField, reason.to_owned())
            })?),
        };
        // The tag is ours to set: a field `type` in `data` is one that no command has.
        if data.contains_key("type") {
            return Err(explain(kind, &whole(&data), "`type` is no field"));
        }
        data.shift_remove("expected");
        let untagged = data.clone();
        data.insert("type".to_owned(), kind.into());
        match serde_json::from_value(Value::Object(data)) {
            Ok(command) => Ok((command, expected)),
            Err(error) => Err(explain(kind, &whole(&untagged), &error.to_string())),
        }
    }
}

fn missing(name: &str, what: &str) -> (Fault, String) {
    (Fault::MissingField, format!("`{name}` is missing: {what}."))
}

/// The reader says only that something is wrong; the schema says what, and where.
fn explain(kind: &str, data: &Value, otherwise: &str) -> (Fault, String) {
    schema::explain(kind, data).unwrap_or_else(|| {
        let reason = format!("`data` of {kind} is wrong: {otherwise}.");
        (Fault::WrongField, reason)
    })
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "bad_tests.rs"]
mod bad_tests;
