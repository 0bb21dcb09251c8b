//! Rule 40: from every step an end can be reached.
//!
//! No walk over histories but one over the steps, which proves the same: a step can be settled
//! once all it waits for can be, if somebody can choose an outcome that does not lead back. What is
//! left over at the end, with nothing else to blame, is reported. Circles (rule 8, 17) and repeat
//! groups (rule 11) have their own checks.

use super::Case;
use super::circles::step_of;
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::workflow::{NodeId, Outcome, Workflow};

pub(super) fn check(case: &Case, findings: &mut Findings) {
    let workflow = case.workflow();
    let mut settled = vec![false; workflow.nodes.len()];
    loop {
        let next: Vec<_> = (0..settled.len())
            .filter(|id| !settled[*id] && is_free(workflow, *id, &settled))
            .filter(|id| can_settle(workflow, *id, &settled))
            .collect();
        if next.is_empty() {
            break;
        }
        for id in next {
            settled[id] = true;
        }
    }
    for (id, node) in case.nodes() {
        let stuck = !settled[id] && is_free(workflow, id, &settled) && node.task().is_some();
        if stuck {
            let message = format!("from `{}` no end can be reached", node.name);
            let hint = "Give it an outcome that people can choose and that leads on.".to_owned();
            findings.error_hint(40, case.name_span(id), message, Some(hint));
        }
    }
}

fn is_free(workflow: &Workflow, id: NodeId, settled: &[bool]) -> bool {
    let opens = std::iter::once(id)
        .chain(workflow.ancestors(id))
        .filter_map(|at| workflow.nodes[at].opens.as_ref())
        .flat_map(|opens| opens.anchors())
        .filter_map(step_of);
    workflow.stands_on[id]
        .iter()
        .copied()
        .chain(opens)
        .all(|at| settled[at])
}

/// A group with its last step; a task by an outcome that leads on; all else by itself.
fn can_settle(workflow: &Workflow, id: NodeId, settled: &[bool]) -> bool {
    let node = &workflow.nodes[id];
    if node.is_group() {
        return node.children.iter().all(|child| settled[*child]);
    }
    let Some(task) = node.task() else { return true };
    // At the last pass `repeat` is refused.
    let leads_on =
        |outcome: &Outcome| outcome.reopen.is_none() && !outcome.by_rung && !outcome.repeat;
    // A task that can only repeat is rule 11's.
    let only_repeats = task
        .outcomes
        .values()
        .all(|outcome| outcome.repeat || outcome.by_rung);
    node.optional || only_repeats || task.outcomes.values().any(leads_on)
}
