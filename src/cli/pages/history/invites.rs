//! The part of the history that is about invites: who was told of which date.

use super::Said;
use crate::cli::pages::{View, and};
use crate::core::names::PersonId;
use crate::core::run::event::Event;
use crate::core::time::say_date;

pub(super) fn of_an_invite(view: &View, event: &Event) -> Vec<Said> {
    let names = |people: &[PersonId]| {
        let names: Vec<String> = people.iter().map(|person| view.name(*person)).collect();
        and(&names)
    };
    let said = match event {
        Event::InviteSent {
            step,
            invite,
            new,
            again,
            left,
            ..
        } => {
            let (what, date) = (view.title(step), say_date(invite.date));
            let new = (!new.is_empty()).then(|| {
                let to = names(new);
                format!("an invite to {date}, as {what} says, goes to {to}")
            });
            let again = (!again.is_empty()).then(|| {
                format!(
                    "the invite of {what} changes to {date} for {}",
                    names(again)
                )
            });
            let left = (!left.is_empty())
                .then(|| format!("the invite of {what} is called off for {}", names(left)));
            [new, again, left].into_iter().flatten().collect()
        }
        Event::InviteCancelled { step, .. } => {
            vec![format!("the invite of {} is called off", view.title(step))]
        }
        _ => Vec::new(),
    };
    said.into_iter().map(Said::Whole).collect()
}
