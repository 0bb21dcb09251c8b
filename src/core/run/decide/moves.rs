//! What becomes of every place when a run moves to another version, or all the reasons why it
//! cannot: the table of `migrate`, row by row.

use std::collections::BTreeMap;

use crate::core::definition::workflow::{NodeId, Several, Workflow};
use crate::core::run::address::{Address, Key, Segment};
use crate::core::run::event::{Migrated, StepKind};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal};
use crate::core::run::state::Step;

use super::working::Working;

/// What a map says of a place that the new version shall not have.
const NONE: &str = "none";

impl Working<'_> {
    /// What becomes of every place, or all the reasons why the run cannot move.
    pub fn moves(
        &self,
        target: &Workflow,
        map: &BTreeMap<String, String>,
        ask: &[String],
    ) -> Result<Vec<Migrated>, Refusal> {
        let mut reasons = self.wrong_names(target, map, ask);
        let mut moves = Vec::new();
        for (place, step) in &self.run.steps {
            match self.move_of(target, map, place, step) {
                Ok(to) => moves.push(Migrated {
                    from: place.clone(),
                    to,
                    due: None,
                    opens: None,
                }),
                Err(reason) => reasons.push(reason),
            }
        }
        reasons.dedup();
        if reasons.is_empty() {
            return Ok(moves);
        }
        let reason = format!("This project cannot move: {}.", reasons.join("; "));
        Err(Refusal::new(Code::CannotMigrate, reason))
    }

    fn move_of(
        &self,
        target: &Workflow,
        map: &BTreeMap<String, String>,
        place: &Address,
        step: &Step,
    ) -> Result<Option<Address>, String> {
        let path = place.path();
        let (wanted, said) = mapped(map, &path);
        let title = self.title(place);
        let open = step.free && !step.status.is_settled() && is_step(step);
        if wanted == NONE {
            return Ok(None);
        }
        let Some(node) = target.find_node(&wanted) else {
            return if open {
                Err(format!(
                    "{title} (`{path}`) is open, and the new version lacks it: map it, to `none` \
                     to give it up"
                ))
            } else {
                Ok(None)
            };
        };
        let same = self
            .node_at(place)
            .is_some_and(|old| is_same_kind(self.workflow, old, target, node));
        if same {
            return Ok(Some(renamed(place, &wanted)));
        }
        // By itself only the same kind maps; what was never reached is simply new.
        if said || open {
            return Err(format!(
                "{title} (`{path}`) is of another kind in the new version (`{wanted}`), or happens \
                 a different number of times"
            ));
        }
        Ok(None)
    }

    /// Names in the map that neither version has, and two old names for one new.
    fn wrong_names(
        &self,
        target: &Workflow,
        map: &BTreeMap<String, String>,
        ask: &[String],
    ) -> Vec<String> {
        let mut reasons = Vec::new();
        for (old, new) in map {
            if self.workflow.find_node(old).is_none() {
                reasons.push(format!(
                    "the map names `{old}`, which the old version lacks"
                ));
            }
            if new != NONE && target.find_node(new).is_none() {
                reasons.push(format!(
                    "the map names `{new}`, which the new version lacks"
                ));
            }
            let again = map.iter().any(|(other, to)| other < old && to == new) && new != NONE;
            let by_itself = self.workflow.find_node(new).is_some() && !map.contains_key(new);
            if again || by_itself && new != old {
                reasons.push(format!("two steps would become `{new}`"));
            }
        }
        let unknown = ask.iter().filter(|step| target.find_node(step).is_none());
        reasons.extend(unknown.map(|step| format!("the new version has no step `{step}` to ask")));
        reasons
    }

    /// What stays although the new version would not allow it; no reason to refuse.
    pub fn remarks(&self, target: &Workflow, roles: &BTreeMap<String, String>) -> Vec<String> {
        let mut remarks = Vec::new();
        for place in self.run.steps.keys().filter(|place| place.key().is_none()) {
            let group = target.node_of(place).map(|id| target.node(id));
            let Some(Several::Repeat { max, .. }) = group.and_then(|it| it.several.as_ref()) else {
                continue;
            };
            let passes = places::instances_of(&self.run, place).count();
            if passes > usize::try_from(*max).unwrap_or(usize::MAX) {
                remarks.push(format!(
                    "`{place}` has {passes} passes, which are kept; the new version allows {max}."
                ));
            }
        }
        for (role, held) in &self.run.people {
            let name = roles.get(role).unwrap_or(role);
            let Some(new) = target.roles.get(name) else {
                remarks.push(format!("The new version has no role `{name}`."));
                continue;
            };
            let number = u32::try_from(held.len()).unwrap_or(u32::MAX);
            if number < new.many.min || number > new.many.max {
                remarks.push(format!(
                    "{number} people are {}, which is kept; the new version takes {} to {}.",
                    new.title, new.many.min, new.many.max
                ));
            }
            let both = held.iter().any(|held| {
                let other = new.not.as_ref().and_then(|not| self.run.people.get(not));
                other.is_some_and(|all| all.iter().any(|it| it.person == held.person))
            });
            if both {
                remarks.push(format!(
                    "Somebody is {} whom the new version would not allow, which is kept.",
                    new.title
                ));
            }
        }
        remarks
    }
}

pub(super) fn is_step(step: &Step) -> bool {
    !matches!(step.kind, StepKind::Group | StepKind::Instance)
}

/// The new path, and whether the map says so: the entry of the step or of a group around it.
fn mapped(map: &BTreeMap<String, String>, path: &str) -> (String, bool) {
    let mut start = path.len();
    loop {
        if let Some(new) = map.get(&path[..start]) {
            let rest = &path[start..];
            let new = if new == NONE {
                NONE.to_owned()
            } else {
                format!("{new}{rest}")
            };
            return (new, true);
        }
        match path[..start].rfind('.') {
            Some(dot) => start = dot,
            None => return (path.to_owned(), false),
        }
    }
}

/// Same kind, and neither into nor out of something that happens several times.
fn is_same_kind(old: &Workflow, before: NodeId, target: &Workflow, node: NodeId) -> bool {
    let several = |workflow: &Workflow, id: NodeId| -> Vec<String> {
        let around = std::iter::once(id).chain(workflow.ancestors(id));
        around
            .filter_map(|at| match &workflow.node(at).several {
                Some(Several::Repeat { .. }) => Some("repeat".to_owned()),
                Some(Several::EachSchool) => Some("school".to_owned()),
                Some(Several::EachPerson(_)) => Some("person".to_owned()),
                None => None,
            })
            .collect()
    };
    let kind = |workflow: &Workflow, id: NodeId| std::mem::discriminant(&workflow.node(id).kind);
    kind(old, before) == kind(target, node) && several(old, before) == several(target, node)
}

/// The address under its new path, with the keys it had.
fn renamed(place: &Address, path: &str) -> Address {
    let names: Vec<&str> = path.split('.').collect();
    let same_depth = names.len() == place.0.len();
    let mut keys: Vec<Key> = place.0.iter().filter_map(|s| s.key.clone()).collect();
    keys.reverse();
    let segments = names.iter().enumerate().map(|(at, name)| Segment {
        name: (*name).into(),
        key: if same_depth {
            place.0[at].key.clone()
        } else {
            keys.pop()
        },
    });
    Address(segments.collect())
}
