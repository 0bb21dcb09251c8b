//! When a step is due or opens, in words; and why not known, where it is not.
//!
//! *Overdue* is said here and stored nowhere. Whoever shows a date that was counted in school or
//! working days shows [`note`] as well.

use crate::core::calendar::{Calendars, Ended};
use crate::core::definition::dates::{Anchor, DateRule, StepRef, Unit};
use crate::core::run::address::Address;
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::state::{RunStatus, Status};
use crate::core::time::{Date, say_date};
use crate::engine::brief::ENDS_SOON_DAYS;
use crate::engine::readings::Everybody;

use super::{View, and, count, inside};

/// "due Friday 5 March 2027", "due when “Plan the visit” has a date: 5 school days before it".
/// Nothing for what is settled or has no due date.
pub fn due(view: &View, address: &Address) -> Option<String> {
    let step = view
        .run
        .steps
        .get(address)
        .filter(|step| !step.status.is_settled())?;
    let node = view.workflow.node(view.workflow.node_of(address)?);
    let Some(deadline) = step.due.as_ref().filter(|_| step.status.is_ready()) else {
        let rule = node.due.as_ref().filter(|_| !step.status.is_ready())?;
        return Some(format!("due {}", in_words(view, rule)));
    };
    if let Some(ended) = &deadline.ended {
        return Some(format!("due on a day that {}", lacks(view, ended)));
    }
    let stands = view.run.status == RunStatus::Paused || step.status == Status::CannotProgress;
    match (&deadline.date, &deadline.kind) {
        (Some(date), _) => {
            let late = overdue(*date, view.today()).filter(|_| !stands);
            let late = late.map_or_else(String::new, |late| format!(", {late}"));
            Some(format!(
                "due {}{late}{}",
                say_date(*date),
                kind_of_date(deadline)
            ))
        }
        (
            None,
            DeadlineKind::Budget {
                days,
                unit,
                consumed,
                ..
            },
        ) => {
            let left = days.saturating_sub(*consumed);
            Some(format!(
                "{left} {} left, the clock stands still",
                unit.say(left)
            ))
        }
        (None, DeadlineKind::HungOn { .. }) => Some(node.due.as_ref().map_or_else(
            || format!("due {}, which is not known yet", deadline.rule),
            |rule| format!("due {}", once_known(view, rule)),
        )),
    }
}

/// "opens on Friday 5 March 2027" for what waits, or will wait, for its moment.
pub fn opens(view: &View, address: &Address) -> Option<String> {
    let step = view.run.steps.get(address)?;
    if step.status != Status::CannotStartYet {
        return None;
    }
    let node = view.workflow.node(view.workflow.node_of(address)?);
    if let Some(date) = step
        .opens
        .as_ref()
        .filter(|_| step.free)
        .and_then(|opens| opens.date)
    {
        return Some(format!("opens on {}", say_date(date)));
    }
    if let Some(ended) = step.opens.as_ref().and_then(|opens| opens.ended.as_ref()) {
        return Some(format!("opens on a day that {}", lacks(view, ended)));
    }
    let rule = node.opens.as_ref()?;
    Some(match step.free {
        true if view.run.status == RunStatus::Paused => "opening stands still".to_owned(),
        true => format!("opens {}", once_known(view, rule)),
        false => format!("opens {}", in_words(view, rule)),
    })
}

/// Of a date that could not be counted: "the calendar of Alder Primary School does not reach".
pub fn lacks(view: &View, ended: &Ended) -> String {
    format!(
        "the calendar of {} does not reach: nothing is said of {}",
        view.whose(&ended.calendar),
        say_date(ended.day)
    )
}

/// "3 days overdue", "today".
pub fn overdue(due: Date, today: Date) -> Option<String> {
    let days = (today - due).num_days();
    match days {
        0 => Some("which is today".to_owned()),
        1.. => Some(format!(
            "{} overdue",
            count(usize::try_from(days).unwrap_or_default(), "day")
        )),
        _ => None,
    }
}

fn kind_of_date(deadline: &Deadline) -> &'static str {
    match (deadline.by_hand, deadline.short_notice) {
        (true, _) => " (set by hand)",
        (false, true) => " (short notice)",
        (false, false) => "",
    }
}

/// The note, if a date was counted in days of a school that has no term dates.
pub fn note<'d>(
    calendars: &Calendars,
    deadlines: impl IntoIterator<Item = &'d Deadline>,
) -> Option<&'static str> {
    let counted = |deadline: &&Deadline| {
        deadline.date.is_some()
            && !deadline.by_hand
            && matches!(deadline.kind.unit(), Unit::SchoolDays | Unit::WorkingDays)
    };
    let counted = deadlines.into_iter().filter(counted);
    calendars.note(counted.map(|deadline| &deadline.calendar))
}

/// Which calendars run out soon.
pub fn ending(everybody: &Everybody, today: Date) -> Option<String> {
    let ending = everybody.calendars.ending(today, ENDS_SOON_DAYS);
    let (urn, last) = ending.first()?;
    let school = everybody.directory.schools.get(urn);
    let name = school.map_or_else(|| format!("school {urn}"), |school| school.name.clone());
    let reach = match last {
        Some(last) => format!("ends on {}", say_date(*last)),
        None => "says nothing of today".to_owned(),
    };
    let others = match ending.len() - 1 {
        0 => String::new(),
        others => format!(", and {} more end soon", count(others, "calendar")),
    };
    Some(format!(
        "The calendar of {name} {reach}{others}. Set more term dates: `alongside import calendar`."
    ))
}

/// A rule as people say it: "5 school days before the date of “Plan the visit”".
pub fn in_words(view: &View, rule: &DateRule) -> String {
    let noun = |anchor: &Anchor| match anchor {
        Anchor::Done(step) => referred(view, step),
        Anchor::Answer(step, _) => format!("the date of {}", referred(view, step)),
        Anchor::Date(name) | Anchor::CycleDate(name) => named_date(view, name),
    };
    match rule {
        DateRule::Budget(span) => format!("{} after it is ready", span.say()),
        DateRule::Offset(span, side, anchor) => {
            format!("{} {} {}", span.say(), side.say(), noun(anchor))
        }
        DateRule::On(anchor) => format!("on {}", noun(anchor)),
        DateRule::Halfway(from, to) => {
            format!("halfway between {} and {}", noun(from), noun(to))
        }
    }
}

/// "when “Plan the visit” has a date: 5 school days before it"
fn once_known(view: &View, rule: &DateRule) -> String {
    let missing = rule
        .anchors()
        .into_iter()
        .filter_map(|anchor| match anchor {
            Anchor::Done(step) => Some(format!("{} is complete", referred(view, step))),
            Anchor::Answer(step, _) => Some(format!("{} has a date", referred(view, step))),
            Anchor::Date(_) | Anchor::CycleDate(_) => None,
        });
    let then = match rule {
        DateRule::Budget(span) => return format!("{} after it is ready", span.say()),
        DateRule::Offset(span, side, _) => format!("{} {} that", span.say(), side.say()),
        DateRule::On(_) => "on that day".to_owned(),
        DateRule::Halfway(..) => in_words(view, rule),
    };
    format!("when {}: {then}", and(&missing.collect::<Vec<_>>()))
}

/// “Plan the visit” of the first visit
fn referred(view: &View, step: &StepRef) -> String {
    let node = view.workflow.node(step.node);
    let title = if node.title.is_empty() {
        node.name.replace('_', " ")
    } else {
        node.title.clone()
    };
    let Some(pick) = step.pick else {
        return format!("“{title}”");
    };
    let group = view.workflow.node(pick.group);
    let group = if group.title.is_empty() {
        &group.name
    } else {
        &group.title
    };
    let which = if pick.first { "first" } else { "last" };
    format!("“{title}” of the {which} {}", inside(group))
}

fn named_date(view: &View, name: &str) -> String {
    let title = view.workflow.dates.get(name).map_or(name, String::as_str);
    match view.run.dates.get(name) {
        Some(date) => format!("“{title}” ({})", say_date(*date)),
        None => format!("“{title}”"),
    }
}
