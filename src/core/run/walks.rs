//! Random walks: whatever people do, in whatever order, what must always hold holds.
//!
//! `always` says what must hold after every entry, `hands` makes random commands, `answers` fills
//! forms in. One kind of walk does anything at all; the other only completes steps, and must
//! reach an end in every definition that is shipped or stands in the tests.

mod always;
mod answers;
mod hands;

use std::path::Path;
use std::sync::Arc;

use super::command::{Command, TimerKey};
use super::projection;
use super::refusal::Verdict;
use super::state::{RunStatus, Status};
use super::story::Story;
use crate::core::definition::workflow::{Kind, Scope, Workflow};
use crate::core::definition::{Bundle, fixtures, load};
use hands::Random;

/// Every project that is shipped or stands in the tests, with 2,000 walks each, and the trials of
/// the language with fewer.
fn definitions() -> Vec<(Arc<Workflow>, u64)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut bundles: Vec<Bundle> = ["workflows", "tests/definitions"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("project.yaml").is_file())
        .map(|path| read(&path))
        .collect();
    bundles.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(bundles.len() >= 3, "the shipped definition and two more");
    let shipped = bundles.len();
    bundles.extend([
        fixtures::deployment(),
        fixtures::enquiry(),
        fixtures::review(),
        fixtures::good(),
    ]);
    let loaded = bundles
        .iter()
        .enumerate()
        .map(|(at, bundle)| match load(bundle) {
            Ok((workflow, _)) => (Arc::new(workflow), if at < shipped { 2_000 } else { 100 }),
            Err(problems) => panic!("{}", crate::core::definition::render_all(&problems, false)),
        });
    loaded
        .filter(|(workflow, _)| workflow.scope == Scope::Project && !starts_others(workflow))
        .collect()
}

fn starts_others(workflow: &Workflow) -> bool {
    let mut nodes = workflow.nodes.iter();
    nodes.any(|node| matches!(node.kind, Kind::Start { .. }))
}

fn read(folder: &Path) -> Bundle {
    let text = |path: &Path| Bundle::decode(&std::fs::read(path).unwrap()).unwrap();
    let mut files = std::collections::BTreeMap::new();
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

/// Starts a project with everybody whom the definition asks for at the start.
fn begin(workflow: &Arc<Workflow>, random: &mut Random) -> Story {
    let mut story = Story::new(workflow.clone());
    for _ in 0..50 {
        let command = hands::start(&story, random);
        if story.when("coordinator", command).is_ok() {
            return story;
        }
    }
    panic!("{} could not be started", workflow.name);
}

/// Fires what is due; time goes on to the next moment if nothing is.
fn time_passes(story: &mut Story) -> bool {
    let Some(timer) = projection::timers(&story.run)
        .into_iter()
        .min_by_key(|t| t.at)
    else {
        return false;
    };
    story.now = story.now.max(timer.at);
    let opens = matches!(timer.key, TimerKey::Opens { .. });
    let fired = story.when("", Command::TimerFire { timer: timer.key });
    assert!(fired.is_ok() || !opens, "{fired:?}");
    fired.is_ok()
}

#[test]
fn every_definition_reaches_an_end_by_completing_alone() {
    for (workflow, walks) in definitions() {
        for seed in 0..walks {
            let mut random = Random::new(seed);
            let mut story = begin(&workflow, &mut random);
            story.lean = true;
            walk_to_the_end(&mut story, &mut random, seed);
        }
    }
}

fn walk_to_the_end(story: &mut Story, random: &mut Random, seed: u64) {
    let mut refused = 0;
    for step in 0..2_000 {
        if matches!(story.run.status, RunStatus::Complete | RunStatus::Stopped) {
            return;
        }
        let Some((who, command)) = hands::complete_something(story, random, step < 20, refused > 5)
        else {
            let moved = time_passes(story);
            assert!(
                moved,
                "{} stands still, seed {seed}: {}",
                story.workflow.name,
                stand(story)
            );
            continue;
        };
        match story.when_id(who, command.clone()) {
            Ok(_) => refused = 0,
            Err(Verdict::Refused(refusal)) => {
                refused += 1;
                // Nobody may: the coordinator hears of it, and names somebody else.
                if refused % 20 == 0 {
                    let _ = story.when("coordinator", hands::role(story, random));
                }
                assert!(
                    refused < 400,
                    "seed {seed}: {command:?}: {}",
                    refusal.reason
                );
            }
            Err(Verdict::NotYet(not_yet)) => panic!("seed {seed}: {}", not_yet.reason),
        }
    }
    panic!(
        "{} never ends, seed {seed}: {}",
        story.workflow.name,
        stand(story)
    );
}

/// How the open places of a run stand, for a failing walk.
fn stand(story: &Story) -> String {
    let open = story
        .run
        .steps
        .iter()
        .filter(|(_, step)| !step.status.is_settled());
    let lines = open.map(|(at, step)| {
        let free = if step.free { " free" } else { "" };
        format!("{at} {}{free}", step.status.say())
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[test]
fn whatever_people_do_what_must_always_hold_holds() {
    for (workflow, _) in definitions() {
        let mut applied = 0;
        for seed in 0..60 {
            let mut random = Random::new(seed * 7 + 1);
            let mut story = begin(&workflow, &mut random);
            for _ in 0..50 {
                let before = story.run.clone();
                let (who, command) = hands::anything(&story, &mut random);
                let name = command.name();
                if matches!(command, Command::TimerFire { .. }) {
                    time_passes(&mut story);
                }
                if story.when_id(who, command.clone()).is_err() {
                    continue;
                }
                applied += 1;
                if let Err(broken) = always::holds(&story, &before) {
                    let entry = story.entries.last().unwrap();
                    panic!(
                        "{} seed {seed} after {name} {command:?}: {broken}\n{:#?}",
                        workflow.name, entry.events
                    );
                }
            }
        }
        assert!(
            applied > 500,
            "{}: they do something: {applied}",
            workflow.name
        );
    }
}
