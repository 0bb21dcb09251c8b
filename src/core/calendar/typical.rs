//! A typical English school year, for an alliance that has no term dates yet, and for simulations.
//!
//! Made up from what many councils publish. Whatever is counted on it says so.

use super::day::{Period, PeriodKind};
use super::page::{Owner, Page};
use crate::core::time::Date;

/// Shown beside every date that was counted on it.
pub const NOTE: &str = "Counted on a typical English school year until term dates are set: see \
                        `alongside import calendar`.";
/// The same for readers of mails, who set no term dates.
pub const SAID_TO_READERS: &str =
    "Counted on a typical English school year, because the school's term dates are not known yet.";

pub const SOURCE: &str = "typical English school year";

/// First and last day of each term and half-term, as year, month, day.
type Ymd = (i32, u32, u32);
const TERMS: [(&str, Ymd, Ymd); 15] = [
    ("Autumn term", (2023, 9, 5), (2023, 12, 21)),
    ("Spring term", (2024, 1, 8), (2024, 3, 28)),
    ("Summer term", (2024, 4, 15), (2024, 7, 23)),
    ("Autumn term", (2024, 9, 3), (2024, 12, 20)),
    ("Spring term", (2025, 1, 6), (2025, 4, 4)),
    ("Summer term", (2025, 4, 22), (2025, 7, 22)),
    ("Autumn term", (2025, 9, 2), (2025, 12, 19)),
    ("Spring term", (2026, 1, 5), (2026, 3, 27)),
    ("Summer term", (2026, 4, 13), (2026, 7, 21)),
    ("Autumn term", (2026, 9, 1), (2026, 12, 18)),
    ("Spring term", (2027, 1, 4), (2027, 3, 25)),
    ("Summer term", (2027, 4, 12), (2027, 7, 21)),
    ("Autumn term", (2027, 9, 1), (2027, 12, 17)),
    ("Spring term", (2028, 1, 4), (2028, 3, 31)),
    ("Summer term", (2028, 4, 18), (2028, 7, 21)),
];
const HALF_TERMS: [(&str, Ymd, Ymd); 15] = [
    ("Autumn half-term", (2023, 10, 23), (2023, 10, 27)),
    ("Spring half-term", (2024, 2, 12), (2024, 2, 16)),
    ("Summer half-term", (2024, 5, 27), (2024, 5, 31)),
    ("Autumn half-term", (2024, 10, 28), (2024, 11, 1)),
    ("Spring half-term", (2025, 2, 17), (2025, 2, 21)),
    ("Summer half-term", (2025, 5, 26), (2025, 5, 30)),
    ("Autumn half-term", (2025, 10, 27), (2025, 10, 31)),
    ("Spring half-term", (2026, 2, 16), (2026, 2, 20)),
    ("Summer half-term", (2026, 5, 25), (2026, 5, 29)),
    ("Autumn half-term", (2026, 10, 26), (2026, 10, 30)),
    ("Spring half-term", (2027, 2, 15), (2027, 2, 19)),
    ("Summer half-term", (2027, 5, 31), (2027, 6, 4)),
    ("Autumn half-term", (2027, 10, 25), (2027, 10, 29)),
    ("Spring half-term", (2028, 2, 14), (2028, 2, 18)),
    ("Summer half-term", (2028, 5, 29), (2028, 6, 2)),
];

pub fn page() -> Page {
    let terms = TERMS.iter().map(|span| period(PeriodKind::Term, span));
    let holidays = HALF_TERMS
        .iter()
        .map(|span| period(PeriodKind::Holiday, span));
    let mut periods: Vec<Period> = terms.chain(holidays).flatten().collect();
    periods.sort();
    Page {
        owner: Owner::Alliance,
        division: None,
        periods,
    }
}

fn period(kind: PeriodKind, (label, from, to): &(&str, Ymd, Ymd)) -> Option<Period> {
    let date = |(year, month, day): Ymd| Date::from_ymd_opt(year, month, day);
    Some(Period {
        from: date(*from)?,
        to: date(*to)?,
        kind,
        label: format!("{label} {}", from.0),
        source: SOURCE.to_owned(),
    })
}
