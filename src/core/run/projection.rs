//! Lists made from the state: open tasks, waiting timers, the stage.
//!
//! They can be made anew at any time, and the set of a run is written whole where an entry changes
//! it. A change here that makes other tasks of the same state raises [`super::state::FOLD`], so that
//! those of running projects are written anew. *Overdue* is computed by whoever looks, from the due
//! date and today.

mod coordinator;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::core::definition::dates::{RungMoment, Side, Unit};
use crate::core::definition::workflow::{Kind, NodeId, Workflow};
use crate::core::names::{PersonId, Urn};
use crate::core::time::{Date, Instant, early_morning};

use super::address::Address;
use super::command::TimerKey;
use super::deadline::CalendarId;
use super::decide::ladder::next_rungs;
use super::event::StepKind;
use super::facts::Facts;
use super::places;
use super::state::{AskedToResume, Hold, Run, RunStatus, Status, Step};
use crate::core::calendar::Calendars;
use coordinator::{to_appoint, to_resume, unblock};

/// So many school days before the day to which a run was postponed the coordinator is asked.
const NEAR_DAYS: u32 = 5;

/// What somebody is asked to do about a step or a project. In the order of the alphabet, as a database
/// sorts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// To appoint people to a role in which there are too few.
    Appoint,
    /// To do it.
    Do,
    /// To resume a postponed run, or to postpone it again.
    Resume,
    /// To ring whoever has it, because mails have not helped.
    Ring,
    /// To see to it that a step which cannot progress can go on, or is done without.
    Unblock,
}

impl Asks {
    /// About a step, and not about the project as a whole.
    pub fn is_of_step(self) -> bool {
        match self {
            Self::Do | Self::Ring | Self::Unblock => true,
            Self::Resume | Self::Appoint => false,
        }
    }
}

/// Something that somebody is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    pub step: Address,
    pub asks: Asks,
    pub attempt: u32,
    pub title: String,
    pub stage: Option<String>,
    /// The role of the definition; none for a person's own instance.
    pub role: Option<String>,
    /// The post in the directory that it comes to, and where.
    pub post: Option<String>,
    pub school: Option<Urn>,
    /// One person, where it is theirs alone.
    pub person: Option<PersonId>,
    pub status: Status,
    pub ready_at: Option<Instant>,
    pub due: Option<Date>,
    pub short_notice: bool,
}

/// A moment for which a run waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    pub key: TimerKey,
    pub at: Instant,
}

/// All open tasks, in the order of their addresses, and at the end those about no step. An ended run
/// has none, a held one at most that of resuming it.
pub fn tasks(workflow: &Workflow, run: &Run) -> Vec<Task> {
    if run.status == RunStatus::Paused {
        return run.hold.as_ref().and_then(to_resume).into_iter().collect();
    }
    if run.status != RunStatus::InProgress {
        return Vec::new();
    }
    let open = run.steps.iter().filter(|(_, step)| step.status.is_ready());
    let asked = open.filter_map(|(address, step)| {
        let task = task(workflow, run, address, step)?;
        let more = [ring(workflow, step, &task), unblock(step, &task)];
        Some(std::iter::once(task).chain(more.into_iter().flatten()))
    });
    let mut all: Vec<Task> = asked.flatten().collect();
    all.extend(to_appoint(workflow, run));
    all
}

/// To ring about a task, from the rung that says so until it is settled or due on a later day.
fn ring(workflow: &Workflow, step: &Step, task: &Task) -> Option<Task> {
    let node = workflow.node(workflow.node_of(&task.step)?);
    let ladder = workflow.ladder_of(node)?;
    let mut rungs = ladder.iter().filter(|(name, rung)| {
        let fired = || step.fired.iter().any(|fired| fired.rung == **name);
        rung.task.is_some()
            && match (&rung.at, task.due) {
                (RungMoment::From(..), _) => fired(),
                (_, Some(due)) => step.has_fired(name, due),
                (_, None) => false,
            }
    });
    let role = rungs.find_map(|(_, rung)| rung.task.clone())?;
    let known = workflow.roles.get(&role);
    let post = known.map_or_else(|| role.clone(), |role| role.post.clone());
    Some(Task {
        asks: Asks::Ring,
        title: format!("Ring about: {}", task.title),
        role: Some(role),
        post: Some(post),
        school: None,
        person: None,
        ..task.clone()
    })
}

fn task(workflow: &Workflow, run: &Run, address: &Address, step: &Step) -> Option<Task> {
    let id = workflow.node_of(address)?;
    let node = workflow.node(id);
    let asks = match &node.kind {
        Kind::Task(_) => step.kind == StepKind::Task,
        Kind::Wait(wait) => wait.role.is_some(),
        _ => false,
    };
    if !asks {
        return None;
    }
    let role = node.role().map(str::to_owned);
    let (post, school, person) = asked(workflow, run, id, address);
    Some(Task {
        step: address.clone(),
        asks: Asks::Do,
        attempt: step.attempt,
        title: places::title(workflow, address),
        stage: node.stage.clone(),
        role,
        post,
        school,
        person: step.assigned.or(person),
        status: step.status,
        ready_at: step.ready_at,
        due: step.due.as_ref().and_then(|due| due.date),
        short_notice: step.due.as_ref().is_some_and(|due| due.short_notice),
    })
}

/// The post and school, or the person, that a step is for.
fn asked(
    workflow: &Workflow,
    run: &Run,
    node: NodeId,
    address: &Address,
) -> (Option<String>, Option<Urn>, Option<PersonId>) {
    use crate::core::definition::workflow::Place;
    let Some(name) = workflow.node(node).role() else {
        return (None, None, super::doers::person_around(workflow, address));
    };
    let Some(role) = workflow.roles.get(name) else {
        return (None, None, None);
    };
    let post = Some(role.post.clone());
    match &role.at {
        Place::Alliance | Place::School => (post, None, None),
        Place::HostSchool => (post, run.host_school.clone(), None),
        Place::Run => {
            let people = run.people.get(name).map(Vec::as_slice).unwrap_or_default();
            let one = (people.len() == 1).then(|| people[0].person);
            (
                None,
                people.first().and_then(|held| held.school.clone()),
                one,
            )
        }
        Place::SchoolOf(of) => {
            let held = super::doers::appointment(workflow, run, of, address);
            (post, held.and_then(|held| held.school.clone()), None)
        }
    }
}

/// All moments a run waits for: of each step the next reminder, and the day on which it opens. While
/// the run is held only the day to which it was postponed counts.
pub fn timers(workflow: &Workflow, run: &Run, facts: &Facts) -> Vec<Timer> {
    match run.status {
        RunStatus::InProgress => {
            let rungs = next_rungs(workflow, run, facts).into_iter();
            let rungs = rungs.map(|(key, at)| Timer { key, at });
            let steps = run.steps.iter();
            steps
                .filter_map(|(at, step)| opening(at, step))
                .chain(rungs)
                .collect()
        }
        RunStatus::Paused => {
            let hold = run.hold.as_ref();
            hold.map_or_else(Vec::new, |hold| resuming(hold, &facts.calendars))
        }
        RunStatus::Unborn | RunStatus::Stopped | RunStatus::Complete => Vec::new(),
    }
}

/// The day to which a run was postponed, and five school days of the alliance before it.
fn resuming(hold: &Hold, calendars: &Calendars) -> Vec<Timer> {
    let Some(date) = hold.until else {
        return Vec::new();
    };
    let resume = Timer {
        key: TimerKey::Resume { date },
        at: early_morning(date),
    };
    let resume = Some(resume).filter(|_| hold.asked != Some(AskedToResume::Due));
    let (alliance, unit) = (CalendarId::Alliance, Unit::SchoolDays);
    let near = calendars.shift(&alliance, unit, date, NEAR_DAYS, Side::Before);
    let near = near
        .ok()
        .filter(|day| hold.asked.is_none() && *day > hold.since.date());
    let near = near.map(|day| Timer {
        key: TimerKey::ResumeNear { date },
        at: early_morning(day),
    });
    near.into_iter().chain(resume).collect()
}

fn opening(address: &Address, step: &Step) -> Option<Timer> {
    let waits = step.free && step.status == Status::CannotStartYet;
    let date = step.opens.as_ref().filter(|_| waits)?.date?;
    let key = TimerKey::Opens {
        step: address.clone(),
        attempt: step.attempt,
        date,
    };
    Some(Timer {
        key,
        at: Instant::start_of(date),
    })
}

/// The current stage: the last one listed in which a step that is not optional is free, ready or
/// complete in its current attempt. Beside it, earlier stages with open work.
pub fn stage(workflow: &Workflow, run: &Run) -> (Option<String>, Vec<String>) {
    let (mut current, mut open) = (None, BTreeSet::new());
    for (address, step) in &run.steps {
        let is_step = !matches!(step.kind, StepKind::Group | StepKind::Instance);
        let begun =
            step.status == Status::Complete || (step.free && step.status != Status::NotRequired);
        if !is_step || !begun {
            continue;
        }
        let node = workflow.node_of(address).map(|id| workflow.node(id));
        let stage = node.filter(|node| !node.optional);
        let stage = stage.and_then(|node| workflow.stages.get_index_of(node.stage.as_ref()?));
        current = current.max(stage);
        open.extend(stage.filter(|_| !step.status.is_settled()));
    }
    open.retain(|stage| Some(*stage) != current);
    let name = |stage| {
        workflow
            .stages
            .get_index(stage)
            .map(|(name, _)| name.clone())
    };
    (
        current.and_then(name),
        open.into_iter().filter_map(name).collect(),
    )
}
