//! Term dates from a file: a spreadsheet, a calendar (.ics), or a plain page of YAML.
//!
//! Each reader makes [`Told`] periods, [`sound`] checks what holds for all of them, and
//! [`super::plan`] compares with the calendars that there are. What cannot be understood is a
//! problem or a note, never passed over in silence: a half-term that is missing would be counted as
//! school days. Nothing that a file refers to (pictures, addresses) is ever fetched.
//!
//! To add a format: a reader beside these, and its mark in [`Format::of`].

mod calendar;
mod content_line;
mod event;
mod kinds;
mod page;
mod pairs;
mod sound;
mod spreadsheet;
mod words;

use super::encoding::Encoding;
use super::problem::{Fault, Findings, Place};
use super::report::Unit;
use crate::core::calendar::bank_holidays::Division;
use crate::core::calendar::day::Period;
use crate::core::names::Urn;

/// What a file says of days; good only if it has no problem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermsFile {
    pub told: Vec<Told>,
    pub division: Option<Division>,
    /// Each row says of which school it is.
    pub by_school: bool,
    pub read: u64,
    pub unit: Unit,
    pub encoding: Option<Encoding>,
    pub findings: Findings,
}

/// One period, with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub place: Place,
    /// Of this school, where the file says it row by row.
    pub school: Option<Urn>,
    pub period: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Spreadsheet,
    Calendar,
    Page,
}

/// What is larger is no list of term dates.
const MOST_BYTES: usize = 1024 * 1024;

/// Reads a file. `name` is how its periods will say where they come from; `only` picks one of the
/// owners in a spreadsheet of several.
pub fn read_terms(name: &str, bytes: &[u8], only: Option<&str>) -> TermsFile {
    let mut file = TermsFile::default();
    if bytes.len() > MOST_BYTES {
        let fault = Fault::new(
            "The file is larger than 1 MB.",
            "Export only the term dates of one school year or two.",
        );
        file.findings.row(None, fault);
        return file;
    }
    let format = Format::of(name, bytes);
    if only.is_some() && format != Format::Spreadsheet {
        let rule = "Only a spreadsheet with the column \"calendar_owner\" tells of several owners.";
        file.findings
            .row(None, Fault::new(rule, "Leave --only out."));
    }
    match format {
        Format::Spreadsheet => spreadsheet::read(name, bytes, only, &mut file),
        Format::Calendar => read_text(&whole_letters(bytes), &mut file, |text, file| {
            calendar::read(name, text, file);
        }),
        Format::Page => read_text(bytes, &mut file, |text, file| page::read(name, text, file)),
    }
    sound::check(&mut file);
    file
}

impl Format {
    fn of(name: &str, bytes: &[u8]) -> Self {
        let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let start = start.trim_ascii_start();
        let begins = start.get(..6);
        if begins.is_some_and(|begins| begins.eq_ignore_ascii_case(b"BEGIN:")) {
            return Self::Calendar;
        }
        let ending = name.rsplit('.').next().unwrap_or_default();
        match ending.to_lowercase().as_str() {
            "ics" | "ical" | "ifb" | "icalendar" => Self::Calendar,
            "yaml" | "yml" => Self::Page,
            _ => Self::Spreadsheet,
        }
    }
}

/// Lines of a calendar are folded after so many bytes, by some programs in the middle of a letter:
/// those are put together again. No letter begins with such a byte.
fn whole_letters(bytes: &[u8]) -> Vec<u8> {
    let mut whole: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, others @ ..] = rest {
        let fold = [&b"\r\n "[..], b"\r\n\t", b"\n ", b"\n\t"];
        let folded = fold.iter().find_map(|fold| rest.strip_prefix(*fold));
        match folded {
            Some(after)
                if after
                    .first()
                    .is_some_and(|byte| matches!(byte, 0x80..=0xBF)) =>
            {
                rest = after;
            }
            _ => {
                whole.push(*first);
                rest = others;
            }
        }
    }
    whole
}

fn read_text(bytes: &[u8], file: &mut TermsFile, read: impl FnOnce(&str, &mut TermsFile)) {
    let unmarked = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(unmarked) else {
        let rule = "The file is not written in UTF-8.";
        let way_out = "Export it again, or open it in a text editor and save it as UTF-8.";
        file.findings.row(None, Fault::new(rule, way_out));
        return;
    };
    if text.trim().is_empty() {
        let fault = Fault::new("The file is empty.", "Check that it is the right file.");
        file.findings.row(None, fault);
        return;
    }
    file.encoding = Some(Encoding::Utf8);
    read(text, file);
}

#[cfg(test)]
mod calendar_tests;
#[cfg(test)]
mod tests;
