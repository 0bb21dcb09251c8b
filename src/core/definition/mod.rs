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
pub mod dates;
pub mod diagnostic;
mod fields;
pub mod form;
mod keys;
pub mod near;
mod phrase;
mod read;
mod resolve;
pub mod source;
pub mod stands_on;
pub mod text;
pub mod workflow;
mod yaml;

pub use bundle::Bundle;
pub use diagnostic::{Diagnostic, Severity, render_all};
pub use stands_on::stands_on;

use authored::Page;
use diagnostic::Findings;
use resolve::Beside;
use source::Sources;
use workflow::Workflow;

/// All or nothing: the checked workflow with its warnings, or every problem.
pub fn load(bundle: &Bundle) -> Result<(Workflow, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut reading = Reading::of(bundle);
    let Some(workflow) = reading.check(bundle) else {
        return Err(reading.findings.into_diagnostics(&reading.sources));
    };
    let failed = reading.findings.has_errors();
    let diagnostics = reading.findings.into_diagnostics(&reading.sources);
    if failed {
        Err(diagnostics)
    } else {
        Ok((workflow, diagnostics))
    }
}

/// One definition as far as it has been read.
struct Reading {
    sources: Sources,
    findings: Findings,
    page: Option<Page>,
    beside: Beside,
}

impl Reading {
    fn of(bundle: &Bundle) -> Self {
        let mut sources = Sources::default();
        let mut findings = Findings::default();
        let file = sources.add(&bundle.path, &bundle.text);
        let tree = yaml::parse(&sources, file, &mut findings);
        let is_empty = tree.as_ref().is_none_or(yaml::Tree::is_null);
        if is_empty && !findings.has_errors() {
            findings.error(5, source::Span::top(file), "this file is empty");
        }
        let page = tree.map(|tree| read::read_page(&tree, &mut findings));
        let beside = beside::read_beside(bundle, &mut sources, &mut findings);
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
}
