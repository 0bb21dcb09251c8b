//! `project start WORKFLOW`: a new project of a school.

use std::collections::BTreeMap;

use clap::Args;

use crate::cli::act::{Act, act};
use crate::cli::desk::Desk;
use crate::cli::{Done, finding};
use crate::core::names::{PersonId, RunId};
use crate::core::run::command::Command;
use crate::core::run::seed::uuid_from;
use crate::core::time::Date;
use crate::engine::random_bytes;

/// Start a project by the newest version of a workflow
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside project start leadership-through-partnership --school \"Alder Primary School\" \\\n    --title \"Feedback in year 5\" --date reports_due=2027-06-25"
)]
pub struct Start {
    /// The name of the workflow
    workflow: String,
    /// The host school: its URN, its name or a part of the name
    #[arg(long, value_name = "URN|NAME")]
    school: String,
    /// Shown in lists and mails: no names of people
    #[arg(long)]
    title: String,
    /// Somebody for a role that is appointed at the start; again for more people
    #[arg(long = "role", value_name = "ROLE=PERSON", value_parser = finding::pair)]
    roles: Vec<(String, String)>,
    /// A date that the workflow asks for at the start
    #[arg(long = "date", value_name = "NAME=DATE", value_parser = finding::named_date)]
    dates: Vec<(String, Date)>,
}

impl Start {
    pub async fn run(self, desk: &Desk) -> anyhow::Result<Done> {
        let alliance = desk.alliance().await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let mut roles: BTreeMap<String, Vec<PersonId>> = BTreeMap::new();
        for (role, named) in &self.roles {
            let person = finding::person(&everybody, named)?;
            roles.entry(role.clone()).or_default().push(person);
        }
        let command = Command::ProjectStart {
            workflow: self.workflow,
            host_school: finding::school(&everybody, &self.school)?,
            title: self.title,
            roles: roles
                .into_iter()
                .map(|(role, ids)| (role, super::several(ids)))
                .collect(),
            dates: self.dates.into_iter().collect(),
        };
        let run = RunId(uuid_from(&random_bytes()));
        act(desk, &alliance, Act::new(run, command)).await
    }
}
