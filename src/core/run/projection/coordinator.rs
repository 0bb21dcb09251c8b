//! What only the coordinator is asked: to resume what was postponed, to see to a step that cannot
//! progress, and to find people where a role has too few.
//!
//! Each stands until its cause is gone: nobody ticks it off.

use crate::core::definition::workflow::{Place, Role, Several, Workflow};
use crate::core::run::address::Address;
use crate::core::run::state::{Hold, Run, Status, Step};

use super::{Asks, Task};

const COORDINATOR: &str = "coordinator";

/// For the coordinator, once the day is near.
pub(super) fn to_resume(hold: &Hold) -> Option<Task> {
    let until = hold.until.filter(|_| hold.asked.is_some())?;
    Some(Task {
        due: Some(until),
        ready_at: Some(hold.since),
        ..of_no_step(
            "resume",
            Asks::Resume,
            "Resume the project, or postpone it again".to_owned(),
        )
    })
}

/// The step of this task cannot progress. Its clock stands, so there is no day for this either.
pub(super) fn unblock(step: &Step, task: &Task) -> Option<Task> {
    let stands = step.status == Status::CannotProgress;
    let blocked = step.blocked.as_ref().filter(|_| stands)?;
    Some(Task {
        asks: Asks::Unblock,
        title: format!("See what holds up: {}", task.title),
        role: Some(COORDINATOR.to_owned()),
        post: Some(COORDINATOR.to_owned()),
        school: None,
        person: None,
        ready_at: Some(blocked.at),
        due: None,
        short_notice: false,
        ..task.clone()
    })
}

/// Roles in which there are fewer people than the definition asks for.
pub(super) fn to_appoint(workflow: &Workflow, run: &Run) -> Vec<Task> {
    let roles = workflow.roles.iter();
    let asked = roles.filter_map(|(name, role)| {
        let held = run.people.get(name).map_or(0, Vec::len);
        let there = u32::try_from(held).unwrap_or(u32::MAX);
        let lacks = role.at == Place::Run && there < role.many.min;
        if !lacks || !is_filled_by_hand(workflow, run, name) || !has_work(workflow, run, name) {
            return None;
        }
        Some(Task {
            ready_at: run.started_at,
            ..of_no_step(name, Asks::Appoint, too_few(role, there))
        })
    });
    asked.collect()
}

/// Somebody was in it, and no step that is still open fills it.
fn is_filled_by_hand(workflow: &Workflow, run: &Run, role: &str) -> bool {
    let known = workflow.roles.get(role);
    let mut filled = run.people.contains_key(role) || known.is_some_and(|role| role.at_start);
    for (address, step) in &run.steps {
        let node = workflow.node_of(address).map(|id| workflow.node(id));
        if node.is_some_and(|node| node.appoints().iter().any(|name| name == role)) {
            if !step.status.is_settled() {
                return false;
            }
            filled |= step.status == Status::Complete;
        }
    }
    filled
}

/// Something is still to be done by whoever has the role.
fn has_work(workflow: &Workflow, run: &Run, role: &str) -> bool {
    let open = run
        .steps
        .iter()
        .filter(|(_, step)| !step.status.is_settled());
    let mut nodes = open.filter_map(|(address, _)| workflow.node_of(address));
    nodes.any(|id| {
        let node = workflow.node(id);
        node.role() == Some(role)
            || matches!(&node.several, Some(Several::EachPerson(each)) if each == role)
    })
}

fn too_few(role: &Role, there: u32) -> String {
    let there = match there {
        0 => "nobody is there".to_owned(),
        1 => "1 person is there".to_owned(),
        more => format!("{more} people are there"),
    };
    let needed = match role.many.min {
        1 => "1 is needed".to_owned(),
        least => format!("{least} are needed"),
    };
    format!("Appoint more people as {}: {there}, {needed}", role.title)
}

/// A task that is about the run as a whole; the address only tells it from others.
fn of_no_step(name: &str, asks: Asks, title: String) -> Task {
    Task {
        step: Address::top(name),
        asks,
        attempt: 1,
        title,
        stage: None,
        role: Some(COORDINATOR.to_owned()),
        post: Some(COORDINATOR.to_owned()),
        school: None,
        person: None,
        status: Status::NotStarted,
        ready_at: None,
        due: None,
        short_notice: false,
    }
}
