//! Outcomes and their effects; names in them are seen from the step or group that wrote them.

use indexmap::IndexMap;

use super::{Followed, Resolver, follow};
use crate::core::definition::authored::OutcomePage;
use crate::core::definition::workflow::{Kind, NodeId, Outcome};
use crate::core::definition::yaml::Word;

impl Resolver<'_, '_> {
    pub(super) fn resolve_outcomes(&mut self) {
        for id in 0..self.draft.steps.len() {
            self.check_roles_of(id);
            let Some((from, pages)) = self.draft.said(id, |step| step.outcomes.as_ref()) else {
                continue;
            };
            let mut outcomes = IndexMap::new();
            for page in pages {
                let outcome = self.outcome(from, page);
                outcomes.insert(page.name.text.clone(), outcome);
            }
            if let Kind::Task(task) = &mut self.draft.workflow.nodes[id].kind {
                task.outcomes = outcomes;
            }
        }
    }

    fn check_roles_of(&mut self, id: NodeId) {
        let step = self.draft.step(id);
        let is_engine = matches!(self.draft.workflow.nodes[id].kind, Kind::Engine);
        let role = step
            .role
            .as_ref()
            .filter(|role| !is_engine && role.text != "engine");
        for word in role.into_iter().chain(&step.about).chain(&step.appoints) {
            self.expect_role(word);
        }
    }

    fn outcome(&mut self, from: NodeId, page: &OutcomePage) -> Outcome {
        let text = |word: &Option<Word>| word.as_ref().map(|word| word.text.clone());
        Outcome {
            reopen: page
                .reopen
                .as_ref()
                .and_then(|word| self.target(from, word)),
            repeat: page.repeat.is_some(),
            end: page.end.as_ref().and_then(|word| self.target(from, word)),
            leave: page.leave.is_some(),
            stop: text(&page.stop),
            reason_required: page.reason.is_some(),
            mail: text(&page.mail),
            tell: text(&page.tell),
            by_rung: false,
        }
    }

    /// The step that `reopen` or `end` names.
    fn target(&mut self, from: NodeId, word: &Word) -> Option<NodeId> {
        match follow(&self.draft.workflow, from, &word.text) {
            Ok(Followed { step, field: None }) if step.pick.is_none() => return Some(step.node),
            Ok(_) => {
                let message = format!("`{}` is no step: name a step or a group", word.text);
                self.findings.error(7, word.span, message);
            }
            Err(lost) => {
                let (message, hint) = lost.say(&self.draft.workflow);
                self.findings.error_hint(7, word.span, message, hint);
            }
        }
        None
    }
}
