//! What is wrong with the configuration: where, what, and the way out.
//!
//! Gathered, so that one start shows all of it. A secret's text never gets in here.

use std::fmt;

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
    match nearest(name, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let all: Vec<_> = known
                .iter()
                .map(|known| format!("`{}`", known.as_ref()))
                .collect();
            format!("known are {}", all.join(", "))
        }
    }
}

/// The known name that a slip of the finger would turn into this one.
pub fn nearest<'a, T: AsRef<str>>(name: &str, known: &'a [T]) -> Option<&'a str> {
    let distance =
        |known: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
    let near = known
        .iter()
        .map(AsRef::as_ref)
        .map(|known| (distance(known), known));
    let (steps, meant) = near.min()?;
    (steps <= (meant.chars().count() / 3).clamp(1, 3)).then_some(meant)
}
