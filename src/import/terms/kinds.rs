//! The kinds of periods by the words of a spreadsheet.

use crate::core::calendar::day::PeriodKind;
use crate::core::definition::near::did_you_mean;
use crate::import::problem::Fault;

/// Folded: without case, spaces, hyphens and underscores.
const WORDS: [(&str, PeriodKind); 22] = [
    ("term", PeriodKind::Term),
    ("terms", PeriodKind::Term),
    ("halfterm", PeriodKind::Holiday),
    ("halftermholiday", PeriodKind::Holiday),
    ("holiday", PeriodKind::Holiday),
    ("holidays", PeriodKind::Holiday),
    ("schoolholiday", PeriodKind::Holiday),
    ("closure", PeriodKind::Holiday),
    ("closed", PeriodKind::Holiday),
    ("inset", PeriodKind::Inset),
    ("insetday", PeriodKind::Inset),
    ("insetdays", PeriodKind::Inset),
    ("trainingday", PeriodKind::Inset),
    ("stafftraining", PeriodKind::Inset),
    ("stafftrainingday", PeriodKind::Inset),
    ("staffday", PeriodKind::Inset),
    ("nonpupilday", PeriodKind::Inset),
    ("pdday", PeriodKind::Inset),
    ("bankholiday", PeriodKind::BankHoliday),
    ("bankholidays", PeriodKind::BankHoliday),
    ("publicholiday", PeriodKind::BankHoliday),
    ("publicholidays", PeriodKind::BankHoliday),
];

/// As `kind` cells are best written.
const SHOWN: [&str; 5] = ["term", "half_term", "holiday", "inset", "bank_holiday"];

/// The kind that a cell says; `None` for an empty one.
pub fn kind(text: &str) -> Result<Option<PeriodKind>, Fault> {
    let letters = text.trim().to_lowercase();
    let folded: String = letters.chars().filter(|c| c.is_alphanumeric()).collect();
    if letters.is_empty() {
        return Ok(None);
    }
    let found = WORDS.iter().find(|(word, _)| *word == folded);
    found.map(|(_, kind)| Some(*kind)).ok_or_else(|| {
        let meant = did_you_mean(text.trim(), SHOWN);
        let meant = meant.map(|meant| format!("{meant} ")).unwrap_or_default();
        let way_out = format!("{meant}Write term, half_term, holiday, inset or bank_holiday.");
        Fault::new("This is no kind of days.", way_out)
    })
}

/// The label of a period that has none.
pub fn title(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Term => "Term",
        PeriodKind::Inset => "INSET day",
        PeriodKind::Holiday => "Holiday",
        PeriodKind::BankHoliday => "Bank holiday",
    }
}
