//! School days of each school, and due-date arithmetic.
//!
//! A day is a school day if pupils are in: in a term, and no weekend, INSET day, holiday or bank
//! holiday. A working day is Monday to Friday but for bank holidays. [`layers`] makes the calendar
//! of a school from its own page and its templates. All counting goes through [`Calendars`]; where
//! a calendar does not reach far enough the answer is [`Ended`], never a guess.
//!
//! To add a source of term dates: a reader in `import/` that makes a [`page::Page`].

pub mod almanac;
pub mod bank_holidays;
mod count;
pub mod cron;
pub mod day;
pub mod explain;
pub mod layers;
pub mod page;
pub mod typical;

use std::collections::BTreeMap;
use std::slice;
use std::sync::Arc;

use chrono::Days;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::almanac::Almanac;
use self::count::{Count, Unknown};
use self::layers::Calendar;
use super::definition::dates::{Side, Unit};
use super::directory::Directory;
use super::names::{PersonId, Urn};
use super::run::deadline::CalendarId;
use super::time::Date;

/// The calendars of the schools concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendars {
    pub alliance: Arc<Calendar>,
    pub schools: BTreeMap<Urn, Arc<Calendar>>,
}

/// A calendar says nothing of a day that a date hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// The school of whose days nothing is known, or the alliance.
    pub calendar: CalendarId,
    /// The first such day.
    pub day: Date,
}

/// A number of days beyond which nobody plans, where several calendars are walked together.
const FURTHEST: usize = 5_000;

impl Calendars {
    /// That of the school; of the alliance for a school that is not among them.
    pub fn of(&self, calendar: &CalendarId) -> Vec<(CalendarId, &Calendar)> {
        let one = |urn: &Urn| match self.schools.get(urn) {
            Some(found) => (CalendarId::School { urn: urn.clone() }, found.as_ref()),
            None => (CalendarId::Alliance, self.alliance.as_ref()),
        };
        match urns(calendar) {
            [] => vec![(CalendarId::Alliance, self.alliance.as_ref())],
            urns => urns.iter().map(one).collect(),
        }
    }

    /// The same, where one alone counts.
    fn alone(&self, calendar: &CalendarId) -> Option<&Calendar> {
        match urns(calendar) {
            [] => Some(&self.alliance),
            [urn] => Some(self.schools.get(urn).unwrap_or(&self.alliance)),
            _ => None,
        }
    }

    /// Whose days are somebody's on a day, for mail and for work: their school's, else the alliance's.
    pub fn of_person(&self, directory: &Directory, person: PersonId, day: Date) -> &Calendar {
        let school = directory.school_for_mail(person, day);
        let own = school.and_then(|urn| self.schools.get(&urn));
        own.unwrap_or(&self.alliance)
    }

    /// Whether a day counts in that unit on that calendar.
    pub fn counts(&self, calendar: &CalendarId, unit: Unit, day: Date) -> bool {
        let count = |(_, calendar): &(CalendarId, &Calendar)| {
            count_of(calendar, unit).is_none_or(|count| count.counts(day))
        };
        self.of(calendar).iter().all(count)
    }

    /// The Nth counting day before or after a date; the date itself for 0.
    pub fn shift(
        &self,
        calendar: &CalendarId,
        unit: Unit,
        from: Date,
        days: u32,
        side: Side,
    ) -> Result<Date, Ended> {
        let Some(one) = self.alone(calendar) else {
            return self.shift_together(&self.of(calendar), unit, from, days, side);
        };
        let Some(count) = count_of(one, unit) else {
            return Ok(step(from, days, side));
        };
        count.shift(from, days, side).map_err(|Unknown(day)| {
            let (calendar, _) = self.of(calendar).swap_remove(0);
            Ended { calendar, day }
        })
    }

    /// Day by day, since a day counts only where it does at every school.
    fn shift_together(
        &self,
        all: &[(CalendarId, &Calendar)],
        unit: Unit,
        from: Date,
        days: u32,
        side: Side,
    ) -> Result<Date, Ended> {
        let mut day = from;
        let mut left = days;
        for _ in 0..FURTHEST {
            if left == 0 {
                return Ok(day);
            }
            day = step(day, 1, side);
            let mut together = true;
            for (id, calendar) in all {
                let Some(count) = count_of(calendar, unit) else {
                    continue;
                };
                if count.reach(day).is_none() {
                    let calendar = id.clone();
                    return Err(Ended { calendar, day });
                }
                together &= count.counts(day);
            }
            left -= u32::from(together);
        }
        let calendar = all
            .first()
            .map_or(CalendarId::Alliance, |one| one.0.clone());
        Err(Ended { calendar, day })
    }

    /// How many counting days lie after `from` up to and with `to`; 0 if `to` is not later. Days
    /// of which nothing is known use nothing up.
    pub fn measure(&self, calendar: &CalendarId, unit: Unit, from: Date, to: Date) -> u32 {
        let whole = || u32::try_from((to - from).num_days().max(0)).unwrap_or(u32::MAX);
        if let Some(one) = self.alone(calendar) {
            return count_of(one, unit).map_or_else(whole, |count| count.measure(from, to));
        }
        if unit == Unit::CalendarDays {
            return whole();
        }
        let days = from.iter_days().skip(1).take_while(|day| *day <= to);
        let counted = days.filter(|day| self.counts(calendar, unit, *day)).count();
        u32::try_from(counted).unwrap_or(u32::MAX)
    }

    /// The first counting day after a date.
    pub fn next(&self, calendar: &CalendarId, unit: Unit, after: Date) -> Result<Date, Ended> {
        self.shift(calendar, unit, after, 1, Side::After)
    }

    /// The day by which half of the days up to a date are used up, of which so many had been before
    /// the first.
    pub fn half_way(
        &self,
        calendar: &CalendarId,
        unit: Unit,
        (since, consumed): (Date, u32),
        date: Date,
    ) -> Result<Date, Ended> {
        let all = consumed + self.measure(calendar, unit, since, date);
        let left = all.div_ceil(2).saturating_sub(consumed);
        self.shift(calendar, unit, since, left, Side::After)
    }

    /// Whether all calendars know this day.
    pub fn reach(&self, calendar: &CalendarId, unit: Unit, day: Date) -> Result<(), Ended> {
        for (calendar, one) in self.of(calendar) {
            if count_of(one, unit).is_some_and(|count| count.reach(day).is_none()) {
                return Err(Ended { calendar, day });
            }
        }
        Ok(())
    }

    /// Schools of whose days nothing is known before so many days from today are over, the soonest
    /// first; with the last day that is known, if today is.
    pub fn ending(&self, today: Date, within: u32) -> Vec<(Urn, Option<Date>)> {
        let horizon = step(today, within, Side::After);
        let reach = self
            .schools
            .iter()
            .map(|(urn, one)| (urn.clone(), one.reach(today)));
        let mut ending: Vec<_> = reach
            .filter(|(_, last)| last.is_none_or(|last| last < horizon))
            .collect();
        ending.sort_by_key(|(urn, last)| (*last, urn.clone()));
        ending
    }

    /// What must be said beside dates that were counted on these calendars: that nobody has set
    /// term dates, where that is so.
    pub fn note<'d>(
        &self,
        mut dates: impl Iterator<Item = &'d CalendarId>,
    ) -> Option<&'static str> {
        let typical = |calendar: &CalendarId| self.of(calendar).iter().any(|(_, one)| one.typical);
        dates.any(typical).then_some(typical::NOTE)
    }

    /// The same for a list of dates of any school.
    pub fn note_for_any(&self) -> Option<&'static str> {
        let mut all = self.schools.values().chain([&self.alliance]);
        all.any(|one| one.typical).then_some(typical::NOTE)
    }
}

/// As long as nothing is set: the typical year.
impl Default for Calendars {
    fn default() -> Self {
        Self {
            alliance: Arc::new(Almanac::new([], None).of_alliance()),
            schools: BTreeMap::new(),
        }
    }
}

/// The schools whose days count together; none: the alliance's do.
fn urns(calendar: &CalendarId) -> &[Urn] {
    match calendar {
        CalendarId::Alliance => &[],
        CalendarId::School { urn } => slice::from_ref(urn),
        CalendarId::Both { urns } => urns,
    }
}

/// None for days of which each counts.
fn count_of(calendar: &Calendar, unit: Unit) -> Option<&Count> {
    match unit {
        Unit::SchoolDays => Some(&calendar.school),
        Unit::WorkingDays => Some(&calendar.working),
        Unit::CalendarDays => None,
    }
}

fn step(from: Date, days: u32, side: Side) -> Date {
    let days = Days::new(u64::from(days));
    match side {
        Side::After => from.checked_add_days(days).unwrap_or(Date::MAX),
        Side::Before => from.checked_sub_days(days).unwrap_or(Date::MIN),
    }
}

#[cfg(test)]
pub mod test_calendars;

#[cfg(test)]
mod tests;
