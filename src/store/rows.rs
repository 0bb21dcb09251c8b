//! The rows as the engine sees them: plain data in the field's own types.
//!
//! None holds its alliance, because every unit and every reading is of one alliance; only what is
//! claimed across alliances comes as [`Claimed`]. Bodies, snapshots and letters are text, stored
//! as they are given.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use super::error::Error;
use crate::core::audit::chain;
use crate::core::audit::payload::{Commitment, Payload};
use crate::core::names::{AllianceId, PersonId, RunId, Urn};
use crate::core::run::address::Address;
use crate::core::run::projection::Asks;
use crate::core::run::state::{RunStatus, Status};
use crate::core::time::{Date, Instant};

/// The columns of a table in the order in which its rows are written, without the alliance.
macro_rules! columns {
    (alliance) => {
        "id, name, created_at"
    };
    (school) => {
        "urn, name, phase, trust, local_authority"
    };
    (person) => {
        "id, name, email, main_school, erased"
    };
    (post) => {
        "person, role, school, from_day, until_day, covers"
    };
    (workflow) => {
        "name, version, hash, bundle, added_at"
    };
    (run) => {
        "id, kind, reference, workflow, workflow_version, workflow_hash, title, host_school, \
         status, stage, started_at, changed_at, version, head, fold, state"
    };
    (entry) => {
        "run, seq, at, source, command_id, body"
    };
    (payload) => {
        "run, commitment, salt, value, seq, written_by"
    };
    (draft) => {
        "run, address, attempt, body, written_by, at"
    };
    (inbox) => {
        "source, command_id, fingerprint, run, state, code, reason, outcome, run_version, raw, \
         received_at, next_at, expires_at, attempts, waiting_for"
    };
    (quarantine) => {
        "sha256, raw, code, reason, seen, first_at, last_at, routing_key, broker_user"
    };
    (task) => {
        "run, address, asks, attempt, title, stage, role, post, school, assigned, people, status, due, \
         ready_at"
    };
    (timer) => {
        "run, key, due_at, body, lease_token, lease_until"
    };
    (schedule) => {
        "name, setting, next_at, lease_token, lease_until"
    };
    (outbox) => {
        "id, kind, run, seq, body, next_at, attempts, why, lease_token, lease_until, person, held, \
         tried"
    };
    (outgoing) => {
        "id, person, day, number, bytes, state, sending, open, next_at, lease_token, lease_until"
    };
    (mail) => {
        "id, run, person, kind, letter, state, why, at, carrier, held, seq, tried"
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    Project,
    Cycle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxState {
    Applied,
    Rejected,
    Parked,
    Quarantined,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxKind {
    Message,
    Mail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    Written,
    NotSent,
}

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AllianceRow {
    pub id: AllianceId,
    pub name: String,
    pub created_at: Instant,
}

/// Name and email are absent once the person is erased.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PersonRow {
    pub id: PersonId,
    pub name: Option<String>,
    pub email: Option<String>,
    pub main_school: Option<Urn>,
    pub erased: bool,
}

/// The exact text of a version that was used, for good.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct WorkflowRow {
    pub name: String,
    #[sqlx(try_from = "i64")]
    pub version: u32,
    pub hash: String,
    pub bundle: String,
    pub added_at: Instant,
}

/// A run and its snapshot.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RunRow {
    pub id: RunId,
    pub kind: RunKind,
    pub reference: String,
    pub workflow: String,
    #[sqlx(try_from = "i64")]
    pub workflow_version: u32,
    pub workflow_hash: String,
    pub title: String,
    pub host_school: Option<Urn>,
    pub status: RunStatus,
    pub stage: Option<String>,
    pub started_at: Instant,
    pub changed_at: Instant,
    /// Sequence number of its last entry.
    #[sqlx(try_from = "i64")]
    pub version: u64,
    /// SHA-256 of its last entry, hex.
    pub head: String,
    /// Version of the fold that made `state`.
    #[sqlx(try_from = "i64")]
    pub fold: u32,
    pub state: String,
}

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct EntryRow {
    pub run: RunId,
    #[sqlx(try_from = "i64")]
    pub seq: u64,
    pub at: Instant,
    pub source: String,
    pub command_id: String,
    /// Canonical bytes, exactly as hashed.
    pub body: String,
}

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PayloadRow {
    pub run: RunId,
    pub commitment: String,
    pub salt: String,
    /// JSON.
    pub value: String,
    /// The entry that committed to it.
    #[sqlx(try_from = "i64")]
    pub seq: u64,
    pub written_by: Option<PersonId>,
}

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DraftRow {
    pub run: RunId,
    pub address: Address,
    #[sqlx(try_from = "i64")]
    pub attempt: u32,
    /// JSON.
    pub body: String,
    pub written_by: Option<PersonId>,
    pub at: Instant,
}

/// What became of one message that has an id.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct InboxRow {
    pub source: String,
    pub command_id: String,
    /// SHA-256 of the canonical body, hex: the same id with another body is another message.
    pub fingerprint: String,
    pub run: RunId,
    pub state: InboxState,
    pub code: Option<String>,
    pub reason: Option<String>,
    /// The answer as it was first given, JSON.
    pub outcome: Option<String>,
    /// Version of the run that it led to; 0 where nothing was applied.
    #[sqlx(try_from = "i64")]
    pub run_version: u64,
    /// The message itself, while it may have to be read again (parked, quarantined).
    pub raw: Option<String>,
    pub received_at: Instant,
    /// Parked: when to look again.
    pub next_at: Option<Instant>,
    pub expires_at: Option<Instant>,
    #[sqlx(try_from = "i64")]
    pub attempts: u32,
    /// Parked: the step that must come first.
    pub waiting_for: Option<String>,
}

/// A message that cannot be told by its id.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct QuarantineRow {
    /// Of the bytes, hex.
    pub sha256: String,
    /// Capped by the caller; gone after 90 days.
    pub raw: Option<Vec<u8>>,
    pub code: String,
    pub reason: String,
    /// How often it came. Writing a row adds to it.
    #[sqlx(try_from = "i64")]
    pub seen: u32,
    pub first_at: Instant,
    pub last_at: Instant,
    pub routing_key: String,
    pub broker_user: String,
}

/// Something ready, or going to be, that somebody must do.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct TaskRow {
    pub run: RunId,
    pub address: Address,
    /// To do it, or to ring whoever has it.
    pub asks: Asks,
    #[sqlx(try_from = "i64")]
    pub attempt: u32,
    pub title: String,
    pub stage: Option<String>,
    /// The definition's role.
    pub role: String,
    /// The post in the directory whose holders do it at `school` (none: at the alliance).
    pub post: Option<String>,
    pub school: Option<Urn>,
    pub assigned: Option<PersonId>,
    /// For a role of the run: who is in it, as a JSON list of ids. `[]` if it goes by post.
    pub people: String,
    pub status: Status,
    pub due: Option<Date>,
    pub ready_at: Option<Instant>,
}

/// A moment that will come for a run. `key` is the text of its `TimerKey`, `body` its JSON.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct TimerRow {
    pub run: RunId,
    pub key: String,
    pub due_at: Instant,
    pub body: String,
    /// Who is firing it. Planning the same timer again keeps it; leave both `None`.
    pub lease_token: Option<Uuid>,
    pub lease_until: Option<Instant>,
}

/// Something that must still be sent. It is deleted when it is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OutboxRow {
    pub id: Uuid,
    pub kind: OutboxKind,
    pub run: Option<RunId>,
    /// The run's version: older ones go first.
    #[sqlx(try_from = "i64")]
    pub seq: u64,
    pub body: String,
    pub next_at: Instant,
    #[sqlx(try_from = "i64")]
    pub attempts: u32,
    /// Why it did not go out the last time.
    pub why: Option<String>,
    /// Who has it now. Written with the row, it belongs to the writer from the start.
    pub lease_token: Option<Uuid>,
    pub lease_until: Option<Instant>,
    /// To whom a letter goes; none for a message.
    pub person: Option<PersonId>,
    /// The rule that held a letter back the last time.
    pub held: Option<String>,
    /// How many mails were made of a letter, tried on a day of their own, and never left.
    #[sqlx(try_from = "i64")]
    pub tried: u32,
}

/// A mail that was made, whole: the same bytes however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OutgoingRow {
    pub id: Uuid,
    pub person: PersonId,
    pub day: Date,
    /// The first, second … to this person on this day.
    #[sqlx(try_from = "i64")]
    pub number: u32,
    /// None any more when it lies where it should.
    pub bytes: Option<Vec<u8>>,
    /// `pending`, `written` to a folder, or how it stands with the relay.
    pub state: String,
    /// That in full, as JSON.
    pub sending: String,
    /// Something is still to be done.
    pub open: bool,
    pub next_at: Instant,
    pub lease_token: Option<Uuid>,
    pub lease_until: Option<Instant>,
}

/// What became of a letter: it went out with a mail, or why it did not.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct MailRow {
    /// The outbox row's.
    pub id: Uuid,
    pub run: Option<RunId>,
    pub person: PersonId,
    /// `ready`, `reminder`, `copy`, `step`, `notice`, `summary`, `calendars_end`.
    pub kind: String,
    /// JSON, ids only.
    pub letter: String,
    pub state: MailState,
    pub why: Option<String>,
    pub at: Instant,
    /// The mail that took it along: of its own, or a digest.
    pub carrier: Option<Uuid>,
    /// The rule that held it back before.
    pub held: Option<String>,
    /// As in the outbox, to which it goes back if the mail never leaves.
    #[sqlx(try_from = "i64")]
    pub seq: u64,
    /// How many mails were made of it before, in vain.
    #[sqlx(try_from = "i64")]
    pub tried: u32,
}

/// A row that was claimed across alliances, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Claimed<T> {
    pub alliance: AllianceId,
    #[sqlx(flatten)]
    pub row: T,
}

impl PayloadRow {
    pub fn new(run: RunId, seq: u64, written_by: Option<PersonId>, payload: &Payload) -> Self {
        Self {
            run,
            commitment: payload.commitment.commitment.clone(),
            salt: payload.salt.clone(),
            value: chain::canonical(&payload.value),
            seq,
            written_by,
        }
    }

    pub fn payload(&self) -> Result<Payload, Error> {
        let value = serde_json::from_str(&self.value).map_err(|_| Error::Corrupt {
            table: "payload",
            key: format!("{}/{}", self.run, self.commitment),
        })?;
        Ok(Payload {
            commitment: Commitment {
                commitment: self.commitment.clone(),
            },
            salt: self.salt.clone(),
            value,
        })
    }
}
