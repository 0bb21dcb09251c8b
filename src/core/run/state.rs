//! How a run stands: the fold of its events, and nothing else.
//!
//! Plain data, stored as a snapshot in JSON with the version of the fold. `evolve`
//! makes it; no definition, calendar, guard or payload is asked. What can be computed from it
//! (stage, overdue, who holds a role) is not in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::deadline::Deadline;
use super::event::{
    Appointment, Cause, Decided, HoldKind, How, KeptEvent, SealedAnswers, StepKind, Text,
    WorkflowRef,
};
use super::invite::Invite;
use super::undo::Undo;
use crate::core::names::{AllianceId, PersonId, RunId, Urn};
use crate::core::time::{Date, Instant};

/// Version of the fold. A snapshot of another version is made anew from the entries, and its tasks
/// are written anew: so it is raised as well when other tasks follow from the same state.
pub const FOLD: u32 = 4;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub alliance: AllianceId,
    pub id: RunId,
    /// Sequence number of its last entry; 0 before it is started.
    pub version: u64,
    pub status: RunStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowRef>,
    /// `DLP-2026-014`
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_school: Option<Urn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Instant>,
    /// While it is stopped or complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<String, Date>,
    /// Steps, groups and their instances, by address. Shared: a state is copied for each command, and
    /// most of its places stay as they were.
    pub steps: BTreeMap<Address, Arc<Step>>,
    /// Settled places that the version after a migration no longer has: history only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gone: BTreeMap<Address, Arc<Step>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<String, Vec<Appointment>>,
    /// Everybody who has done a step as a role: `not` looks at them too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub acted: BTreeMap<String, Vec<PersonId>>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptEvent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// To what people are invited, by the step that says when and where.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub invites: BTreeMap<Address, Invite>,
    /// How it stood before its last entry, if that can be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Box<Undo>>,
}

/// Where a run stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Not started yet: nobody sees it.
    Unborn,
    InProgress,
    Paused,
    Stopped,
    Complete,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub kind: HoldKind,
    pub since: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    pub reason: Text,
    /// Whether the coordinator is asked to resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedToResume>,
}

/// Because of which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedToResume {
    Near,
    Due,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    pub words: String,
    pub at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// What the run was before, for `reinstate`.
    pub was: RunStatus,
}

/// Status of a step, in the words of the Department for Education's own case tool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    CannotStartYet,
    NotStarted,
    InProgress,
    CannotProgress,
    Complete,
    NotRequired,
}

/// A step, a group, a pass or an instance: one place of the run. Most have only been named, so what
/// such a one is like is not written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub kind: StepKind,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub attempt: u32,
    #[serde(default, skip_serializing_if = "Status::is_as_named")]
    pub status: Status,
    /// All that it stands on is settled; perhaps it still waits for its moment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub free: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<Deadline>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Deadline>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<PersonId>,
    /// Passed on by its doer, this attempt only: from whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegated_from: Option<PersonId>,
    /// The status to which `unblock` goes back, and why it was blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Blocked>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_planned: Option<SkipPlanned>,
    /// How it was settled in this attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Done>,
    /// Reminders that have gone out in this attempt: rung and the date they were for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<Fired>,
    /// Settled attempts before this one, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Done>,
    /// The draft of this attempt starts empty instead of from the last answers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub starts_empty: bool,
    /// A draft was saved in this attempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drafted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    pub was: Status,
    pub at: Instant,
    pub reason: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkipPlanned {
    pub cause: Cause,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    pub rung: String,
    pub date: Date,
}

/// The end of one attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    pub attempt: u32,
    /// `Complete` or `NotRequired`.
    pub status: Status,
    pub at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<How>,
    /// Whose step it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// Who did it for them: a cover, or the coordinator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    #[serde(default, skip_serializing_if = "SealedAnswers::is_empty")]
    pub answers: SealedAnswers,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

impl Step {
    /// With what its form is filled as long as nobody has saved a draft: the answers of the attempt
    /// before, unless they are private to whoever gave them.
    pub fn prefill(&self) -> Option<&SealedAnswers> {
        let mut before = self.earlier.iter().rev().filter(|_| !self.starts_empty);
        let last = before.find(|done| done.status == Status::Complete)?;
        Some(&last.answers)
    }
}

impl Done {
    /// The end of the attempt that a place is in, with nothing said of how yet.
    pub fn now(step: &Step, status: Status, at: Instant) -> Self {
        Self {
            attempt: step.attempt,
            status,
            at,
            how: None,
            by: None,
            actor: None,
            cause: None,
            answers: SealedAnswers::new(),
            outcome: None,
            reason: None,
        }
    }
}

fn first() -> u32 {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_first(attempt: &u32) -> bool {
    *attempt == first()
}

impl Status {
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference"
    )]
    fn is_as_named(&self) -> bool {
        *self == Self::default()
    }

    /// Complete or not required.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Complete | Self::NotRequired)
    }

    /// Ready: somebody can act on it.
    pub fn is_ready(self) -> bool {
        matches!(
            self,
            Self::NotStarted | Self::InProgress | Self::CannotProgress
        )
    }

    /// As people read it: "Cannot start yet".
    pub fn say(self) -> &'static str {
        match self {
            Self::CannotStartYet => "Cannot start yet",
            Self::NotStarted => "Not started",
            Self::InProgress => "In progress",
            Self::CannotProgress => "Cannot progress",
            Self::Complete => "Complete",
            Self::NotRequired => "Not required",
        }
    }
}

impl RunStatus {
    pub fn say(self) -> &'static str {
        match self {
            Self::Unborn => "Not started",
            Self::InProgress => "In progress",
            Self::Paused => "Paused",
            Self::Stopped => "Stopped",
            Self::Complete => "Complete",
        }
    }
}

impl RunStatus {
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Stopped | Self::Complete)
    }
}

impl Run {
    /// After all events of an entry.
    pub(super) fn conclude(&mut self, version: u64, at: Instant) {
        self.version = version;
        self.changed_at = Some(at);
        let ended_at = self.ended_at.unwrap_or(at);
        self.ended_at = self.status.has_ended().then_some(ended_at);
    }

    /// A run before its first entry.
    pub fn unborn(alliance: AllianceId, id: RunId) -> Self {
        Self {
            alliance,
            id,
            version: 0,
            status: RunStatus::Unborn,
            workflow: None,
            reference: String::new(),
            title: String::new(),
            host_school: None,
            parent: None,
            started_at: None,
            changed_at: None,
            ended_at: None,
            dates: BTreeMap::new(),
            steps: BTreeMap::new(),
            gone: BTreeMap::new(),
            people: BTreeMap::new(),
            acted: BTreeMap::new(),
            kept: Vec::new(),
            hold: None,
            stopped: None,
            invites: BTreeMap::new(),
            undo: None,
        }
    }

    pub fn find_step(&self, address: &Address) -> Option<&Step> {
        self.steps.get(address).map(AsRef::as_ref)
    }

    /// What a place lies in, nearest first.
    pub fn steps_around<'a>(&'a self, address: &'a Address) -> impl Iterator<Item = &'a Step> {
        let found = address.all_around().filter_map(|at| self.steps.get(at));
        found.map(AsRef::as_ref)
    }

    /// A place that changes now.
    pub(super) fn step_mut(&mut self, address: &Address) -> Option<&mut Step> {
        self.steps.get_mut(address).map(Arc::make_mut)
    }

    pub fn is_settled(&self, address: &Address) -> bool {
        self.steps
            .get(address)
            .is_some_and(|step| step.status.is_settled())
    }
}

impl Step {
    pub fn new(kind: StepKind) -> Self {
        Self {
            kind,
            attempt: first(),
            status: Status::default(),
            free: false,
            decided: None,
            opens: None,
            ready_at: None,
            due: None,
            assigned: None,
            delegated_from: None,
            blocked: None,
            skip_planned: None,
            done: None,
            fired: Vec::new(),
            earlier: Vec::new(),
            starts_empty: false,
            drafted: false,
        }
    }
}
