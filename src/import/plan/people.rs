//! A file of people compared with the people of the alliance.
//!
//! Who a row means is decided by the id if there is one, else by the address. A new person without
//! an id gets one from the seed and the address. An empty cell leaves what is known; nobody is
//! taken away by not being in a file.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::posts::{Holder, plan_posts};
use super::{FieldChange, PeoplePlan, PersonChange, PersonRecord, PresentPeople, Proposal};
use crate::core::names::{PersonId, Urn};
use crate::import::people::PeopleFile;
use crate::import::people::merge::{Merged, merge};
use crate::import::problem::{Cell, Fault, Findings};
use crate::import::report::{Action, Count, Report, What};

/// What the file would change in an alliance that has this. The same seed gives the same ids.
pub fn plan_people(
    file: PeopleFile,
    present: &PresentPeople,
    seed: &[u8; 32],
) -> Proposal<PeoplePlan> {
    let mut findings = file.findings;
    let all_rows_read = findings.is_clean();
    let merged = merge(&file.people, &mut findings);
    check_schools(&merged, present, &mut findings);
    let holders = identify(&merged, present, seed, &mut findings);
    let mut plan = compare(&holders);
    // A person in a row that could not be read would be missed here, and told as a second problem.
    let posts = plan_posts(&holders, present, all_rows_read, &mut findings);
    plan.posts_add = posts.add;
    plan.posts_redate = posts.redate;
    plan.posts_unchanged = posts.unchanged;
    note_new_roles(&merged, present, &mut findings);
    let clean = findings.is_clean();
    let mut report = Report::new(file.rows, file.encoding, findings);
    if !clean {
        return Proposal { plan: None, report };
    }
    describe_people(&plan, present, &mut report);
    super::posts::describe_posts(&plan, &holders, present, &mut report);
    let plan = Some(plan);
    Proposal { plan, report }
}

fn check_schools(
    people: &IndexMap<&str, Merged<'_>>,
    present: &PresentPeople,
    findings: &mut Findings,
) {
    for row in people.values().flat_map(|person| &person.rows) {
        if let Some(urn) = &row.school
            && !present.schools.contains_key(urn)
        {
            let rule = "No school of this alliance has this URN.";
            let way_out = "Correct it, or import the school first.";
            findings.cell(at(row.row, "school", &urn.0), Fault::new(rule, way_out));
        }
    }
}

/// Everybody of the file with their id and what becomes of their record.
fn identify<'f>(
    people: &'f IndexMap<&'f str, Merged<'f>>,
    present: &'f PresentPeople,
    seed: &[u8; 32],
    findings: &mut Findings,
) -> Vec<Holder<'f>> {
    let by_email: BTreeMap<&str, &PersonRecord> = present
        .people
        .iter()
        .map(|person| (person.email.as_str(), person))
        .collect();
    let by_id: BTreeMap<PersonId, &PersonRecord> = present
        .people
        .iter()
        .map(|person| (person.id, person))
        .collect();
    let mut taken: BTreeMap<PersonId, u64> = BTreeMap::new();
    let mut holders = Vec::new();
    for person in people.values() {
        let known = by_email.get(person.email).copied();
        let meant = person.person_id.and_then(|id| by_id.get(&id).copied());
        let fault = wrong_id(person, known, meant, present, &taken);
        let before = meant.or(known);
        let free = |id: &PersonId| {
            !by_id.contains_key(id) && !present.erased.contains(id) && !taken.contains_key(id)
        };
        let id = match (before, person.person_id) {
            (Some(before), _) => before.id,
            (None, Some(id)) => id,
            (None, None) => new_id(seed, person.email, free),
        };
        if let Some(fault) = fault {
            let text = id.to_string();
            findings.cell(at(person.row(), "person_id", &text), fault);
        }
        taken.insert(id, person.row());
        let main_school = main_school(person, before, present, findings);
        let after = merged_record(id, person, before, main_school);
        holders.push(Holder {
            person,
            before,
            after,
        });
    }
    holders
}

fn wrong_id(
    person: &Merged<'_>,
    known: Option<&PersonRecord>,
    meant: Option<&PersonRecord>,
    present: &PresentPeople,
    taken: &BTreeMap<PersonId, u64>,
) -> Option<Fault> {
    let id = person.person_id.or(known.map(|known| known.id))?;
    let way_out = "Correct the id or the address.";
    if let Some(row) = taken.get(&id) {
        let rule = format!("This is the same person as in row {row}, with another address.");
        return Some(Fault::new(rule, way_out));
    }
    let known = known.map(|known| known.id);
    if known.is_some_and(|known| known != id) {
        let rule = "Somebody else of the alliance has this address.";
        return Some(Fault::new(rule, way_out));
    }
    if meant.is_none() && present.erased.contains(&id) {
        return Some(Fault::new(
            "The person of this id was erased.",
            "Leave the cell empty: who comes back is a new person to the alliance.",
        ));
    }
    None
}

/// From the seed and the address: nothing here is random, and no two people get the same.
fn new_id(seed: &[u8; 32], email: &str, free: impl Fn(&PersonId) -> bool) -> PersonId {
    let id = |attempt: u32| {
        let mut hash = Sha256::new();
        hash.update(b"alongside person\0");
        hash.update(seed);
        hash.update(attempt.to_be_bytes());
        hash.update(email);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        PersonId(Builder::from_custom_bytes(bytes).into_uuid())
    };
    let mut attempt = 0;
    while !free(&id(attempt)) && attempt < 1000 {
        attempt += 1;
    }
    id(attempt)
}

/// The one marked; else the one known; else the only one.
fn main_school(
    person: &Merged<'_>,
    before: Option<&PersonRecord>,
    present: &PresentPeople,
    findings: &mut Findings,
) -> Option<Urn> {
    let marked: BTreeSet<&Urn> = person
        .rows
        .iter()
        .filter(|row| row.main)
        .filter_map(|row| row.school.as_ref())
        .collect();
    if marked.len() > 1 {
        let rule = "The same person has several main schools.";
        let fault = Fault::new(rule, "Write yes at one of them.");
        findings.cell(at(person.row(), "main", "yes"), fault);
    }
    if let Some(urn) = marked.first() {
        return Some((*urn).clone());
    }
    if let Some(urn) = before.and_then(|before| before.main_school.clone()) {
        return Some(urn);
    }
    let mut schools: BTreeSet<&Urn> = person
        .rows
        .iter()
        .filter_map(|row| row.school.as_ref())
        .collect();
    if let Some(before) = before {
        let held = present.posts.iter().filter(|post| post.person == before.id);
        schools.extend(held.filter_map(|post| post.school.as_ref()));
    }
    if schools.len() > 1 {
        let rule = "The same person works at several schools, and none is the main one.";
        let way_out = "Write yes in the column main for the school whose term dates count.";
        findings.cell(at(person.row(), "main", ""), Fault::new(rule, way_out));
    }
    schools.first().map(|urn| (*urn).clone())
}

fn merged_record(
    id: PersonId,
    person: &Merged<'_>,
    before: Option<&PersonRecord>,
    main_school: Option<Urn>,
) -> PersonRecord {
    let keep = |said: Option<&str>, known: Option<&String>| {
        said.map(str::to_owned).or_else(|| known.cloned())
    };
    PersonRecord {
        id,
        name: person.name.to_owned(),
        email: person.email.to_owned(),
        job_title: keep(person.job_title, before.and_then(|b| b.job_title.as_ref())),
        phone: keep(person.phone, before.and_then(|b| b.phone.as_ref())),
        main_school,
    }
}

fn compare(holders: &[Holder<'_>]) -> PeoplePlan {
    let mut plan = PeoplePlan::default();
    for holder in holders {
        match holder.before {
            None => plan.add.push(holder.after.clone()),
            Some(before) if *before == holder.after => plan.unchanged.push(before.id),
            Some(before) => plan.change.push(PersonChange {
                before: before.clone(),
                after: holder.after.clone(),
            }),
        }
    }
    plan
}

/// Roles that the shipped workflows and most alliances use.
const USUAL_ROLES: [&str; 8] = [
    "headteacher",
    "cpd_lead",
    "coordinator",
    "office",
    "finance",
    "qa_reader",
    "teacher",
    "governor_link",
];

/// Any word can be a role, so a slip of the pen would go unseen.
fn note_new_roles(
    people: &IndexMap<&str, Merged<'_>>,
    present: &PresentPeople,
    findings: &mut Findings,
) {
    let mut known: BTreeSet<&str> = USUAL_ROLES.into();
    known.extend(present.posts.iter().map(|post| post.role.as_str()));
    let mut rows: Vec<_> = people.values().flat_map(|person| &person.rows).collect();
    rows.sort_by_key(|row| row.row);
    let mut seen = BTreeSet::new();
    for row in rows {
        let role = row.role.as_str();
        if known.contains(role) || !seen.insert(role) {
            continue;
        }
        let near = known
            .iter()
            .find(|known| strsim::osa_distance(known, role) <= 2);
        if let Some(near) = near {
            let text = format!("the role {role} is new here; was {near} meant?");
            findings.note(Some(row.row), text);
        }
    }
}

fn describe_people(plan: &PeoplePlan, present: &PresentPeople, report: &mut Report) {
    for person in &plan.add {
        let text = format!("{} <{}>", person.name, person.email);
        report.line(Action::Add, What::Person, person.id.to_string(), text);
    }
    for change in &plan.change {
        let fields: Vec<String> = person_fields(change, present)
            .iter()
            .map(ToString::to_string)
            .collect();
        let text = format!("{}: {}", change.before.name, fields.join("; "));
        report.line(
            Action::Change,
            What::Person,
            change.after.id.to_string(),
            text,
        );
    }
    report.counts.push(Count {
        what: What::Person,
        new: plan.add.len(),
        changed: plan.change.len(),
        gone: None,
        unchanged: plan.unchanged.len(),
    });
}

fn person_fields(change: &PersonChange, present: &PresentPeople) -> Vec<FieldChange> {
    let (before, after) = (&change.before, &change.after);
    let school = |urn: &Option<Urn>| urn.as_ref().map(|urn| school_name(urn, present));
    let (main_before, main_after) = (school(&before.main_school), school(&after.main_school));
    let fields = [
        (
            "name",
            Some(before.name.as_str()),
            Some(after.name.as_str()),
        ),
        (
            "email",
            Some(before.email.as_str()),
            Some(after.email.as_str()),
        ),
        (
            "job title",
            before.job_title.as_deref(),
            after.job_title.as_deref(),
        ),
        ("phone", before.phone.as_deref(), after.phone.as_deref()),
        ("main school", main_before.as_deref(), main_after.as_deref()),
    ];
    let changed = fields.into_iter();
    changed
        .filter_map(|(field, before, after)| FieldChange::between(field, before, after))
        .collect()
}

/// "Alder Vale Primary School (900001)".
pub(super) fn school_name(urn: &Urn, present: &PresentPeople) -> String {
    match present.schools.get(urn) {
        Some(name) => format!("{name} ({urn})"),
        None => urn.to_string(),
    }
}

pub(super) fn at<'a>(row: u64, column: &'a str, text: &'a str) -> Cell<'a> {
    Cell { row, column, text }
}
