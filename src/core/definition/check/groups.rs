//! Rule 11: a repeat group that can never go on, or never end.

use super::Case;
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::workflow::{NodeId, Several, Workflow};

pub(super) fn check(case: &Case, findings: &mut Findings) {
    let workflow = case.workflow();
    for (id, node) in case.nodes() {
        let Some(Several::Repeat { min, max }) = node.several else {
            continue;
        };
        let inside: Vec<_> = (0..workflow.nodes.len())
            .filter(|at| repeat_around(workflow, *at) == Some(id))
            .collect();
        let again = inside.iter().filter_map(|at| workflow.nodes[*at].task());
        let goes_on = again
            .flat_map(|task| task.outcomes.values())
            .any(|outcome| outcome.repeat);
        if min != max && !goes_on {
            let span = case
                .step(id)
                .repeat
                .map_or(case.name_span(id), |(_, span)| span);
            let message = format!(
                "no outcome in `{}` says `repeat: true`, and min is not max",
                node.name
            );
            let hint = Some(format!("Say it at an outcome, or `repeat: {max}`."));
            findings.error_hint(11, span, message, hint);
        }
        for at in inside {
            check_end(case, at, &node.name, findings);
        }
    }
}

/// At the last pass `repeat` is refused, so a task needs another outcome.
fn check_end(case: &Case, id: NodeId, group: &str, findings: &mut Findings) {
    let node = &case.workflow().nodes[id];
    let Some(task) = node.task() else { return };
    let offered = || task.outcomes.values().filter(|outcome| !outcome.by_rung);
    if offered().next().is_some() && offered().all(|outcome| outcome.repeat) {
        let message = format!("`{}` can only repeat, so `{group}` never ends", node.name);
        findings.error(11, case.name_span(id), message);
    }
}

fn repeat_around(workflow: &Workflow, id: NodeId) -> Option<NodeId> {
    workflow
        .ancestors(id)
        .find(|at| matches!(workflow.nodes[*at].several, Some(Several::Repeat { .. })))
}
