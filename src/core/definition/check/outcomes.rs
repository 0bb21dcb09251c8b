//! Rules 10, 12 and 37: what outcomes may do, and what they may do unexpectedly.

use super::Case;
use crate::core::definition::authored::OutcomePage;
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::workflow::{Kind, NodeId, Outcome, Several};

pub(super) fn check(case: &Case, findings: &mut Findings) {
    for (id, node) in case.nodes() {
        let Some(task) = node.task() else { continue };
        for page in case.outcomes_of(id) {
            let Some(outcome) = task.outcomes.get(&page.name.text) else {
                continue;
            };
            check_reopen(case, id, page, outcome, findings);
            check_end(case, id, page, outcome, findings);
            check_place(case, id, page, findings);
        }
    }
}

fn check_reopen(
    case: &Case,
    id: NodeId,
    page: &OutcomePage,
    outcome: &Outcome,
    findings: &mut Findings,
) {
    let (Some(target), Some(word)) = (outcome.reopen, &page.reopen) else {
        return;
    };
    let workflow = case.workflow();
    let (step, earlier) = (case.path(id), case.path(target));
    if case.draft.cannot_stand_on(id, target) {
        let why = if workflow.is_within(id, target) {
            "it is inside it"
        } else if workflow.stands_on[target].contains(&id) {
            "it comes later"
        } else {
            "it does not stand on it"
        };
        let message = format!("`{step}` cannot reopen `{earlier}`: {why}");
        findings.error(10, word.span, message);
        return;
    }
    if !outcome.reason_required && !outcome.by_rung {
        let message = format!("`{}` reopens `{earlier}` without a reason", page.name.text);
        let hint = Some("Write `reason: required`.".to_owned());
        findings.warn(37, page.name.span, message, hint);
    }
    for again in done_again(case, id, target) {
        findings.warn(
            37,
            word.span,
            format!("reopening `{earlier}` {again}"),
            None,
        );
    }
}

/// What lies between the reopened step and this one and would be asked or sent anew.
fn done_again(case: &Case, id: NodeId, target: NodeId) -> Vec<String> {
    let workflow = case.workflow();
    let between = workflow.stands_on[id].iter().copied().chain([id]);
    let mut list: Vec<String> = vec![];
    for at in between.filter(|at| workflow.stands_on[*at].contains(&target)) {
        let node = &workflow.nodes[at];
        let around = std::iter::once(at).chain(workflow.ancestors(at));
        let each = around
            .filter(|group| !workflow.is_within(target, *group))
            .find_map(|group| match workflow.nodes[group].several.as_ref()? {
                Several::EachSchool => Some("asks every school again".to_owned()),
                Several::EachPerson(role) => Some(format!("asks every {role} again")),
                Several::Repeat { .. } => None,
            });
        let sends = match (&node.kind, &node.mail) {
            (Kind::Engine, Some(mail)) => Some(format!("sends the mail {mail} again")),
            _ => None,
        };
        for again in each.into_iter().chain(sends) {
            if !list.contains(&again) {
                list.push(again);
            }
        }
    }
    list
}

fn check_end(
    case: &Case,
    id: NodeId,
    page: &OutcomePage,
    outcome: &Outcome,
    findings: &mut Findings,
) {
    let (Some(target), Some(word)) = (outcome.end, &page.end) else {
        return;
    };
    if case.workflow().stands_on[id].contains(&target) {
        let message = format!(
            "`{}` cannot end `{}`, which it needs",
            case.path(id),
            case.path(target)
        );
        findings.error(10, word.span, message);
    } else if id == target {
        findings.error(
            10,
            word.span,
            format!("`{}` cannot end itself", case.path(id)),
        );
    }
}

/// Rule 12: `leave` and `repeat` need somebody to leave and something to repeat.
fn check_place(case: &Case, id: NodeId, page: &OutcomePage, findings: &mut Findings) {
    let workflow = case.workflow();
    let around = || std::iter::once(id).chain(workflow.ancestors(id));
    let repeats = |id: NodeId| matches!(workflow.nodes[id].several, Some(Several::Repeat { .. }));
    let each = |id: NodeId| workflow.nodes[id].several.is_some() && !repeats(id);
    if let Some(span) = page.leave.filter(|_| !around().any(each)) {
        findings.error(12, span, "only inside `each` can somebody leave");
    }
    if let Some(span) = page.repeat.filter(|_| !around().any(repeats)) {
        findings.error(12, span, "nothing here repeats");
    }
}
