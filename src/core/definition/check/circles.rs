//! Rules 8, 17 and 33: what waits for itself, and an implied need that surprises.
//!
//! A graph of two points per node, its start and its end, with an edge to whatever it waits for. A
//! circle of needs and doors alone is rule 8; one that goes through an `opens` is rule 17.

use std::collections::BTreeSet;

use super::Case;
use crate::core::definition::dates::Anchor;
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::source::Span;
use crate::core::definition::workflow::{NodeId, Workflow};

pub(super) fn check(case: &Case, findings: &mut Findings) {
    let mut search = Search {
        workflow: case.workflow(),
        state: vec![State::New; case.workflow().nodes.len() * 2],
        path: vec![],
        found: vec![],
    };
    for point in 0..search.state.len() {
        search.visit(point, false);
    }
    let mut seen = BTreeSet::new();
    for circle in search.found {
        if seen.insert(circle.nodes.iter().copied().collect::<BTreeSet<_>>()) {
            report(case, &circle, findings);
        }
    }
    branches_off(case, findings);
}

struct Circle {
    nodes: Vec<NodeId>,
    opens: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

struct Search<'w> {
    workflow: &'w Workflow,
    state: Vec<State>,
    /// The points on the way, and whether an `opens` led to them.
    path: Vec<(usize, bool)>,
    found: Vec<Circle>,
}

impl Search<'_> {
    /// Depth first; at most two points for each of 200 steps, so recursion is safe.
    fn visit(&mut self, point: usize, by_opens: bool) {
        match self.state[point] {
            State::Done => {}
            State::Open => self.close(point, by_opens),
            State::New => {
                self.state[point] = State::Open;
                self.path.push((point, by_opens));
                for (next, opens) in edges(self.workflow, point) {
                    self.visit(next, opens);
                }
                self.path.pop();
                self.state[point] = State::Done;
            }
        }
    }

    fn close(&mut self, point: usize, by_opens: bool) {
        let Some(from) = self.path.iter().position(|(at, _)| *at == point) else {
            return;
        };
        let opens = by_opens || self.path[from + 1..].iter().any(|(_, opens)| *opens);
        let mut nodes: Vec<_> = self.path[from..].iter().map(|(at, _)| at / 2).collect();
        nodes.dedup();
        if nodes.len() > 1 && nodes.first() == nodes.last() {
            nodes.pop();
        }
        self.found.push(Circle { nodes, opens });
    }
}

/// What a point waits for. Even points are starts, odd ones ends.
fn edges(workflow: &Workflow, point: usize) -> Vec<(usize, bool)> {
    let id = point / 2;
    let node = &workflow.nodes[id];
    let (start, end) = (|id: NodeId| id * 2, |id: NodeId| id * 2 + 1);
    if point % 2 == 1 {
        let own = std::iter::once(start(id));
        return own
            .chain(node.children.iter().map(|id| end(*id)))
            .map(|at| (at, false))
            .collect();
    }
    let mut edges: Vec<_> = node.needs.iter().map(|need| (end(*need), false)).collect();
    edges.extend(node.parent.map(|parent| (start(parent), false)));
    let anchors = node.opens.iter().flat_map(|opens| opens.anchors());
    edges.extend(anchors.filter_map(step_of).map(|step| (end(step), true)));
    edges
}

/// The step that an anchor waits for.
pub(super) fn step_of(anchor: &Anchor) -> Option<NodeId> {
    match anchor {
        Anchor::Done(step) | Anchor::Answer(step, _) => Some(step.node),
        Anchor::Date(_) | Anchor::CycleDate(_) => None,
    }
}

fn report(case: &Case, circle: &Circle, findings: &mut Findings) {
    let lowest = circle.nodes.iter().copied().min().unwrap_or_default();
    let names: Vec<_> = circle.nodes.iter().map(|id| case.path(*id)).collect();
    let turn = circle
        .nodes
        .iter()
        .position(|id| *id == lowest)
        .unwrap_or_default();
    let mut names: Vec<_> = names[turn..]
        .iter()
        .chain(&names[..turn])
        .copied()
        .collect();
    names.push(names[0]);
    let chain = names.join(" → ");
    if circle.opens {
        let asks = circle
            .nodes
            .iter()
            .find(|id| case.step(**id).opens.is_some());
        let span = asks
            .and_then(|id| case.step(*id).opens.as_ref())
            .map_or(case.name_span(lowest), |word| word.span);
        let name = asks.map_or(names[0], |id| case.path(*id));
        let hint = (circle.nodes.len() > 1).then_some(chain);
        findings.error_hint(17, span, format!("`{name}` would wait for itself"), hint);
    } else {
        let message = format!("these wait for each other: {chain}");
        findings.error(8, needs_span(case, lowest, &circle.nodes), message);
    }
}

/// The need that closes the circle, or the name of the step.
fn needs_span(case: &Case, id: NodeId, circle: &[NodeId]) -> Span {
    let words = case.step(id).needs.iter().flatten();
    let names: Vec<_> = circle
        .iter()
        .map(|id| case.workflow().nodes[*id].name.as_str())
        .collect();
    let word = words
        .into_iter()
        .find(|word| names.contains(&word.text.rsplit('.').next().unwrap_or_default()));
    word.map_or(case.name_span(id), |word| word.span)
}

/// Rule 33: nobody wrote that this step waits for an optional one that branches off.
fn branches_off(case: &Case, findings: &mut Findings) {
    for (id, node) in case.nodes() {
        let implied = case.step(id).needs.is_none();
        let Some(above) = node.needs.first().copied().filter(|_| implied) else {
            continue;
        };
        let optional = case.step(above).optional == Some(true);
        if optional && case.step(above).needs.is_some() {
            let name = &node.name;
            let above = &case.workflow().nodes[above].name;
            let message =
                format!("`{name}` has no `needs`, so it waits for the optional `{above}` above it");
            let hint = Some(format!("Write `needs` at `{name}`."));
            findings.warn(33, case.name_span(id), message, hint);
        }
    }
}
