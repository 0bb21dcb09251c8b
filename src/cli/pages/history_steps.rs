//! The part of the history that is about steps, passes and instances.

use crate::core::definition::workflow::Kind;
use crate::core::run::address::{Address, Key};
use crate::core::run::deadline::Deadline;
use crate::core::run::event::{Cause, Decided, Event, How, Moved, Text};
use crate::core::time::say_date;

use super::history::{Said, did};
use super::{View, and};

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
        other => of_hands(view, other, doer),
    }
}

/// Who takes what, and what they say of it.
fn of_hands(view: &View, event: &Event, doer: Option<&str>) -> Option<Said> {
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
        Event::StepAssigned { step, person, .. } => {
            let title = view.title(step);
            match person {
                Some(person) => {
                    let name = view.name(*person);
                    did(
                        doer,
                        &format!("assigned {title} to {name}"),
                        &format!("{title} was assigned to {name}"),
                    )
                }
                None => Said::Whole(format!("{title} is assigned to nobody any more")),
            }
        }
        Event::StepDelegated { step, from, to, .. } => Said::Whole(format!(
            "{} passed {} on to {}",
            view.name(*from),
            view.title(step),
            view.name(*to)
        )),
        Event::AnswersCorrected {
            step,
            reason,
            would_change,
            ..
        } => {
            let title = view.title(step);
            let why = view.because(Some(reason));
            let changed: Vec<String> = would_change.iter().map(|step| view.title(step)).collect();
            let note = if changed.is_empty() {
                String::new()
            } else {
                format!(
                    " ({} would be decided otherwise now; nothing moves by itself)",
                    and(&changed)
                )
            };
            did(
                doer,
                &format!("corrected the answers of {title}{why}{note}"),
                &format!("the answers of {title} were corrected{why}{note}"),
            )
        }
        Event::DeadlineMoved {
            step,
            what,
            old,
            new,
            reason,
            ..
        } => moved(view, (step, *what), *old, new, reason.as_ref(), doer)?,
        Event::RungFired { step, .. } => Said::Whole(format!(
            "a mail reminded that {} is due today",
            view.title(step)
        )),
        other => return of_passes(view, other, doer),
    })
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
    let node = view.workflow.find_node(&step.path())?;
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

fn due_words(due: Option<&Deadline>) -> String {
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

fn moved(
    view: &View,
    (step, what): (&Address, Moved),
    old: Option<crate::core::time::Date>,
    new: &Deadline,
    reason: Option<&Text>,
    doer: Option<&str>,
) -> Option<Said> {
    let date = new.date?;
    let title = view.title(step);
    let was = old.filter(|old| *old != date);
    let was = was.map_or_else(String::new, |old| format!(" instead of {}", say_date(old)));
    let words = format!("{}{was}{}", say_date(date), view.because(reason));
    let verb = match what {
        Moved::Due => "due",
        Moved::Opens => "to open",
    };
    Some(did(
        doer,
        &format!("set {title} to be {verb} {words}"),
        &format!("{title} is {verb} {words}"),
    ))
}
