//! Pause, postpone, resume, stop, reinstate: the clocks of a whole run.
//!
//! A hold stops every clock and keeps what is consumed; on resume each budget runs on. A date
//! that people agreed and that is past by then is asked anew, because a machine does not move
//! what people agreed.

use std::collections::BTreeSet;

use crate::core::definition::dates::{Anchor, StepRef};
use crate::core::definition::workflow::NodeId;
use crate::core::run::address::Address;
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::event::{Consumed, Event, HoldKind, Moved, Resumed, Text};
use crate::core::run::facts::Facts;
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{Run, RunStatus, Status};
use crate::core::time::{Date, say_date};

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
        for step in missed {
            let spare: Vec<Address> = self.run.steps.keys().cloned().collect();
            self.reopen(&step, &spare);
        }
        Ok(())
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
        let remaining = if runs { self.remaining() } else { Vec::new() };
        self.emit(Event::RunReinstated { reason, remaining });
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
            let both = [(Moved::Due, due), (Moved::Opens, step.opens.clone())];
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
        } = &mut next.kind
        {
            let left = days.saturating_sub(*consumed);
            *since = Some(today);
            if !next.by_hand {
                let side = crate::core::definition::dates::Side::After;
                let from = calendars.shift(&next.calendar, *unit, today, left, side);
                next.date = Some(from.max(today));
            }
        }
        match next.date {
            Some(date) if date < today && !next.by_hand => {
                let unit = next.kind.unit();
                next.date = Some(calendars.next(&next.calendar, unit, today));
                next.short_notice = true;
                next
            }
            _ => next,
        }
    }

    /// Complete steps whose agreed date is past while what hangs on it is not settled.
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
                    if self.is_missed(&agreed, &field) {
                        missed.insert(agreed);
                    }
                }
            }
        }
        missed.into_iter().collect()
    }

    /// The answers on which a node's dates hang, where a person gave them.
    fn hangs_on(&self, node: NodeId) -> Vec<(StepRef, String)> {
        let node = self.node(node);
        let rules = node.due.iter().chain(node.opens.iter());
        rules
            .flat_map(crate::core::definition::dates::DateRule::anchors)
            .filter_map(|anchor| match anchor {
                Anchor::Answer(step, field) => Some((step.clone(), field.clone())),
                _ => None,
            })
            .filter(|(step, _)| {
                self.node(step.node)
                    .task()
                    .is_some_and(|t| t.invite.is_some())
            })
            .collect()
    }

    fn is_missed(&self, agreed: &Address, field: &str) -> bool {
        let Some(step) = self.step(agreed).filter(|s| s.status == Status::Complete) else {
            return false;
        };
        let date = step
            .done
            .as_ref()
            .and_then(|done| done.answers.get(field))
            .and_then(serde_json::Value::as_str)
            .and_then(|text| text.parse::<Date>().ok());
        date.is_some_and(|date| date < self.today())
    }
}

impl Deadline {
    pub fn is_budget(&self) -> bool {
        matches!(self.kind, DeadlineKind::Budget { .. })
    }
}
