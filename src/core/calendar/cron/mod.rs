//! When something is due that comes round: five fields of cron, by the clocks of London.
//!
//! The fields are read here (`fields.rs`), strictly. The `cron` crate finds the times of day on the
//! calendar, as if there were no clock changes; each is then looked up in London once. A time that
//! the spring leaves out comes when the clocks have gone forward, and one that the autumn has twice
//! comes the first time. Only what is due in every hour of the day comes in every hour that passes,
//! the one that comes twice as well. `cases.txt` has the cases, `refused.txt` what is refused.

use std::fmt;
use std::str::FromStr;

use ::cron::Schedule;
use chrono::{DateTime, TimeDelta, Utc};

use crate::core::time::{Date, Instant};
use fields::Fields;

mod fields;

/// The clocks are never moved by more.
const CLOCK_CHANGE: TimeDelta = TimeDelta::hours(2);
/// Longer than any schedule is.
const LONGEST: usize = 200;

/// A schedule that is due at some time or other.
#[derive(Debug, Clone)]
pub struct Cron {
    text: String,
    schedule: Schedule,
    every_hour: bool,
}

/// Why a text is no schedule: the place, the rule and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    #[error(
        "a schedule has five fields (minute, hour, day of the month, month, weekday) and this has \
         {0}: Mondays at 8am is `0 8 * * Mon`"
    )]
    Fields(usize),
    #[error("a schedule has at most {LONGEST} characters: give a list as a range or with a step")]
    Long,
    #[error(
        "words like `{0}` are not used here: write the five fields, as in `0 8 * * Mon` for Mondays \
         at 8am"
    )]
    Word(String),
    #[error(
        "weekday `{0}`: weekdays are written by name, because programs number them differently \
         (for some 1 is Sunday, for others Monday): write Mon, Tue, Wed, Thu, Fri, Sat or Sun"
    )]
    WeekdayNumber(String),
    #[error(
        "weekday `{0}`: the week goes from Mon to Sun here, and a range does not go past its end: \
         write a list, as in `Sat,Sun,Mon`"
    )]
    WeekdayRange(String),
    #[error("weekday `{0}`: weekdays have no step: write a list, as in `Mon,Wed,Fri`")]
    WeekdayStep(String),
    #[error(
        "weekday `{0}` is not known: write Mon, Tue, Wed, Thu, Fri, Sat or Sun, a list or a range"
    )]
    Weekday(String),
    #[error(
        "{field} `{word}`: `L`, `W`, `#` and `?` are not used here, because programs differ in \
         them: name the days, or use `*`"
    )]
    Special { field: &'static str, word: String },
    #[error(
        "{field} `{word}` is not understood: {field} is {range}, `*`, a list `a,b`, a range `a-b` or a step `*/n`"
    )]
    Unknown {
        field: &'static str,
        word: String,
        range: &'static str,
    },
    #[error(
        "{field} `{word}`: a range goes from the lower to the higher: write two ranges with a comma between"
    )]
    Backwards { field: &'static str, word: String },
    #[error(
        "{field} `{word}`: a step is from 1 to as many as there are, and stands behind `*` or a range"
    )]
    Step { field: &'static str, word: String },
    #[error(
        "a day of the month (`{day}`) and a weekday (`{weekday}`) together are read as `both` by \
         some programs and as `either` by others: leave one of them as `*`"
    )]
    TwoKindsOfDay { day: String, weekday: String },
    #[error(
        "there is no day {day} in the month {month}, so this never comes: name a day that there is"
    )]
    Never { day: String, month: String },
}

impl Cron {
    /// The first moment after this one; none if the calendar of the program ends before.
    pub fn next_after(&self, now: Instant) -> Option<Instant> {
        // From a little earlier, because the clocks may have been put back since.
        let wall = now.date().and_time(now.wall_time()) - CLOCK_CHANGE;
        let mut first: Option<(chrono::NaiveDateTime, Instant)> = None;
        for due in self.schedule.after(&wall.and_utc()) {
            let due = due.naive_utc();
            if first.is_some_and(|(wall, _)| due > wall + CLOCK_CHANGE) {
                break;
            }
            let coming = self.moments(due.date(), due.time());
            for at in coming.into_iter().filter(|at| *at > now) {
                match first {
                    Some((_, soonest)) if soonest <= at => {}
                    Some((wall, _)) => first = Some((wall, at)),
                    None => first = Some((due, at)),
                }
            }
        }
        first.map(|(_, at)| at)
    }

    /// The moments that a time of day stands for.
    fn moments(&self, date: Date, time: chrono::NaiveTime) -> Vec<Instant> {
        if self.every_hour {
            Instant::all_at_london(date, time)
        } else {
            vec![Instant::at_london(date, time)]
        }
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        let fields: Fields = text.parse()?;
        let never = || CronError::Never {
            day: fields.day.clone(),
            month: fields.month.clone(),
        };
        // Seconds come first in the crate's own text.
        let schedule: Schedule = fields.for_crate().parse().map_err(|_| never())?;
        // From 2024 on every combination of day, month and weekday comes within 28 years.
        let begin = DateTime::<Utc>::from_timestamp(1_704_067_200, 0).unwrap_or_default();
        if schedule.after(&begin).next().is_none() {
            return Err(never());
        }
        Ok(Self {
            every_hour: fields.every_hour,
            text: fields.text,
            schedule,
        })
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: &str = include_str!("cases.txt");
    const REFUSED: &str = include_str!("refused.txt");

    fn lines(table: &str) -> impl Iterator<Item = Vec<&str>> {
        let lines = table
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(|line| line.split('|').map(str::trim).collect())
    }

    fn at(text: &str) -> Instant {
        text.replace('Z', ":00Z").parse().unwrap()
    }

    #[test]
    fn every_case_of_the_table_comes_when_it_says() {
        let mut seen = 0;
        for line in lines(CASES) {
            let [text, after, wanted, reason] = line[..] else {
                panic!("{line:?}");
            };
            let cron: Cron = text.parse().unwrap();
            let mut now = at(after);
            for wanted in wanted.split_whitespace() {
                let next = cron.next_after(now);
                let wanted = (wanted != "-").then(|| at(wanted));
                assert_eq!(next, wanted, "{text} after {after}: {reason}");
                now = next.unwrap_or(now);
            }
            seen += 1;
        }
        assert!(seen >= 40, "{seen}");
    }

    #[test]
    fn what_is_refused_says_where_and_what_to_write_instead() {
        for line in lines(REFUSED) {
            let [text, words] = line[..] else {
                panic!("{line:?}");
            };
            let error = text
                .parse::<Cron>()
                .map(|cron| cron.to_string())
                .unwrap_err();
            let said = error.to_string();
            assert!(said.contains(words), "{text}: {said}");
        }
    }

    #[test]
    fn the_next_moment_is_later_and_none_is_left_out() {
        let all = [
            "30 1 * * *",
            "*/20 * * * *",
            "0 */2 * * *",
            "15,45 1-2 * * Sun",
        ];
        for cron in all.map(|text| text.parse::<Cron>().unwrap()) {
            for begin in ["2027-03-27T22:00Z", "2027-10-30T22:00Z"].map(at) {
                let mut found = Vec::new();
                let mut now = begin;
                while now < begin.plus_seconds(8 * 3600) {
                    let next = cron.next_after(now).unwrap();
                    assert!(next > now);
                    found.push(next);
                    now = next;
                }
                // Asked minute by minute, nothing else comes in between.
                for minute in 0..8 * 60 {
                    let asked = begin.plus_seconds(minute * 60);
                    let next = cron.next_after(asked).unwrap();
                    let known = found.iter().find(|it| **it > asked);
                    assert_eq!(Some(&next), known, "{cron} after {asked}");
                }
            }
        }
    }

    #[test]
    fn a_long_text_is_refused_before_it_is_read() {
        let long = format!("{} 8 * * *", vec!["1"; 500].join(","));
        assert_eq!(long.parse::<Cron>().unwrap_err(), CronError::Long);
    }
}
