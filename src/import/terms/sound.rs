//! What holds for the dates of every file: order, length, years, and terms that do not overlap.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;

use super::{TermsFile, Told};
use crate::core::calendar::day::PeriodKind;
use crate::core::names::Urn;
use crate::core::time::say_date;
use crate::import::problem::{Fault, Findings};

const LONGEST_DAYS: i64 = 400;
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// Reports what is unsound, and leaves out what is told twice.
pub fn check(file: &mut TermsFile) {
    let findings = &mut file.findings;
    if file.told.is_empty() && findings.is_clean() {
        let rule = "The file tells of no term, holiday, INSET day or bank holiday.";
        findings.row(None, Fault::new(rule, "Check that it is the right file."));
    }
    for told in &file.told {
        if let Some(fault) = unsound(told) {
            let found = format!("{} to {}", told.period.from, told.period.to);
            findings.place(told.place, Some(&found), fault);
        }
    }
    leave_out_doubles(&mut file.told, findings);
    report_overlaps(&file.told, findings);
}

fn unsound(told: &Told) -> Option<Fault> {
    let (from, to) = (told.period.from, told.period.to);
    if to < from {
        let rule = "The last day is before the first.";
        return Some(Fault::new(rule, "Correct one of them."));
    }
    if !YEARS.contains(&from.year()) || !YEARS.contains(&to.year()) {
        let rule = "Term dates are of the years 2000 to 2100.";
        return Some(Fault::new(rule, "Correct the year."));
    }
    let days = (to - from).num_days() + 1;
    (days > LONGEST_DAYS).then(|| {
        Fault::new(
            format!("These are {days} days; a period has at most {LONGEST_DAYS}."),
            "Correct one of the dates.",
        )
    })
}

fn leave_out_doubles(told: &mut Vec<Told>, findings: &mut Findings) {
    let mut seen = BTreeMap::new();
    told.retain(|told| {
        let period = &told.period;
        let key = (told.school.clone(), period.kind, period.from, period.to);
        let Some(first) = seen.get(&key) else {
            seen.insert(key, told.place);
            return true;
        };
        let text = format!("says the same days as {first} and was left out");
        findings.note_at(told.place, text);
        false
    });
}

fn report_overlaps(all: &[Told], findings: &mut Findings) {
    let schools: BTreeSet<Option<&Urn>> = all.iter().map(|told| told.school.as_ref()).collect();
    for school in schools {
        let mut terms: Vec<&Told> = all
            .iter()
            .filter(|told| told.period.kind == PeriodKind::Term && told.school.as_ref() == school)
            .collect();
        terms.sort_by_key(|told| (told.period.from, told.period.to));
        let mut latest: Option<&Told> = None;
        for term in terms {
            if let Some(before) = latest
                && term.period.from <= before.period.to
            {
                let rule = format!(
                    "This term overlaps \"{}\" of {}, which ends on {}.",
                    before.period.label,
                    before.place,
                    say_date(before.period.to)
                );
                let fault = Fault::new(rule, "Correct the dates of one of them.");
                findings.place(term.place, Some(&term.period.label), fault);
            }
            if latest.is_none_or(|latest| latest.period.to < term.period.to) {
                latest = Some(term);
            }
        }
    }
}
