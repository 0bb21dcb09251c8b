//! Reopening: our own work is redone, what the outside has said or done stays.
//!
//! "Downstream" is what stands on the step, directly, through others or through a door. Settled
//! tasks and engine steps downstream are made again; ready ones wait again with their drafts;
//! answered waits, started children and settled passes stay as they are.

use std::collections::BTreeSet;

use crate::core::definition::workflow::{NodeId, Several};
use crate::core::names::PersonId;
use crate::core::run::address::{Address, Key};
use crate::core::run::effect::Effect;
use crate::core::run::event::{Cause, Event, StepKind};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{Done, Status, Step};

use super::settle::next_pass;
use super::working::Working;

/// What becomes of one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Again,
    WaitAgain,
    Spared,
}

/// What stands on a place, as far as it is known: the places, and their nodes, which are cheaper to ask.
#[derive(Default)]
struct Found {
    nodes: BTreeSet<NodeId>,
    places: BTreeSet<Address>,
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
        if let Some(reason) = self.kept_away_by_condition(address) {
            return Err(Refusal::new(Code::CannotReopen, reason).into());
        }
        if let Some(unknown) = spare.iter().find(|at| self.step(at).is_none()) {
            return Err(self.unknown_step(unknown).into());
        }
        if self.is_repeat(address) {
            self.check_room(address)?;
        }
        let attempt = self.attempt(address);
        self.emit(Event::StepReopened {
            step: address.clone(),
            attempt,
            reason: text,
        });
        self.reopen(address, spare);
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
                    && !matches!(step.kind, StepKind::Group | StepKind::Instance)
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
        // Passes that were held stay as they are: of a repeat group one more is asked for.
        if self.is_repeat(target)
            && let Some(node) = self.node_at(target)
        {
            let passes: Vec<Address> = places::instances_of(&self.run, target).cloned().collect();
            self.open_pass(node, target, next_pass(&passes), None);
        }
    }

    /// A group that repeats, as a whole.
    pub fn is_repeat(&self, place: &Address) -> bool {
        place.key().is_none()
            && self
                .node_at(place)
                .is_some_and(|node| matches!(self.node(node).several, Some(Several::Repeat { .. })))
    }

    /// A settled step itself; of a group, everything of our own that is settled in it.
    fn targets(&self, target: &Address) -> Vec<Address> {
        if self.is_repeat(target) {
            return Vec::new();
        }
        let inside = self.run.steps.iter().filter(|(at, step)| {
            let closed = step.status == Status::NotRequired && !self.is_several(at);
            at.is_within(target)
                && step.status.is_settled()
                && (*at == target || self.is_own_work(step) || closed)
                && (*at == target || !self.stays(at, step, target))
        });
        inside.map(|(at, _)| at.clone()).collect()
    }

    fn is_own_work(&self, step: &Step) -> bool {
        matches!(step.kind, StepKind::Task | StepKind::Engine)
    }

    /// What lies in a settled pass, or belongs to somebody who left, is not touched.
    fn stays(&self, place: &Address, step: &Step, target: &Address) -> bool {
        let left = |step: &Step| {
            let cause = step.done.as_ref().and_then(|done| done.cause.as_ref());
            step.status.is_settled() && cause == Some(&Cause::Left)
        };
        left(step) || self.run.steps_around(place).any(left) || self.in_settled_pass(place, target)
    }

    /// All places that stand on a place, in text order: those that see it, and those that see
    /// one that does. (A sheet sees only its own reviewer, but stands on the briefing of all.)
    pub fn downstream(&self, target: &Address) -> Vec<Address> {
        let mut open: Vec<(NodeId, Address)> = self
            .run
            .steps
            .keys()
            .filter(|place| *place != target)
            .filter_map(|place| Some((self.node_at(place)?, place.clone())))
            .collect();
        open.sort_by_key(|(node, _)| *node);
        let about = self.node_at(target);
        let mut found = Found::default();
        let mut order = Vec::new();
        loop {
            let before = order.len();
            open.retain(|(node, place)| {
                let sees = self.sees(*node, place, (about, target), &found);
                if sees {
                    found.nodes.insert(*node);
                    found.places.insert(place.clone());
                    order.push((*node, place.clone()));
                }
                !sees
            });
            if order.len() == before {
                order.sort_by_key(|(node, _)| *node);
                return order.into_iter().map(|(_, place)| place).collect();
            }
        }
    }

    fn sees(
        &self,
        node: NodeId,
        place: &Address,
        (about, target): (Option<NodeId>, &Address),
        found: &Found,
    ) -> bool {
        let concerns = |on: NodeId| {
            let near =
                |about| self.workflow.is_within(about, on) || self.workflow.is_within(on, about);
            found.nodes.contains(&on) || about.is_some_and(near)
        };
        let on = self.workflow.stands_on[node].iter().copied();
        on.filter(|on| concerns(*on)).any(|on| {
            places::seen_from(self.workflow, &self.run, on, place)
                .iter()
                .any(|seen| {
                    target.is_within(seen) || seen.is_within(target) || found.places.contains(seen)
                })
        })
    }

    fn row(&self, place: &Address, target: &Address, spare: &[Address]) -> Option<Row> {
        let step = self.step(place)?;
        if step.kind == StepKind::Instance || self.stays(place, step, target) {
            return None;
        }
        let several = step.kind == StepKind::Group && self.is_several(place);
        match step.status {
            Status::Complete if several => None,
            Status::Complete if matches!(step.kind, StepKind::Wait | StepKind::Start) => {
                Some(Row::Spared)
            }
            status if status.is_settled() && self.is_spared(place, step, spare) => {
                Some(Row::Spared)
            }
            status if status.is_settled() => Some(Row::Again),
            status if several && status.is_ready() => None,
            _ => step.free.then_some(Row::WaitAgain),
        }
    }

    /// Named itself, or in a group that is, or a group of which everything is.
    fn is_spared(&self, place: &Address, step: &Step, spare: &[Address]) -> bool {
        let named = |at: &Address| spare.iter().any(|spared| at.is_within(spared));
        let mut inside = self
            .run
            .steps
            .iter()
            .filter(|(at, it)| *at != place && at.is_within(place) && self.is_own_work(it));
        named(place)
            || step.kind == StepKind::Group
                && !spare.is_empty()
                && inside.all(|(at, it)| it.status.is_settled() && named(at))
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
            if empty {
                // A declaration is private: nobody else sees its draft.
                self.effects.push(Effect::DropDraft { step: step.clone() });
            }
            match row {
                Row::Spared => self.emit(Event::StepSpared { step, attempt }),
                Row::WaitAgain => self.emit(Event::StepReset {
                    step,
                    attempt,
                    target,
                    again: false,
                    empty,
                }),
                Row::Again => {
                    if let Some(node) = self.node_at(&step) {
                        emptied.extend(self.node(node).appoints().iter().cloned());
                    }
                    if !target {
                        // It stood on something that may come out otherwise.
                        self.call_off(&step);
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
            for person in self.held(&role) {
                self.vacate(&role, person, None);
            }
        }
    }

    /// Somebody else is in a role: the begun steps about it are made again, with empty drafts,
    /// and what stands on them waits. What is not begun does not show them the old answers.
    pub fn make_again_about(&mut self, role: &str, people: &[PersonId]) {
        let (mut again, mut hidden) = (Vec::new(), Vec::new());
        for place in self.about(role) {
            let Some(step) = self.step(&place) else {
                continue;
            };
            let theirs = |done: &Done| done.by.is_some_and(|by| people.contains(&by));
            let untouched = step.status == Status::NotStarted && !step.drafted;
            let before = step.earlier.last().is_some_and(|done| !theirs(done));
            let own = step.done.as_ref().is_some_and(theirs) && people.len() == 1;
            let begun = step.status.is_ready() && !untouched;
            if is_decided(step) && !own || begun {
                again.push(place);
            } else if !step.status.is_settled() && (before || step.drafted) {
                hidden.push(place);
            }
        }
        let waiting: BTreeSet<Address> = again
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
        let row = |row: Row, target: bool| move |place: Address| (place, row, target);
        self.reset(again.into_iter().map(row(Row::Again, true)).collect(), true);
        self.reset(
            hidden.into_iter().map(row(Row::WaitAgain, true)).collect(),
            true,
        );
        let waiting = waiting
            .into_iter()
            .map(row(Row::WaitAgain, false))
            .collect();
        self.reset(waiting, false);
    }

    /// Places of our own work about a role; what there is for everybody in it follows them.
    fn about(&self, role: &str) -> Vec<Address> {
        let theirs = |node: usize| {
            let around = std::iter::once(node).chain(self.workflow.ancestors(node));
            around.into_iter().any(|at| {
                matches!(&self.node(at).several, Some(Several::EachPerson(each)) if each == role)
            })
        };
        (0..self.workflow.nodes.len())
            .filter(|node| self.node(*node).about.as_deref() == Some(role) && !theirs(*node))
            .flat_map(|node| places::places(self.workflow, &self.run, node))
            .filter(|place| self.step(place).is_some_and(|step| self.is_own_work(step)))
            .collect()
    }
}

/// Complete, or not required by a decision that somebody else's answers would change.
fn is_decided(step: &Step) -> bool {
    let cause = step.done.as_ref().and_then(|done| done.cause.as_ref());
    let by_decision = matches!(
        cause,
        Some(Cause::Condition | Cause::Skipped | Cause::Lapsed | Cause::MomentCannotCome)
    );
    step.status == Status::Complete || step.status == Status::NotRequired && by_decision
}
