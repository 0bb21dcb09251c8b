//! The page as written: every name still a word with its place, nothing resolved.
//!
//! Lenient on purpose: what is missing or broken is `None` here and has been reported, so that
//! all later checks can go on with the rest.

use super::source::Span;
use super::workflow::{Many, Order};
use super::yaml::Word;

#[derive(Debug, Clone, Default)]
pub struct Page {
    pub workflow: Option<Word>,
    pub scope: Option<Word>,
    pub part_of: Option<Word>,
    pub version: Option<u32>,
    pub title: Option<Word>,
    pub dates: Vec<Titled>,
    pub roles: Vec<RolePage>,
    pub stages: Vec<Titled>,
    pub ladders: Vec<LadderPage>,
    pub steps: Vec<StepPage>,
}

/// A name and its title.
#[derive(Debug, Clone)]
pub struct Titled {
    pub name: Word,
    pub title: String,
}

#[derive(Debug, Clone)]
pub struct RolePage {
    pub name: Word,
    pub title: Option<Word>,
    pub at: Option<Word>,
    pub post: Option<Word>,
    pub many: Option<(Many, Span)>,
    pub not: Option<Word>,
    pub appointed: Option<Word>,
}

#[derive(Debug, Clone)]
pub struct LadderPage {
    pub name: Word,
    pub rungs: Vec<RungPage>,
}

#[derive(Debug, Clone)]
pub struct RungPage {
    pub name: Word,
    pub at: Option<Word>,
    pub send: Option<Word>,
    pub to: Vec<Word>,
    pub copy: Option<Word>,
    pub task: Option<Word>,
    pub then: Option<Word>,
    pub text: Option<Word>,
}

#[derive(Debug, Clone)]
pub struct StepPage {
    pub name: Word,
    pub kind: KindPage,
    pub repeat: Option<(Many, Span)>,
    pub each: Option<Word>,
    pub title: Option<Word>,
    pub stage: Option<Word>,
    pub needs: Option<Vec<Word>>,
    pub when: Option<Word>,
    pub opens: Option<Word>,
    pub optional: Option<bool>,
    pub about: Option<Word>,
    pub due: Option<Word>,
    pub reminders: Option<Word>,
    pub mail: Option<Word>,
    pub tell: Option<Word>,
    pub form: Option<Word>,
    pub outcomes: Option<Vec<OutcomePage>>,
    pub role: Option<Word>,
    pub appoints: Vec<Word>,
    pub invite: Option<Word>,
    pub tool: Option<Word>,
    pub children: Vec<StepPage>,
}

#[derive(Debug, Clone)]
pub enum KindPage {
    Task,
    Engine,
    Wait(Option<Word>),
    Start {
        workflow: Option<Word>,
        until: Option<Word>,
    },
    Group(Order),
}

#[derive(Debug, Clone)]
pub struct OutcomePage {
    pub name: Word,
    pub reopen: Option<Word>,
    pub repeat: Option<Span>,
    pub end: Option<Word>,
    pub leave: Option<Span>,
    pub stop: Option<Word>,
    pub reason: Option<Word>,
    pub mail: Option<Word>,
    pub tell: Option<Word>,
}

impl Page {
    /// Every step with its parent's place in the list, parents first, in text order. The places
    /// are the node numbers of the checked workflow.
    pub fn flatten(&self) -> Vec<(&StepPage, Option<usize>)> {
        let mut list = vec![];
        let mut open: Vec<(&StepPage, Option<usize>)> =
            self.steps.iter().rev().map(|step| (step, None)).collect();
        while let Some((step, parent)) = open.pop() {
            list.push((step, parent));
            let id = list.len() - 1;
            open.extend(step.children.iter().rev().map(|child| (child, Some(id))));
        }
        list
    }
}
