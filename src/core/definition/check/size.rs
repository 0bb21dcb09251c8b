//! Rule 38: how large a definition may be. The 1 MB of text is asked before it is parsed.

use crate::core::definition::authored::Page;
use crate::core::definition::diagnostic::Findings;

const MAX_STEPS: usize = 200;
const MAX_OUTCOMES: usize = 60;
const MAX_NESTING: usize = 3;
/// Roles, stages, dates, ladders, or rungs of a ladder.
const MAX_NAMES: usize = 100;

/// Whether the page is small enough to be resolved at all.
pub(crate) fn check(page: &Page, findings: &mut Findings) -> bool {
    let steps = page.flatten();
    let mut lists = vec![
        (
            "roles",
            page.roles.get(MAX_NAMES).map(|role| role.name.span),
        ),
        (
            "stages",
            page.stages.get(MAX_NAMES).map(|stage| stage.name.span),
        ),
        (
            "dates",
            page.dates.get(MAX_NAMES).map(|date| date.name.span),
        ),
        (
            "ladders",
            page.ladders.get(MAX_NAMES).map(|ladder| ladder.name.span),
        ),
    ];
    for ladder in &page.ladders {
        lists.push((
            "rungs",
            ladder.rungs.get(MAX_NAMES).map(|rung| rung.name.span),
        ));
    }
    for (what, over) in lists {
        if let Some(span) = over {
            findings.error(38, span, format!("more than {MAX_NAMES} {what}"));
            return false;
        }
    }
    if let Some((step, _)) = steps.get(MAX_STEPS) {
        let message = format!("more than {MAX_STEPS} steps: split the workflow");
        findings.error(38, step.name.span, message);
        return false;
    }
    let outcomes = steps
        .iter()
        .filter_map(|(step, _)| step.outcomes.as_ref())
        .flatten();
    if let Some(outcome) = outcomes.into_iter().nth(MAX_OUTCOMES) {
        let message = format!("more than {MAX_OUTCOMES} outcomes: split the workflow");
        findings.error(38, outcome.name.span, message);
    }
    for (at, (step, _)) in steps.iter().enumerate() {
        let chain = std::iter::successors(Some(at), |id| steps[*id].1);
        let depth = chain.filter(|id| !steps[*id].0.children.is_empty()).count();
        let is_group = !step.children.is_empty();
        if is_group && depth == MAX_NESTING + 1 {
            let message = format!("groups nest up to {MAX_NESTING} deep");
            findings.error(38, step.name.span, message);
        }
    }
    true
}
