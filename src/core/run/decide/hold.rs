//! Pause, postpone, resume, stop, reinstate: the clocks of a whole run.
//!
//! A hold stops every clock and keeps what is consumed; on resume each budget runs on. A date
//! that people agreed and that is past by then is asked anew, because a machine does not move
//! what people agreed.

use std::collections::BTreeSet;

use crate::core::definition::dates::{Anchor, DateRule, StepRef};
use crate::core::definition::workflow::NodeId;
use crate::core::run::address::Address;
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::event::{Consumed, Event, HoldKind, Moved, Resumed, Text};
use crate::core::run::facts::Facts;
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{Run, RunStatus, Status};
use crate::core::run::undo::{UNDO_SECONDS, is_visit_near};
use crate::core::time::{Date, Instant, say_date, say_moment};

use super::working::Working;

/// What a resume would do, before anything happens.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    pub remaining: Vec<Resumed>,
    /// Agreed dates that have passed: these steps are asked again.
    pub asked_again: Vec<Address>,
}

/// The moved dates of a resume today.
pub fn preview_resume(
    workflow: &crate::core::definition::workflow::Workflow,
    run: &Run,
    facts: &Facts,
) -> Preview {
    let working = Working::new(workflow, run, facts);
    Preview {
        remaining: working.remaining(),
        asked_again: working.missed_dates(),
    }
}

impl Working<'_> {
    pub fn pause(&mut self, until: Option<Date>, reason: &str) -> Result<(), Verdict> {
        if let Some(until) = until.filter(|until| *until <= self.today()) {
            let reason = format!("{} is not ahead. Postpone to a later day.", say_date(until));
            return Err(Refusal::new(Code::WrongDate, reason).into());
        }
        let reason = self.reason(reason)?;
        let hold = if until.is_some() {
            HoldKind::Postpone
        } else {
            HoldKind::Pause
        };
        if self.run.status == RunStatus::Paused {
            self.emit(Event::RunHoldChanged {
                hold,
                until,
                reason,
            });
            return Ok(());
        }
        let consumed = self.all_consumed();
        self.emit(Event::RunPaused {
            hold,
            until,
            reason,
            consumed,
        });
        Ok(())
    }

    pub fn resume(&mut self) -> Result<(), Verdict> {
        let hold = self
            .run
            .hold
            .as_ref()
            .map_or(HoldKind::Pause, |hold| hold.kind);
        let (remaining, missed) = (self.remaining(), self.missed_dates());
        self.emit(Event::RunResumed { hold, remaining });
        self.ask_dates_again(&missed);
        Ok(())
    }

    /// Takes back the last entry, if it was a hold or a resume of these ten minutes.
    pub fn undo(&mut self) -> Result<(), Verdict> {
        let instead = match self.run.status {
            RunStatus::Paused => "Resume it instead",
            _ => "Pause or postpone it instead",
        };
        let reference = &self.run.reference;
        let Some(undo) = self.run.can_undo() else {
            let reason = format!(
                "The last thing that happened to {reference} is no pause, postponement or resume, \
                 so there is nothing to take back. {instead}."
            );
            return Err(Refusal::new(Code::TooLate, reason).into());
        };
        if self.facts.now > undo.at.plus_seconds(UNDO_SECONDS) {
            let reason = format!(
                "More than ten minutes have passed since {}, and the mails about it are on their \
                 way. {instead}.",
                say_moment(undo.at)
            );
            return Err(Refusal::new(Code::TooLate, reason).into());
        }
        let (what, day) = (undo.what, undo.at.date());
        let told = is_visit_near(&self.run, day, self.facts);
        self.emit(Event::RunUndone { what, told });
        Ok(())
    }

    /// A machine does not move what people agreed: they are asked again, with their old answers.
    fn ask_dates_again(&mut self, missed: &[Address]) {
        let spare: Vec<Address> = self.run.steps.keys().cloned().collect();
        for step in missed {
            self.reopen(step, &spare);
        }
    }

    pub fn stop_by_command(&mut self, reason: &str) -> Result<(), Verdict> {
        let reason = self.reason(reason)?;
        self.stop("stopped", Some(reason));
        Ok(())
    }

    pub fn stop(&mut self, words: &str, reason: Option<Text>) {
        let consumed = self.all_consumed();
        self.emit(Event::RunStopped {
            words: words.to_owned(),
            reason,
            consumed,
        });
    }

    /// Back to what it was; the time between counts as a pause.
    pub fn reinstate(&mut self, reason: &str) -> Result<(), Verdict> {
        let reason = self.reason(reason)?;
        let was = self.run.stopped.as_ref().map(|stopped| stopped.was);
        let runs = was == Some(RunStatus::InProgress);
        let (remaining, missed) = if runs {
            (self.remaining(), self.missed_dates())
        } else {
            (Vec::new(), Vec::new())
        };
        self.emit(Event::RunReinstated { reason, remaining });
        self.ask_dates_again(&missed);
        Ok(())
    }

    /// Days consumed of every budget that runs.
    fn all_consumed(&self) -> Vec<Consumed> {
        let open = self
            .run
            .steps
            .iter()
            .filter(|(_, step)| !step.status.is_settled());
        open.flat_map(|(address, _)| {
            [Moved::Due, Moved::Opens].into_iter().filter_map(|what| {
                let consumed = self.consumed(address, what)?;
                Some(Consumed {
                    step: address.clone(),
                    what,
                    consumed,
                })
            })
        })
        .collect()
    }

    /// Days consumed of one budget until today; none where nothing is consumed.
    pub fn consumed(&self, address: &Address, what: Moved) -> Option<u32> {
        let step = self.step(address)?;
        let deadline = match what {
            Moved::Due => step.due.as_ref()?,
            Moved::Opens => step.opens.as_ref()?,
        };
        let DeadlineKind::Budget {
            unit,
            consumed,
            since,
            ..
        } = &deadline.kind
        else {
            return None;
        };
        let calendars = &self.facts.calendars;
        let running = since.map_or(0, |since| {
            calendars.measure(&deadline.calendar, *unit, since, self.today())
        });
        Some(consumed + running)
    }

    /// Every open deadline as it runs on from today.
    fn remaining(&self) -> Vec<Resumed> {
        let open = self
            .run
            .steps
            .iter()
            .filter(|(_, step)| !step.status.is_settled());
        open.flat_map(|(address, step)| {
            let due = step
                .due
                .clone()
                .filter(|_| step.status != Status::CannotProgress);
            let opens = step
                .opens
                .clone()
                .filter(|_| step.status == Status::CannotStartYet);
            let both = [(Moved::Due, due), (Moved::Opens, opens)];
            both.into_iter().filter_map(|(what, deadline)| {
                let deadline = self.run_on(deadline?);
                Some(Resumed {
                    step: address.clone(),
                    what,
                    deadline,
                })
            })
        })
        .collect()
    }

    /// A deadline that stood still runs on: what is left counts from today.
    pub fn run_on(&self, deadline: Deadline) -> Deadline {
        let today = self.today();
        let calendars = &self.facts.calendars;
        let mut next = deadline;
        if let DeadlineKind::Budget {
            days,
            unit,
            consumed,
            since,
            ..
        } = &mut next.kind
        {
            let left = days.checked_sub(*consumed);
            let (unit, side) = (*unit, crate::core::definition::dates::Side::After);
            *since = Some(today);
            let is_today = || calendars.counts(&next.calendar, unit, today);
            let found = match left {
                Some(left) if left > 0 || is_today() => {
                    calendars.shift(&next.calendar, unit, today, left, side)
                }
                // Nothing is left, and today is past or is no such day.
                _ => {
                    next.short_notice = true;
                    calendars.next(&next.calendar, unit, today)
                }
            };
            next = next.counted(found);
        }
        self.with_grace(next)
    }

    /// Complete steps whose agreed date fell into the standstill while what hangs on it is not
    /// settled.
    fn missed_dates(&self) -> Vec<Address> {
        let mut missed = BTreeSet::new();
        for node in 0..self.workflow.nodes.len() {
            for (anchor, field) in self.hangs_on(node) {
                for place in places::places(self.workflow, &self.run, node) {
                    if self.run.is_settled(&place) {
                        continue;
                    }
                    let Ok(agreed) = self.refer(&anchor, &place) else {
                        continue;
                    };
                    if self.is_missed(&agreed, &field, &place) {
                        missed.insert(agreed);
                    }
                }
            }
        }
        missed.into_iter().collect()
    }

    /// Tasks and the fields of their answers on which a node hangs: by its own dates, or because
    /// it comes after something to which people were invited.
    fn hangs_on(&self, node: NodeId) -> Vec<(StepRef, String)> {
        let rules = self
            .node(node)
            .due
            .iter()
            .chain(self.node(node).opens.iter());
        let anchors = rules
            .flat_map(DateRule::anchors)
            .filter_map(|anchor| match anchor {
                Anchor::Answer(step, field) => Some((step.clone(), field.clone())),
                _ => None,
            });
        let invited = self.node(node).needs.iter().filter_map(|need| {
            let invite = self.node(*need).task()?.invite.as_ref()?;
            let step = StepRef {
                node: *need,
                pick: None,
            };
            let field = self.workflow.invites.get(invite)?.fields.get("date")?;
            Some((step, field.clone()))
        });
        anchors
            .chain(invited)
            .filter(|(step, _)| self.node(step.node).task().is_some())
            .collect()
    }

    /// The day came while all stood still. What was ready for it before then has seen it.
    fn is_missed(&self, agreed: &Address, field: &str, hanging: &Address) -> bool {
        let Some(step) = self.step(agreed).filter(|s| s.status == Status::Complete) else {
            return false;
        };
        let answers = step.done.as_ref().map(|done| &done.answers);
        let date = answers
            .and_then(|answers| answers.get(field))
            .and_then(serde_json::Value::as_str)
            .and_then(|text| text.parse::<Date>().ok());
        let held = self.run.hold.as_ref().map(|hold| hold.since);
        let since = held.or(self.run.stopped.as_ref().map(|stopped| stopped.at));
        let (Some(date), Some(since)) = (date, since.map(Instant::date)) else {
            return false;
        };
        let begun = self.step(hanging).is_some_and(|it| it.status.is_ready());
        date < self.today() && (date > since || date == since && !begun)
    }
}
