//! The history in words: one line for each entry, one sentence for each event that matters.
//!
//! What only the engine needs (a group that opened, an event that was used) has no sentence; what
//! follows from it has. To add an event: its arm here or in `history_steps.rs`.

use crate::core::run::entry::Entry;
use crate::core::run::event::{Event, HoldKind, Moved, Resumed, Text};
use crate::core::time::{Date, say_date};

use super::layout::wrap;
use super::{View, history_steps, sentence, when};

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
        let words = sentence(&said.join("; "));
        (!said.is_empty()).then(|| wrap("", &format!("{}: {words}.", when(entry.at)), 2))
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
        all.extend(of_the_run(view, event, doer));
    }
    merge(all)
}

fn doer(view: &View, entry: &Entry) -> Option<String> {
    let actor = view.name(entry.actor?);
    Some(match entry.on_behalf_of {
        Some(other) => format!("{actor} (for {})", view.name(other)),
        None => actor,
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

fn of_the_run(view: &View, event: &Event, doer: Option<&str>) -> Vec<Said> {
    let because = |reason: &Text| view.because(Some(reason));
    let one = match event {
        Event::RunStarted {
            title,
            host_school,
            workflow,
            dates,
            ..
        } => {
            let by = format!("{} (version {})", view.workflow.title, workflow.version);
            let what = format!("“{title}” at {} by {by}{}", view.school(host_school), {
                dates
                    .iter()
                    .map(|(name, date)| named_date(view, name, *date))
                    .collect::<String>()
            });
            did(
                doer,
                &format!("started {what}"),
                &format!("{what} was started"),
            )
        }
        Event::RunPaused {
            hold,
            until,
            reason,
            ..
        } => {
            let (verb, to) = held(*hold, *until);
            let why = because(reason);
            did(
                doer,
                &format!("{verb} the project{to}{why}"),
                &format!("the project was {verb}{to}{why}"),
            )
        }
        Event::RunHoldChanged {
            hold,
            until,
            reason,
        } => {
            let (verb, to) = held(*hold, *until);
            let why = because(reason);
            did(
                doer,
                &format!("changed the hold: the project is {verb}{to}{why}"),
                &format!("the hold was changed: the project is {verb}{to}{why}"),
            )
        }
        Event::RunResumed { remaining, .. } => {
            let first = did(doer, "resumed the project", "the project was resumed");
            return std::iter::once(first)
                .chain(moved(view, remaining))
                .collect();
        }
        Event::RunReinstated { reason, remaining } => {
            let why = because(reason);
            let first = did(
                doer,
                &format!("reinstated the project{why}"),
                &format!("the project was reinstated{why}"),
            );
            return std::iter::once(first)
                .chain(moved(view, remaining))
                .collect();
        }
        Event::RunStopped { words, reason, .. } => {
            let words = if words == "stopped" {
                String::new()
            } else {
                format!(" ({words})")
            };
            let why = view.because(reason.as_ref());
            did(
                doer,
                &format!("stopped the project{words}{why}"),
                &format!("the project was stopped{words}{why}"),
            )
        }
        Event::RunCompleted {} => Said::Whole("the project is complete".to_owned()),
        Event::ResumeDue { date } => Said::Whole(format!(
            "{} has come, to which the project was postponed: somebody has to resume it",
            say_date(*date)
        )),
        Event::RunMigrated {
            from, to, remarks, ..
        } => {
            let (from, to) = (from.version, to.version);
            let what = format!("from version {from} to version {to} of its workflow");
            let first = did(
                doer,
                &format!("moved the project {what}"),
                &format!("the project was moved {what}"),
            );
            let remarks = remarks
                .iter()
                .map(|words| Said::Whole(trimmed(words).to_owned()));
            return std::iter::once(first).chain(remarks).collect();
        }
        other => return of_the_rest(view, other, doer).into_iter().collect(),
    };
    vec![one]
}

fn of_the_rest(view: &View, event: &Event, doer: Option<&str>) -> Option<Said> {
    Some(match event {
        Event::NoteAdded { text } => {
            let text = view.text(text);
            did(doer, &format!("noted: {text}"), &format!("a note: {text}"))
        }
        Event::DateSet { name, date, reason } => {
            let title = view
                .workflow
                .dates
                .get(name)
                .map_or(name.as_str(), String::as_str);
            let what = format!("{}{}", say_date(*date), view.because(Some(reason)));
            did(
                doer,
                &format!("set “{title}” to {what}"),
                &format!("“{title}” was set to {what}"),
            )
        }
        Event::RoleAppointed { role, appointment } => {
            let (name, role) = (view.name(appointment.person), view.role(role));
            let school = appointment.school.as_ref();
            let from = school.map_or_else(String::new, |urn| format!(" from {}", view.school(urn)));
            did(
                doer,
                &format!("appointed {name}{from} as {role}"),
                &format!("{name}{from} is {role} now"),
            )
        }
        Event::RoleVacated { role, person } => {
            let (name, role) = (view.name(*person), view.role(role));
            did(
                doer,
                &format!("took {name} out of the role of {role}"),
                &format!("{name} is no longer {role}"),
            )
        }
        Event::EventKept { event } => Said::Whole(format!(
            "the event {} came before the project waits for it, and is kept",
            event.name
        )),
        Event::EventExpired { name, because, .. } => Said::Whole(match because {
            Some(why) => format!("the event {name} could not be used: {}", trimmed(why)),
            None => format!("the event {name} came too late to be used"),
        }),
        Event::Told { name, .. } => Said::Whole(format!("{name} was told to other programs")),
        Event::PersonErased { person, .. } => Said::Whole(format!(
            "the texts of {} were erased from this project",
            view.name(*person)
        )),
        other => return history_steps::of_a_step(view, other, doer),
    })
}

/// A sentence as a part of another.
fn trimmed(sentence: &str) -> &str {
    sentence.trim_end_matches('.')
}

fn named_date(view: &View, name: &str, date: Date) -> String {
    let title = view.workflow.dates.get(name).map_or(name, String::as_str);
    format!(", with “{title}” on {}", say_date(date))
}

fn held(hold: HoldKind, until: Option<Date>) -> (&'static str, String) {
    let to = until.map_or_else(String::new, |date| format!(" to {}", say_date(date)));
    match hold {
        HoldKind::Pause => ("paused", to),
        HoldKind::Postpone => ("postponed", to),
    }
}

/// The dates of a resume; what was known before and does not change is not said.
fn moved(view: &View, remaining: &[Resumed]) -> Vec<Said> {
    let dated = remaining.iter().filter_map(|resumed| {
        let date = say_date(
            resumed
                .deadline
                .date
                .filter(|_| resumed.deadline.is_budget())?,
        );
        let verb = match resumed.what {
            Moved::Due => "due",
            Moved::Opens => "to open",
        };
        let subject = view.title(&resumed.step);
        Some(Said::of(
            subject,
            format!("is {verb} {date}"),
            format!("are {verb} {date}"),
        ))
    });
    dated.collect()
}
