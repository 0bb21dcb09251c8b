//! What is wrong with the configuration: where, what, and the way out.
//!
//! Gathered, so that one start shows all of it. A secret's text never gets in here.

use std::fmt;

use crate::core::definition::near::{nearest, one_of};

/// One problem. `place` is a file with a line, a flag or a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

/// For an unknown name: the one that was meant, or else all there are.
pub fn instead_of<T: AsRef<str>>(name: &str, known: &[T]) -> String {
    let names = || known.iter().map(AsRef::as_ref);
    match nearest(name, names()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("it can be {}", one_of(names())),
    }
}
