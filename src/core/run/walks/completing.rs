//! Completing alone: whatever is open is completed by whoever may, with any outcome; sending back
//! and going round are bounded. Every such walk must reach an end.

use serde_json::{Map, Value, json};

use super::cast;
use super::each_seed;
use super::walk::{Failure, Walk};
use crate::core::definition::workflow::{Node, NodeId, Outcome, Workflow};
use crate::core::run::address::Address;
use crate::core::run::command::{Command, Envelope, People};
use crate::core::run::doers::doers;
use crate::core::run::event::StepKind;
use crate::core::run::refusal::{Code, Verdict};
use crate::core::run::state::Status;
use crate::core::run::story::person;
use crate::core::simulation::fill::{Given, fill};
use std::sync::Arc;

/// So often a walk may send back, go round again or add a pass.
const BACK: u32 = 6;
const WALKS: u64 = 2_000;
/// More turns than a walk of any definition here needs.
const TURNS: usize = 600;

/// Which outcomes a walk may choose.
#[derive(Clone, Copy)]
pub struct Mood {
    /// Those that send back or go round again.
    pub back: bool,
    /// Those that stop the run.
    pub stop: bool,
}

impl Walk {
    /// Tasks and waits on which somebody can act.
    pub fn open(&self) -> Vec<(Address, NodeId)> {
        let steps = self.run.steps.iter();
        let open = steps.filter(|(_, step)| {
            matches!(step.status, Status::NotStarted | Status::InProgress)
                && matches!(step.kind, StepKind::Task | StepKind::Wait)
        });
        open.filter_map(|(at, _)| Some((at.clone(), self.workflow.node_of(at)?)))
            .collect()
    }

    /// Completes one open step by somebody who may.
    pub fn completion(&mut self, at: &Address, node: NodeId, mood: Mood) -> Envelope {
        let workflow = self.workflow.clone();
        let node = workflow.node(node);
        let answers = self.answers(node);
        let today = self.today();
        let theirs = doers(&workflow, &self.run, &self.facts.directory, at, today);
        let coordinator = person("coordinator");
        let who = match theirs.as_slice() {
            [] => coordinator,
            some => self.dice.pick(some).person,
        };
        if let Some(wait) = node.wait() {
            let name = wait.event.clone();
            return self.envelope(
                Some(coordinator),
                Command::EventReport {
                    name,
                    data: answers,
                },
            );
        }
        let outcome = self.outcome(node, mood);
        let reason = outcome.as_ref().map(|_| "Because of the snow".to_owned());
        let command = Command::StepComplete {
            step: at.clone(),
            answers: Some(answers),
            outcome,
            reason,
        };
        self.envelope(Some(who), command)
    }

    pub fn answers(&mut self, node: &Node) -> Map<String, Value> {
        let form = node.form();
        let workflow = self.workflow.clone();
        let given = Given {
            today: self.today(),
            people: cast::teachers(),
        };
        let mut answers = form.map_or_else(Map::new, |name| {
            fill(&workflow.forms[name], &mut self.dice, given)
        });
        for role in node.appoints() {
            let list = workflow.roles[role].many.max > 1;
            let people = match self.people_for(role) {
                People::One(one) if list => json!([one]),
                people => json!(people),
            };
            answers.insert(role.clone(), people);
        }
        answers
    }

    /// One of those offered that fit the mood; of none that fits, any.
    fn outcome(&mut self, node: &Node, mood: Mood) -> Option<String> {
        let outcomes = &node.task()?.outcomes;
        let fits = |outcome: &Outcome| {
            (mood.back || outcome.reopen.is_none() && !outcome.repeat)
                && (mood.stop || outcome.stop.is_none())
        };
        let offered = outcomes.iter().filter(|(_, outcome)| !outcome.by_rung);
        let (fitting, others): (Vec<_>, Vec<_>) = offered.partition(|(_, it)| fits(it));
        let all = if fitting.is_empty() { others } else { fitting };
        (!all.is_empty()).then(|| self.dice.pick(&all).0.clone())
    }
}

fn walk(workflow: &Arc<Workflow>, seed: u64) -> Result<usize, Failure> {
    let mut walk = Walk::new(workflow.clone(), cast::cast(workflow), seed);
    match to_an_end(&mut walk) {
        Ok(()) => Ok(walk.turns()),
        Err(wrong) => Err(walk.failure(seed, &wrong)),
    }
}

fn to_an_end(walk: &mut Walk) -> Result<(), String> {
    walk.start()?;
    let stop = walk.dice.chance(25);
    let (mut back, mut refused) = (0, 0);
    while !walk.is_over() {
        if walk.turns() > TURNS {
            return Err(format!("no end after {TURNS} turns"));
        }
        let open = walk.open();
        if open.is_empty() || walk.dice.chance(4) {
            let remind = walk.dice.chance(25);
            let passed = walk.time_passes(remind)?;
            if open.is_empty() && !passed {
                return Err("nothing is open and nothing will open".to_owned());
            }
            continue;
        }
        let (at, node) = walk.dice.pick(&open).clone();
        let mood = Mood {
            back: back < BACK,
            stop,
        };
        let envelope = walk.completion(&at, node, mood);
        let passes = walk.run.steps.len();
        match walk.send(envelope) {
            Ok(()) => {
                let again = !walk.run.is_settled(&at) || walk.run.steps.len() > passes;
                back += u32::from(again);
                refused = 0;
            }
            Err(Verdict::Refused(refusal)) if is_chance(refusal.code) && refused < 40 => {
                refused += 1;
            }
            Err(verdict) => return Err(format!("refused: {}", super::walk::say(&verdict))),
        }
    }
    Ok(())
}

/// What random people and outcomes may run into; anything else is a fault.
fn is_chance(code: Code) -> bool {
    matches!(
        code,
        Code::ForbiddenByNot | Code::TooManyPasses | Code::TooFewPasses
    )
}

#[test]
fn two_thousand_walks_of_every_definition_by_completing_alone_reach_an_end() {
    for (name, turns) in each_seed(WALKS, walk) {
        assert!(turns > 4, "{name}: only {turns} turns a walk");
    }
}
