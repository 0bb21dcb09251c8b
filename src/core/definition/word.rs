//! A scalar of a page with its place, and what YAML 1.2 and older readers take it for.

use super::source::Span;

/// A scalar with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    pub text: String,
    pub span: Span,
    /// Written without quotes, so YAML may take it for a number, a boolean or nothing.
    pub plain: bool,
    /// Byte at which `text` stands letter by letter, if it does.
    pub(super) literal: Option<u32>,
}

/// A scalar by the core schema of YAML 1.2.
#[derive(Debug, Clone, PartialEq)]
pub enum Core {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text,
}

impl Word {
    /// The place of some bytes of the text; the whole word where it is quoted or folded.
    pub fn part(&self, start: usize, end: usize) -> Span {
        match self.literal {
            Some(from) => Span::new(self.span.file, from as usize + start, from as usize + end),
            None => self.span,
        }
    }

    pub fn core(&self) -> Core {
        if !self.plain {
            return Core::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Core::Null,
            "true" | "True" | "TRUE" => Core::Bool(true),
            "false" | "False" | "FALSE" => Core::Bool(false),
            text => number(text),
        }
    }

    pub fn is_null(&self) -> bool {
        self.core() == Core::Null
    }

    /// What a YAML reader might take this word for, where text is meant.
    pub fn mistaken_for(&self) -> Option<&'static str> {
        match self.core() {
            Core::Null => Some("nothing"),
            Core::Bool(_) => Some("a boolean"),
            Core::Int(_) | Core::Float(_) => Some("a number"),
            Core::Text if self.is_old_boolean() => Some("a boolean"),
            Core::Text if self.plain && is_other_number(&self.text) => Some("a number"),
            Core::Text => None,
        }
    }

    /// A word that YAML 1.1, and so many editors, read as true or false.
    pub fn is_old_boolean(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        self.plain && matches!(text.as_str(), "yes" | "no" | "on" | "off" | "y" | "n")
    }
}

/// Numbers as only YAML 1.1 writes them, or as we do not take them: `1_000`, `0x1f`, `.inf`.
fn is_other_number(text: &str) -> bool {
    let bare = text.trim_start_matches(['-', '+']).to_ascii_lowercase();
    for (mark, base) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = bare.strip_prefix(mark) {
            return !digits.is_empty() && digits.chars().all(|c| c == '_' || c.is_digit(base));
        }
    }
    let in_groups = bare.contains('_') && bare.starts_with(|c: char| c.is_ascii_digit());
    matches!(bare.as_str(), ".inf" | ".nan")
        || in_groups && number(&bare.replace('_', "")) != Core::Text
}

fn number(text: &str) -> Core {
    if let Ok(whole) = text.parse::<i64>() {
        // JSON has no whole -0 either.
        let minus_zero = whole == 0 && text.starts_with('-');
        return if minus_zero {
            Core::Float(-0.0)
        } else {
            Core::Int(whole)
        };
    }
    let digits = text.trim_start_matches(['-', '+']);
    let looks_like_one = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.contains(|one: char| one.is_ascii_digit());
    match text.parse::<f64>() {
        Ok(float) if looks_like_one && float.is_finite() => Core::Float(float),
        _ => Core::Text,
    }
}
