//! Rule 32: stages that are unknown, unused, or go back.

use super::Case;
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::near;
use crate::core::definition::workflow::NodeId;

pub(super) fn check(case: &Case, findings: &mut Findings) {
    let stages = &case.workflow().stages;
    for (id, node) in case.nodes() {
        if let Some(word) = &case.step(id).stage
            && !stages.contains_key(&word.text)
        {
            let hint = near::did_you_mean(&word.text, stages.keys().map(String::as_str));
            findings.error_hint(32, word.span, format!("no stage `{}`", word.text), hint);
        }
        if node.stage.is_none() && !stages.is_empty() && !node.is_group() {
            let message = format!("`{}` is of no stage", node.name);
            findings.warn(32, case.name_span(id), message, None);
        }
        check_back(case, id, findings);
    }
    for stage in &case.draft.page.stages {
        let name = Some(&stage.name.text);
        if !case.nodes().any(|(_, node)| node.stage.as_ref() == name) {
            let message = format!("no step is of stage `{}`", stage.name.text);
            findings.warn(32, stage.name.span, message, None);
        }
    }
}

/// A step of an earlier stage than one it needs. Only direct needs and doors count, so that one
/// slip is said once.
fn check_back(case: &Case, id: NodeId, findings: &mut Findings) {
    let workflow = case.workflow();
    let place = |id: NodeId| {
        let stage = workflow.nodes[id].stage.as_ref()?;
        workflow.stages.get_index_of(stage)
    };
    let node = &workflow.nodes[id];
    if node.is_group() {
        return;
    }
    let direct = std::iter::once(id)
        .chain(workflow.ancestors(id))
        .flat_map(|at| &workflow.nodes[at].needs)
        .max_by_key(|need| place(**need));
    if let Some((need, (own, later))) =
        direct.and_then(|need| Some((need, place(id).zip(place(*need))?)))
        && own < later
    {
        let stage = |id: NodeId| workflow.nodes[id].stage.as_deref().unwrap_or_default();
        let message = format!(
            "`{}` is of stage {} but stands on stage {}",
            node.name,
            stage(id),
            stage(*need)
        );
        let said = case.draft.said(id, |step| step.stage.as_ref());
        let span = said.map_or(case.name_span(id), |(_, word)| word.span);
        findings.warn(32, span, message, None);
    }
}
