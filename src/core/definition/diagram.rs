//! A workflow drawn: Mermaid for pages and documents, a tree for the terminal.
//!
//! Both are made from the checked workflow in text order, so the same definition always gives the
//! same text. The state of a running project comes in as a question per path; without an answer a
//! step is drawn without a state.

use std::fmt::Write as _;

use super::workflow::{Kind, Many, Node, NodeId, Outcome, Several, Workflow};

/// The status of a step by its path: `visits.record` to `complete`.
pub type State<'a> = Option<&'a dyn Fn(&str) -> Option<String>>;

const COLOURS: &[(&str, &str)] = &[
    ("complete", "fill:#cce2d8,stroke:#005a30"),
    ("in_progress", "fill:#d2e2f1,stroke:#144e81"),
    ("not_started", "fill:#ffffff,stroke:#0b0c0c"),
    ("cannot_progress", "fill:#f6d7d2,stroke:#942514"),
    ("cannot_start_yet", "fill:#eeefef,stroke:#505a5f"),
    ("not_required", "fill:#eeefef,stroke:#b1b4b6,color:#505a5f"),
];

/// A Mermaid flowchart: stages and groups as boxes, needs as arrows, ways back dotted.
pub fn mermaid(workflow: &Workflow, state: State) -> String {
    let mut text = String::from("flowchart TD\n");
    let mut current: Option<&String> = None;
    for id in workflow.top() {
        let node = &workflow.nodes[id];
        if node.stage.as_ref() != current {
            if current.is_some() {
                text.push_str("  end\n");
            }
            current = node.stage.as_ref();
            if let Some(name) = current {
                let title = workflow.stages.get(name).unwrap_or(name);
                line(
                    &mut text,
                    1,
                    &format!("subgraph stage{id}[\"{}\"]", escape(title)),
                );
            }
        }
        draw(workflow, id, state, 2, &mut text);
    }
    if current.is_some() {
        text.push_str("  end\n");
    }
    for id in 0..workflow.nodes.len() {
        arrows(workflow, id, &mut text);
    }
    colours(workflow, state, &mut text);
    text
}

fn line(text: &mut String, depth: usize, words: &str) {
    let _ = writeln!(text, "{:1$}{words}", "", depth * 2);
}

fn escape(text: &str) -> String {
    text.replace('#', "#35;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}

fn draw(workflow: &Workflow, id: NodeId, state: State, depth: usize, text: &mut String) {
    let node = &workflow.nodes[id];
    if node.is_group() {
        let often = node
            .several
            .as_ref()
            .map_or(String::new(), |s| format!(", {}", often(s)));
        line(
            text,
            depth,
            &format!("subgraph n{id}[\"{}{often}\"]", escape(&node.title)),
        );
        for child in &node.children {
            draw(workflow, *child, state, depth + 1, text);
        }
        line(text, depth, "end");
        return;
    }
    let mut words = vec![escape(&node.title)];
    words.extend(node.role().map(|role| escape(workflow.role_title(role))));
    words.extend(node.several.as_ref().map(often));
    words.extend(
        node.when
            .as_ref()
            .map(|when| format!("only if {}", escape(&when.text))),
    );
    words.extend(
        state
            .and_then(|state| state(&node.path))
            .map(|status| spell(&status)),
    );
    let label = words.join("<br/>");
    let shape = match &node.kind {
        Kind::Engine => format!("n{id}[[\"{label}\"]]"),
        Kind::Wait(_) => format!("n{id}([\"{label}\"])"),
        Kind::Start { .. } => format!("n{id}[/\"{label}\"/]"),
        Kind::Task(_) | Kind::Group(_) => format!("n{id}[\"{label}\"]"),
    };
    line(text, depth, &shape);
}

fn spell(status: &str) -> String {
    escape(&status.replace('_', " "))
}

fn often(several: &Several) -> String {
    match several {
        Several::Repeat { min, max } => format!(
            "{} times",
            Many {
                min: *min,
                max: *max
            }
            .say()
        ),
        Several::EachSchool => "for each school".to_owned(),
        Several::EachPerson(role) => format!("for each {role}"),
    }
}

fn arrows(workflow: &Workflow, id: NodeId, text: &mut String) {
    let node = &workflow.nodes[id];
    for need in &node.needs {
        line(text, 1, &format!("n{need} --> n{id}"));
    }
    let Some(task) = node.task() else { return };
    for (name, outcome) in &task.outcomes {
        for (target, what) in effects(workflow, id, outcome) {
            line(text, 1, &format!("n{id} -. \"{name}{what}\" .-> n{target}"));
        }
        if let Some(words) = &outcome.stop {
            let end = format!(
                "n{id} -. \"{name}\" .-> stop{id}_{name}((\"{}\"))",
                escape(words)
            );
            line(text, 1, &end);
        }
    }
}

/// Where an outcome leads back or on to, as a step that is drawn.
fn effects(workflow: &Workflow, id: NodeId, outcome: &Outcome) -> Vec<(NodeId, &'static str)> {
    let mut list = vec![];
    list.extend(outcome.reopen.map(|target| (target, "")));
    list.extend(outcome.end.map(|target| (target, " ends it")));
    // An arrow to the box around it cannot be drawn: to its first step instead.
    let around = workflow
        .ancestors(id)
        .find(|at| matches!(workflow.nodes[*at].several, Some(Several::Repeat { .. })));
    let first = around.and_then(|group| workflow.nodes[group].children.first());
    list.extend(
        first
            .filter(|_| outcome.repeat)
            .map(|first| (*first, " once more")),
    );
    list
}

fn colours(workflow: &Workflow, state: State, text: &mut String) {
    let Some(state) = state else { return };
    for (status, style) in COLOURS {
        let nodes: Vec<_> = workflow
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| !node.is_group() && state(&node.path).as_deref() == Some(status))
            .map(|(id, _)| format!("n{id}"))
            .collect();
        if !nodes.is_empty() {
            line(text, 1, &format!("classDef {status} {style}"));
            line(text, 1, &format!("class {} {status}", nodes.join(",")));
        }
    }
}

/// The same for the terminal: stages, steps with who and when, and what their outcomes do.
pub fn tree(workflow: &Workflow, state: State) -> String {
    let mut text = format!(
        "{} ({}, version {})\n",
        workflow.title, workflow.name, workflow.version
    );
    let mut current: Option<&String> = None;
    for id in workflow.top() {
        let node = &workflow.nodes[id];
        if node.stage.as_ref() != current {
            current = node.stage.as_ref();
            let title = current.map(|name| workflow.stages.get(name).unwrap_or(name));
            let _ = writeln!(text, "\n{}", title.map_or("", |title| title));
        }
        branch(workflow, id, state, 1, &mut text);
    }
    text
}

fn branch(workflow: &Workflow, id: NodeId, state: State, depth: usize, text: &mut String) {
    let node = &workflow.nodes[id];
    let status = state.and_then(|state| state(&node.path));
    let status = status.map_or(String::new(), |status| {
        format!("[{}] ", status.replace('_', " "))
    });
    let facts = facts(workflow, id, node);
    let facts = if facts.is_empty() {
        String::new()
    } else {
        format!(" ({})", facts.join("; "))
    };
    line(
        text,
        depth,
        &format!("{status}{}: {}{facts}", node.name, node.title),
    );
    for child in &node.children {
        branch(workflow, *child, state, depth + 1, text);
    }
    for (name, outcome) in node.task().into_iter().flat_map(|task| &task.outcomes) {
        let does = does(workflow, outcome);
        let does = if does.is_empty() {
            String::new()
        } else {
            format!(": {}", does.join(", "))
        };
        line(text, depth + 1, &format!("→ {name}{does}"));
    }
}

/// Who does it, when, and what it waits for, where that is not the step above.
fn facts(workflow: &Workflow, id: NodeId, node: &Node) -> Vec<String> {
    let mut facts: Vec<String> = vec![];
    match &node.kind {
        Kind::Task(_) => facts.extend(node.role().map(|role| workflow.role_title(role).to_owned())),
        Kind::Engine => facts.push("the engine".to_owned()),
        Kind::Wait(wait) => facts.push(format!("waits for {}", wait.event)),
        Kind::Start { workflow, .. } => facts.push(format!("starts {workflow}")),
        Kind::Group(super::workflow::Order::Together) => facts.push("side by side".to_owned()),
        Kind::Group(super::workflow::Order::Steps) => {}
    }
    facts.extend(node.several.as_ref().map(often));
    facts.extend(
        node.when
            .as_ref()
            .map(|when| format!("only if {}", when.text)),
    );
    facts.extend(
        node.opens
            .as_ref()
            .map(|opens| format!("opens {}", opens.say(workflow))),
    );
    facts.extend(
        node.due
            .as_ref()
            .map(|due| format!("due {}", due.say(workflow))),
    );
    if node.optional {
        facts.push("optional".to_owned());
    }
    let above = (0..id)
        .rev()
        .find(|other| workflow.nodes[*other].parent == node.parent);
    let needs: Vec<_> = node
        .needs
        .iter()
        .map(|need| workflow.nodes[*need].path.as_str())
        .collect();
    if !needs.is_empty() && node.needs != above.into_iter().collect::<Vec<_>>() {
        facts.push(format!("needs {}", needs.join(", ")));
    }
    facts
}

fn does(workflow: &Workflow, outcome: &Outcome) -> Vec<String> {
    let path = |id: NodeId| workflow.nodes[id].path.as_str();
    let mut list = vec![];
    list.extend(outcome.reopen.map(|step| format!("back to {}", path(step))));
    list.extend(outcome.repeat.then(|| "once more".to_owned()));
    list.extend(outcome.end.map(|step| format!("ends {}", path(step))));
    list.extend(outcome.leave.then(|| "leaves".to_owned()));
    list.extend(outcome.stop.as_ref().map(|words| format!("stops: {words}")));
    list.extend(
        outcome
            .by_rung
            .then(|| "by itself, when nobody answers".to_owned()),
    );
    list
}

impl Many {
    /// "3", "1 to 6".
    pub fn say(self) -> String {
        if self.min == self.max {
            self.min.to_string()
        } else {
            format!("{} to {}", self.min, self.max)
        }
    }
}
