//! Passes by command: one more visit, or one that did not happen.

use crate::core::definition::workflow::{NodeId, Several};
use crate::core::run::address::Address;
use crate::core::run::event::Event;
use crate::core::run::places;
use crate::core::run::refusal::{Code, NotYet, Refusal, Verdict};
use crate::core::run::state::Status;

use super::settle::next_pass;
use super::steps::pass_number;
use super::working::Working;

impl Working<'_> {
    /// At any time up to the most, also beside an open pass and after the group ended.
    pub fn add_pass(&mut self, address: &Address) -> Result<(), Verdict> {
        let group = address.without_key();
        let node = self.repeating(&group)?;
        let title = self.title(&group);
        match self
            .step(&group)
            .map(|step| (step.status, step.ready_at.is_some()))
        {
            Some((Status::InProgress | Status::Complete, true)) => {}
            Some((Status::NotRequired, _)) => {
                let reason = format!("{title} is not required in this project.");
                return Err(Refusal::new(Code::NotRequired, reason).into());
            }
            _ => {
                let reason = format!("{title} has not begun yet.");
                let step = Some(group.clone());
                return Err(NotYet {
                    step,
                    code: Code::NotReady,
                    reason,
                }
                .into());
            }
        }
        self.check_room(&group)?;
        let passes: Vec<Address> = places::instances_of(&self.run, &group).cloned().collect();
        let by = self.acting.doer();
        self.open_pass(node, &group, next_pass(&passes), by);
        Ok(())
    }

    /// A pass that did not happen no longer counts; `first` and `last` do not see it.
    pub fn end_pass(&mut self, pass: &Address, reason: &str) -> Result<(), Verdict> {
        let reason = self.reason(reason)?;
        let title = self.title(pass);
        if pass_number(pass).is_none() {
            self.repeating(pass)?;
            let said = format!("{title} happens several times. Say which one: `{pass}[2]`.");
            return Err(Refusal::new(Code::WrongKind, said).into());
        }
        match self.step(pass).map(|step| step.status) {
            Some(Status::NotRequired) => {
                let said = format!("{title} has been ended already.");
                return Err(Refusal::new(Code::NotRequired, said).into());
            }
            Some(Status::Complete) => {
                let said = format!("{title} is complete already, so it did happen.");
                return Err(Refusal::new(Code::AlreadyComplete, said).into());
            }
            _ => {}
        }
        let pass = pass.clone();
        self.emit(Event::PassEnded {
            pass,
            counts: false,
            reason: Some(reason),
        });
        Ok(())
    }

    /// The node of a group that happens in passes.
    fn repeating(&self, group: &Address) -> Result<NodeId, Refusal> {
        let node = self.node_at(group);
        let repeats =
            node.filter(|node| matches!(self.node(*node).several, Some(Several::Repeat { .. })));
        repeats.ok_or_else(|| {
            let reason = format!("`{group}` does not happen several times.");
            Refusal::new(Code::WrongKind, reason)
        })
    }
}
