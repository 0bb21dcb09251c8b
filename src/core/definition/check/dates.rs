//! Rule 17: dates that come too late to say anything.

use super::Case;
use super::circles::step_of;
use crate::core::definition::dates::{Anchor, DateRule, Side, Unit};
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::workflow::NodeId;

pub(super) fn check(case: &Case, findings: &mut Findings) {
    for (id, node) in case.nodes() {
        let (Some(due), Some((_, word))) =
            (&node.due, case.draft.said(id, |step| step.due.as_ref()))
        else {
            continue;
        };
        for step in due.anchors().into_iter().filter_map(step_of) {
            if comes_later(case, id, step) {
                let message = format!(
                    "`{}` is never due: `{}` comes after it",
                    node.name,
                    case.path(step)
                );
                findings.error(17, word.span, message);
            }
        }
        let opens_word = case.step(id).opens.as_ref();
        if let (Some(opens), Some(opens_word)) = (&node.opens, opens_word)
            && after(opens, due)
        {
            let message = format!("`{}` opens after it is due", node.name);
            findings.error(17, opens_word.span, message);
        }
    }
}

fn comes_later(case: &Case, id: NodeId, step: NodeId) -> bool {
    let workflow = case.workflow();
    step == id || workflow.stands_on[step].contains(&id) || workflow.is_within(id, step)
}

/// Whether one date certainly comes after another: both hang on the same anchor, and the days can
/// be compared without a calendar.
fn after(opens: &DateRule, due: &DateRule) -> bool {
    let (Some((first, opens_days, opens_unit)), Some((second, due_days, due_unit))) =
        (offset(opens), offset(due))
    else {
        return false;
    };
    let comparable = opens_unit == due_unit || opens_days.signum() != due_days.signum();
    first == second && comparable && opens_days > due_days
}

/// The anchor, the days after it (before it: negative) and their unit.
fn offset(rule: &DateRule) -> Option<(&Anchor, i64, Option<Unit>)> {
    match rule {
        DateRule::On(anchor) => Some((anchor, 0, None)),
        DateRule::Offset(span, Side::Before, anchor) => {
            Some((anchor, -i64::from(span.days), Some(span.unit)))
        }
        DateRule::Offset(span, Side::After, anchor) => {
            Some((anchor, i64::from(span.days), Some(span.unit)))
        }
        DateRule::Budget(_) | DateRule::Halfway(..) => None,
    }
}
