//! From a written name to a node, seen from the step that says it.
//!
//! A bare name is the nearest: of the same group first, then outwards. A dotted name goes inwards,
//! through `first` or `last` into a pass. Whether a place that happens several times may be meant
//! is decided here too.

use crate::core::definition::dates::{Pick, StepRef};
use crate::core::definition::near;
use crate::core::definition::workflow::{NodeId, Several, Workflow};

/// A step, and what is left of the name: a field of its answers, or `outcome`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    pub step: StepRef,
    pub field: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// No such step; perhaps a near one.
    Unknown {
        message: String,
        hint: Option<String>,
    },
    /// The step happens in every pass of this group, or for everybody of it.
    Several {
        group: NodeId,
        node: NodeId,
        hint: Option<String>,
    },
}

/// The step that a bare name means from here: a sibling, else a sibling of a group around it.
pub fn nearest_step(workflow: &Workflow, from: NodeId, name: &str) -> Option<NodeId> {
    std::iter::once(from)
        .chain(workflow.ancestors(from))
        .find_map(|at| {
            let parent = workflow.nodes[at].parent;
            siblings(workflow, parent).find(|id| workflow.nodes[*id].name == name)
        })
}

fn siblings(workflow: &Workflow, parent: Option<NodeId>) -> impl Iterator<Item = NodeId> + '_ {
    (0..workflow.nodes.len()).filter(move |id| workflow.nodes[*id].parent == parent)
}

/// Follows `visits.first.plan.date` from a step to another.
pub fn follow(workflow: &Workflow, from: NodeId, text: &str) -> Result<Followed, Lost> {
    let parts: Vec<_> = text.split('.').collect();
    let Some(mut node) = nearest_step(workflow, from, parts[0]) else {
        return Err(unknown_step(workflow, parts[0]));
    };
    let mut pick = None;
    let mut at = 1;
    while at < parts.len() && workflow.nodes[node].is_group() {
        let part = parts[at];
        if matches!(part, "first" | "last") {
            pick = Some(pick_of(workflow, from, node, part)?);
        } else {
            node = child(workflow, node, part)?;
        }
        at += 1;
    }
    let field = (at < parts.len()).then(|| parts[at..].join("."));
    if pick.is_some_and(|pick| pick.group == node) {
        let name = &workflow.nodes[node].name;
        let message = format!("`{text}`: which step of `{name}`?");
        return Err(Lost::Unknown {
            message,
            hint: None,
        });
    }
    check_several(workflow, from, node, pick, field.is_some())?;
    Ok(Followed {
        step: StepRef { node, pick },
        field,
    })
}

fn unknown_step(workflow: &Workflow, name: &str) -> Lost {
    let names = workflow.nodes.iter().map(|node| node.name.as_str());
    let inside = workflow.nodes.iter().find(|node| node.name == name);
    let hint = match inside {
        Some(node) => Some(format!("It stands inside a group: `{}`.", node.path)),
        None => near::did_you_mean(name, names),
    };
    Lost::Unknown {
        message: format!("no step `{name}`"),
        hint,
    }
}

fn child(workflow: &Workflow, group: NodeId, name: &str) -> Result<NodeId, Lost> {
    let children = &workflow.nodes[group].children;
    let found = children
        .iter()
        .copied()
        .find(|id| workflow.nodes[*id].name == name);
    found.ok_or_else(|| Lost::Unknown {
        message: format!(
            "group `{}` has no step `{name}`",
            workflow.nodes[group].name
        ),
        hint: near::did_you_mean(
            name,
            children.iter().map(|id| workflow.nodes[*id].name.as_str()),
        ),
    })
}

fn pick_of(workflow: &Workflow, from: NodeId, group: NodeId, word: &str) -> Result<Pick, Lost> {
    let name = &workflow.nodes[group].name;
    if !matches!(workflow.nodes[group].several, Some(Several::Repeat { .. })) {
        let message = format!("`{name}.{word}`: `{name}` has no passes");
        return Err(Lost::Unknown {
            message,
            hint: None,
        });
    }
    if workflow.is_within(from, group) {
        let message = format!("`{name}.{word}` from inside `{name}`");
        let hint = Some("A bare name means the same pass.".to_owned());
        return Err(Lost::Unknown { message, hint });
    }
    Ok(Pick {
        group,
        first: word == "first",
    })
}

/// A step inside `repeat` or `each` is one step only for those inside as well.
fn check_several(
    workflow: &Workflow,
    from: NodeId,
    node: NodeId,
    pick: Option<Pick>,
    reads: bool,
) -> Result<(), Lost> {
    let own = std::iter::once(node).filter(|_| reads);
    for group in own.chain(workflow.ancestors(node)) {
        let Some(several) = &workflow.nodes[group].several else {
            continue;
        };
        let inside = workflow.is_within(from, group);
        let picked = pick.is_some_and(|pick| pick.group == group);
        let same_kind = !matches!(several, Several::Repeat { .. })
            && std::iter::once(from)
                .chain(workflow.ancestors(from))
                .any(|around| workflow.nodes[around].several.as_ref() == Some(several));
        if !inside && !picked && !same_kind {
            let hint = matches!(several, Several::Repeat { .. }).then(|| {
                let inner = workflow.nodes[node]
                    .path
                    .rsplit('.')
                    .next()
                    .unwrap_or_default();
                let group = &workflow.nodes[group].name;
                format!("Say `{group}.first.{inner}` or `{group}.last.{inner}`.")
            });
            return Err(Lost::Several { group, node, hint });
        }
    }
    Ok(())
}

impl Lost {
    /// In words, for a finding.
    pub fn say(self, workflow: &Workflow) -> (String, Option<String>) {
        match self {
            Self::Unknown { message, hint } => (message, hint),
            Self::Several { group, node, hint } => {
                let often = match &workflow.nodes[group].several {
                    Some(Several::EachSchool) => "once for every school".to_owned(),
                    Some(Several::EachPerson(role)) => format!("once for every {role}"),
                    _ => "several times".to_owned(),
                };
                (
                    format!(
                        "`{}` happens {often}: which one?",
                        workflow.nodes[node].path
                    ),
                    hint,
                )
            }
        }
    }
}
