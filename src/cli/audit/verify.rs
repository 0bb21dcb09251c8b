//! `audit verify`: exit code 0 if all is good, 1 if something was changed, 2 if it cannot be told.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::desk::configuration;
use super::super::{Done, Global, output};
use super::{export, look};
use crate::core::audit::verify::Finding;
use crate::core::names::{AllianceId, RunId};
use crate::engine::Library;
use crate::store::{Scoped, Store};

/// How many projects pass between two signs of life.
const SIGN_EVERY: usize = 50;

/// Check that nothing in the log was changed, taken out or put in
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside audit verify\n  alongside audit verify DLP-2026-014 --json\n  alongside audit verify --file log.jsonl\n\nExit code 0: good. 1: something was changed; the first bad entry is named. 2: it could not be checked."
)]
pub struct Verify {
    /// Only this project: its reference or id
    #[arg(value_name = "PROJECT")]
    reference: Option<String>,
    /// Check a file from `audit export` instead of the database
    #[arg(long, value_name = "EXPORT")]
    file: Option<PathBuf>,
}

/// What was found of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub project: String,
    #[serde(flatten)]
    pub finding: Finding,
}

impl Verify {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let checked = match &self.file {
            Some(file) => export::check_file(file, self.reference.as_deref()),
            None => self.check_database(global).await,
        };
        match checked {
            Ok(checked) => tell(global, &checked),
            Err(error) => {
                eprintln!("alongside: it could not be checked: {error:#}");
                Ok(Done::Unknown)
            }
        }
    }

    async fn check_database(&self, global: &Global) -> anyhow::Result<Vec<Checked>> {
        let store = open(global).await?;
        let library = Library::default();
        let mut checked = Vec::new();
        for (alliance, run) in wanted(&store, global, self.reference.as_deref()).await? {
            let logged = look::read(&store, &alliance, run).await?;
            let finding = look::check(&store, &library, &logged).await?;
            checked.push(Checked {
                project: logged.stored.reference,
                finding,
            });
            sign_of_life(checked.len());
        }
        store.close().await;
        Ok(checked)
    }
}

/// The database as it stands: to check it is no reason to change its schema.
pub async fn open(global: &Global) -> anyhow::Result<Store> {
    let config = configuration(global)?;
    Ok(Store::open(config.database.reveal()).await?)
}

/// The runs that are meant, of one alliance or of all.
pub async fn wanted(
    store: &Store,
    global: &Global,
    reference: Option<&str>,
) -> anyhow::Result<Vec<(AllianceId, RunId)>> {
    let mut wanted = Vec::new();
    let mut known = false;
    for row in store.alliances().await? {
        if global.alliance.as_ref().is_some_and(|key| *key != row.id.0) {
            continue;
        }
        known = true;
        let scoped = store.of(&row.id);
        let runs = match reference {
            Some(named) => find(&scoped, named).await?.into_iter().collect(),
            None => scoped.traced_runs().await?,
        };
        wanted.extend(runs.into_iter().map(|run| (row.id.clone(), run)));
    }
    if let Some(key) = global.alliance.as_ref().filter(|_| !known) {
        anyhow::bail!("there is no alliance `{key}`");
    }
    if let Some(named) = reference.filter(|_| wanted.is_empty()) {
        anyhow::bail!("there is no project `{named}`");
    }
    Ok(wanted)
}

async fn find(scoped: &Scoped, named: &str) -> anyhow::Result<Option<RunId>> {
    if let Ok(id) = named.parse() {
        let all = scoped.traced_runs().await?;
        return Ok(all.into_iter().find(|run| *run == RunId(id)));
    }
    let row = scoped.find_run_by_reference(&named.to_uppercase()).await?;
    Ok(row.map(|row| row.id))
}

fn sign_of_life(done: usize) {
    if done.is_multiple_of(SIGN_EVERY) && std::io::stderr().is_terminal() {
        eprint!("\r{done} projects checked");
        let _ = std::io::stderr().flush();
    }
}

fn tell(global: &Global, checked: &[Checked]) -> anyhow::Result<Done> {
    let (mut done, mut entries, mut erased) = (Done::Well, 0, 0);
    for one in checked {
        match &one.finding {
            Finding::Good {
                entries: number,
                erased: gone,
            } => {
                entries += number;
                erased += gone;
            }
            Finding::Tampered { .. } => done = Done::Refused,
            Finding::CannotCheck { .. } if done == Done::Well => done = Done::Unknown,
            Finding::CannotCheck { .. } => {}
        }
    }
    if global.json {
        let result = match done {
            Done::Well => "good",
            Done::Refused => "tampered",
            Done::Unknown => "cannot_check",
        };
        output::print_json(&serde_json::json!({"result": result, "projects": checked}))?;
        return Ok(done);
    }
    for one in checked {
        match &one.finding {
            Finding::Good { .. } => {}
            Finding::Tampered { sentence, .. } => println!("{sentence}"),
            Finding::CannotCheck { sentence } => eprintln!("alongside: {sentence}"),
        }
    }
    if done == Done::Well {
        let projects = checked.len();
        let word = if projects == 1 { "project" } else { "projects" };
        println!("Good: {projects} {word}, {entries} entries, {erased} texts erased and recorded.");
    }
    Ok(done)
}
