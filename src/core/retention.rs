//! How long the texts of a project are kept after its end, in school years.
//!
//! What schools are advised to do with the facts of a project: to keep them for the school year in
//! which it ended and some years more. Only texts go; that somebody did something on a day stays in
//! the log for good, under a number.

use super::calendar::layers::school_year;
use super::time::Date;

/// The school year of the end and three more.
pub const USUAL_YEARS: u32 = 3;
/// A longer time is a mistake.
pub const MOST_YEARS: u32 = 100;

/// Of projects that ended before this day the texts are not kept any more.
pub fn kept_from(today: Date, years: u32) -> Date {
    let year = school_year(today).saturating_sub_unsigned(years.min(MOST_YEARS));
    Date::from_ymd_opt(year, 8, 1).unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_for_the_year_of_the_end_and_so_many_more() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (today, years, kept) in [
            ("2026-11-22", 3, "2023-08-01"),
            ("2027-07-31", 3, "2023-08-01"),
            ("2027-08-01", 3, "2024-08-01"),
            ("2026-11-22", 0, "2026-08-01"),
            ("2026-11-22", 5_000, "1926-08-01"),
        ] {
            assert_eq!(kept_from(day(today), years), day(kept), "{today} {years}");
        }
    }
}
