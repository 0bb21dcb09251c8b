//! Imports from whole files, as a coordinator would give them.
//!
//! The schools are invented; their layouts are those of the register's releases of 2018 and 2024.
//! `term_dates_2025_26_samples.csv` holds the dates that three schools publish on their pages:
//! facts, which nobody owns. Encodings and line ends are made here from one UTF-8 text, so that the files stay readable.

mod any_input;
mod bad_inputs;
mod people;
mod schools;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use alongside::core::names::Urn;
use alongside::import::plan::{PeoplePlan, PresentPeople, Proposal, SchoolPlan};
use alongside::import::{Pick, SchoolRecord, plan_people, plan_schools, read_people, read_schools};

pub const SCHOOLS_133: &str = include_str!("schools_133_columns.csv");
pub const SCHOOLS_140: &str = include_str!("schools_140_columns.csv");
pub const DEMO_SCHOOLS: &str = include_str!("../../src/cli/demo/schools.csv");
pub const DEMO_PEOPLE: &str = include_str!("../../src/cli/demo/people.csv");
pub const SEED: [u8; 32] = [7; 32];

/// The bytes of a text in Windows-1252.
pub fn windows_1252(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
    assert!(!unmappable, "the text does not fit Windows-1252");
    bytes.into_owned()
}

pub fn urn(text: &str) -> Urn {
    Urn(text.to_owned())
}

/// Alder Vale, Beckside and the other six.
pub fn eight_schools() -> BTreeMap<Urn, SchoolRecord> {
    let file = read_schools(DEMO_SCHOOLS.as_bytes(), &Pick::all());
    let proposal = plan_schools(file, &BTreeMap::new());
    let mut present = BTreeMap::new();
    let plan = proposal
        .plan
        .expect("the schools of the demo have no problem");
    apply_schools(&plan, &mut present);
    present
}

pub fn apply_schools(plan: &SchoolPlan, present: &mut BTreeMap<Urn, SchoolRecord>) {
    let changed = plan.change.iter().map(|change| &change.after);
    for school in plan.add.iter().chain(changed) {
        present.insert(school.urn.clone(), school.clone());
    }
}

/// The eight schools and nobody in them.
pub fn empty_alliance() -> PresentPeople {
    static EMPTY: LazyLock<PresentPeople> = LazyLock::new(|| {
        let named = |(urn, school): (Urn, SchoolRecord)| (urn, school.name);
        PresentPeople {
            schools: eight_schools().into_iter().map(named).collect(),
            ..PresentPeople::default()
        }
    });
    EMPTY.clone()
}

pub fn apply_people(plan: &PeoplePlan, present: &mut PresentPeople) {
    for change in &plan.change {
        let known = present
            .people
            .iter_mut()
            .find(|person| **person == change.before);
        *known.expect("a changed person was there before") = change.after.clone();
    }
    present.people.extend(plan.add.iter().cloned());
    for change in &plan.posts_redate {
        let held = present
            .posts
            .iter_mut()
            .find(|post| **post == change.before);
        *held.expect("a changed post was there before") = change.after.clone();
    }
    present.posts.extend(plan.posts_add.iter().cloned());
    present.posts.sort();
}

/// The alliance after a file of people was imported.
pub fn with_people(text: &str) -> PresentPeople {
    let mut present = empty_alliance();
    let proposal = plan_people(read_people(text.as_bytes()), &present, &SEED);
    let plan = proposal
        .plan
        .unwrap_or_else(|| panic!("{}", proposal.report));
    apply_people(&plan, &mut present);
    present
}

pub fn schools_problems(bytes: &[u8]) -> Vec<String> {
    problems(plan_schools(
        read_schools(bytes, &Pick::all()),
        &BTreeMap::new(),
    ))
}

pub fn people_problems(bytes: &[u8]) -> Vec<String> {
    problems(plan_people(read_people(bytes), &empty_alliance(), &SEED))
}

/// The problems of a proposal, which has a plan if there are none.
fn problems<P>(proposal: Proposal<P>) -> Vec<String> {
    assert_eq!(
        proposal.plan.is_none(),
        !proposal.report.problems.is_empty()
    );
    proposal
        .report
        .problems
        .iter()
        .map(ToString::to_string)
        .collect()
}
