//! Rule 21: a condition on a step that is made again for another person.
//!
//! Rules 18 to 20 are said in `resolve::conditions`, where the words of each test have places.

use super::Case;
use crate::core::definition::condition::Path;
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::workflow::NodeId;

pub(super) fn check(case: &Case, findings: &mut Findings) {
    for (id, node) in case.nodes() {
        let (Some(when), Some(word)) = (&node.when, &case.step(id).when) else {
            continue;
        };
        for test in &when.tests {
            let (Path::Answer(step, _) | Path::Outcome(step)) = &test.path else {
                continue;
            };
            let Some(role) = about(case, step.node) else {
                continue;
            };
            if about(case, id) == Some(role) {
                continue;
            }
            let (name, read) = (&node.name, case.path(step.node));
            let message =
                format!("`{name}` depends on `{read}`, which is made again for a new {role}");
            let hint = Some(format!("Write `about: {role}`."));
            findings.warn(21, word.span, message, hint);
        }
    }
}

/// The role that a node, or a group around it, is about.
fn about<'a>(case: &'a Case, id: NodeId) -> Option<&'a str> {
    let workflow = case.workflow();
    std::iter::once(id)
        .chain(workflow.ancestors(id))
        .find_map(|at| workflow.nodes[at].about.as_deref())
}
