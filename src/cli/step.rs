//! `step …`: everything that is done with one step of a project.
//!
//! A step is named by its address, as `project show` prints it: `need`, `visits[2].record`; without
//! a pass the open one is meant. To add a command: its variant with an example, its arm in
//! [`Step::command`].

mod form;
mod why;

use clap::{Args, Subcommand};

use super::act::{Act, act};
use super::answers::{Asked, Given};
use super::desk::Desk;
use super::{Done, Global, finding};
use crate::core::names::{AllianceId, PersonId};
use crate::core::run::address::Address;
use crate::core::run::command::Command;
use crate::core::run::decide;
use crate::core::time::Date;
use crate::engine::readings::{Everybody, Reading};

/// Complete, draft, pass on, reopen and explain single steps
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Example:\n  alongside step why DLP-2026-014 approve_need"
)]
pub struct StepArgs {
    #[command(subcommand)]
    command: Step,
}

/// Which step of which project.
#[derive(Debug, Clone, Args)]
struct At {
    /// The project's reference or id
    project: String,
    /// The step's address, like need or visits[2].record
    step: Address,
}

/// For somebody else, as a coordinator may.
#[derive(Debug, Clone, Default, Args)]
struct Behalf {
    /// Act for this person (email, name or id); both are recorded
    #[arg(long, value_name = "PERSON")]
    on_behalf: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Complete a step: its answers, and one of its outcomes where it has any
    #[command(
        after_help = "Examples:\n  alongside step complete DLP-2027-001 need --answers need.yaml \\\n    --on-behalf ada@alder.example --reason \"By phone\"\n  alongside step complete DLP-2027-001 approve_need --outcome approve\n  alongside step complete DLP-2027-001 visits[1].plan --set date=2027-03-02 --set lunch=yes\n\nWithout answers the saved draft is sent."
    )]
    Complete {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        given: Given,
        #[arg(long)]
        outcome: Option<String>,
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        behalf: Behalf,
    },
    /// Save answers that need not be whole yet
    #[command(
        after_help = "Example:\n  alongside step draft DLP-2027-001 need --set title=\"Feedback\""
    )]
    Draft {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        given: Given,
        #[command(flatten)]
        behalf: Behalf,
    },
    /// Take a step on that several people could do
    #[command(after_help = "Example:\n  alongside step take DLP-2027-001 check_scope")]
    Take {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        behalf: Behalf,
    },
    /// Do not wait for the day on which a step opens
    #[command(
        after_help = "Example:\n  alongside step open DLP-2027-001 visits[1].record --reason \"They met a day early\""
    )]
    Open {
        #[command(flatten)]
        at: At,
        #[arg(long)]
        reason: String,
    },
    /// Say that a step cannot be done now
    #[command(
        after_help = "Example:\n  alongside step block DLP-2027-001 draft --reason \"The data are late\""
    )]
    Block {
        #[command(flatten)]
        at: At,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        behalf: Behalf,
    },
    /// Say that a blocked step can go on
    #[command(after_help = "Example:\n  alongside step unblock DLP-2027-001 draft")]
    Unblock {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        behalf: Behalf,
    },
    /// Do without a step
    #[command(
        after_help = "Example:\n  alongside step skip DLP-2027-001 pulse --reason \"Half-way is past\""
    )]
    Skip {
        #[command(flatten)]
        at: At,
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        behalf: Behalf,
    },
    /// Have a step done again, and what stands on it
    #[command(
        after_help = "Example:\n  alongside step reopen DLP-2027-001 draft --reason \"A finding is wrong\" --spare fact_check --dry-run"
    )]
    Reopen {
        #[command(flatten)]
        at: At,
        #[arg(long)]
        reason: String,
        /// A settled step further on that stays as it is; again for more
        #[arg(long, value_name = "STEP")]
        spare: Vec<Address>,
    },
    /// Give a step to one person
    #[command(after_help = "Example:\n  alongside step assign DLP-2027-001 need ada@alder.example")]
    Assign {
        #[command(flatten)]
        at: At,
        person: String,
        #[arg(long)]
        reason: Option<String>,
    },
    /// Pass a step on to a colleague of the same school
    #[command(
        after_help = "Example:\n  alongside step delegate DLP-2027-001 need bea@alder.example \\\n    --on-behalf ada@alder.example --reason \"By phone\""
    )]
    Delegate {
        #[command(flatten)]
        at: At,
        person: String,
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        behalf: Behalf,
    },
    /// Set the day on which a step is due
    #[command(
        after_help = "Example:\n  alongside step redate DLP-2027-001 draft 2027-05-14 --reason \"Exams\""
    )]
    Redate {
        #[command(flatten)]
        at: At,
        #[arg(value_parser = finding::date)]
        due: Date,
        #[arg(long)]
        reason: String,
    },
    /// Add a pass to a group that repeats, like one more visit
    #[command(after_help = "Example:\n  alongside step add-pass DLP-2027-001 visits")]
    AddPass {
        #[command(flatten)]
        at: At,
    },
    /// End a pass that did not happen: it no longer counts
    #[command(
        after_help = "Example:\n  alongside step end-pass DLP-2027-001 visits[2] --reason \"Cancelled that morning\""
    )]
    EndPass {
        #[command(flatten)]
        at: At,
        #[arg(long)]
        reason: String,
    },
    /// Correct answers of a complete step; only the fields that change
    #[command(
        after_help = "Example:\n  alongside step correct DLP-2027-001 visits[1].plan --set date=2027-03-09 --reason \"Moved by phone\"\n\nAn empty field (--set lunch=) takes its answer away."
    )]
    Correct {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        given: Given,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        behalf: Behalf,
    },
    /// Explain a step: what it waits for, who can act, what comes next
    #[command(after_help = "Example:\n  alongside step why DLP-2027-001 approve_need")]
    Why {
        #[command(flatten)]
        at: At,
    },
    /// Print a step's form as a file to fill in
    #[command(
        after_help = "Example:\n  alongside step form DLP-2027-001 need > need.yaml\n  alongside step complete DLP-2027-001 need --answers need.yaml"
    )]
    Form {
        #[command(flatten)]
        at: At,
    },
}

/// Everything that a command on one step needs.
struct Work {
    desk: Desk,
    alliance: AllianceId,
    everybody: Everybody,
    reading: Reading,
    /// As it was given; the engine finds the open pass.
    step: Address,
}

impl StepArgs {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let at = self.command.at();
        let reading = finding::project(&desk, &alliance, &at.project).await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let step = at.step.clone();
        let work = Work {
            desk,
            alliance,
            everybody,
            reading,
            step,
        };
        match self.command {
            Step::Why { .. } => why::why(&work).await,
            Step::Form { .. } => form::form(&work).await,
            other => {
                let behalf = other
                    .behalf()
                    .map(|named| finding::person(&work.everybody, named));
                let behalf = behalf.transpose()?;
                work.act(other, behalf).await
            }
        }
    }
}

impl Step {
    fn at(&self) -> &At {
        match self {
            Self::Complete { at, .. }
            | Self::Draft { at, .. }
            | Self::Take { at, .. }
            | Self::Open { at, .. }
            | Self::Block { at, .. }
            | Self::Unblock { at, .. }
            | Self::Skip { at, .. }
            | Self::Reopen { at, .. }
            | Self::Assign { at, .. }
            | Self::Delegate { at, .. }
            | Self::Redate { at, .. }
            | Self::AddPass { at }
            | Self::EndPass { at, .. }
            | Self::Correct { at, .. }
            | Self::Why { at }
            | Self::Form { at } => at,
        }
    }

    fn behalf(&self) -> Option<&str> {
        match self {
            Self::Complete { behalf, .. }
            | Self::Draft { behalf, .. }
            | Self::Take { behalf, .. }
            | Self::Block { behalf, .. }
            | Self::Unblock { behalf, .. }
            | Self::Skip { behalf, .. }
            | Self::Delegate { behalf, .. }
            | Self::Correct { behalf, .. } => behalf.on_behalf.as_deref(),
            _ => None,
        }
    }
}

impl Work {
    async fn act(self, command: Step, behalf: Option<PersonId>) -> anyhow::Result<Done> {
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

    async fn answers(
        &self,
        given: &Given,
        nulls: bool,
    ) -> anyhow::Result<serde_json::Map<String, serde_json::Value>> {
        let workflow = &self.reading.workflow;
        let node = workflow
            .find_node(&self.step.path())
            .map(|id| workflow.node(id));
        let form = node.and_then(|node| workflow.forms.get(node.form()?));
        let appoints = node.map_or(&[][..], |node| node.appoints());
        let draft = match given.adds_to_draft() && !nulls {
            true => self.draft().await?,
            false => None,
        };
        let asked = Asked {
            form: form.map(AsRef::as_ref),
            appoints,
            everybody: &self.everybody,
        };
        given.read(asked, draft, nulls)
    }

    /// The saved draft of the step that is meant.
    async fn draft(&self) -> anyhow::Result<Option<serde_json::Map<String, serde_json::Value>>> {
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

    fn why(&self) -> Option<decide::Why> {
        let facts = self.desk.engine.facts_for_show(&self.everybody);
        decide::why(
            &self.reading.workflow,
            &self.reading.run,
            &facts,
            &self.step,
        )
    }

    /// The place that the address means: without a pass, the open one.
    fn place(&self) -> Option<Address> {
        self.why().map(|why| why.step)
    }

    /// For an address that means no place of this project.
    fn unknown(&self) -> anyhow::Error {
        let workflow = &self.reading.workflow;
        let (step, reference) = (&self.step, &self.reading.run.reference);
        if workflow.find_node(&step.path()).is_some() {
            return anyhow::anyhow!("{reference} has no `{step}` yet");
        }
        let paths = workflow.nodes.iter().map(|node| node.path.as_str());
        let hint = crate::core::definition::near::did_you_mean(&step.path(), paths);
        let hint = hint.unwrap_or_else(|| "`alongside project show` lists its steps.".to_owned());
        anyhow::anyhow!("{reference} has no step `{step}`. {hint}")
    }
}
