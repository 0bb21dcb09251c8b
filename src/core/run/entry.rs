//! One entry of the audit log: everything that one command made happen, in order.
//!
//! Entries are the truth; state is their fold. They are written once, in canonical bytes, and
//! never again; `format` lets a later release read an old one.

use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::time::Instant;

/// Version of the shape of an entry.
pub const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub format: u32,
    pub alliance: AllianceId,
    pub run: RunId,
    /// 1 to n without a gap.
    pub seq: u64,
    pub at: Instant,
    pub command: CommandRef,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// The first is the command's own event, the rest are its consequences.
    pub events: Vec<Event>,
    /// SHA-256 of the stored bytes of the entry before, 64 zeros for the first.
    pub prev: String,
}

/// Which command made it; with the alliance it is unique for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRef {
    pub source: String,
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
}
