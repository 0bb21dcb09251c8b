//! Reopening: our own work is redone, what the outside has said or done stays.
//!
//! "Downstream" is what stands on the step, directly, through others or through a door. Settled
//! tasks and engine steps downstream are made again; ready ones wait again with their drafts;
//! answered waits, started children and settled passes stay as they are.

use std::collections::BTreeSet;

use crate::core::definition::workflow::Several;
use crate::core::run::address::{Address, Key};
use crate::core::run::event::{Event, StepKind};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{Status, Step};

use super::working::Working;

/// What becomes of one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Again,
    WaitAgain,
    Spared,
}

impl Working<'_> {
    pub fn reopen_by_command(
        &mut self,
        address: &Address,
        reason: &str,
        spare: &[Address],
    ) -> Result<(), Verdict> {
        let text = self.reason(reason)?;
        let title = self.title(address);
        let Some(step) = self.step(address) else {
            return Ok(());
        };
        if !step.status.is_settled() {
            let reason = format!("{title} is not settled, so it cannot be reopened.");
            return Err(Refusal::new(Code::CannotReopen, reason).into());
        }
        if !self.acting.coordinator && !self.may_take_back(address) {
            let reason = format!(
                "{title} can be taken back only by the person who completed it, until something \
                 that stands on it is complete. Ask the coordinator."
            );
            return Err(Refusal::new(Code::CannotReopen, reason).into());
        }
        self.reopen(address, spare);
        self.emit(Event::NoteAdded { text });
        Ok(())
    }

    /// A doer may take back their own completion until something standing on it was completed.
    fn may_take_back(&self, address: &Address) -> bool {
        let own = self.step(address).and_then(|step| step.done.as_ref());
        own.is_some_and(|done| done.by.is_some() && done.by == self.acting.doer())
            && !self.has_settled_work_on(address)
    }

    pub fn has_settled_work_on(&self, address: &Address) -> bool {
        self.downstream(address).iter().any(|place| {
            self.step(place).is_some_and(|step| {
                step.status == Status::Complete
                    && matches!(step.kind, StepKind::Task | StepKind::Engine)
            })
        })
    }

    /// Reopens a step or a whole group; `spare` names settled places that stay.
    pub fn reopen(&mut self, target: &Address, spare: &[Address]) {
        let mut rows: Vec<(Address, Row, bool)> = Vec::new();
        for place in self.targets(target) {
            rows.push((place, Row::Again, true));
        }
        for place in self.downstream(target) {
            if place.is_within(target) {
                continue;
            }
            if let Some(row) = self.row(&place, target, spare) {
                rows.push((place, row, false));
            }
        }
        self.reset(rows, false);
    }

    /// A settled step itself; of a group, everything settled in it.
    fn targets(&self, target: &Address) -> Vec<Address> {
        let inside =
            self.run.steps.iter().filter(|(at, step)| {
                at.is_within(target) && (*at == target || self.is_own_work(step))
            });
        inside
            .filter(|(_, step)| step.status.is_settled())
            .map(|(at, _)| at.clone())
            .collect()
    }

    fn is_own_work(&self, step: &Step) -> bool {
        matches!(step.kind, StepKind::Task | StepKind::Engine)
    }

    /// All places that stand on a place, in text order.
    pub fn downstream(&self, target: &Address) -> Vec<Address> {
        let Some(target_node) = self.node_at(target) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for node in 0..self.workflow.nodes.len() {
            if !self.stands_on_part_of(node, target_node) {
                continue;
            }
            for place in places::places(self.workflow, &self.run, node) {
                let sees = self.workflow.stands_on[node].iter().any(|on| {
                    (self.workflow.is_within(target_node, *on)
                        || self.workflow.is_within(*on, target_node))
                        && places::seen_from(self.workflow, &self.run, *on, &place)
                            .iter()
                            .any(|seen| target.is_within(seen) || seen.is_within(target))
                });
                if sees && place != *target {
                    found.push(place);
                }
            }
        }
        found
    }

    fn stands_on_part_of(&self, node: usize, target: usize) -> bool {
        self.workflow.stands_on[node]
            .iter()
            .any(|on| self.workflow.is_within(target, *on) || self.workflow.is_within(*on, target))
    }

    fn row(&self, place: &Address, target: &Address, spare: &[Address]) -> Option<Row> {
        let step = self.step(place)?;
        if self.in_settled_pass(place, target) {
            return None;
        }
        let begun = step.free || step.status.is_settled();
        match (step.kind, step.status.is_settled()) {
            (StepKind::Instance, _) => None,
            (StepKind::Wait | StepKind::Start, true) => {
                (step.status == Status::Complete).then_some(Row::Spared)
            }
            (StepKind::Group, true) if self.is_several(place) => None,
            (_, true) if spare.contains(place) => Some(Row::Spared),
            (_, true) => Some(Row::Again),
            (StepKind::Group, false) if self.is_several(place) && step.status.is_ready() => None,
            (_, false) => begun.then_some(Row::WaitAgain),
        }
    }

    fn is_several(&self, place: &Address) -> bool {
        self.node_at(place)
            .is_some_and(|node| self.node(node).several.is_some())
    }

    /// A settled pass keeps its answers, unless the step that is reopened lies in it.
    fn in_settled_pass(&self, place: &Address, target: &Address) -> bool {
        std::iter::successors(Some(place.clone()), Address::parent)
            .filter(|around| matches!(around.key(), Some(Key::Pass(_))))
            .any(|pass| self.run.is_settled(&pass) && !target.is_within(&pass))
    }

    fn reset(&mut self, rows: Vec<(Address, Row, bool)>, empty: bool) {
        let mut emptied = BTreeSet::new();
        for (step, row, target) in rows {
            let attempt = self.attempt(&step);
            match row {
                Row::Spared => self.emit(Event::StepSpared { step, attempt }),
                Row::WaitAgain => self.emit(Event::StepReset {
                    step,
                    attempt,
                    target,
                    again: false,
                    empty: false,
                }),
                Row::Again => {
                    if let Some(node) = self.node_at(&step) {
                        emptied.extend(self.node(node).appoints().iter().cloned());
                    }
                    let attempt = attempt + 1;
                    self.emit(Event::StepReset {
                        step,
                        attempt,
                        target,
                        again: true,
                        empty,
                    });
                }
            }
        }
        for role in emptied {
            let people = self.run.people.get(&role).cloned().unwrap_or_default();
            for held in people {
                self.emit(Event::RoleVacated {
                    role: role.clone(),
                    person: held.person,
                });
            }
        }
    }

    /// Somebody else is in a role: the begun steps about it are made again, with empty drafts.
    pub fn make_again_about(&mut self, role: &str) {
        let about = |node: usize| self.node(node).about.as_deref() == Some(role);
        let mut again = Vec::new();
        for node in (0..self.workflow.nodes.len()).filter(|node| about(*node)) {
            if matches!(self.node(node).several, Some(Several::EachPerson(_))) {
                continue;
            }
            for place in places::places(self.workflow, &self.run, node) {
                let begun = self.step(&place).is_some_and(|step| {
                    self.is_own_work(step)
                        && (step.status == Status::Complete || step.status.is_ready())
                });
                if begun {
                    again.push(place);
                }
            }
        }
        let waiting: Vec<Address> = again
            .iter()
            .flat_map(|place| self.downstream(place))
            .filter(|place| !again.contains(place))
            .filter(|place| {
                self.step(place).is_some_and(|s| {
                    s.free
                        && !s.status.is_settled()
                        && !matches!(s.kind, StepKind::Group | StepKind::Instance)
                })
            })
            .collect();
        let mut rows: Vec<_> = again
            .into_iter()
            .map(|place| (place, Row::Again, true))
            .collect();
        self.reset(std::mem::take(&mut rows), true);
        let mut seen = BTreeSet::new();
        let rows = waiting
            .into_iter()
            .filter(|place| seen.insert(place.clone()));
        let rows = rows.map(|place| (place, Row::WaitAgain, false)).collect();
        self.reset(rows, false);
    }
}
