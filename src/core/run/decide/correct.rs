//! Corrections: answers of a complete step change; statuses, outcomes and conditions do not.
//!
//! What hangs on a corrected date moves. Steps whose `when` would be decided otherwise now are
//! named, and a person reopens or skips them.

use serde_json::Value;

use crate::core::definition::form::Answers;
use crate::core::run::address::Address;
use crate::core::run::event::Event;
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{RunStatus, Status};

use super::working::Working;

impl Working<'_> {
    pub fn correct(
        &mut self,
        address: &Address,
        changes: &Answers,
        reason: &str,
    ) -> Result<(), Verdict> {
        let title = self.title(address);
        let node = self.node_at(address);
        let done = self
            .step(address)
            .filter(|step| step.status == Status::Complete);
        let (Some(node), Some(done)) = (node, done.and_then(|step| step.done.clone())) else {
            let reason = format!("{title} is not complete, so there is nothing to correct.");
            return Err(Refusal::new(Code::NotReady, reason).into());
        };
        let own = done.by.is_some() && done.by == self.acting.doer();
        if !self.acting.coordinator && (!own || self.has_settled_work_on(address)) {
            let reason = format!(
                "{title} can be corrected by the person who completed it until something that \
                 stands on it is complete, and by the coordinator always."
            );
            return Err(Refusal::new(Code::NotAllowed, reason).into());
        }
        if let Some(role) = changes
            .keys()
            .find(|f| self.node(node).appoints().contains(f))
        {
            let reason = format!(
                "`{role}` names who was appointed. Appoint somebody else (`alongside project \
                 appoint`) instead of correcting the answer."
            );
            return Err(Refusal::new(Code::NotAllowed, reason).into());
        }
        let (mut answers, erased) = self.unseal(&done.answers);
        for (field, value) in changes {
            if value.is_null() {
                answers.shift_remove(field);
            } else {
                answers.insert(field.clone(), value.clone());
            }
        }
        self.check_answers(node, address, &answers, &erased)?;
        let form = self.form(node);
        let changed: Answers = answers
            .iter()
            .filter(|(f, _)| changes.contains_key(*f))
            .map(owned)
            .collect();
        let mut sealed = done.answers.clone();
        sealed.retain(|field, _| changes.get(field).is_none_or(|value| !value.is_null()));
        sealed.extend(self.seal_answers(form, &changed));
        let reason = self.reason(reason)?;
        let attempt = self.attempt(address);
        let before = self.decided_now();
        self.emit(Event::AnswersCorrected {
            step: address.clone(),
            attempt,
            answers: sealed,
            reason,
            would_change: Vec::new(),
        });
        let would_change = self.otherwise_now(&before);
        if let Some(Event::AnswersCorrected {
            would_change: named,
            ..
        }) = self.events.last_mut()
        {
            *named = would_change;
        }
        if self.run.status == RunStatus::Paused {
            self.replan();
        }
        Ok(())
    }

    /// Decided conditions with their results.
    fn decided_now(&self) -> Vec<(usize, Address, bool)> {
        let nodes = 0..self.workflow.nodes.len();
        nodes
            .filter(|node| self.node(*node).when.is_some())
            .flat_map(|node| {
                places::places(self.workflow, &self.run, node)
                    .into_iter()
                    .map(move |place| (node, place))
            })
            .filter_map(|(node, place)| {
                let result = self.step(&place)?.decided.as_ref()?.result;
                Some((node, place, result))
            })
            .collect()
    }

    fn otherwise_now(&self, before: &[(usize, Address, bool)]) -> Vec<Address> {
        let changed = before.iter().filter(|(node, place, result)| {
            let condition = self.node(*node).when.as_ref();
            condition.is_some_and(|when| self.decide_when(when, place).result != *result)
        });
        changed.map(|(_, place, _)| place.clone()).collect()
    }
}

fn owned((field, value): (&String, &Value)) -> (String, Value) {
    (field.clone(), value.clone())
}
