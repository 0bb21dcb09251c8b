//! What a cell of text, a number or a code may be.
//!
//! Space around and doubled space within is no part of a value. Everything that hides in a text
//! (control characters, line breaks, marks that turn the direction of writing) is refused and not
//! stripped: nobody would know what was taken away. A formula is text like any other here; it is
//! guarded where it leaves again ([`super::export`]).

use super::problem::Fault;
use crate::core::words::is_hidden;

const RETYPE: &str = "Type the cell again by hand.";

/// One line of text of at most so many characters; `None` for an empty cell.
pub fn line(text: &str, longest: usize) -> Result<Option<String>, Fault> {
    let text = text.trim_matches(is_space);
    if let Some(hidden) = text.chars().find(|letter| is_hidden(*letter)) {
        return Err(hidden_fault(hidden));
    }
    let words: Vec<&str> = text
        .split(is_space)
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    if line.chars().count() > longest {
        let rule = format!("The text is longer than {longest} characters.");
        return Err(Fault::new(rule, "Shorten it."));
    }
    Ok(Some(line).filter(|line| !line.is_empty()))
}

/// A whole number that is not negative.
pub fn number(text: &str) -> Result<Option<u64>, Fault> {
    let Some(text) = line(text, 20)? else {
        return Ok(None);
    };
    refuse_scientific(&text)?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.map(Some).ok_or_else(|| {
        Fault::new(
            "This is not a whole number.",
            "Write digits only, or leave the cell empty.",
        )
    })
}

/// A number that is a name, of exactly so many digits. Zeros that a spreadsheet took from its
/// front are put back.
pub fn code(text: &str, digits: usize) -> Result<Option<String>, Fault> {
    let Some(text) = line(text, 20)? else {
        return Ok(None);
    };
    refuse_scientific(&text)?;
    if text.len() > digits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let rule = format!("This is not a code of {digits} digits.");
        return Err(Fault::new(
            rule,
            "Look it up and correct it, or leave the cell empty.",
        ));
    }
    Ok(Some(format!("{text:0>digits$}")))
}

/// The unique reference number of a school: six digits, the first not zero.
pub fn urn(text: &str) -> Result<Option<String>, Fault> {
    let Some(text) = line(text, 40)? else {
        return Ok(None);
    };
    let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && !text.starts_with('0') {
        return Ok(Some(text));
    }
    Err(Fault::new(
        "A URN has six digits.",
        "Look the school up in \"Get information about schools\".",
    ))
}

/// `1.23E+11` is what a spreadsheet shows of a long number; the digits behind it are lost.
pub fn refuse_scientific(text: &str) -> Result<(), Fault> {
    let mark = text.find(['E', 'e']);
    let scientific = mark.is_some_and(|mark| {
        let (front, back) = (&text[..mark], &text[mark + 1..]);
        let numeric = |part: &str, also: &str| {
            part.bytes().any(|byte| byte.is_ascii_digit())
                && part.chars().all(|c| c.is_ascii_digit() || also.contains(c))
        };
        numeric(front, ".,") && numeric(back, "+-")
    });
    if scientific {
        return Err(Fault::new(
            "The spreadsheet shortened a long number, and its last digits are lost.",
            "Format the column as text, type the number again, and save.",
        ));
    }
    Ok(())
}

fn is_space(letter: char) -> bool {
    matches!(
        letter,
        ' ' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}'
    )
}

fn hidden_fault(letter: char) -> Fault {
    let rule = match letter {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => "The cell holds a line break.".to_owned(),
        '\t' => "The cell holds a tab.".to_owned(),
        '\u{fffd}' => "A letter of the cell was lost when the file was saved.".to_owned(),
        other => format!(
            "The cell holds a character that does not show (U+{:04X}).",
            u32::from(other)
        ),
    };
    Fault::new(rule, RETYPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_around_and_doubled_space_is_no_part_of_a_text() {
        let read = line("\u{a0} Anne   Marie\u{2003}Smith ", 50);
        assert_eq!(read, Ok(Some("Anne Marie Smith".to_owned())));
        assert_eq!(line(" \u{a0} ", 50), Ok(None));
    }

    #[test]
    fn what_hides_in_a_text_is_refused_never_stripped() {
        for text in [
            "Jo\0",
            "Jo\nSmith",
            "Jo\r",
            "\tJo",
            "Jo\u{202e}htimS",
            "J\u{2066}o",
            "Jo\u{200b}",
            "Jo\u{1b}[2J",
            "Jo\u{85}",
            "Jo\u{fffd}",
        ] {
            assert!(line(text, 50).is_err(), "{text:?}");
        }
        assert!(
            line("=HYPERLINK(\"http://x.example\")", 50)
                .unwrap()
                .is_some()
        );
        assert!(line("Zoë Ó Briain-Nowak’s 李", 50).unwrap().is_some());
    }

    #[test]
    fn codes_get_their_leading_zeros_back() {
        assert_eq!(code("7", 3), Ok(Some("007".to_owned())));
        assert_eq!(code(" 2001 ", 4), Ok(Some("2001".to_owned())));
        assert_eq!(code("", 3), Ok(None));
        for wrong in ["1234", "20a", "2.0", "-1", "２０１"] {
            assert!(code(wrong, 3).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_that_the_spreadsheet_shortened_is_refused() {
        for text in ["1.23E+11", "1,23E+11", "4.42079E+11", "1E5", "2e-3"] {
            assert!(refuse_scientific(text).is_err(), "{text}");
            assert!(
                number(text).unwrap_err().rule.contains("shortened"),
                "{text}"
            );
        }
        for text in ["E", "1e", "e5", "W1E 5AB", "SE1", "Bee", "é"] {
            assert!(refuse_scientific(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_urn_has_six_digits() {
        assert_eq!(urn(" 900001"), Ok(Some("900001".to_owned())));
        for wrong in ["90001", "9000011", "090001", "900001.0", "9000O1"] {
            assert!(urn(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_whole_and_small_enough() {
        assert_eq!(number("0237"), Ok(Some(237)));
        for wrong in ["-1", "1,104", "3.5", "+3", "99999999999999999999"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
    }
}
