//! What became of a command, as the caller gets it and as the inbox remembers it.

use serde::{Deserialize, Serialize};

use crate::core::message::fault::Fault;
use crate::core::message::write::{Code, First, Outcome};
use crate::core::names::RunId;
use crate::core::run::entry::Entry;
use crate::core::run::refusal::{NotYet, Refusal};
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
}

/// The first outcome of a message that came before.
pub(super) fn first(row: &InboxRow) -> First {
    let kept: Option<Kept> = row
        .outcome
        .as_deref()
        .and_then(|outcome| serde_json::from_str(outcome).ok());
    First {
        outcome: match row.state {
            InboxState::Applied => Outcome::Applied,
            InboxState::Rejected => Outcome::Rejected,
            InboxState::Parked => Outcome::Parked,
            InboxState::Quarantined => Outcome::Quarantined,
        },
        version: (row.run_version > 0).then_some(row.run_version),
        code: kept.as_ref().and_then(|kept| kept.code),
        reason: row.reason.clone(),
    }
}
