//! The fold of a migration: every place gets its new address, or stays as history only.
//!
//! What becomes of each place was decided and written down (`decide/migrate.rs`); here it is
//! only carried out. What was open and has no place in the new version is not required any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::places::close;
use crate::core::run::event::{Cause, Migrated};
use crate::core::run::state::{Done, Run, Status};
use crate::core::time::Instant;

pub(super) fn fold_migration(
    run: &mut Run,
    steps: &[Migrated],
    roles: &BTreeMap<String, String>,
    at: Instant,
) {
    let (mut moved, mut invites) = (BTreeMap::new(), BTreeMap::new());
    for place in steps {
        let Some(mut shared) = run.steps.remove(&place.from) else {
            continue;
        };
        let step = Arc::make_mut(&mut shared);
        let Some(to) = &place.to else {
            let begun = step.free || step.status.is_settled();
            if !step.status.is_settled() {
                let mut done = Done::now(step, Status::NotRequired, at);
                done.cause = Some(Cause::Unmapped);
                close(step, done);
            }
            if begun {
                run.gone.insert(place.from.clone(), shared);
            }
            continue;
        };
        if step.status.is_ready() {
            step.due.clone_from(&place.due);
        } else if step.free && !step.status.is_settled() {
            step.opens.clone_from(&place.opens);
        }
        moved.insert(to.clone(), shared);
        if let Some(invite) = run.invites.remove(&place.from) {
            invites.insert(to.clone(), invite);
        }
    }
    run.invites.append(&mut invites);
    run.steps.append(&mut moved);
    for (old, new) in roles {
        if let Some(people) = run.people.remove(old) {
            run.people.insert(new.clone(), people);
        }
        if let Some(acted) = run.acted.remove(old) {
            run.acted.insert(new.clone(), acted);
        }
    }
}
