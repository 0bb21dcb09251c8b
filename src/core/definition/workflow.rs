//! A checked workflow: what a definition means once every name in it has been resolved.
//!
//! Made only by [`super::load`], and by [`super::load_tested`] of what ships; nothing in it can
//! dangle. Steps and groups are *nodes* in text order, a parent before its children, because "text
//! order" decides what settles first. What a group says for its steps has been handed down already.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use super::condition::Condition;
use super::dates::{Anchor, DateRule, RungMoment};
use super::form::Form;
use super::text::{Invite, MailText};
use crate::core::run::address::{Address, Segment};

/// Place of a node in [`Workflow::nodes`].
pub type NodeId = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Project,
    Cycle,
}

#[derive(Debug, Clone)]
pub struct Workflow {
    pub name: String,
    pub scope: Scope,
    pub part_of: Option<String>,
    pub version: u32,
    pub title: String,
    /// SHA-256 of the bundle (definition, forms, mails, invites), in lower-case hex.
    pub hash: String,
    /// Name to title; asked at the start.
    pub dates: IndexMap<String, String>,
    pub roles: IndexMap<String, Role>,
    /// Name to title, in order.
    pub stages: IndexMap<String, String>,
    pub ladders: IndexMap<String, Ladder>,
    pub nodes: Vec<Node>,
    /// Path to place in `nodes`; filled when all nodes are there.
    pub by_path: HashMap<String, NodeId>,
    /// The only place of each node that lies in nothing that happens several times, in node order.
    pub only_places: Vec<Option<Address>>,
    /// What each node stands on, in node order; see [`super::stands_on`].
    pub stands_on: Vec<BTreeSet<NodeId>>,
    pub forms: BTreeMap<String, Arc<Form>>,
    pub mails: BTreeMap<String, MailText>,
    pub invites: BTreeMap<String, Invite>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub title: String,
    pub at: Place,
    /// The post in the directory; the role's own name unless said.
    pub post: String,
    /// How many people a run role has: 1 to 1 unless said.
    pub many: Many,
    /// Who holds that role, or has done a step as it, may not hold this one.
    pub not: Option<String>,
    /// `appointed: at start`: the start command names them.
    pub at_start: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Many {
    pub min: u32,
    pub max: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Alliance,
    HostSchool,
    /// The school whose turn it is in `each: school`.
    School,
    /// A named person, appointed in the run.
    Run,
    SchoolOf(String),
}

/// A step or a group.
#[derive(Debug, Clone)]
pub struct Node {
    pub name: String,
    /// Names from the top joined by dots, without passes: `visits.record`.
    pub path: String,
    pub parent: Option<NodeId>,
    /// In text order; empty for steps.
    pub children: Vec<NodeId>,
    pub title: String,
    /// Its own, else its group's, else that of the step above.
    pub stage: Option<String>,
    pub kind: Kind,
    pub several: Option<Several>,
    /// Direct needs, named or implied, without the doors of its groups.
    pub needs: Vec<NodeId>,
    pub when: Option<Condition>,
    pub opens: Option<DateRule>,
    pub optional: bool,
    /// Made again when another person is appointed to this role.
    pub about: Option<String>,
    pub due: Option<DateRule>,
    /// The ladder it climbs: its own, its group's, else the first of the file, else the usual one.
    /// `None` for `reminders: none` and for what nobody is asked to do.
    pub reminders: Option<String>,
    /// Sent whenever it completes (for an engine step: when it is ready).
    pub mail: Option<String>,
    pub tell: Option<String>,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Task(Task),
    Engine,
    Wait(Wait),
    Start {
        workflow: String,
        until: Option<String>,
    },
    Group(Order),
}

/// `steps:` one after the other, `together:` side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Steps,
    Together,
}

/// A node that happens several times; each time is an *instance* with a key in its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Several {
    /// A group whose passes are numbered from 1.
    Repeat {
        min: u32,
        max: u32,
    },
    EachSchool,
    /// One instance for everybody appointed to the role.
    EachPerson(String),
}

#[derive(Debug, Clone)]
pub struct Task {
    /// `None` only inside `each: ROLE`: the person whose instance it is.
    pub role: Option<String>,
    pub form: Option<String>,
    pub outcomes: IndexMap<String, Outcome>,
    /// Roles of the run; the answers name the people in fields of the same names.
    pub appoints: Vec<String>,
    pub invite: Option<String>,
    pub tool: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Wait {
    pub event: String,
    pub role: Option<String>,
    pub form: Option<String>,
    pub appoints: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a word of the language"
)]
pub struct Outcome {
    pub reopen: Option<NodeId>,
    pub repeat: bool,
    pub end: Option<NodeId>,
    pub leave: bool,
    /// The words with which the run stops.
    pub stop: Option<String>,
    pub reason_required: bool,
    pub mail: Option<String>,
    pub tell: Option<String>,
    /// Taken by a rung, so not offered to people.
    pub by_rung: bool,
}

/// Rungs in order. A named anchor is seen from the steps that climb the ladder; `check` sees to it
/// that all of them mean the same by it.
pub type Ladder = IndexMap<String, Rung>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    pub at: RungMoment,
    pub send: Option<Send>,
    /// Roles; empty means the doer.
    pub to: Vec<String>,
    /// A post at the late person's own school.
    pub copy: Option<String>,
    /// The role that gets a task (`coordinator`).
    pub task: Option<String>,
    pub then: Option<Then>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Send {
    Digest,
    Mail,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    Stop,
    Skip,
    Outcome(String),
}

impl Workflow {
    /// What people call a role; its name where the definition does not know it.
    pub fn role_title<'t>(&'t self, role: &'t str) -> &'t str {
        let known = self.roles.get(role);
        known.map_or(role, |role| role.title.as_str())
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// Finds a node by its path without passes, `visits.record`.
    pub fn find_node(&self, path: &str) -> Option<NodeId> {
        if self.by_path.is_empty() {
            return self.nodes.iter().position(|node| node.path == path);
        }
        self.by_path.get(path).copied()
    }

    /// The node of a place of a run, or of what lies around one.
    pub fn node_of(&self, place: &(impl Borrow<[Segment]> + ?Sized)) -> Option<NodeId> {
        let (first, inside) = place.borrow().split_first()?;
        let top = self.find_node(&first.name)?;
        inside.iter().try_fold(top, |around, segment| {
            let mut children = self.nodes[around].children.iter().copied();
            children.find(|child| *self.nodes[*child].name == *segment.name)
        })
    }

    /// The form of a place of a run, if it has one.
    pub fn form_at(&self, place: &Address) -> Option<&Arc<Form>> {
        let node = self.node(self.node_of(place)?);
        self.forms.get(node.form()?)
    }

    /// The ladder by which whoever has a step of the node is reminded.
    pub fn ladder_of(&self, node: &Node) -> Option<&Ladder> {
        self.ladders.get(node.reminders.as_ref()?)
    }

    /// Nodes at the top, in text order.
    pub fn top(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0..self.nodes.len()).filter(|id| self.nodes[*id].parent.is_none())
    }

    /// The groups around a node, nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.nodes[id].parent, |parent| self.nodes[*parent].parent)
    }

    /// Whether `inner` is `outer` or lies inside it.
    pub fn is_within(&self, inner: NodeId, outer: NodeId) -> bool {
        inner == outer || self.ancestors(inner).any(|id| id == outer)
    }

    /// Name and title of every date that a start must give: the workflow's own, and, as its project
    /// is in no cycle, those of its cycle that it hangs on.
    pub fn dates_at_start(&self) -> BTreeMap<String, String> {
        let own = self.dates.iter();
        let mut asked: BTreeMap<String, String> = own
            .map(|(name, title)| (name.clone(), title.clone()))
            .collect();
        for node in &self.nodes {
            let rules = node.due.iter().chain(&node.opens);
            for anchor in rules.flat_map(DateRule::anchors) {
                if let Anchor::CycleDate(name) = anchor {
                    let title = name.replace('_', " ");
                    asked.insert(format!("cycle.{name}"), title);
                }
            }
        }
        asked
    }

    /// The innermost `repeat` or `each` around a node, itself included.
    pub fn several_around(&self, id: NodeId) -> Option<NodeId> {
        std::iter::once(id)
            .chain(self.ancestors(id))
            .find(|at| self.nodes[*at].several.is_some())
    }
}

impl Node {
    pub fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Group(_))
    }

    pub fn task(&self) -> Option<&Task> {
        match &self.kind {
            Kind::Task(task) => Some(task),
            _ => None,
        }
    }

    pub fn wait(&self) -> Option<&Wait> {
        match &self.kind {
            Kind::Wait(wait) => Some(wait),
            _ => None,
        }
    }

    /// The form that its answers follow.
    pub fn form(&self) -> Option<&str> {
        match &self.kind {
            Kind::Task(task) => task.form.as_deref(),
            Kind::Wait(wait) => wait.form.as_deref(),
            _ => None,
        }
    }

    /// Roles that its completion fills.
    pub fn appoints(&self) -> &[String] {
        match &self.kind {
            Kind::Task(task) => &task.appoints,
            Kind::Wait(wait) => &wait.appoints,
            _ => &[],
        }
    }

    /// The role that is asked to do it or to record it.
    pub fn role(&self) -> Option<&str> {
        match &self.kind {
            Kind::Task(task) => task.role.as_deref(),
            Kind::Wait(wait) => wait.role.as_deref(),
            _ => None,
        }
    }
}
