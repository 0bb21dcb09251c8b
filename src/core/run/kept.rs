//! An event that was kept until something waits for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::event::SealedAnswers;
use crate::core::time::Instant;

/// An event from outside that came before its wait was ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeptEvent {
    pub id: String,
    pub name: String,
    pub at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Instant>,
    /// Sealed field by field, every text as a commitment.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: SealedAnswers,
}
