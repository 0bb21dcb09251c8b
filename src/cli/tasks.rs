//! `tasks`: what is due, for whom, soonest first.

use std::collections::BTreeMap;

use clap::Args;

use super::act::view;
use super::desk::Desk;
use super::finding::{self, Whom};
use super::pages::tasks;
use super::{Done, Global, output};
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::address::Address;
use crate::core::run::projection::Asks;
use crate::core::run::state::Status;
use crate::core::time::say_date;
use crate::engine::readings::Everybody;
use crate::store::{PersonOn, RunFilter, TaskFilter, TaskOfRun};

/// List what is to be done, for whom and until when, soonest first
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alongside tasks\n  alongside tasks --for ada@alder.example\n  alongside tasks --for headteacher --overdue"
)]
pub struct TasksArgs {
    /// For a person (email, name or id) or a role
    #[arg(long = "for", value_name = "PERSON|ROLE")]
    whom: Option<String>,
    /// Of a school: its URN, its name or a part of the name
    #[arg(long, value_name = "URN|NAME")]
    school: Option<String>,
    #[arg(long)]
    overdue: bool,
}

impl TasksArgs {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        desk.catch_up().await?;
        let alliance = desk.alliance().await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let library = &desk.engine.library;
        let today = desk.engine.clock.now().date();
        let mut filter = TaskFilter::default();
        if self.overdue {
            filter.due_by = today.pred_opt();
        }
        if let Some(named) = &self.school {
            filter.school = Some(finding::school(&everybody, named)?);
        }
        if let Some(named) = &self.whom {
            match finding::whom(&everybody, library, named)? {
                Whom::Person(person) => filter.waiting_on = Some(PersonOn { person, day: today }),
                Whom::Role(role) => filter.role = Some(role),
            }
        }
        let scoped = desk.engine.store.of(&alliance);
        let found = scoped.tasks(&filter).await?;
        let runs = scoped.runs(&RunFilter::default()).await?;
        let workflows = runs.into_iter().map(|run| (run.id, run.workflow)).collect();
        let page = tasks::Tasks {
            rows: &found,
            workflows: &workflows,
            everybody: &everybody,
            library,
            today,
            ring: &to_ring(&desk, &alliance, &everybody, &found).await?,
            held_up: &held_up(&desk, &alliance, &everybody, &found).await?,
            undelivered: undelivered(&desk, &alliance, &everybody).await?,
        };
        if desk.json {
            output::print_json(&page.json())?;
        } else {
            output::print(&page.text());
        }
        Ok(Done::Well)
    }
}

/// Whom to ring, of each call in the list: whoever has the step that it is about.
async fn to_ring(
    desk: &Desk,
    alliance: &AllianceId,
    everybody: &Everybody,
    found: &[TaskOfRun],
) -> anyhow::Result<BTreeMap<(RunId, Address), Vec<PersonId>>> {
    let (scoped, today) = (
        desk.engine.store.of(alliance),
        desk.engine.clock.now().date(),
    );
    let mut ring = BTreeMap::new();
    for call in found.iter().filter(|it| it.task.asks == Asks::Ring) {
        let of_run = TaskFilter {
            run: Some(call.task.run),
            ..TaskFilter::default()
        };
        let all = scoped.tasks(&of_run).await?;
        let about = all
            .iter()
            .find(|it| it.task.asks == Asks::Do && it.task.address == call.task.address);
        let doers = about.map(|it| everybody.doers_of(&it.task, today));
        let people = doers.into_iter().flatten().map(|doer| doer.person);
        let key = (call.task.run, call.task.address.clone());
        ring.insert(key, people.collect());
    }
    Ok(ring)
}

/// Why it cannot progress, of each step in the list that cannot.
async fn held_up(
    desk: &Desk,
    alliance: &AllianceId,
    everybody: &Everybody,
    found: &[TaskOfRun],
) -> anyhow::Result<BTreeMap<(RunId, Address), String>> {
    let (engine, mut held_up) = (&desk.engine, BTreeMap::new());
    let blocked = found
        .iter()
        .filter(|it| it.task.status == Status::CannotProgress);
    for it in blocked {
        let (run, step) = (it.task.run, &it.task.address);
        let Some(reading) = engine.read_run(alliance, run).await? else {
            continue;
        };
        let texts = engine.texts(alliance, run).await?;
        let view = view(&reading, everybody, &texts, engine.clock.now());
        let found = reading.run.find_step(step);
        if let Some(blocked) = found.and_then(|step| step.blocked.as_ref()) {
            let reason = view.text(&blocked.reason);
            held_up.insert((run, step.clone()), reason);
        }
    }
    Ok(held_up)
}

/// What the post could not do, and what is to be done about it: one sentence each.
async fn undelivered(
    desk: &Desk,
    alliance: &AllianceId,
    everybody: &Everybody,
) -> anyhow::Result<Vec<String>> {
    let today = desk.engine.clock.now().date();
    let lost = desk.engine.undelivered(alliance, today).await?;
    let said = lost.iter().map(|it| {
        let (name, day) = (everybody.name(it.person), say_date(it.day));
        match &it.why {
            Some(why) => format!(
                "The address of {name} takes no mail since {day}: {why}. Find out the right one, \
                 then `alongside import people`."
            ),
            None => format!(
                "The mail of {day} to {name} did not arrive: `alongside mails why` says more."
            ),
        }
    });
    Ok(said.collect())
}
