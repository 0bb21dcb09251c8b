//! The brief: what a coordinator should know of all projects at a moment, in lines.
//!
//! Made when the summary is sent, from what holds then. It says only what somebody can do something
//! about; where there is no such thing, there is nothing to tell.

use std::fmt::Write as _;

use chrono::Days;
use serde::Serialize;

use crate::core::names::{AllianceId, PersonId, Urn};
use crate::core::run::projection::Asks;
use crate::core::run::state::RunStatus;
use crate::core::time::{Date, say_date};
use crate::core::words::{and, or};
use crate::store::{RunFilter, TaskFilter, TaskOfRun};

use super::readings::Everybody;
use super::{Engine, Error};

/// So long before their end term dates are asked for.
pub const ENDS_SOON_DAYS: u32 = 60;
/// A week from today, today included.
const WEEK_DAYS: u64 = 6;
/// A project on hold comes up so long before its day.
const HOLD_DAYS: u64 = 14;
/// For so many days a mail that did not arrive is told of.
const LOST_DAYS: u64 = 14;
/// The longest list that anybody reads in a mail.
const LINES: usize = 15;
/// Schools named in one line.
const NAMED: usize = 5;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brief {
    pub sections: Vec<Section>,
    /// The gist of it: "3 overdue, 1 to ring".
    pub gist: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    pub title: String,
    pub lines: Vec<String>,
    /// How many lines were left out.
    pub more: usize,
}

/// A mail that did not arrive, or a person to whom none can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    pub person: PersonId,
    pub day: Date,
    /// Why the address takes no mail; none where a single mail was lost.
    pub why: Option<String>,
}

impl Brief {
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// In plain text, a section after the other.
    pub fn text(&self) -> String {
        let sections: Vec<String> = self.sections.iter().map(Section::text).collect();
        sections.join("\n\n")
    }

    fn add(&mut self, title: String, mut lines: Vec<String>, gist: &str) {
        if lines.is_empty() {
            return;
        }
        if !gist.is_empty() {
            let comma = if self.gist.is_empty() { "" } else { ", " };
            let _ = write!(self.gist, "{comma}{} {gist}", lines.len());
        }
        let more = lines.len().saturating_sub(LINES);
        lines.truncate(LINES);
        self.sections.push(Section { title, lines, more });
    }
}

impl Section {
    fn text(&self) -> String {
        let mut text = self.title.clone();
        for line in &self.lines {
            text.push_str("\n- ");
            text.push_str(line);
        }
        if self.more > 0 {
            let _ = write!(text, "\n- and {} more", self.more);
        }
        text
    }
}

impl Engine {
    /// What there is to tell on a day.
    pub async fn brief(
        &self,
        alliance: &AllianceId,
        everybody: &Everybody,
        today: Date,
    ) -> Result<Brief, Error> {
        let tasks = self
            .store
            .of(alliance)
            .tasks(&TaskFilter::default())
            .await?;
        let week = today + Days::new(WEEK_DAYS);
        let desk = Lines { everybody, today };
        let to_do = || tasks.iter().filter(|it| it.task.asks == Asks::Do);
        let due = |from: Option<Date>, to: Option<Date>| {
            let within = move |it: &&TaskOfRun| {
                it.task.due.is_some_and(|due| {
                    from.is_none_or(|from| from <= due) && to.is_some_and(|to| due <= to)
                })
            };
            to_do().filter(within).map(|it| desk.task(it)).collect()
        };
        let asked = |asks: Asks| tasks.iter().filter(move |it| it.task.asks == asks);
        let ring = asked(Asks::Ring).map(|it| desk.ring(it, &tasks)).collect();
        let held_up = asked(Asks::Unblock).map(|it| desk.held_up(it, &tasks));
        let too_few = asked(Asks::Appoint).map(|it| desk.too_few(it));
        let mut brief = Brief::default();
        brief.add("Overdue".to_owned(), due(None, today.pred_opt()), "overdue");
        let title = format!("Due by {}", say_date(week));
        brief.add(title, due(Some(today), Some(week)), "due");
        brief.add("Please ring".to_owned(), ring, "to ring");
        let title = "Cannot progress, and needs you".to_owned();
        brief.add(title, held_up.collect(), "held up");
        brief.add("Too few people".to_owned(), too_few.collect(), "");
        let held = self.on_hold(alliance, today).await?;
        brief.add("On hold, and the day is near".to_owned(), held, "");
        let ending = everybody.calendars.ending(today, ENDS_SOON_DAYS);
        let title = "Term dates that end soon: please set those that follow".to_owned();
        brief.add(title, everybody.say_ends(&ending), "");
        let lost = self.undelivered(alliance, today).await?;
        let lost = lost.iter().map(|it| desk.undelivered(it)).collect();
        brief.add("Mail that does not arrive".to_owned(), lost, "");
        Ok(brief)
    }

    /// Projects that were postponed to a day that is near, or past.
    async fn on_hold(&self, alliance: &AllianceId, today: Date) -> Result<Vec<String>, Error> {
        let filter = RunFilter {
            status: Some(RunStatus::Paused),
            ..RunFilter::default()
        };
        let near = today + Days::new(HOLD_DAYS);
        let mut lines = Vec::new();
        for row in self.store.of(alliance).runs(&filter).await? {
            let reading = self.read_run(alliance, row.id).await?;
            let hold = reading.and_then(|reading| reading.run.hold);
            if let Some(until) = hold.and_then(|hold| hold.until).filter(|day| *day <= near) {
                let (reference, title) = (&row.reference, &row.title);
                let until = say_date(until);
                lines.push(format!("{reference} “{title}”, postponed to {until}"));
            }
        }
        Ok(lines)
    }

    /// What the post could not do.
    pub async fn undelivered(
        &self,
        alliance: &AllianceId,
        today: Date,
    ) -> Result<Vec<Undelivered>, Error> {
        let bad = self.unreachable(alliance).await?;
        let since = today - Days::new(LOST_DAYS);
        let lost = self.store.of(alliance).lost_mails(since).await?;
        let known = |person| bad.iter().any(|bad| bad.person == person);
        let lost = lost.into_iter().filter(|mail| !known(mail.person));
        let lost: Vec<Undelivered> = lost
            .map(|mail| Undelivered {
                person: mail.person,
                day: mail.day,
                why: None,
            })
            .collect();
        let no_mail = bad.into_iter().map(|bad| Undelivered {
            person: bad.person,
            day: bad.since.date(),
            why: Some(bad.why),
        });
        Ok(no_mail.chain(lost).collect())
    }
}

impl Everybody {
    /// "Wednesday 21 July 2027: Alder Vale, Beckside and 6 more", soonest first.
    pub fn say_ends(&self, ending: &[(Urn, Option<Date>)]) -> Vec<String> {
        let days = ending.chunk_by(|(_, one), (_, other)| one == other);
        let lines = days.map(|schools| {
            let name = |urn: &Urn| {
                let school = self.directory.schools.get(urn);
                school.map_or_else(|| format!("school {urn}"), |school| school.name.clone())
            };
            let named = schools.iter().take(NAMED);
            let mut names: Vec<String> = named.map(|(urn, _)| name(urn)).collect();
            if schools.len() > NAMED {
                names.push(format!("{} more", schools.len() - NAMED));
            }
            let day = schools.first().and_then(|(_, last)| *last);
            let day = day.map_or_else(|| "Nothing is known of today".to_owned(), say_date);
            format!("{day}: {}", and(&names))
        });
        lines.collect()
    }
}

/// One thing in one line.
struct Lines<'a> {
    everybody: &'a Everybody,
    today: Date,
}

impl Lines<'_> {
    fn task(&self, it: &TaskOfRun) -> String {
        let with = self.with(it);
        let due = it.task.due.map_or_else(String::new, say_date);
        format!("{due}: {}, {with} ({})", it.task.title, self.project(it))
    }

    fn with(&self, it: &TaskOfRun) -> String {
        let doers = self.everybody.doers_of(&it.task, self.today);
        let names = doers.iter().map(|doer| self.everybody.name(doer.person));
        match names.collect::<Vec<_>>().as_slice() {
            [] => "with nobody".to_owned(),
            names => format!("with {}", or(names)),
        }
    }

    fn held_up(&self, it: &TaskOfRun, all: &[TaskOfRun]) -> String {
        let project = self.project(it);
        match about(it, all) {
            Some(step) => format!("{}, {} ({project})", step.task.title, self.with(step)),
            None => format!("{} ({project})", it.task.title),
        }
    }

    fn too_few(&self, it: &TaskOfRun) -> String {
        format!("{} ({})", it.task.title, self.project(it))
    }

    fn ring(&self, it: &TaskOfRun, all: &[TaskOfRun]) -> String {
        let about = about(it, all);
        let doers = about.map(|about| self.everybody.doers_of(&about.task, self.today));
        let people = doers.into_iter().flatten().map(|doer| {
            let name = self.everybody.name(doer.person);
            match self.everybody.phones.get(&doer.person) {
                Some(phone) => format!("{name} ({phone})"),
                None => format!("{name} (no phone number is known)"),
            }
        });
        let people: Vec<String> = people.collect();
        let title = about.map_or(&it.task.title, |about| &about.task.title);
        format!("{}, about: {title} ({})", and(&people), self.project(it))
    }

    fn project(&self, it: &TaskOfRun) -> String {
        let school = it.host_school.as_ref();
        let school = school.and_then(|urn| self.everybody.directory.schools.get(urn));
        let school = school.map_or_else(String::new, |school| format!(" at {}", school.name));
        format!("{} “{}”{school}", it.reference, it.run_title)
    }

    fn undelivered(&self, it: &Undelivered) -> String {
        let (name, day) = (self.everybody.name(it.person), say_date(it.day));
        match &it.why {
            Some(why) => format!(
                "{name}: the address takes no mail since {day} ({why}). Please find out the right one"
            ),
            None => format!("{name}: the mail of {day} did not arrive"),
        }
    }
}

/// The step that somebody is asked to see to.
fn about<'a>(it: &TaskOfRun, all: &'a [TaskOfRun]) -> Option<&'a TaskOfRun> {
    all.iter().find(|other| {
        let (task, asked) = (&other.task, &it.task);
        task.asks == Asks::Do && task.run == asked.run && task.address == asked.address
    })
}
