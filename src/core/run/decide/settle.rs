//! What follows from what has just happened, to a fixed point.
//!
//! In text order, again and again until nothing moves: steps become free, conditions are
//! decided, moments come, engine steps are done, kept events are used, groups and the run end.
//! Each round settles something, so it ends; a limit guards against a definition that does not.

use crate::core::definition::workflow::{Kind, NodeId, Several};
use crate::core::run::address::{Address, Key};
use crate::core::run::deadline::Deadline;
use crate::core::run::event::{Cause, Decided, Event, How, Moved, StepKind, Text};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal};
use crate::core::run::state::{Done, RunStatus, Status};

use super::planning::{Planned, is_moved};
use super::working::Working;

/// More events than any definition of the permitted size can make in one decision.
const LIMIT: usize = 1_000;

impl Working<'_> {
    /// Settles all consequences. While a run is held or over, nothing follows.
    pub fn settle(&mut self) -> Result<(), Refusal> {
        while self.run.status == RunStatus::InProgress {
            let before = self.events.len();
            for (node, address) in self.open_in_text_order() {
                self.settle_place(node, &address);
            }
            self.end_run();
            if self.events.len() == before {
                break;
            }
            if self.events.len() > LIMIT {
                return Err(Refusal::new(
                    Code::WrongKind,
                    "This would set off more than 1,000 consequences at once. The definition \
                     goes round in a circle: check it.",
                ));
            }
        }
        if self.run.status == RunStatus::InProgress {
            self.replan();
        }
        Ok(())
    }

    /// What is not settled, in the order of the definition; what opens meanwhile comes next time.
    fn open_in_text_order(&self) -> Vec<(NodeId, Address)> {
        let open = self
            .run
            .steps
            .iter()
            .filter(|(_, step)| !step.status.is_settled());
        let mut open: Vec<(NodeId, Address)> = open
            .filter_map(|(address, _)| Some((self.node_at(address)?, address.clone())))
            .collect();
        open.sort_by_key(|(node, _)| *node);
        open
    }

    fn settle_place(&mut self, node: NodeId, address: &Address) {
        let Some(step) = self.step(address) else {
            return;
        };
        match (step.status, step.kind) {
            (Status::CannotStartYet, _) if !step.free => self.set_free(node, address),
            (Status::CannotStartYet, _) => self.wait_for_moment(node, address),
            (Status::NotStarted | Status::InProgress, kind) => match kind {
                StepKind::Engine => self.engine_step(node, address),
                StepKind::Wait => self.use_kept(node, address),
                StepKind::Group | StepKind::Instance => self.end_group(node, address, kind),
                StepKind::Task | StepKind::Start => {}
            },
            _ => {}
        }
    }

    /// Whether everything that it stands on is settled, and what it lies in has been entered.
    fn may_start(&self, node: NodeId, address: &Address) -> bool {
        let settled = |on: &NodeId| places::is_settled_from(self.workflow, &self.run, *on, address);
        // Its own needs first: they are what is usually open.
        self.is_entered(node, address)
            && self.node(node).needs.iter().all(settled)
            && self.workflow.stands_on[node].iter().rev().all(settled)
    }

    /// Whether the group or instance that must be open before this place is open.
    fn is_entered(&self, node: NodeId, address: &Address) -> bool {
        let around = if self.node(node).several.is_some() && address.key().is_some() {
            self.step(&address.without_key())
        } else {
            let Some(around) = address.around() else {
                return true;
            };
            self.run.steps.get(around).map(AsRef::as_ref)
        };
        around.is_some_and(|it| it.status == Status::InProgress)
    }

    /// The places it stands on that are not settled, in text order.
    pub fn waits_for(&self, node: NodeId, address: &Address) -> Vec<Address> {
        self.workflow.stands_on[node]
            .iter()
            .flat_map(|on| places::seen_from(self.workflow, &self.run, *on, address))
            .filter(|on| !self.run.is_settled(on))
            .filter(|on| !address.is_within(on))
            .collect()
    }

    /// Rule 1 met: a planned skip takes effect, the condition is decided, the moment is planned.
    fn set_free(&mut self, node: NodeId, address: &Address) {
        if !self.may_start(node, address) {
            return;
        }
        let planned = self
            .step(address)
            .and_then(|step| step.skip_planned.clone());
        if let Some(planned) = planned {
            return self.close(address, planned.cause, None, planned.reason);
        }
        // Of something that happens several times, the door stands before the whole.
        let own_door = self.node(node).several.is_none() || address.key().is_none();
        let when = self.node(node).when.as_ref().filter(|_| own_door);
        let when = when.map(|condition| self.decide_when(condition, address));
        if when.as_ref().is_some_and(|decided| !decided.result) {
            return self.close(address, Cause::Condition, when, None);
        }
        let opens = if own_door {
            self.plan(node, address, Moved::Opens)
        } else {
            None
        };
        match opens {
            Some(Planned::Never) => self.close(address, Cause::MomentCannotCome, when, None),
            Some(Planned::Deadline(opens)) => {
                self.freed(address, when, Some(opens));
                self.wait_for_moment(node, address);
            }
            None if self.is_group_place(address) => self.make_ready(node, address, when, None),
            None => {
                if when.is_some() {
                    self.freed(address, when, None);
                }
                self.make_ready(node, address, None, None);
            }
        }
    }

    fn freed(&mut self, address: &Address, when: Option<Decided>, opens: Option<Deadline>) {
        let attempt = self.attempt(address);
        self.emit(Event::StepFreed {
            step: address.clone(),
            attempt,
            when,
            opens,
        });
    }

    fn close(
        &mut self,
        address: &Address,
        cause: Cause,
        when: Option<Decided>,
        reason: Option<Text>,
    ) {
        let attempt = self.attempt(address);
        self.emit(Event::StepNotRequired {
            step: address.clone(),
            attempt,
            cause,
            when,
            reason,
        });
    }

    fn is_group_place(&self, address: &Address) -> bool {
        self.step(address)
            .is_some_and(|step| matches!(step.kind, StepKind::Group | StepKind::Instance))
    }

    /// A free step opens when its moment has come; the moment may have moved meanwhile.
    fn wait_for_moment(&mut self, node: NodeId, address: &Address) {
        let opens = self.step(address).and_then(|step| step.opens.clone());
        let Some(opens) = opens else {
            return self.make_ready(node, address, None, None);
        };
        let date = match self.plan(node, address, Moved::Opens) {
            Some(Planned::Never) => {
                return self.close(address, Cause::MomentCannotCome, None, None);
            }
            Some(Planned::Deadline(new)) if is_moved(&opens, &new) => new.date,
            _ => opens.date,
        };
        if date.is_some_and(|date| date <= self.today()) {
            self.make_ready(node, address, None, None);
        }
    }

    /// Ready for whoever does it; of a group, the door opens.
    pub fn make_ready(
        &mut self,
        node: NodeId,
        address: &Address,
        when: Option<Decided>,
        early: Option<Text>,
    ) {
        let attempt = self.attempt(address);
        if self.is_group_place(address) {
            self.emit(Event::GroupOpened {
                group: address.clone(),
                attempt,
                when,
                early,
            });
            return self.open_group(node, address);
        }
        let by_hand = self.step(address).and_then(|step| step.due.clone());
        let due = match by_hand.filter(|due| due.by_hand) {
            Some(due) => Some(self.with_grace(due)),
            None => match self.plan(node, address, Moved::Due) {
                Some(Planned::Deadline(due)) => Some(due),
                Some(Planned::Never) | None => None,
            },
        };
        self.emit(Event::StepReady {
            step: address.clone(),
            attempt,
            due,
            early,
        });
    }

    fn engine_step(&mut self, node: NodeId, address: &Address) {
        let attempt = self.attempt(address);
        self.emit(Event::StepCompleted {
            step: address.clone(),
            attempt,
            how: How::Engine,
            by: None,
            actor: None,
            role: None,
            answers: serde_json::Map::new(),
            outcome: None,
            reason: None,
        });
        self.tell_for(node, address, None);
    }

    /// Tells what a completed step, and its outcome, has to tell.
    pub fn tell_for(&mut self, node: NodeId, address: &Address, outcome: Option<&str>) {
        let of_step = self.node(node).tell.clone();
        let of_outcome =
            outcome.and_then(|name| self.node(node).task()?.outcomes.get(name)?.tell.clone());
        for name in of_step.into_iter().chain(of_outcome) {
            self.emit(Event::Told {
                name,
                step: address.clone(),
            });
        }
    }

    fn open_group(&mut self, node: NodeId, address: &Address) {
        match self.node(node).several.clone() {
            Some(Several::Repeat { .. })
                if address.key().is_none()
                    && places::instances_of(&self.run, address).next().is_none() =>
            {
                self.open_pass(node, address, 1, None);
            }
            Some(Several::EachPerson(role)) if address.key().is_none() => {
                let people = self.run.people.get(&role).cloned().unwrap_or_default();
                for held in people {
                    self.add_instance(node, address, Key::Of(held.person.to_string()));
                }
            }
            _ => {}
        }
    }

    pub fn open_pass(
        &mut self,
        node: NodeId,
        group: &Address,
        pass: u32,
        by: Option<crate::core::names::PersonId>,
    ) {
        let instance = group.instance(Key::Pass(pass));
        let mut steps = Vec::new();
        places::name_instance(self.workflow, instance.clone(), node, &mut steps);
        self.emit(Event::PassOpened {
            pass: instance,
            steps,
            by,
        });
    }

    pub fn add_instance(&mut self, node: NodeId, group: &Address, key: Key) {
        let instance = group.instance(key);
        if self.step(&instance).is_some() {
            return self.come_back(instance);
        }
        let mut steps = Vec::new();
        places::name_instance(self.workflow, instance.clone(), node, &mut steps);
        self.emit(Event::EachAdded { instance, steps });
    }

    /// What was closed by leaving is made again; what was complete stays.
    fn come_back(&mut self, instance: Address) {
        let left = |done: Option<&Done>| done.and_then(|done| done.cause.clone());
        if left(self.step(&instance).and_then(|it| it.done.as_ref())) != Some(Cause::Left) {
            return;
        }
        let cause = Some(Cause::Group {
            group: instance.clone(),
        });
        let closed: Vec<(Address, u32)> = self
            .run
            .steps
            .iter()
            .filter(|(at, step)| at.is_within(&instance) && left(step.done.as_ref()) == cause)
            .map(|(at, step)| (at.clone(), step.attempt + 1))
            .collect();
        self.emit(Event::EachReturned { instance });
        for (step, attempt) in closed {
            self.emit(Event::StepReset {
                step,
                attempt,
                target: false,
                again: true,
                empty: true,
            });
        }
    }

    fn end_group(&mut self, node: NodeId, address: &Address, kind: StepKind) {
        let several = self
            .node(node)
            .several
            .clone()
            .filter(|_| kind == StepKind::Group);
        match several {
            Some(Several::Repeat { min, .. }) => self.go_on_or_end(node, address, min),
            Some(_) => {
                let instances = || places::instances_of(&self.run, address);
                let nobody = instances().next().is_none();
                let all = instances().all(|instance| self.run.is_settled(instance));
                if nobody {
                    self.close(address, Cause::Nobody, None, None);
                } else if all {
                    self.close_group(address);
                }
            }
            None => {
                let children = &self.node(node).children;
                let settled = children
                    .iter()
                    .all(|child| self.run.is_settled(&address.child(&self.node(*child).name)));
                if !settled || matches!(self.node(node).kind, Kind::Group(_)) && children.is_empty()
                {
                    return;
                }
                if kind == StepKind::Instance && matches!(address.key(), Some(Key::Pass(_))) {
                    let pass = address.clone();
                    self.emit(Event::PassEnded {
                        pass,
                        counts: true,
                        reason: None,
                    });
                } else {
                    self.close_group(address);
                }
            }
        }
    }

    fn close_group(&mut self, address: &Address) {
        let attempt = self.attempt(address);
        self.emit(Event::GroupEnded {
            group: address.clone(),
            attempt,
        });
    }

    /// A settled pass without a later one: below the least number the next opens by itself;
    /// otherwise the group ends.
    fn go_on_or_end(&mut self, node: NodeId, group: &Address, min: u32) {
        let passes: Vec<Address> = places::instances_of(&self.run, group).cloned().collect();
        if !passes.iter().all(|pass| self.run.is_settled(pass)) {
            return;
        }
        let counted = self.passes_that_count(group);
        if counted < min {
            self.open_pass(node, group, next_pass(&passes), None);
        } else {
            self.close_group(group);
        }
    }

    /// Passes that were not ended as not having happened.
    pub fn passes_that_count(&self, group: &Address) -> u32 {
        let counted = places::instances_of(&self.run, group)
            .filter(|pass| {
                self.step(pass)
                    .is_some_and(|p| p.status != Status::NotRequired)
            })
            .count();
        u32::try_from(counted).unwrap_or(u32::MAX)
    }

    fn end_run(&mut self) {
        if self.run.status != RunStatus::InProgress {
            return;
        }
        let all = self
            .workflow
            .top()
            .all(|node| self.run.is_settled(&Address::top(&self.node(node).name)));
        if all {
            self.emit(Event::RunCompleted {});
        }
    }
}

/// Numbers are never used again.
pub fn next_pass(passes: &[Address]) -> u32 {
    let last = passes.iter().filter_map(|pass| match pass.key() {
        Some(Key::Pass(number)) => Some(*number),
        _ => None,
    });
    last.max().unwrap_or(0) + 1
}
