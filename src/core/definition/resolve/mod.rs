//! The page as written made into a workflow: every name becomes a node, every phrase its parts.
//!
//! Always gives a draft, also of a page with problems, so that the checks can find the rest; what
//! could not be resolved is left out and has been reported. Order matters: nodes, then needs and
//! what each stands on, then all that reads other steps.

mod anchors;
mod conditions;
mod ladders;
mod names;
mod needs;
mod outcomes;
mod roles;
mod skeleton;
mod usual_ladder;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use super::authored::{Page, StepPage};
use super::diagnostic::Findings;
use super::form::Form;
use super::stands_on;
use super::text::{Invite, MailText};
use super::workflow::{Kind, Node, NodeId, Scope, Workflow};
use super::yaml::Word;
use crate::core::run::address::Address;

pub(crate) use conditions::appointed_before;
pub use names::{Followed, Lost, follow};

/// The files beside the page, read already, perhaps with problems. `None`: the file is there but
/// could not be read.
#[derive(Default)]
pub struct Beside {
    pub forms: BTreeMap<String, Option<Arc<Form>>>,
    pub mails: BTreeMap<String, Option<MailText>>,
    pub invites: BTreeMap<String, Option<Invite>>,
}

/// A workflow that may still have problems, beside the page it comes from.
pub struct Draft<'p> {
    pub page: &'p Page,
    pub beside: &'p Beside,
    /// The step of each node, and its parent.
    pub steps: Vec<(&'p StepPage, Option<NodeId>)>,
    pub workflow: Workflow,
    /// Steps with a need that was not understood.
    pub unknown_needs: BTreeSet<NodeId>,
}

/// What is being put together.
pub(crate) struct Resolver<'p, 'f> {
    pub draft: Draft<'p>,
    pub findings: &'f mut Findings,
}

pub fn resolve<'p>(
    page: &'p Page,
    beside: &'p Beside,
    hash: &str,
    findings: &mut Findings,
) -> Draft<'p> {
    let steps = page.flatten();
    let workflow = empty_workflow(page, beside, hash);
    let mut resolver = Resolver {
        draft: Draft {
            page,
            beside,
            steps,
            workflow,
            unknown_needs: BTreeSet::new(),
        },
        findings,
    };
    resolver.resolve_roles();
    resolver.build_nodes();
    resolver.resolve_needs();
    let all = stands_on::compute_all(&resolver.draft.workflow);
    resolver.draft.workflow.stands_on = all;
    let nodes = resolver.draft.workflow.nodes.iter().enumerate().rev();
    let by_path = nodes.map(|(id, node)| (node.path.clone(), id)).collect();
    resolver.draft.workflow.by_path = by_path;
    let workflow = &resolver.draft.workflow;
    let only_place = |(id, node): (NodeId, &Node)| {
        let alone = workflow.several_around(id).is_none();
        alone.then(|| Address::of_path(&node.path))
    };
    let nodes = workflow.nodes.iter().enumerate();
    let only_places = nodes.map(only_place).collect();
    resolver.draft.workflow.only_places = only_places;
    resolver.resolve_outcomes();
    resolver.resolve_dates();
    resolver.resolve_conditions();
    resolver.resolve_ladders();
    resolver.draft
}

fn empty_workflow(page: &Page, beside: &Beside, hash: &str) -> Workflow {
    let text = |word: &Option<Word>| {
        word.as_ref()
            .map_or(String::new(), |word| word.text.clone())
    };
    let known = |list: &[super::authored::Titled]| -> IndexMap<String, String> {
        list.iter()
            .map(|item| (item.name.text.clone(), item.title.clone()))
            .collect()
    };
    Workflow {
        name: text(&page.workflow),
        scope: match page.scope.as_ref().map(|word| word.text.as_str()) {
            Some("cycle") => Scope::Cycle,
            _ => Scope::Project,
        },
        part_of: page.part_of.as_ref().map(|word| word.text.clone()),
        version: page.version.unwrap_or(1),
        title: text(&page.title),
        hash: hash.to_owned(),
        dates: known(&page.dates),
        roles: IndexMap::new(),
        stages: known(&page.stages),
        ladders: IndexMap::new(),
        nodes: vec![],
        by_path: HashMap::new(),
        only_places: vec![],
        stands_on: vec![],
        forms: read_ones(&beside.forms),
        mails: read_ones(&beside.mails),
        invites: read_ones(&beside.invites),
    }
}

fn read_ones<T: Clone>(all: &BTreeMap<String, Option<T>>) -> BTreeMap<String, T> {
    all.iter()
        .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
        .collect()
}

impl<'p> Draft<'p> {
    pub fn step(&self, id: NodeId) -> &'p StepPage {
        self.steps[id].0
    }

    /// What the step itself, or for a task the nearest group around it, says under a key; and
    /// which node said it.
    pub fn said<T>(
        &self,
        id: NodeId,
        key: impl Fn(&'p StepPage) -> Option<T>,
    ) -> Option<(NodeId, T)> {
        let own = key(self.step(id)).map(|value| (id, value));
        if own.is_some() || !matches!(self.workflow.nodes[id].kind, Kind::Task(_)) {
            return own;
        }
        self.workflow
            .ancestors(id)
            .find_map(|group| key(self.step(group)).map(|value| (group, value)))
    }

    /// Whether all needs were understood on which it depends what a step stands on.
    pub fn knows_needs(&self, id: NodeId) -> bool {
        let workflow = &self.workflow;
        let unknown = |at: NodeId| {
            std::iter::once(at)
                .chain(workflow.ancestors(at))
                .any(|around| self.unknown_needs.contains(&around))
        };
        self.unknown_needs.is_empty()
            || !unknown(id) && !workflow.stands_on[id].iter().any(|at| unknown(*at))
    }

    /// Whether a step surely does not stand on another, whatever a need that was not understood
    /// means.
    pub fn cannot_stand_on(&self, id: NodeId, other: NodeId) -> bool {
        let workflow = &self.workflow;
        let around_or_later =
            workflow.is_within(id, other) || workflow.stands_on[other].contains(&id);
        !workflow.stands_on[id].contains(&other) && (around_or_later || self.knows_needs(id))
    }

    /// Fields of a step's answers; `None` where its form is missing or cannot be read, which was
    /// said.
    pub fn form_of(&self, id: NodeId) -> Option<&Arc<Form>> {
        self.workflow.forms.get(self.workflow.nodes[id].form()?)
    }
}
