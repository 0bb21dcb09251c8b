//! A school year as a picture: one line per month, one letter per day, weeks below each other.

use std::fmt::Write;

use chrono::{Datelike, Months};

use super::super::pages::layout;
use crate::core::calendar::day::{Day, DayKind};
use crate::core::calendar::layers::Calendar;
use crate::core::time::Date;

/// August to July.
pub struct Year {
    pub days: Vec<(Date, Option<Day>)>,
}

const LEGEND: [(DayKind, char, &str); 5] = [
    (DayKind::SchoolDay, 's', "school day"),
    (DayKind::Inset, 'I', "INSET day"),
    (DayKind::Holiday, '-', "holiday"),
    (DayKind::BankHoliday, 'B', "bank holiday"),
    (DayKind::Weekend, '.', "weekend day"),
];
const UNKNOWN: char = '?';

impl Year {
    pub fn of(calendar: &Calendar, year: i32) -> Self {
        let first = Date::from_ymd_opt(year, 8, 1).unwrap_or_default();
        let days = first
            .iter_days()
            .take_while(|day| *day < first + Months::new(12));
        Self {
            days: days.map(|day| (day, calendar.day(day))).collect(),
        }
    }

    /// The days of a kind with their words and who says so.
    pub fn runs(&self, kind: DayKind) -> Vec<(Date, String, String)> {
        let days = self.days.iter().filter_map(|(_, day)| day.as_ref());
        let of_kind = days.filter(|day| day.kind == kind);
        of_kind
            .map(|day| (day.date, day.label.clone(), day.source.clone()))
            .collect()
    }

    pub fn picture(&self) -> String {
        let week = "MTWTFSS";
        let mut text = format!(
            "{:10}{}\n",
            "",
            [week; 6].join(" ").trim_end_matches("WTFSS")
        );
        let months = self
            .days
            .chunk_by(|(one, _), (other, _)| one.month() == other.month());
        for days in months {
            let Some((first, _)) = days.first() else {
                continue;
            };
            let mut line = first.format("%b %Y  ").to_string();
            for _ in 0..first.weekday().num_days_from_monday() {
                line.push(' ');
            }
            for (date, day) in days {
                if date.weekday().num_days_from_monday() == 0 && date.day() > 1 {
                    line.push(' ');
                }
                line.push(letter(day.as_ref()));
            }
            let school_days = days.iter().filter(|(_, day)| {
                day.as_ref()
                    .is_some_and(|day| day.kind == DayKind::SchoolDay)
            });
            let _ = writeln!(text, "{line:54}{:>2}", school_days.count());
        }
        text.push('\n');
        let counts = LEGEND
            .iter()
            .map(|(kind, letter, name)| (self.count(*kind), *letter, *name));
        let unknown = self.days.iter().filter(|(_, day)| day.is_none()).count();
        let counts = counts.chain([(unknown, UNKNOWN, "not known")]);
        let counts = counts.filter(|(count, ..)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, letter, name)| {
                let plural = match (count, name) {
                    (1, _) | (_, "not known") => "",
                    _ => "s",
                };
                format!("{letter} {count} {name}{plural}")
            })
            .collect();
        text.push_str(&layout::wrap("", &counts.join(", "), 0));
        text
    }

    fn count(&self, kind: DayKind) -> usize {
        let days = self.days.iter().filter_map(|(_, day)| day.as_ref());
        days.filter(|day| day.kind == kind).count()
    }
}

fn letter(day: Option<&Day>) -> char {
    let found = day.and_then(|day| LEGEND.iter().find(|(kind, ..)| *kind == day.kind));
    found.map_or(UNKNOWN, |(_, letter, _)| *letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::calendar::almanac::Almanac;
    use crate::core::calendar::day::{Period, PeriodKind};
    use crate::core::calendar::page::{Owner, Page};

    #[test]
    fn a_month_is_a_line_with_a_letter_for_each_day() {
        let period = |kind, from: &str, to: &str| Period {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            kind,
            label: "x".to_owned(),
            source: String::new(),
        };
        let page = Page {
            owner: Owner::Alliance,
            division: None,
            periods: vec![
                period(PeriodKind::Term, "2026-09-02", "2026-12-18"),
                period(PeriodKind::Inset, "2026-09-02", "2026-09-02"),
                period(PeriodKind::Holiday, "2026-10-26", "2026-10-30"),
                period(PeriodKind::Term, "2027-01-04", "2027-03-25"),
            ],
        };
        let calendar = Almanac::new([page], None).of_alliance();
        let text = Year::of(&calendar, 2026).picture();
        let lines: Vec<&str> = text.lines().collect();
        let expected = [
            "          MTWTFSS MTWTFSS MTWTFSS MTWTFSS MTWTFSS MT",
            "Aug 2026       ?? ??????? ??????? ??????? ??????? ?    0",
            "Sep 2026   ?Iss.. sssss.. sssss.. sssss.. sss         20",
            "Oct 2026     ss.. sssss.. sssss.. sssss.. -----.      17",
        ];
        assert_eq!(lines[..4], expected, "{text}");
        let counts = lines[14..].join(" ");
        assert!(
            counts.starts_with("s 131 school days, I 1 INSET day, - 12 holidays, "),
            "{text}"
        );
        assert!(counts.ends_with("? 160 not known"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= 100));
    }
}
