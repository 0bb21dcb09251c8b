//! How people behave in a simulation, and when each does what is asked of them.
//!
//! Drawn from the seed for each step and attempt by itself, so that one step more or less in a
//! workflow changes nothing about the others.

use chrono::{Datelike, NaiveTime, Weekday};
use serde::Serialize;

use crate::core::calendar::day::DayKind;
use crate::core::calendar::layers::Calendar;
use crate::core::dice::Dice;
use crate::core::run::address::Address;
use crate::core::run::seed::Seed;
use crate::core::time::{Date, Instant};

/// Where nothing is due they take so many days at most.
const UNHURRIED: usize = 5;
/// Nobody looks further for a day at work.
const FURTHEST: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// Does it between the day after it was asked and the day it is due.
    OnTime,
    /// Does it so many school days after it was due.
    Late,
    /// Never answers.
    Silent,
}

impl Manner {
    /// As people read it: "on time".
    pub fn say(self) -> &'static str {
        match self {
            Self::OnTime => "on time",
            Self::Late => "late",
            Self::Silent => "silent",
        }
    }
}

/// By how many school days late people are late, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    pub least: u32,
    pub most: u32,
}

/// What is asked of somebody: since when, and by when.
pub struct Asking<'a> {
    pub step: &'a Address,
    pub attempt: u32,
    pub ready: Instant,
    pub due: Option<Date>,
}

/// The moment at which somebody does what is asked, on a day on which they are at work. Never for
/// the silent.
pub fn answers_at(
    seed: u64,
    manner: Manner,
    late: Spread,
    calendar: &Calendar,
    asking: &Asking<'_>,
) -> Option<Instant> {
    let mut dice = dice_of(seed, "moment", asking.step, asking.attempt);
    let (asked, due) = (asking.ready.date(), asking.due);
    let time = NaiveTime::from_hms_opt(
        u32::try_from(dice.between(9, 16)).unwrap_or(9),
        u32::try_from(dice.between(0, 59)).unwrap_or(0),
        0,
    );
    let time = time.unwrap_or(NaiveTime::MIN);
    let at_work = |after: Date| {
        let days = after.iter_days().skip(1).take(FURTHEST);
        days.filter(|day| is_at_work(calendar, *day))
    };
    let day = match (manner, due) {
        (Manner::Silent, _) => return None,
        (Manner::Late, Some(due)) => {
            let days = usize::try_from(dice.between(late.least.into(), late.most.into()));
            at_work(due).nth(days.unwrap_or(1).max(1) - 1)?
        }
        (Manner::OnTime, Some(due)) => {
            let days: Vec<Date> = at_work(asked).take_while(|day| *day <= due).collect();
            if days.is_empty() {
                due.max(asked)
            } else {
                *dice.pick(&days)
            }
        }
        (Manner::OnTime | Manner::Late, None) => {
            let nth = dice.below(UNHURRIED);
            at_work(asked).nth(nth)?
        }
    };
    // Where there is only the day itself, it is done within the hour.
    let within_the_hour = asking.ready.plus_seconds(dice.between(600, 3_600));
    Some(Instant::at_london(day, time).max(within_the_hour))
}

/// For one purpose at this step and attempt, and for nothing else.
pub fn dice_of(seed: u64, purpose: &str, step: &Address, attempt: u32) -> Dice {
    let parts = [
        purpose,
        &seed.to_string(),
        &step.to_string(),
        &attempt.to_string(),
    ];
    let drawn = Seed::known(&parts);
    let mut first = [0; 8];
    first.copy_from_slice(&drawn[..8]);
    Dice::new(u64::from_be_bytes(first))
}

/// On a school day; where nothing is known of a day, on a weekday.
fn is_at_work(calendar: &Calendar, day: Date) -> bool {
    let weekday = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let kind = calendar.kind(day);
    kind.map_or(weekday, |kind| kind == DayKind::SchoolDay)
}
