//! What a chosen outcome does: ending and leaving first, then repeat, reopen, stop.

use crate::core::definition::workflow::{NodeId, Outcome, Several};
use crate::core::run::address::Address;
use crate::core::run::event::Cause;
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::Status;
use crate::core::words::and;

use super::appoint::NewAppointment;
use super::settle::next_pass;
use super::steps::{pass_number, reason_required};
use super::working::Working;

impl<'a> Working<'a> {
    fn outcome(&self, node: NodeId, name: &str) -> Option<&'a Outcome> {
        self.node(node)
            .task()
            .and_then(|task| task.outcomes.get(name))
    }

    /// Reopening and stopping need no form and make no appointment.
    pub fn sends_back(&self, node: NodeId, name: &str) -> bool {
        self.outcome(node, name)
            .is_some_and(|o| o.reopen.is_some() || o.stop.is_some())
    }

    pub fn check_outcome(
        &self,
        node: NodeId,
        address: &Address,
        chosen: Option<&str>,
    ) -> Result<(), Refusal> {
        let Some(task) = self.node(node).task() else {
            return chosen.map_or(Ok(()), |name| Err(self.no_outcome(address, name, &[])));
        };
        let offered: Vec<String> = task
            .outcomes
            .iter()
            .filter(|(_, outcome)| !outcome.by_rung)
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        match chosen {
            None if offered.is_empty() => Ok(()),
            None => {
                let reason = format!(
                    "{} ends in one of {}. Say which.",
                    self.title(address),
                    and(&offered)
                );
                Err(Refusal::new(Code::OutcomeRequired, reason))
            }
            Some(name) if !offered.contains(&format!("`{name}`")) => {
                Err(self.no_outcome(address, name, &offered))
            }
            Some(name) => self.check_bounds(node, address, name),
        }
    }

    fn no_outcome(&self, address: &Address, name: &str, offered: &[String]) -> Refusal {
        let choice = if offered.is_empty() {
            "It has none.".to_owned()
        } else {
            format!("It offers {}.", and(offered))
        };
        let reason = format!("{} has no outcome `{name}`. {choice}", self.title(address));
        Refusal::new(Code::UnknownOutcome, reason)
    }

    /// `repeat` at the most, and ending below the least, are refused.
    pub fn check_bounds(&self, node: NodeId, address: &Address, name: &str) -> Result<(), Refusal> {
        let Some(outcome) = self.outcome(node, name) else {
            return Ok(());
        };
        if let Some(again) = outcome.reopen {
            for place in places::seen_from(self.workflow, &self.run, again, address) {
                if self.is_repeat(&place) {
                    self.check_room(&place)?;
                }
            }
        }
        if outcome.repeat
            && let Some((group, pass)) = self.pass_around(address)
            && self.is_last_pass(&group, &pass)
        {
            self.check_room(&group)?;
        }
        let Some(end) = outcome.end else {
            return Ok(());
        };
        let Some(Several::Repeat { min, .. }) = self.node(end).several else {
            return Ok(());
        };
        for group in places::seen_from(self.workflow, &self.run, end, address) {
            let complete = places::instances_of(&self.run, &group)
                .filter(|pass| {
                    self.step(pass)
                        .is_some_and(|p| p.status == Status::Complete)
                })
                .count();
            if u32::try_from(complete).unwrap_or(u32::MAX) < min && !self.run.is_settled(&group) {
                let reason = format!(
                    "{} cannot be ended yet: {min} is the least, and {complete} is complete.",
                    self.title(&group)
                );
                return Err(Refusal::new(Code::TooFewPasses, reason));
            }
        }
        Ok(())
    }

    pub fn check_room(&self, group: &Address) -> Result<(), Refusal> {
        let Some(node) = self.node_at(group) else {
            return Ok(());
        };
        let Some(Several::Repeat { max, .. }) = self.node(node).several else {
            return Ok(());
        };
        if self.passes_that_count(group) < max {
            return Ok(());
        }
        let word = self.node(node).name.replace('_', " ");
        let reason = format!("{max} {word} is the most.");
        Err(Refusal::new(Code::TooManyPasses, reason))
    }

    /// The repeat group around a place, and the pass in which it lies.
    pub fn pass_around(&self, address: &Address) -> Option<(Address, Address)> {
        std::iter::successors(Some(address.clone()), Address::parent)
            .find(|around| pass_number(around).is_some())
            .map(|pass| (pass.without_key(), pass))
    }

    fn is_last_pass(&self, group: &Address, pass: &Address) -> bool {
        places::instances_of(&self.run, group).last() == Some(pass)
    }

    pub fn check_reason(
        &self,
        node: NodeId,
        outcome: Option<&str>,
        reason: Option<&str>,
    ) -> Result<(), Refusal> {
        let missing = reason.is_none_or(|text| text.trim().is_empty());
        let wanted = outcome
            .and_then(|name| self.outcome(node, name))
            .is_some_and(|outcome| outcome.reason_required);
        let on_behalf = self.acting.on_behalf_of.is_some() && self.acting.coordinator;
        if missing && (wanted || on_behalf) {
            Err(reason_required())
        } else {
            Ok(())
        }
    }

    /// What a completed step sets off by itself: tells, appointments, its outcome's effects.
    pub fn after_completion(
        &mut self,
        node: NodeId,
        address: &Address,
        outcome: Option<&str>,
        appointments: Vec<NewAppointment>,
    ) -> Result<(), Verdict> {
        self.tell_for(node, address, outcome);
        for appointment in appointments {
            self.appoint(&appointment.role, &appointment.people, None);
        }
        let Some(outcome) = outcome.and_then(|name| self.outcome(node, name)) else {
            return Ok(());
        };
        if let Some(end) = outcome.end {
            self.end(end, address);
        }
        if outcome.leave {
            self.leave(address);
        }
        if outcome.repeat {
            self.repeat(address);
        }
        if let Some(reopen) = outcome.reopen {
            let target = places::seen_from(self.workflow, &self.run, reopen, address);
            for place in target {
                self.reopen(&place, &[]);
            }
        }
        if let Some(words) = &outcome.stop {
            let reason = self
                .run
                .steps
                .get(address)
                .and_then(|step| step.done.clone());
            self.stop(words, reason.and_then(|done| done.reason));
        }
        Ok(())
    }

    /// Everything unsettled in a step or group becomes not required; what is settled stays.
    fn end(&mut self, node: NodeId, by: &Address) {
        let cause = Cause::Ended { by: by.clone() };
        for place in places::seen_from(self.workflow, &self.run, node, by) {
            self.close_all(&place, &cause, None);
        }
    }

    /// This person leaves the role for which there is an instance each; their other roles stay.
    fn leave(&mut self, address: &Address) {
        let instance = std::iter::successors(Some(address.clone()), Address::parent)
            .find(|around| around.key().is_some() && pass_number(around).is_none());
        let Some(instance) = instance else { return };
        if let Some(person) = super::super::doers::person_around(self.workflow, &instance)
            && let Some(node) = self.node_at(&instance)
            && let Some(Several::EachPerson(role)) = self.node(node).several.clone()
        {
            self.vacate(&role, person, None);
        }
    }

    /// Opens the next pass, unless it exists already.
    fn repeat(&mut self, address: &Address) {
        let Some((group, pass)) = self.pass_around(address) else {
            return;
        };
        if !self.is_last_pass(&group, &pass) {
            return;
        }
        let Some(node) = self.node_at(&group) else {
            return;
        };
        let passes: Vec<Address> = places::instances_of(&self.run, &group).cloned().collect();
        let by = self.acting.doer();
        self.open_pass(node, &group, next_pass(&passes), by);
    }
}
