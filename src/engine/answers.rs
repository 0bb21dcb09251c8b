//! What became of a command, as the caller gets it and as the inbox remembers it.

use serde::{Deserialize, Serialize};

use crate::core::message::fault::Fault;
use crate::core::message::write::{Code, First, Outcome};
use crate::core::names::RunId;
use crate::core::run::entry::Entry;
use crate::core::run::refusal::{self, NotYet, Refusal};
use crate::core::time::Instant;
use crate::store::{InboxRow, InboxState};

/// The answer to one command.
#[derive(Debug, Clone, PartialEq)]
pub enum Handled {
    Applied {
        entry: Box<Entry>,
        hash: String,
        reference: String,
    },
    Refused(Refusal),
    Parked {
        not_yet: NotYet,
        until: Instant,
    },
    Duplicate {
        run: RunId,
        first: First,
    },
    Quarantined {
        code: Fault,
        reason: String,
    },
}

/// The first outcome, as it is kept with the inbox key for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Parked in a pause of its project: since when, because that time does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Instant>,
}

impl Kept {
    pub fn of(code: refusal::Code, reason: &str) -> Self {
        Self {
            code: Some(Code::Refusal(code)),
            reason: Some(reason.to_owned()),
            held_since: None,
        }
    }

    pub fn read(row: &InboxRow) -> Option<Self> {
        serde_json::from_str(row.outcome.as_deref()?).ok()
    }
}

impl Handled {
    /// Whether this is what an inbox row says became of the message.
    pub(super) fn is_kept_as(&self, row: &InboxRow) -> bool {
        match self {
            Self::Applied { entry, .. } => {
                row.state == InboxState::Applied && row.run_version == entry.seq
            }
            Self::Refused(_) => row.state == InboxState::Rejected,
            Self::Parked { .. } => row.state == InboxState::Parked,
            Self::Quarantined { .. } => row.state == InboxState::Quarantined,
            Self::Duplicate { .. } => false,
        }
    }
}

/// The first outcome of a message that came before.
pub(super) fn first(row: &InboxRow) -> First {
    First {
        outcome: match row.state {
            InboxState::Applied => Outcome::Applied,
            InboxState::Rejected => Outcome::Rejected,
            InboxState::Parked => Outcome::Parked,
            InboxState::Quarantined => Outcome::Quarantined,
        },
        version: (row.run_version > 0).then_some(row.run_version),
        code: Kept::read(row).and_then(|kept| kept.code),
        reason: row.reason.clone(),
    }
}
