//! Bytes of a file to text: UTF-8 with or without a mark at its start, or Windows-1252.
//!
//! The register of schools comes as Windows-1252; people save UTF-8 with a mark, and old versions
//! of Excel save Windows-1252. Anything else is refused with the way out, because a wrong guess
//! would change names silently. Windows-1252 gives every byte a letter, so a file of two
//! encodings is found cell by cell with [`is_garbled`].

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use serde::Serialize;

use super::problem::Fault;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Encoding {
    #[serde(rename = "UTF-8")]
    Utf8,
    #[serde(rename = "Windows-1252")]
    Windows1252,
}

impl Encoding {
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

const SAVE_AS_CSV: &str = "Open it in the spreadsheet program and save it as \"CSV UTF-8\".";

/// The text of a file without its mark, and how it was encoded.
pub fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Fault> {
    refuse_other_formats(bytes)?;
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return match std::str::from_utf8(rest) {
            Ok(text) => Ok((Cow::Borrowed(text), Encoding::Utf8)),
            Err(error) => Err(mixed(rest, error.valid_up_to())),
        };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((Cow::Borrowed(text), Encoding::Utf8));
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok((text, Encoding::Windows1252))
}

/// Whether a piece of a Windows-1252 file is UTF-8 in truth, as `CafÃ©` is for "Café".
pub fn is_garbled(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let (bytes, _, unmappable) = WINDOWS_1252.encode(text);
    !unmappable && std::str::from_utf8(&bytes).is_ok()
}

/// What to say of a cell that [`is_garbled`].
pub fn garbled_fault() -> Fault {
    Fault::new(
        "The file is Windows-1252, but this cell was written as UTF-8, so its letters are wrong.",
        "Correct the letters in the spreadsheet and save the whole file as \"CSV UTF-8\".",
    )
}

fn refuse_other_formats(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || looks_utf_16(bytes) {
        return Err(Fault::new(
            "This file is UTF-16, which spreadsheets call \"Unicode text\".",
            SAVE_AS_CSV,
        ));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(Fault::new(
            "This is a zip file or an Excel workbook, not a CSV file.",
            "Unpack the zip, or open the workbook and save its sheet as \"CSV UTF-8\".",
        ));
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        let rule = "This is an old Excel workbook, not a CSV file.";
        return Err(Fault::new(rule, SAVE_AS_CSV));
    }
    let start = bytes.trim_ascii_start();
    let is = |tag: &[u8]| {
        start
            .get(..tag.len())
            .is_some_and(|s| s.eq_ignore_ascii_case(tag))
    };
    if is(b"<!doctype") || is(b"<html") {
        return Err(Fault::new(
            "This is a web page, not a CSV file.",
            "Download the file again; the page may say why the download did not work.",
        ));
    }
    Ok(())
}

/// Without a mark: every second byte of plain text is zero.
fn looks_utf_16(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(4096)];
    let zeros = |from: usize| {
        let every_second = start.iter().skip(from).step_by(2);
        every_second.filter(|byte| **byte == 0).count()
    };
    let most = start.len() / 2;
    most >= 2 && (zeros(0) * 10 >= most * 8) != (zeros(1) * 10 >= most * 8)
}

fn mixed(bytes: &[u8], valid_up_to: usize) -> Fault {
    let before = &bytes[..valid_up_to];
    let line = before.split(|byte| *byte == b'\n').count();
    Fault::new(
        format!("The file says that it is UTF-8, but line {line} is not: it mixes two encodings."),
        SAVE_AS_CSV,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        decode(bytes).unwrap_err().rule
    }

    #[test]
    fn utf_8_is_read_with_and_without_its_mark_and_windows_1252_as_it_is() {
        let expected = "St Éloi’s";
        let marked = [b"\xEF\xBB\xBF".as_slice(), expected.as_bytes()].concat();
        assert_eq!(decode(&marked).unwrap(), (expected.into(), Encoding::Utf8));
        let plain = decode(expected.as_bytes()).unwrap();
        assert_eq!(plain, (expected.into(), Encoding::Utf8));
        let old = decode(b"St \xC9loi\x92s").unwrap();
        assert_eq!(old, (expected.into(), Encoding::Windows1252));
    }

    #[test]
    fn utf_16_is_refused_with_the_way_out_marked_or_not() {
        let little: Vec<u8> = "URN,name"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let big: Vec<u8> = "URN,name"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        for body in [&little, &big, &[b"\xFF\xFE", little.as_slice()].concat()] {
            let fault = decode(body).unwrap_err();
            assert!(fault.rule.contains("UTF-16"), "{fault:?}");
            assert!(fault.way_out.contains("CSV UTF-8"), "{fault:?}");
        }
    }

    #[test]
    fn what_is_no_csv_file_is_named() {
        assert!(refused(b"PK\x03\x04....").contains("workbook"));
        assert!(refused(b"\xD0\xCF\x11\xE0....").contains("old Excel"));
        assert!(refused(b"\n<!DOCTYPE html><p>Sorry").contains("web page"));
    }

    #[test]
    fn a_file_of_two_encodings_is_refused_never_guessed() {
        let rule = refused(b"\xEF\xBB\xBFname\nCaf\xC3\xA9\nCaf\xE9\n");
        assert!(rule.contains("line 3"), "{rule}");
        assert!(is_garbled("CafÃ©") && is_garbled("Oâ€™Brien"));
        assert!(!is_garbled("Café") && !is_garbled("Cafe") && !is_garbled("Żółć"));
    }
}
