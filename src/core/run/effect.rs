//! What the world must be told after an entry: plain values, performed by the engine.
//!
//! Tasks and timers are not among them: they are projections of the state and are planned anew
//! from it (`projection.rs`), so that they can never drift from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::address::Address;
use crate::core::names::{PersonId, Urn};
use crate::core::time::Date;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum Effect {
    /// To one person; looked up, checked again and written at the moment of sending.
    Mail { to: PersonId, letter: Letter },
    /// An event for the other side, beside the answer itself: `report.released`.
    Tell { name: String, step: Address },
    /// Keep the draft of a step outside the log.
    SaveDraft {
        step: Address,
        attempt: u32,
        answers: Map<String, Value>,
    },
    /// The drafts of a completed attempt are not kept.
    DropDraft { step: Address },
    /// Steps have other addresses now, all at once: their drafts go with them.
    MoveDrafts { moves: BTreeMap<Address, Address> },
}

impl Effect {
    /// A mail that asks somebody to do this step in this attempt.
    pub fn asks(&self, wanted: &Address, of: u32) -> bool {
        let Self::Mail { letter, .. } = self else {
            return false;
        };
        match letter {
            Letter::Ready { step, attempt } | Letter::Rung { step, attempt, .. } => {
                step == wanted && *attempt == of
            }
            Letter::Copy { .. }
            | Letter::Step { .. }
            | Letter::Invite { .. }
            | Letter::InviteCancelled { .. }
            | Letter::Notice { .. }
            | Letter::Summary
            | Letter::CalendarsEnd { .. } => false,
        }
    }
}

/// Which mail, and about what: ids only, no names and no addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "letter")]
pub enum Letter {
    /// A step is ready for them. Not sent if it is no longer theirs to do.
    Ready { step: Address, attempt: u32 },
    /// A rung of the ladder: a mail of its own or a line in the digest. Not sent if the step is
    /// settled, or if it went to its doer and is no longer theirs.
    Rung {
        step: Address,
        attempt: u32,
        rung: String,
        date: Date,
    },
    /// The same, to somebody at the school of whoever is late.
    Copy {
        step: Address,
        attempt: u32,
        rung: String,
        date: Date,
        late: PersonId,
    },
    /// A mail that the definition asks for when a step completes.
    Step {
        step: Address,
        attempt: u32,
        mail: String,
    },
    /// What people are invited to, as it is now.
    Invite {
        step: Address,
        sequence: u32,
        /// The nearest day that it is about: the new one, or the old one.
        date: Date,
        /// They have an older one of it in their calendar.
        again: bool,
        /// The day on which that one is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<Date>,
    },
    /// They need not come any more.
    InviteCancelled {
        step: Address,
        sequence: u32,
        date: Date,
    },
    /// Something that the coordinator must know.
    Notice { notice: Notice },
    /// About no run: how all projects stand. Not sent if there is nothing to tell.
    Summary,
    /// About no run: the term dates of these schools end soon.
    CalendarsEnd { schools: Vec<Urn> },
}

impl Letter {
    /// One word for lists.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Rung { .. } => "reminder",
            Self::Copy { .. } => "copy",
            Self::Step { .. } => "step",
            Self::Invite { .. } => "invite",
            Self::InviteCancelled { .. } => "invite_cancelled",
            Self::Notice { .. } => "notice",
            Self::Summary => "summary",
            Self::CalendarsEnd { .. } => "calendars_end",
        }
    }

    /// While the run is held it is not sent: it asks for something.
    pub fn is_stopped_by_a_hold(&self) -> bool {
        matches!(
            self,
            Self::Ready { .. } | Self::Rung { .. } | Self::Copy { .. }
        )
    }

    /// An invite, or that one is called off.
    pub fn is_of_a_visit(&self) -> bool {
        matches!(self, Self::Invite { .. } | Self::InviteCancelled { .. })
    }

    /// The step that it is about.
    pub fn step(&self) -> Option<&Address> {
        match self {
            Self::Ready { step, .. }
            | Self::Rung { step, .. }
            | Self::Copy { step, .. }
            | Self::Step { step, .. }
            | Self::Invite { step, .. }
            | Self::InviteCancelled { step, .. } => Some(step),
            Self::Notice { notice } => notice.step(),
            Self::Summary | Self::CalendarsEnd { .. } => None,
        }
    }

    /// About the alliance and not about a run.
    pub fn is_of_alliance(&self) -> bool {
        matches!(self, Self::Summary | Self::CalendarsEnd { .. })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "notice")]
pub enum Notice {
    /// A step is ready and nobody holds its role.
    NobodyHolds {
        step: Address,
        role: String,
        school: Option<Urn>,
    },
    /// Its doer says that it cannot be done now.
    CannotProgress { step: Address },
    /// The date it waits for can never come, so it is not required.
    MomentCannotCome { step: Address },
    /// The date on which its due day hangs will never come: it has none.
    NeverDue { step: Address },
    /// Nobody is in the role of which everybody is asked, so nothing is.
    NobodyIsIn { group: Address },
    /// To the person: they are out of this role of the project.
    OutOfRole { role: String },
    /// To the coordinator: somebody is out of a role; which they still have, and whether too few
    /// are left in it.
    LeftRole {
        role: String,
        person: PersonId,
        still: Vec<String>,
        too_few: bool,
    },
    /// An event that was kept names people who are not there any more.
    EventUnusable { name: String, because: String },
    /// Mails have not helped: somebody should ring.
    Ring { step: Address },
    /// To whoever has something to do: nothing is asked of them for now.
    Held {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
    },
    /// To the same: it goes on, as if it had not been held.
    NotHeld,
    /// The day to which it was postponed is near.
    ResumeNear { date: Date },
    /// The day to which it was postponed has come.
    ResumeDue { date: Date },
}

impl Notice {
    /// The step that it is about.
    pub fn step(&self) -> Option<&Address> {
        match self {
            Self::NobodyHolds { step, .. }
            | Self::CannotProgress { step }
            | Self::MomentCannotCome { step }
            | Self::NeverDue { step }
            | Self::Ring { step }
            | Self::NobodyIsIn { group: step } => Some(step),
            Self::OutOfRole { .. }
            | Self::LeftRole { .. }
            | Self::EventUnusable { .. }
            | Self::Held { .. }
            | Self::NotHeld
            | Self::ResumeNear { .. }
            | Self::ResumeDue { .. } => None,
        }
    }
}
