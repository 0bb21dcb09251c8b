//! A decision in the making: the state as it becomes, the events so far, the texts to keep.
//!
//! Every event is folded at once, so that each consequence is decided on what has happened
//! already. Nothing leaves here unless the whole command is accepted.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::core::audit::payload::{Commitment, Payload};
use crate::core::definition::form::{Answers, FieldProblem, Form};
use crate::core::definition::workflow::{Node, NodeId, Workflow};
use crate::core::names::PersonId;
use crate::core::number;
use crate::core::run::address::Address;
use crate::core::run::effect::Effect;
use crate::core::run::event::{Event, SealedAnswers, Text};
use crate::core::run::evolve::apply;
use crate::core::run::facts::Facts;
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal};
use crate::core::run::seed::Seed;
use crate::core::run::state::{Run, Step};
use crate::core::time::Date;

pub(crate) struct Working<'a> {
    pub workflow: &'a Workflow,
    pub facts: &'a Facts,
    /// As it is so far: copied when the first event changes it, for who only looks changes nothing.
    pub run: Cow<'a, Run>,
    pub events: Vec<Event>,
    pub payloads: Vec<Payload>,
    /// What is kept outside the log: drafts.
    pub effects: Vec<Effect>,
    pub acting: Acting,
    pub seed: Seed,
}

/// Who acts, for whom, and as which role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Acting {
    pub actor: Option<PersonId>,
    pub on_behalf_of: Option<PersonId>,
    pub coordinator: bool,
}

impl Acting {
    /// The person whose doing it is.
    pub fn doer(&self) -> Option<PersonId> {
        self.on_behalf_of.or(self.actor)
    }
}

impl<'a> Working<'a> {
    pub fn new(workflow: &'a Workflow, run: &'a Run, facts: &'a Facts) -> Self {
        Self {
            workflow,
            facts,
            run: Cow::Borrowed(run),
            events: Vec::new(),
            payloads: Vec::new(),
            effects: Vec::new(),
            acting: Acting::default(),
            seed: Seed::new(facts.seed),
        }
    }

    pub fn emit(&mut self, event: Event) {
        apply(self.run.to_mut(), &event, self.facts.now);
        self.events.push(event);
    }

    pub fn today(&self) -> Date {
        self.facts.now.date()
    }

    pub fn node(&self, id: NodeId) -> &'a Node {
        self.workflow.node(id)
    }

    pub fn node_at(&self, address: &Address) -> Option<NodeId> {
        self.workflow.node_of(address)
    }

    pub fn step(&self, address: &Address) -> Option<&Step> {
        self.run.find_step(address)
    }

    pub fn attempt(&self, address: &Address) -> u32 {
        self.run.steps.get(address).map_or(1, |step| step.attempt)
    }

    pub fn title(&self, address: &Address) -> String {
        format!("“{}”", places::title(self.workflow, address))
    }

    /// Keeps a text outside the log and gives what stands for it inside.
    pub fn seal_text(&mut self, text: &str) -> Text {
        self.seal(Value::String(text.to_owned()))
    }

    /// The same for a reason that need not be given.
    pub fn seal_if_said(&mut self, text: Option<&str>) -> Option<Text> {
        let said = text.filter(|text| !text.trim().is_empty());
        said.map(|text| self.seal_text(text))
    }

    fn seal(&mut self, value: Value) -> Commitment {
        let payload = Payload::seal(value, self.seed.salt());
        let commitment = payload.commitment.clone();
        self.payloads.push(payload);
        commitment
    }

    /// Answers as the log holds them: what can be erased becomes a commitment.
    pub fn seal_answers(&mut self, form: Option<&Form>, answers: &Answers) -> SealedAnswers {
        let mut sealed = Map::new();
        for (name, value) in answers {
            let clear = match form.and_then(|form| form.fields.get(name)) {
                Some(field) => !field.erasable,
                None => is_plain(value),
            };
            let kept = if clear {
                value.clone()
            } else {
                self.seal(value.clone()).to_value()
            };
            sealed.insert(name.clone(), kept);
        }
        sealed
    }

    /// Puts answers together again from the log and the texts that were loaded. Erased texts are
    /// left out; their names come second.
    pub fn unseal(&self, sealed: &SealedAnswers) -> (Answers, Vec<String>) {
        let (mut answers, mut erased) = (Map::new(), Vec::new());
        for (name, value) in sealed {
            match Commitment::from_value(value) {
                None => {
                    answers.insert(name.clone(), value.clone());
                }
                Some(commitment) => match self.facts.payloads.get(&commitment) {
                    Some(text) => {
                        answers.insert(name.clone(), text.clone());
                    }
                    None => erased.push(name.clone()),
                },
            }
        }
        (answers, erased)
    }

    pub fn form(&self, node: NodeId) -> Option<&'a Form> {
        let name = self.node(node).form()?;
        self.workflow.forms.get(name).map(AsRef::as_ref)
    }

    /// Checks answers against the step's form; a task without a form takes none but the people
    /// that it appoints.
    pub fn check_answers(
        &self,
        node: NodeId,
        address: &Address,
        answers: &Answers,
        erased: &[String],
    ) -> Result<(), Refusal> {
        let mut fields = match self.form(node) {
            Some(form) => form.validate_known(answers, &erased.iter().cloned().collect()),
            // What comes from outside may say more than anybody asked.
            None if self.node(node).wait().is_some() => Vec::new(),
            None => self.node(node).unexpected(answers),
        };
        fields.extend(self.impossible_times(node, answers));
        for problem in bad_numbers(answers) {
            if !fields.iter().any(|found| found.field == problem.field) {
                fields.push(problem);
            }
        }
        self.refuse_answers(address, fields)
    }

    /// A draft need not fit its form yet, but only numbers are kept that can be.
    pub fn check_draft(&self, address: &Address, answers: &Answers) -> Result<(), Refusal> {
        self.refuse_answers(address, bad_numbers(answers))
    }

    fn refuse_answers(&self, address: &Address, fields: Vec<FieldProblem>) -> Result<(), Refusal> {
        if fields.is_empty() {
            return Ok(());
        }
        let said: Vec<String> = fields
            .iter()
            .map(|it| format!("`{}` {}", it.field.trim_start_matches('/'), it.problem))
            .collect();
        let reason = format!(
            "The answers to {} need another look: {}.",
            self.title(address),
            said.join("; ")
        );
        Err(Refusal {
            code: Code::InvalidAnswers,
            reason,
            fields,
        })
    }
}

/// The rule of numbers holds whatever a form asks for, and without a form too.
fn bad_numbers(answers: &Answers) -> Vec<FieldProblem> {
    let problem = |field| FieldProblem {
        field,
        problem: format!("must be {}", number::RULE),
    };
    number::not_taken(answers)
        .into_iter()
        .map(problem)
        .collect()
}

/// Numbers, dates, yes/no and lists of them are no free text.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::String(text) => text.parse::<Date>().is_ok() || text.parse::<uuid::Uuid>().is_ok(),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(_) => false,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

impl Node {
    fn unexpected(&self, answers: &Answers) -> Vec<FieldProblem> {
        let known = |name: &&String| !self.appoints().contains(*name);
        answers
            .keys()
            .filter(known)
            .map(|name| FieldProblem {
                field: format!("/{name}"),
                problem: "is not asked for: this step has no form".to_owned(),
            })
            .collect()
    }
}
