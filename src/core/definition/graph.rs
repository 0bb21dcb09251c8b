//! A workflow as nodes and edges, for programs that draw it themselves.
//!
//! It says what `diagram` draws. A node's id is its path, as conditions and addresses name it. An
//! edge leads from a step to what needs it, or from a step to what one of its outcomes touches. An
//! outcome that stops the run or lets somebody leave leads nowhere: it stands at its step.

use serde_json::{Value, json};

use super::diagram::State;
use super::workflow::{Kind, Node, NodeId, Order, Outcome, Several, Workflow};

/// `{workflow, version, title, stages, nodes, edges}`; a node's `status` is null without a run.
pub fn graph(workflow: &Workflow, state: State) -> Value {
    let ids = 0..workflow.nodes.len();
    let stages = workflow.stages.iter();
    let stages = stages.map(|(name, title)| json!({"name": name, "title": title}));
    let nodes = ids.clone().map(|id| node(workflow, id, state));
    let edges = ids.flat_map(|id| edges(workflow, id));
    json!({
        "workflow": workflow.name,
        "version": workflow.version,
        "title": workflow.title,
        "stages": stages.collect::<Vec<_>>(),
        "nodes": nodes.collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>(),
    })
}

fn node(workflow: &Workflow, id: NodeId, state: State) -> Value {
    let node = workflow.node(id);
    let task = node.task().into_iter();
    let outcomes = task.flat_map(|task| &task.outcomes);
    let (repeat, each) = several(node);
    json!({
        "id": node.path,
        "title": node.title,
        "kind": kind(node),
        "parent": node.parent.map(|parent| &workflow.node(parent).path),
        "stage": node.stage,
        "order": match node.kind {
            Kind::Group(Order::Steps) => Some("steps"),
            Kind::Group(Order::Together) => Some("together"),
            _ => None,
        },
        "role": node.role(),
        "event": node.wait().map(|wait| &wait.event),
        "starts": match &node.kind {
            Kind::Start { workflow, .. } => Some(workflow),
            _ => None,
        },
        "repeat": repeat,
        "each": each,
        "when": node.when.as_ref().map(|when| &when.text),
        "opens": node.opens.as_ref().map(|opens| opens.say(workflow)),
        "due": node.due.as_ref().map(|due| due.say(workflow)),
        "optional": node.optional,
        "outcomes": outcomes.map(|(name, outcome)| ending(name, outcome)).collect::<Vec<_>>(),
        "status": state.and_then(|state| state(&node.path)),
    })
}

fn kind(node: &Node) -> &'static str {
    match node.kind {
        Kind::Task(_) => "task",
        Kind::Engine => "engine",
        Kind::Wait(_) => "wait",
        Kind::Start { .. } => "start",
        Kind::Group(_) => "group",
    }
}

/// What is under the keys `repeat` and `each` of the definition.
fn several(node: &Node) -> (Option<Value>, Option<&str>) {
    match &node.several {
        Some(Several::Repeat { min, max }) => (Some(json!({"min": min, "max": max})), None),
        Some(Several::EachSchool) => (None, Some("school")),
        Some(Several::EachPerson(role)) => (None, Some(role)),
        None => (None, None),
    }
}

fn ending(name: &str, outcome: &Outcome) -> Value {
    json!({
        "name": name,
        "reason_required": outcome.reason_required,
        "stop": outcome.stop,
        "leave": outcome.leave,
        "by_rung": outcome.by_rung,
    })
}

fn edges(workflow: &Workflow, id: NodeId) -> Vec<Value> {
    let node = workflow.node(id);
    let path = |id: NodeId| &workflow.node(id).path;
    let needs = node.needs.iter();
    let mut edges: Vec<Value> = needs
        .map(|need| json!({"from": path(*need), "to": node.path, "kind": "need"}))
        .collect();
    let passes = std::iter::once(id)
        .chain(workflow.ancestors(id))
        .find(|at| matches!(workflow.node(*at).several, Some(Several::Repeat { .. })));
    for (name, outcome) in node.task().into_iter().flat_map(|task| &task.outcomes) {
        let touched = [
            ("reopen", outcome.reopen),
            ("end", outcome.end),
            ("repeat", passes.filter(|_| outcome.repeat)),
        ];
        for (kind, target) in touched {
            edges.extend(target.map(|target| {
                json!({"from": node.path, "to": path(target), "kind": kind, "outcome": name})
            }));
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::definition::fixtures::good;
    use crate::core::definition::load;

    fn drawn(state: State) -> Value {
        let workflow = load(&good()).unwrap();
        graph(&workflow, state)
    }

    fn node_of<'g>(graph: &'g Value, id: &str) -> &'g Value {
        let mut nodes = graph["nodes"].as_array().unwrap().iter();
        nodes.find(|node| node["id"] == id).unwrap()
    }

    /// Every edge as "from → to kind outcome".
    fn arrows(graph: &Value) -> Vec<String> {
        let edges = graph["edges"].as_array().unwrap().iter();
        edges
            .map(|edge| {
                let word = |key: &str| edge[key].as_str().unwrap_or_default();
                let words = [word("from"), "→", word("to"), word("kind"), word("outcome")];
                words.join(" ").trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn a_node_says_what_it_is_where_it_lies_and_when_it_happens() {
        let graph = drawn(None);
        let record = node_of(&graph, "visits.record");
        assert_eq!(
            (&record["title"], &record["kind"], &record["parent"]),
            (&json!("Write it down"), &json!("task"), &json!("visits"))
        );
        assert_eq!(
            (&record["stage"], &record["role"]),
            (&json!("visits"), &json!("lead"))
        );
        assert_eq!(record["status"], Value::Null);
        let kinds = ["need", "listed", "thank", "accept"].map(|id| &node_of(&graph, id)["kind"]);
        assert_eq!(kinds, ["task", "wait", "engine", "group"]);
        assert_eq!(node_of(&graph, "listed")["event"], "list.published");
        assert_eq!(node_of(&graph, "accept")["order"], "together");
        assert_eq!(
            node_of(&graph, "visits")["repeat"],
            json!({"min": 1, "max": 4})
        );
        assert_eq!(node_of(&graph, "read")["each"], "reader");
        assert_eq!(
            node_of(&graph, "governors")["when"],
            "need.audience has governors"
        );
        assert_eq!(
            node_of(&graph, "scope")["outcomes"][2],
            json!({"name": "decline", "reason_required": true, "stop": "declined",
                   "leave": false, "by_rung": false})
        );
    }

    #[test]
    fn edges_are_needs_and_what_outcomes_touch_and_lead_from_node_to_node() {
        let graph = drawn(None);
        let arrows = arrows(&graph);
        for arrow in [
            "need → scope need",
            "scope → need reopen return",
            "accept.host → choose reopen refuse",
            "visits.plan → visits.record need",
            "visits.record → visits repeat another",
            "visits.record → pulse end finished",
            "accept → pulse need",
        ] {
            assert!(
                arrows.iter().any(|found| found == arrow),
                "{arrow}\n{arrows:#?}"
            );
        }
        let ids: Vec<&Value> = graph["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| &n["id"])
            .collect();
        for edge in graph["edges"].as_array().unwrap() {
            assert!(
                ids.contains(&&edge["from"]) && ids.contains(&&edge["to"]),
                "{edge}"
            );
        }
        assert!(
            !arrows.iter().any(|arrow| arrow.contains("decline")),
            "{arrows:#?}"
        );
    }

    #[test]
    fn the_status_of_a_running_project_stands_at_its_nodes() {
        let state = |path: &str| (path == "need").then(|| "complete".to_owned());
        let graph = drawn(Some(&state));
        assert_eq!(node_of(&graph, "need")["status"], "complete");
        assert_eq!(node_of(&graph, "scope")["status"], Value::Null);
    }
}
