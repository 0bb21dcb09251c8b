//! Rules 34, 35 and 36, and 15 for dates of the cycle: several definitions together.
//!
//! Only what the files at hand can show: a project without its cycle among them is not blamed for
//! what the cycle might tell.

use super::Case;
use crate::core::definition::dates::{Anchor, RungMoment};
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::near;
use crate::core::definition::workflow::{Kind, NodeId, Scope, Workflow};
use crate::core::definition::yaml::Word;

/// What the matching screen of a cycle tells its projects.
const MATCHING_TELLS: &[&str] = &["match.offered"];

/// One definition against all the others.
pub(crate) fn check(case: &Case, all: &[&Workflow], findings: &mut Findings) {
    check_part_of(case, all, findings);
    check_starts(case, all, findings);
    check_waits(case, all, findings);
    check_deadlock(case, all, findings);
}

fn find<'w>(all: &[&'w Workflow], name: &str) -> Option<&'w Workflow> {
    all.iter().copied().find(|workflow| workflow.name == name)
}

/// The workflow a word names; if it is not at hand, says so: an error for a near miss.
fn expect<'w>(
    all: &[&'w Workflow],
    word: &Word,
    scope: Scope,
    findings: &mut Findings,
) -> Option<&'w Workflow> {
    if let Some(found) = find(all, &word.text) {
        if found.scope == scope {
            return Some(found);
        }
        let message = match scope {
            Scope::Cycle => format!("`{}` is a project, not a cycle", word.text),
            Scope::Project => format!("`{}` is a cycle, not a project", word.text),
        };
        findings.error(35, word.span, message);
        return None;
    }
    let names = all.iter().map(|workflow| workflow.name.as_str());
    let message = format!("no workflow `{}` among these files", word.text);
    if let Some(hint) = near::did_you_mean(&word.text, names) {
        findings.error_hint(35, word.span, message, Some(hint));
    } else {
        let hint = Some("Check its file together with this one.".to_owned());
        findings.warn(35, word.span, message, hint);
    }
    None
}

/// The cycle is there, and has the dates that the project hangs on.
fn check_part_of(case: &Case, all: &[&Workflow], findings: &mut Findings) {
    let Some(word) = &case.draft.page.part_of else {
        return;
    };
    if case.workflow().scope == Scope::Cycle {
        findings.error(35, word.span, "a cycle is part of nothing");
        return;
    }
    let Some(cycle) = expect(all, word, Scope::Cycle, findings) else {
        return;
    };
    for (id, node) in case.nodes() {
        let step = case.step(id);
        for (rule, word) in [(&node.opens, &step.opens), (&node.due, &step.due)] {
            let (Some(rule), Some(word)) = (rule, word) else {
                continue;
            };
            for anchor in rule.anchors() {
                check_cycle_date(cycle, anchor, word, findings);
            }
        }
    }
    for ladder in &case.draft.page.ladders {
        let checked = case.workflow().ladders.get(&ladder.name.text);
        for rung in &ladder.rungs {
            let moment = checked
                .and_then(|ladder| ladder.get(&rung.name.text))
                .map(|rung| &rung.at);
            if let (Some(RungMoment::From(_, _, anchor)), Some(word)) = (moment, &rung.at) {
                check_cycle_date(cycle, anchor, word, findings);
            }
        }
    }
}

fn check_cycle_date(cycle: &Workflow, anchor: &Anchor, word: &Word, findings: &mut Findings) {
    let Anchor::CycleDate(date) = anchor else {
        return;
    };
    if cycle.dates.contains_key(date) {
        return;
    }
    let span = match word.text.find(&format!("cycle.{date}")) {
        Some(at) => word.part(at, at + 6 + date.len()),
        None => word.span,
    };
    let hint = near::did_you_mean(date, cycle.dates.keys().map(String::as_str));
    findings.error_hint(15, span, format!("the cycle has no date `{date}`"), hint);
}

fn check_starts(case: &Case, all: &[&Workflow], findings: &mut Findings) {
    use crate::core::definition::authored::KindPage;
    for (id, _) in case.nodes() {
        let KindPage::Start {
            workflow: Some(word),
            until,
        } = &case.step(id).kind
        else {
            continue;
        };
        let Some(child) = expect(all, word, Scope::Project, findings) else {
            continue;
        };
        let Some(until) = until else { continue };
        if child.find_node(&until.text).is_none() {
            let names = child.nodes.iter().map(|node| node.path.as_str());
            let hint = near::did_you_mean(&until.text, names);
            let message = format!("{} has no step `{}`", child.name, until.text);
            findings.error_hint(35, until.span, message, hint);
        }
    }
}

/// Every event that a workflow tells.
fn tells(workflow: &Workflow) -> Vec<(NodeId, &str)> {
    let mut list = vec![];
    for (id, node) in workflow.nodes.iter().enumerate() {
        list.extend(node.tell.as_deref().map(|event| (id, event)));
        let Kind::Task(task) = &node.kind else {
            continue;
        };
        let outcomes = task.outcomes.values();
        list.extend(outcomes.filter_map(|outcome| Some((id, outcome.tell.as_deref()?))));
        if task.tool.as_deref() == Some("matching") {
            list.extend(MATCHING_TELLS.iter().map(|event| (id, *event)));
        }
    }
    list
}

/// Those that speak to this workflow: its cycle, or the projects it starts.
fn partners<'w>(workflow: &Workflow, all: &[&'w Workflow]) -> Vec<&'w Workflow> {
    let started: Vec<_> = workflow
        .nodes
        .iter()
        .filter_map(|node| match &node.kind {
            Kind::Start { workflow, .. } => Some(workflow.as_str()),
            _ => None,
        })
        .collect();
    let names = started.into_iter().chain(workflow.part_of.as_deref());
    names.filter_map(|name| find(all, name)).collect()
}

/// Rule 34: a wait that nobody answers.
fn check_waits(case: &Case, all: &[&Workflow], findings: &mut Findings) {
    use crate::core::definition::authored::KindPage;
    let partners = partners(case.workflow(), all);
    if partners.is_empty() {
        return;
    }
    let told: Vec<_> = partners
        .iter()
        .flat_map(|other| tells(other))
        .map(|(_, e)| e)
        .collect();
    for (id, node) in case.nodes() {
        let KindPage::Wait(Some(word)) = &case.step(id).kind else {
            continue;
        };
        if told.contains(&word.text.as_str()) {
            continue;
        }
        let names: Vec<_> = partners.iter().map(|other| other.name.as_str()).collect();
        let message = format!(
            "neither {} nor the engine tells `{}`",
            names.join(" nor "),
            word.text
        );
        let hint = near::did_you_mean(&word.text, told.iter().copied());
        // A wait with a role may be recorded by hand.
        if node.role().is_none() || hint.is_some() {
            findings.warn(34, word.span, message, hint);
        }
    }
}

/// Rule 36: a cycle waits for its projects, which wait for what the cycle tells only afterwards.
fn check_deadlock(case: &Case, all: &[&Workflow], findings: &mut Findings) {
    let cycle = case.workflow();
    let told = tells(cycle);
    for (start, node) in case.nodes() {
        let Kind::Start { workflow, until } = &node.kind else {
            continue;
        };
        let Some(child) = find(all, workflow) else {
            continue;
        };
        for event in awaited(child, until.as_deref()) {
            let mut by = told
                .iter()
                .filter(|(_, told)| *told == event)
                .map(|(id, _)| *id)
                .peekable();
            let Some(first) = by.peek().copied() else {
                continue;
            };
            if by.all(|id| cycle.stands_on[id].contains(&start)) {
                let message = format!(
                    "`{}` waits for projects that wait for `{event}`",
                    case.workflow().nodes[first].name
                );
                findings.error(36, case.name_span(first), message);
            }
        }
    }
}

/// Events that must come before a child reaches its `until` step, or its end.
fn awaited<'w>(child: &'w Workflow, until: Option<&str>) -> Vec<&'w str> {
    let until = until.and_then(|name| child.find_node(name));
    let waits = child
        .nodes
        .iter()
        .enumerate()
        .filter(|(id, _)| match until {
            Some(until) => *id == until || child.stands_on[until].contains(id),
            None => true,
        });
    waits
        .filter_map(|(_, node)| Some(node.wait()?.event.as_str()))
        .collect()
}
