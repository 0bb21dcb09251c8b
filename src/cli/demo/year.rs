//! A year on a moved clock: every school day, whoever has something to do does it in time.
//!
//! Reminders come up at eight, mails leave at half past, and people are at work at nine, on school
//! days of their school; on other weekdays only the engine looks what is due. Every answer goes
//! through the same engine as in earnest; nothing here knows a rule of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{Datelike, NaiveTime, Weekday};
use serde_json::{Map, json};

use super::super::act::{Act as Rehearsed, preview};
use super::super::desk::Desk;
use super::hands::{answers, school_day_after, to_skip, usual_outcome};
use super::moments::{self, HalfTerm};
use super::ways::{Act, Turn, WAYS, Way};
use crate::clock::ManualClock;
use crate::core::calendar::day::DayKind;
use crate::core::calendar::layers::Calendar;
use crate::core::definition::workflow::Kind;
use crate::core::names::{AllianceId, PersonId, RunId, Urn};
use crate::core::run::address::Address;
use crate::core::run::command::{Command, Envelope};
use crate::core::run::doers;
use crate::core::run::projection::{self, Asks};
use crate::core::run::seed::{Seed, uuid_from};
use crate::core::run::state::{Run, RunStatus};
use crate::core::time::{Date, Instant};
use crate::engine::readings::{Everybody, Reading};
use crate::engine::{Background, Engine, Handled, Incoming, Work};

pub const WORKFLOW: &str = "leadership-through-partnership";
/// The source of commands that people of the demo give.
const SOURCE: &str = "alongside:demo";
const FIRST_DAY: &str = "2026-09-07";
const LAST_DAY: &str = "2027-07-21";
/// So many reminders at a time.
const AT_ONCE: u32 = 100;

/// The alliance of the demo at work.
pub struct Year<'d> {
    pub desk: &'d Desk,
    pub engine: Engine,
    pub background: Background,
    pub clock: Arc<ManualClock>,
    pub alliance: AllianceId,
    pub everybody: Everybody,
    pub coordinator: PersonId,
    pub half_term: HalfTerm,
    /// What the coordinator was shown before each postponement.
    pub previews: BTreeMap<RunId, String>,
    /// Runs that have not moved since they were read: most days most of them do not.
    read: BTreeMap<RunId, Arc<Reading>>,
    /// How often each step of each run has been done.
    times: BTreeMap<(RunId, String), u32>,
    /// Runs that are postponed: when they are taken up again.
    resume: BTreeMap<RunId, Date>,
    /// Runs of which a day has moved.
    moved: BTreeSet<RunId>,
    sent: u32,
}

/// The run of a way: known beforehand, so that the demo is the same each time.
pub fn run_of(way: &Way) -> RunId {
    RunId(uuid_from(&Seed::known(&["demo", way.title])))
}

impl<'d> Year<'d> {
    pub fn new(
        desk: &'d Desk,
        (engine, background): (Engine, Background),
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
        let half_term = HalfTerm::first_after(&everybody.calendars.alliance, today);
        Ok(Self {
            desk,
            engine,
            background,
            clock,
            alliance,
            coordinator,
            half_term: half_term.context("the calendar has no half-term")?,
            everybody,
            previews: BTreeMap::new(),
            read: BTreeMap::new(),
            times: BTreeMap::new(),
            resume: BTreeMap::new(),
            moved: BTreeSet::new(),
            sent: 0,
        })
    }

    /// From September to July, one weekday after the other.
    pub async fn go_by(&mut self) -> anyhow::Result<()> {
        let (first, last): (Date, Date) = (FIRST_DAY.parse()?, LAST_DAY.parse()?);
        let weekdays = first.iter_days().take_while(|day| *day <= last);
        for day in weekdays.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)) {
            self.set_time(day, 8, 0);
            self.let_reminders_come_up().await?;
            self.set_time(day, 8, 30);
            self.do_what_is_due().await?;
            if day == self.half_term.from {
                self.look_at_half_term().await?;
            }
            let before = self.sent;
            self.set_time(day, 9, 0);
            self.one_day(day).await?;
            if self.sent > before {
                self.do_what_is_due().await?;
            }
        }
        Ok(())
    }

    pub fn set_time(&self, day: Date, hour: u32, minute: u32) {
        let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
        self.clock.set(Instant::at_london(day, time));
    }

    /// Which open dates lie behind the half-term that begins today.
    async fn look_at_half_term(&mut self) -> anyhow::Result<()> {
        for way in &WAYS {
            if let Some(reading) = self.reading(run_of(way)).await? {
                let calendars = &self.everybody.calendars;
                let found = moments::dates_behind(&self.half_term, &reading, calendars);
                self.half_term.behind.extend(found);
            }
        }
        Ok(())
    }

    /// Whether it is a school day of theirs.
    fn is_at_work(&self, person: PersonId, day: Date) -> bool {
        let Everybody {
            calendars,
            directory,
            ..
        } = &self.everybody;
        let calendar = calendars.of_person(directory, person, day);
        calendar.kind(day) == Some(DayKind::SchoolDay)
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

    /// A run as it stands, if it has begun.
    async fn reading(&mut self, id: RunId) -> anyhow::Result<Option<Arc<Reading>>> {
        if let Some(known) = self.read.get(&id) {
            return Ok(Some(known.clone()));
        }
        let found = self.engine.read_run(&self.alliance, id).await?;
        let Some(reading) = found.map(Arc::new) else {
            return Ok(None);
        };
        self.read.insert(id, reading.clone());
        Ok(Some(reading))
    }

    /// They leave together, half an hour later.
    async fn let_reminders_come_up(&mut self) -> anyhow::Result<()> {
        let folder = &self.background.mailbox.folder;
        while self.engine.run_schedules(folder).await? > 0 {}
        while self.engine.fire_timers(AT_ONCE).await? > 0 {
            self.read.clear();
        }
        Ok(())
    }

    async fn do_what_is_due(&mut self) -> anyhow::Result<()> {
        let Work {
            timers,
            replans,
            parked,
            ..
        } = self.background.do_what_is_due().await?;
        if timers + replans + parked > 0 {
            self.read.clear();
        }
        Ok(())
    }

    async fn work_on(&mut self, way: &Way, day: Date) -> anyhow::Result<()> {
        let id = run_of(way);
        let coordinator = self.coordinator;
        let is_there = self.is_at_work(coordinator, day);
        if is_there && self.resume.get(&id).is_some_and(|until| *until <= day) {
            self.resume.remove(&id);
            self.must(way, coordinator, Command::ProjectResume {})
                .await?;
        }
        let Some(reading) = self.reading(id).await? else {
            return Ok(());
        };
        if reading.run.status != RunStatus::InProgress {
            return Ok(());
        }
        if let Some((step, reason)) = to_skip(way, &reading.run).filter(|_| is_there) {
            let command = Command::StepSkip {
                step,
                reason: Some(reason),
            };
            return self.must(way, coordinator, command).await;
        }
        if let Some(command) = self.to_move(way, &reading.run, day) {
            self.moved.insert(id);
            return self.must(way, coordinator, command).await;
        }
        let tasks = projection::tasks(&reading.workflow, &reading.run);
        for task in tasks.iter().filter(|task| task.asks == Asks::Do) {
            let ready = task.ready_at.map_or(day, Instant::date);
            if (day - ready).num_days() >= way.pace {
                // Each may move the run, so the next one looks at it anew.
                return self.act(way, &reading, &task.step, day).await;
            }
        }
        self.report_events(way, &reading, day).await
    }

    /// The day of a visit that cannot be kept: the coordinator enters another.
    fn to_move(&self, way: &Way, run: &Run, day: Date) -> Option<Command> {
        let mut turns = way.turns.iter();
        let (step, days, reason) = turns.find_map(|turn| match turn.act {
            Act::Move { days, reason } => Some((turn.step, days, reason)),
            _ => None,
        })?;
        let step: Address = step.parse().ok()?;
        let done = run.steps.get(&step)?.done.as_ref()?;
        let agreed: Date = done.answers.get("date")?.as_str()?.parse().ok()?;
        let is_time = (day - done.at.date()).num_days() >= 2;
        if !is_time || self.moved.contains(&run.id) || !self.is_at_work(self.coordinator, day) {
            return None;
        }
        let date = school_day_after(self.calendar_of(way), agreed, days);
        Some(Command::AnswersCorrect {
            step,
            answers: Map::from_iter([("date".to_owned(), json!(date.to_string()))]),
            reason: reason.to_owned(),
        })
    }

    /// That of the host school.
    fn calendar_of(&self, way: &Way) -> &Calendar {
        let calendars = &self.everybody.calendars;
        let own = calendars.schools.get(&Urn(way.school.to_owned()));
        own.unwrap_or(&calendars.alliance)
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
            let node = reading.workflow.node_of(address)?;
            let wait = reading.workflow.node(node).wait()?;
            let old = (day - step.ready_at?.date()).num_days() >= 1;
            old.then(|| wait.event.clone())
        });
        let found = found.next();
        let Some(name) = found.filter(|_| self.is_at_work(self.coordinator, day)) else {
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
        let Some(doer) = self.doer(reading, step, day)? else {
            return Ok(());
        };
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
            Some(Act::Postpone { until, reason }) => {
                self.postpone(way, reading, until, reason).await
            }
            Some(Act::Choose { .. } | Act::Skip { .. } | Act::Move { .. }) | None => {
                self.complete(way, reading, step, (doer, turn)).await
            }
        }
    }

    /// The first who can do a step, on a day on which they are at work.
    fn doer(
        &self,
        reading: &Reading,
        step: &Address,
        day: Date,
    ) -> anyhow::Result<Option<PersonId>> {
        let Reading { workflow, run, .. } = reading;
        let doers = doers::doers(workflow, run, &self.everybody.directory, step, day);
        let Some(doer) = doers.first() else {
            bail!("nobody can do {step} of {}", run.reference)
        };
        Ok(Some(doer.person).filter(|person| self.is_at_work(*person, day)))
    }

    /// Looks first what would come of it.
    async fn postpone(
        &mut self,
        way: &Way,
        reading: &Reading,
        until: &str,
        reason: &str,
    ) -> anyhow::Result<()> {
        let (run, until) = (reading.run.id, until.parse()?);
        let command = Command::ProjectPostpone {
            until,
            reason: reason.to_owned(),
        };
        let act = Rehearsed::new(run, command.clone());
        let shown = preview(self.desk, &self.alliance, act).await?;
        self.previews.insert(run, shown);
        self.resume.insert(run, until);
        self.must(way, self.coordinator, command).await
    }

    async fn complete(
        &mut self,
        way: &Way,
        reading: &Reading,
        step: &Address,
        (doer, turn): (PersonId, Option<&Turn>),
    ) -> anyhow::Result<()> {
        let workflow = &reading.workflow;
        let today = self.engine.clock.now().date();
        let (outcome, reason) = match turn.map(|turn| &turn.act) {
            Some(Act::Choose { outcome, reason }) => (Some(*outcome), Some((*reason).to_owned())),
            _ => (usual_outcome(workflow, step), None),
        };
        let command = Command::StepComplete {
            step: step.clone(),
            answers: Some(answers(way, workflow, step, self.calendar_of(way), today)),
            outcome: outcome.map(str::to_owned),
            reason,
        };
        self.must(way, doer, command).await
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
        self.read.remove(&run);
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
