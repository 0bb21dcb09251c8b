//! `project list` and `project show`.

use clap::{Args, ValueEnum};

use crate::cli::desk::Desk;
use crate::cli::finding::{self, Whom};
use crate::cli::pages::{self, list, record};
use crate::cli::{Done, act, output};
use crate::core::run::state::RunStatus;
use crate::store::{PersonOn, RunFilter, TaskFilter};

/// List projects: what is due first stands on top
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alongside project list --overdue\n  alongside project list --school Alder --waiting-on headteacher"
)]
pub struct List {
    /// With a step that is overdue
    #[arg(long)]
    overdue: bool,
    /// Of a host school: its URN, its name or a part of the name
    #[arg(long, value_name = "URN|NAME")]
    school: Option<String>,
    /// That wait for a person (email, name, id) or for a role
    #[arg(long, value_name = "PERSON|ROLE")]
    waiting_on: Option<String>,
    #[arg(long)]
    status: Option<Standing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Standing {
    InProgress,
    Paused,
    Stopped,
    Complete,
}

impl From<Standing> for RunStatus {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::InProgress => Self::InProgress,
            Standing::Paused => Self::Paused,
            Standing::Stopped => Self::Stopped,
            Standing::Complete => Self::Complete,
        }
    }
}

impl List {
    pub async fn run(self, desk: &Desk) -> anyhow::Result<Done> {
        desk.catch_up().await?;
        let alliance = desk.alliance().await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let library = &desk.engine.library;
        let today = desk.engine.clock.now().date();
        let mut filter = RunFilter {
            status: self.status.map(RunStatus::from),
            due_before: self.overdue.then_some(today),
            ..RunFilter::default()
        };
        if let Some(named) = &self.school {
            filter.host_school = Some(finding::school(&everybody, named)?);
        }
        match self
            .waiting_on
            .as_deref()
            .map(|named| finding::whom(&everybody, library, named))
        {
            Some(Ok(Whom::Person(person))) => {
                filter.waiting_on = Some(PersonOn { person, day: today });
            }
            Some(Ok(Whom::Role(role))) => filter.waiting_on_role = Some(role),
            Some(Err(error)) => return Err(error),
            None => {}
        }
        let scoped = desk.engine.store.of(&alliance);
        let runs = scoped.runs(&filter).await?;
        let tasks = scoped.tasks(&TaskFilter::default()).await?;
        let list = list::List {
            runs: &runs,
            tasks: &tasks,
            everybody: &everybody,
            library,
            today,
        };
        if desk.json {
            output::print_json(&list.json())?;
        } else {
            output::print(&list.text());
        }
        Ok(Done::Well)
    }
}

/// Show one project: stages, steps, who has what and until when, history
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  alongside project show DLP-2027-001")]
pub struct Show {
    /// Its reference or id
    project: String,
    /// With what was answered in each step
    #[arg(long)]
    answers: bool,
}

impl Show {
    pub async fn run(self, desk: &Desk) -> anyhow::Result<Done> {
        desk.catch_up().await?;
        let alliance = desk.alliance().await?;
        let reading = finding::project(desk, &alliance, &self.project).await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let run = reading.run.id;
        let texts = desk.engine.texts(&alliance, run).await?;
        let entries = desk.engine.entries(&alliance, run).await?;
        let view = act::view(&reading, &everybody, &texts, desk.engine.clock.now());
        if desk.json {
            output::print_json(&record::record(&view, &entries))?;
        } else {
            output::print(&pages::project::project(&view, &entries, self.answers));
        }
        Ok(Done::Well)
    }
}
