//! Migration: a run moves to another version of its workflow, whole or not at all.
//!
//! Without a map, the same name and kind map by themselves. A settled step keeps what it has; a
//! ready one keeps its draft and what is consumed and takes the new budget; a new step that
//! comes before something begun is not required.

use std::collections::BTreeMap;

use crate::core::definition::dates::Side;
use crate::core::definition::workflow::Workflow;
use crate::core::run::address::Address;
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::effect::Effect;
use crate::core::run::event::{Cause, Event, Migrated, Moved, NamedStep, WorkflowRef};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::RunStatus;

use super::planning::Planned;
use super::working::Working;

impl<'a> Working<'a> {
    pub fn migrate(
        &mut self,
        version: u32,
        map: &BTreeMap<String, String>,
        roles: &BTreeMap<String, String>,
        ask: &[String],
    ) -> Result<(), Verdict> {
        let Some(target) = self.facts.target.as_deref() else {
            let reason = format!("There is no version {version} of `{}`.", self.workflow.name);
            return Err(Refusal::new(Code::UnknownWorkflow, reason).into());
        };
        let (from, to) = (reference(self.workflow), reference(target));
        if from == to {
            let reason = format!("This project follows version {version} already.");
            return Err(Refusal::new(Code::CannotMigrate, reason).into());
        }
        self.check_roles(target, roles)?;
        let moves = self.moves(target, map, ask)?;
        let remarks = self.remarks(target, roles);
        let steps = self.with_new_deadlines(target, moves);
        self.workflow = target;
        let named = self.new_places(&steps);
        self.move_drafts(&steps);
        self.emit(Event::RunMigrated {
            from,
            to,
            steps,
            roles: roles.clone(),
            named: named.clone(),
            remarks,
        });
        self.close_late_comers(&named, ask);
        Ok(())
    }

    fn check_roles(
        &self,
        target: &Workflow,
        roles: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        for (old, new) in roles {
            let (version, name) = if !self.workflow.roles.contains_key(old) {
                ("old", old)
            } else if !target.roles.contains_key(new) {
                ("new", new)
            } else {
                continue;
            };
            let reason =
                format!("The map names the role `{name}`, which the {version} version lacks.");
            return Err(Refusal::new(Code::CannotMigrate, reason));
        }
        Ok(())
    }

    /// Open steps take the new budget; what is consumed stays consumed. The new dates are those
    /// of the run as it will stand.
    fn with_new_deadlines(&self, target: &'a Workflow, moves: Vec<Migrated>) -> Vec<Migrated> {
        let mut moved = Working::new(target, &self.run, self.facts);
        moved.run.to_mut().steps = moves
            .iter()
            .filter_map(|place| Some((place.to.clone()?, self.run.steps.get(&place.from)?.clone())))
            .collect();
        let fill = |mut place: Migrated| {
            let Some((step, to)) = self.step(&place.from).zip(place.to.as_ref()) else {
                return place;
            };
            let open = step.free && !step.status.is_settled();
            let (Some(node), true) = (moved.node_at(to), open) else {
                return place;
            };
            let planned = |what: Moved| match moved.plan(node, to, what) {
                Some(Planned::Deadline(planned)) => Some(planned),
                Some(Planned::Never) | None => None,
            };
            if step.status.is_ready() {
                place.due = carry(&moved, step.due.as_ref(), planned(Moved::Due));
            } else {
                place.opens = carry(&moved, step.opens.as_ref(), planned(Moved::Opens));
            }
            place
        };
        moves.into_iter().map(fill).collect()
    }

    /// Places that the new version names and the run does not have.
    fn new_places(&self, moves: &[Migrated]) -> Vec<NamedStep> {
        let kept: Vec<&Address> = moves.iter().filter_map(|moved| moved.to.as_ref()).collect();
        let mut named = Vec::new();
        for node in self.workflow.top() {
            places::name_steps(self.workflow, &Address::nowhere(), node, &mut named);
        }
        for instance in kept.iter().filter(|at| at.key().is_some()) {
            if let Some(node) = self.node_at(instance) {
                places::name_instance(self.workflow, (*instance).clone(), node, &mut named);
            }
        }
        named.retain(|named| !kept.contains(&&named.step));
        named
    }

    fn move_drafts(&mut self, moved: &[Migrated]) {
        let mut moves = BTreeMap::new();
        for place in moved {
            if !self.step(&place.from).is_some_and(|step| step.drafted) {
                continue;
            }
            let step = place.from.clone();
            match &place.to {
                None => self.effects.push(Effect::DropDraft { step }),
                Some(to) if *to != step => drop(moves.insert(step, to.clone())),
                Some(_) => {}
            }
        }
        if !moves.is_empty() {
            self.effects.push(Effect::MoveDrafts { moves });
        }
    }

    /// A new step, where something standing on it has begun or what holds it is settled, came
    /// later; unless it was asked for.
    fn close_late_comers(&mut self, named: &[NamedStep], ask: &[String]) {
        for new in named {
            let Some(step) = self
                .step(&new.step)
                .filter(|step| !step.status.is_settled())
            else {
                continue;
            };
            let attempt = step.attempt;
            let begun = self.downstream(&new.step).iter().any(|at| {
                self.step(at)
                    .is_some_and(|step| step.free || step.status.is_settled())
            });
            let over = new.step.parent().is_some_and(|at| self.run.is_settled(&at));
            if !begun && !over {
                continue;
            }
            let step = new.step.clone();
            if !ask.contains(&step.path()) {
                self.emit(Event::StepNotRequired {
                    step,
                    attempt,
                    cause: Cause::CameLater,
                    when: None,
                    reason: None,
                });
            } else if over {
                self.emit(Event::StepReset {
                    step,
                    attempt,
                    target: true,
                    again: false,
                    empty: false,
                });
            }
        }
    }
}

fn reference(workflow: &Workflow) -> WorkflowRef {
    WorkflowRef {
        name: workflow.name.clone(),
        version: workflow.version,
        hash: workflow.hash.clone(),
    }
}

/// The new budget with what was consumed of the old; a date set by hand holds.
fn carry(
    moved: &Working<'_>,
    old: Option<&Deadline>,
    planned: Option<Deadline>,
) -> Option<Deadline> {
    let Some(old) = old else {
        return planned;
    };
    if old.by_hand {
        return Some(old.clone());
    }
    let mut planned = planned?;
    let DeadlineKind::Budget {
        days,
        unit,
        consumed,
        since,
        ..
    } = &mut planned.kind
    else {
        return Some(planned);
    };
    let stands = moved.run.status != RunStatus::InProgress;
    match &old.kind {
        DeadlineKind::Budget {
            consumed: used,
            since: ran,
            ..
        } => {
            *consumed = *used;
            *since = *ran;
        }
        DeadlineKind::HungOn { .. } if stands => *since = None,
        DeadlineKind::HungOn { .. } => {}
    }
    let left = days.saturating_sub(*consumed);
    let calendars = &moved.facts.calendars;
    let found =
        since.map(|since| calendars.shift(&planned.calendar, *unit, since, left, Side::After));
    planned = match found {
        Some(found) => planned.counted(found),
        None => planned.undated(),
    };
    Some(moved.with_grace(planned))
}
