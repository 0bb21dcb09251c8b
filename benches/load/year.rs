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
use alongside::core::simulation::{
    End, Manners, Setting, Simulated, Spread, simulate, usual_start,
};
use alongside::engine::Library;
use chrono::Months;

use super::Size;
use super::processor::{Took, Watch};
use super::table::{Goal, Row};

const WORKFLOW: &str = "leadership-through-partnership";

pub fn measure(size: Size) -> Vec<Row> {
    let projects = size.of(2_000, 2);
    let library = Library::open(None).unwrap();
    let workflow = library.newest(WORKFLOW).unwrap().workflow.clone();
    let mut setting = setting();
    let (mut ours, mut bare) = (Took::default(), Took::default());
    let (mut entries, mut mails, mut complete) = (0, 0, 0);
    for seed in 0..projects {
        setting.seed = seed;
        let watch = Watch::start();
        let simulated = one(&workflow, &setting);
        ours += watch.read();
        let watch = Watch::start();
        black_box(write_and_read(&simulated.entries));
        bare += watch.read();
        entries += simulated.entries.len();
        mails += simulated.mails.len();
        complete += u32::from(matches!(simulated.end, End::Complete { .. }));
    }
    vec![Row {
        what: "a simulated year of projects (the core alone)",
        figure: ours.wall,
        unit: "s",
        goal: Some(Goal::Under(10.0)),
        beside: Some((
            "the same entries written as JSON, hashed, read and folded",
            bare.wall,
        )),
        notes: vec![
            format!(
                "{projects} projects of {WORKFLOW} on one core, of which {complete} came to their \
                 end; {entries} entries, {mails} mails"
            ),
            format!(
                "{:.2} s on the core; the bare way {:.2} s",
                ours.core, bare.core
            ),
        ],
    }]
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
