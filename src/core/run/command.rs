//! What can be asked of a run, and the envelope in which every entrance puts it.
//!
//! Broker, console, command line and timers all make the same [`Envelope`], so no rule can live
//! in one entrance only. The shapes here are the contract: the generated documents come from them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::address::Address;
use crate::core::names::{AllianceId, PersonId, RunId, Urn};
use crate::core::time::{Date, Instant};

/// One command on its way to one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Chosen by the sender; with `source` it makes the command happen once for good.
    pub id: String,
    pub source: String,
    pub alliance: AllianceId,
    pub run: RunId,
    pub actor: Option<PersonId>,
    pub on_behalf_of: Option<PersonId>,
    /// When the sender says it was sent.
    pub time: Instant,
    pub expires: Option<Instant>,
    /// The run's version that the sender has seen; another one refuses the command.
    pub expected: Option<u64>,
    pub command: Command,
}

impl Envelope {
    /// From this program itself and not from a portal: by nobody yet, and never too late.
    pub fn inside(
        source: &str,
        id: String,
        alliance: &AllianceId,
        run: RunId,
        time: Instant,
        command: Command,
    ) -> Self {
        Self {
            id,
            source: source.to_owned(),
            alliance: alliance.clone(),
            run,
            actor: None,
            on_behalf_of: None,
            time,
            expires: None,
            expected: None,
            command,
        }
    }
}

/// One person, or several for a role that takes several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum People {
    One(PersonId),
    Several(Vec<PersonId>),
}

impl People {
    pub fn ids(&self) -> Vec<PersonId> {
        match self {
            Self::One(person) => vec![*person],
            Self::Several(people) => people.clone(),
        }
    }
}

/// The imperative: what is asked. `type` is the message's type; the fields are its `data`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum Command {
    /// Starts a project by the newest version of a workflow.
    #[serde(rename = "alongside.project.start")]
    ProjectStart {
        workflow: String,
        host_school: Urn,
        /// Shown in lists and mails: no names of people.
        title: String,
        /// People for roles that are `appointed: at start`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        roles: BTreeMap<String, People>,
        /// The dates that the definition asks for.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        dates: BTreeMap<String, Date>,
    },
    /// Completes a step: answers to its form, and one of its outcomes where it has any.
    #[serde(rename = "alongside.step.complete")]
    StepComplete {
        step: Address,
        /// Absent: the saved draft, else no answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<Map<String, Value>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Saves answers that need not be whole yet.
    #[serde(rename = "alongside.step.draft")]
    StepDraft {
        step: Address,
        answers: Map<String, Value>,
    },
    /// One of several people who could do it takes it on.
    #[serde(rename = "alongside.step.take")]
    StepTake { step: Address },
    /// Does not wait for the moment at which a step opens.
    #[serde(rename = "alongside.step.open")]
    StepOpen { step: Address, reason: String },
    #[serde(rename = "alongside.step.block")]
    StepBlock { step: Address, reason: String },
    #[serde(rename = "alongside.step.unblock")]
    StepUnblock { step: Address },
    #[serde(rename = "alongside.step.skip")]
    StepSkip {
        step: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    #[serde(rename = "alongside.step.reopen")]
    StepReopen {
        step: Address,
        reason: String,
        /// Settled steps further on that stay as they are.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        spare: Vec<Address>,
    },
    #[serde(rename = "alongside.step.assign")]
    StepAssign {
        step: Address,
        person: PersonId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A doer passes this attempt on to a colleague of the same school; to themselves: back.
    #[serde(rename = "alongside.step.delegate")]
    StepDelegate {
        step: Address,
        person: PersonId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    #[serde(rename = "alongside.step.redate")]
    StepRedate {
        step: Address,
        due: Date,
        reason: String,
    },
    /// Changes one of the dates that were asked at the start.
    #[serde(rename = "alongside.date.set")]
    DateSet {
        name: String,
        date: Date,
        reason: String,
    },
    #[serde(rename = "alongside.pass.add")]
    PassAdd { group: Address },
    /// Ends a pass that did not happen: it no longer counts.
    #[serde(rename = "alongside.pass.end")]
    PassEnd { pass: Address, reason: String },
    /// Says who holds a role of the run from now on, all of them.
    #[serde(rename = "alongside.role.appoint")]
    RoleAppoint {
        role: String,
        people: People,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    #[serde(rename = "alongside.project.postpone")]
    ProjectPostpone { until: Date, reason: String },
    #[serde(rename = "alongside.project.pause")]
    ProjectPause { reason: String },
    #[serde(rename = "alongside.project.resume")]
    ProjectResume {},
    /// Takes back the last pause, postponement or resume, within ten minutes and before anything
    /// else has happened.
    #[serde(rename = "alongside.project.undo")]
    ProjectUndo {},
    #[serde(rename = "alongside.project.stop")]
    ProjectStop { reason: String },
    /// Undoes a stop: back to what it was, the time between as a pause.
    #[serde(rename = "alongside.project.reinstate")]
    ProjectReinstate { reason: String },
    #[serde(rename = "alongside.project.note")]
    ProjectNote { text: String },
    /// Moves a run to another version of its workflow, whole or not at all.
    #[serde(rename = "alongside.project.migrate")]
    ProjectMigrate {
        version: u32,
        /// Old step to new step, or to `none`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        map: BTreeMap<String, String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        roles: BTreeMap<String, String>,
        /// New steps that are asked for although something standing on them has begun.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ask: Vec<String>,
    },
    /// Changes answers of a complete step; never a status, an outcome or a `when`.
    #[serde(rename = "alongside.answers.correct")]
    AnswersCorrect {
        step: Address,
        /// Only the fields that change; `null` takes one out.
        answers: Map<String, Value>,
        reason: String,
    },
    /// Something happened outside that a `wait` may wait for.
    #[serde(rename = "alongside.event.report")]
    EventReport {
        name: String,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        data: Map<String, Value>,
    },
    /// A moment has come (from the engine's own timers only).
    #[serde(rename = "alongside.timer.fire")]
    TimerFire { timer: TimerKey },
    /// Term dates have changed: open dates are counted anew (from the engine only).
    #[serde(rename = "alongside.deadlines.replan")]
    DeadlinesReplan {
        /// Which calendar, and when: "Term dates of school 100001 were set on 5 October 2026."
        because: String,
    },
    /// Records that a person's texts in this run were erased (from `person erase` only).
    #[serde(rename = "alongside.person.erase")]
    PersonErase { person: PersonId },
    /// The time for which texts are kept is over (from the engine only).
    #[serde(rename = "alongside.texts.expire")]
    TextsExpire {
        /// Texts of projects that ended on this day or later are kept.
        kept_from: Date,
    },
}

/// Which planned moment: the same moment has the same key however often it is planned.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TimerKey {
    /// A step that is free opens on its day.
    Opens {
        step: Address,
        attempt: u32,
        date: Date,
    },
    /// A reminder of a step; `date` is the due date, or the date that the rung names.
    Rung {
        step: Address,
        attempt: u32,
        rung: String,
        date: Date,
    },
    /// Five school days before the day to which the run was postponed.
    ResumeNear { date: Date },
    /// The day to which the run was postponed.
    Resume { date: Date },
}

impl std::fmt::Display for TimerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Opens {
                step,
                attempt,
                date,
            } => write!(f, "opens/{step}/{attempt}/{date}"),
            Self::Rung {
                step,
                attempt,
                rung,
                date,
            } => write!(f, "rung/{step}/{attempt}/{rung}/{date}"),
            Self::ResumeNear { date } => write!(f, "resume_near/{date}"),
            Self::Resume { date } => write!(f, "resume/{date}"),
        }
    }
}

impl Command {
    /// The message type: `alongside.step.complete`.
    pub fn name(&self) -> String {
        let name = match self {
            Self::ProjectStart { .. } => "alongside.project.start",
            Self::StepComplete { .. } => "alongside.step.complete",
            Self::StepDraft { .. } => "alongside.step.draft",
            Self::StepTake { .. } => "alongside.step.take",
            Self::StepOpen { .. } => "alongside.step.open",
            Self::StepBlock { .. } => "alongside.step.block",
            Self::StepUnblock { .. } => "alongside.step.unblock",
            Self::StepSkip { .. } => "alongside.step.skip",
            Self::StepReopen { .. } => "alongside.step.reopen",
            Self::StepAssign { .. } => "alongside.step.assign",
            Self::StepDelegate { .. } => "alongside.step.delegate",
            Self::StepRedate { .. } => "alongside.step.redate",
            Self::DateSet { .. } => "alongside.date.set",
            Self::PassAdd { .. } => "alongside.pass.add",
            Self::PassEnd { .. } => "alongside.pass.end",
            Self::RoleAppoint { .. } => "alongside.role.appoint",
            Self::ProjectPostpone { .. } => "alongside.project.postpone",
            Self::ProjectPause { .. } => "alongside.project.pause",
            Self::ProjectResume { .. } => "alongside.project.resume",
            Self::ProjectUndo { .. } => "alongside.project.undo",
            Self::ProjectStop { .. } => "alongside.project.stop",
            Self::ProjectReinstate { .. } => "alongside.project.reinstate",
            Self::ProjectNote { .. } => "alongside.project.note",
            Self::ProjectMigrate { .. } => "alongside.project.migrate",
            Self::AnswersCorrect { .. } => "alongside.answers.correct",
            Self::EventReport { .. } => "alongside.event.report",
            Self::TimerFire { .. } => "alongside.timer.fire",
            Self::DeadlinesReplan { .. } => "alongside.deadlines.replan",
            Self::PersonErase { .. } => "alongside.person.erase",
            Self::TextsExpire { .. } => "alongside.texts.expire",
        };
        name.to_owned()
    }

    /// The step, group or pass that it addresses.
    pub fn step(&self) -> Option<&Address> {
        match self {
            Self::StepComplete { step, .. }
            | Self::StepDraft { step, .. }
            | Self::StepTake { step }
            | Self::StepOpen { step, .. }
            | Self::StepBlock { step, .. }
            | Self::StepUnblock { step }
            | Self::StepSkip { step, .. }
            | Self::StepReopen { step, .. }
            | Self::StepAssign { step, .. }
            | Self::StepDelegate { step, .. }
            | Self::StepRedate { step, .. }
            | Self::AnswersCorrect { step, .. }
            | Self::PassAdd { group: step }
            | Self::PassEnd { pass: step, .. } => Some(step),
            _ => None,
        }
    }
}
