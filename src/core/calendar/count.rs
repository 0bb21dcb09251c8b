//! Counting days of one kind on one calendar: a running total for each known day, so that any
//! number of days is found without walking them.

use chrono::{Days, TimeDelta};

use crate::core::definition::dates::Side;
use crate::core::time::Date;

/// Which days count, from the first known day on. Days may be unknown in between as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Count {
    first: Date,
    /// How many days count, and how many are unknown, before the day of that place.
    counted: Vec<u32>,
    unknown: Vec<u32>,
}

/// The first day of which nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unknown(pub Date);

impl Count {
    /// `None` is a day of which nothing is known.
    pub fn new(first: Date, days: impl IntoIterator<Item = Option<bool>>) -> Self {
        let (mut counted, mut unknown) = (vec![0], vec![0]);
        let (mut yes, mut none) = (0, 0);
        for day in days {
            yes += u32::from(day == Some(true));
            none += u32::from(day.is_none());
            counted.push(yes);
            unknown.push(none);
        }
        Self {
            first,
            counted,
            unknown,
        }
    }

    fn len(&self) -> i64 {
        i64::try_from(self.counted.len()).unwrap_or(i64::MAX) - 1
    }

    fn place(&self, day: Date) -> i64 {
        (day - self.first).num_days()
    }

    fn day(&self, place: i64) -> Date {
        let day = TimeDelta::try_days(place).and_then(|days| self.first.checked_add_signed(days));
        day.unwrap_or(Date::MAX)
    }

    /// The total before a place; outside of what is known it stays as it is at the end.
    fn before(totals: &[u32], place: i64) -> u32 {
        let place = usize::try_from(place.max(0)).unwrap_or(usize::MAX);
        let last = totals.len().saturating_sub(1);
        totals.get(place.min(last)).copied().unwrap_or(0)
    }

    pub fn counts(&self, day: Date) -> bool {
        let place = self.place(day);
        Self::before(&self.counted, place + 1) > Self::before(&self.counted, place)
    }

    /// How many counting days lie after `from` up to and with `to`; unknown days do not count.
    pub fn measure(&self, from: Date, to: Date) -> u32 {
        let total = |day: Date| Self::before(&self.counted, self.place(day) + 1);
        total(to).saturating_sub(total(from))
    }

    /// The Nth counting day before or after a date, if all days up to it are known.
    pub fn shift(&self, from: Date, days: u32, side: Side) -> Result<Date, Unknown> {
        if days == 0 {
            return Ok(from);
        }
        let start = self.place(from);
        match side {
            Side::After => self.forward(start + 1, days),
            Side::Before => self.backward(start - 1, days),
        }
    }

    fn forward(&self, start: i64, days: u32) -> Result<Date, Unknown> {
        if start < 0 || start >= self.len() {
            return Err(Unknown(self.day(start)));
        }
        let wanted = Self::before(&self.counted, start).saturating_add(days);
        let found = self.counted.partition_point(|total| *total < wanted);
        let end = i64::try_from(found).unwrap_or(i64::MAX) - 1;
        match self.first_unknown(start, end) {
            Some(place) => Err(Unknown(self.day(place))),
            None if end >= self.len() => Err(Unknown(self.day(self.len()))),
            None => Ok(self.day(end)),
        }
    }

    fn backward(&self, start: i64, days: u32) -> Result<Date, Unknown> {
        if start < 0 || start >= self.len() {
            return Err(Unknown(self.day(start)));
        }
        let total = Self::before(&self.counted, start + 1);
        let Some(wanted) = (total + 1).checked_sub(days).filter(|wanted| *wanted > 0) else {
            return Err(Unknown(self.day(-1)));
        };
        let found = self.counted.partition_point(|total| *total < wanted);
        let end = i64::try_from(found).unwrap_or(i64::MAX) - 1;
        match self.first_unknown(end, start) {
            Some(place) => Err(Unknown(self.day(place))),
            None => Ok(self.day(end)),
        }
    }

    /// The first unknown place from one up to and with another.
    fn first_unknown(&self, from: i64, to: i64) -> Option<i64> {
        let before = Self::before(&self.unknown, from);
        if Self::before(&self.unknown, to + 1) == before {
            return None;
        }
        let found = self.unknown.partition_point(|total| *total <= before);
        i64::try_from(found).ok().map(|place| place - 1)
    }

    /// The last day up to which all is known from a day on.
    pub fn reach(&self, from: Date) -> Option<Date> {
        let start = self.place(from);
        if start < 0 || start >= self.len() || self.first_unknown(start, start).is_some() {
            return None;
        }
        let end = self.first_unknown(start, self.len() - 1);
        let last = end.unwrap_or_else(|| self.len());
        self.day(last).checked_sub_days(Days::new(1))
    }
}
