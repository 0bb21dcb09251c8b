//! Cells that are an email address or a telephone number.
//!
//! An address is what makes two rows the same person, so it is brought to one spelling: trimmed
//! and in lower case. It is checked for what mail would stumble over, not for being deliverable.
//! Letters of other alphabets are allowed on both sides of the @.

use super::cell::{line, refuse_scientific};
use super::problem::Fault;

/// RFC 5321: the longest address that can be written into a mail.
const LONGEST_EMAIL: usize = 254;
const LONGEST_LOCAL_PART: usize = 64;

/// One address, in lower case; `None` for an empty cell.
pub fn email(text: &str) -> Result<Option<String>, Fault> {
    let Some(text) = line(text, 2000)? else {
        return Ok(None);
    };
    if text.contains([',', ';']) {
        return Err(Fault::new(
            "The cell holds a comma or a semicolon, so it may be two addresses.",
            "Write one address. A second one of the same person is not kept.",
        ));
    }
    if text.contains(['<', '>', '"', '(', ')', '[', ']', '\\', ':']) || text.contains(' ') {
        return Err(Fault::new(
            "An address has no spaces, brackets, colons or quotes.",
            "Write the bare address, like jo.smith@school.example.",
        ));
    }
    let email = text.to_lowercase();
    if email.len() > LONGEST_EMAIL {
        let rule = format!("An address has at most {LONGEST_EMAIL} characters.");
        return Err(Fault::new(rule, "Check it with its owner."));
    }
    let parts: Vec<&str> = email.split('@').collect();
    let good = match parts.as_slice() {
        [local, domain] => dotted(local) && local.len() <= LONGEST_LOCAL_PART && is_domain(domain),
        _ => false,
    };
    if !good {
        return Err(Fault::new(
            "An address has one @, a name before it and a domain after it.",
            "Check it with its owner.",
        ));
    }
    Ok(Some(email))
}

/// A telephone number, and whether a leading zero that the spreadsheet took was put back.
pub fn phone(text: &str) -> Result<Option<(String, bool)>, Fault> {
    let Some(text) = line(text, 40)? else {
        return Ok(None);
    };
    refuse_scientific(&text)?;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let lower = text.to_lowercase();
    let bare = lower.replace("ext", "").replace('x', "");
    let allowed = |letter: char| letter.is_ascii_digit() || " +-()./".contains(letter);
    if digits < 3 || !bare.chars().all(allowed) {
        return Err(Fault::new(
            "This is not a telephone number.",
            "Write digits and spaces, like 01632 960 001 or +44 1632 960001 ext 12.",
        ));
    }
    // Ten digits that do not begin with zero: a British number that was kept as a number.
    let lost = digits == 10 && text.len() == 10 && !text.starts_with('0');
    Ok(Some(if lost {
        (format!("0{text}"), true)
    } else {
        (text, false)
    }))
}

fn dotted(part: &str) -> bool {
    part.split('.').all(|label| !label.is_empty())
}

fn is_domain(domain: &str) -> bool {
    let good = |label: &str| {
        let letters = label
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || !c.is_ascii());
        letters && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_brought_to_one_spelling() {
        let same = Ok(Some("jo.o'brien@school.example".to_owned()));
        assert_eq!(email(" Jo.O'Brien@School.EXAMPLE\u{a0}"), same);
        let other = email("ŁUCJA@szkoła.example");
        assert_eq!(other, Ok(Some("łucja@szkoła.example".to_owned())));
    }

    #[test]
    fn what_mail_would_stumble_over_is_no_address() {
        let long = format!("{}@{}.example", "a".repeat(60), "b".repeat(300));
        let local = format!("{}@school.example", "a".repeat(65));
        for wrong in [
            "jo@school.example,sam@school.example",
            "jo@school.example; sam@school.example",
            "jo@school.example\nbcc: x@y.example",
            "Jo Smith <jo@school.example>",
            "mailto:jo@school.example",
            "jo smith@school.example",
            "\"jo\"@school.example",
            "jo@@school.example",
            "jo@school@example.example",
            "jo.school.example",
            "@school.example",
            "jo@",
            "jo@school",
            "jo@.example",
            "jo..smith@school.example",
            "jo@-school.example",
            "jo@sch_ool.example",
            "jo\u{202e}@school.example",
            &long,
            &local,
        ] {
            assert!(email(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_telephone_number_is_kept_as_it_is_written() {
        for good in [
            "01632 960 001",
            "+44 (0)1632 960001 ext 12",
            "01632-960001 x3",
        ] {
            assert_eq!(phone(good), Ok(Some((good.to_owned(), false))));
        }
        let restored = Ok(Some(("01632960001".to_owned(), true)));
        assert_eq!(phone("1632960001"), restored);
        for wrong in ["1.63296E+09", "1.23E+11", "ask the office", "12", "=1+1"] {
            assert!(phone(wrong).is_err(), "{wrong}");
        }
    }
}
