//! The part of the history that is about holding, resuming and stopping a run.

use super::{Said, did, steps};
use crate::cli::pages::View;
use crate::core::run::event::{Event, HoldKind, Moved, Resumed, Text, Undone};
use crate::core::time::{Date, say_date};

pub(super) fn of_a_hold(view: &View, event: &Event, doer: Option<&str>) -> Vec<Said> {
    let because = |reason: &Text| view.because(Some(reason));
    let one = match event {
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
        other => return of_what_follows(view, other, doer),
    };
    vec![one]
}

fn of_what_follows(view: &View, event: &Event, doer: Option<&str>) -> Vec<Said> {
    let one = match event {
        Event::RunUndone { what, .. } => {
            let what = match what {
                Undone::Hold => "the hold",
                Undone::HoldChange => "the change of the hold",
                Undone::Resume => "the resume",
            };
            did(
                doer,
                &format!("took back {what}: all is as it was before"),
                &format!("{what} was taken back: all is as it was before"),
            )
        }
        Event::ResumeNear { date } => Said::Whole(format!(
            "{}, to which the project is postponed, is near: somebody has to resume it then",
            say_date(*date)
        )),
        Event::ResumeDue { date } => Said::Whole(format!(
            "{} has come, to which the project was postponed: somebody has to resume it",
            say_date(*date)
        )),
        other => return steps::of_a_step(view, other, doer).into_iter().collect(),
    };
    vec![one]
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
