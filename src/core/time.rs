//! Moments and dates, the same everywhere.
//!
//! One [`Instant`]: whole microseconds, UTC, because PostgreSQL keeps no more and entries are
//! compared byte by byte. A [`Date`] is a day at a school, never a midnight. The core never asks
//! for the time; it is always given.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveTime, SecondsFormat, TimeZone, Timelike, Utc};
use chrono_tz::Europe::London;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day as people write it in a diary, without a time or a zone.
pub type Date = chrono::NaiveDate;

/// So many minutes are left out at most when clocks go forward.
const LONGEST_GAP: i64 = 120;

/// A moment in UTC, in whole microseconds; written as RFC 3339 with six digits and `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// Cuts everything below a microsecond off.
    pub fn new(at: DateTime<Utc>) -> Self {
        let micros = at.timestamp_micros();
        Self(DateTime::from_timestamp_micros(micros).unwrap_or(at))
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The day in London at this moment: the day that a school means by "today".
    pub fn date(self) -> Date {
        self.0.with_timezone(&London).date_naive()
    }

    /// The hour and minute in London.
    pub fn wall_time(self) -> NaiveTime {
        self.0.with_timezone(&London).time()
    }

    /// As programs read London's time: `2026-11-03T08:30:00+00:00`.
    pub fn in_london(self) -> String {
        let at = self.0.with_timezone(&London);
        at.to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    /// The moment at which London's clocks show a time of a day. One that the clock change leaves
    /// out becomes the first one after the gap; one that comes twice, the earlier.
    pub fn at_london(date: Date, time: NaiveTime) -> Self {
        let wanted = date.and_time(time);
        let found = London.from_local_datetime(&wanted).earliest().or_else(|| {
            let minutes = (1..=LONGEST_GAP).map(chrono::TimeDelta::minutes);
            let whole = wanted.with_second(0)?.with_nanosecond(0)?;
            let mut later = minutes.map(|minutes| London.from_local_datetime(&(whole + minutes)));
            later.find_map(chrono::LocalResult::earliest)
        });
        let utc = found.map_or_else(|| Utc.from_utc_datetime(&wanted), |at| at.to_utc());
        Self::new(utc)
    }

    /// Every moment at which London's clocks show a time of a day: none where the clock change
    /// leaves it out, two where it comes twice.
    pub fn all_at_london(date: Date, time: NaiveTime) -> Vec<Self> {
        let found = London.from_local_datetime(&date.and_time(time));
        let mut all: Vec<Self> = [found.earliest(), found.latest()]
            .into_iter()
            .flatten()
            .map(|at| Self::new(at.to_utc()))
            .collect();
        all.dedup();
        all
    }

    /// Midnight at the start of a day in London.
    pub fn start_of(date: Date) -> Self {
        Self::at_london(date, NaiveTime::MIN)
    }

    pub fn plus_seconds(self, seconds: i64) -> Self {
        let delta = chrono::TimeDelta::seconds(seconds);
        Self(
            self.0
                .checked_add_signed(delta)
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        )
    }
}

/// Eight o'clock on a day in London: when reminders come up.
pub fn early_morning(date: Date) -> Instant {
    let eight = NaiveTime::from_hms_opt(8, 0, 0).unwrap_or(NaiveTime::MIN);
    Instant::at_london(date, eight)
}

/// Half past eight on a day in London: when people find what the office has written.
pub fn morning(date: Date) -> Instant {
    let half_past_eight = NaiveTime::from_hms_opt(8, 30, 0).unwrap_or(NaiveTime::MIN);
    Instant::at_london(date, half_past_eight)
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl FromStr for Instant {
    type Err = chrono::ParseError;

    /// Reads RFC 3339; a zone offset is required.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text).map(|at| Self::new(at.to_utc()))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Instant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339, UTC, microseconds."
        })
    }
}

/// "Tuesday 2 March 2027", as GOV.UK writes a date.
pub fn say_date(date: Date) -> String {
    format!(
        "{} {} {}",
        date.format("%A"),
        date.day(),
        date.format("%B %Y")
    )
}

/// "2 March 2027", where the weekday matters to nobody.
pub fn say_day(date: Date) -> String {
    format!("{} {}", date.day(), date.format("%B %Y"))
}

/// "8:30am on Tuesday 2 March 2027", in London's time.
pub fn say_moment(at: Instant) -> String {
    format!("{} on {}", say_time(at.wall_time()), say_date(at.date()))
}

/// "9am", "12:05pm", and "midday" and "midnight" where a number would be misread.
pub fn say_time(time: NaiveTime) -> String {
    let (afternoon, hour) = time.hour12();
    match (time.hour(), time.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "midday".to_owned(),
        (_, 0) => format!("{hour}{}", if afternoon { "pm" } else { "am" }),
        (_, minute) => format!("{hour}:{minute:02}{}", if afternoon { "pm" } else { "am" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_microseconds_and_no_more() {
        let at: Instant = "2027-03-02T08:30:00.123456789Z".parse().unwrap();
        assert_eq!(at.to_string(), "2027-03-02T08:30:00.123456Z");
        assert!(
            "2027-03-02T08:30:00".parse::<Instant>().is_err(),
            "a zone is required"
        );
    }

    #[test]
    fn today_is_the_day_in_london() {
        let at: Instant = "2027-06-30T23:30:00Z".parse().unwrap();
        assert_eq!(at.date(), Date::from_ymd_opt(2027, 7, 1).unwrap());
    }

    #[test]
    fn a_time_in_the_gap_is_the_first_one_after_it_and_a_doubled_one_the_earlier() {
        let half_past_one = NaiveTime::from_hms_opt(1, 30, 0).unwrap();
        let spring = Date::from_ymd_opt(2027, 3, 28).unwrap();
        let autumn = Date::from_ymd_opt(2027, 10, 31).unwrap();
        assert_eq!(
            Instant::at_london(spring, half_past_one).to_string(),
            "2027-03-28T01:00:00.000000Z"
        );
        assert_eq!(
            Instant::at_london(autumn, half_past_one).to_string(),
            "2027-10-31T00:30:00.000000Z"
        );
        assert_eq!(Instant::all_at_london(spring, half_past_one), []);
        let both = Instant::all_at_london(autumn, half_past_one);
        assert_eq!((both.len(), both[1]), (2, both[0].plus_seconds(3600)));
        assert_eq!(Instant::all_at_london(autumn, NaiveTime::MIN).len(), 1);
    }

    #[test]
    fn dates_and_times_read_as_gov_uk_writes_them() {
        let at: Instant = "2027-03-02T08:30:00Z".parse().unwrap();
        assert_eq!(say_moment(at), "8:30am on Tuesday 2 March 2027");
        assert_eq!(say_day(at.date()), "2 March 2027");
        assert_eq!(at.in_london(), "2027-03-02T08:30:00+00:00");
        assert_eq!(
            say_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap()),
            "midday"
        );
        assert_eq!(say_time(NaiveTime::from_hms_opt(16, 0, 0).unwrap()), "4pm");
    }
}
