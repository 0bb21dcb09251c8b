//! What a step stands on: its needs, what these stand on, and the doors of the groups around it.
//!
//! The one relation behind readiness, reopening, conditions and dates. A need that is a group means
//! everything inside it. Safe on a page whose needs go in circles: a step may then stand on itself.

use std::collections::BTreeSet;

use super::workflow::{NodeId, Workflow};

/// All that must be settled before this node is free, the node itself not counted.
pub fn stands_on(workflow: &Workflow, node: NodeId) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::new();
    let mut open = own_needs(workflow, node);
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(own_needs(workflow, next));
            open.extend(&workflow.nodes[next].children);
        }
    }
    found
}

/// The needs of a node and of the doors around it.
fn own_needs(workflow: &Workflow, node: NodeId) -> Vec<NodeId> {
    std::iter::once(node)
        .chain(workflow.ancestors(node))
        .flat_map(|at| workflow.nodes[at].needs.iter().copied())
        .collect()
}

/// For every node, in node order.
pub fn compute_all(workflow: &Workflow) -> Vec<BTreeSet<NodeId>> {
    (0..workflow.nodes.len())
        .map(|node| stands_on(workflow, node))
        .collect()
}
