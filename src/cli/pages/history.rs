//! The history in words: one line for each entry, one sentence for each event that matters.
//!
//! What only the engine needs (a group that opened, an event that was used) has no sentence; what
//! follows from it has. To add an event: its arm in the file below that speaks of such.

mod hands;
mod hold;
mod invites;
mod run;
mod steps;

use crate::core::run::entry::Entry;
use crate::core::run::event::Event;

use super::layout::wrap;
use super::{View, full, when};

/// A sentence without its full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Whole(String),
    /// A subject and what is said of one or of several, so that equal ones become one sentence.
    Of {
        subject: String,
        one: String,
        many: String,
    },
}

impl Said {
    pub(super) fn of(subject: String, one: impl Into<String>, many: impl Into<String>) -> Self {
        Self::Of {
            subject,
            one: one.into(),
            many: many.into(),
        }
    }
}

/// All lines of a history, oldest first, none longer than the page.
pub fn history(view: &View, entries: &[Entry]) -> String {
    let lines = entries.iter().filter_map(|entry| {
        let said = sentences(view, entry);
        let words = full(&said.join("; "));
        (!said.is_empty()).then(|| wrap("", &format!("{}: {words}", when(entry.at)), 2))
    });
    lines.collect()
}

/// What one entry says, each as the part of a sentence.
pub fn sentences(view: &View, entry: &Entry) -> Vec<String> {
    let doer = doer(view, entry);
    let mut all: Vec<Said> = Vec::new();
    let matters = entry
        .events
        .iter()
        .enumerate()
        .filter(|(_, event)| !is_said_elsewhere(entry, event));
    for (at, event) in matters {
        let doer = doer.as_deref().filter(|_| at == 0);
        all.extend(run::of_the_run(view, event, doer));
    }
    merge(all)
}

fn doer(view: &View, entry: &Entry) -> Option<String> {
    let actor = entry.actor?;
    Some(match entry.on_behalf_of {
        Some(whose) => view.who_did(whose, Some(actor)),
        None => view.who_did(actor, None),
    })
}

/// Whether another event of the entry says the same and more.
fn is_said_elsewhere(entry: &Entry, event: &Event) -> bool {
    let any = |says: &dyn Fn(&Event) -> bool| entry.events.iter().any(says);
    match event {
        // That it is ready says that it waits for no moment.
        Event::StepFreed { step: freed, .. } => {
            any(&|other| matches!(other, Event::StepReady { step, .. } if step == freed))
        }
        Event::StepReset {
            step: reset,
            target: true,
            ..
        } => any(&|other| matches!(other, Event::StepReopened { step, .. } if step == reset)),
        _ => false,
    }
}

fn merge(all: Vec<Said>) -> Vec<String> {
    let mut said: Vec<(Vec<String>, String, String)> = Vec::new();
    for one in all {
        match one {
            Said::Whole(words) => said.push((Vec::new(), words, String::new())),
            Said::Of { subject, one, many } => match said.last_mut() {
                Some((subjects, before, _)) if !subjects.is_empty() && *before == one => {
                    subjects.push(subject);
                }
                _ => said.push((vec![subject], one, many)),
            },
        }
    }
    let sentences = said
        .into_iter()
        .map(|(subjects, one, many)| match subjects.as_slice() {
            [] => one,
            [subject] => format!("{subject} {one}"),
            several => format!("{} {many}", super::and(several)),
        });
    sentences.collect()
}

/// "Ada Okafor paused the project", or "the project was paused" where nobody did.
pub(super) fn did(doer: Option<&str>, active: &str, passive: &str) -> Said {
    Said::Whole(doer.map_or_else(|| passive.to_owned(), |doer| format!("{doer} {active}")))
}
