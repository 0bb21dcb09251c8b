//! One command on one step at work: what it needs, and what it becomes for the engine.

use serde_json::{Map, Value};

use super::Step;
use crate::cli::act::{Act, act, view};
use crate::cli::answers::{Asked, Given};
use crate::cli::desk::Desk;
use crate::cli::pages::record;
use crate::cli::{Done, Global, finding};
use crate::core::names::{AllianceId, PersonId};
use crate::core::run::address::Address;
use crate::core::run::command::Command;
use crate::core::run::decide;
use crate::core::run::event::SealedAnswers;
use crate::core::run::state;
use crate::engine::readings::{Everybody, Reading};

/// Everything that a command on one step needs.
pub struct Work {
    pub desk: Desk,
    pub alliance: AllianceId,
    pub everybody: Everybody,
    pub reading: Reading,
    /// As it was given; the engine finds the open pass.
    pub step: Address,
}

impl Work {
    pub async fn open(global: &Global, project: &str, step: &Address) -> anyhow::Result<Self> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        Ok(Self {
            reading: finding::project(&desk, &alliance, project).await?,
            everybody: desk.engine.everybody(&alliance).await?,
            step: step.clone(),
            alliance,
            desk,
        })
    }

    pub(super) async fn act(self, command: Step, behalf: Option<PersonId>) -> anyhow::Result<Done> {
        let step = self.step.clone();
        let person = |named: &str| finding::person(&self.everybody, named);
        let command = match command {
            Step::Complete {
                given,
                outcome,
                reason,
                ..
            } => {
                let answers = if given.is_nothing() {
                    None
                } else {
                    Some(self.answers(&given, false).await?)
                };
                Command::StepComplete {
                    step,
                    answers,
                    outcome,
                    reason,
                }
            }
            Step::Draft { given, .. } => {
                let answers = self.answers(&given, false).await?;
                Command::StepDraft { step, answers }
            }
            Step::Correct { given, reason, .. } => {
                let answers = self.answers(&given, true).await?;
                Command::AnswersCorrect {
                    step,
                    answers,
                    reason,
                }
            }
            Step::Take { .. } => Command::StepTake { step },
            Step::Open { reason, .. } => Command::StepOpen { step, reason },
            Step::Block { reason, .. } => Command::StepBlock { step, reason },
            Step::Unblock { .. } => Command::StepUnblock { step },
            Step::Skip { reason, .. } => Command::StepSkip { step, reason },
            Step::Reopen { reason, spare, .. } => Command::StepReopen {
                step,
                reason,
                spare,
            },
            Step::Assign {
                person: named,
                reason,
                ..
            } => Command::StepAssign {
                step,
                person: person(&named)?,
                reason,
            },
            Step::Delegate {
                person: named,
                reason,
                ..
            } => Command::StepDelegate {
                step,
                person: person(&named)?,
                reason,
            },
            Step::Redate { due, reason, .. } => Command::StepRedate { step, due, reason },
            Step::AddPass { .. } => Command::PassAdd { group: step },
            Step::EndPass { reason, .. } => Command::PassEnd { pass: step, reason },
            Step::Why { .. } | Step::Form { .. } => return Ok(Done::Unknown),
        };
        let one = Act::new(self.reading.run.id, command).for_somebody(behalf);
        act(&self.desk, &self.alliance, one).await
    }

    async fn answers(&self, given: &Given, nulls: bool) -> anyhow::Result<Map<String, Value>> {
        let workflow = &self.reading.workflow;
        let node = workflow.node_of(&self.step).map(|id| workflow.node(id));
        let form = workflow.form_at(&self.step);
        let appoints = node.map_or(&[][..], |node| node.appoints());
        let filled = if given.adds_to_what_is_there() && !nulls {
            self.filled().await?
        } else {
            Map::new()
        };
        let asked = Asked {
            form: form.map(AsRef::as_ref),
            appoints,
            everybody: &self.everybody,
        };
        given.read(asked, filled, nulls)
    }

    /// What stands in the form of the step that is meant: its saved draft, else what was answered
    /// already.
    pub async fn filled(&self) -> anyhow::Result<Map<String, Value>> {
        if let Some(draft) = self.draft().await? {
            return Ok(draft);
        }
        let (engine, run) = (&self.desk.engine, &self.reading.run);
        let texts = engine.texts(&self.alliance, run.id).await?;
        let view = view(&self.reading, &self.everybody, &texts, engine.clock.now());
        let step = self.place().and_then(|place| run.find_step(&place));
        let sealed = step.and_then(answered);
        Ok(sealed.map_or_else(Map::new, |sealed| record::answers(&view, sealed)))
    }

    /// The saved draft of the step that is meant.
    async fn draft(&self) -> anyhow::Result<Option<Map<String, Value>>> {
        let Some(place) = self.place() else {
            return Ok(None);
        };
        let Some(step) = self.reading.run.steps.get(&place) else {
            return Ok(None);
        };
        let (run, attempt) = (self.reading.run.id, step.attempt);
        Ok(self
            .desk
            .engine
            .find_draft(&self.alliance, run, &place, attempt)
            .await?)
    }

    pub fn why(&self) -> Option<decide::Why> {
        let facts = self.desk.engine.facts_for_show(&self.everybody);
        decide::why(
            &self.reading.workflow,
            &self.reading.run,
            &facts,
            &self.step,
        )
    }

    /// The place that the address means: without a pass, the open one.
    pub fn place(&self) -> Option<Address> {
        self.why().map(|why| why.step)
    }

    /// For an address that means no place of this project.
    pub fn unknown(&self) -> anyhow::Error {
        let workflow = &self.reading.workflow;
        let (step, reference) = (&self.step, &self.reading.run.reference);
        if workflow.node_of(step).is_some() {
            return anyhow::anyhow!("{reference} has no `{step}` yet");
        }
        let paths = workflow.nodes.iter().map(|node| node.path.as_str());
        let hint = crate::core::definition::near::did_you_mean(&step.path(), paths);
        let hint = hint.unwrap_or_else(|| "`alongside project show` lists its steps.".to_owned());
        anyhow::anyhow!("{reference} has no step `{step}`. {hint}")
    }
}

/// What was answered already: now, or in the attempt before, unless that was private.
fn answered(step: &state::Step) -> Option<&SealedAnswers> {
    let now = step.done.as_ref().map(|done| &done.answers);
    now.or(step.prefill())
}
