//! A file of schools compared with the schools of the alliance.
//!
//! The register is right about everything it says, an empty cell included. A column that its
//! release does not have says nothing, and what was known stays.

use std::collections::{BTreeMap, BTreeSet};

use super::{FieldChange, Proposal, SchoolChange, SchoolPlan};
use crate::core::names::Urn;
use crate::import::gias::SchoolsFile;
use crate::import::report::{Action, Count, Report, What};
use crate::import::school::{SchoolField, SchoolRecord};

/// What the file would change in an alliance that has these schools.
pub fn plan_schools(
    file: SchoolsFile,
    present: &BTreeMap<Urn, SchoolRecord>,
) -> Proposal<SchoolPlan> {
    let clean = file.findings.is_clean();
    let mut report = Report::new(file.rows, file.encoding, file.findings);
    if !clean {
        return Proposal { plan: None, report };
    }
    let mut plan = SchoolPlan::default();
    for school in file.schools {
        match present.get(&school.urn) {
            None => plan.add.push(school),
            Some(before) => compare(before, school, &file.fields, &mut plan),
        }
    }
    for school in &plan.add {
        report.line(
            Action::Add,
            What::School,
            school.urn.to_string(),
            describe(school),
        );
    }
    for change in &plan.change {
        let fields: Vec<String> = change.fields.iter().map(ToString::to_string).collect();
        let text = format!("{}: {}", change.after.name, fields.join("; "));
        report.line(
            Action::Change,
            What::School,
            change.after.urn.to_string(),
            text,
        );
    }
    report.counts.push(Count {
        what: What::School,
        new: plan.add.len(),
        changed: plan.change.len(),
        gone: None,
        unchanged: plan.unchanged.len(),
    });
    let plan = Some(plan);
    Proposal { plan, report }
}

fn compare(
    before: &SchoolRecord,
    found: SchoolRecord,
    fields: &BTreeSet<SchoolField>,
    plan: &mut SchoolPlan,
) {
    let mut after = found;
    for (field, value) in &before.facts {
        if !fields.contains(field) {
            after.facts.insert(*field, value.clone());
        }
    }
    let name = FieldChange::between("name", Some(&before.name), Some(&after.name));
    let known: BTreeSet<SchoolField> = before
        .facts
        .keys()
        .chain(after.facts.keys())
        .copied()
        .collect();
    let facts = known
        .into_iter()
        .filter_map(|field| FieldChange::of(field, before, &after));
    let fields: Vec<FieldChange> = name.into_iter().chain(facts).collect();
    if fields.is_empty() {
        plan.unchanged.push(after.urn);
        return;
    }
    plan.change.push(SchoolChange {
        before: before.clone(),
        after,
        fields,
    });
}

fn describe(school: &SchoolRecord) -> String {
    let of = |field| school.fact(field).map(|fact| fact.replace('_', " "));
    let fields = [
        SchoolField::Phase,
        SchoolField::LocalAuthority,
        SchoolField::Trust,
    ];
    let facts: Vec<String> = fields.into_iter().filter_map(of).collect();
    let joined = facts.join(", ");
    let separator = if joined.is_empty() { "" } else { ", " };
    format!("{}{separator}{joined}", school.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::gias::read_schools;
    use crate::import::pick::Pick;

    const HEADER: &str = "URN,EstablishmentName,PhaseOfEducation (name),NumberOfPupils,Postcode";

    fn plan(text: &str, present: &BTreeMap<Urn, SchoolRecord>) -> Proposal<SchoolPlan> {
        plan_schools(read_schools(text.as_bytes(), &Pick::all()), present)
    }

    fn present(text: &str) -> BTreeMap<Urn, SchoolRecord> {
        let plan = plan(text, &BTreeMap::new()).plan.unwrap();
        plan.add
            .into_iter()
            .map(|school| (school.urn.clone(), school))
            .collect()
    }

    #[test]
    fn the_same_file_twice_changes_nothing() {
        let text = format!("{HEADER}\n900001,Alder Vale,Primary,210,NQ7 4AB\n");
        let again = plan(&text, &present(&text)).plan.unwrap();
        assert!(again.is_empty());
        assert_eq!(again.unchanged, [Urn("900001".to_owned())]);
    }

    #[test]
    fn a_change_is_told_field_by_field_and_an_empty_cell_is_a_change_too() {
        let before = present(&format!(
            "{HEADER}\n900001,Alder Vale,Primary,210,NQ7 4AB\n"
        ));
        let found = plan(
            &format!("{HEADER}\n900001,Alder Vale School,Primary,215,\n"),
            &before,
        );
        assert_eq!(
            found.report.lines[0].text,
            "Alder Vale School: name: Alder Vale → Alder Vale School; pupils: 210 → 215; \
             postcode: NQ7 4AB → nothing"
        );
    }

    #[test]
    fn a_column_that_a_release_lacks_says_nothing() {
        let before = present(&format!(
            "{HEADER}\n900001,Alder Vale,Primary,210,NQ7 4AB\n"
        ));
        let text = "URN,EstablishmentName,PhaseOfEducation (code)\n900001,Alder Vale,2\n";
        assert!(plan(text, &before).plan.unwrap().is_empty());
    }

    #[test]
    fn one_problem_and_there_is_no_plan() {
        let found = plan(
            &format!("{HEADER}\n900001,Alder Vale,Primary,210,\n900002,Brook,Primary,many,\n"),
            &BTreeMap::new(),
        );
        assert!(found.plan.is_none() && found.report.lines.is_empty());
        assert_eq!(found.report.problems.len(), 1);
    }
}
