//! `project …`: start, look at, hold, move and end projects.
//!
//! Each change is one command of the contract, sent or rehearsed by `act.rs`. To add one: its
//! variant with an example, and its arm in [`Project::run`].

mod look;
mod report;
mod start;

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::act::{Act, act};
use super::answers::{parse, read_text};
use super::desk::Desk;
use super::{Done, Global, finding};
use crate::core::names::PersonId;
use crate::core::run::command::{Command, People};
use crate::core::time::Date;

/// Start projects, look at them, hold and end them
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Example:\n  alongside project list --overdue"
)]
pub struct ProjectArgs {
    #[command(subcommand)]
    command: Project,
}

#[derive(Debug, Subcommand)]
enum Project {
    Start(start::Start),
    List(look::List),
    Show(look::Show),
    /// Write a note into the history
    #[command(
        after_help = "Example:\n  alongside project note DLP-2027-001 \"The head rang: all is well\""
    )]
    Note {
        project: String,
        text: String,
    },
    /// Hold a project until a day; all clocks stop
    #[command(
        after_help = "Example:\n  alongside project postpone DLP-2027-001 --until 2027-04-19 --reason \"Inspection\""
    )]
    Postpone {
        project: String,
        #[arg(long, value_name = "DATE", value_parser = finding::date)]
        until: Date,
        #[arg(long)]
        reason: String,
        /// Show every date that would move and every mail, and change nothing
        #[arg(long)]
        preview: bool,
    },
    /// Hold a project with no day set; all clocks stop
    #[command(
        after_help = "Example:\n  alongside project pause DLP-2027-001 --reason \"The project lead is ill\""
    )]
    Pause {
        project: String,
        #[arg(long)]
        reason: String,
        /// Show every date that would move and every mail, and change nothing
        #[arg(long)]
        preview: bool,
    },
    /// Let the clocks of a held project run on
    #[command(
        after_help = "Examples:\n  alongside project resume DLP-2027-001 --preview\n  alongside project resume DLP-2027-001"
    )]
    Resume {
        project: String,
        /// Show every date that would move and every mail, and change nothing
        #[arg(long)]
        preview: bool,
    },
    /// Take back the last pause, postponement or resume, within ten minutes
    #[command(
        after_help = "Example:\n  alongside project undo DLP-2027-001\n\nIts mails wait for ten minutes, so nobody hears of it; unless a visit is within three school days."
    )]
    Undo {
        project: String,
    },
    /// End a project before its time
    #[command(
        after_help = "Example:\n  alongside project stop DLP-2027-001 --reason \"The host school withdrew\""
    )]
    Stop {
        project: String,
        #[arg(long)]
        reason: String,
    },
    /// Undo a stop; the time between counts as a pause
    #[command(
        after_help = "Example:\n  alongside project reinstate DLP-2027-001 --reason \"Stopped by mistake\""
    )]
    Reinstate {
        project: String,
        #[arg(long)]
        reason: String,
    },
    /// Move a project to another version of its workflow
    #[command(
        after_help = "Example:\n  alongside --workflows mine project migrate DLP-2027-001 --to 2 --map map.yaml --dry-run\n\nThe map says what becomes of steps and roles that have no namesake:\n  steps: {old_step: new_step, gone: none}\n  roles: {old_role: new_role}\n  ask: [new_step]"
    )]
    Migrate {
        project: String,
        #[arg(long = "to", value_name = "VERSION")]
        version: u32,
        /// YAML or JSON; - for standard input
        #[arg(long, value_name = "FILE")]
        map: Option<String>,
    },
    /// Say who holds a role of the project from now on, all of them
    #[command(
        after_help = "Example:\n  alongside project appoint DLP-2027-001 project_lead ada@alder.example"
    )]
    Appoint {
        project: String,
        role: String,
        /// By email, name or id
        #[arg(required = true, value_name = "PERSON")]
        people: Vec<String>,
        #[arg(long)]
        reason: Option<String>,
    },
    /// Change a date that was asked at the start
    #[command(
        after_help = "Example:\n  alongside project date DLP-2027-001 reports_due 2027-07-02 --reason \"A week more\""
    )]
    Date {
        project: String,
        name: String,
        #[arg(value_parser = finding::date)]
        date: Date,
        #[arg(long)]
        reason: String,
    },
    /// Report by hand that something happened outside, for which a project may wait
    #[command(
        after_help = "Examples:\n  alongside project report DLP-2027-001 catalogue.circulated\n  alongside project report DLP-2027-001 match.offered --data offer.yaml\n  alongside project report DLP-2027-001 match.offered \\\n    --data '{\"project_lead\": \"ada@alder.example\"}'"
    )]
    Report {
        project: String,
        event: String,
        /// The event's data: JSON, a YAML or JSON file, or - for standard input. People by email,
        /// name or id
        #[arg(long, value_name = "JSON|FILE|-")]
        data: Option<String>,
    },
}

impl ProjectArgs {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        self.command.run(global).await
    }
}

impl Project {
    async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let mut desk = Desk::open(global).await?;
        let (named, command) = match self {
            Self::Start(start) => return start.run(&desk).await,
            Self::List(list) => return list.run(&desk).await,
            Self::Show(show) => return show.run(&desk).await,
            Self::Note { project, text } => (project, Command::ProjectNote { text }),
            Self::Postpone {
                project,
                until,
                reason,
                preview,
            } => {
                desk.dry_run |= preview;
                (project, Command::ProjectPostpone { until, reason })
            }
            Self::Pause {
                project,
                reason,
                preview,
            } => {
                desk.dry_run |= preview;
                (project, Command::ProjectPause { reason })
            }
            Self::Undo { project } => (project, Command::ProjectUndo {}),
            Self::Resume { project, preview } => {
                desk.dry_run |= preview;
                (project, Command::ProjectResume {})
            }
            Self::Stop { project, reason } => (project, Command::ProjectStop { reason }),
            Self::Reinstate { project, reason } => (project, Command::ProjectReinstate { reason }),
            Self::Migrate {
                project,
                version,
                map,
            } => (project, migrate(version, map.as_deref())?),
            Self::Appoint {
                project,
                role,
                people,
                reason,
            } => (project, appoint(&desk, role, &people, reason).await?),
            Self::Date {
                project,
                name,
                date,
                reason,
            } => (project, Command::DateSet { name, date, reason }),
            Self::Report {
                project,
                event,
                data,
            } => {
                let data = match data {
                    Some(given) => report::data(&desk, &project, &event, &given).await?,
                    None => Map::new(),
                };
                (project, Command::EventReport { name: event, data })
            }
        };
        let alliance = desk.alliance().await?;
        let reading = finding::project(&desk, &alliance, &named).await?;
        act(&desk, &alliance, Act::new(reading.run.id, command)).await
    }
}

async fn appoint(
    desk: &Desk,
    role: String,
    people: &[String],
    reason: Option<String>,
) -> anyhow::Result<Command> {
    let alliance = desk.alliance().await?;
    let everybody = desk.engine.everybody(&alliance).await?;
    let ids = people
        .iter()
        .map(|named| finding::person(&everybody, named));
    let people = several(ids.collect::<anyhow::Result<_>>()?);
    Ok(Command::RoleAppoint {
        role,
        people,
        reason,
    })
}

/// One person stands alone, as the contract has it.
fn several(mut ids: Vec<PersonId>) -> People {
    match (ids.len(), ids.pop()) {
        (1, Some(only)) => People::One(only),
        (_, Some(last)) => {
            ids.push(last);
            People::Several(ids)
        }
        (_, None) => People::Several(ids),
    }
}

fn migrate(version: u32, map: Option<&str>) -> anyhow::Result<Command> {
    let mut fields = match map {
        Some(file) => parse(file, &read_text(file)?, &|_| true)?,
        None => Map::new(),
    };
    let mut take = |name: &str| fields.remove(name).filter(|value| !value.is_null());
    let (map, roles, ask) = (take("steps"), take("roles"), take("ask"));
    if let Some(name) = fields.keys().next() {
        anyhow::bail!("a map has `steps`, `roles` and `ask`, and no `{name}`");
    }
    let names = |value: Option<Value>, what: &str| -> anyhow::Result<BTreeMap<String, String>> {
        let value = value.unwrap_or_else(|| Value::Object(Map::new()));
        serde_json::from_value(value)
            .map_err(|_| anyhow::anyhow!("`{what}` is old names to new names"))
    };
    let ask = ask.unwrap_or_else(|| Value::Array(Vec::new()));
    Ok(Command::ProjectMigrate {
        version,
        map: names(map, "steps")?,
        roles: names(roles, "roles")?,
        ask: serde_json::from_value(ask)
            .map_err(|_| anyhow::anyhow!("`ask` is a list of names of steps"))?,
    })
}
