//! Dates in the words of the day on which a mail leaves.
//!
//! A mail can be held over a weekend or a holiday, so no text says "today" by itself: it asks here.

use crate::core::calendar::Calendars;
use crate::core::definition::dates::Unit;
use crate::core::run::deadline::Deadline;
use crate::core::time::{Date, say_date};

/// The day by which something is due, seen from a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDay {
    date: Date,
    today: Date,
    school_days_ago: u32,
}

impl DueDay {
    /// Nothing where the date is not known.
    pub fn new(deadline: &Deadline, calendars: &Calendars, today: Date) -> Option<Self> {
        let date = deadline.date?;
        let school_days_ago = calendars.measure(&deadline.calendar, Unit::SchoolDays, date, today);
        Some(Self {
            date,
            today,
            school_days_ago,
        })
    }

    /// The day alone: "Tuesday 2 March 2027".
    pub fn day(self) -> String {
        say_date(self.date)
    }

    /// For a line of its own: "today, Tuesday 2 March 2027", "Tuesday 2 March 2027, 2 school days ago".
    pub fn line(self) -> String {
        match near(self.date, self.today) {
            Some(word) => format!("{word}, {}", say_date(self.date)),
            None => format!("{}{}", say_date(self.date), self.ago()),
        }
    }

    /// To go after what is due: "is due on Tuesday 2 March 2027", "was due on …, 2 school days ago".
    pub fn clause(self) -> String {
        let verb = if self.date < self.today { "was" } else { "is" };
        let when = say_when(self.date, self.today);
        format!("{verb} due {when}{}", self.ago())
    }

    /// For a subject: "Today", "Tomorrow", "Soon due", "Still open".
    pub fn how_soon(self) -> String {
        let words = match (self.date - self.today).num_days() {
            ..0 => "Still open",
            0 => "Today",
            1 => "Tomorrow",
            2.. => "Soon due",
        };
        words.to_owned()
    }

    /// Nothing before any school day has passed since.
    fn ago(self) -> String {
        match self.school_days_ago {
            0 => String::new(),
            days => format!(", {days} {} ago", Unit::SchoolDays.say(days)),
        }
    }
}

/// "today, Tuesday 2 March 2027", "tomorrow, …", and "on …" for every other day.
pub fn say_when(date: Date, today: Date) -> String {
    let word = near(date, today).map_or_else(|| "on ".to_owned(), |word| format!("{word}, "));
    word + &say_date(date)
}

/// The same for a date that is in words already; any other text stays as it is.
pub fn say_when_of(text: &str, today: Option<Date>) -> String {
    match from_words(text).zip(today) {
        Some((date, today)) => say_when(date, today),
        None => text.to_owned(),
    }
}

/// A date as [`say_date`] writes it.
pub fn from_words(text: &str) -> Option<Date> {
    Date::parse_from_str(text, "%A %d %B %Y").ok()
}

fn near(date: Date, today: Date) -> Option<&'static str> {
    match (date - today).num_days() {
        0 => Some("today"),
        1 => Some("tomorrow"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn seen(today: &str, school_days_ago: u32) -> DueDay {
        DueDay {
            date: date("2026-10-23"),
            today: date(today),
            school_days_ago,
        }
    }

    #[test]
    fn a_due_day_is_true_on_whichever_day_it_is_told() {
        let cases = [
            (
                seen("2026-10-21", 0),
                "Soon due",
                "is due on Friday 23 October 2026",
                "Friday 23 October 2026",
            ),
            (
                seen("2026-10-22", 0),
                "Tomorrow",
                "is due tomorrow, Friday 23 October 2026",
                "tomorrow, Friday 23 October 2026",
            ),
            (
                seen("2026-10-23", 0),
                "Today",
                "is due today, Friday 23 October 2026",
                "today, Friday 23 October 2026",
            ),
            (
                seen("2026-10-24", 0),
                "Still open",
                "was due on Friday 23 October 2026",
                "Friday 23 October 2026",
            ),
            (
                seen("2026-11-02", 1),
                "Still open",
                "was due on Friday 23 October 2026, 1 school day ago",
                "Friday 23 October 2026, 1 school day ago",
            ),
            (
                seen("2026-11-03", 2),
                "Still open",
                "was due on Friday 23 October 2026, 2 school days ago",
                "Friday 23 October 2026, 2 school days ago",
            ),
        ];
        for (due, how_soon, clause, line) in cases {
            assert_eq!(due.how_soon(), how_soon, "{due:?}");
            assert_eq!(due.clause(), clause);
            assert_eq!(due.line(), line);
        }
    }

    #[test]
    fn a_date_in_words_is_said_as_the_day_sees_it() {
        let today = Some(date("2026-11-02"));
        for (text, said) in [
            ("Monday 2 November 2026", "today, Monday 2 November 2026"),
            (
                "Tuesday 3 November 2026",
                "tomorrow, Tuesday 3 November 2026",
            ),
            ("Monday 16 November 2026", "on Monday 16 November 2026"),
            ("Sunday 1 November 2026", "on Sunday 1 November 2026"),
            ("as agreed", "as agreed"),
            ("", ""),
        ] {
            assert_eq!(say_when_of(text, today), said);
        }
        assert_eq!(
            say_when_of("Monday 2 November 2026", None),
            "Monday 2 November 2026"
        );
    }
}
