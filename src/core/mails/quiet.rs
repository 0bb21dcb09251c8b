//! Quiet times: when mail may leave for somebody, and the rule that holds it back.
//!
//! The days are those of one calendar: of the school for which the person holds the role. Each rule
//! can be set per alliance. Nothing is ever dropped here: what is held leaves at the next open moment.

use chrono::{Datelike, NaiveTime, Timelike, Weekday};
use serde::{Deserialize, Serialize};

use crate::core::calendar::day::DayKind;
use crate::core::calendar::layers::Calendar;
use crate::core::run::effect::{Letter, Notice};
use crate::core::time::{Date, Instant, morning};

/// So many school days before a half-term or the holidays nobody is written to.
const LAST_DAYS: u32 = 2;
/// A break of fewer weekdays is no half-term.
const BREAK: u32 = 3;
/// What came up late is gathered for so long.
pub const GATHER_SECONDS: i64 = 300;
/// A visit within so many school days is near.
const NEAR_DAYS: usize = 3;
/// Nobody waits longer for a calendar.
const FURTHEST: usize = 200;

/// The rules of an alliance. What is not said is as the field expects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a rule that an alliance sets by itself"
)]
pub struct QuietTimes {
    /// Mail leaves from this hour on (0 to 23) …
    pub from: u32,
    /// … and before this one (1 to 24).
    pub until: u32,
    /// Nothing on a day on which the school is closed.
    pub closed_days: bool,
    pub friday_afternoons: bool,
    /// The last two school days before a half-term or the holidays.
    pub last_days: bool,
    /// One mail to a person on a day; the rest waits for the next.
    pub one_a_day: bool,
}

impl Default for QuietTimes {
    fn default() -> Self {
        Self {
            from: 8,
            until: 17,
            closed_days: true,
            friday_afternoons: true,
            last_days: true,
            one_a_day: true,
        }
    }
}

impl QuietTimes {
    /// Everything leaves at once.
    pub const NONE: Self = Self {
        from: 0,
        until: 24,
        closed_days: false,
        friday_afternoons: false,
        last_days: false,
        one_a_day: false,
    };

    /// An hour after the last, or a day without hours.
    pub fn is_sound(&self) -> bool {
        self.from < self.until && self.until <= 24
    }
}

/// Why a mail does not leave now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    OutOfHours,
    Weekend,
    Holidays,
    BankHoliday,
    FridayAfternoon,
    LastDays,
    OneADay,
    /// No rule of the alliance: what was missed while nobody was at work is put together first.
    Gathering,
    /// What it tells of can still be taken back.
    Undo,
}

impl Rule {
    /// The word that is kept with a letter.
    pub fn word(self) -> &'static str {
        match self {
            Self::OutOfHours => "out_of_hours",
            Self::Weekend => "weekend",
            Self::Holidays => "holidays",
            Self::BankHoliday => "bank_holiday",
            Self::FridayAfternoon => "friday_afternoon",
            Self::LastDays => "last_days",
            Self::OneADay => "one_a_day",
            Self::Gathering => "gathering",
            Self::Undo => "undo",
        }
    }

    /// From its word.
    pub fn of(word: &str) -> Option<Self> {
        let all = [
            Self::OutOfHours,
            Self::Weekend,
            Self::Holidays,
            Self::BankHoliday,
            Self::FridayAfternoon,
            Self::LastDays,
            Self::OneADay,
            Self::Gathering,
            Self::Undo,
        ];
        all.into_iter().find(|rule| rule.word() == word)
    }

    /// As a sentence goes on: "held back because …".
    pub fn say(self) -> &'static str {
        match self {
            Self::OutOfHours => "it is outside the hours in which mail leaves",
            Self::Weekend => "it is the weekend",
            Self::Holidays => "the school is closed for the holidays",
            Self::BankHoliday => "it is a bank holiday",
            Self::FridayAfternoon => "nobody is written to on Friday afternoons",
            Self::LastDays => "it is one of the last two school days before the holidays",
            Self::OneADay => "they have had today's mail already",
            Self::Gathering => "it was missed, and is put together with what else was",
            Self::Undo => "it can still be taken back, for ten minutes",
        }
    }
}

/// Whether mail leaves now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    Open,
    /// The first rule that is against it, and the next moment at which none is.
    Held {
        rule: Rule,
        until: Instant,
    },
}

/// When a letter leaves at the earliest. Reminders come up early in the morning, of many projects at
/// once: they leave together at half past eight, or together a little later if that is past.
pub fn earliest(letter: &Letter, at: Instant) -> Instant {
    let notice = |notice: &Notice| {
        matches!(
            notice,
            Notice::Ring { .. } | Notice::ResumeNear { .. } | Notice::ResumeDue { .. }
        )
    };
    let gathered = match letter {
        Letter::Rung { .. }
        | Letter::Copy { .. }
        | Letter::Summary
        | Letter::CalendarsEnd { .. } => true,
        Letter::Notice { notice: it } => notice(it),
        Letter::Ready { .. }
        | Letter::Step { .. }
        | Letter::Invite { .. }
        | Letter::InviteCancelled { .. } => false,
    };
    let leaves = morning(at.date());
    match gathered {
        false => at,
        true if at < leaves => leaves,
        true => at.plus_seconds(GATHER_SECONDS),
    }
}

/// Whether a letter leaves whatever the hour: it changes a visit of today or the next three school
/// days, from there or to there, and somebody might travel for nothing. A first invite changes nothing.
pub fn is_urgent(letter: &Letter, calendar: &Calendar, today: Date) -> bool {
    let near = |date: &Date| is_near(calendar, today, *date);
    match letter {
        Letter::Invite {
            date,
            sequence,
            was,
            ..
        } => *sequence > 0 && (near(date) || was.as_ref().is_some_and(near)),
        Letter::InviteCancelled { date, .. } => near(date),
        _ => false,
    }
}

/// Whether a day is today or not further than three school days ahead.
pub fn is_near(calendar: &Calendar, today: Date, date: Date) -> bool {
    let days = today.iter_days().skip(1).take_while(|day| *day <= date);
    let open = days.filter(|day| kind_of(calendar, *day).is_open());
    date >= today && open.take(NEAR_DAYS + 1).count() <= NEAR_DAYS
}

/// Whether mail may leave at a moment. `written_today` is whether the person has had their mail of
/// that day.
pub fn window(
    rules: &QuietTimes,
    calendar: &Calendar,
    now: Instant,
    written_today: bool,
) -> Window {
    let today = now.date();
    let rule = if written_today && rules.one_a_day {
        Some(Rule::OneADay)
    } else {
        rules.on(calendar, today).or_else(|| rules.at(now))
    };
    let Some(rule) = rule else {
        return Window::Open;
    };
    // Before the first hour it is still this day's morning that counts.
    let early = rule == Rule::OutOfHours && now.wall_time().hour() < rules.from;
    let mut day = if early { Some(today) } else { today.succ_opt() };
    for _ in 0..FURTHEST {
        match day {
            Some(next) if rules.on(calendar, next).is_some() => day = next.succ_opt(),
            _ => break,
        }
    }
    Window::Held {
        rule,
        until: day.map_or(now, |day| rules.opening(day)),
    }
}

impl QuietTimes {
    /// Half past eight, or the first hour of an alliance that begins later.
    fn opening(&self, day: Date) -> Instant {
        let first = NaiveTime::from_hms_opt(self.from, 0, 0).unwrap_or(NaiveTime::MIN);
        morning(day).max(Instant::at_london(day, first))
    }

    /// What is against a whole day.
    fn on(&self, calendar: &Calendar, day: Date) -> Option<Rule> {
        let kind = kind_of(calendar, day);
        if self.closed_days && !kind.is_open() {
            return Some(match kind {
                DayKind::Weekend => Rule::Weekend,
                DayKind::BankHoliday => Rule::BankHoliday,
                _ => Rule::Holidays,
            });
        }
        let last = self.last_days && kind.is_open() && is_before_a_break(calendar, day);
        last.then_some(Rule::LastDays)
    }

    fn at(&self, now: Instant) -> Option<Rule> {
        let hour = now.wall_time().hour();
        if hour < self.from || hour >= self.until {
            return Some(Rule::OutOfHours);
        }
        let friday = now.date().weekday() == Weekday::Fri && hour >= 12;
        (self.friday_afternoons && friday).then_some(Rule::FridayAfternoon)
    }
}

/// A day of which the calendar knows nothing is a weekday or a weekend: a mail that waited for term
/// dates might never leave.
fn kind_of(calendar: &Calendar, day: Date) -> DayKind {
    calendar.kind(day).unwrap_or(match day.weekday() {
        Weekday::Sat | Weekday::Sun => DayKind::Weekend,
        _ => DayKind::SchoolDay,
    })
}

/// Whether fewer than [`LAST_DAYS`] open days lie between a day and a break.
fn is_before_a_break(calendar: &Calendar, day: Date) -> bool {
    let (mut open, mut closed) = (0, 0);
    for next in day.iter_days().skip(1).take(FURTHEST) {
        match kind_of(calendar, next) {
            DayKind::SchoolDay | DayKind::Inset => {
                open += 1;
                closed = 0;
            }
            DayKind::Holiday | DayKind::BankHoliday => closed += 1,
            DayKind::Weekend => {}
        }
        if closed >= BREAK {
            return true;
        }
        if open >= LAST_DAYS {
            return false;
        }
    }
    false
}

#[cfg(test)]
#[path = "quiet_tests.rs"]
mod tests;
