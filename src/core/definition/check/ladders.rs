//! Rules 29, 30 and 31: ladders that act where they cannot, never, or twice.

use super::Case;
use crate::core::definition::authored::{LadderPage, RungPage};
use crate::core::definition::dates::{Anchor, RungMoment, Side, Unit};
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::workflow::{NodeId, Rung, Then};

pub(super) fn check(case: &Case, findings: &mut Findings) {
    for ladder in &case.draft.page.ladders {
        for rung in &ladder.rungs {
            check_acts(case, ladder, rung, findings);
        }
        check_order(case, ladder, findings);
    }
    check_lapse(case, findings);
}

fn users<'a>(case: &'a Case, ladder: &'a LadderPage) -> impl Iterator<Item = NodeId> + 'a {
    let name = Some(&ladder.name.text);
    case.nodes()
        .filter(move |(_, node)| node.reminders.as_ref() == name)
        .map(|(id, _)| id)
}

/// Rule 29: what a rung takes, each of its steps has.
fn check_acts(case: &Case, ladder: &LadderPage, rung: &RungPage, findings: &mut Findings) {
    let Some(then) = &rung.then else { return };
    for id in users(case, ladder) {
        let node = &case.workflow().nodes[id];
        let said = case.draft.said(id, |step| step.reminders.as_ref());
        let span = said.map_or(case.name_span(id), |(_, word)| word.span);
        match then.text.as_str() {
            "stop" => {}
            "skip" if node.optional => {}
            "skip" => {
                let message = format!(
                    "ladder `{}` skips, but `{}` is not optional",
                    ladder.name.text, node.name
                );
                let hint = Some("Only an optional step may lapse.".to_owned());
                findings.error_hint(29, span, message, hint);
            }
            outcome => {
                let has = node
                    .task()
                    .is_some_and(|task| task.outcomes.contains_key(outcome));
                if !has {
                    let message = format!(
                        "ladder `{}` takes `{outcome}`, which `{}` does not have",
                        ladder.name.text, node.name
                    );
                    findings.error(29, span, message);
                }
            }
        }
    }
}

/// Rule 30: an optional step that nobody answers lapses by itself.
fn check_lapse(case: &Case, findings: &mut Findings) {
    for (id, node) in case.nodes() {
        if node.task().is_none() || !node.optional {
            continue;
        }
        let ladders = &case.workflow().ladders;
        // An unknown ladder has been said already.
        let lapses = node.reminders.as_ref().is_some_and(|name| {
            ladders.get(name).is_none_or(|rungs| {
                rungs
                    .values()
                    .any(|rung| matches!(rung.then, Some(Then::Skip | Then::Outcome(_))))
            })
        });
        if !lapses {
            let message = format!(
                "`{}` is optional but waits for ever if nobody answers",
                node.name
            );
            let hint = Some("Give it a ladder with `then: skip`.".to_owned());
            findings.warn(30, case.name_span(id), message, hint);
        }
    }
}

/// Rule 31: rungs that are never reached, or fall on one day.
fn check_order(case: &Case, page: &LadderPage, findings: &mut Findings) {
    let Some(ladder) = case.workflow().ladders.get(&page.name.text) else {
        return;
    };
    let rungs: Vec<(&RungPage, &Rung)> = page
        .rungs
        .iter()
        .filter_map(|rung| Some((rung, ladder.get(&rung.name.text)?)))
        .collect();
    for (at, (page, rung)) in rungs.iter().enumerate() {
        let name = &page.name.text;
        let ended = rungs.iter().find(|(_, other)| {
            let acts = matches!(other.then, Some(Then::Skip | Then::Outcome(_)));
            let stops = other.then == Some(Then::Stop) && rung.send.is_some() && rung.to.is_empty();
            (acts || stops) && order(&other.at, &rung.at) == Some(std::cmp::Ordering::Less)
        });
        if let Some((other, _)) = ended {
            let message = format!(
                "`{name}` comes after `{}` and is never reached",
                other.name.text
            );
            findings.warn(31, page.name.span, message, None);
        }
        let same = rungs[..at]
            .iter()
            .find(|(_, other)| order(&other.at, &rung.at) == Some(std::cmp::Ordering::Equal));
        if let Some((other, _)) = same {
            let message = format!("`{name}` is on the same day as `{}`", other.name.text);
            findings.warn(31, page.name.span, message, None);
        }
    }
}

/// Which of two moments comes first, where that can be told without a calendar.
pub(super) fn order(first: &RungMoment, second: &RungMoment) -> Option<std::cmp::Ordering> {
    let (anchor, days, unit) = place(first);
    let (other, other_days, other_unit) = place(second);
    let comparable = unit == other_unit || days.signum() != other_days.signum();
    (anchor == other && comparable).then(|| days.cmp(&other_days))
}

fn place(moment: &RungMoment) -> (Option<&Anchor>, i64, Option<Unit>) {
    let signed = |side: Side, days: u32| match side {
        Side::Before => -i64::from(days),
        Side::After => i64::from(days),
    };
    match moment {
        RungMoment::OnTheDay => (None, 0, None),
        RungMoment::FromDue(span, side) => (None, signed(*side, span.days), Some(span.unit)),
        RungMoment::From(span, side, anchor) => {
            (Some(anchor), signed(*side, span.days), Some(span.unit))
        }
    }
}
