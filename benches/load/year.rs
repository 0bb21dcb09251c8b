//! A school year of many projects, in the core alone: no database, no mail, no message.
//!
//! Each project has people of its own, and does as the simulation does. Beside it the bare way:
//! every entry that came of it once to its canonical bytes, hashed, read again and folded. Any
//! store of events must do that much, and it decides nothing.

use std::collections::BTreeMap;
use std::hint::black_box;

use alongside::core::audit::chain;
use alongside::core::calendar::almanac::Almanac;
use alongside::core::definition::workflow::Workflow;
use alongside::core::mails::quiet::QuietTimes;
use alongside::core::run::entry::Entry;
use alongside::core::run::evolve::fold;
use alongside::core::run::state::Run;
use alongside::core::simulation::{Manners, Setting, Simulated, Spread, simulate, usual_start};
use alongside::engine::Library;
use chrono::Months;

use super::Size;
use super::processor::{Took, Watch};
use super::table::{Goal, Row};

const WORKFLOW: &str = "leadership-through-partnership";

/// What one thread has done.
#[derive(Default)]
struct Share {
    ours: Took,
    bare: Took,
    entries: usize,
    mails: usize,
}

pub fn measure(size: Size) -> Vec<Row> {
    let projects = size.of(2_000, 2);
    let library = Library::open(None).unwrap();
    let workflow = library.newest(WORKFLOW).unwrap().workflow.clone();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let shares: Vec<Share> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|first| {
                let workflow = &workflow;
                scope.spawn(move || share(workflow, (first..projects).step_by(cores)))
            })
            .collect();
        let done = threads.into_iter().map(|thread| thread.join().unwrap());
        done.collect()
    });
    let slowest = |of: fn(&Share) -> Took| shares.iter().map(|it| of(it).wall).fold(0.0, f64::max);
    let on_cores = |of: fn(&Share) -> Took| shares.iter().map(|it| of(it).core).sum::<f64>();
    let sum = |of: fn(&Share) -> usize| shares.iter().map(of).sum::<usize>();
    vec![Row {
        what: "a simulated year of projects (the core alone)",
        figure: slowest(|it| it.ours),
        unit: "s",
        goal: Some(Goal::Under(10.0)),
        beside: Some((
            "the same entries written as JSON, hashed, read and folded",
            slowest(|it| it.bare),
        )),
        notes: vec![
            format!(
                "{projects} projects of {WORKFLOW} on {cores} cores: {} entries, {} mails",
                sum(|it| it.entries),
                sum(|it| it.mails)
            ),
            format!(
                "{:.2} s of one core; the bare way {:.2} s",
                on_cores(|it| it.ours),
                on_cores(|it| it.bare)
            ),
        ],
    }]
}

/// Some of the projects, one after the other, each with both ways.
fn share(workflow: &Workflow, seeds: impl Iterator<Item = usize>) -> Share {
    let mut setting = setting();
    let mut share = Share::default();
    for seed in seeds {
        setting.seed = u64::try_from(seed).unwrap();
        let watch = Watch::start();
        let simulated = one(workflow, &setting);
        share.ours += watch.read();
        let watch = Watch::start();
        black_box(write_and_read(&simulated.entries));
        share.bare += watch.read();
        share.entries += simulated.entries.len();
        share.mails += simulated.mails.len();
    }
    share
}

fn one(workflow: &Workflow, setting: &Setting) -> Simulated {
    simulate(workflow, setting).unwrap_or_else(|why| panic!("it cannot be started: {why}"))
}

fn setting() -> Setting {
    let almanac = Almanac::new([], None);
    let from = usual_start(&almanac).expect("the typical year has a first day");
    Setting {
        from,
        until: from + Months::new(12),
        seed: 0,
        people: Manners::Mixed,
        roles: BTreeMap::new(),
        late: Spread { least: 1, most: 8 },
        dates: BTreeMap::new(),
        almanac,
        quiet: QuietTimes::default(),
    }
}

fn write_and_read(entries: &[Entry]) -> Option<Run> {
    let first = entries.first()?;
    let mut run = Run::unborn(first.alliance.clone(), first.run);
    for entry in entries {
        let body = chain::canonical(entry);
        black_box(chain::hash(&body));
        let read: Entry = serde_json::from_str(&body).unwrap();
        run = fold(run, &read);
    }
    Some(run)
}
