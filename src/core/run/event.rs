//! What happened. Every consequence is an event of its own, by full address and attempt, so that
//! `evolve` needs no definition, calendar, directory or clock.
//!
//! Texts that can be erased stand here as a [`Text`] or inside answers as `{"commitment": …}`.
//! To add an event: add the variant, its arm in `evolve.rs` or below it, its line in `react.rs`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::address::Address;
pub use super::cause::{Cause, How};
use super::deadline::Deadline;
pub use super::deadline::{Consumed, MoveCause, Moved, Resumed};
pub use super::invite::Invite;
pub use super::kept::KeptEvent;
pub use super::migrated::Migrated;
pub use super::undo::Undone;
use crate::core::audit::payload::Commitment;
use crate::core::names::{PersonId, RunId, Urn};
use crate::core::time::Date;

/// Answers as the log holds them: erasable fields as `{"commitment": "…"}`.
pub type SealedAnswers = Map<String, Value>;

/// Which definition a run follows; the hash names the exact bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowRef {
    pub name: String,
    pub version: u32,
    pub hash: String,
}

/// What a place in a run is, so that the fold knows it without the definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Task,
    Engine,
    Wait,
    Start,
    Group,
    /// One pass of a `repeat` group, or one instance of an `each` group.
    Instance,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedStep {
    pub step: Address,
    pub kind: StepKind,
}

/// A person in a role of the run; the school is fixed at the appointment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Appointment {
    pub person: PersonId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school: Option<Urn>,
}

/// One value that a condition saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seen {
    /// `need.audience`
    pub path: String,
    /// `null` where there was none.
    pub value: Value,
}

/// How a `when` was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decided {
    pub condition: String,
    pub result: bool,
    pub saw: Vec<Seen>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    Pause,
    Postpone,
}

/// Free text in the log: a reason or a note, held as a commitment.
pub type Text = Commitment;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum Event {
    #[serde(rename = "run.started")]
    RunStarted {
        workflow: WorkflowRef,
        reference: String,
        title: String,
        host_school: Urn,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<RunId>,
        steps: Vec<NamedStep>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        dates: BTreeMap<String, Date>,
    },
    /// All that it stands on is settled. `opens` is the moment it still waits for.
    #[serde(rename = "step.freed")]
    StepFreed {
        step: Address,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Decided>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opens: Option<Deadline>,
    },
    #[serde(rename = "step.ready")]
    StepReady {
        step: Address,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Deadline>,
        /// Opened by hand before its moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        early: Option<Text>,
    },
    #[serde(rename = "step.taken")]
    StepTaken {
        step: Address,
        attempt: u32,
        person: PersonId,
    },
    /// A draft was saved; its content stays outside the log until it is completed.
    #[serde(rename = "step.drafted")]
    StepDrafted { step: Address, attempt: u32 },
    #[serde(rename = "step.completed")]
    StepCompleted {
        step: Address,
        attempt: u32,
        how: How,
        /// Whose doing it is; none for an event or the engine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// Who acted in their place: a substitute or the coordinator.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<PersonId>,
        /// The role as which it was done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        answers: SealedAnswers,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    #[serde(rename = "step.blocked")]
    StepBlocked {
        step: Address,
        attempt: u32,
        reason: Text,
        consumed: u32,
    },
    #[serde(rename = "step.unblocked")]
    StepUnblocked {
        step: Address,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Deadline>,
    },
    #[serde(rename = "step.not_required")]
    StepNotRequired {
        step: Address,
        attempt: u32,
        cause: Cause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Decided>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// A skip or an end that came before the step was free: it takes effect at that moment.
    #[serde(rename = "step.skip_planned")]
    StepSkipPlanned {
        step: Address,
        attempt: u32,
        cause: Cause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// Asked again by command, or taken back by its doer; what becomes of each place follows.
    #[serde(rename = "step.reopened")]
    StepReopened {
        step: Address,
        attempt: u32,
        reason: Text,
    },
    /// Made again (`again`, with the new attempt) or waiting again (the same attempt).
    #[serde(rename = "step.reset")]
    StepReset {
        step: Address,
        attempt: u32,
        /// The step that was named, not one further on.
        target: bool,
        again: bool,
        /// The draft starts empty: a declaration is private.
        empty: bool,
    },
    /// Stayed complete although something it stands on was reopened: spared, or a wait.
    #[serde(rename = "step.spared")]
    StepSpared { step: Address, attempt: u32 },
    #[serde(rename = "step.assigned")]
    StepAssigned {
        step: Address,
        attempt: u32,
        person: Option<PersonId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    #[serde(rename = "step.delegated")]
    StepDelegated {
        step: Address,
        attempt: u32,
        from: PersonId,
        to: PersonId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    #[serde(rename = "group.opened")]
    GroupOpened {
        group: Address,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Decided>,
        /// Opened by hand before its moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        early: Option<Text>,
    },
    #[serde(rename = "group.ended")]
    GroupEnded { group: Address, attempt: u32 },
    #[serde(rename = "pass.opened")]
    PassOpened {
        pass: Address,
        steps: Vec<NamedStep>,
        /// Who asked for it; none where the group opened it by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
    },
    /// `counts` is false where the coordinator ended a pass that did not happen.
    #[serde(rename = "pass.ended")]
    PassEnded {
        pass: Address,
        counts: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    #[serde(rename = "each.added")]
    EachAdded {
        instance: Address,
        steps: Vec<NamedStep>,
    },
    #[serde(rename = "each.left")]
    EachLeft { instance: Address },
    #[serde(rename = "each.returned")]
    EachReturned { instance: Address },
    #[serde(rename = "role.appointed")]
    RoleAppointed {
        role: String,
        appointment: Appointment,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    #[serde(rename = "role.vacated")]
    RoleVacated {
        role: String,
        person: PersonId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// An event that no wait takes yet.
    #[serde(rename = "event.kept")]
    EventKept { event: KeptEvent },
    #[serde(rename = "event.used")]
    EventUsed { id: String, step: Address },
    /// Not used: its time is past, or (`because`) the people it names are not there any more.
    #[serde(rename = "event.expired")]
    EventExpired {
        id: String,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// Sent to the broker, and to the other side (cycle or project).
    #[serde(rename = "told")]
    Told { name: String, step: Address },
    #[serde(rename = "deadline.moved")]
    DeadlineMoved {
        step: Address,
        attempt: u32,
        /// `due` or `opens`.
        what: Moved,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<Date>,
        new: Deadline,
        why: MoveCause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// The moment of a reminder has come; it does so once per attempt and date.
    #[serde(rename = "rung.fired")]
    RungFired {
        step: Address,
        attempt: u32,
        rung: String,
        /// The due date, or the date that the rung names.
        date: Date,
        /// A later rung came with it, whose mail goes out instead.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        passed_over: bool,
    },
    #[serde(rename = "answers.corrected")]
    AnswersCorrected {
        step: Address,
        attempt: u32,
        /// The whole answers after the correction.
        answers: SealedAnswers,
        reason: Text,
        /// Steps whose `when` would be decided otherwise now; nothing moves by itself.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        would_change: Vec<Address>,
    },
    #[serde(rename = "date.set")]
    DateSet {
        name: String,
        date: Date,
        reason: Text,
    },
    #[serde(rename = "run.paused")]
    RunPaused {
        hold: HoldKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
        reason: Text,
        /// Days consumed of each open budget at this moment, by step and by `due`/`opens`.
        consumed: Vec<Consumed>,
    },
    /// A new reason or day for a hold that stands.
    #[serde(rename = "run.hold_changed")]
    RunHoldChanged {
        hold: HoldKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
        reason: Text,
    },
    #[serde(rename = "run.resumed")]
    RunResumed {
        hold: HoldKind,
        remaining: Vec<Resumed>,
    },
    #[serde(rename = "run.stopped")]
    RunStopped {
        /// The words of the outcome (`declined`), or `stopped` by command.
        words: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
        consumed: Vec<Consumed>,
    },
    #[serde(rename = "run.reinstated")]
    RunReinstated {
        reason: Text,
        remaining: Vec<Resumed>,
    },
    #[serde(rename = "run.completed")]
    RunCompleted {},
    /// The day to which the run was postponed is five school days ahead.
    #[serde(rename = "run.resume_near")]
    ResumeNear { date: Date },
    /// The day to which the run was postponed has come; a person resumes.
    #[serde(rename = "run.resume_due")]
    ResumeDue { date: Date },
    /// A hold or a resume was taken back: all is as it was before.
    #[serde(rename = "run.undone")]
    RunUndone {
        what: Undone,
        /// Its mails had left already, because a visit was near: invites go on from there.
        told: bool,
    },
    /// An invite goes out, or goes out again as it is now.
    #[serde(rename = "invite.sent")]
    InviteSent {
        step: Address,
        invite: Invite,
        /// The day on which it was before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<Date>,
        /// Who is invited for the first time.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        new: Vec<PersonId>,
        /// Who has an older one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        again: Vec<PersonId>,
        /// Whom it does not concern any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left: Vec<PersonId>,
    },
    /// What people were invited to is called off.
    #[serde(rename = "invite.cancelled")]
    InviteCancelled { step: Address, sequence: u32 },
    #[serde(rename = "run.migrated")]
    RunMigrated {
        from: WorkflowRef,
        to: WorkflowRef,
        steps: Vec<Migrated>,
        roles: BTreeMap<String, String>,
        /// Places that the new version has and the old one had not.
        named: Vec<NamedStep>,
        /// What stays although the new version would not allow it, in sentences.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remarks: Vec<String>,
    },
    #[serde(rename = "note.added")]
    NoteAdded { text: Text },
    /// The payloads of these commitments were erased; the entries that hold them stand.
    #[serde(rename = "person.erased")]
    PersonErased {
        person: PersonId,
        commitments: Vec<Commitment>,
    },
    /// The same, because the time was over for which texts of a project are kept.
    #[serde(rename = "texts.expired")]
    TextsExpired {
        /// When the project ended.
        ended_on: Date,
        commitments: Vec<Commitment>,
    },
}

impl Event {
    /// The texts that are taken away with it.
    pub fn erased(&self) -> Option<&[Commitment]> {
        match self {
            Self::PersonErased { commitments, .. } | Self::TextsExpired { commitments, .. } => {
                Some(commitments)
            }
            _ => None,
        }
    }
}
