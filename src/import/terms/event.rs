//! One event of a calendar: its title and its days, or why they cannot be used.

use chrono::{Days, NaiveDateTime};
use chrono_tz::Tz;

use super::content_line::{Component, Line};
use super::words::{Edge, Meaning, meaning};
use crate::core::calendar::day::PeriodKind;
use crate::core::time::{Date, say_date};
use crate::import::cell;
use crate::import::problem::{Fault, printable};

/// What is made of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    Period {
        kind: PeriodKind,
        title: String,
        from: Date,
        to: Date,
    },
    Edge {
        edge: Edge,
        title: String,
        on: Date,
    },
    /// It is nothing to us, with the words that say so.
    LeftOut(String),
}

/// Properties that make one event several.
const REPEATING: [&str; 4] = ["RRULE", "RDATE", "EXRULE", "RECURRENCE-ID"];

enum When {
    Days { from: Date, to: Date },
    Timed { unknown_zone: Option<String> },
}

pub fn read(event: &Component) -> Result<Reading, Fault> {
    let title = event.find("SUMMARY").map(Line::unescaped);
    let title = cell::line(&title.unwrap_or_default(), 200)?.unwrap_or_default();
    let quoted = format!("\"{}\"", printable(&title));
    if event
        .find("STATUS")
        .is_some_and(|status| is(status, "CANCELLED"))
    {
        return Ok(Reading::LeftOut(format!(
            "left out: {quoted}: it was cancelled"
        )));
    }
    // A title that would be understood, whatever its length.
    let concerns = [1, 2]
        .iter()
        .any(|days| meaning(&title, *days) != Meaning::Nothing);
    let mut lines = event.lines.iter();
    if let Some(repeats) = lines.find(|line| REPEATING.contains(&line.name.as_str())) {
        if concerns {
            return Err(Fault::new(
                format!("The event {quoted} repeats ({}).", repeats.name),
                "Term dates are read as single events: enter each occurrence as an event of its \
                 own, or write the dates in a spreadsheet.",
            ));
        }
        return Ok(Reading::LeftOut(format!("left out: {quoted}: it repeats")));
    }
    let (from, to) = match when(event, &quoted)? {
        When::Days { from, to } => (from, to),
        When::Timed { unknown_zone } if concerns => return Err(timed(&quoted, unknown_zone)),
        When::Timed { .. } => {
            return Ok(Reading::LeftOut(format!(
                "left out: {quoted}: it has a time of day"
            )));
        }
    };
    Ok(match meaning(&title, (to - from).num_days() + 1) {
        Meaning::Kind(kind) => Reading::Period {
            kind,
            title,
            from,
            to,
        },
        Meaning::Edge(edge) => Reading::Edge {
            edge,
            title,
            on: from,
        },
        Meaning::Nothing => Reading::LeftOut(format!(
            "left out: {quoted} on {}: not understood as a term, holiday, INSET day or bank holiday",
            say_date(from)
        )),
    })
}

fn timed(quoted: &str, unknown_zone: Option<String>) -> Fault {
    let zone = unknown_zone.map_or(String::new(), |zone| {
        format!(
            " in the time zone \"{}\", which is not known",
            printable(&zone)
        )
    });
    Fault::new(
        format!("The event {quoted} has a time of day{zone}."),
        "Mark it as \"all day\" in the calendar and export again.",
    )
}

fn is(line: &Line, text: &str) -> bool {
    line.text.trim().eq_ignore_ascii_case(text)
}

fn when(event: &Component, quoted: &str) -> Result<When, Fault> {
    let again = "Correct the event in the calendar and export again.";
    let Some(start) = event.find("DTSTART") else {
        let rule = format!("The event {quoted} has no first day (DTSTART).");
        return Err(Fault::new(rule, again));
    };
    let end = event.find("DTEND");
    let duration = event.find("DURATION");
    if end.is_some() && duration.is_some() {
        let rule = format!("The event {quoted} has both an end and a duration.");
        return Err(Fault::new(rule, again));
    }
    let from = moment(start, quoted)?;
    let end = end.map(|end| moment(end, quoted)).transpose()?;
    match (from, end) {
        (Moment::Day(from), None) => {
            let days = duration.map_or(Ok(1), |duration| days(duration, quoted))?;
            let to = from.checked_add_days(Days::new(days.max(1) - 1));
            let to = to.unwrap_or(Date::MAX);
            Ok(When::Days { from, to })
        }
        // The end is the day after the last; some programs write the last day itself.
        (Moment::Day(from), Some(Moment::Day(end))) if end >= from => {
            let to = end.pred_opt().unwrap_or(end).max(from);
            Ok(When::Days { from, to })
        }
        (Moment::Time { at: from, zone }, Some(Moment::Time { at: end, .. })) if end >= from => {
            Ok(When::Timed { unknown_zone: zone })
        }
        (Moment::Time { zone, .. }, None) => Ok(When::Timed { unknown_zone: zone }),
        (Moment::Day(_), Some(Moment::Day(_)))
        | (Moment::Time { .. }, Some(Moment::Time { .. })) => {
            let rule = format!("The event {quoted} ends before it begins.");
            Err(Fault::new(rule, again))
        }
        (Moment::Day(_), Some(Moment::Time { .. }))
        | (Moment::Time { .. }, Some(Moment::Day(_))) => {
            let rule = format!("The event {quoted} begins or ends at a time of day, but not both.");
            Err(Fault::new(rule, again))
        }
    }
}

enum Moment {
    Day(Date),
    Time {
        at: NaiveDateTime,
        /// The name of a zone that nobody knows.
        zone: Option<String>,
    },
}

fn moment(line: &Line, quoted: &str) -> Result<Moment, Fault> {
    let text = line.text.trim();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let day = || Date::parse_from_str(text, "%Y%m%d").ok();
    if text.len() == 8
        && digits(text)
        && let Some(day) = day()
    {
        return Ok(Moment::Day(day));
    }
    let whole = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let shaped = whole.len() == 15 && digits(&whole.replacen(['T', 't'], "", 1));
    let at = NaiveDateTime::parse_from_str(&whole.to_uppercase(), "%Y%m%dT%H%M%S");
    if let (true, Ok(at)) = (shaped, at) {
        let zone = line.parameter("TZID");
        let zone = zone.filter(|zone| zone.parse::<Tz>().is_err());
        let zone = zone.map(str::to_owned);
        return Ok(Moment::Time { at, zone });
    }
    Err(Fault::new(
        format!(
            "The event {quoted} has \"{}\" as {}, which is no day and no time.",
            printable(text),
            line.name
        ),
        "Correct the event in the calendar and export again.",
    ))
}

/// Whole days: `P5D`, `P2W`.
fn days(duration: &Line, quoted: &str) -> Result<u64, Fault> {
    let text = duration.text.trim().to_uppercase();
    let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number <= 10_000);
    let body = text.strip_prefix("+").unwrap_or(&text).strip_prefix('P');
    let days = body.and_then(|body| {
        let (number_of, each) = match body.strip_suffix('W') {
            Some(weeks) => (weeks, 7),
            None => (body.strip_suffix('D')?, 1),
        };
        Some(number(number_of)? * each)
    });
    days.ok_or_else(|| {
        let text = printable(&duration.text);
        Fault::new(
            format!("The event {quoted} lasts \"{text}\", which is no number of whole days."),
            "Give it a last day in the calendar and export again.",
        )
    })
}
