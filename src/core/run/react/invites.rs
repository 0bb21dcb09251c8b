//! Invites as letters: one to each person, since nobody need know who else gets it.

use crate::core::run::effect::{Effect, Letter};
use crate::core::run::event::Event;

use super::{Reaction, mail};

impl Reaction<'_> {
    pub(super) fn of_invite(&self, event: &Event) -> Vec<Effect> {
        match event {
            Event::InviteSent {
                step,
                invite,
                was,
                new,
                again,
                left,
            } => {
                let date = was.map_or(invite.date, |was| invite.date.min(was));
                let letter = |again| Letter::Invite {
                    step: step.clone(),
                    sequence: invite.sequence,
                    date,
                    again,
                    was: was.filter(|_| again),
                };
                let gone = Letter::InviteCancelled {
                    step: step.clone(),
                    sequence: invite.sequence,
                    date: was.unwrap_or(invite.date),
                };
                let new = new.iter().map(|to| mail(*to, &letter(false)));
                let again = again.iter().map(|to| mail(*to, &letter(true)));
                let left = left.iter().map(|to| mail(*to, &gone));
                new.chain(again).chain(left).collect()
            }
            Event::InviteCancelled { step, sequence } => {
                let Some(invite) = self.run.invites.get(step) else {
                    return Vec::new();
                };
                let letter = Letter::InviteCancelled {
                    step: step.clone(),
                    sequence: *sequence,
                    date: invite.date,
                };
                let people = invite.people.iter();
                people.map(|to| mail(*to, &letter)).collect()
            }
            _ => Vec::new(),
        }
    }
}
