//! The checks of a whole definition, one file per family.
//!
//! What can be said while a name is being looked up is said in `resolve`; here is what needs the
//! resolved workflow. Every check goes on after every problem. To add one: a function in its
//! family that takes the case, a call below, a row in the table of bad pages in `bad_pages`.

pub(crate) mod across;
#[cfg(test)]
mod bad_pages;
mod circles;
mod conditions;
mod dates;
mod ends;
mod files;
mod groups;
mod ladder_days;
mod ladders;
mod outcomes;
pub(crate) mod placeholders;
mod roles;
pub(crate) mod size;
mod stages;

use super::authored::{OutcomePage, StepPage};
use super::diagnostic::Findings;
use super::resolve::Draft;
use super::source::{Sources, Span};
use super::workflow::{Node, NodeId, Workflow};

/// What a check may look at.
pub(crate) struct Case<'a, 'p> {
    pub draft: &'a Draft<'p>,
    pub sources: &'a Sources,
}

pub(crate) fn check_all(case: &Case, findings: &mut Findings) {
    circles::check(case, findings);
    outcomes::check(case, findings);
    groups::check(case, findings);
    dates::check(case, findings);
    conditions::check(case, findings);
    roles::check(case, findings);
    files::check(case, findings);
    placeholders::check(case, findings);
    ladders::check(case, findings);
    stages::check(case, findings);
    ends::check(case, findings);
}

/// What keeps nobody from using a definition, and takes longer to find than all the rest.
pub(crate) fn advise(case: &Case, findings: &mut Findings) {
    ladder_days::check(case, findings);
}

impl<'p> Case<'_, 'p> {
    fn workflow(&self) -> &Workflow {
        &self.draft.workflow
    }

    fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.workflow().nodes.iter().enumerate()
    }

    fn step(&self, id: NodeId) -> &'p StepPage {
        self.draft.step(id)
    }

    /// Where its name stands.
    fn name_span(&self, id: NodeId) -> Span {
        self.step(id).name.span
    }

    /// The outcomes of a task as written, on itself or on a group around it.
    fn outcomes_of(&self, id: NodeId) -> &'p [OutcomePage] {
        if self.workflow().nodes[id].task().is_none() {
            return &[];
        }
        let said = self.draft.said(id, |step| step.outcomes.as_deref());
        said.map_or(&[], |(_, outcomes)| outcomes)
    }

    fn path(&self, id: NodeId) -> &str {
        &self.workflow().nodes[id].path
    }
}
