//! What an alliance has done for it by the calendar, without anybody asking: and when, unless it
//! says otherwise.
//!
//! A setting is kept as text: nothing for the usual times, `off`, or five fields of cron.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::core::calendar::cron::{Cron, CronError};
use crate::core::time::Instant;

/// How a schedule that is switched off is kept.
pub const OFF: &str = "off";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Tells the coordinators how their projects stand.
    Summary,
    /// Looks for term dates that end soon.
    CalendarCheck,
    /// Takes away what is not kept for longer.
    Retention,
}

impl Job {
    pub const ALL: [Self; 3] = [Self::Summary, Self::CalendarCheck, Self::Retention];

    /// The same in the database, in commands and in figures.
    pub fn word(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::CalendarCheck => "calendar_check",
            Self::Retention => "retention",
        }
    }

    /// When it is due where nobody has said otherwise. The summary is written half an hour before
    /// mail leaves, so that it goes into the one mail of the day.
    pub fn usual(self) -> &'static str {
        match self {
            Self::Summary => "0 8 * * Mon",
            Self::CalendarCheck => "0 6 * * *",
            Self::Retention => "30 2 * * *",
        }
    }

    /// As a sentence says what it does.
    pub fn say(self) -> &'static str {
        match self {
            Self::Summary => "writes to the coordinators how the projects stand",
            Self::CalendarCheck => "tells them of term dates that end within 60 days",
            Self::Retention => "takes away what is not kept any longer",
        }
    }

    /// When it is due by a setting; nothing if that is `off`.
    pub fn when(self, setting: Option<&str>) -> Result<Option<Cron>, CronError> {
        match setting {
            Some(OFF) => Ok(None),
            other => other.unwrap_or(self.usual()).parse().map(Some),
        }
    }

    /// Its next time by a setting that was read before it was kept.
    pub fn next_after(self, setting: Option<&str>, now: Instant) -> Option<Instant> {
        let cron = self.when(setting).ok().flatten();
        cron.and_then(|cron| cron.next_after(now))
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Job {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|job| job.word() == word);
        found.ok_or_else(|| {
            let all = Self::ALL.map(|job| format!("`{job}`")).join(", ");
            format!("there is no schedule `{word}`; there are {all}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schedule_has_its_word_and_a_usual_time() {
        for job in Job::ALL {
            assert_eq!(job.word().parse(), Ok(job));
            assert_eq!(serde_json::to_value(job).unwrap(), job.word());
            assert_eq!(job.when(None).unwrap().unwrap().to_string(), job.usual());
        }
        assert!(
            "backup"
                .parse::<Job>()
                .unwrap_err()
                .contains("`calendar_check`")
        );
    }

    #[test]
    fn a_setting_is_off_or_another_time() {
        let now: Instant = "2026-11-22T05:00:00Z".parse().unwrap();
        let next = |setting| Job::Summary.next_after(setting, now);
        let monday: Instant = "2026-11-23T08:00:00Z".parse().unwrap();
        assert_eq!(next(None), Some(monday));
        assert_eq!(next(Some(OFF)), None);
        assert_eq!(next(Some("0 8 * * Tue")), Some(monday.plus_seconds(86_400)));
        assert!(Job::Summary.when(Some("0 8 * * 1")).is_err());
    }
}
