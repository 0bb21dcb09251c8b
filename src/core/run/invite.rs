//! An invite: to what people are asked to come, when and where, as they last heard of it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::SealedAnswers;
use crate::core::names::PersonId;
use crate::core::time::Date;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Invite {
    /// The same for life, whatever moves: calendars know it by this.
    pub id: Uuid,
    /// Up by one with each change, so that calendars know which one is the newest.
    pub sequence: u32,
    pub date: Date,
    /// `start`, `end` and `place` as the log holds them.
    #[serde(default, skip_serializing_if = "SealedAnswers::is_empty")]
    pub details: SealedAnswers,
    pub people: BTreeSet<PersonId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
}

impl Invite {
    /// Whether it says the same, to whomever.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.date == other.date && self.details == other.details
    }
}
