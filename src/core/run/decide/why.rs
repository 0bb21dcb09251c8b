//! Why a step stands where it stands: what it waits for, who can act, what comes next.

use crate::core::definition::workflow::Workflow;
use crate::core::run::address::Address;
use crate::core::run::doers::Doer;
use crate::core::run::facts::Facts;
use crate::core::run::state::{Run, Status};

use super::working::Working;

/// For `step why` and the project page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub step: Address,
    pub title: String,
    pub status: Status,
    /// One sentence: why it cannot start yet, or nothing.
    pub reason: Option<String>,
    pub waits_for: Vec<Address>,
    pub who: Vec<Doer>,
    /// The steps that wait for it directly or through others, not settled yet, nearest first.
    pub next: Vec<Address>,
    /// Outcomes that people may choose.
    pub outcomes: Vec<String>,
}

/// Explains one place of a run; nothing where the run has no such place.
pub fn why(workflow: &Workflow, run: &Run, facts: &Facts, address: &Address) -> Option<Why> {
    let working = Working::new(workflow, run, facts);
    let address = working.locate(address, None).ok()?;
    let node = working.node_at(&address)?;
    let status = working.step(&address)?.status;
    let blocked = status == Status::CannotStartYet;
    let next = working
        .downstream(&address)
        .into_iter()
        .filter(|at| !run.is_settled(at))
        .take(3);
    let outcomes = workflow.node(node).task().map_or_else(Vec::new, |task| {
        let offered = task.outcomes.iter().filter(|(_, outcome)| !outcome.by_rung);
        offered.map(|(name, _)| name.clone()).collect()
    });
    Some(Why {
        title: crate::core::run::places::title(workflow, &address),
        status,
        reason: blocked.then(|| working.why_not_yet(node, &address).1),
        waits_for: if blocked {
            working.first_waits(node, &address)
        } else {
            Vec::new()
        },
        who: working.doers(&address),
        next: next.collect(),
        outcomes,
        step: address,
    })
}
