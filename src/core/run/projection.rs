//! Lists made from the state: open tasks, waiting timers, the stage.
//!
//! They can be made anew at any time and are written whole after each entry, so that they never
//! drift from the run. *Overdue* is computed by whoever looks, from the due date and today.

use chrono::NaiveTime;
use serde::Serialize;

use crate::core::definition::workflow::{Kind, NodeId, Workflow};
use crate::core::names::{PersonId, Urn};
use crate::core::time::{Date, Instant};

use super::address::Address;
use super::command::TimerKey;
use super::event::StepKind;
use super::places;
use super::state::{Run, RunStatus, Status, Step};

/// A step that somebody is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    pub step: Address,
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

/// All open tasks, in the order of their addresses. A held or ended run has none.
pub fn tasks(workflow: &Workflow, run: &Run) -> Vec<Task> {
    if run.status != RunStatus::InProgress {
        return Vec::new();
    }
    let open = run.steps.iter().filter(|(_, step)| step.status.is_ready());
    open.filter_map(|(address, step)| task(workflow, run, address, step))
        .collect()
}

fn task(workflow: &Workflow, run: &Run, address: &Address, step: &Step) -> Option<Task> {
    let id = workflow.find_node(&address.path())?;
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

/// All moments a run waits for. While it is held only the day to which it was postponed counts.
pub fn timers(run: &Run) -> Vec<Timer> {
    match run.status {
        RunStatus::InProgress => run.steps.iter().filter_map(of_step).collect(),
        RunStatus::Paused => {
            let until = run.hold.as_ref().and_then(|hold| hold.until);
            until
                .map(|date| at_morning(TimerKey::Resume { date }, date))
                .into_iter()
                .collect()
        }
        RunStatus::Unborn | RunStatus::Stopped | RunStatus::Complete => Vec::new(),
    }
}

fn of_step((address, step): (&Address, &Step)) -> Option<Timer> {
    let (step_at, attempt) = (address.clone(), step.attempt);
    if step.free && step.status == Status::CannotStartYet {
        let date = step.opens.as_ref()?.date?;
        let key = TimerKey::Opens {
            step: step_at,
            attempt,
            date,
        };
        return Some(Timer {
            key,
            at: Instant::start_of(date),
        });
    }
    let date = step.due.as_ref()?.date?;
    let asked = matches!(step.status, Status::NotStarted | Status::InProgress)
        && matches!(step.kind, StepKind::Task | StepKind::Wait)
        && !step.fired.iter().any(|fired| fired.date == date);
    asked.then(|| {
        at_morning(
            TimerKey::Due {
                step: step_at,
                attempt,
                date,
            },
            date,
        )
    })
}

/// 8:30 in the morning at the school: when a reminder leaves.
fn at_morning(key: TimerKey, date: Date) -> Timer {
    let half_past_eight = NaiveTime::from_hms_opt(8, 30, 0).unwrap_or(NaiveTime::MIN);
    Timer {
        key,
        at: Instant::at_london(date, half_past_eight),
    }
}

/// The current stage: the last one listed in which a step that is not optional is free, ready or
/// complete in its current attempt. Beside it, earlier stages with open work.
pub fn stage(workflow: &Workflow, run: &Run) -> (Option<String>, Vec<String>) {
    let (mut current, mut open) = (None, Vec::new());
    for name in workflow.stages.keys() {
        let steps = || {
            run.steps.iter().filter(|(address, step)| {
                let node = workflow
                    .find_node(&address.path())
                    .map(|id| workflow.node(id));
                !matches!(step.kind, StepKind::Group | StepKind::Instance)
                    && node.is_some_and(|node| node.stage.as_ref() == Some(name) && !node.optional)
            })
        };
        let begun = |step: &Step| {
            step.status == Status::Complete || (step.free && step.status != Status::NotRequired)
        };
        if steps().any(|(_, step)| begun(step)) {
            current = Some(name.clone());
        }
        if steps().any(|(_, step)| step.free && !step.status.is_settled()) {
            open.push(name.clone());
        }
    }
    open.retain(|name| Some(name) != current.as_ref());
    (current, open)
}
