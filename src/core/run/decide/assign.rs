//! Whose step it is among several: take, assign, delegate.

use crate::core::definition::workflow::NodeId;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::event::Event;
use crate::core::run::refusal::{Code, Refusal, Verdict};

use super::working::Working;

impl Working<'_> {
    pub fn take(&mut self, address: &Address) -> Result<(), Verdict> {
        let node = self.ready(address)?;
        let Some(person) = self.acting.doer() else {
            return Err(nobody_acts().into());
        };
        self.check_not_here(node, address, person)?;
        let attempt = self.attempt(address);
        self.emit(Event::StepTaken {
            step: address.clone(),
            attempt,
            person,
        });
        Ok(())
    }

    pub fn assign(
        &mut self,
        address: &Address,
        person: PersonId,
        reason: Option<&str>,
    ) -> Result<(), Verdict> {
        let node = self.unsettled(address)?;
        self.known_person(person)?;
        self.check_not_here(node, address, person)?;
        let attempt = self.attempt(address);
        let person = Some(person);
        let reason = self.seal_if_said(reason);
        self.emit(Event::StepAssigned {
            step: address.clone(),
            attempt,
            person,
            reason,
        });
        Ok(())
    }

    /// To a colleague of the same school, this attempt only; to oneself, or to whom it came from,
    /// gives it back.
    pub fn delegate(
        &mut self,
        address: &Address,
        to: PersonId,
        reason: Option<&str>,
    ) -> Result<(), Verdict> {
        let node = self.unsettled(address)?;
        let Some(from) = self.acting.doer() else {
            return Err(nobody_acts().into());
        };
        let came_from = self.step(address).and_then(|step| step.delegated_from);
        let to = came_from.filter(|_| to == from).unwrap_or(to);
        self.known_person(to)?;
        self.check_not_here(node, address, to)?;
        if to == from {
            let reason = format!("{} is with person:{from} already.", self.title(address));
            return Err(Refusal::new(Code::WrongPeople, reason).into());
        }
        let theirs = self.acting.on_behalf_of.is_some() || self.is_doer(address, from);
        if !theirs {
            // A coordinator who is no doer here has nothing to pass on.
            return self.assign(address, to, reason);
        }
        if came_from != Some(to) && !self.share_a_school(from, to) {
            let reason = "It can be passed on to a colleague of the same school only. Ask the \
                          coordinator to assign it to somebody else.";
            return Err(Refusal::new(Code::WrongPeople, reason).into());
        }
        let attempt = self.attempt(address);
        let reason = self.seal_if_said(reason);
        self.emit(Event::StepDelegated {
            step: address.clone(),
            attempt,
            from,
            to,
            reason,
        });
        Ok(())
    }

    fn is_doer(&self, address: &Address, person: PersonId) -> bool {
        let doers = self.doers(address);
        doers.iter().any(|doer| doer.person == person)
    }

    fn check_not_here(
        &self,
        node: NodeId,
        address: &Address,
        person: PersonId,
    ) -> Result<(), Refusal> {
        match self.role_of(node, address) {
            Some(role) => self.check_not(&role, person),
            None => Ok(()),
        }
    }

    fn share_a_school(&self, one: PersonId, other: PersonId) -> bool {
        let schools = |person: PersonId| {
            let posts = self.facts.directory.posts.iter();
            posts
                .filter(move |post| post.person == person && post.holds_on(self.today()))
                .map(|post| post.school.clone())
        };
        schools(one).any(|school| schools(other).any(|theirs| theirs == school))
    }
}

fn nobody_acts() -> Refusal {
    Refusal::new(Code::NotAllowed, "Say which person does this.")
}
