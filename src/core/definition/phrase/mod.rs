//! The phrases of the language: dates and conditions, from words to their parts.
//!
//! Grammar only. Names stay names here; what they mean is asked in `resolve`.

pub mod condition;
pub mod date;

use std::ops::Range;

/// A word of a phrase and where it stands in it, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    pub text: &'t str,
    pub at: usize,
}

/// A name in a phrase: `visits.first.plan.date`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub range: Range<usize>,
}

/// Why a phrase cannot be read, and which of its bytes are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub range: Range<usize>,
    pub message: String,
    pub hint: Option<String>,
}

impl Token<'_> {
    pub fn range(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    pub fn name(&self) -> Name {
        Name {
            text: self.text.to_owned(),
            range: self.range(),
        }
    }
}

impl Unreadable {
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
            hint: None,
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The words between white space.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let start = text.as_ptr() as usize;
    text.split_whitespace()
        .map(|word| Token {
            text: word,
            at: word.as_ptr() as usize - start,
        })
        .collect()
}
