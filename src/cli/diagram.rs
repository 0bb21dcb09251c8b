//! `diagram FILE|PROJECT`: a workflow drawn, of a running project with its state.

use std::path::{Path, PathBuf};

use clap::Args;

use serde_json::{Value, json};

use super::desk::Desk;
use super::{Done, Global, finding, output};
use crate::core::definition::workflow::Workflow;
use crate::core::definition::{diagram, graph, load, render_all};
use crate::core::run::state::Run;
use crate::engine::library::{BadLibrary, read_bundle};
use crate::engine::readings::Reading;

/// Draw a workflow, or a project with its state; --json gives its nodes and edges
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alongside diagram workflows/leadership-through-partnership/project.yaml\n  alongside diagram DLP-2027-001 --mermaid > project.mmd\n  alongside diagram DLP-2027-001 --json"
)]
pub struct Diagram {
    /// A workflow's file or folder, the name of a workflow, or a project's reference
    #[arg(value_name = "FILE|PROJECT")]
    what: String,
    /// As Mermaid, for pages and documents, instead of a tree
    #[arg(long, conflicts_with = "json")]
    mermaid: bool,
}

impl Diagram {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        if let Some(page) = page(&self.what) {
            return self.of_file(&page, global.json);
        }
        let desk = Desk::open(global).await?;
        if let Some(edition) = desk.engine.library.newest(&self.what) {
            return self.draw(&edition.workflow, None, desk.json);
        }
        let alliance = desk.alliance().await?;
        let Reading { workflow, run, .. } = finding::project(&desk, &alliance, &self.what).await?;
        self.draw(&workflow, Some(&run), desk.json)
    }

    fn of_file(&self, page: &Path, json: bool) -> anyhow::Result<Done> {
        let bundle = match read_bundle(page) {
            Ok(bundle) => bundle,
            Err(BadLibrary::Folder(reason)) => anyhow::bail!("{reason}"),
            Err(bad) => return Err(bad.into()),
        };
        match load(&bundle) {
            Ok(workflow) => self.draw(&workflow, None, json),
            Err(problems) => {
                output::complain(&render_all(&problems, false));
                Ok(Done::Refused)
            }
        }
    }

    fn draw(&self, workflow: &Workflow, run: Option<&Run>, json: bool) -> anyhow::Result<Done> {
        let state = |path: &str| run.and_then(|run| status(run, path));
        let state: diagram::State = if run.is_some() { Some(&state) } else { None };
        if json {
            let mut data = graph::graph(workflow, state);
            data["project"] = json!(run.map(project));
            output::print_json(&data)?;
        } else if self.mermaid {
            output::print(&diagram::mermaid(workflow, state));
        } else {
            output::print(&diagram::tree(workflow, state));
        }
        Ok(Done::Well)
    }
}

/// Which project is drawn.
fn project(run: &Run) -> Value {
    json!({"run": run.id, "reference": run.reference, "title": run.title, "status": run.status})
}

/// The workflow's page, where a file or a folder is meant.
pub(super) fn page(what: &str) -> Option<PathBuf> {
    let path = Path::new(what);
    if path.is_dir() {
        let pages = ["project.yaml", "cycle.yaml"].map(|name| path.join(name));
        return pages.into_iter().find(|page| page.is_file());
    }
    let named = path
        .extension()
        .is_some_and(|kind| kind == "yaml" || kind == "yml");
    (named || path.is_file()).then(|| path.to_owned())
}

/// Of all passes of a step the one that counts: the first that is not settled, else the last.
fn status(run: &Run, path: &str) -> Option<String> {
    let all: Vec<_> = run
        .steps
        .iter()
        .filter(|(address, _)| address.path() == path)
        .collect();
    let open = all.iter().find(|(_, step)| !step.status.is_settled());
    open.or(all.last())
        .map(|(_, step)| output::word(&step.status))
}
