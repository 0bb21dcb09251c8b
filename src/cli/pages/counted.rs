//! How a date was counted: each day that counts with its number, and why the others do not.

use serde_json::{Value, json};

use super::layout::wrap;
use super::who;
use crate::core::calendar::Ended;
use crate::core::calendar::day::{Day, DayKind};
use crate::core::calendar::explain::Counted;
use crate::core::definition::dates::Side;
use crate::core::run::address::Address;
use crate::core::run::deadline::{Deadline, Moved};
use crate::core::run::decide::Way;
use crate::core::run::places;
use crate::core::time::say_date;
use crate::engine::readings::{Everybody, Reading};

pub struct Page<'a> {
    pub reading: &'a Reading,
    pub everybody: &'a Everybody,
    pub address: &'a Address,
    pub what: Moved,
    pub deadline: &'a Deadline,
    pub way: Option<Way>,
    pub days: Option<Result<Vec<Counted>, Ended>>,
}

impl Page<'_> {
    pub fn text(&self) -> String {
        let run = &self.reading.run;
        let title = places::title(&self.reading.workflow, self.address);
        let head = format!("{}: {title} [{}]", run.reference, self.address);
        let mut text = wrap("", &head, 0);
        text.push_str(&wrap("", &self.date(), 0));
        if let Some(way) = &self.way {
            text.push_str(&wrap("", &self.way_in_words(way), 0));
        }
        match &self.days {
            Some(Ok(days)) => {
                text.push('\n');
                text.push_str(&lines(days));
            }
            Some(Err(ended)) => text.push_str(&wrap("", &self.ended(ended), 0)),
            None => {}
        }
        if let Some(note) = super::due::note(&self.everybody.calendars, [self.deadline]) {
            text.push('\n');
            text.push_str(&wrap("", note, 0));
        }
        text
    }

    fn date(&self) -> String {
        let verb = match self.what {
            Moved::Due => "Due",
            Moved::Opens => "Opens",
        };
        let Deadline {
            rule,
            date,
            by_hand,
            short_notice,
            ..
        } = self.deadline;
        let day = date.map_or_else(|| "no day yet".to_owned(), say_date);
        let how = match (by_hand, short_notice) {
            (true, _) => "set by hand; the history says by whom and why".to_owned(),
            (false, true) => {
                format!("{rule}, which would have been past: the next day that counts")
            }
            (false, false) => rule.clone(),
        };
        format!("{verb} {day} ({how}).")
    }

    fn way_in_words(&self, way: &Way) -> String {
        let Way {
            from,
            days,
            unit,
            side,
            consumed,
        } = way;
        let side = match side {
            Side::After => "after",
            Side::Before => "before",
        };
        let used = match consumed {
            0 => String::new(),
            used => format!("; {used} were used up before that"),
        };
        format!(
            "Counted: {days} {} {side} {}{used}, on the calendar of {}.",
            unit.say(*days),
            say_date(*from),
            who::calendar(self.everybody, &self.deadline.calendar)
        )
    }

    fn ended(&self, ended: &Ended) -> String {
        format!(
            "The calendar of {} says nothing of {}, so it cannot be counted to its end. Set term \
             dates that reach further: `alongside import calendar`.",
            who::calendar(self.everybody, &ended.calendar),
            say_date(ended.day)
        )
    }

    pub fn json(&self) -> Value {
        let way = self.way.map(|way| {
            json!({"from": way.from, "days": way.days, "unit": way.unit, "side": way.side,
                   "consumed": way.consumed})
        });
        let (days, ended) = match &self.days {
            Some(Ok(days)) => (json!(days), None),
            Some(Err(ended)) => (json!([]), Some(ended)),
            None => (json!([]), None),
        };
        json!({"project": self.reading.run.reference, "step": self.address, "what": self.what,
               "deadline": self.deadline, "counted": way, "days": days, "ended": ended})
    }
}

/// One line for each day that counts, and one for each stretch of days that do not count for the
/// same reason.
fn lines(days: &[Counted]) -> String {
    let mut text = String::new();
    let mut rest = days;
    while let Some(first) = rest.first() {
        let why = why_not(first);
        let same = rest.iter().take_while(|day| why_not(day) == why);
        let length = if first.number.is_some() {
            1
        } else {
            same.count()
        };
        let (stretch, after) = rest.split_at(length);
        rest = after;
        let date = say_date(first.date);
        let number = first
            .number
            .map_or_else(String::new, |number| number.to_string());
        let words = match stretch {
            [one] if one.number.is_some() => date,
            [_, .., last] => format!("{date} to {}: {why}", say_date(last.date)),
            _ => format!("{date}: {why}"),
        };
        text.push_str(&wrap(&format!("{number:>4}  "), &words, 6));
    }
    text
}

/// Empty for a day that counts.
fn why_not(day: &Counted) -> String {
    if day.number.is_some() {
        return String::new();
    }
    let closed = |day: &&Day| day.kind != DayKind::SchoolDay;
    let mut reasons: Vec<String> = day.days.iter().filter(closed).map(reason).collect();
    reasons.dedup();
    reasons.join("; ")
}

fn reason(day: &Day) -> String {
    let word = match day.kind {
        DayKind::SchoolDay => "school day",
        DayKind::Inset => "INSET day",
        DayKind::Holiday => "holiday",
        DayKind::BankHoliday => "bank holiday",
        DayKind::Weekend => return "weekend".to_owned(),
    };
    if day.label.is_empty() || day.label.eq_ignore_ascii_case(word) {
        format!("{word} ({})", day.source)
    } else {
        format!("{word}: {} ({})", day.label, day.source)
    }
}
