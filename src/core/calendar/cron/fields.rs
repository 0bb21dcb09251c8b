//! The five fields as people write them, read strictly: what programs understand differently is
//! refused, so that a schedule means here what its author meant.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::{CronError, LONGEST};

/// Monday first, as the field counts its weeks.
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// One of the four that hold numbers.
struct Field {
    name: &'static str,
    range: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
}

const MINUTE: Field = Field {
    name: "minute",
    range: "0 to 59",
    first: 0,
    last: 59,
    names: &[],
};
const HOUR: Field = Field {
    name: "hour",
    range: "0 to 23",
    first: 0,
    last: 23,
    names: &[],
};
const DAY: Field = Field {
    name: "day of the month",
    range: "1 to 31",
    first: 1,
    last: 31,
    names: &[],
};
const MONTH: Field = Field {
    name: "month",
    range: "1 to 12 or Jan to Dec",
    first: 1,
    last: 12,
    names: &MONTHS,
};

/// What a text says, with nothing in it that the crate reads in a way of its own.
pub(super) struct Fields {
    /// As it was written, with single spaces.
    pub text: String,
    pub day: String,
    pub month: String,
    pub every_hour: bool,
    lists: [String; 5],
}

impl Fields {
    /// As the `cron` crate wants it: the second first, every list in full.
    pub fn for_crate(&self) -> String {
        format!("0 {}", self.lists.join(" "))
    }
}

impl FromStr for Fields {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        if text.len() > LONGEST {
            return Err(CronError::Long);
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        if let Some(word) = words.first().filter(|word| word.starts_with('@')) {
            return Err(CronError::Word((*word).to_owned()));
        }
        let [minute, hour, day, month, weekday] = words[..] else {
            return Err(CronError::Fields(words.len()));
        };
        let hours = HOUR.read(hour)?;
        let lists = [
            list(&MINUTE.read(minute)?),
            list(&hours),
            whole(day, &DAY)?,
            whole(month, &MONTH)?,
            weekdays(weekday)?,
        ];
        if lists[2] != "*" && lists[4] != "*" {
            return Err(CronError::TwoKindsOfDay {
                day: day.to_owned(),
                weekday: weekday.to_owned(),
            });
        }
        Ok(Self {
            text: words.join(" "),
            day: day.to_owned(),
            month: month.to_owned(),
            every_hour: hours.len() == 24,
            lists,
        })
    }
}

fn list(numbers: &BTreeSet<u32>) -> String {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    numbers.join(",")
}

/// A list, or `*` where it holds all there are.
fn whole(word: &str, field: &Field) -> Result<String, CronError> {
    let numbers = field.read(word)?;
    let all = (field.first..=field.last).eq(numbers.iter().copied());
    Ok(if all { "*".to_owned() } else { list(&numbers) })
}

impl Field {
    fn read(&self, word: &str) -> Result<BTreeSet<u32>, CronError> {
        let mut numbers = BTreeSet::new();
        for item in word.split(',') {
            numbers.extend(self.item(item)?);
        }
        Ok(numbers)
    }

    /// `*`, `a`, `a-b`, and the last of these and the first with `/n`.
    fn item(&self, item: &str) -> Result<Vec<u32>, CronError> {
        let (field, word) = (self.name, item.to_owned());
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.first, self.last),
            Some((from, to)) => (self.number(from, item)?, self.number(to, item)?),
            None if step.is_some() => return Err(CronError::Step { field, word }),
            None => {
                let only = self.number(range, item)?;
                (only, only)
            }
        };
        if from > to {
            return Err(CronError::Backwards { field, word });
        }
        let step = match step.map(digits) {
            None => 1,
            Some(Some(step)) if (1..=self.last).contains(&step) => step,
            Some(_) => return Err(CronError::Step { field, word }),
        };
        let step = usize::try_from(step).unwrap_or(1);
        Ok((from..=to).step_by(step).collect())
    }

    fn number(&self, word: &str, item: &str) -> Result<u32, CronError> {
        let named = position(self.names, word).map(|at| at + self.first);
        let number = named.or_else(|| digits(word));
        number
            .filter(|number| (self.first..=self.last).contains(number))
            .ok_or_else(|| unknown(self, item))
    }
}

fn unknown(field: &Field, item: &str) -> CronError {
    let word = item.to_owned();
    if is_special(item) {
        let field = field.name;
        return CronError::Special { field, word };
    }
    CronError::Unknown {
        field: field.name,
        word,
        range: field.range,
    }
}

/// `L`, `15W`, `Fri#2`, `?`: not the `l` of a name.
fn is_special(item: &str) -> bool {
    let letters = item.trim_matches(|c: char| c.is_ascii_digit() || c == '-');
    item.contains(['#', '?']) || ["L", "W", "LW"].contains(&letters.to_uppercase().as_str())
}

/// One or two digits, without a sign.
fn digits(word: &str) -> Option<u32> {
    let plain = (1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|_| plain)
}

fn position(names: &[&str], word: &str) -> Option<u32> {
    let found = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(word))?;
    u32::try_from(found).ok()
}

/// Names, lists and ranges of them; the crate gets them one by one, because its week begins on
/// Sunday.
fn weekdays(word: &str) -> Result<String, CronError> {
    let mut days: BTreeSet<usize> = BTreeSet::new();
    for item in word.split(',') {
        let text = item.to_owned();
        if item == "*" {
            days.extend(0..7);
            continue;
        }
        if item.contains('/') {
            return Err(CronError::WeekdayStep(text));
        }
        if is_special(item) || item.to_uppercase().ends_with('L') {
            let field = "weekday";
            return Err(CronError::Special { field, word: text });
        }
        if item.contains(|c: char| c.is_ascii_digit()) {
            return Err(CronError::WeekdayNumber(text));
        }
        let (from, to) = item.split_once('-').unwrap_or((item, item));
        match (weekday(from), weekday(to)) {
            (Some(from), Some(to)) if from <= to => days.extend(from..=to),
            (Some(_), Some(_)) => return Err(CronError::WeekdayRange(text)),
            _ => return Err(CronError::Weekday(text)),
        }
    }
    if days.len() == 7 {
        return Ok("*".to_owned());
    }
    let names: Vec<&str> = days.into_iter().map(|day| WEEKDAYS[day]).collect();
    Ok(names.join(","))
}

/// `Mon` or `Monday`, in whatever case.
fn weekday(word: &str) -> Option<usize> {
    const LONG: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let found = position(&WEEKDAYS, word).or_else(|| position(&LONG, word))?;
    usize::try_from(found).ok()
}
