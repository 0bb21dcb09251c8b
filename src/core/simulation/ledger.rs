//! What became of each step of a simulation: since when it was asked, by when, and when it was done.
//!
//! Kept after every entry, because a later attempt takes the due date of the one before with it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::core::calendar::Calendars;
use crate::core::definition::dates::Unit;
use crate::core::definition::workflow::Workflow;
use crate::core::directory::Directory;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::deadline::CalendarId;
use crate::core::run::doers;
use crate::core::run::event::{Cause, How, StepKind};
use crate::core::run::places;
use crate::core::run::state::{Done, Run, Status, Step};
use crate::core::time::{Date, Instant};

/// How an attempt at a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Done,
    /// By its ladder: nobody answered.
    Lapsed,
    NotRequired,
    /// Not within the time that was simulated.
    Open,
    NotReached,
}

/// One attempt at one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub step: Address,
    pub attempt: u32,
    pub title: String,
    /// The name of the role; `engine` for what the engine does, none for what is waited for.
    pub role: Option<String>,
    pub who: Option<PersonId>,
    pub ready: Option<Instant>,
    pub due: Option<Date>,
    /// When it was settled, in whatever way.
    pub done: Option<Instant>,
    pub ended: Ended,
    pub outcome: Option<String>,
    /// By so many school days it was done after its due day.
    pub late: Option<u32>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    lines: BTreeMap<(Address, u32), Line>,
}

/// With what a ledger is kept.
#[derive(Clone, Copy)]
pub(super) struct Books<'a> {
    pub workflow: &'a Workflow,
    pub directory: &'a Directory,
    pub calendars: &'a Calendars,
}

impl Ledger {
    /// Looks at all steps as they stand now.
    pub fn keep(&mut self, books: Books<'_>, run: &Run, now: Instant) {
        for (address, step) in &run.steps {
            if matches!(step.kind, StepKind::Group | StepKind::Instance) {
                continue;
            }
            let begun = step.status.is_ready() || step.status.is_settled();
            let key = (address.clone(), step.attempt);
            let known = self.lines.get(&key);
            if !begun || known.is_some_and(|line| line.done.is_some()) {
                continue;
            }
            let line = books.line(run, address, step, now);
            self.lines.insert(key, line);
        }
    }

    /// All lines in the order in which they were asked; what was never reached comes last.
    pub fn close(mut self, books: Books<'_>, run: &Run, now: Instant) -> Vec<Line> {
        for (address, step) in &run.steps {
            let groups = matches!(step.kind, StepKind::Group | StepKind::Instance);
            let key = (address.clone(), step.attempt);
            if !groups && !self.lines.contains_key(&key) {
                let line = books.line(run, address, step, now);
                self.lines.insert(key, line);
            }
        }
        let mut lines: Vec<Line> = self.lines.into_values().collect();
        lines.sort_by_key(|line| {
            let node = books.workflow.node_of(&line.step);
            let begun = line.ready.or(line.done);
            (begun.is_none(), begun, node, line.step.clone())
        });
        lines
    }
}

impl Books<'_> {
    fn line(self, run: &Run, address: &Address, step: &Step, now: Instant) -> Line {
        let node = self.workflow.node_of(address);
        let role = node.and_then(|node| self.workflow.node(node).role());
        let engine = step.kind == StepKind::Engine;
        let due = step.due.as_ref().and_then(|due| due.date);
        let done = step.done.as_ref().filter(|_| step.status.is_settled());
        let lapsed =
            |done: &&Done| done.how == Some(How::Ladder) || done.cause == Some(Cause::Lapsed);
        let ended = match step.status {
            _ if done.as_ref().is_some_and(lapsed) => Ended::Lapsed,
            Status::Complete => Ended::Done,
            Status::NotRequired => Ended::NotRequired,
            Status::CannotStartYet => Ended::NotReached,
            Status::NotStarted | Status::InProgress | Status::CannotProgress => Ended::Open,
        };
        let asked = doers::doers(self.workflow, run, self.directory, address, now.date());
        let by = done.and_then(|done| done.by);
        let settled = done.map(|done| done.at);
        let calendar = step.due.as_ref().map(|due| &due.calendar);
        let finished = matches!(ended, Ended::Done).then_some(settled).flatten();
        Line {
            step: address.clone(),
            attempt: step.attempt,
            title: places::title(self.workflow, address),
            role: role
                .map(str::to_owned)
                .or(engine.then(|| "engine".to_owned())),
            who: by.or_else(|| asked.first().map(|doer| doer.person)),
            ready: step.ready_at,
            due,
            done: settled,
            ended,
            outcome: done.and_then(|done| done.outcome.clone()),
            late: self.late(calendar, due, finished),
        }
    }

    fn late(
        self,
        calendar: Option<&CalendarId>,
        due: Option<Date>,
        done: Option<Instant>,
    ) -> Option<u32> {
        let (due, done) = (due?, done?.date());
        let days = self
            .calendars
            .measure(calendar?, Unit::SchoolDays, due, done);
        (done > due).then_some(days)
    }
}
