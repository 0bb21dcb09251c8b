//! What a doer or a coordinator does with one step: complete, draft, take, open, block, skip,
//! assign, delegate, redate.

use crate::core::definition::form::Answers;
use crate::core::definition::workflow::{Kind, NodeId};
use crate::core::names::PersonId;
use crate::core::run::address::{Address, Key};
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::effect::Effect;
use crate::core::run::event::{Cause, Event, How, MoveCause, Moved, StepKind};
use crate::core::run::places;
use crate::core::run::refusal::{Code, NotYet, Refusal, Verdict};
use crate::core::run::state::Status;
use crate::core::time::{Date, say_date, say_moment};

use super::working::Working;

impl Working<'_> {
    /// The place that an address means: without a pass, the open one.
    pub fn locate(&self, address: &Address) -> Result<Address, Verdict> {
        if self.run.steps.contains_key(address) {
            return Ok(address.clone());
        }
        let mut found = Address(Vec::new());
        for segment in &address.0 {
            let mut place = found.child(&segment.name);
            if let Some(key) = &segment.key {
                place = place.instance(key.clone());
            } else if segment != &address.0[address.0.len() - 1] {
                place = self.open_instance(&place).unwrap_or(place);
            }
            found = place;
        }
        if self.run.steps.contains_key(&found) {
            return Ok(found);
        }
        let Some(node) = self.workflow.find_node(&address.path()) else {
            return Err(self.unknown_step(address).into());
        };
        let reason = format!("{} has not begun, so there is no {address} yet.", {
            let group = self.workflow.several_around(node).unwrap_or(node);
            let group = self.node(group);
            if group.title.is_empty() {
                group.name.clone()
            } else {
                group.title.clone()
            }
        });
        Err(NotYet {
            step: Some(address.clone()),
            code: Code::NotHereYet,
            reason,
        }
        .into())
    }

    /// The one unsettled instance, else the last.
    fn open_instance(&self, group: &Address) -> Option<Address> {
        let all: Vec<&Address> = places::instances_of(&self.run, group).collect();
        let open = all.iter().find(|instance| !self.run.is_settled(instance));
        open.or(all.last()).map(|instance| (*instance).clone())
    }

    fn unknown_step(&self, address: &Address) -> Refusal {
        let path = address.path();
        let paths = self.workflow.nodes.iter().map(|node| node.path.as_str());
        let near = paths
            .map(|known| (strsim::damerau_levenshtein(known, &path), known))
            .min()
            .filter(|(distance, _)| *distance <= 3);
        let hint = near.map_or_else(String::new, |(_, known)| {
            format!(" Did you mean `{known}`?")
        });
        Refusal::new(
            Code::UnknownStep,
            format!("This project has no step `{address}`.{hint}"),
        )
    }

    /// A step that somebody can act on now, or why not.
    pub fn ready(&self, address: &Address) -> Result<NodeId, Verdict> {
        let Some(node) = self.node_at(address) else {
            return Err(self.unknown_step(address).into());
        };
        let Some(step) = self.step(address) else {
            return Err(self.unknown_step(address).into());
        };
        let title = self.title(address);
        match step.status {
            Status::NotStarted | Status::InProgress => Ok(node),
            Status::CannotStartYet => {
                let (code, reason) = self.why_not_yet(node, address);
                let reason = format!("{title} cannot be done yet: {reason}");
                Err(NotYet {
                    step: Some(address.clone()),
                    code,
                    reason,
                }
                .into())
            }
            Status::CannotProgress => {
                let reason = format!("{title} is marked as “cannot progress”. Unblock it first.");
                Err(Refusal::new(Code::NotReady, reason).into())
            }
            Status::Complete => {
                let done = step.done.as_ref();
                let who = done.and_then(|done| done.by).map_or_else(
                    || "by an event".to_owned(),
                    |person| format!("by person:{person}"),
                );
                let at =
                    done.map_or_else(String::new, |done| format!(" at {}", say_moment(done.at)));
                let reason = format!("{title} was completed {who}{at}.");
                Err(Refusal::new(Code::AlreadyComplete, reason).into())
            }
            Status::NotRequired => {
                let reason = format!("{title} is not required in this project.");
                Err(Refusal::new(Code::NotRequired, reason).into())
            }
        }
    }

    /// What a step waits for, in words: for refusals and for `step why`.
    pub fn why_not_yet(&self, node: NodeId, address: &Address) -> (Code, String) {
        let step = self.step(address);
        if let Some(opens) = step
            .filter(|step| step.free)
            .and_then(|step| step.opens.as_ref())
        {
            let reason = match opens.date {
                Some(date) => format!("it opens on {}.", say_date(date)),
                None => format!("its day is not known yet ({}).", opens.rule),
            };
            return (Code::NotOpenYet, reason);
        }
        let waits = self.first_waits(node, address);
        if waits.is_empty() {
            return (
                Code::NotReady,
                "what it stands on is not settled.".to_owned(),
            );
        }
        let titles: Vec<String> = waits.iter().map(|on| self.title_with_day(on)).collect();
        (Code::NotReady, format!("it waits for {}.", and(&titles)))
    }

    fn title_with_day(&self, address: &Address) -> String {
        let title = self.title(address);
        match self
            .step(address)
            .and_then(|step| step.opens.as_ref())
            .and_then(|o| o.date)
        {
            Some(date) => format!("{title}, which opens on {}", say_date(date)),
            None => title,
        }
    }

    /// Of all that it waits for, what is begun or comes first.
    pub fn first_waits(&self, node: NodeId, address: &Address) -> Vec<Address> {
        let waits = self.waits_for(node, address);
        let leaf = |place: &&Address| {
            self.step(place)
                .is_some_and(|s| !matches!(s.kind, StepKind::Group | StepKind::Instance))
        };
        let begun: Vec<Address> = waits
            .iter()
            .filter(leaf)
            .filter(|place| self.step(place).is_some_and(|s| s.free))
            .cloned()
            .collect();
        if begun.is_empty() {
            waits.into_iter().take(1).collect()
        } else {
            begun
        }
    }

    pub fn complete(
        &mut self,
        address: &Address,
        answers: Option<&Answers>,
        outcome: Option<&str>,
        reason: Option<&str>,
    ) -> Result<(), Verdict> {
        let node = self.ready(address)?;
        let wait = self.node(node).wait().is_some();
        if !matches!(self.node(node).kind, Kind::Task(_) | Kind::Wait(_)) {
            let reason = format!("{} is not done by a person.", self.title(address));
            return Err(Refusal::new(Code::WrongKind, reason).into());
        }
        let answers = answers
            .or(self.facts.draft.as_ref())
            .cloned()
            .unwrap_or_default();
        self.check_outcome(node, address, outcome)?;
        let sent_back = outcome.is_some_and(|name| self.sends_back(node, name));
        if !sent_back || !answers.is_empty() {
            self.check_answers(node, address, &answers, &[])?;
        }
        self.check_reason(node, outcome, reason)?;
        let doer = self.acting.doer();
        if let (Some(role), Some(person)) = (self.node(node).role(), doer) {
            self.check_not(role, person, false)?;
        }
        let appointments = if sent_back {
            Vec::new()
        } else {
            self.read_appointments(node, address, &answers)?
        };
        let form = self.form(node);
        let answers = self.seal_answers(form, &answers);
        let reason = reason.map(|text| self.seal_text(text));
        self.emit(Event::StepCompleted {
            step: address.clone(),
            attempt: self.attempt(address),
            how: if wait { How::Event } else { How::Person },
            by: doer,
            role: self.acting.role.clone(),
            answers,
            outcome: outcome.map(str::to_owned),
            reason,
        });
        self.effects.push(Effect::DropDraft {
            step: address.clone(),
        });
        self.after_completion(node, address, outcome, appointments)
    }

    pub fn draft(&mut self, address: &Address, answers: &Answers) -> Result<(), Verdict> {
        let node = self.ready(address)?;
        let fields = self.form(node).map(|form| &form.fields);
        if let Some(name) = answers
            .keys()
            .find(|n| fields.is_none_or(|f| !f.contains_key(*n)))
        {
            let reason = format!("The form of {} has no field `{name}`.", self.title(address));
            return Err(Refusal::new(Code::InvalidAnswers, reason).into());
        }
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

    pub fn take(&mut self, address: &Address) -> Result<(), Verdict> {
        let node = self.ready(address)?;
        let Some(person) = self.acting.doer() else {
            return Ok(());
        };
        if let Some(role) = self.node(node).role() {
            self.check_not(role, person, false)?;
        }
        let attempt = self.attempt(address);
        self.emit(Event::StepTaken {
            step: address.clone(),
            attempt,
            person,
        });
        Ok(())
    }

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
        let attempt = self.attempt(address);
        let due = match self.plan(node, address, Moved::Due) {
            Some(super::planning::Planned::Deadline(due)) => Some(due),
            _ => None,
        };
        self.emit(Event::StepReady {
            step: address.clone(),
            attempt,
            due,
            early,
        });
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
        let Some(node) = self.node_at(address) else {
            return Err(self.unknown_step(address).into());
        };
        if !self.acting.coordinator && !self.node(node).optional {
            let reason = format!(
                "{} is not optional. Ask the coordinator, who can skip it with a reason.",
                self.title(address)
            );
            return Err(Refusal::new(Code::NotAllowed, reason).into());
        }
        if self.run.is_settled(address) {
            self.ready(address)?;
        }
        let reason = match reason {
            Some(text) => Some(self.reason(text)?),
            None if self.node(node).optional => None,
            None => return Err(reason_required().into()),
        };
        self.close_or_plan(address, &Cause::Skipped, reason.as_ref());
        Ok(())
    }

    /// Rule 2: nothing is settled before it is free. What comes earlier takes effect then.
    pub fn close_or_plan(
        &mut self,
        address: &Address,
        cause: &Cause,
        reason: Option<&crate::core::run::event::Text>,
    ) {
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

    pub fn assign(&mut self, address: &Address, person: PersonId) -> Result<(), Verdict> {
        let node = self.unsettled(address)?;
        self.known_person(person)?;
        if let Some(role) = self.node(node).role() {
            self.check_not(role, person, true)?;
        }
        let attempt = self.attempt(address);
        let person = Some(person);
        self.emit(Event::StepAssigned {
            step: address.clone(),
            attempt,
            person,
        });
        Ok(())
    }

    pub fn delegate(&mut self, address: &Address, to: PersonId) -> Result<(), Verdict> {
        let node = self.unsettled(address)?;
        self.known_person(to)?;
        let Some(from) = self.acting.doer() else {
            return Ok(());
        };
        if let Some(role) = self.node(node).role() {
            self.check_not(role, to, true)?;
        }
        let back = self.step(address).and_then(|step| step.delegated_from) == Some(to);
        if !back && !self.share_a_school(from, to) {
            let reason = "It can be passed on to a colleague of the same school only. Ask the \
                          coordinator to assign it to somebody else.";
            return Err(Refusal::new(Code::WrongPeople, reason).into());
        }
        let attempt = self.attempt(address);
        self.emit(Event::StepDelegated {
            step: address.clone(),
            attempt,
            from,
            to,
        });
        Ok(())
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

    pub fn redate(&mut self, address: &Address, due: Date, reason: &str) -> Result<(), Verdict> {
        let node = self.unsettled(address)?;
        if due < self.today() {
            let reason = format!("{} is past. Choose today or a later day.", say_date(due));
            return Err(Refusal::new(Code::WrongDate, reason).into());
        }
        let reason = Some(self.reason(reason)?);
        let step = self.step(address);
        let old = step.and_then(|step| step.due.clone());
        let attempt = self.attempt(address);
        let calendar = self.calendar(node, address, false);
        let kind = old.as_ref().map_or(
            DeadlineKind::HungOn {
                unit: crate::core::definition::dates::Unit::SchoolDays,
                anchor: Some(due),
            },
            |old| old.kind.clone(),
        );
        let rule = old
            .as_ref()
            .map_or_else(|| "set by hand".to_owned(), |old| old.rule.clone());
        let new = Deadline {
            rule,
            kind,
            date: Some(due),
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

    fn unsettled(&self, address: &Address) -> Result<NodeId, Verdict> {
        let node = self
            .node_at(address)
            .ok_or_else(|| self.unknown_step(address))?;
        if self.run.is_settled(address) {
            self.ready(address)?;
        }
        Ok(node)
    }

    /// A reason, or the refusal that asks for one.
    pub fn reason(&mut self, text: &str) -> Result<crate::core::run::event::Text, Refusal> {
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

/// "A", "A and B", "A, B and C".
pub(super) fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The number of a pass, for words.
pub(super) fn pass_number(address: &Address) -> Option<u32> {
    match address.key() {
        Some(Key::Pass(pass)) => Some(*pass),
        _ => None,
    }
}
