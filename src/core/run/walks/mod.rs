//! Random walks: whatever people do, in whatever order, what must always hold holds.
//!
//! `completing` only completes steps and must always reach an end; `free` does anything at all
//! and asks `always` after every command. `cast` has the people, `anything` makes commands; forms
//! are filled in as in a simulation. A failing walk prints its seed and all that was sent before.

mod always;
mod always_outside;
mod anything;
mod cast;
mod completing;
mod free;
mod walk;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::core::definition::workflow::{Kind, Scope, Several, Workflow};
use crate::core::definition::{Bundle, fixtures, load, render_all};
use walk::Failure;

/// The projects of a folder of definitions.
fn definitions(folder: &str) -> Vec<Bundle> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(root).unwrap();
    let mut folders: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("project.yaml").is_file())
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "{folder}");
    folders.iter().map(|folder| read(folder)).collect()
}

pub(crate) fn shipped() -> Vec<Arc<Workflow>> {
    checked(&definitions("workflows"))
}

/// Those of the tests, and the trials of the language: people each, passes in passes, what ends
/// something else.
pub(crate) fn trials() -> Vec<Arc<Workflow>> {
    let mut all = definitions("tests/definitions");
    all.extend([
        fixtures::deployment(),
        fixtures::enquiry(),
        fixtures::review(),
        fixtures::good(),
    ]);
    checked(&all)
}

fn checked(bundles: &[Bundle]) -> Vec<Arc<Workflow>> {
    let loaded = bundles.iter().map(|bundle| match load(bundle) {
        Ok(workflow) => Arc::new(workflow),
        Err(problems) => panic!("{}", render_all(&problems, false)),
    });
    loaded.filter(|workflow| can_be_started(workflow)).collect()
}

fn can_be_started(workflow: &Workflow) -> bool {
    let starts_others = |node: &crate::core::definition::workflow::Node| {
        matches!(node.kind, Kind::Start { .. }) || node.several == Some(Several::EachSchool)
    };
    workflow.scope == Scope::Project && !workflow.nodes.iter().any(starts_others)
}

fn read(folder: &Path) -> Bundle {
    let text = |path: &Path| Bundle::decode(&std::fs::read(path).unwrap()).unwrap();
    let mut files = BTreeMap::new();
    for kind in ["forms", "mails", "invites"] {
        for entry in std::fs::read_dir(folder.join(kind)).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.insert(format!("{kind}/{name}"), text(&path));
        }
    }
    Bundle {
        path: folder.join("project.yaml").display().to_string(),
        text: text(&folder.join("project.yaml")),
        files,
    }
}

/// Walks every seed of every shipped definition on all cores, and a fortieth of them of every trial. Of the
/// walks that fail, that with the shortest trail is shown whole, of the others what was wrong.
/// Gives the turns of a walk on average, by definition.
fn each_seed(
    seeds: u64,
    walk: impl Fn(&Arc<Workflow>, u64) -> Result<usize, Failure> + std::marker::Sync,
) -> Vec<(String, usize)> {
    let mut failed = Vec::new();
    let mut turns = Vec::new();
    let shipped = shipped().into_iter().map(|it| (it, seeds));
    let trials = trials().into_iter().map(|it| (it, (seeds / 40).max(12)));
    for (workflow, seeds) in shipped.chain(trials) {
        let (done, failures) = on_all_cores(seeds, |seed| walk(&workflow, seed));
        turns.push((
            workflow.name.clone(),
            done / usize::try_from(seeds).unwrap(),
        ));
        failed.extend(failures);
    }
    let shortest = failed.iter().min_by_key(|failure| failure.turns);
    if let Some(shortest) = shortest {
        let mut others: Vec<&str> = failed.iter().map(|it| it.wrong.as_str()).collect();
        others.sort_unstable();
        others.dedup();
        others.truncate(20);
        let (count, others) = (failed.len(), others.join("\n  "));
        panic!(
            "{count} walks failed:\n  {others}\nthe shortest:\n{}",
            shortest.said
        );
    }
    turns
}

fn on_all_cores(
    seeds: u64,
    walk: impl Fn(u64) -> Result<usize, Failure> + std::marker::Sync,
) -> (usize, Vec<Failure>) {
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let walk = &walk;
    let results: Vec<Result<usize, Failure>> = std::thread::scope(|scope| {
        let start = |hand: u64| {
            scope.spawn(move || {
                let mine = (0..seeds).filter(|seed| seed % threads == hand);
                mine.map(walk).collect::<Vec<_>>()
            })
        };
        let hands: Vec<_> = (0..threads).map(start).collect();
        hands
            .into_iter()
            .flat_map(|hand| hand.join().unwrap())
            .collect()
    });
    let mut failed = Vec::new();
    let mut turns = 0;
    for result in results {
        match result {
            Ok(done) => turns += done,
            Err(failure) => failed.push(failure),
        }
    }
    (turns, failed)
}
