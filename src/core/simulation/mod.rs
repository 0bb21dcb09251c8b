//! A workflow tried out on a calendar, before anybody gets a mail from it.
//!
//! Made-up people at three schools do what a run asks of them on time, late or never; it is decided
//! by the very functions that decide in earnest, so no rule stands here a second time. Pure like all
//! of `core`: the same workflow, setting and seed give the same result. One run by itself: what
//! several projects ask of one person in a week is not seen here.
//!
//! `cast` has the people, `manner` when each does something, `hands` what, `post` the mails,
//! `ledger` what became of each step, `year` the way from moment to moment.

mod cast;
pub mod fill;
mod hands;
mod ledger;
mod manner;
mod post;
#[cfg(test)]
mod tests;
mod year;

use std::collections::BTreeMap;

use chrono::Months;

use crate::core::calendar::Calendars;
use crate::core::calendar::almanac::Almanac;
use crate::core::calendar::day::DayKind;
use crate::core::definition::workflow::Workflow;
use crate::core::mails::quiet::QuietTimes;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::command::Command;
use crate::core::run::entry::Entry;
use crate::core::time::{Date, Instant};

pub use cast::{Cast, Manners, Player};
pub use ledger::{Ended, Line};
pub use manner::{Manner, Spread};
pub use post::Mail;

/// With what a run is tried out.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The day on which it is started.
    pub from: Date,
    /// The last day that is looked at.
    pub until: Date,
    pub seed: u64,
    pub people: Manners,
    /// Whoever has these roles behaves otherwise than `people` says.
    pub roles: BTreeMap<String, Manner>,
    pub late: Spread,
    /// Dates that the start asks for; those that are not said lie nine months ahead.
    pub dates: BTreeMap<String, Date>,
    pub almanac: Almanac,
    pub quiet: QuietTimes,
}

/// What would happen.
#[derive(Debug, Clone)]
pub struct Simulated {
    pub reference: String,
    /// Each attempt at each step, in the order in which they were asked.
    pub steps: Vec<Line>,
    /// In the order in which they leave.
    pub mails: Vec<Mail>,
    pub calls: Vec<Call>,
    /// All that was sent and accepted, in its order: whoever does the same gets the same mails.
    pub deeds: Vec<Deed>,
    pub end: End,
    /// What is with somebody at the end.
    pub open: Vec<Open>,
    /// What a run of this kind would log; not chained, for nobody checks it.
    pub entries: Vec<Entry>,
    pub cast: Cast,
    pub calendars: Calendars,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    pub at: Instant,
    pub by: PersonId,
    pub command: Command,
}

/// Mails have not helped: the coordinator is asked to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub at: Instant,
    pub step: Address,
    pub attempt: u32,
    pub people: Vec<PersonId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Complete {
        at: Instant,
    },
    Stopped {
        at: Instant,
        words: String,
    },
    /// Nothing is ahead any more: it waits for somebody who never answers.
    HeldUp,
    /// The time that was looked at is over.
    GoesOn,
}

/// A step that is open at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub step: Address,
    pub people: Vec<PersonId>,
    pub stands: Stands,
}

/// Why a step is open at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// It would be done then, after the time that was looked at.
    Planned(Instant),
    /// It cannot be done before this day.
    Opens(Date),
    /// The same, but the calendar does not tell of that day.
    OpensUnknown,
    /// Nobody holds it, or nobody of those who do answers.
    Silent,
    /// What was tried was not accepted, with the reason.
    Refused(String),
}

/// Tries a workflow out. Refused with the reason where it cannot be started.
pub fn simulate(workflow: &Workflow, setting: &Setting) -> Result<Simulated, String> {
    year::Year::new(workflow, setting).goes_by()
}

/// The first school day of the newest school year after which a whole year is known; where there is
/// none, of the newest of which anything is.
pub fn usual_start(almanac: &Almanac) -> Option<Date> {
    let calendar = almanac.of_alliance();
    let years = (2000..=2100).rev();
    let firsts = years.filter_map(|year| {
        let mut days = Date::from_ymd_opt(year, 8, 15)?.iter_days().take(60);
        days.find(|day| calendar.kind(*day) == Some(DayKind::SchoolDay))
    });
    let firsts: Vec<Date> = firsts.collect();
    let whole = |first: &&Date| {
        let last = **first + Months::new(12);
        calendar.reach(**first).is_some_and(|reach| last <= reach)
    };
    firsts.iter().find(whole).or(firsts.first()).copied()
}
