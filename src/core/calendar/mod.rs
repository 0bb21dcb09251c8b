//! School days of one school, and due-date arithmetic.
//!
//! Until calendars of schools come, every school day and working day is Monday to Friday, and
//! [`NOTE`] says so wherever such a date is shown. All counting goes through [`Calendars`], so
//! that real calendars change nothing else.

use chrono::{Datelike, Days, Weekday};

use super::definition::dates::{Side, Unit};
use super::run::deadline::CalendarId;
use super::time::Date;

/// Shown beside every date that was counted in school or working days.
pub const NOTE: &str =
    "School and working days are counted Monday to Friday until term dates are set.";

/// The calendars of the schools concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendars {}

impl Calendars {
    /// Whether a day counts in that unit on that calendar.
    pub fn counts(&self, _calendar: &CalendarId, unit: Unit, day: Date) -> bool {
        match unit {
            Unit::CalendarDays => true,
            Unit::SchoolDays | Unit::WorkingDays => {
                !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
            }
        }
    }

    /// The Nth counting day before or after a date; the date itself for 0.
    pub fn shift(
        &self,
        calendar: &CalendarId,
        unit: Unit,
        from: Date,
        days: u32,
        side: Side,
    ) -> Date {
        let mut day = from;
        let mut left = days;
        while left > 0 {
            let next = match side {
                Side::After => day.checked_add_days(Days::new(1)),
                Side::Before => day.checked_sub_days(Days::new(1)),
            };
            let Some(next) = next else { return day };
            day = next;
            if self.counts(calendar, unit, day) {
                left -= 1;
            }
        }
        day
    }

    /// How many counting days lie after `from` up to and with `to`; 0 if `to` is not later.
    pub fn measure(&self, calendar: &CalendarId, unit: Unit, from: Date, to: Date) -> u32 {
        let days = from.iter_days().skip(1).take_while(|day| *day <= to);
        let counted = days.filter(|day| self.counts(calendar, unit, *day)).count();
        u32::try_from(counted).unwrap_or(u32::MAX)
    }

    /// The first counting day after a date.
    pub fn next(&self, calendar: &CalendarId, unit: Unit, after: Date) -> Date {
        self.shift(calendar, unit, after, 1, Side::After)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_nth_day_after_and_before_skips_the_weekend() {
        let calendars = Calendars::default();
        let shift = |from, days, side| {
            calendars.shift(
                &CalendarId::Alliance,
                Unit::SchoolDays,
                day(from),
                days,
                side,
            )
        };
        assert_eq!(shift("2027-03-04", 2, Side::After), day("2027-03-08"));
        assert_eq!(shift("2027-03-08", 2, Side::Before), day("2027-03-04"));
        assert_eq!(shift("2027-03-06", 1, Side::After), day("2027-03-08"));
    }

    proptest! {
        #[test]
        fn adding_days_and_measuring_gives_them_back(start in 0u64..20_000, days in 1u32..200) {
            let from = day("1990-01-01") + Days::new(start);
            let calendars = Calendars::default();
            for unit in [Unit::SchoolDays, Unit::WorkingDays, Unit::CalendarDays] {
                let to = calendars.shift(&CalendarId::Alliance, unit, from, days, Side::After);
                prop_assert_eq!(calendars.measure(&CalendarId::Alliance, unit, from, to), days);
            }
        }
    }
}
