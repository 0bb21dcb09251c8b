//! One mapping of the page against the key table, and its values one by one.
//!
//! The only place that says "this key is not known here" or "text is meant, not a number".

use super::diagnostic::Findings;
use super::keys::{self, Looks, Place};
use super::near;
use super::source::Span;
use super::yaml::{Core, Entry, Shape, Tree, Word};

/// Known entries of one mapping.
pub struct Fields<'t> {
    entries: Vec<&'t Entry>,
    place: Place,
}

impl<'t> Fields<'t> {
    /// Takes the known keys and reports the others. `tree` may be no mapping at all.
    pub fn take(tree: &'t Tree, place: Place, findings: &mut Findings) -> Self {
        let mut entries = vec![];
        if !matches!(tree.shape, Shape::Map(_)) && !tree.is_null() {
            let message = format!("{} is a mapping, not {}", place.say(), tree.noun());
            findings.error(4, tree.span, message);
        }
        for entry in tree.entries() {
            if keys::find(place, &entry.key.text).is_some() {
                entries.push(entry);
            } else {
                report_unknown(entry, place, findings);
            }
        }
        Self { entries, place }
    }

    pub fn tree(&self, name: &str) -> Option<&'t Tree> {
        self.entries
            .iter()
            .find(|entry| entry.key.text == name)
            .map(|entry| &entry.value)
    }

    pub fn key_span(&self, name: &str) -> Option<Span> {
        self.entries
            .iter()
            .find(|entry| entry.key.text == name)
            .map(|entry| entry.key.span)
    }

    /// Text for people: nothing that YAML takes for something else.
    pub fn text(&self, name: &str, findings: &mut Findings) -> Option<Word> {
        let word = self.scalar(name, findings)?;
        if let Some(what) = word.mistaken_for() {
            report_trap(&word, what, findings);
        }
        Some(word)
    }

    /// A name, or a phrase of the language. Words from a closed list are checked.
    pub fn word(&self, name: &str, findings: &mut Findings) -> Option<Word> {
        let word = self.scalar(name, findings)?;
        if word.is_null() {
            findings.error(4, word.span, format!("nothing stands after `{name}`"));
            return None;
        }
        if let Some(Looks::Word(words)) = keys::find(self.place, name).map(|key| key.looks)
            && !words.contains(&word.text.as_str())
        {
            let message = format!(
                "`{name}: {}`: {} is meant",
                word.text,
                near::one_of(words.iter().copied())
            );
            let hint = near::did_you_mean(&word.text, words.iter().copied());
            findings.error_hint(6, word.span, message, hint);
            return None;
        }
        Some(word)
    }

    /// One name or a list of names.
    pub fn words(&self, name: &str, findings: &mut Findings) -> Option<Vec<Word>> {
        let tree = self.tree(name)?;
        let Shape::List(items) = &tree.shape else {
            return self.word(name, findings).map(|word| vec![word]);
        };
        let mut words = vec![];
        for item in items {
            if let Some(word) = item.word().filter(|word| !word.is_null()) {
                words.push(word.clone());
            } else {
                let message = format!("`{name}` is a list of names, not of {}", item.noun());
                findings.error(4, item.span, message);
            }
        }
        Some(words)
    }

    pub fn flag(&self, name: &str, findings: &mut Findings) -> Option<bool> {
        let word = self.scalar(name, findings)?;
        if let Core::Bool(flag) = word.core() {
            return Some(flag);
        }
        findings.error(
            4,
            word.span,
            format!("`{name}` is true or false, not `{}`", word.text),
        );
        None
    }

    /// A key of which only `true` says something; whatever it says, `true` is meant.
    pub fn only_true(&self, name: &str, findings: &mut Findings) -> Option<Span> {
        let span = self.key_span(name)?;
        if self.flag(name, findings) == Some(false) {
            findings.error(
                4,
                span,
                format!("`{name}: false` says nothing: leave it out"),
            );
        }
        Some(span)
    }

    pub fn number(&self, name: &str, findings: &mut Findings) -> Option<u32> {
        let word = self.scalar(name, findings)?;
        let number = whole(&word);
        if number.is_none() {
            let message = format!("`{name}` is a whole number from 1, not `{}`", word.text);
            findings.error(4, word.span, message);
        }
        number
    }

    fn scalar(&self, name: &str, findings: &mut Findings) -> Option<Word> {
        let tree = self.tree(name)?;
        if tree.word().is_none() {
            findings.error(
                4,
                tree.span,
                format!("`{name}` is text, not {}", tree.noun()),
            );
        }
        tree.word().cloned()
    }
}

/// A whole number from 1.
pub fn whole(word: &Word) -> Option<u32> {
    match word.core() {
        Core::Int(number) => u32::try_from(number).ok().filter(|number| *number > 0),
        _ => None,
    }
}

pub fn report_trap(word: &Word, what: &str, findings: &mut Findings) {
    if word.text.is_empty() {
        findings.error(4, word.span, "text is missing here");
        return;
    }
    let message = format!("`{0}` is read as {what}; write \"{0}\"", word.text);
    findings.error(4, word.span, message);
}

fn report_unknown(entry: &Entry, place: Place, findings: &mut Findings) {
    let (name, span) = (entry.key.text.as_str(), entry.key.span);
    if findings.is_full() {
        return;
    }
    let words_cut_off = entry.value.is_null() && entry.value.span.start <= span.end;
    if words_cut_off {
        let message = format!("`{name}` says nothing here: it looks like the rest of a text");
        let hint = "Put quotes around a title with `?`, `:` or `,` in braces.".to_owned();
        findings.error_hint(4, span, message, Some(hint));
    } else if name == "<<" {
        findings.error(
            3,
            span,
            "merge keys (`<<`) are not used here: write it on the group",
        );
    } else if let Some(home) = keys::home_of(name, place) {
        let message = match place {
            Place::Top => format!("`{name}` at the top belongs to {home}"),
            _ => format!("`{name}` belongs to {home}, not to {}", place.say()),
        };
        findings.error(2, span, message);
    } else {
        let message = format!("`{name}` is no key of {}", place.say());
        let hint = near::did_you_mean(name, keys::names_at(place));
        findings.error_hint(1, span, message, hint);
    }
}
