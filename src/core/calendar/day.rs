//! What a day is at a school, and the periods that say so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::time::Date;

/// What a day is. Only a school day counts as one: on an INSET day staff are there, pupils are not.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    SchoolDay,
    Inset,
    Holiday,
    BankHoliday,
    Weekend,
}

impl DayKind {
    /// Whether staff are at work, so that mail may reach them.
    pub fn is_open(self) -> bool {
        matches!(self, Self::SchoolDay | Self::Inset)
    }
}

/// A stretch of days of which something is said, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    pub from: Date,
    pub to: Date,
    pub kind: PeriodKind,
    /// As the school says it: "Autumn half-term".
    pub label: String,
    /// The file or page from which it came.
    pub source: String,
}

impl Period {
    pub fn has(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    Term,
    Inset,
    /// Half-terms too.
    Holiday,
    BankHoliday,
}

/// One day with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    pub date: Date,
    pub kind: DayKind,
    /// "Autumn half-term"; empty for a weekend.
    pub label: String,
    /// Whose calendar says so: "Portsmouth (local authority)".
    pub source: String,
}
