//! The fold of a migration: every place gets its new address, or stays as history only.
//!
//! What becomes of each place was decided and written down (`decide/migrate.rs`); here it is
//! only carried out.

use std::collections::BTreeMap;

use super::event::Migrated;
use super::state::Run;

pub(super) fn fold_migration(run: &mut Run, steps: &[Migrated], roles: &BTreeMap<String, String>) {
    let mut moved = BTreeMap::new();
    for place in steps {
        let Some(mut step) = run.steps.remove(&place.from) else {
            continue;
        };
        if let Some(due) = &place.due {
            step.due = Some(due.clone());
        }
        match &place.to {
            Some(to) => {
                moved.insert(to.clone(), step);
            }
            None => {
                run.gone.insert(place.from.clone(), step);
            }
        }
    }
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
