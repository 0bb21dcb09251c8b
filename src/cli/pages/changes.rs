//! What a command would do, for a dry run and for the preview of a resume: what would be recorded,
//! which mails would go, and which dates would move.

use crate::core::calendar::{Calendars, Ended};
use crate::core::run::address::Address;
use crate::core::run::deadline::Deadline;
use crate::core::run::decide::preview_resume;
use crate::core::run::event::Moved;
use crate::core::run::facts::Facts;
use crate::core::run::state::Run;
use crate::core::time::{Date, say_date};
use crate::engine::letters::Scene;
use crate::engine::rehearse::Rehearsal;

use super::layout::{bullet, wrap};
use super::{View, count, due, full, history};

/// One date that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub step: Address,
    pub what: Moved,
    pub old: Option<Date>,
    pub new: Option<Date>,
    /// There is no new date because a calendar does not reach far enough.
    pub ended: Option<Ended>,
}

/// Dates of open steps that differ between two states of a run.
pub fn moves(before: &Run, after: &Run) -> Vec<Move> {
    let mut moves = Vec::new();
    for (address, step) in &after.steps {
        let earlier = before.steps.get(address);
        let both = [
            (
                Moved::Due,
                earlier.and_then(|step| step.due.as_ref()),
                step.due.as_ref(),
            ),
            (
                Moved::Opens,
                earlier.and_then(|step| step.opens.as_ref()),
                step.opens.as_ref(),
            ),
        ];
        for (what, old, new) in both {
            let date = |deadline: Option<&Deadline>| deadline.and_then(|deadline| deadline.date);
            let ended = new.and_then(|new| new.ended.clone());
            let (old, new) = (date(old), date(new));
            if old != new && !step.status.is_settled() {
                moves.push(Move {
                    step: address.clone(),
                    what,
                    old,
                    new,
                    ended,
                });
            }
        }
    }
    moves
}

/// The whole rehearsal in words. `was` is the state with which dates are compared.
pub fn rehearsal(view: &View, would: &Rehearsal, was: Option<&Run>) -> String {
    let mut text = "The history would say (nothing is changed):\n".to_owned();
    for words in history::sentences(view, &would.entry) {
        text.push_str(&bullet(&full(&words)));
    }
    text.push_str(&mails(view, would));
    if let Some(was) = was {
        text.push_str(&dates(view, &moves(was, &would.after.run)));
    }
    text
}

/// The note, if any date before or after was counted in school or working days.
pub fn note(calendars: &Calendars, runs: &[&Run]) -> String {
    let steps = runs.iter().flat_map(|run| run.steps.values());
    let open = steps.filter(|step| !step.status.is_settled());
    let note = due::note(
        calendars,
        open.flat_map(|step| step.due.iter().chain(&step.opens)),
    );
    note.map_or_else(String::new, |note| format!("\n{}", wrap("", note, 0)))
}

fn mails(view: &View, would: &Rehearsal) -> String {
    let scene = Scene {
        reading: &would.after,
        everybody: view.everybody,
        texts: view.texts,
        today: view.today(),
    };
    let mut text = format!("\n{} would be written:\n", count(would.mails.len(), "mail"));
    if would.mails.is_empty() {
        return "\nNo mail would be written.\n".to_owned();
    }
    for (to, letter) in &would.mails {
        let about = match (scene.overtaken(letter, *to), scene.write(letter, *to)) {
            (Some(why), _) => format!("not sent: {why}"),
            (None, Ok(mail)) => mail.subject,
            (None, Err(why)) => format!("cannot be written: {why}"),
        };
        text.push_str(&bullet(&format!("to {}: {about}", view.name(*to))));
    }
    text
}

fn dates(view: &View, moves: &[Move]) -> String {
    if moves.is_empty() {
        return "\nNo date would move.\n".to_owned();
    }
    let mut text = format!("\n{} would move:\n", count(moves.len(), "date"));
    for one in moves {
        text.push_str(&bullet(&say_move(view, one)));
    }
    text
}

fn say_move(view: &View, one: &Move) -> String {
    let verb = match one.what {
        Moved::Due => "due",
        Moved::Opens => "opens",
    };
    let title = view.title(&one.step);
    if let Some(ended) = &one.ended {
        let lacks = due::lacks(view, ended);
        return format!("{title}: {verb} on a day that {lacks}");
    }
    match (one.old, one.new) {
        (Some(old), Some(new)) => {
            format!(
                "{title}: {verb} {} instead of {}",
                say_date(new),
                say_date(old)
            )
        }
        (None, Some(new)) => format!("{title}: {verb} {}", say_date(new)),
        (Some(old), None) => format!("{title}: {verb} {} stands still", say_date(old)),
        (None, None) => title,
    }
}

/// What a resume on that day would do to a run that is held.
pub fn resume_on(view: &View, held: &Run, before: &Run, facts: &Facts, day: Date) -> String {
    let preview = preview_resume(view.workflow, held, facts);
    let mut text = format!("\nResumed on {}:\n", say_date(day));
    for resumed in &preview.remaining {
        let earlier = before.steps.get(&resumed.step);
        let deadline = match resumed.what {
            Moved::Due => earlier.and_then(|step| step.due.as_ref()),
            Moved::Opens => earlier.and_then(|step| step.opens.as_ref()),
        };
        let one = Move {
            step: resumed.step.clone(),
            what: resumed.what,
            ended: resumed.deadline.ended.clone(),
            old: deadline.and_then(|deadline| deadline.date),
            new: resumed.deadline.date,
        };
        if one.old != one.new {
            text.push_str(&bullet(&say_move(view, &one)));
        } else if let Some(date) = one.new {
            let stays = format!("{}: stays {}", view.title(&one.step), say_date(date));
            text.push_str(&bullet(&stays));
        }
    }
    for step in &preview.asked_again {
        let words = format!(
            "{}: asked again, because its date is past by then",
            view.title(step)
        );
        text.push_str(&bullet(&words));
    }
    if preview.remaining.is_empty() && preview.asked_again.is_empty() {
        text.push_str(&bullet("no clock is running, so no date moves"));
    }
    text
}
