//! The checks of a whole definition, one file per family.
//!
//! What can be said while a name is being looked up is said in `resolve`; here is what needs the
//! resolved workflow. Every check goes on after every problem. To add one: a function in its
//! family that takes the case, a call below, a row in the table of bad pages in `tests`.

use super::diagnostic::Findings;
use super::resolve::Draft;
use super::source::Sources;

/// What a check may look at.
pub(crate) struct Case<'a, 'p> {
    pub draft: &'a Draft<'p>,
    pub sources: &'a Sources,
}

pub(crate) fn check_all(_case: &Case, _findings: &mut Findings) {}
