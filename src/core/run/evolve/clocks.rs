//! How clocks stand still and run on again. What was consumed has been measured by `decide` and
//! is only written down here.

use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::event::{Consumed, Moved, Resumed};
use crate::core::run::state::Run;

/// Writes down what is consumed, and lets every clock stand still.
pub(super) fn stand_still(run: &mut Run, consumed: &[Consumed]) {
    for used in consumed {
        let Some(step) = run.step_mut(&used.step) else {
            continue;
        };
        let deadline = match used.what {
            Moved::Due => step.due.as_mut(),
            Moved::Opens => step.opens.as_mut(),
        };
        halt(deadline, used.consumed);
    }
}

pub(super) fn halt(deadline: Option<&mut Deadline>, used: u32) {
    let Some(deadline) = deadline else { return };
    if let DeadlineKind::Budget {
        consumed, since, ..
    } = &mut deadline.kind
    {
        *consumed = used;
        *since = None;
        deadline.date = None;
    }
}

pub(super) fn run_on(run: &mut Run, remaining: &[Resumed]) {
    for resumed in remaining {
        let Some(step) = run.step_mut(&resumed.step) else {
            continue;
        };
        match resumed.what {
            Moved::Due => step.due = Some(resumed.deadline.clone()),
            Moved::Opens => step.opens = Some(resumed.deadline.clone()),
        }
    }
}
