//! What calendars do to a run: term dates that change move open dates, and term dates that end
//! leave them without a day until somebody sets more.

use crate::core::calendar::Ended;
use crate::core::definition::dates::{DateRule, Side, Unit};
use crate::core::definition::workflow::{NodeId, Workflow};
use crate::core::run::address::Address;
use crate::core::run::deadline::{CalendarId, Deadline, DeadlineKind};
use crate::core::run::event::{Event, MoveCause, Moved};
use crate::core::run::facts::Facts;
use crate::core::run::refusal::{Code, Refusal};
use crate::core::run::state::{Run, Status};
use crate::core::time::{Date, say_date};

use super::planning::Planned;
use super::working::Working;

/// How a date was counted: so many days after or before another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub from: Date,
    pub days: u32,
    pub unit: Unit,
    pub side: Side,
    /// Days of the budget that were used up before `from`.
    pub consumed: u32,
}

/// How the due date (or the opening) of a step was counted. Nothing where no day is counted: set
/// by hand, hung on a date itself, or standing still.
pub fn counted(
    workflow: &Workflow,
    run: &Run,
    facts: &Facts,
    address: &Address,
    what: Moved,
) -> Option<Way> {
    let working = Working::new(workflow, run, facts);
    let (node, step) = (working.node_at(address)?, working.step(address)?);
    let (rule, deadline) = match what {
        Moved::Due => (working.node(node).due.as_ref(), step.due.as_ref()?),
        Moved::Opens => (working.node(node).opens.as_ref(), step.opens.as_ref()?),
    };
    if deadline.by_hand {
        return None;
    }
    match (&deadline.kind, rule) {
        (
            DeadlineKind::Budget {
                days,
                unit,
                consumed,
                since,
                ..
            },
            _,
        ) => Some(Way {
            from: (*since)?,
            days: days.saturating_sub(*consumed),
            unit: *unit,
            side: Side::After,
            consumed: *consumed,
        }),
        (DeadlineKind::HungOn { anchor, .. }, Some(DateRule::Offset(span, side, _))) => Some(Way {
            from: (*anchor)?,
            days: span.days,
            unit: span.unit,
            side: *side,
            consumed: 0,
        }),
        (DeadlineKind::HungOn { .. }, _) => None,
    }
}

impl Working<'_> {
    /// Every open date as it is by the calendars of today. The ledger stays: what is consumed was
    /// measured in its time. A date set by hand stays, and what is overdue stays overdue.
    pub fn count_anew(&mut self, because: &str) {
        let mut moved = Vec::new();
        for (address, step) in &self.run.steps {
            let Some(node) = self.node_at(address).filter(|_| step.free) else {
                continue;
            };
            let due = step.due.as_ref().filter(|_| step.status.is_ready());
            let opens = step.opens.as_ref();
            let opens = opens.filter(|_| step.status == Status::CannotStartYet);
            for (what, old) in [(Moved::Due, due), (Moved::Opens, opens)] {
                let counted = old.and_then(|old| self.counted_anew(node, address, old, what));
                if let (Some(old), Some(new)) = (old, counted) {
                    moved.push((address.clone(), step.attempt, what, old.date, new));
                }
            }
        }
        if moved.is_empty() {
            return;
        }
        let reason = self.seal_text(because);
        for (step, attempt, what, old, new) in moved {
            self.emit(Event::DeadlineMoved {
                step,
                attempt,
                what,
                old,
                new,
                why: MoveCause::TermDates,
                reason: Some(reason.clone()),
            });
        }
    }

    fn counted_anew(
        &self,
        node: NodeId,
        address: &Address,
        old: &Deadline,
        what: Moved,
    ) -> Option<Deadline> {
        if old.by_hand {
            return None;
        }
        let new = match &old.kind {
            DeadlineKind::Budget {
                days,
                unit,
                consumed,
                since: Some(since),
                ..
            } => {
                let left = days.saturating_sub(*consumed);
                let calendars = &self.facts.calendars;
                let found = calendars.shift(&old.calendar, *unit, *since, left, Side::After);
                old.clone().counted(found)
            }
            DeadlineKind::HungOn { .. } => match self.plan_as_said(node, address, what)? {
                Planned::Deadline(new) => new,
                Planned::Never => return None,
            },
            DeadlineKind::Budget { .. } => return None,
        };
        if (new.date, &new.ended) == (old.date, &old.ended) {
            return None;
        }
        let today = self.today();
        let late = |deadline: &Deadline| deadline.date.is_some_and(|date| date < today);
        if late(&new) && (late(old) || old.short_notice) {
            return None;
        }
        let moved = Deadline {
            short_notice: false,
            ..new
        };
        Some(match what {
            Moved::Due => self.with_grace(moved),
            Moved::Opens => moved,
        })
    }

    /// A project begins only where its first dates can be counted.
    pub fn check_reach(&self) -> Result<(), Refusal> {
        let open = self
            .run
            .steps
            .values()
            .filter(|step| step.status.is_ready());
        let mut ended = open.filter_map(|step| step.due.as_ref()?.ended.as_ref());
        match ended.next() {
            Some(ended) => Err(self.calendar_ends(ended)),
            None => Ok(()),
        }
    }

    pub fn calendar_ends(&self, ended: &Ended) -> Refusal {
        let whose = match &ended.calendar {
            CalendarId::School { urn } => {
                let school = self.facts.directory.schools.get(urn);
                school.map_or_else(|| format!("school {urn}"), |school| school.name.clone())
            }
            CalendarId::Alliance | CalendarId::Both { .. } => "the alliance".to_owned(),
        };
        let day = say_date(ended.day);
        let reason = format!(
            "The calendar of {whose} says nothing of {day}, so the date cannot be counted. Set \
             its term dates first (alongside import calendar)."
        );
        Refusal::new(Code::CalendarEnds, reason)
    }
}
