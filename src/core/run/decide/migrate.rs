//! Migration: a run moves to another version of its workflow, whole or not at all.
//!
//! Without a map, the same name and kind map by themselves. A settled step keeps what it has; a
//! ready one keeps its draft and what is consumed and takes the new budget; a new step that
//! comes before something begun is not required.

use std::collections::BTreeMap;

use crate::core::definition::workflow::{Kind, Node, NodeId, Workflow};
use crate::core::run::address::{Address, Key, Segment};
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::event::{Cause, Event, Migrated, Moved, NamedStep, StepKind, WorkflowRef};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::run::state::Step;

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
        let old = self.workflow;
        let moves = self.moves(old, target, map)?;
        let (from, to) = (reference(old), reference(target));
        if from == to {
            let reason = format!("This project follows version {version} already.");
            return Err(Refusal::new(Code::CannotMigrate, reason).into());
        }
        self.workflow = target;
        let steps = self.with_new_deadlines(moves);
        let named = self.new_places(&steps);
        self.emit(Event::RunMigrated {
            from,
            to,
            steps,
            roles: roles.clone(),
            named: named.clone(),
        });
        self.close_unmapped();
        self.close_late_comers(&named, ask);
        Ok(())
    }

    /// What becomes of every place, or all the reasons why the run cannot move.
    fn moves(
        &self,
        old: &Workflow,
        target: &Workflow,
        map: &BTreeMap<String, String>,
    ) -> Result<Vec<Migrated>, Refusal> {
        let mut reasons = Vec::new();
        let mut moves = Vec::new();
        for (place, step) in &self.run.steps {
            let path = place.path();
            let wanted = map.get(&path).map_or(path.as_str(), String::as_str);
            let found = target.find_node(wanted).filter(|_| wanted != "none");
            let begun = step.free && !step.status.is_settled();
            let from = place.clone();
            match found {
                None if begun && wanted != "none" && is_step(step) => {
                    reasons.push(format!("{} is open, and the new version lacks it", path));
                }
                None => moves.push(Migrated {
                    from,
                    to: None,
                    due: None,
                }),
                Some(node) if !same_kind(old, &path, target, node) => {
                    reasons.push(format!("{path} is of another kind in the new version"));
                }
                Some(node) => {
                    let to = Some(renamed(place, &target.node(node).path));
                    moves.push(Migrated {
                        from,
                        to,
                        due: None,
                    });
                }
            }
        }
        for named in map.keys() {
            if old.find_node(named).is_none() {
                reasons.push(format!(
                    "the map names `{named}`, which the old version lacks"
                ));
            }
        }
        if reasons.is_empty() {
            return Ok(moves);
        }
        reasons.dedup();
        let reason = format!("This project cannot move: {}.", reasons.join("; "));
        Err(Refusal::new(Code::CannotMigrate, reason))
    }

    /// Open steps take the new budget; what is consumed stays consumed.
    fn with_new_deadlines(&self, moves: Vec<Migrated>) -> Vec<Migrated> {
        let fill = |mut moved: Migrated| {
            let step = self.step(&moved.from);
            let open = step.filter(|step| step.status.is_ready() && is_step(step));
            if let (Some(step), Some(to)) = (open, &moved.to)
                && let Some(node) = self.node_at(to)
                && let Some(Planned::Deadline(planned)) = self.plan(node, to, Moved::Due)
            {
                moved.due = Some(self.carry_over(step, planned));
            }
            moved
        };
        moves.into_iter().map(fill).collect()
    }

    fn carry_over(&self, step: &Step, planned: Deadline) -> Deadline {
        let Some(old) = &step.due else { return planned };
        if old.by_hand {
            return old.clone();
        }
        let (
            DeadlineKind::Budget {
                consumed, since, ..
            },
            DeadlineKind::Budget { days, unit, .. },
        ) = (&old.kind, &planned.kind)
        else {
            return planned;
        };
        let kind = DeadlineKind::Budget {
            days: *days,
            unit: *unit,
            consumed: *consumed,
            since: *since,
        };
        let date = since.map(|since| {
            let left = days.saturating_sub(*consumed);
            let side = crate::core::definition::dates::Side::After;
            self.facts
                .calendars
                .shift(&planned.calendar, *unit, since, left, side)
        });
        Deadline {
            kind,
            date,
            ..planned
        }
    }

    /// Places that the new version names and the run does not have.
    fn new_places(&self, moves: &[Migrated]) -> Vec<NamedStep> {
        let kept: Vec<&Address> = moves.iter().filter_map(|moved| moved.to.as_ref()).collect();
        let mut named = Vec::new();
        for node in self.workflow.top() {
            places::name_steps(self.workflow, &Address(Vec::new()), node, &mut named);
        }
        for instance in kept.iter().filter(|at| at.key().is_some()) {
            if let Some(node) = self.node_at(instance) {
                places::name_instance(self.workflow, (*instance).clone(), node, &mut named);
            }
        }
        named.retain(|named| !kept.contains(&&named.step));
        named
    }

    /// Open places that the map gave up.
    fn close_unmapped(&mut self) {
        let open: Vec<(Address, u32)> = self
            .run
            .gone
            .iter()
            .filter(|(_, step)| !step.status.is_settled())
            .map(|(address, step)| (address.clone(), step.attempt))
            .collect();
        for (step, attempt) in open {
            let (cause, when, reason) = (Cause::Unmapped, None, None);
            self.emit(Event::StepNotRequired {
                step,
                attempt,
                cause,
                when,
                reason,
            });
        }
    }

    /// A new step, where something standing on it has begun, came later.
    fn close_late_comers(&mut self, named: &[NamedStep], ask: &[String]) {
        for new in named {
            let asked = ask.contains(&new.step.path());
            let begun = self.downstream(&new.step).iter().any(|at| {
                self.step(at)
                    .is_some_and(|step| step.free || step.status.is_settled())
            });
            let open = self
                .step(&new.step)
                .is_some_and(|step| !step.status.is_settled());
            if begun && open && !asked {
                self.emit(Event::StepNotRequired {
                    step: new.step.clone(),
                    attempt: 1,
                    cause: Cause::CameLater,
                    when: None,
                    reason: None,
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

fn is_step(step: &Step) -> bool {
    !matches!(step.kind, StepKind::Group | StepKind::Instance)
}

/// Same kind, and neither into nor out of something that happens several times.
fn same_kind(old: &Workflow, path: &str, target: &Workflow, node: NodeId) -> bool {
    let Some(before) = old.find_node(path) else {
        return false;
    };
    let several = |workflow: &Workflow, id: NodeId| -> Vec<Option<std::mem::Discriminant<_>>> {
        let around = std::iter::once(id).chain(workflow.ancestors(id));
        around
            .map(|at| {
                workflow
                    .node(at)
                    .several
                    .as_ref()
                    .map(std::mem::discriminant)
            })
            .collect()
    };
    kind(old.node(before)) == kind(target.node(node))
        && several(old, before)
            .iter()
            .flatten()
            .eq(several(target, node).iter().flatten())
}

fn kind(node: &Node) -> std::mem::Discriminant<Kind> {
    std::mem::discriminant(&node.kind)
}

/// The address under its new path, with the keys it had.
fn renamed(place: &Address, path: &str) -> Address {
    let mut keys = place
        .0
        .iter()
        .filter_map(|segment| segment.key.clone())
        .collect::<Vec<Key>>();
    keys.reverse();
    let names: Vec<&str> = path.split('.').collect();
    let same_depth = names.len() == place.0.len();
    let segments = names.iter().enumerate().map(|(at, name)| Segment {
        name: (*name).to_owned(),
        key: if same_depth {
            place.0[at].key.clone()
        } else {
            keys.pop()
        },
    });
    Address(segments.collect())
}
