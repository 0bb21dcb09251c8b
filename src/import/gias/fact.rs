//! The text of one cell of the register to the text of one fact, in one spelling.
//!
//! Releases write many things for "nothing": a word, dots, a letter, a row of nines. All of them
//! become an empty fact here, so that nobody downstream meets a school in the phase "Z".

use super::columns::Kind;
use crate::import::day::{Order, day};
use crate::import::problem::Fault;
use crate::import::{cell, contact};

/// What the register writes where there is nothing to say.
pub fn is_filler(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let words = [
        "",
        "..",
        "z",
        "x999999",
        "not applicable",
        "does not apply",
        "not recorded",
    ];
    words.contains(&text.as_str())
}

/// What it writes in place of a code or an age.
fn is_code_filler(text: &str) -> bool {
    ["99", "999", "9999", "999999"].contains(&text.trim())
}

pub fn read_fact(text: &str, kind: Kind) -> Result<Option<String>, Fault> {
    // A count may well be 99: there only the words mean nothing.
    if is_filler(text) || (kind != Kind::Count && is_code_filler(text)) {
        return Ok(None);
    }
    match kind {
        Kind::Text => cell::line(text, 200),
        Kind::Postcode => Ok(cell::line(text, 12)?.map(|code| code.to_uppercase())),
        Kind::Code(digits) => cell::code(text, digits),
        Kind::Count | Kind::Age => Ok(cell::number(text)?.map(|number| number.to_string())),
        Kind::Metres => {
            let metres = cell::number(text)?.filter(|metres| *metres > 0);
            Ok(metres.map(|metres| metres.to_string()))
        }
        Kind::Day => Ok(day(text, Order::DayFirst)?.map(|day| day.to_string())),
        Kind::Ukprn => ukprn(text),
        Kind::Telephone => telephone(text),
        Kind::Website => website(text),
        // Read with its code and the ages.
        Kind::Phase => Ok(None),
    }
}

fn ukprn(text: &str) -> Result<Option<String>, Fault> {
    let code = cell::code(text, 8)?;
    if code.as_ref().is_some_and(|code| !code.starts_with('1')) {
        let rule = "A UKPRN has eight digits and begins with 1.";
        return Err(Fault::new(
            rule,
            "Look it up and correct it, or leave the cell empty.",
        ));
    }
    Ok(code)
}

fn telephone(text: &str) -> Result<Option<String>, Fault> {
    let phone = contact::phone(text)?;
    Ok(phone.map(|(phone, _)| phone))
}

/// Shown as a link one day, so nothing but a web address.
fn website(text: &str) -> Result<Option<String>, Fault> {
    let address = cell::line(text, 400)?;
    let scheme = address
        .as_deref()
        .and_then(|address| address.split_once(':'));
    let web = scheme.is_none_or(|(scheme, rest)| {
        let port = rest
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit());
        port || ["http", "https"].contains(&scheme.to_lowercase().as_str())
    });
    if web {
        return Ok(address);
    }
    Err(Fault::new(
        "This is not the address of a website.",
        "Correct it, or leave the cell empty.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, kind: Kind) -> Option<String> {
        read_fact(text, kind).unwrap()
    }

    #[test]
    fn whatever_the_register_writes_for_nothing_is_nothing() {
        for filler in [
            "",
            " ",
            "Not applicable",
            "Does not apply",
            "not recorded",
            "..",
            "Z",
            "X999999",
        ] {
            for kind in [
                Kind::Text,
                Kind::Code(3),
                Kind::Age,
                Kind::Count,
                Kind::Day,
                Kind::Metres,
            ] {
                assert_eq!(read(filler, kind), None, "{filler:?} {kind:?}");
            }
        }
        for filler in ["99", "999", "9999", "999999"] {
            assert_eq!(read(filler, Kind::Code(4)), None, "{filler}");
            assert_eq!(read(filler, Kind::Text), None, "{filler}");
        }
        assert_eq!(
            read("0", Kind::Metres),
            None,
            "an unknown place is written as 0"
        );
        assert_eq!(
            read("99", Kind::Count).as_deref(),
            Some("99"),
            "99 pupils are 99 pupils"
        );
    }

    #[test]
    fn values_come_to_one_spelling() {
        for (found, kind, ours) in [
            ("7", Kind::Code(3), "007"),
            ("42", Kind::Code(4), "0042"),
            ("01-09-2012", Kind::Day, "2012-09-01"),
            ("01/09/2012", Kind::Day, "2012-09-01"),
            ("2012-09-01", Kind::Day, "2012-09-01"),
            ("0237", Kind::Count, "237"),
            ("12.5", Kind::Text, "12.5"),
            ("nq7 4ab", Kind::Postcode, "NQ7 4AB"),
            ("1632960001", Kind::Telephone, "01632960001"),
            ("www.alder.example", Kind::Website, "www.alder.example"),
            (
                "HTTP://alder.example/a:b",
                Kind::Website,
                "HTTP://alder.example/a:b",
            ),
            ("alder.example:8080", Kind::Website, "alder.example:8080"),
            ("10068732", Kind::Ukprn, "10068732"),
        ] {
            assert_eq!(read(found, kind).as_deref(), Some(ours), "{found}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (found, kind) in [
            ("javascript:alert(1)", Kind::Website),
            ("20068732", Kind::Ukprn),
            ("1.00687E+07", Kind::Ukprn),
            ("41153", Kind::Day),
            ("31-02-2012", Kind::Day),
            ("12-31-2012", Kind::Day),
            ("20a", Kind::Code(3)),
            ("many", Kind::Count),
            ("line\nbreak", Kind::Text),
        ] {
            assert!(read_fact(found, kind).is_err(), "{found}");
        }
    }
}
