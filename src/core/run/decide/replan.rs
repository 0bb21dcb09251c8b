//! Open dates that move: because what they hang on did, or because another school must act now.
//!
//! Each move is an event. A date set by hand stays; a moving anchor is then only shown.

use crate::core::definition::dates::Side;
use crate::core::definition::workflow::NodeId;
use crate::core::run::address::Address;
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::event::{Event, MoveCause, Moved};
use crate::core::run::state::Status;

use super::planning::{Planned, is_moved};
use super::working::Working;

impl Working<'_> {
    /// Plans anew every open date that hangs on something; what moved is an event.
    pub fn replan(&mut self) {
        let open: Vec<Address> = self
            .run
            .steps
            .iter()
            .filter(|(_, step)| step.free && !step.status.is_settled())
            .filter(|(_, step)| step.due.is_some() || step.opens.is_some())
            .map(|(address, _)| address.clone())
            .collect();
        for address in open {
            self.replan_one(&address, Moved::Due);
            self.replan_one(&address, Moved::Opens);
        }
    }

    fn replan_one(&mut self, address: &Address, what: Moved) {
        let (Some(node), Some(step)) = (self.node_at(address), self.step(address)) else {
            return;
        };
        let (attempt, status) = (step.attempt, step.status);
        let old = match what {
            Moved::Due => step.due.clone(),
            Moved::Opens if status == Status::CannotStartYet => step.opens.clone(),
            Moved::Opens => None,
        };
        let Some(old) = old.filter(|old| !old.by_hand) else {
            return;
        };
        let Some((new, why)) = self.moved(node, address, &old, what) else {
            return;
        };
        let stands = status == Status::CannotProgress;
        self.emit(Event::DeadlineMoved {
            step: address.clone(),
            attempt,
            what,
            old: old.date,
            new: if stands { standing(new) } else { new },
            why,
            reason: None,
        });
    }

    fn moved(
        &self,
        node: NodeId,
        address: &Address,
        old: &Deadline,
        what: Moved,
    ) -> Option<(Deadline, MoveCause)> {
        let new = match self.plan(node, address, what)? {
            Planned::Deadline(new) => new,
            // What it hung on will not come: it has no day any more.
            Planned::Never if old.date.is_some() && !old.is_budget() => {
                let mut never = old.clone().undated();
                if let DeadlineKind::HungOn { anchor, .. } = &mut never.kind {
                    *anchor = None;
                }
                return Some((never, MoveCause::Anchor));
            }
            Planned::Never => return None,
        };
        if is_moved(old, &new) {
            return Some((new, MoveCause::Anchor));
        }
        if old.is_budget() && old.calendar != new.calendar {
            return Some((self.in_calendar_of(old, new), MoveCause::Calendar));
        }
        None
    }

    /// Consumed is measured in the old calendar, the rest runs in the new.
    fn in_calendar_of(&self, old: &Deadline, new: Deadline) -> Deadline {
        let DeadlineKind::Budget {
            days,
            unit,
            consumed,
            since,
            anchor,
        } = old.kind.clone()
        else {
            return new;
        };
        let calendars = &self.facts.calendars;
        let today = self.today();
        let used = since.map_or(0, |since| {
            calendars.measure(&old.calendar, unit, since, today)
        });
        // A clock that starts on a later day has used nothing and starts then.
        let from = since.map(|since| since.max(today));
        let consumed = consumed + used;
        let left = days.saturating_sub(consumed);
        let kind = DeadlineKind::Budget {
            days,
            unit,
            consumed,
            since: from,
            anchor,
        };
        let moved = Deadline {
            kind,
            calendar: new.calendar,
            ..old.clone()
        };
        match from {
            // Used up already: late stays late.
            Some(_) if left == 0 => moved,
            Some(from) => {
                let found = calendars.shift(&moved.calendar, unit, from, left, Side::After);
                moved.counted(found)
            }
            None => moved.undated(),
        }
    }
}

/// A clock that stands still: nobody counts while it cannot progress.
fn standing(mut deadline: Deadline) -> Deadline {
    if let DeadlineKind::Budget { since, .. } = &mut deadline.kind {
        *since = None;
        return deadline.undated();
    }
    deadline
}
