//! Term dates of a file compared with the calendars of the alliance.
//!
//! A file replaces what was said of the school years that it tells of, and other years stay. If it
//! has no term of a year, only INSET days say, it replaces all of that year but the terms. A holiday
//! over the summer lies in two years and so tells of none of them by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Proposal;
use crate::core::calendar::day::{Period, PeriodKind};
use crate::core::calendar::layers::school_year;
use crate::core::calendar::page::{Owner, Page};
use crate::core::definition::near::did_you_mean;
use crate::core::names::Urn;
use crate::core::time::say_date;
use crate::import::problem::{Fault, Findings, printable};
use crate::import::report::{Action, Count, Report, What};
use crate::import::terms::{TermsFile, Told};

/// What an alliance has already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresentTerms {
    /// All schools of the alliance, with their names for the report.
    pub schools: BTreeMap<Urn, String>,
    pub pages: BTreeMap<Owner, Page>,
}

/// The pages as they are to be, of those alone that change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermsPlan {
    pub pages: Vec<Page>,
}

/// What the file would change. `whose` is the calendar that is meant, where the rows do not say it.
pub fn plan_terms(
    file: TermsFile,
    whose: Option<&Owner>,
    present: &PresentTerms,
) -> Proposal<TermsPlan> {
    let mut findings = file.findings;
    if findings.is_clean() {
        check_owners(&file.told, file.by_school, whose, present, &mut findings);
    }
    let clean = findings.is_clean();
    let mut report = Report::new(file.read, file.encoding, findings);
    report.unit = file.unit;
    if !clean {
        return Proposal { plan: None, report };
    }
    let mut by_owner: BTreeMap<Owner, Vec<Period>> = BTreeMap::new();
    for told in file.told {
        let own = told.school.map(|urn| Owner::School { urn });
        if let Some(owner) = own.or_else(|| whose.cloned()) {
            by_owner.entry(owner).or_default().push(told.period);
        }
    }
    let mut plan = TermsPlan::default();
    let mut tally = Tally::default();
    for (owner, periods) in by_owner {
        let before = present.pages.get(&owner);
        let mut after = before.cloned().unwrap_or_else(|| Page {
            owner: owner.clone(),
            division: None,
            periods: Vec::new(),
        });
        replace(&mut after.periods, periods);
        after.division = file.division.or(after.division);
        let old = before.map_or(&[][..], |page| &page.periods);
        let title = present.title(&owner);
        tally.compare(&owner, &title, (old, &after.periods), &mut report);
        let division = before.and_then(|page| page.division);
        if division != after.division {
            let now = after.division.map(|division| division.to_string());
            let text = format!("{title}: bank holidays of {}", now.unwrap_or_default());
            report.line(Action::Change, What::BankHoliday, owner.key(), text);
        }
        if before != Some(&after) {
            plan.pages.push(after);
        }
    }
    report.counts = tally.counts();
    let plan = Some(plan);
    Proposal { plan, report }
}

impl PresentTerms {
    /// "Alder Vale Primary School (900001)", "Northshire (local authority)".
    pub fn title(&self, owner: &Owner) -> String {
        match owner {
            Owner::School { urn } => match self.schools.get(urn) {
                Some(name) => format!("{name} ({urn})"),
                None => owner.to_string(),
            },
            _ => owner.to_string(),
        }
    }
}

fn check_owners(
    told: &[Told],
    by_school: bool,
    whose: Option<&Owner>,
    present: &PresentTerms,
    findings: &mut Findings,
) {
    match (by_school, whose) {
        (false, None) => {
            let rule = "It is not said whose term dates these are.";
            let way_out = "Say --for school:URN, trust:NAME, local-authority:NAME or alliance; or \
                           give the file a column \"urn\".";
            findings.row(None, Fault::new(rule, way_out));
        }
        (true, Some(Owner::Trust { .. } | Owner::LocalAuthority { .. } | Owner::Alliance)) => {
            let rule = "The file says by its column \"urn\" of which school each row is.";
            findings.row(None, Fault::new(rule, "Leave --for out."));
        }
        _ => {}
    }
    for told in told {
        let Some(urn) = &told.school else {
            continue;
        };
        let other = matches!(whose, Some(Owner::School { urn: meant }) if meant != urn);
        let fault = if other {
            let rule = "This row is of another school than the one of --for.";
            Fault::new(rule, "Delete the row, or leave --for out.")
        } else if present.schools.contains_key(urn) {
            continue;
        } else {
            let near = did_you_mean(&urn.0, present.schools.keys().map(|urn| urn.0.as_str()));
            let near = near.unwrap_or_else(|| "Correct it, or import the school first.".to_owned());
            Fault::new("No school of this alliance has this URN.", near)
        };
        findings.place(told.place, Some(&urn.0), fault);
    }
}

/// The school year in which a period lies whole.
fn year_of(period: &Period) -> Option<i32> {
    let year = school_year(period.from);
    (year == school_year(period.to)).then_some(year)
}

/// Puts the periods of a file in the place of those of the same years.
fn replace(page: &mut Vec<Period>, told: Vec<Period>) {
    let is_term = |period: &&Period| period.kind == PeriodKind::Term;
    let mut years: BTreeSet<i32> = told.iter().filter_map(year_of).collect();
    if years.is_empty() {
        years.extend(told.iter().map(|period| school_year(period.from)));
    }
    let terms = told.iter().filter(is_term);
    let termed: BTreeSet<i32> = terms.map(|term| school_year(term.from)).collect();
    let over_summer: Vec<Period> = told
        .iter()
        .filter(|p| year_of(p).is_none())
        .cloned()
        .collect();
    // What says the same days under the same label stays, wherever it came from.
    let key = |p: &Period| (p.kind, p.from, p.to, p.label.clone());
    let said: BTreeSet<_> = told.iter().map(key).collect();
    let mut kept: Vec<Period> = Vec::new();
    for period in page.drain(..) {
        let year = school_year(period.from);
        let replaced = match period.kind {
            PeriodKind::Term => termed.contains(&year),
            kind => {
                let newer = over_summer.iter().any(|summer| {
                    summer.kind == kind && summer.from <= period.to && period.from <= summer.to
                });
                years.contains(&year) || (year_of(&period).is_none() && newer)
            }
        };
        if !replaced || said.contains(&key(&period)) {
            kept.push(period);
        }
    }
    let known: BTreeSet<_> = kept.iter().map(key).collect();
    kept.extend(told.into_iter().filter(|p| !known.contains(&key(p))));
    kept.sort();
    *page = kept;
}

/// How many of each kind, over all owners.
#[derive(Default)]
struct Tally(BTreeMap<PeriodKind, [usize; 4]>);

const NEW: usize = 0;
const CHANGED: usize = 1;
const GONE: usize = 2;
const SAME: usize = 3;

impl Tally {
    fn compare(
        &mut self,
        owner: &Owner,
        title: &str,
        (before, after): (&[Period], &[Period]),
        report: &mut Report,
    ) {
        let days = |p: &Period| (p.kind, p.from, p.to);
        let mut lines: Vec<(Action, &Period, String)> = Vec::new();
        let old: BTreeMap<_, &Period> = before.iter().map(|p| (days(p), p)).collect();
        let new: BTreeSet<_> = after.iter().map(days).collect();
        for period in after {
            let known = old.get(&days(period));
            let count = self.0.entry(period.kind).or_default();
            match known {
                None => {
                    count[NEW] += 1;
                    lines.push((Action::Add, period, String::new()));
                }
                Some(old) if old.label != period.label => {
                    count[CHANGED] += 1;
                    let was = format!(" (was \"{}\")", printable(&old.label));
                    lines.push((Action::Change, period, was));
                }
                Some(_) => count[SAME] += 1,
            }
        }
        for period in before {
            if !new.contains(&days(period)) {
                self.0.entry(period.kind).or_default()[GONE] += 1;
                lines.push((Action::Remove, period, String::new()));
            }
        }
        lines.sort_by_key(|(_, period, _)| (period.from, period.to));
        for (action, period, was) in lines {
            let mut text = format!("{title}: {}", say_date(period.from));
            if period.to != period.from {
                let _ = write!(text, " to {}", say_date(period.to));
            }
            let _ = write!(text, ", {}{was}", printable(&period.label));
            report.line(action, what(period.kind), owner.key(), text);
        }
    }

    fn counts(&self) -> Vec<Count> {
        let all = self.0.iter();
        all.map(|(kind, count)| Count {
            what: what(*kind),
            new: count[NEW],
            changed: count[CHANGED],
            gone: Some(count[GONE]),
            unchanged: count[SAME],
        })
        .collect()
    }
}

fn what(kind: PeriodKind) -> What {
    match kind {
        PeriodKind::Term => What::Term,
        PeriodKind::Inset => What::Inset,
        PeriodKind::Holiday => What::Holiday,
        PeriodKind::BankHoliday => What::BankHoliday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::read_terms;

    const AUTUMN: &str = "terms: [{label: Autumn, from: 2026-09-01, to: 2026-12-18}]\n";

    fn present() -> PresentTerms {
        let schools = [("900001", "Alder Vale"), ("900002", "Beckside")];
        let schools = schools.map(|(urn, name)| (Urn(urn.to_owned()), name.to_owned()));
        PresentTerms {
            schools: schools.into(),
            pages: BTreeMap::new(),
        }
    }

    fn plan(name: &str, text: &str, whose: Option<&str>, present: &PresentTerms) -> Report {
        propose(name, text, whose, present).report
    }

    fn propose(
        name: &str,
        text: &str,
        whose: Option<&str>,
        present: &PresentTerms,
    ) -> Proposal<TermsPlan> {
        let owner = whose.map(|urn| Owner::School {
            urn: Urn(urn.to_owned()),
        });
        let file = read_terms(name, text.as_bytes(), None);
        plan_terms(file, owner.as_ref(), present)
    }

    fn keep(text: &str, present: &mut PresentTerms) -> Vec<String> {
        let proposal = propose("a.yaml", text, Some("900001"), present);
        let plan = proposal.plan.expect("the file has no problem");
        for page in plan.pages {
            present.pages.insert(page.owner.clone(), page);
        }
        proposal
            .report
            .lines
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_file_replaces_the_years_it_tells_of_and_no_others() {
        let mut present = present();
        keep(AUTUMN, &mut present);
        let next = "terms: [{label: Autumn, from: 2027-09-01, to: 2027-12-17}]\n\
                    inset: [{on: 2027-08-31}]\n";
        keep(next, &mut present);
        let lines = keep(
            "terms: [{label: Autumn, from: 2027-09-02, to: 2027-12-17}]\n",
            &mut present,
        );
        let title = "Alder Vale (900001)";
        assert_eq!(
            lines,
            [
                format!("- INSET day {title}: Tuesday 31 August 2027, INSET day"),
                format!(
                    "- term {title}: Wednesday 1 September 2027 to Friday 17 December 2027, Autumn"
                ),
                format!(
                    "+ term {title}: Thursday 2 September 2027 to Friday 17 December 2027, Autumn"
                ),
            ]
        );
        let page = present.pages.values().next().expect("it was kept");
        assert_eq!(page.periods.len(), 2, "the autumn of 2026 stays: {page:?}");
    }

    #[test]
    fn without_terms_only_the_other_days_of_that_year_are_replaced() {
        let mut present = present();
        keep(
            &format!("{AUTUMN}inset: [{{on: 2026-09-01}}]\n"),
            &mut present,
        );
        let lines = keep("inset: [{on: 2026-09-02}]\n", &mut present);
        assert_eq!(lines.len(), 2, "{lines:#?}");
        let page = present.pages.values().next().expect("it was kept");
        assert!(page.has_terms() && page.periods.len() == 2, "{page:?}");
    }

    #[test]
    fn a_summer_holiday_at_the_edge_of_a_file_leaves_the_year_before_as_it_is() {
        let mut present = present();
        keep("inset: [{on: 2026-01-05}]\n", &mut present);
        let summer = "holidays: [{label: Summer, from: 2026-07-22, to: 2026-08-31}]\n";
        let lines = keep(&format!("{AUTUMN}{summer}"), &mut present);
        assert!(lines.iter().all(|line| line.starts_with('+')), "{lines:#?}");
        let longer = summer.replace("08-31", "09-01");
        let lines = keep(&format!("{AUTUMN}{longer}"), &mut present);
        assert_eq!(lines.len(), 2, "the older summer goes: {lines:#?}");
    }

    #[test]
    fn the_same_file_twice_changes_nothing_and_a_new_label_is_a_change() {
        let mut present = present();
        assert_eq!(keep(AUTUMN, &mut present).len(), 1);
        assert_eq!(keep(AUTUMN, &mut present), [""; 0]);
        let other_name = propose("b.yaml", AUTUMN, Some("900001"), &present);
        assert!(other_name.plan.is_some_and(|plan| plan.pages.is_empty()));
        let renamed = keep(
            &AUTUMN.replace("label: Autumn", "label: Autumn 1"),
            &mut present,
        );
        assert!(
            renamed[0].ends_with("Autumn 1 (was \"Autumn\")"),
            "{renamed:?}"
        );
    }

    #[test]
    fn a_division_is_kept_and_its_change_is_told() {
        let mut present = present();
        let lines = keep(&format!("division: scotland\n{AUTUMN}"), &mut present);
        assert!(
            lines[1].ends_with("Alder Vale (900001): bank holidays of Scotland"),
            "{lines:?}"
        );
        assert_eq!(keep(AUTUMN, &mut present), [""; 0], "it stays");
    }

    #[test]
    fn each_row_goes_to_the_school_of_its_urn() {
        let text = "urn,kind,start_date,end_date\n\
                    900001,term,2026-09-01,2026-12-18\n900002,term,2026-09-03,2026-12-18\n";
        let proposal = propose("a.csv", text, None, &present());
        let owners: Vec<String> = proposal
            .plan
            .expect("the file has no problem")
            .pages
            .iter()
            .map(|page| page.owner.key())
            .collect();
        assert_eq!(owners, ["school:900001", "school:900002"]);
        let told = plan("a.csv", text, Some("900001"), &present()).to_string();
        assert!(
            told.contains("row 3: \"900002\". This row is of another school"),
            "{told}"
        );
        let unknown = plan("a.csv", &text.replace("900002", "900003"), None, &present());
        let told = unknown.to_string();
        assert!(
            told.contains("No school of this alliance has this URN. Did you mean"),
            "{told}"
        );
    }

    #[test]
    fn whose_dates_they_are_must_be_said() {
        let told = plan("a.yaml", AUTUMN, None, &present()).to_string();
        assert!(
            told.contains("It is not said whose term dates these are."),
            "{told}"
        );
        let file = read_terms(
            "a.csv",
            b"urn,kind,start_date\n900001,inset,2026-09-01\n",
            None,
        );
        let report = plan_terms(file, Some(&Owner::Alliance), &present()).report;
        assert!(report.to_string().contains("Leave --for out."), "{report}");
    }
}
