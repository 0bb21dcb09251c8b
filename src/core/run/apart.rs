//! Two roles that one person must not have in one project (`not` in a definition).
//!
//! Against everyone who holds, or has done a step as, the other role, in either direction.

use crate::core::definition::workflow::Workflow;
use crate::core::directory::Directory;
use crate::core::names::PersonId;
use crate::core::time::Date;

use super::address::Address;
use super::doers;
use super::state::Run;

/// The role that forbids a person to be in this one: what they are or have been.
pub fn forbidden_by<'w>(
    workflow: &'w Workflow,
    run: &Run,
    directory: &Directory,
    role: &str,
    person: PersonId,
    day: Date,
) -> Option<&'w str> {
    let roles = &workflow.roles;
    let forbidden = roles.get(role).and_then(|held| held.not.as_ref());
    let back = roles
        .iter()
        .filter(|(_, other)| other.not.as_deref() == Some(role))
        .map(|(name, _)| name);
    let mut others = forbidden.into_iter().chain(back);
    others
        .find(|other| has_been(workflow, run, directory, other, person, day))
        .map(String::as_str)
}

/// Holds that role now, or has done a step as it.
fn has_been(
    workflow: &Workflow,
    run: &Run,
    directory: &Directory,
    role: &str,
    person: PersonId,
    day: Date,
) -> bool {
    let acted = run.acted.get(role);
    let appointed = run.people.get(role).into_iter().flatten();
    acted.is_some_and(|all| all.contains(&person))
        || appointed.map(|held| held.person).any(|held| held == person)
        || doers::holders_of(workflow, run, directory, role, &Address::nowhere(), day)
            .iter()
            .any(|doer| doer.person == person && doer.covers.is_none())
}
