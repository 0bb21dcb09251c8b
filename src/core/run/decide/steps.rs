//! What a doer or a coordinator does with one step: complete, draft, open, block, skip, redate.

use crate::core::definition::dates::Unit;
use crate::core::definition::form::Answers;
use crate::core::definition::workflow::{NodeId, Several};
use crate::core::names::PersonId;
use crate::core::run::address::{Address, Key};
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::effect::Effect;
use crate::core::run::event::{Cause, Event, How, MoveCause, Moved, StepKind, Text};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::{RunStatus, Status};
use crate::core::time::{Date, say_date};

use super::working::Working;

impl Working<'_> {
    pub fn complete(
        &mut self,
        address: &Address,
        answers: Option<&Answers>,
        outcome: Option<&str>,
        reason: Option<&str>,
    ) -> Result<(), Verdict> {
        let node = self.ready(address)?;
        self.check_outcome(node, address, outcome)?;
        self.check_reason(node, outcome, reason)?;
        self.check_not_to_do(node, address)?;
        let sent_back = outcome.is_some_and(|name| self.sends_back(node, name));
        let answers = self.answers_to_file(node, address, answers, sent_back)?;
        let appointments = if sent_back {
            Vec::new()
        } else {
            self.read_appointments(node, address, &answers)?
        };
        let answers = self.seal_answers(self.form(node), &answers);
        let reason = self.seal_if_said(reason);
        self.emit(Event::StepCompleted {
            step: address.clone(),
            attempt: self.attempt(address),
            how: How::Person,
            by: self.acting.doer(),
            actor: self
                .acting
                .actor
                .filter(|_| self.acting.on_behalf_of.is_some()),
            role: self.role_of(node, address),
            answers,
            outcome: outcome.map(str::to_owned),
            reason,
        });
        self.effects.push(Effect::DropDraft {
            step: address.clone(),
        });
        self.after_completion(node, address, outcome, appointments)
    }

    /// Who acts, and for whom, may do this step: `not` looks at both.
    fn check_not_to_do(&self, node: NodeId, address: &Address) -> Result<(), Refusal> {
        let Some(role) = self.role_of(node, address) else {
            return Ok(());
        };
        let both = [self.acting.actor, self.acting.on_behalf_of];
        both.into_iter()
            .flatten()
            .try_for_each(|person| self.check_not(&role, person))
    }

    /// What was sent, else the draft, else the answers of the attempt before. What sends back needs
    /// no form: an unfinished draft is left.
    fn answers_to_file(
        &self,
        node: NodeId,
        address: &Address,
        sent: Option<&Answers>,
        sent_back: bool,
    ) -> Result<Answers, Refusal> {
        let draft = self.facts.draft.as_ref();
        let prefill = || self.step(address).filter(|_| !sent_back)?.prefill();
        let answers = match sent.or(draft) {
            Some(answers) => answers.clone(),
            None => prefill().map_or_else(Answers::new, |before| self.unseal(before).0),
        };
        if sent_back && answers.is_empty() {
            return Ok(answers);
        }
        match self.check_answers(node, address, &answers, &[]) {
            Err(_) if sent_back && sent.is_none() => Ok(Answers::new()),
            Err(refusal) => Err(refusal),
            Ok(()) => Ok(answers),
        }
    }

    pub fn draft(&mut self, address: &Address, answers: &Answers) -> Result<(), Verdict> {
        let node = self.ready(address)?;
        let fields = self.form(node).map(|form| &form.fields);
        let known = |name: &String| {
            fields.is_some_and(|fields| fields.contains_key(name))
                || self.node(node).appoints().contains(name)
        };
        if let Some(name) = answers.keys().find(|name| !known(name)) {
            let title = self.title(address);
            let reason = match fields {
                Some(_) => format!("The form of {title} has no field `{name}`."),
                None => format!("{title} has no form, so there is nothing to draft."),
            };
            return Err(Refusal::new(Code::InvalidAnswers, reason).into());
        }
        self.check_draft(address, answers)?;
        let attempt = self.attempt(address);
        self.emit(Event::StepDrafted {
            step: address.clone(),
            attempt,
        });
        self.effects.push(Effect::SaveDraft {
            step: address.clone(),
            attempt,
            answers: answers.clone(),
        });
        Ok(())
    }

    /// Does not wait for the moment: of a step, or of the door of a group.
    pub fn open(&mut self, address: &Address, reason: &str) -> Result<(), Verdict> {
        let Some(node) = self.node_at(address) else {
            return Err(self.unknown_step(address).into());
        };
        let step = self.step(address);
        let waiting = step.is_some_and(|s| s.free && s.status == Status::CannotStartYet);
        if !waiting {
            let reason = format!("{} does not wait for a day.", self.title(address));
            return Err(Refusal::new(Code::NotReady, reason).into());
        }
        let early = Some(self.reason(reason)?);
        self.make_ready(node, address, None, early);
        Ok(())
    }

    pub fn block(&mut self, address: &Address, reason: &str) -> Result<(), Verdict> {
        self.ready(address)?;
        let reason = self.reason(reason)?;
        let consumed = self.consumed(address, Moved::Due).unwrap_or(0);
        let attempt = self.attempt(address);
        self.emit(Event::StepBlocked {
            step: address.clone(),
            attempt,
            reason,
            consumed,
        });
        Ok(())
    }

    pub fn unblock(&mut self, address: &Address) -> Result<(), Verdict> {
        let blocked = self
            .step(address)
            .filter(|step| step.status == Status::CannotProgress);
        let Some(step) = blocked else {
            let reason = format!(
                "{} is not marked as “cannot progress”.",
                self.title(address)
            );
            return Err(Refusal::new(Code::NotReady, reason).into());
        };
        let due = step.due.clone().map(|due| self.run_on(due));
        let attempt = self.attempt(address);
        self.emit(Event::StepUnblocked {
            step: address.clone(),
            attempt,
            due,
        });
        Ok(())
    }

    pub fn skip(&mut self, address: &Address, reason: Option<&str>) -> Result<(), Verdict> {
        let (Some(node), Some(step)) = (self.node_at(address), self.step(address)) else {
            return Err(self.unknown_step(address).into());
        };
        if step.status.is_settled() {
            return Err(self.settled_already(address, step).into());
        }
        if !self.acting.coordinator && !self.node(node).optional {
            let reason = format!(
                "{} is not optional. Ask the coordinator, who can skip it with a reason.",
                self.title(address)
            );
            return Err(Refusal::new(Code::NotAllowed, reason).into());
        }
        let on_behalf = self.acting.coordinator && self.acting.on_behalf_of.is_some();
        let reason = match reason {
            Some(text) => Some(self.reason(text)?),
            None if self.node(node).optional && !on_behalf => None,
            None => return Err(reason_required().into()),
        };
        self.close_all(address, &Cause::Skipped, reason.as_ref());
        Ok(())
    }

    /// Everything unsettled in a place becomes not required; what is settled stays and counts.
    pub fn close_all(&mut self, address: &Address, cause: &Cause, reason: Option<&Text>) {
        let Some((node, step)) = self.node_at(address).zip(self.step(address)) else {
            return;
        };
        let (kind, status) = (step.kind, step.status);
        if status.is_settled() {
            return;
        }
        let is_group = matches!(kind, StepKind::Group | StepKind::Instance);
        if !is_group || !status.is_ready() || !self.has_complete_inside(address) {
            return self.close_or_plan(address, cause, reason);
        }
        let several = self
            .node(node)
            .several
            .as_ref()
            .filter(|_| kind == StepKind::Group);
        let Some(several) = several else {
            for child in &self.node(node).children {
                let child = address.child(&self.node(*child).name);
                self.close_all(&child, cause, reason);
            }
            return;
        };
        let open: Vec<Address> = places::instances_of(&self.run, address)
            .filter(|instance| !self.run.is_settled(instance))
            .cloned()
            .collect();
        for instance in open {
            self.close_or_plan(&instance, cause, reason);
        }
        if let Several::Repeat { min, .. } = several
            && self.passes_that_count(address) < *min
        {
            self.close_or_plan(address, cause, reason);
        }
    }

    /// Of something that happens several times, a whole instance; else any step.
    fn has_complete_inside(&self, group: &Address) -> bool {
        let several = self
            .node_at(group)
            .is_some_and(|node| self.node(node).several.is_some() && group.key().is_none());
        if several {
            return places::instances_of(&self.run, group).any(|instance| {
                self.step(instance)
                    .is_some_and(|it| it.status == Status::Complete)
            });
        }
        self.run
            .steps
            .iter()
            .any(|(at, step)| at != group && at.is_within(group) && step.status == Status::Complete)
    }

    /// Rule 2: nothing is settled before it is free. What comes earlier takes effect then.
    fn close_or_plan(&mut self, address: &Address, cause: &Cause, reason: Option<&Text>) {
        let Some(step) = self.step(address) else {
            return;
        };
        let (attempt, free) = (step.attempt, step.free);
        let (step, cause, reason) = (address.clone(), cause.clone(), reason.cloned());
        self.emit(if free {
            Event::StepNotRequired {
                step,
                attempt,
                cause,
                when: None,
                reason,
            }
        } else {
            Event::StepSkipPlanned {
                step,
                attempt,
                cause,
                reason,
            }
        });
    }

    /// A date set by hand holds until the attempt ends. A running budget becomes as long as that.
    pub fn redate(&mut self, address: &Address, due: Date, reason: &str) -> Result<(), Verdict> {
        let node = self.unsettled(address)?;
        if due < self.today() {
            let reason = format!("{} is past. Choose today or a later day.", say_date(due));
            return Err(Refusal::new(Code::WrongDate, reason).into());
        }
        let step = self.step(address);
        let old = step.and_then(|step| step.due.clone());
        let attempt = self.attempt(address);
        let rule = old
            .as_ref()
            .map_or_else(|| "set by hand".to_owned(), |old| old.rule.clone());
        let calendar = self.calendar(node, address, false);
        let calendar = old.as_ref().map_or(calendar, |old| old.calendar.clone());
        let unit = old.as_ref().map_or(Unit::SchoolDays, |old| old.kind.unit());
        let reach = self.facts.calendars.reach(&calendar, unit, due);
        reach.map_err(|ended| self.calendar_ends(&ended))?;
        let reason = Some(self.reason(reason)?);
        let new = Deadline {
            rule,
            kind: self.kind_by_hand(address, old.as_ref(), due),
            date: Some(due),
            ended: None,
            calendar,
            short_notice: false,
            by_hand: true,
        };
        self.emit(Event::DeadlineMoved {
            step: address.clone(),
            attempt,
            what: Moved::Due,
            old: old.and_then(|old| old.date),
            new,
            why: MoveCause::Redated,
            reason,
        });
        Ok(())
    }

    fn kind_by_hand(&self, address: &Address, old: Option<&Deadline>, due: Date) -> DeadlineKind {
        let unit = old.map(|old| old.kind.unit());
        let hung = DeadlineKind::HungOn {
            unit: unit.unwrap_or(Unit::SchoolDays),
            anchor: Some(due),
        };
        let Some(old) = old.filter(|_| self.run.status == RunStatus::InProgress) else {
            return hung;
        };
        let DeadlineKind::Budget {
            unit,
            since,
            anchor,
            ..
        } = &old.kind
        else {
            return hung;
        };
        let consumed = self.consumed(address, Moved::Due).unwrap_or(0);
        let today = self.today();
        let left = self
            .facts
            .calendars
            .measure(&old.calendar, *unit, today, due);
        DeadlineKind::Budget {
            days: consumed + left,
            unit: *unit,
            consumed,
            since: since.map(|_| today),
            anchor: *anchor,
        }
    }

    /// A reason, or the refusal that asks for one.
    pub fn reason(&mut self, text: &str) -> Result<Text, Refusal> {
        if text.trim().is_empty() {
            return Err(reason_required());
        }
        Ok(self.seal_text(text))
    }

    pub fn known_person(&self, person: PersonId) -> Result<(), Refusal> {
        match self.facts.directory.people.get(&person) {
            Some(known) if !known.erased => Ok(()),
            _ => {
                let reason = format!("Nobody in the directory has the id {person}.");
                Err(Refusal::new(Code::UnknownPerson, reason))
            }
        }
    }
}

pub(super) fn reason_required() -> Refusal {
    Refusal::new(Code::ReasonRequired, "Say why: this needs a reason.")
}

/// The number of a pass, for words.
pub(super) fn pass_number(address: &Address) -> Option<u32> {
    match address.key() {
        Some(Key::Pass(pass)) => Some(*pass),
        _ => None,
    }
}
