//! The part of the history that is about how steps become ready, complete, not required, or are
//! asked again.

use super::{Said, did, hands};
use crate::cli::pages::View;
use crate::core::definition::workflow::Kind;
use crate::core::run::address::Address;
use crate::core::run::deadline::Deadline;
use crate::core::run::event::{Cause, Decided, Event, How, Text};
use crate::core::time::say_date;

pub(super) fn of_a_step(view: &View, event: &Event, doer: Option<&str>) -> Option<Said> {
    match event {
        Event::StepFreed { step, opens, .. } => freed(view, step, opens.as_ref()),
        Event::StepReady {
            step, due, early, ..
        } => ready(view, step, due.as_ref(), early.as_ref(), doer),
        Event::StepCompleted {
            step,
            how,
            by,
            outcome,
            reason,
            ..
        } => {
            let by = by.map(|person| view.name(person));
            let end = outcome.as_ref().map_or_else(String::new, |name| {
                format!(" with “{}”", name.replace('_', " "))
            });
            let end = format!("{end}{}", view.because(reason.as_ref()));
            Some(completed(view, step, *how, doer.or(by.as_deref()), &end))
        }
        Event::StepNotRequired {
            step,
            cause,
            when,
            reason,
            ..
        } => not_required(view, step, cause, when.as_ref(), reason.as_ref(), doer),
        other => of_a_reset(view, other, doer),
    }
}

/// What is asked again, or not at all.
fn of_a_reset(view: &View, event: &Event, doer: Option<&str>) -> Option<Said> {
    match event {
        Event::StepSkipPlanned {
            step,
            cause,
            reason,
            ..
        } => {
            let title = view.title(step);
            let why = view.because(reason.as_ref());
            Some(match cause {
                Cause::Skipped => did(
                    doer,
                    &format!("will skip {title} when it is reached{why}"),
                    &format!("{title} will be skipped when it is reached{why}"),
                ),
                _ => Said::of(title, "will not be asked", "will not be asked"),
            })
        }
        Event::StepReopened { step, reason, .. } => {
            let (title, why) = (view.title(step), view.because(Some(reason)));
            Some(did(
                doer,
                &format!("asked for {title} again{why}"),
                &format!("{title} is asked for again{why}"),
            ))
        }
        Event::StepReset {
            step,
            target,
            again,
            ..
        } => {
            let title = view.title(step);
            Some(match (target, again) {
                (true, _) => did(
                    doer,
                    &format!("asked for {title} again"),
                    &format!("{title} is asked for again"),
                ),
                (false, true) => Said::of(title, "will be done again", "will be done again"),
                (false, false) => Said::of(title, "waits again", "wait again"),
            })
        }
        Event::StepSpared { step, .. } => Some(Said::of(
            view.title(step),
            "stays as it is",
            "stay as they are",
        )),
        other => hands::of_hands(view, other, doer),
    }
}

fn freed(view: &View, step: &Address, opens: Option<&Deadline>) -> Option<Said> {
    let opens = opens?;
    let subject = view.title(step);
    Some(match opens.date {
        Some(date) => {
            let words = format!("on {}", say_date(date));
            Said::of(subject, format!("opens {words}"), format!("open {words}"))
        }
        None => Said::of(subject, "waits for its date", "wait for their dates"),
    })
}

fn ready(
    view: &View,
    step: &Address,
    due: Option<&Deadline>,
    early: Option<&Text>,
    doer: Option<&str>,
) -> Option<Said> {
    let title = view.title(step);
    if early.is_some() {
        let why = view.because(early);
        let due = due_words(due);
        return Some(did(
            doer,
            &format!("opened {title} before its day{due}{why}"),
            &format!("{title} was opened before its day{due}{why}"),
        ));
    }
    let node = view.workflow.node_of(step)?;
    let node = view.workflow.node(node);
    let for_whom = match &node.kind {
        Kind::Task(_) => node
            .role()
            .map_or_else(String::new, |role| format!(" for the {}", view.role(role))),
        Kind::Wait(wait) => {
            let due = due_words(due);
            return Some(Said::Whole(format!(
                "the project waits for {title} ({}){due}",
                wait.event
            )));
        }
        Kind::Engine | Kind::Start { .. } | Kind::Group(_) => return None,
    };
    let words = format!("ready{for_whom}{}", due_words(due));
    Some(Said::of(
        title,
        format!("became {words}"),
        format!("became {words}"),
    ))
}

pub(super) fn due_words(due: Option<&Deadline>) -> String {
    let Some(date) = due.and_then(|due| due.date) else {
        return String::new();
    };
    let short = if due.is_some_and(|due| due.short_notice) {
        " (short notice)"
    } else {
        ""
    };
    format!(", due {}{short}", say_date(date))
}

fn completed(view: &View, step: &Address, how: How, by: Option<&str>, end: &str) -> Said {
    let title = view.title(step);
    match (how, by) {
        (How::Person, Some(by)) => Said::Whole(format!("{by} completed {title}{end}")),
        (How::Event, Some(by)) => Said::Whole(format!("{by} recorded {title}{end}")),
        (How::Event, None) => Said::Whole(format!("{title} came in{end}")),
        (How::Engine, _) => Said::of(title, "was done", "were done"),
        (How::Ladder, _) => Said::Whole(format!("nobody answered, so {title} ended{end}")),
        (How::Person, None) => Said::Whole(format!("{title} was completed{end}")),
    }
}

fn not_required(
    view: &View,
    step: &Address,
    cause: &Cause,
    when: Option<&Decided>,
    reason: Option<&Text>,
    doer: Option<&str>,
) -> Option<Said> {
    let title = view.title(step);
    let same = |words: &str| Said::of(title.clone(), format!("is {words}"), format!("are {words}"));
    Some(match cause {
        Cause::Condition => {
            let only =
                when.map_or_else(String::new, |when| format!(" (only if {})", when.condition));
            same(&format!("not required{only}"))
        }
        Cause::Skipped => {
            let why = view.because(reason);
            did(
                doer,
                &format!("skipped {title}{why}"),
                &format!("{title} was skipped{why}"),
            )
        }
        Cause::Lapsed => Said::Whole(format!("nobody answered, so {title} is not required")),
        Cause::Ended { by } => same(&format!("not required any more after {}", view.title(by))),
        Cause::Left => same("not required any more: they left"),
        Cause::MomentCannotCome => {
            same("not required: the date that was waited for can never come")
        }
        Cause::Nobody => same("not required: nobody is in the role"),
        Cause::CameLater => same("not asked: what comes after had begun before this was added"),
        Cause::Unmapped => same("not in the new version"),
        Cause::Group { .. } | Cause::PassEnded => return None,
    })
}
