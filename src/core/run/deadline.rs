//! A deadline: not a date but a budget and a ledger.
//!
//! What was promised (`rule`), what it counts from, what is used up, and since when it runs.
//! `date` is the projection made when this was written down; *overdue* is computed, never stored.
//! The moment at which a step opens is the same thing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::Address;
use crate::core::calendar::Ended;
use crate::core::definition::dates::Unit;
use crate::core::names::Urn;
use crate::core::time::Date;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadline {
    /// As the definition says it: "5 working days after plan.date".
    pub rule: String,
    pub kind: DeadlineKind,
    /// The day it is due or opens; none while it is not known or does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// It has no date because a calendar does not reach far enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Whose days are counted.
    pub calendar: CalendarId,
    /// The date would have been past already, so it is the next counting day.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub short_notice: bool,
    /// Set by hand: holds until the attempt ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

impl Deadline {
    /// The day that was counted, or that none could be.
    #[must_use]
    pub fn counted(self, found: Result<Date, Ended>) -> Self {
        let (date, ended) = match found {
            Ok(date) => (Some(date), None),
            Err(ended) => (None, Some(ended)),
        };
        Self {
            date,
            ended,
            ..self
        }
    }

    #[must_use]
    pub fn undated(self) -> Self {
        Self {
            date: None,
            ended: None,
            ..self
        }
    }

    /// A number of days that are used up, as against a date that people agreed.
    pub fn is_budget(&self) -> bool {
        matches!(self.kind, DeadlineKind::Budget { .. })
    }

    pub fn is_hung(&self) -> bool {
        matches!(self.kind, DeadlineKind::HungOn { .. })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "counts")]
pub enum DeadlineKind {
    /// Days from ready, from free, or from the completion of a step.
    Budget {
        days: u32,
        unit: Unit,
        consumed: u32,
        /// Days after this one count; none while it stands still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Date>,
        /// The completion from which it counts, where that is of another step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        anchor: Option<Date>,
    },
    /// Hung on a date that people agreed; nothing is consumed.
    HungOn {
        unit: Unit,
        /// The date it hangs on, once known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        anchor: Option<Date>,
    },
}

/// Whose school days: a school's own, or the alliance's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum CalendarId {
    Alliance,
    School {
        urn: Urn,
    },
    /// Days on which every one of these schools is open (`at both`).
    Both {
        urns: Vec<Urn>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    Due,
    Opens,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveCause {
    /// The date it hangs on moved or became known.
    Anchor,
    /// Set by hand.
    Redated,
    /// The school that must act changed.
    Calendar,
    /// Its term dates or the bank holidays did.
    TermDates,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consumed {
    pub step: Address,
    pub what: Moved,
    pub consumed: u32,
}

/// A deadline as it runs on after a pause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resumed {
    pub step: Address,
    pub what: Moved,
    pub deadline: Deadline,
}
