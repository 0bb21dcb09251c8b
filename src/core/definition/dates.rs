//! The grammar of dates: `due`, `opens` and a rung's `at`.
//!
//! `10 school days` · `5 school days before visits.first.plan.date` · `on book.date` ·
//! `halfway between A and B`. Resolved here: an anchor names a node, not a word.

use super::workflow::{NodeId, Workflow};

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    SchoolDays,
    WorkingDays,
    CalendarDays,
}

/// A number of days, counted at one school or (`at both`) only where both are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub days: u32,
    pub unit: Unit,
    pub both: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Before,
    After,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateRule {
    /// From ready (`due`) or from free (`opens`).
    Budget(Span),
    Offset(Span, Side, Anchor),
    On(Anchor),
    Halfway(Anchor, Anchor),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// Completion of a step.
    Done(StepRef),
    /// A date in the answers of a step.
    Answer(StepRef, String),
    /// A date asked at the start of this run.
    Date(String),
    /// A date of the cycle.
    CycleDate(String),
}

/// A step as seen from another: bare, or in the first or last pass of a repeat group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRef {
    pub node: NodeId,
    pub pick: Option<Pick>,
}

/// `visits.first.…`: the lowest or highest pass, not ended, in which that step is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    pub group: NodeId,
    pub first: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RungMoment {
    OnTheDay,
    FromDue(Span, Side),
    From(Span, Side, Anchor),
}

impl Unit {
    /// "school day", "working days", "day": as the language and the pages write it.
    pub fn say(self, days: u32) -> &'static str {
        match (self, days) {
            (Self::SchoolDays, 1) => "school day",
            (Self::SchoolDays, _) => "school days",
            (Self::WorkingDays, 1) => "working day",
            (Self::WorkingDays, _) => "working days",
            (Self::CalendarDays, 1) => "day",
            (Self::CalendarDays, _) => "days",
        }
    }
}

impl DateRule {
    /// The anchors it hangs on: none for a budget, two for `halfway`.
    pub fn anchors(&self) -> Vec<&Anchor> {
        match self {
            Self::Budget(_) => vec![],
            Self::Offset(_, _, anchor) | Self::On(anchor) => vec![anchor],
            Self::Halfway(from, to) => vec![from, to],
        }
    }
}

impl Span {
    /// "5 school days at both".
    pub fn say(self) -> String {
        let both = if self.both { " at both" } else { "" };
        format!("{} {}{both}", self.days, self.unit.say(self.days))
    }
}

impl Side {
    pub fn say(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

impl DateRule {
    /// As a definition writes it, with the names of the workflow.
    pub fn say(&self, workflow: &Workflow) -> String {
        match self {
            Self::Budget(span) => span.say(),
            Self::Offset(span, side, anchor) => {
                format!("{} {} {}", span.say(), side.say(), anchor.say(workflow))
            }
            Self::On(anchor) => format!("on {}", anchor.say(workflow)),
            Self::Halfway(from, to) => {
                format!(
                    "halfway between {} and {}",
                    from.say(workflow),
                    to.say(workflow)
                )
            }
        }
    }
}

impl Anchor {
    /// `visits.first.plan.date`, `dates.showcase`.
    pub fn say(&self, workflow: &Workflow) -> String {
        match self {
            Self::Done(step) => step.say(workflow),
            Self::Answer(step, field) => format!("{}.{field}", step.say(workflow)),
            Self::Date(name) => format!("dates.{name}"),
            Self::CycleDate(name) => format!("cycle.{name}"),
        }
    }
}

impl StepRef {
    pub fn say(&self, workflow: &Workflow) -> String {
        let path = &workflow.nodes[self.node].path;
        let Some(pick) = self.pick else {
            return path.clone();
        };
        let group = &workflow.nodes[pick.group].path;
        let inner = path.strip_prefix(group.as_str()).unwrap_or_default();
        let which = if pick.first { "first" } else { "last" };
        format!("{group}.{which}{inner}")
    }
}
