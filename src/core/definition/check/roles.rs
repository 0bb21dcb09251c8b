//! Rules 22, 23 and 24: named people are appointed by somebody, before they act, and are one.

use super::Case;
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::form::FieldKind;
use crate::core::definition::resolve::appointed_before;
use crate::core::definition::source::Span;
use crate::core::definition::workflow::{Node, NodeId, Place, Scope, Several};

pub(super) fn check(case: &Case, findings: &mut Findings) {
    check_filled(case, findings);
    for (id, node) in case.nodes() {
        check_appoints(case, id, findings);
        check_about(case, id, findings);
        if let Some((role, span)) = acts_as(case, id) {
            check_early(case, id, &role, span, findings);
            check_whose(case, id, &role, span, findings);
        }
        if let (Some(Several::EachPerson(role)), Some(word)) = (&node.several, &case.step(id).each)
        {
            check_early(case, id, role, word.span, findings);
        }
        let tool = case.step(id).tool.as_ref();
        if let Some(word) = tool.filter(|_| case.workflow().scope == Scope::Project) {
            findings.error(
                13,
                word.span,
                "matching is done in a cycle, not in a project",
            );
        }
    }
}

/// The role that does this node, and where it says so.
fn acts_as(case: &Case, id: NodeId) -> Option<(String, Span)> {
    let node = &case.workflow().nodes[id];
    let word = case.step(id).role.as_ref();
    Some((
        node.role()?.to_owned(),
        word.map_or(case.name_span(id), |word| word.span),
    ))
}

/// Rule 22: a role of the run has somebody who fills it.
fn check_filled(case: &Case, findings: &mut Findings) {
    let workflow = case.workflow();
    let appointed: Vec<_> = workflow.nodes.iter().flat_map(Node::appoints).collect();
    for page in &case.draft.page.roles {
        let name = &page.name.text;
        let Some(role) = workflow.roles.get(name) else {
            continue;
        };
        if role.at == Place::Run && !role.at_start && !appointed.contains(&name) {
            let hint = Some("Add `appoints` to a step, or `appointed: at start`.".to_owned());
            findings.error_hint(
                22,
                page.name.span,
                format!("no step appoints `{name}`"),
                hint,
            );
        }
    }
}

/// What a step appoints are roles of the run, and its form asks for these people.
fn check_appoints(case: &Case, id: NodeId, findings: &mut Findings) {
    for word in &case.step(id).appoints {
        let Some(role) = case.workflow().roles.get(&word.text) else {
            continue;
        };
        if role.at != Place::Run {
            let message = format!(
                "`{}` comes from the directory and is not appointed",
                word.text
            );
            let hint = Some("Only a role `at: run` is appointed.".to_owned());
            findings.error_hint(22, word.span, message, hint);
            continue;
        }
        let node = &case.workflow().nodes[id];
        if node.task().is_some() && node.form().is_none() {
            let message = format!(
                "`{}` appoints {}, but has no form that names them",
                node.name, word.text
            );
            findings.error(22, word.span, message);
        }
        let Some(form) = case.draft.form_of(id) else {
            continue;
        };
        let fits = form
            .fields
            .get(&word.text)
            .is_some_and(|field| matches!(field.kind, FieldKind::Person | FieldKind::People));
        if !fits && !form.is_doubtful(&word.text) {
            let message = format!(
                "`{}` appoints {}, but form {} has no field `{}` that names people",
                node.name, word.text, form.name, word.text
            );
            let hint = Some("Mark the field with `x-person: true`.".to_owned());
            findings.error_hint(22, word.span, message, hint);
        }
    }
}

/// Rule 23: who acts has been appointed by then.
fn check_early(case: &Case, id: NodeId, role: &str, span: Span, findings: &mut Findings) {
    let workflow = case.workflow();
    let person = match workflow.roles.get(role).map(|role| &role.at) {
        Some(Place::Run) => role,
        Some(Place::SchoolOf(person)) => person,
        _ => return,
    };
    let at_start = workflow.roles.get(person).is_none_or(|role| role.at_start);
    let named = at_start || !case.draft.knows_needs(id);
    let by = workflow
        .nodes
        .iter()
        .find(|node| node.appoints().iter().any(|name| name == person));
    if let Some(by) = by.filter(|_| !named && !appointed_before(workflow, id, person)) {
        let (name, by) = (&workflow.nodes[id].name, &by.name);
        let message = if by == name {
            format!("`{name}` is done by {role}, whom it appoints itself")
        } else {
            format!("`{name}` is done by {role}, but does not stand on `{by}`, which appoints")
        };
        findings.error(23, span, message);
    }
}

/// Rule 24: "the school of the reviewer" where there are several.
fn check_whose(case: &Case, id: NodeId, role: &str, span: Span, findings: &mut Findings) {
    let workflow = case.workflow();
    let person = match workflow.roles.get(role).map(|role| &role.at) {
        Some(Place::SchoolOf(person)) => person,
        Some(Place::School) if workflow.scope == Scope::Cycle => {
            if !is_inside(case, id, &Several::EachSchool) {
                let hint = Some("Use it inside `each: school`.".to_owned());
                findings.error_hint(24, span, format!("the {role} of which school?"), hint);
            }
            return;
        }
        _ => return,
    };
    let many = workflow
        .roles
        .get(person)
        .is_some_and(|role| role.many.max > 1);
    let inside = is_inside(case, id, &Several::EachPerson(person.clone()));
    if many && !inside {
        let hint = Some(format!("Use it inside `each: {person}`."));
        findings.error_hint(24, span, format!("which {person}'s school?"), hint);
    }
}

fn is_inside(case: &Case, id: NodeId, several: &Several) -> bool {
    let workflow = case.workflow();
    std::iter::once(id)
        .chain(workflow.ancestors(id))
        .any(|at| workflow.nodes[at].several.as_ref() == Some(several))
}

/// Only somebody who is appointed can be replaced by another.
fn check_about(case: &Case, id: NodeId, findings: &mut Findings) {
    let Some(word) = &case.step(id).about else {
        return;
    };
    let role = case.workflow().roles.get(&word.text);
    if role.is_some_and(|role| role.at != Place::Run) {
        let message = format!(
            "`about: {}`: only a role of the run is appointed",
            word.text
        );
        findings.error(6, word.span, message);
    }
}
