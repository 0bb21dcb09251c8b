//! An event from outside arrives: it completes a ready wait, or is kept until one is ready.

use serde_json::{Map, Value};

use crate::core::definition::workflow::{Node, NodeId};
use crate::core::run::address::Address;
use crate::core::run::command::{Command, Envelope};
use crate::core::run::event::{Event, How, KeptEvent};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{RunStatus, Status};

use super::working::Working;

/// How many events a run keeps for waits that lie ahead.
const MOST_KEPT: usize = 100;

impl Working<'_> {
    /// The wait that an event is for, so that it can be seen who may report it.
    pub fn wait_named(&self, command: &Command) -> Option<Address> {
        let Command::EventReport { name, .. } = command else {
            return None;
        };
        let waits = self.waits_for_event(name);
        waits
            .iter()
            .find(|(_, at)| !self.run.is_settled(at))
            .or(waits.first())
            .map(|w| w.1.clone())
    }

    /// Waits for an event, in text order.
    fn waits_for_event(&self, name: &str) -> Vec<(NodeId, Address)> {
        (0..self.workflow.nodes.len())
            .filter(|node| {
                self.node(*node)
                    .wait()
                    .is_some_and(|wait| wait.event == name)
            })
            .flat_map(|node| {
                let places = places::places(self.workflow, &self.run, node);
                places.into_iter().map(move |place| (node, place))
            })
            .collect()
    }

    pub fn arrive(
        &mut self,
        name: &str,
        data: &Map<String, Value>,
        envelope: &Envelope,
    ) -> Result<(), Verdict> {
        let (node, place, open) = self.wait_for(name)?;
        self.check_answers(node, &place, data, &[])?;
        self.read_appointments(node, &place, data)?;
        let form = self.form(node);
        let event = KeptEvent {
            id: envelope.id.clone(),
            name: name.to_owned(),
            at: self.facts.now,
            expires: envelope.expires,
            data: self.seal_answers(form, data),
        };
        if open && self.run.status == RunStatus::InProgress {
            return self.answer_wait(node, &place, &event);
        }
        if self.run.kept.len() >= MOST_KEPT {
            let reason = format!(
                "This project keeps {MOST_KEPT} events for later already, which is the most."
            );
            return Err(Refusal::new(Code::TooManyKept, reason).into());
        }
        self.emit(Event::EventKept { event });
        Ok(())
    }

    /// The wait that an event is for, and whether it is ready; or why nothing waits for it.
    fn wait_for(&self, name: &str) -> Result<(NodeId, Address, bool), Refusal> {
        let waits_here = |node: &Node| node.wait().is_some_and(|wait| wait.event == name);
        let Some(known) = self.workflow.nodes.iter().position(waits_here) else {
            let reason = format!("This project waits for no event `{name}`.");
            return Err(Refusal::new(Code::UnknownEvent, reason));
        };
        let waits = self.waits_for_event(name);
        let ready = |at: &Address| self.step(at).is_some_and(|step| step.status.is_ready());
        if let Some((node, place)) = waits.iter().find(|(_, at)| ready(at)) {
            return Ok((*node, place.clone(), true));
        }
        let ahead = waits.iter().find(|(_, at)| !self.run.is_settled(at));
        match (ahead, waits.last()) {
            (Some((node, place)), _) => Ok((*node, place.clone(), false)),
            // Its group has not opened yet.
            (None, None) => Ok((known, Address::top(&self.node(known).name), false)),
            // Not kept: it must not answer a later reopening.
            (None, Some((_, last))) => {
                let title = self.title(last);
                let complete = waits.iter().any(|(_, at)| {
                    self.step(at)
                        .is_some_and(|step| step.status == Status::Complete)
                });
                let (code, what) = if complete {
                    (Code::AlreadyComplete, "is complete already")
                } else {
                    (Code::NotRequired, "is not required in this project")
                };
                Err(Refusal::new(code, format!("{title} {what}.")))
            }
        }
    }

    /// The wait completes; the event's data are its answers.
    fn answer_wait(
        &mut self,
        node: NodeId,
        place: &Address,
        event: &KeptEvent,
    ) -> Result<(), Verdict> {
        let appointments = self.read_appointments(node, place, &event.data)?;
        self.emit(Event::StepCompleted {
            step: place.clone(),
            attempt: self.attempt(place),
            how: How::Event,
            by: None,
            actor: None,
            role: None,
            answers: event.data.clone(),
            outcome: None,
            reason: None,
        });
        self.after_completion(node, place, None, appointments)
    }

    /// A ready wait takes the oldest kept event of its name that can still be used.
    pub fn use_kept(&mut self, node: NodeId, place: &Address) {
        let Some(wait) = self.node(node).wait() else {
            return;
        };
        while let Some(event) = self.run.kept.iter().find(|k| k.name == wait.event).cloned() {
            let past = event
                .expires
                .is_some_and(|expires| expires < self.facts.now);
            let unusable = self.read_appointments(node, place, &event.data).err();
            let (id, name) = (event.id.clone(), event.name.clone());
            if past || unusable.is_some() {
                let because = unusable.filter(|_| !past).map(|refusal| refusal.reason);
                self.emit(Event::EventExpired { id, name, because });
                continue;
            }
            let step = place.clone();
            self.emit(Event::EventUsed { id, step });
            let answered = self.answer_wait(node, place, &event);
            debug_assert!(answered.is_ok(), "its people were checked just now");
            return;
        }
    }
}
