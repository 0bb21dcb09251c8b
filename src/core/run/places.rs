//! From nodes of a definition to places of a run, and back.
//!
//! A bare name in a definition means the nearest: same pass, same school, same person, then
//! outwards. Where nothing nearer is shared, a node inside a group that happens several times
//! means all its instances.

use crate::core::definition::workflow::{Kind, Node, NodeId, Several, Workflow};

use super::address::{Address, Key};
use super::event::{NamedStep, StepKind};
use super::state::{Run, Step};

/// Nodes from the top down to this one.
fn chain(workflow: &Workflow, node: NodeId) -> Vec<NodeId> {
    let mut chain: Vec<NodeId> = workflow.ancestors(node).collect();
    chain.reverse();
    chain.push(node);
    chain
}

/// Existing instances of a group or step that happens several times, in order.
pub fn instances_of<'a>(
    run: &'a Run,
    container: &'a Address,
) -> impl Iterator<Item = &'a Address> + 'a {
    let depth = container.0.len();
    run.steps
        .range::<Address, _>(container..)
        .map(|(address, _)| address)
        .take_while(move |address| {
            address.0.len() >= depth
                && address.0[..depth - 1] == container.0[..depth - 1]
                && address.0[depth - 1].name == container.0[depth - 1].name
        })
        .filter(move |address| address.0.len() == depth && address.key().is_some())
}

/// The place of a node that lies in nothing that happens several times, if it exists in the run.
fn only_place(run: &Run, place: &Address) -> Vec<Address> {
    let there = run.steps.contains_key(place);
    there.then(|| place.clone()).into_iter().collect()
}

/// All places of a node that exist in the run: the containers, then their instances.
pub fn places(workflow: &Workflow, run: &Run, node: NodeId) -> Vec<Address> {
    if let Some(place) = &workflow.only_places[node] {
        return only_place(run, place);
    }
    let mut found = vec![Address::nowhere()];
    let chain = chain(workflow, node);
    for (at, id) in chain.iter().enumerate() {
        let inner = workflow.node(*id);
        let last = at + 1 == chain.len();
        found = found
            .iter()
            .flat_map(|outer| {
                let place = outer.child(&inner.name);
                let several: Vec<Address> = match &inner.several {
                    Some(_) => instances_of(run, &place).cloned().collect(),
                    None => Vec::new(),
                };
                let own = (last || inner.several.is_none()).then_some(place);
                own.into_iter().chain(several).collect::<Vec<_>>()
            })
            .collect();
    }
    found.retain(|address| run.steps.contains_key(address));
    found
}

/// What a node means as seen from a place: one place, or several where nothing nearer is shared.
pub fn seen_from(workflow: &Workflow, run: &Run, node: NodeId, from: &Address) -> Vec<Address> {
    if let Some(place) = &workflow.only_places[node] {
        return only_place(run, place);
    }
    let chain = chain(workflow, node);
    let here = workflow.node_of(from);
    let mut found = vec![Address::nowhere()];
    for (at, id) in chain.iter().enumerate() {
        let inner = workflow.node(*id);
        let last = at + 1 == chain.len();
        found = found
            .iter()
            .flat_map(|outer| {
                let place = outer.child(&inner.name);
                let Some(several) = &inner.several else {
                    return vec![place];
                };
                if let Some(key) = shared_key(from, &place, here, *id, last)
                    .or_else(|| same_each(workflow, run, several, from, &place))
                {
                    return vec![place.instance(key)];
                }
                if last {
                    return vec![place];
                }
                instances_of(run, &place).cloned().collect()
            })
            .collect();
    }
    found.retain(|address| run.steps.contains_key(address));
    found
}

/// Whether all that a node means as seen from a place is settled, or holds the place itself.
pub fn is_settled_from(workflow: &Workflow, run: &Run, node: NodeId, from: &Address) -> bool {
    let is_done = |place: &Address, step: &Step| step.status.is_settled() || from.is_within(place);
    if let Some(place) = &workflow.only_places[node] {
        return run.find_step(place).is_none_or(|step| is_done(place, step));
    }
    let seen = seen_from(workflow, run, node, from);
    seen.iter().all(|place| is_done(place, &run.steps[place]))
}

/// The key of a group that the place itself lies in.
fn shared_key(
    from: &Address,
    place: &Address,
    here: Option<NodeId>,
    id: NodeId,
    last: bool,
) -> Option<Key> {
    if last && here != Some(id) {
        // The whole group is meant, also from inside it.
        return None;
    }
    let segment = from.0.get(place.0.len() - 1)?;
    let same = from.0[..place.0.len() - 1] == place.0[..place.0.len() - 1]
        && *segment.name == *place.name();
    same.then(|| segment.key.clone()).flatten()
}

/// The same school or person, where the place lies in an `each` of the same kind.
fn same_each(
    workflow: &Workflow,
    run: &Run,
    several: &Several,
    from: &Address,
    place: &Address,
) -> Option<Key> {
    if matches!(several, Several::Repeat { .. }) {
        return None;
    }
    from.0.iter().enumerate().find_map(|(at, segment)| {
        let around = workflow.node_of(&from.0[..=at])?;
        let same = workflow.node(around).several.as_ref() == Some(several);
        let key = segment.key.clone().filter(|_| same)?;
        run.steps
            .contains_key(&place.instance(key.clone()))
            .then_some(key)
    })
}

/// Names a node's places in an outer place; what happens several times is named when it does.
pub fn name_steps(workflow: &Workflow, outer: &Address, node: NodeId, into: &mut Vec<NamedStep>) {
    let step = outer.child(&workflow.node(node).name);
    if workflow.node(node).several.is_some() {
        into.push(NamedStep {
            step,
            kind: StepKind::Group,
        });
        return;
    }
    name_place(workflow, step, node, into);
}

/// Names one instance of something that happens several times, and what lies in it.
pub fn name_instance(
    workflow: &Workflow,
    instance: Address,
    node: NodeId,
    into: &mut Vec<NamedStep>,
) {
    if workflow.node(node).is_group() {
        into.push(NamedStep {
            step: instance.clone(),
            kind: StepKind::Instance,
        });
        for child in &workflow.node(node).children {
            name_steps(workflow, &instance, *child, into);
        }
    } else {
        name_place(workflow, instance, node, into);
    }
}

fn name_place(workflow: &Workflow, step: Address, node: NodeId, into: &mut Vec<NamedStep>) {
    let kind = match workflow.node(node).kind {
        Kind::Task(_) => StepKind::Task,
        Kind::Engine => StepKind::Engine,
        Kind::Wait(_) => StepKind::Wait,
        Kind::Start { .. } => StepKind::Start,
        Kind::Group(_) => StepKind::Group,
    };
    into.push(NamedStep {
        step: step.clone(),
        kind,
    });
    for child in &workflow.node(node).children {
        name_steps(workflow, &step, *child, into);
    }
}

/// The title of a place for people: "Write down the visit" with "visit 2" behind it.
pub fn title(workflow: &Workflow, address: &Address) -> String {
    let Some(node) = workflow.node_of(address) else {
        return address.to_string();
    };
    let mut title = workflow.node(node).title.clone();
    if title.is_empty() {
        title = workflow.node(node).name.replace('_', " ");
    }
    let passes: Vec<String> = passes_in_words(workflow, address);
    if passes.is_empty() {
        title
    } else {
        format!("{title} ({})", passes.join(", "))
    }
}

/// The word for one pass or instance of a group: its title in lower case, else its name.
pub fn word(group: &Node) -> String {
    if group.title.is_empty() {
        group.name.replace('_', " ")
    } else {
        group.title.to_lowercase()
    }
}

/// "visit 2", for a place in a pass.
pub fn pass_in_words(workflow: &Workflow, address: &Address) -> Option<String> {
    let mut segments = address.0.iter().enumerate().rev();
    segments.find_map(|(at, segment)| match segment.key {
        Some(Key::Pass(pass)) => {
            let group = workflow.node_of(&address.0[..=at])?;
            Some(format!("{} {pass}", word(workflow.node(group))))
        }
        _ => None,
    })
}

fn passes_in_words(workflow: &Workflow, address: &Address) -> Vec<String> {
    let mut words = Vec::new();
    for (at, segment) in address.0.iter().enumerate() {
        let Some(Key::Pass(pass)) = segment.key else {
            continue;
        };
        let group = workflow.node_of(&address.0[..=at]);
        let group = group.map(|id| workflow.node(id));
        if at + 1 == address.0.len() {
            words.push(pass.to_string());
        } else {
            let word = group.map_or_else(|| segment.name.to_string(), word);
            words.push(format!("{word} {pass}"));
        }
    }
    words
}
