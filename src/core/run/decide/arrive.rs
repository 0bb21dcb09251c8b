//! An event from outside arrives: it completes a ready wait, or is kept until one is ready.

use serde_json::{Map, Value};

use crate::core::definition::workflow::NodeId;
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
        _address: Option<&Address>,
        envelope: &Envelope,
    ) -> Result<(), Verdict> {
        let known = self
            .workflow
            .nodes
            .iter()
            .position(|node| node.wait().is_some_and(|wait| wait.event == name));
        let Some(known) = known else {
            let reason = format!("This project waits for no event `{name}`.");
            return Err(Refusal::new(Code::UnknownEvent, reason).into());
        };
        let waits = self.waits_for_event(name);
        let open = waits
            .iter()
            .find(|(_, at)| self.step(at).is_some_and(|step| step.status.is_ready()));
        let ahead = waits.is_empty() || waits.iter().any(|(_, at)| !self.run.is_settled(at));
        let settled = waits.iter().find(|(_, at)| self.run.is_settled(at));
        let (node, place) = open
            .or(settled)
            .cloned()
            .unwrap_or((known, Address::top(name)));
        if !ahead {
            // Not kept: it must not answer a later reopening.
            let reason = format!("{} is complete already.", self.title(&place));
            return Err(Refusal::new(Code::AlreadyComplete, reason).into());
        }
        self.check_answers(node, &place, data, &[])?;
        self.read_appointments(node, &place, data)?;
        if self.run.kept.len() >= MOST_KEPT {
            let reason = format!("This project keeps {MOST_KEPT} events already.");
            return Err(Refusal::new(Code::TooManyKept, reason).into());
        }
        let form = self.form(node);
        let event = KeptEvent {
            id: envelope.id.clone(),
            name: name.to_owned(),
            at: self.facts.now,
            expires: envelope.expires,
            data: self.seal_answers(form, data),
        };
        match open {
            Some((node, place)) if self.run.status == RunStatus::InProgress => {
                self.answer_wait(*node, &place.clone(), &event)
            }
            _ => {
                self.emit(Event::EventKept { event });
                Ok(())
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
            by: self.acting.doer(),
            role: None,
            answers: event.data.clone(),
            outcome: None,
            reason: None,
        });
        self.after_completion(node, place, None, appointments)
    }

    /// A ready wait takes the oldest kept event of its name that has not expired.
    pub fn use_kept(&mut self, node: NodeId, place: &Address) -> Result<(), Refusal> {
        if self
            .step(place)
            .is_none_or(|step| step.status == Status::CannotProgress)
        {
            return Ok(());
        }
        let Some(wait) = self.node(node).wait() else {
            return Ok(());
        };
        while let Some(event) = self.run.kept.iter().find(|k| k.name == wait.event).cloned() {
            let id = event.id.clone();
            if event
                .expires
                .is_some_and(|expires| expires < self.facts.now)
            {
                self.emit(Event::EventExpired {
                    id,
                    name: event.name,
                });
                continue;
            }
            self.emit(Event::EventUsed {
                id,
                step: place.clone(),
            });
            return match self.answer_wait(node, place, &event) {
                Ok(()) => Ok(()),
                // The people it names may have gone since: the wait stays open.
                Err(Verdict::Refused(_) | Verdict::NotYet(_)) => Ok(()),
            };
        }
        Ok(())
    }
}
