//! The list of bank holidays as GOV.UK publishes it, compared with the one that is known.
//!
//! One-off days are announced late, so the list is read again and again. A file that is not whole
//! is refused, and what is known stays.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;

use super::encoding::Encoding;
use super::plan::Proposal;
use super::problem::{Fault, Findings};
use super::report::{Action, Count, Report, Unit, What};
use crate::core::calendar::bank_holidays::{BankHolidays, Division};
use crate::core::time::{Date, say_date};

const MOST_BYTES: usize = 1024 * 1024;
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;
const WAY_OUT: &str = "Download https://www.gov.uk/bank-holidays.json again. The list that is \
                       known stays.";

/// The list renewed by a file; an empty report means that nothing is new.
pub fn plan_bank_holidays(bytes: &[u8], present: &BankHolidays) -> Proposal<BankHolidays> {
    let mut findings = Findings::default();
    let Some(published) = read(bytes, &mut findings) else {
        let report = Report::new(0, None, findings);
        return Proposal { plan: None, report };
    };
    let renewed = present.renewed_by(&published);
    for division in Division::ALL {
        let last = |list: &BankHolidays| list.years(division).map(|(_, last)| last);
        if let (Some(known), Some(now)) = (last(present), last(&renewed))
            && now < known
        {
            findings.note(
                None,
                format!(
                    "the list of {division} ends with {now}; until now it was known up to {known}"
                ),
            );
        }
    }
    let events = published.0.values().map(BTreeMap::len).sum::<usize>();
    let read = u64::try_from(events).unwrap_or(u64::MAX);
    let mut report = Report::new(read, Some(Encoding::Utf8), findings);
    report.unit = Unit::Event;
    compare(present, &renewed, &mut report);
    let plan = Some(renewed);
    Proposal { plan, report }
}

fn read(bytes: &[u8], findings: &mut Findings) -> Option<BankHolidays> {
    let mut refuse = |rule: String| findings.row(None, Fault::new(rule, WAY_OUT));
    if bytes.len() > MOST_BYTES {
        refuse("The file is larger than 1 MB.".to_owned());
        return None;
    }
    let unmarked = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(unmarked) else {
        refuse("The file is not written in UTF-8.".to_owned());
        return None;
    };
    let published = match BankHolidays::read(text) {
        Ok(published) => published,
        Err(reason) => {
            refuse(format!(
                "This is not the list of bank holidays of GOV.UK: {reason}."
            ));
            return None;
        }
    };
    let mut days = published.0.values().flat_map(BTreeMap::keys);
    if let Some(day) = days.find(|day| !YEARS.contains(&day.year())) {
        refuse(format!("{} cannot be meant.", say_date(*day)));
        return None;
    }
    Some(published)
}

fn compare(before: &BankHolidays, after: &BankHolidays, report: &mut Report) {
    let none = BTreeMap::new();
    let mut count = Count {
        what: What::BankHoliday,
        new: 0,
        changed: 0,
        gone: Some(0),
        unchanged: 0,
    };
    for division in Division::ALL {
        let old = before.of(division).unwrap_or(&none);
        let new = after.of(division).unwrap_or(&none);
        let days: BTreeSet<&Date> = old.keys().chain(new.keys()).collect();
        for day in days {
            let (action, title) = match (old.get(day), new.get(day)) {
                (None, Some(title)) => (Action::Add, title.clone()),
                (Some(title), None) => (Action::Remove, title.clone()),
                (Some(was), Some(title)) if was != title => {
                    (Action::Change, format!("{title} (was {was})"))
                }
                _ => {
                    count.unchanged += 1;
                    continue;
                }
            };
            match action {
                Action::Add => count.new += 1,
                Action::Change => count.changed += 1,
                Action::Remove => count.gone = count.gone.map(|gone| gone + 1),
            }
            let text = format!("{division}: {}, {title}", say_date(*day));
            report.line(action, What::BankHoliday, division.to_string(), text);
        }
    }
    report.counts.push(count);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(english: &str) -> String {
        let other = r#"{"events": [{"title": "New Year", "date": "2028-01-03"}]}"#;
        format!(
            r#"{{"england-and-wales": {{"events": [{english}]}}, "scotland": {other},
                "northern-ireland": {other}}}"#
        )
    }

    fn lines(report: &Report) -> Vec<String> {
        report.lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_list_that_ships_is_known_already() {
        let shipped = include_bytes!("../core/calendar/bank-holidays.json");
        let proposal = plan_bank_holidays(shipped, &BankHolidays::shipped());
        assert!(proposal.report.changes_nothing(), "{}", proposal.report);
        assert_eq!(proposal.plan, Some(BankHolidays::shipped()));
    }

    #[test]
    fn a_day_that_is_announced_late_is_told_and_older_years_stay() {
        let event =
            r#"{"title": "Coronation", "date": "2028-05-08", "notes": "", "bunting": true}"#;
        let proposal = plan_bank_holidays(feed(event).as_bytes(), &BankHolidays::shipped());
        let told = lines(&proposal.report);
        assert_eq!(
            told[0],
            "+ bank holiday England and Wales: Monday 8 May 2028, Coronation"
        );
        assert_eq!(told.len(), 3);
        let renewed = proposal.plan.expect("it can be read");
        assert_eq!(renewed.years(Division::EnglandAndWales), Some((2024, 2028)));
    }

    #[test]
    fn what_a_list_takes_away_is_told_and_so_is_one_that_ends_earlier() {
        let event = r#"{"title": "New Year’s Day", "date": "2026-01-01"}"#;
        let proposal = plan_bank_holidays(feed(event).as_bytes(), &BankHolidays::shipped());
        let told = lines(&proposal.report);
        assert!(
            told.iter()
                .any(|line| line
                    .starts_with("- bank holiday England and Wales: Friday 3 April 2026"))
        );
        let notes: Vec<String> = proposal
            .report
            .notes
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            notes,
            ["the list of England and Wales ends with 2026; until now it was known up to 2027"]
        );
    }

    #[test]
    fn a_file_that_is_not_whole_gives_no_list() {
        let year_9999 = feed(r#"{"title": "x", "date": "9999-01-01"}"#);
        let large = vec![b' '; MOST_BYTES + 1];
        for (bytes, expected) in [
            (b"".as_slice(), "not the list"),
            (b"<html>", "not the list"),
            (b"{}", "tells nothing of England and Wales"),
            (
                b"{\"england-and-wales\": {\"events\": []}}",
                "tells nothing",
            ),
            (br#"{"mars": {"events": []}}"#, "not the list"),
            (b"\xFF\xFE{", "UTF-8"),
            (year_9999.as_bytes(), "cannot be meant"),
            (&large, "larger than 1 MB"),
        ] {
            let proposal = plan_bank_holidays(bytes, &BankHolidays::shipped());
            let told = proposal.report.to_string();
            assert!(proposal.plan.is_none() && told.contains(expected), "{told}");
        }
    }
}
