//! Everything that a decision must know from outside, and how it asks for it.
//!
//! `wants` names what is needed, the engine loads it, `decide` gets it as [`Facts`]. The seed is 32
//! random bytes, never stored; every id and salt of the command comes from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::core::audit::payload::Commitment;
use crate::core::calendar::Calendars;
use crate::core::definition::workflow::Workflow;
use crate::core::directory::Directory;
use crate::core::names::{PersonId, Urn};
use crate::core::time::{Date, Instant};

use super::address::Address;

/// What must be loaded before a command can be decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    pub schools: BTreeSet<Urn>,
    /// These people, their posts, and their schools with all posts there.
    pub people: BTreeSet<PersonId>,
    /// The draft of this step and attempt.
    pub draft: Option<(Address, u32)>,
    /// Texts, to put answers together again.
    pub payloads: BTreeSet<Commitment>,
    /// A new reference for a run of this prefix: `DLP`.
    pub reference_prefix: Option<String>,
    /// Another version of the run's workflow.
    pub target_version: Option<u32>,
    /// Which texts of this run go.
    pub to_erase: Option<WhoseTexts>,
    /// Whether anybody was written to about this step and attempt.
    pub asked: Option<(Address, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhoseTexts {
    Of(PersonId),
    Everybody,
}

#[derive(Debug, Clone)]
pub struct Facts {
    pub now: Instant,
    pub seed: [u8; 32],
    pub calendars: Calendars,
    /// The directory entries that were asked for; posts at the alliance are always among them.
    pub directory: Directory,
    pub rights: Rights,
    pub draft: Option<Map<String, Value>>,
    pub payloads: BTreeMap<Commitment, Value>,
    /// `DLP-2026-014`, the next free one.
    pub reference: Option<String>,
    pub target: Option<Arc<Workflow>>,
    /// Commitments of the texts that were asked for to be erased.
    pub to_erase: Vec<Commitment>,
    /// The day of the first mail about the step and attempt that was asked for.
    pub asked: Option<Date>,
}

/// What the sender of a command may do, from the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// Command line, console and timers: what the table says for the actor.
    Inside,
    /// A portal: only these commands, for people in these posts (`*` for all).
    Source {
        commands: Vec<String>,
        roles: Vec<String>,
    },
}
