//! Our tables as CSV files for a spreadsheet: quoted, UTF-8 with its mark, and harmless.
//!
//! A spreadsheet runs a cell that begins like a formula, so such a cell gets a leading `'`, by
//! which it is text. [`unguard`] takes it off again, so that an exported file can be imported.

use std::borrow::Cow;

/// The cell as it may stand in a file that a spreadsheet opens.
pub fn guard(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(is_dangerous) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

/// What was meant by a cell that [`guard`] wrote.
pub fn unguard(cell: &str) -> &str {
    let inner = cell.strip_prefix('\'');
    inner
        .filter(|inner| inner.starts_with(is_dangerous))
        .unwrap_or(cell)
}

/// A whole file: a header, and rows as wide as the header.
pub fn to_csv<'a>(
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<Cow<'a, str>>>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xEF\xBB\xBF".to_vec());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| guard(cell).into_owned()))?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

fn is_dangerous(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_becomes_text_and_comes_back() {
        for cell in [
            "=1+1",
            "+44 1632 960001",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\0x",
        ] {
            assert_eq!(guard(cell), format!("'{cell}"));
            assert_eq!(unguard(&guard(cell)), cell);
        }
        for cell in ["", "Jo", "'tis", "a=b", " =1"] {
            assert_eq!(guard(cell), cell);
            assert_eq!(unguard(cell), cell);
        }
    }

    #[test]
    fn a_file_opens_in_a_spreadsheet_with_its_letters_and_without_running_anything() {
        let row = vec!["=HYPERLINK(\"http://x.example\")".into(), "Zoë".into()];
        let bytes = to_csv(&["name", "first"], [row]).unwrap();
        let expected = "\u{feff}name,first\r\n\"'=HYPERLINK(\"\"http://x.example\"\")\",Zoë\r\n";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn a_row_of_another_width_is_an_error() {
        assert!(to_csv(&["a", "b"], [vec!["1".into()]]).is_err());
    }
}
