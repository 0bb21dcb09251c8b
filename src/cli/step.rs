//! `step …`: everything that is done with one step of a project.
//!
//! A step is named by its address, as `project show` prints it: `need`, `visits[2].record`; without
//! a pass the open one is meant. To add a command: its variant with an example, its arm in
//! `work.rs`.

mod form;
mod why;
pub mod work;

use clap::{Args, Subcommand};

use super::answers::Given;
use super::{Done, Global, finding};
use crate::core::run::address::Address;
use crate::core::time::Date;
use work::Work;

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
        after_help = "Examples:\n  alongside step complete DLP-2027-001 need --answers need.yaml \\\n    --on-behalf ada@alder.example --reason \"By phone\"\n  alongside step complete DLP-2027-001 approve_need --outcome approve\n  alongside step complete DLP-2027-001 visits[1].plan --set date=2027-03-02 --set lunch=yes\n\nWithout answers the saved draft is sent, else what was answered before."
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
    /// Pass a step on to a colleague of the same school: "I can't do this"
    #[command(
        visible_alias = "pass-on",
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

impl StepArgs {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let at = self.command.at();
        let work = Work::open(global, &at.project, &at.step).await?;
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
