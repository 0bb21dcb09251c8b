//! `10 school days before plan.date` and its like, from words to parts.
//!
//! `due` and `opens` share one grammar; a rung's `at` adds `due` as an anchor and `on the day`.
//! No hours, weeks or terms on purpose: the message says what to write instead.

use std::ops::Range;

use super::{Name, Token, Unreadable, tokens};
use crate::core::definition::dates::{Side, Span, Unit};

/// A date rule whose anchors are still names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatePhrase {
    Budget(Span),
    Offset(Span, Side, Name),
    On(Name),
    Halfway(Name, Name),
}

/// The moment of a rung, likewise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RungPhrase {
    OnTheDay,
    FromDue(Span, Side),
    From(Span, Side, Name),
}

const GRAMMAR: &str = "A date is `10 school days`, `5 school days before plan.date`, \
                       `on plan.date` or `halfway between A and B`.";
const RUNG_GRAMMAR: &str =
    "A rung is `on the day`, `3 school days after due` or `5 school days before plan.date`.";

/// `due` and `opens`.
pub fn parse_date(text: &str) -> Result<DatePhrase, Unreadable> {
    let words = tokens(text);
    let spell: Vec<_> = words.iter().map(|word| word.text).collect();
    match spell.as_slice() {
        ["on", _] => Ok(DatePhrase::On(anchor(&words[1])?)),
        ["halfway", "between", _, "and", _] => {
            Ok(DatePhrase::Halfway(anchor(&words[2])?, anchor(&words[4])?))
        }
        [first, ..] if starts_number(first) => match counted(&words, text)? {
            (span, None) => Ok(DatePhrase::Budget(span)),
            (_, Some((_, name))) if name.text == "due" => Err(Unreadable::new(
                name.range,
                "only a rung can count from `due`",
            )),
            (span, Some((side, name))) => Ok(DatePhrase::Offset(span, side, name)),
        },
        _ => Err(Unreadable::new(0..text.len(), format!("`{text}` is no date")).hint(GRAMMAR)),
    }
}

/// `at` of a rung.
pub fn parse_rung(text: &str) -> Result<RungPhrase, Unreadable> {
    let words = tokens(text);
    let spell: Vec<_> = words.iter().map(|word| word.text).collect();
    let unclear = || {
        Unreadable::new(0..text.len(), format!("`{text}` is no moment of a rung"))
            .hint(RUNG_GRAMMAR)
    };
    match spell.as_slice() {
        ["on", "the", "day"] => Ok(RungPhrase::OnTheDay),
        [first, ..] if starts_number(first) => match counted(&words, text)? {
            (_, None) => Err(unclear()),
            (span, Some((side, name))) if name.text == "due" => Ok(RungPhrase::FromDue(span, side)),
            (span, Some((side, name))) => Ok(RungPhrase::From(span, side, name)),
        },
        _ => Err(unclear()),
    }
}

fn starts_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit() || first == '-')
}

/// `N UNIT`, perhaps `at both`, perhaps `before|after ANCHOR`.
fn counted(words: &[Token], text: &str) -> Result<(Span, Option<(Side, Name)>), Unreadable> {
    let days: u32 = words[0].text.parse().map_err(|_| {
        Unreadable::new(
            words[0].range(),
            format!("`{}` is no number of days", words[0].text),
        )
    })?;
    let (unit, used) = unit(days, words, text)?;
    let mut rest = &words[1 + used..];
    let both = rest.len() >= 2 && rest[0].text == "at" && rest[1].text == "both";
    if both {
        rest = &rest[2..];
    }
    let span = Span { days, unit, both };
    check_size(span, words[0].at..words[used].range().end)?;
    let side = match rest.first().map(|word| word.text) {
        None => return Ok((span, None)),
        Some("before") => Side::Before,
        Some("after") => Side::After,
        Some(other) => {
            let message = format!("`{other}`: `before` or `after` is meant here");
            return Err(Unreadable::new(rest[0].range(), message).hint(GRAMMAR));
        }
    };
    match &rest[1..] {
        [name] => Ok((span, Some((side, anchor(name)?)))),
        [] => Err(Unreadable::new(
            rest[0].range(),
            format!("{} what?", rest[0].text),
        )),
        [_, more, ..] => Err(Unreadable::new(
            more.at..text.len(),
            "nothing may follow the date it counts from",
        )),
    }
}

/// The unit and how many words it takes.
fn unit(days: u32, words: &[Token], text: &str) -> Result<(Unit, usize), Unreadable> {
    let word = |at: usize| words.get(at).map(|word| word.text);
    let is_day = |at: usize| matches!(word(at), Some("day" | "days"));
    match word(1) {
        Some("school") if is_day(2) => return Ok((Unit::SchoolDays, 2)),
        Some("working") if is_day(2) => return Ok((Unit::WorkingDays, 2)),
        Some("day" | "days") => return Ok((Unit::CalendarDays, 1)),
        _ => {}
    }
    let Some(wrong) = words.get(1) else {
        return Err(Unreadable::new(0..text.len(), format!("{days} what?")).hint(GRAMMAR));
    };
    let say = |unit: Unit| {
        let tail = &text[wrong.range().end..];
        let tail = tail.trim_start_matches(" days").trim_start_matches(" day");
        format!("say `{days} {}{tail}`", unit.say(days))
    };
    let lower = wrong.text.to_lowercase();
    let hint = if lower.starts_with("school") || lower.starts_with("shool") {
        say(Unit::SchoolDays)
    } else if lower.starts_with("work") {
        say(Unit::WorkingDays)
    } else if lower.starts_with("week") {
        format!(
            "a week is 5 school days: `{} school days`",
            days.saturating_mul(5)
        )
    } else if lower.starts_with("term") {
        format!(
            "a term is about 65 school days: `{} school days`",
            days.saturating_mul(65)
        )
    } else if lower.starts_with("hour") {
        "48 hours is 2 working days".to_owned()
    } else {
        "the units are school days, working days and days".to_owned()
    };
    let message = format!("\"{text}\": {hint}");
    Err(Unreadable::new(wrong.range(), message))
}

/// Nothing is due in no time, and nothing in more than four years.
fn check_size(span: Span, range: Range<usize>) -> Result<(), Unreadable> {
    let most = match span.unit {
        Unit::SchoolDays => 4 * 195,
        Unit::WorkingDays => 4 * 261,
        Unit::CalendarDays => 4 * 365 + 1,
    };
    let said = format!("{} {}", span.days, span.unit.say(span.days));
    if span.days == 0 {
        let hint = "Count from 1, or say `on`.";
        return Err(Unreadable::new(range, format!("`{said}` is no time at all")).hint(hint));
    }
    if span.days > most {
        return Err(Unreadable::new(
            range,
            format!("`{said}` is more than four years"),
        ));
    }
    Ok(())
}

fn anchor(word: &Token) -> Result<Name, Unreadable> {
    let right = word.text.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    });
    if right {
        return Ok(word.name());
    }
    Err(Unreadable::new(
        word.range(),
        format!("`{}` is no step, field or date", word.text),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn school(days: u32) -> Span {
        Span {
            days,
            unit: Unit::SchoolDays,
            both: false,
        }
    }

    #[test]
    fn dates_say_what_they_say() {
        let name = |text: &str, at: usize| Name {
            text: text.into(),
            range: at..at + text.len(),
        };
        for (text, want) in [
            ("10 school days", DatePhrase::Budget(school(10))),
            ("1 school day", DatePhrase::Budget(school(1))),
            (
                "5 working days after plan.date",
                DatePhrase::Offset(
                    Span {
                        days: 5,
                        unit: Unit::WorkingDays,
                        both: false,
                    },
                    Side::After,
                    name("plan.date", 21),
                ),
            ),
            (
                "2 days at both before dates.showcase",
                DatePhrase::Offset(
                    Span {
                        days: 2,
                        unit: Unit::CalendarDays,
                        both: true,
                    },
                    Side::Before,
                    name("dates.showcase", 22),
                ),
            ),
            ("on book.date", DatePhrase::On(name("book.date", 3))),
            (
                "halfway between a and b.c",
                DatePhrase::Halfway(name("a", 16), name("b.c", 22)),
            ),
        ] {
            assert_eq!(parse_date(text), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_says_what_to_write() {
        for (text, want) in [
            (
                "5 schooldays before x",
                "\"5 schooldays before x\": say `5 school days before x`",
            ),
            ("5 workdays", "\"5 workdays\": say `5 working days`"),
            (
                "2 weeks",
                "\"2 weeks\": a week is 5 school days: `10 school days`",
            ),
            (
                "1 term after x",
                "\"1 term after x\": a term is about 65 school days: `65 school days`",
            ),
            ("0 school days", "`0 school days` is no time at all"),
            (
                "900 school days",
                "`900 school days` is more than four years",
            ),
            ("soon", "`soon` is no date"),
            ("5", "5 what?"),
            ("5 school days before", "before what?"),
            (
                "5 school days from x",
                "`from`: `before` or `after` is meant here",
            ),
            (
                "5 school days before x y",
                "nothing may follow the date it counts from",
            ),
            ("3 days before due", "only a rung can count from `due`"),
            ("on x[1]", "`x[1]` is no step, field or date"),
            ("-3 days", "`-3` is no number of days"),
            ("99999999999 days", "`99999999999` is no number of days"),
        ] {
            assert_eq!(parse_date(text).unwrap_err().message, want, "{text}");
        }
    }

    #[test]
    fn a_rung_counts_from_due_from_a_date_or_is_on_the_day() {
        assert_eq!(parse_rung("on the day"), Ok(RungPhrase::OnTheDay));
        assert_eq!(
            parse_rung("3 school days after due"),
            Ok(RungPhrase::FromDue(school(3), Side::After))
        );
        assert!(matches!(
            parse_rung("1 school day before plan.date"),
            Ok(RungPhrase::From(..))
        ));
        assert!(parse_rung("3 school days").is_err());
        assert!(parse_rung("on plan.date").is_err());
    }
}
