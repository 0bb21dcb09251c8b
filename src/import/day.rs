//! A cell that is a day.
//!
//! The register always writes the day before the month. Of a spreadsheet made by people nobody
//! knows: 03/04/2027 is 3 April in Britain and 4 March in an American Excel, so there only what
//! cannot be misread is accepted, and for the rest we ask. A year of two digits is never guessed.

use crate::core::time::Date;

use super::cell::line;
use super::problem::Fault;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The file is known to write the day first.
    DayFirst,
    /// Only dates that have one meaning.
    OneMeaning,
}

const AS_ISO: &str = "Write it as year-month-day, like 2027-04-03. In a spreadsheet, give the \
    column the number format yyyy-mm-dd before you save.";

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `2027-04-03`, `25/12/2027`, `25-12-2027`, `3 April 2027`, `3-Apr-2027`; midnight may follow.
pub fn day(text: &str, order: Order) -> Result<Option<Date>, Fault> {
    let Some(text) = line(text, 40)? else {
        return Ok(None);
    };
    let parts = parts(&text);
    let [first, middle, last] = parts.as_slice() else {
        return Err(not_a_date(&text));
    };
    if let Some(year) = year(first) {
        return build(year, digits(middle), digits(last)).map(Some);
    }
    let Some(year) = year(last) else {
        return Err(no_year(&parts));
    };
    if let Some(month) = month_by_name(middle) {
        return build(year, Some(month), digits(first)).map(Some);
    }
    let (Some(day), Some(month)) = (digits(first), digits(middle)) else {
        return Err(not_a_date(&text));
    };
    if order == Order::OneMeaning && day <= 12 && month <= 12 && day != month {
        let rule = "This could be day and month, or month and day.";
        return Err(Fault::new(rule, AS_ISO));
    }
    build(year, Some(month), Some(day)).map(Some)
}

fn parts(text: &str) -> Vec<&str> {
    let midnight = ["T00:00:00Z", "T00:00:00", " 00:00:00", " 00:00"];
    let found = midnight.iter().find_map(|time| text.strip_suffix(time));
    let text = found.unwrap_or(text);
    text.split(['-', '/', '.', ' '])
        .filter(|part| !part.is_empty())
        .collect()
}

fn digits(part: &str) -> Option<u32> {
    let good = part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    part.parse().ok().filter(|_| good)
}

fn year(part: &str) -> Option<i32> {
    let year = digits(part).filter(|_| part.len() == 4)?;
    i32::try_from(year).ok()
}

fn month_by_name(part: &str) -> Option<u32> {
    let part = part.to_lowercase();
    let part = if part == "sept" { "sep" } else { &part };
    let is = |month: &&str| part.len() >= 3 && month.starts_with(part);
    let place = MONTHS.iter().position(is)?;
    u32::try_from(place + 1).ok()
}

fn build(year: i32, month: Option<u32>, day: Option<u32>) -> Result<Date, Fault> {
    let date = month
        .zip(day)
        .and_then(|(month, day)| Date::from_ymd_opt(year, month, day));
    let date = date.ok_or_else(|| Fault::new("There is no such day.", AS_ISO))?;
    if (1200..2200).contains(&year) {
        return Ok(date);
    }
    Err(Fault::new("This year cannot be meant.", AS_ISO))
}

fn no_year(parts: &[&str]) -> Fault {
    let short = |part: &&&str| part.len() <= 2 && digits(part).is_some();
    let rule = if parts.last().iter().any(short) {
        "The year has two digits, so the date could be read in several ways."
    } else {
        "This is not a date."
    };
    Fault::new(rule, AS_ISO)
}

fn not_a_date(text: &str) -> Fault {
    let serial = text.len() >= 4 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let rule = if serial {
        "This is the number by which a spreadsheet counts days, not a date."
    } else {
        "This is not a date."
    };
    Fault::new(rule, AS_ISO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match day(text, Order::OneMeaning) {
            Ok(date) => date.map_or_else(|| "none".to_owned(), |date| date.to_string()),
            Err(fault) => fault.rule,
        }
    }

    #[test]
    fn dates_with_one_meaning_are_read_and_all_others_refused() {
        let several = "The year has two digits, so the date could be read in several ways.";
        let either = "This could be day and month, or month and day.";
        let serial = "This is the number by which a spreadsheet counts days, not a date.";
        let table = [
            ("", "none"),
            ("2027-04-03", "2027-04-03"),
            ("2027/4/3", "2027-04-03"),
            ("2027-04-03T00:00:00", "2027-04-03"),
            ("25/12/2027", "2027-12-25"),
            ("25-12-2027 00:00", "2027-12-25"),
            ("25.12.2027", "2027-12-25"),
            ("05/05/2027", "2027-05-05"),
            ("3 April 2027", "2027-04-03"),
            ("3-Apr-2027", "2027-04-03"),
            ("1 Sept 2027", "2027-09-01"),
            ("03/04/2027", either),
            ("03/04/27", several),
            ("3-Apr-27", several),
            ("27-04-03", several),
            ("31/02/2027", "There is no such day."),
            ("2027-02-29", "There is no such day."),
            ("12/25/2027", "There is no such day."),
            ("0001-01-01", "This year cannot be meant."),
            ("9999-12-31", "This year cannot be meant."),
            ("46481", serial),
            ("46481.5", serial),
            ("next term", "This is not a date."),
            ("September 2027", "This is not a date."),
            ("2027-04-03T09:00:00", "There is no such day."),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_register_writes_the_day_first() {
        let april = Date::from_ymd_opt(2027, 4, 3);
        assert_eq!(day("03-04-2027", Order::DayFirst), Ok(april));
        assert_eq!(day("03/04/2027", Order::DayFirst), Ok(april));
        assert!(day("03/04/27", Order::DayFirst).is_err());
    }
}
