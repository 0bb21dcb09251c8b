//! The ladder: which reminders of a step are still to come, and what one does when its moment has.
//!
//! Moments are projections: they are counted anew from the due date (or the date that a rung names)
//! whenever anybody asks. What has happened is the event `rung.fired`, once per attempt and date, so
//! that a date which moves later arms its rungs again.

use crate::core::definition::dates::{RungMoment, Side, Unit};
use crate::core::definition::workflow::{NodeId, Rung, Then, Workflow};
use crate::core::run::address::Address;
use crate::core::run::command::TimerKey;
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::effect::Effect;
use crate::core::run::event::{Cause, Event, How, StepKind};
use crate::core::run::facts::Facts;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{Run, RunStatus, Status, Step};
use crate::core::time::{Date, Instant, early_morning};

use super::planning::Known;
use super::timers::overtaken;
use super::working::Working;

/// A rung that has not fired for the date on which it hangs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Armed<'w> {
    pub name: &'w str,
    pub rung: &'w Rung,
    /// The due date, or the date that the rung names.
    pub hangs_on: Date,
    pub day: Date,
}

impl Armed<'_> {
    /// Early on its day, so that all that come up for somebody can leave together.
    pub fn at(&self) -> Instant {
        early_morning(self.day)
    }
}

/// The rungs of one step that are still to come, soonest first.
pub fn rungs_ahead<'w>(
    workflow: &'w Workflow,
    run: &'w Run,
    facts: &'w Facts,
    step: &Address,
) -> Vec<Armed<'w>> {
    Working::new(workflow, run, facts).armed(step)
}

/// The next moment of every step that has one.
pub(in crate::core::run) fn next_rungs(
    workflow: &Workflow,
    run: &Run,
    facts: &Facts,
) -> Vec<(TimerKey, Instant)> {
    let working = Working::new(workflow, run, facts);
    let steps = working.run.steps.iter();
    let next = steps.filter_map(|(address, step)| {
        let armed = working.armed(address).into_iter().next()?;
        let key = TimerKey::Rung {
            step: address.clone(),
            attempt: step.attempt,
            rung: armed.name.to_owned(),
            date: armed.hangs_on,
        };
        Some((key, armed.at()))
    });
    next.collect()
}

impl<'a> Working<'a> {
    fn armed(&self, address: &Address) -> Vec<Armed<'a>> {
        let asked = self.step(address).filter(|step| {
            matches!(step.kind, StepKind::Task | StepKind::Wait)
                && step.free
                && !step.status.is_settled()
                && step.status != Status::CannotProgress
        });
        let Some((step, node)) = asked.and_then(|step| Some((step, self.node_at(address)?))) else {
            return Vec::new();
        };
        let Some(ladder) = self.workflow.ladder_of(self.node(node)) else {
            return Vec::new();
        };
        let moments = ladder.iter().filter_map(|(name, rung)| {
            let (hangs_on, day) = self.moment(node, address, step, &rung.at)?;
            let armed = Armed {
                name,
                rung,
                hangs_on,
                day,
            };
            Some((armed, step.has_fired(name, hangs_on)))
        });
        let moments: Vec<(Armed<'a>, bool)> = moments.collect();
        let stops = |(it, fired): &(Armed<'a>, bool)| *fired && it.rung.then == Some(Then::Stop);
        let stopped = moments.iter().any(stops);
        let armed = moments.into_iter().filter(|(_, fired)| !fired);
        let mut armed: Vec<Armed<'a>> = armed
            .map(|(it, _)| it)
            .filter(|it| !stopped || !it.rung.is_mail_to_the_doer())
            .collect();
        armed.sort_by_key(|it| it.day);
        armed
    }

    /// The date on which a rung hangs, and its day.
    fn moment(
        &self,
        node: NodeId,
        address: &Address,
        step: &Step,
        at: &RungMoment,
    ) -> Option<(Date, Date)> {
        let calendars = &self.facts.calendars;
        if let RungMoment::From(span, side, anchor) = at {
            let Known::At(date) = self.anchor(anchor, address) else {
                return None;
            };
            let calendar = self.calendar(node, address, span.both);
            let day = calendars.shift(&calendar, span.unit, date, span.days, *side);
            return Some((date, day.ok()?));
        }
        let due = step.due.as_ref().filter(|_| step.status.is_ready())?;
        let date = due.date?;
        let RungMoment::FromDue(span, side) = at else {
            return Some((date, date));
        };
        let calendar = if span.both {
            self.calendar(node, address, true)
        } else {
            due.calendar.clone()
        };
        let day = calendars.shift(&calendar, span.unit, date, span.days, *side);
        let day = day.ok()?;
        Some(match side {
            Side::After => (date, day),
            Side::Before => (date, day.max(self.half_used(step, due, date)?).min(date)),
        })
    }

    /// The day by which half of the time from ready to due is used up: nobody is nudged before.
    fn half_used(&self, step: &Step, due: &Deadline, date: Date) -> Option<Date> {
        let (unit, consumed, since) = match &due.kind {
            DeadlineKind::Budget {
                unit,
                consumed,
                since,
                ..
            } => (*unit, *consumed, (*since)?),
            DeadlineKind::HungOn { unit, .. } => (*unit, 0, step.ready_at?.date()),
        };
        let calendars = &self.facts.calendars;
        let half = calendars.half_way(&due.calendar, unit, (since, consumed), date);
        half.ok()
    }

    /// Fires the rung that was planned, and all others of the step whose moment has come: passed
    /// together, only the last of them mails, but each does what else it says.
    pub fn fire_rungs(
        &mut self,
        address: &Address,
        attempt: u32,
        (planned, date): (&str, Date),
    ) -> Result<(), Verdict> {
        let now = self.facts.now;
        let goes_on = self.run.status == RunStatus::InProgress && self.attempt(address) == attempt;
        let mut due = self.armed(address);
        due.retain(|it| goes_on && it.at() <= now);
        let is_planned = |it: &Armed<'_>| it.name == planned && it.hangs_on == date;
        if !due.iter().any(is_planned) {
            return Err(overtaken());
        }
        if let Some(held) = due
            .iter()
            .position(|it| !self.may_act(address, it.rung.then.as_ref()))
        {
            due.truncate(held);
        }
        let last = due.iter().rposition(|it| it.rung.send.is_some());
        if due.is_empty() {
            return Err(self.not_asked_yet(address));
        }
        for (place, armed) in due.iter().enumerate() {
            self.emit(Event::RungFired {
                step: address.clone(),
                attempt,
                rung: armed.name.to_owned(),
                date: armed.hangs_on,
                passed_over: armed.rung.send.is_some() && last != Some(place),
            });
            self.lapse(address, armed.rung.then.as_ref())?;
            if self.run.is_settled(address) || self.run.status != RunStatus::InProgress {
                break;
            }
        }
        Ok(())
    }

    /// Nobody lapses unasked: a mail of this attempt went out at least one school day before.
    fn may_act(&self, address: &Address, then: Option<&Then>) -> bool {
        let (Some(then), Some(node)) = (then, self.node_at(address)) else {
            return true;
        };
        if *then == Then::Stop {
            return true;
        }
        let due = self.step(address).and_then(|step| step.due.as_ref());
        let calendar = due.map_or_else(
            || self.calendar(node, address, false),
            |due| due.calendar.clone(),
        );
        let calendars = &self.facts.calendars;
        let since = |day: Date| calendars.measure(&calendar, Unit::SchoolDays, day, self.today());
        let ready = self.step(address).is_some_and(|it| it.status.is_ready());
        let asked = self.facts.asked.is_some_and(|day| since(day) >= 1);
        let fits = match then {
            Then::Outcome(name) => self.check_bounds(node, address, name).is_ok(),
            Then::Skip | Then::Stop => true,
        };
        ready && asked && fits
    }

    fn lapse(&mut self, address: &Address, then: Option<&Then>) -> Result<(), Verdict> {
        match (then, self.node_at(address)) {
            (Some(Then::Skip), _) => {
                self.close_all(address, &Cause::Lapsed, None);
                Ok(())
            }
            (Some(Then::Outcome(name)), Some(node)) => {
                self.emit(Event::StepCompleted {
                    step: address.clone(),
                    attempt: self.attempt(address),
                    how: How::Ladder,
                    by: None,
                    actor: None,
                    role: None,
                    answers: serde_json::Map::new(),
                    outcome: Some(name.clone()),
                    reason: None,
                });
                self.effects.push(Effect::DropDraft {
                    step: address.clone(),
                });
                self.after_completion(node, address, Some(name), Vec::new())
            }
            _ => Ok(()),
        }
    }

    fn not_asked_yet(&self, address: &Address) -> Verdict {
        let reason = format!(
            "{} does not end by itself yet: no mail about it was sent at least one school day ago.",
            self.title(address)
        );
        Refusal::new(Code::NotAsked, reason).into()
    }
}

impl Step {
    /// Whether a rung has fired for this date, or for a later one.
    pub fn has_fired(&self, rung: &str, date: Date) -> bool {
        let fired = |it: &crate::core::run::state::Fired| it.rung == rung && it.date >= date;
        self.fired.iter().any(fired)
    }
}

impl Rung {
    /// It does nothing but write to whoever has the step.
    fn is_mail_to_the_doer(&self) -> bool {
        self.send.is_some() && self.to.is_empty() && self.task.is_none() && self.then.is_none()
    }
}
