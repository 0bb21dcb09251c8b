//! The definition language: text in, a checked [`workflow::Workflow`] out, or every problem at once.
//!
//! The way of a page: `yaml` (a tree with places) → `read` (the page as written, by the table in
//! `keys`) → `resolve` (names become nodes, `phrase`s become rules) → `check` (what only the whole
//! can show). Each stage goes on after a problem, and only a page without errors becomes a
//! workflow. Nothing here reads a file: a [`Bundle`] comes in as text.

mod authored;
mod beside;
pub mod bundle;
mod check;
pub mod condition;
mod data;
pub mod dates;
pub mod diagnostic;
pub mod diagram;
mod fields;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod form;
pub mod graph;
mod json;
mod keys;
pub mod near;
mod phrase;
mod read;
mod read_step;
mod resolve;
mod schema;
pub mod source;
pub mod stands_on;
pub mod text;
#[cfg(test)]
mod trials;
mod word;
pub mod workflow;
pub mod yaml;

pub use bundle::Bundle;
pub use check::placeholders::{ROLE_WORDS, Unreadable, WORDS as MAIL_WORDS, placeholders};
pub use data::read_data;
pub use diagnostic::{Diagnostic, Severity, render_all};
pub use json::read_json;
pub use stands_on::stands_on;

use authored::Page;
use diagnostic::Findings;
use resolve::Beside;
use source::Sources;
use workflow::Workflow;

/// All or nothing: the checked workflow, or every problem. What is only advice is for [`check`].
pub fn load(bundle: &Bundle) -> Result<Workflow, Vec<Diagnostic>> {
    let mut reading = Reading::of(bundle, false);
    let workflow = reading.check(bundle);
    match workflow.filter(|_| !reading.findings.has_errors()) {
        Some(workflow) => Ok(workflow),
        None => Err(reading.findings.into_diagnostics(&reading.sources)),
    }
}

/// A definition in which problems were looked for before, by the tests of this program or when it was
/// kept: it is read and resolved, and nothing else.
pub fn load_tested(bundle: &Bundle) -> Result<Workflow, Vec<Diagnostic>> {
    let mut reading = Reading::of(bundle, true);
    let draft = reading.page.as_ref().map(|page| {
        let (beside, findings) = (&reading.beside, &mut reading.findings);
        resolve::resolve(page, beside, &bundle.hash(), findings)
    });
    let workflow = draft.map(|draft| draft.workflow);
    match workflow.filter(|_| !reading.findings.has_errors()) {
        Some(workflow) => Ok(workflow),
        None => Err(reading.findings.into_diagnostics(&reading.sources)),
    }
}

/// Checks several files together: each by itself, with advice, and what only all of them show (a
/// cycle and the projects it starts).
pub fn check(bundles: &[Bundle]) -> Vec<Diagnostic> {
    let mut readings: Vec<_> = bundles.iter().map(|it| Reading::of(it, false)).collect();
    let workflows: Vec<_> = readings
        .iter_mut()
        .zip(bundles)
        .map(|(reading, bundle)| reading.check(bundle))
        .collect();
    let known: Vec<&Workflow> = workflows.iter().flatten().collect();
    let mut diagnostics = vec![];
    for (reading, bundle) in readings.iter_mut().zip(bundles) {
        reading.look_further(bundle, &known);
    }
    for reading in readings {
        diagnostics.extend(reading.findings.into_diagnostics(&reading.sources));
    }
    diagnostics
}

/// The JSON Schema of a definition, for editors; made from the table of keys.
pub fn json_schema() -> serde_json::Value {
    schema::schema()
}

/// One definition as far as it has been read.
struct Reading {
    sources: Sources,
    findings: Findings,
    page: Option<Page>,
    beside: Beside,
}

impl Reading {
    fn of(bundle: &Bundle, is_tested: bool) -> Self {
        let mut sources = Sources::default();
        let mut findings = Findings::default();
        let file = sources.add(&bundle.path, &bundle.text);
        let tree = yaml::parse(&sources, file, &mut findings);
        let is_empty = tree.as_ref().is_none_or(yaml::Tree::is_null);
        if is_empty && !findings.has_errors() {
            findings.error(5, source::Span::top(file), "this file is empty");
        }
        let page = tree.map(|tree| read::read_page(&tree, &mut findings));
        let beside = beside::read_beside(bundle, is_tested, &mut sources, &mut findings);
        let page = page.filter(|page| check::size::check(page, &mut findings));
        Self {
            sources,
            findings,
            page,
            beside,
        }
    }

    /// Resolves and checks; a draft of the workflow, even with errors.
    fn check(&mut self, bundle: &Bundle) -> Option<Workflow> {
        let page = self.page.as_ref()?;
        let draft = resolve::resolve(page, &self.beside, &bundle.hash(), &mut self.findings);
        let case = check::Case {
            draft: &draft,
            sources: &self.sources,
        };
        check::check_all(&case, &mut self.findings);
        Some(draft.workflow)
    }

    /// Advice, and what only several files show. Resolves once more, because a draft borrows its page.
    fn look_further(&mut self, bundle: &Bundle, all: &[&Workflow]) {
        let Some(page) = &self.page else { return };
        let mut said = Findings::default();
        let draft = resolve::resolve(page, &self.beside, &bundle.hash(), &mut said);
        let case = check::Case {
            draft: &draft,
            sources: &self.sources,
        };
        check::advise(&case, &mut self.findings);
        check::across::check(&case, all, &mut self.findings);
    }
}
