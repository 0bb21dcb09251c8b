//! How a step came to its end: who or what completed it, or why it is not required.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::Address;

/// Who or what completed a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Person,
    Ladder,
    Event,
    Engine,
}

/// Why a step is not required: always said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Cause {
    /// Its `when` was false.
    Condition,
    /// Skipped by its doer or by the coordinator.
    Skipped,
    /// Nobody answered, and its ladder let it go.
    Lapsed,
    /// An outcome of that step ended it.
    Ended { by: Address },
    /// The person or school left.
    Left,
    /// The date it waits for can never come.
    MomentCannotCome,
    /// Nobody is in the role, so nothing is asked.
    Nobody,
    /// A group of it was not required.
    Group { group: Address },
    /// The pass did not happen.
    PassEnded,
    /// A new version has it, but what stands on it had begun.
    CameLater,
    /// A migration mapped it to `none`.
    Unmapped,
}
