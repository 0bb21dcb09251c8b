//! Rule 27: placeholders.
use super::Case;
use crate::core::definition::diagnostic::Findings;
pub(super) fn check(_case: &Case, _findings: &mut Findings) {}
