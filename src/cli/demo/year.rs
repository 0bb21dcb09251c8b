//! A year on a moved clock: every school day, whoever has something to do does it in time.
//!
//! The people answer with the examples of the forms. Every answer goes through the same engine as
//! in earnest; nothing here knows a rule of a project.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{Datelike, NaiveTime, Weekday};
use serde_json::{Map, Value, json};

use super::ways::{Act, Turn, WAYS, Way};
use crate::clock::ManualClock;
use crate::core::definition::form::{Field, FieldKind, Form};
use crate::core::definition::workflow::{Kind, Workflow};
use crate::core::names::{AllianceId, PersonId, RunId, Urn};
use crate::core::run::address::Address;
use crate::core::run::command::{Command, Envelope};
use crate::core::run::doers;
use crate::core::run::projection;
use crate::core::run::seed::{Seed, uuid_from};
use crate::core::run::state::{Run, RunStatus};
use crate::core::time::{Date, Instant};
use crate::engine::readings::{Everybody, Reading};
use crate::engine::{Background, Engine, Handled, Incoming};

pub const WORKFLOW: &str = "leadership-through-partnership";
/// The source of commands that people of the demo give.
const SOURCE: &str = "alongside:demo";
const FIRST_DAY: &str = "2026-09-07";
const LAST_DAY: &str = "2027-07-30";

/// The alliance of the demo at work.
pub struct Year {
    pub engine: Engine,
    pub background: Background,
    pub clock: Arc<ManualClock>,
    pub alliance: AllianceId,
    pub everybody: Everybody,
    pub coordinator: PersonId,
    /// How often each step of each run has been done.
    times: BTreeMap<(RunId, String), u32>,
    /// Runs that are postponed: when they are taken up again.
    resume: BTreeMap<RunId, Date>,
    sent: u32,
}

/// The run of a way: known beforehand, so that the demo is the same each time.
pub fn run_of(way: &Way) -> RunId {
    RunId(uuid_from(&Seed::known(&["demo", way.title])))
}

impl Year {
    pub fn new(
        engine: Engine,
        background: Background,
        clock: Arc<ManualClock>,
        alliance: AllianceId,
        everybody: Everybody,
    ) -> anyhow::Result<Self> {
        let today = FIRST_DAY.parse()?;
        let found = everybody
            .directory
            .holders("coordinator", None, today)
            .next();
        let coordinator = found.context("the demo has no coordinator")?.person;
        let (times, resume) = (BTreeMap::new(), BTreeMap::new());
        let sent = 0;
        Ok(Self {
            engine,
            background,
            clock,
            alliance,
            everybody,
            coordinator,
            times,
            resume,
            sent,
        })
    }

    /// From September to July, one morning after the other.
    pub async fn go_by(&mut self) -> anyhow::Result<()> {
        let (mut day, last): (Date, Date) = (FIRST_DAY.parse()?, LAST_DAY.parse()?);
        while day <= last {
            self.set_time(day, 8, 30);
            self.background.do_what_is_due().await?;
            if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
                self.set_time(day, 9, 0);
                self.one_day(day).await?;
                self.background.do_what_is_due().await?;
            }
            day = day.succ_opt().context("the calendar ends")?;
        }
        Ok(())
    }

    pub fn set_time(&self, day: Date, hour: u32, minute: u32) {
        let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
        self.clock.set(Instant::at_london(day, time));
    }

    async fn one_day(&mut self, day: Date) -> anyhow::Result<()> {
        for way in &WAYS {
            if way.starts.parse::<Date>()? == day {
                self.start(way).await?;
            }
            self.work_on(way, day).await?;
        }
        Ok(())
    }

    async fn start(&mut self, way: &Way) -> anyhow::Result<()> {
        let command = Command::ProjectStart {
            workflow: WORKFLOW.to_owned(),
            host_school: Urn(way.school.to_owned()),
            title: way.title.to_owned(),
            roles: BTreeMap::new(),
            dates: BTreeMap::from([("reports_due".to_owned(), "2027-05-28".parse()?)]),
        };
        self.must(way, self.coordinator, command).await
    }

    async fn work_on(&mut self, way: &Way, day: Date) -> anyhow::Result<()> {
        let id = run_of(way);
        if self.resume.get(&id).is_some_and(|until| *until <= day) {
            self.resume.remove(&id);
            self.must(way, self.coordinator, Command::ProjectResume {})
                .await?;
        }
        let Some(reading) = self.engine.read_run(&self.alliance, id).await? else {
            return Ok(());
        };
        if reading.run.status != RunStatus::InProgress {
            return Ok(());
        }
        if let Some((step, reason)) = to_skip(way, &reading.run) {
            let command = Command::StepSkip {
                step,
                reason: Some(reason),
            };
            return self.must(way, self.coordinator, command).await;
        }
        for task in projection::tasks(&reading.workflow, &reading.run) {
            let ready = task.ready_at.map_or(day, Instant::date);
            if (day - ready).num_days() >= way.pace {
                // Each may move the run, so the next one looks at it anew.
                return self.act(way, &reading, &task.step, day).await;
            }
        }
        self.report_events(way, &reading, day).await
    }

    /// What the rest of the alliance does: the list goes round, a person is offered.
    async fn report_events(
        &mut self,
        way: &Way,
        reading: &Reading,
        day: Date,
    ) -> anyhow::Result<()> {
        let waits = reading
            .run
            .steps
            .iter()
            .filter(|(_, step)| step.status.is_ready());
        let mut found = waits.rev().filter_map(|(address, step)| {
            let node = reading.workflow.find_node(&address.path())?;
            let wait = reading.workflow.node(node).wait()?;
            let old = (day - step.ready_at?.date()).num_days() >= 1;
            old.then(|| wait.event.clone())
        });
        let Some(name) = found.next() else {
            return Ok(());
        };
        let mut data = Map::new();
        if name == "match.offered" {
            data.insert(
                "project_lead".to_owned(),
                json!(self.lead(way)?.to_string()),
            );
        }
        self.must(way, self.coordinator, Command::EventReport { name, data })
            .await
    }

    pub fn lead(&self, way: &Way) -> anyhow::Result<PersonId> {
        let mut people = self.everybody.people.values();
        let found = people.find(|row| row.email.as_ref().is_some_and(|e| e.starts_with(way.lead)));
        Ok(found
            .with_context(|| format!("nobody is called {}", way.lead))?
            .id)
    }

    async fn act(
        &mut self,
        way: &Way,
        reading: &Reading,
        step: &Address,
        day: Date,
    ) -> anyhow::Result<()> {
        let path = step.path();
        let Some(node) = reading.workflow.find_node(&path) else {
            return Ok(());
        };
        if matches!(reading.workflow.node(node).kind, Kind::Wait(_)) {
            return self.report_events(way, reading, day).await;
        }
        let times = self
            .times
            .entry((reading.run.id, path.clone()))
            .or_default();
        *times += 1;
        let time = *times;
        let turn = way
            .turns
            .iter()
            .find(|turn| turn.step == path && turn.time == time);
        match turn.map(|turn| &turn.act) {
            Some(Act::Postpone { days, reason }) => {
                let until = day + chrono::TimeDelta::days(*days);
                self.resume.insert(reading.run.id, until);
                let command = Command::ProjectPostpone {
                    until,
                    reason: (*reason).to_owned(),
                };
                self.must(way, self.coordinator, command).await
            }
            Some(Act::Choose { .. } | Act::Skip { .. }) | None => {
                self.complete(way, reading, step, turn).await
            }
        }
    }

    async fn complete(
        &mut self,
        way: &Way,
        reading: &Reading,
        step: &Address,
        turn: Option<&Turn>,
    ) -> anyhow::Result<()> {
        let (workflow, run) = (&reading.workflow, &reading.run);
        let today = self.engine.clock.now().date();
        let directory = &self.everybody.directory;
        let doers = doers::doers(workflow, run, directory, step, today);
        let Some(doer) = doers.first() else {
            bail!("nobody can do {step} of {}", run.reference)
        };
        let (outcome, reason) = match turn.map(|turn| &turn.act) {
            Some(Act::Choose { outcome, reason }) => (Some(*outcome), Some((*reason).to_owned())),
            _ => (usual_outcome(workflow, step), None),
        };
        let command = Command::StepComplete {
            step: step.clone(),
            answers: Some(self.answers(way, reading, step)),
            outcome: outcome.map(str::to_owned),
            reason,
        };
        self.must(way, doer.person, command).await
    }

    /// The form's example, with days that lie right for today.
    fn answers(&self, way: &Way, reading: &Reading, step: &Address) -> Map<String, Value> {
        let workflow = &reading.workflow;
        let form = workflow
            .find_node(&step.path())
            .and_then(|node| workflow.node(node).form())
            .and_then(|name| workflow.forms.get(name));
        let Some(form) = form else { return Map::new() };
        let mut answers = example(form);
        let today = self.engine.clock.now().date();
        let ahead = matches!(step.name(), "plan" | "book" | "book_governors");
        for (name, field) in &form.fields {
            if is_day(field) && answers.contains_key(name) {
                let date = if ahead {
                    weekday_after(today, 14)
                } else {
                    today
                };
                answers.insert(name.clone(), json!(date.to_string()));
            }
        }
        if step.name() == "declare" {
            answers = serde_json::from_value(json!({"answer": "none"})).unwrap_or_default();
        }
        if step.name() == "need" {
            answers.insert("title".to_owned(), json!(way.title));
            let audience = if way.governors {
                json!(["slt", "governors"])
            } else {
                json!(["slt"])
            };
            answers.insert("audience".to_owned(), audience);
        }
        answers
    }

    /// Sends a command that has to be accepted.
    async fn must(&mut self, way: &Way, who: PersonId, command: Command) -> anyhow::Result<()> {
        match self.send(run_of(way), who, command).await? {
            Handled::Applied { .. } => Ok(()),
            other => bail!("the demo was refused: {other:?}"),
        }
    }

    pub async fn send(
        &mut self,
        run: RunId,
        who: PersonId,
        command: Command,
    ) -> anyhow::Result<Handled> {
        self.sent += 1;
        let incoming = Incoming::inside(Envelope {
            id: format!("demo-{}", self.sent),
            source: SOURCE.to_owned(),
            alliance: self.alliance.clone(),
            run,
            actor: Some(who),
            on_behalf_of: None,
            time: self.engine.clock.now(),
            expires: None,
            expected: None,
            command,
        });
        let mut handled = self.engine.handle(&self.alliance, vec![incoming]).await?;
        handled.pop().context("the engine gave no answer")
    }
}

/// A step that the coordinator skips by now.
fn to_skip(way: &Way, run: &Run) -> Option<(Address, String)> {
    way.turns.iter().find_map(|turn| {
        let Act::Skip { after, reason } = turn.act else {
            return None;
        };
        let (step, after): (Address, Address) = (turn.step.parse().ok()?, after.parse().ok()?);
        let due = run.is_settled(&after) && !run.is_settled(&step);
        due.then(|| (step, reason.to_owned()))
    })
}

/// The first outcome that goes on; of a visit, that it was the last.
fn usual_outcome<'w>(workflow: &'w Workflow, step: &Address) -> Option<&'w str> {
    let node = workflow.find_node(&step.path())?;
    let outcomes = &workflow.node(node).task()?.outcomes;
    let usual = outcomes.iter().filter(|(_, outcome)| !outcome.by_rung);
    let mut plain = usual.filter(|(_, o)| !o.repeat && o.reopen.is_none() && o.stop.is_none());
    plain.next().map(|(name, _)| name.as_str())
}

fn example(form: &Form) -> Map<String, Value> {
    let first = form
        .schema
        .get("examples")
        .and_then(|examples| examples.get(0));
    first
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn is_day(field: &Field) -> bool {
    field.kind == FieldKind::Date
}

fn weekday_after(day: Date, days: i64) -> Date {
    let mut date = day + chrono::TimeDelta::days(days);
    while matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
        date += chrono::TimeDelta::days(1);
    }
    date
}
