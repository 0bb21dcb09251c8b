//! What became of each place of a run when it went to another version of its workflow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::deadline::Deadline;

/// What became of one place in a migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Migrated {
    pub from: Address,
    /// `None`: what is settled stays as history, what is open is not required any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Address>,
    /// When it is due under the new version, if it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Deadline>,
    /// When it opens under the new version, if it waits for its moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<Deadline>,
}
