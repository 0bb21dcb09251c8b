//! What each step needs: named, or the one above it in `steps:`, or only the door of its group.

use super::{Lost, Resolver, follow, skeleton};
use crate::core::definition::workflow::{Kind, NodeId, Order, Several};
use crate::core::definition::yaml::Word;

impl Resolver<'_, '_> {
    pub(super) fn resolve_needs(&mut self) {
        for id in 0..self.draft.steps.len() {
            let needs = match &self.draft.step(id).needs {
                None => self.implied(id).into_iter().collect(),
                Some(words) => {
                    let mut needs: Vec<NodeId> = vec![];
                    for word in words {
                        let need = self.need(id, word).filter(|need| !needs.contains(need));
                        needs.extend(need);
                    }
                    needs
                }
            };
            self.draft.workflow.nodes[id].needs = needs;
        }
    }

    fn implied(&self, id: NodeId) -> Option<NodeId> {
        let workflow = &self.draft.workflow;
        let side_by_side = workflow.nodes[id].parent.is_some_and(|parent| {
            matches!(workflow.nodes[parent].kind, Kind::Group(Order::Together))
        });
        if side_by_side {
            None
        } else {
            skeleton::above(workflow, id)
        }
    }

    fn need(&mut self, id: NodeId, word: &Word) -> Option<NodeId> {
        let workflow = &self.draft.workflow;
        match follow(workflow, id, &word.text) {
            Ok(found) if found.field.is_none() && found.step.pick.is_none() => {
                return Some(found.step.node);
            }
            Ok(found) if found.step.pick.is_none() => {
                let message = format!("`{}` is a step and has none inside", {
                    &workflow.nodes[found.step.node].path
                });
                let hint = Some("A need names a step, not a field of it.".to_owned());
                self.findings.error_hint(7, word.span, message, hint);
            }
            Err(Lost::Several { group, node, .. })
                if !matches!(workflow.nodes[group].several, Some(Several::Repeat { .. })) =>
            {
                return Some(node);
            }
            Ok(_) | Err(Lost::Several { .. }) => self.report_pass(id, word),
            Err(lost) => {
                let (message, hint) = lost.say(workflow);
                self.findings.error_hint(7, word.span, message, hint);
            }
        }
        self.draft.unknown_needs.insert(id);
        None
    }

    fn report_pass(&mut self, id: NodeId, word: &Word) {
        let nodes = &self.draft.workflow.nodes;
        let group = word.text.split('.').next().unwrap_or_default();
        let step = word.text.rsplit('.').next().unwrap_or_default();
        let message = format!(
            "`{}` needs `{}`, which happens several times",
            nodes[id].name, word.text
        );
        let hint = format!("Need `{group}`, or use `opens: on {group}.first.{step}`.");
        self.findings.error_hint(9, word.span, message, Some(hint));
    }
}
