//! The part of the history that is about people's hands: who takes, blocks, passes on, corrects and
//! redates; and about passes that they add or end.

use super::steps::due_words;
use super::{Said, did};
use crate::cli::pages::{View, due};
use crate::core::names::PersonId;
use crate::core::run::address::{Address, Key};
use crate::core::run::deadline::Deadline;
use crate::core::run::event::{Event, Moved, Text};
use crate::core::time::{Date, say_date};

/// Who takes what, and what they say of it.
pub(super) fn of_hands(view: &View, event: &Event, doer: Option<&str>) -> Option<Said> {
    Some(match event {
        Event::StepTaken { step, person, .. } => Said::Whole(format!(
            "{} took on {}",
            view.name(*person),
            view.title(step)
        )),
        Event::StepDrafted { step, .. } => {
            let what = format!("a draft of {}", view.title(step));
            did(doer, &format!("saved {what}"), &format!("{what} was saved"))
        }
        Event::StepBlocked { step, reason, .. } => {
            let (title, why) = (view.title(step), view.because(Some(reason)));
            did(
                doer,
                &format!("said that {title} cannot progress{why}"),
                &format!("{title} cannot progress{why}"),
            )
        }
        Event::StepUnblocked { step, due, .. } => {
            let title = view.title(step);
            let due = due_words(due.as_ref());
            did(
                doer,
                &format!("said that {title} can go on{due}"),
                &format!("{title} can go on{due}"),
            )
        }
        Event::StepAssigned {
            step,
            person,
            reason,
            ..
        } => assigned(view, step, *person, reason.as_ref(), doer),
        Event::StepDelegated {
            step,
            from,
            to,
            reason,
            ..
        } => delegated(view, step, (*from, *to), reason.as_ref()),
        Event::AnswersCorrected {
            step,
            reason,
            would_change,
            ..
        } => corrected(view, step, reason, would_change, doer),
        Event::DeadlineMoved {
            step,
            what,
            old,
            new,
            reason,
            ..
        } => moved(view, (step, *what), *old, new, reason.as_ref(), doer)?,
        Event::RungFired {
            step,
            rung,
            passed_over,
            ..
        } => reminded(view, step, rung, *passed_over),
        other => return of_passes(view, other, doer),
    })
}

fn reminded(view: &View, step: &Address, rung: &str, passed_over: bool) -> Said {
    let (rung, title) = (rung.replace('_', " "), view.title(step));
    Said::Whole(if passed_over {
        format!("the reminder “{rung}” of {title} was passed over for a later one")
    } else {
        format!("the reminder “{rung}” of {title} came up")
    })
}

fn assigned(
    view: &View,
    step: &Address,
    person: Option<PersonId>,
    reason: Option<&Text>,
    doer: Option<&str>,
) -> Said {
    let (title, why) = (view.title(step), view.because(reason));
    let Some(person) = person else {
        return Said::Whole(format!("{title} is assigned to nobody any more"));
    };
    let name = view.name(person);
    did(
        doer,
        &format!("assigned {title} to {name}{why}"),
        &format!("{title} was assigned to {name}{why}"),
    )
}

fn delegated(
    view: &View,
    step: &Address,
    (from, to): (PersonId, PersonId),
    reason: Option<&Text>,
) -> Said {
    let (from, to, title) = (view.name(from), view.name(to), view.title(step));
    let why = view.because(reason);
    Said::Whole(format!("{from} passed {title} on to {to}{why}"))
}

fn of_passes(view: &View, event: &Event, doer: Option<&str>) -> Option<Said> {
    Some(match event {
        Event::GroupOpened {
            group,
            early: Some(reason),
            ..
        } => {
            let (title, why) = (view.title(group), view.because(Some(reason)));
            did(
                doer,
                &format!("opened {title} before its day{why}"),
                &format!("{title} was opened before its day{why}"),
            )
        }
        Event::PassOpened { pass, by, .. } => {
            if pass.key() == Some(&Key::Pass(1)) {
                return None;
            }
            let title = view.title(pass);
            match by {
                Some(_) => did(
                    doer,
                    &format!("added {title}"),
                    &format!("{title} was added"),
                ),
                None => Said::Whole(format!("{title} began")),
            }
        }
        Event::PassEnded {
            pass,
            counts: false,
            reason,
        } => {
            let (title, why) = (view.title(pass), view.because(reason.as_ref()));
            did(
                doer,
                &format!("ended {title}, which did not happen{why}"),
                &format!("{title} did not happen{why}"),
            )
        }
        Event::EachAdded { instance, .. } => {
            Said::of(view.title(instance), "was added", "were added")
        }
        Event::EachLeft { instance } => Said::of(view.title(instance), "left", "left"),
        Event::EachReturned { instance } => {
            Said::of(view.title(instance), "is asked again", "are asked again")
        }
        // What follows from these is said by the events that come with them.
        _ => return None,
    })
}

fn corrected(
    view: &View,
    step: &Address,
    reason: &Text,
    would_change: &[Address],
    doer: Option<&str>,
) -> Said {
    let title = view.title(step);
    let why = view.because(Some(reason));
    let note = if would_change.is_empty() {
        String::new()
    } else {
        let titles = view.titles(would_change);
        format!(" ({titles} would be decided otherwise now; nothing moves by itself)")
    };
    did(
        doer,
        &format!("corrected the answers of {title}{why}{note}"),
        &format!("the answers of {title} were corrected{why}{note}"),
    )
}

fn moved(
    view: &View,
    (step, what): (&Address, Moved),
    old: Option<Date>,
    new: &Deadline,
    reason: Option<&Text>,
    doer: Option<&str>,
) -> Option<Said> {
    let title = view.title(step);
    let verb = match what {
        Moved::Due => "due",
        Moved::Opens => "to open",
    };
    if let Some(ended) = &new.ended {
        let (lacks, why) = (due::lacks(view, ended), view.because(reason));
        return Some(Said::Whole(format!(
            "{title} is {verb} on a day that {lacks}{why}"
        )));
    }
    let date = new.date?;
    let was = old.filter(|old| *old != date);
    let was = was.map_or_else(String::new, |old| format!(" instead of {}", say_date(old)));
    let words = format!("{}{was}{}", say_date(date), view.because(reason));
    Some(did(
        doer,
        &format!("set {title} to be {verb} {words}"),
        &format!("{title} is {verb} {words}"),
    ))
}
