//! How a date came about, day by day: which days counted, and why the others did not.

use serde::Serialize;

use super::day::Day;
use super::{Calendars, Ended, step};
use crate::core::definition::dates::{Side, Unit};
use crate::core::run::deadline::CalendarId;
use crate::core::time::Date;

/// One day on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub date: Date,
    /// The first, second … day that counts; none where it does not.
    pub number: Option<u32>,
    /// What the day is at each school concerned; empty where every calendar day counts.
    pub days: Vec<Day>,
}

/// All days from the one after (or before) a date up to the Nth that counts.
pub fn count(
    calendars: &Calendars,
    calendar: &CalendarId,
    unit: Unit,
    from: Date,
    days: u32,
    side: Side,
) -> Result<Vec<Counted>, Ended> {
    let end = calendars.shift(calendar, unit, from, days, side)?;
    let (mut date, mut number) = (from, 0);
    let mut counted = Vec::new();
    while date != end {
        date = step(date, 1, side);
        let counts = calendars.counts(calendar, unit, date);
        number += u32::from(counts);
        let all = calendars.of(calendar);
        let at_schools = all.iter().filter_map(|(_, one)| one.day(date));
        counted.push(Counted {
            date,
            number: counts.then_some(number),
            days: match unit {
                Unit::CalendarDays => Vec::new(),
                Unit::SchoolDays | Unit::WorkingDays => at_schools.collect(),
            },
        });
    }
    Ok(counted)
}
