//! The nodes themselves: kind, title, stage, and what a group says for its tasks.

use indexmap::IndexMap;

use super::Resolver;
use crate::core::definition::authored::{KindPage, StepPage};
use crate::core::definition::near;
use crate::core::definition::workflow::{
    Kind, Node, NodeId, Place, Scope, Several, Task, Wait, Workflow,
};
use crate::core::definition::yaml::Word;

impl Resolver<'_, '_> {
    pub(super) fn build_nodes(&mut self) {
        for id in 0..self.draft.steps.len() {
            let (step, parent) = self.draft.steps[id];
            let node = self.node(step, parent);
            self.draft.workflow.nodes.push(node);
            if let Some(parent) = parent {
                self.draft.workflow.nodes[parent].children.push(id);
            }
        }
        // A task asks its groups, so this comes after the nodes stand.
        for id in 0..self.draft.steps.len() {
            self.hand_down(id);
            self.set_stage(id);
        }
    }

    fn node(&mut self, step: &StepPage, parent: Option<NodeId>) -> Node {
        let text = |word: &Option<Word>| word.as_ref().map(|word| word.text.clone());
        let name = step.name.text.clone();
        let path = match parent {
            Some(parent) => format!("{}.{name}", self.draft.workflow.nodes[parent].path),
            None => name.clone(),
        };
        Node {
            title: text(&step.title).unwrap_or_else(|| spell_out(&name)),
            path,
            parent,
            children: vec![],
            stage: None,
            kind: kind(step),
            several: self.several(step),
            needs: vec![],
            when: None,
            opens: None,
            optional: step.optional.unwrap_or(false),
            about: text(&step.about),
            due: None,
            reminders: None,
            mail: text(&step.mail),
            tell: text(&step.tell),
            name,
        }
    }

    fn several(&mut self, step: &StepPage) -> Option<Several> {
        if let (Some((_, span)), Some(_)) = (&step.repeat, &step.each) {
            let message = format!(
                "`{}` says both `repeat` and `each`: one of them",
                step.name.text
            );
            self.findings.error(5, *span, message);
        }
        if let Some((many, _)) = &step.repeat {
            return Some(Several::Repeat {
                min: many.min,
                max: many.max,
            });
        }
        let each = step.each.as_ref()?;
        let workflow = &self.draft.workflow;
        if each.text == "school" {
            if workflow.scope == Scope::Project {
                let message =
                    "`each: school` in a project: a project has one school, `host_school`";
                self.findings.error(13, each.span, message);
            }
            return Some(Several::EachSchool);
        }
        let roles = workflow
            .roles
            .iter()
            .filter(|(_, role)| role.at == Place::Run);
        let names: Vec<_> = roles
            .map(|(name, _)| name.as_str())
            .chain(["school"])
            .collect();
        if !workflow.roles.contains_key(&each.text) {
            let hint = near::did_you_mean(&each.text, names);
            self.findings.error_hint(
                6,
                each.span,
                format!("`each: {}`: there is no such role", each.text),
                hint,
            );
        } else if !names.contains(&each.text.as_str()) {
            let message = format!(
                "`each: {}`: only a role of the run (`at: run`) is meant",
                each.text
            );
            self.findings.error(6, each.span, message);
        }
        Some(Several::EachPerson(each.text.clone()))
    }

    /// What the groups around a task say for it.
    fn hand_down(&mut self, id: NodeId) {
        let about = self.draft.said(id, |step| step.about.as_ref());
        let about = about.map(|(_, word)| word.text.clone());
        let optional = self.draft.said(id, |step| step.optional);
        let form = self.draft.said(id, |step| step.form.as_ref());
        let form = form.map(|(_, word)| word.text.clone());
        let node = &mut self.draft.workflow.nodes[id];
        node.about = about;
        node.optional = optional.is_some_and(|(_, optional)| optional);
        if let Kind::Task(task) = &mut node.kind {
            task.form = form;
        }
    }

    /// Own, else that of a group around it that says one, else that of the step above.
    fn set_stage(&mut self, id: NodeId) {
        let draft = &self.draft;
        let parent = draft.workflow.nodes[id].parent;
        let own = std::iter::once(id)
            .chain(draft.workflow.ancestors(id))
            .find_map(|at| draft.step(at).stage.as_ref())
            .map(|word| word.text.clone());
        let stage = own.or_else(|| {
            let above = above(&draft.workflow, id).or(parent)?;
            draft.workflow.nodes[above].stage.clone()
        });
        self.draft.workflow.nodes[id].stage = stage;
    }
}

/// The step above in the same group.
pub(super) fn above(workflow: &Workflow, id: NodeId) -> Option<NodeId> {
    let parent = workflow.nodes[id].parent;
    (0..id)
        .rev()
        .find(|other| workflow.nodes[*other].parent == parent)
}

fn kind(step: &StepPage) -> Kind {
    let text = |word: &Option<Word>| word.as_ref().map(|word| word.text.clone());
    let appoints: Vec<_> = step.appoints.iter().map(|word| word.text.clone()).collect();
    match &step.kind {
        KindPage::Task => Kind::Task(Task {
            role: text(&step.role),
            form: text(&step.form),
            outcomes: IndexMap::new(),
            appoints,
            invite: text(&step.invite),
            tool: text(&step.tool),
        }),
        KindPage::Engine => Kind::Engine,
        KindPage::Wait(event) => Kind::Wait(Wait {
            event: text(event).unwrap_or_default(),
            role: text(&step.role),
            form: text(&step.form),
            appoints,
        }),
        KindPage::Start { workflow, until } => Kind::Start {
            workflow: text(workflow).unwrap_or_default(),
            until: text(until),
        },
        KindPage::Group(order) => Kind::Group(*order),
    }
}

/// `approve_need` as a title: "Approve need".
fn spell_out(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}
