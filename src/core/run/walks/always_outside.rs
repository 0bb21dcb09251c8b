//! What must hold of all that leaves a run: mails, lists, timers, snapshots, sentences.

use std::collections::BTreeSet;

use super::always::Holds;
use super::walk::{Walk, say};
use crate::core::audit::chain;
use crate::core::run::address::Address;
use crate::core::run::command::TimerKey;
use crate::core::run::decide::why;
use crate::core::run::doers::doers;
use crate::core::run::effect::{Effect, Letter, Notice};
use crate::core::run::entry::Entry;
use crate::core::run::event::{Event, StepKind};
use crate::core::run::projection::{Asks, stage, tasks, timers};
use crate::core::run::react::react;
use crate::core::run::refusal::Verdict;
use crate::core::run::state::{Run, RunStatus, Status};

pub fn holds(walk: &Walk, entry: &Entry) -> Holds {
    let run = &walk.run;
    let snapshot: Run = serde_json::from_str(&chain::canonical(run)).unwrap();
    if snapshot != *run {
        return Err("a snapshot does not survive writing and reading".to_owned());
    }
    mails_ask_only_for_what_is_ready(walk, entry)?;
    lists_name_only_what_is_open(walk)?;
    nobody_is_invited_to_what_is_held(walk)?;
    let (current, others) = stage(&walk.workflow, run);
    if others.iter().any(|other| Some(other) == current.as_ref()) {
        return Err(format!("{current:?} is the stage, and one beside it"));
    }
    Ok(())
}

fn is_ready(run: &Run, step: &Address, attempt: u32) -> bool {
    run.status == RunStatus::InProgress
        && run.steps.get(step).is_some_and(|found| {
            let ready = matches!(found.status, Status::NotStarted | Status::InProgress);
            ready && found.attempt == attempt
        })
}

/// Who is asked can do it now; what became ready is asked of everybody who can, or the
/// coordinator hears that nobody can.
fn mails_ask_only_for_what_is_ready(walk: &Walk, entry: &Entry) -> Holds {
    let (run, directory) = (&walk.run, &walk.facts.directory);
    let effects = react(&walk.workflow, run, entry, &walk.facts);
    let mut asked = BTreeSet::new();
    let mut nobody = BTreeSet::new();
    for effect in &effects {
        let Effect::Mail { to, letter } = effect else {
            continue;
        };
        match letter {
            Letter::Ready { step, attempt } => {
                let theirs = doers(&walk.workflow, run, directory, step, walk.today());
                if !is_ready(run, step, *attempt) || theirs.iter().all(|doer| doer.person != *to) {
                    return Err(format!("{to} is asked for {step}: {letter:?}"));
                }
                asked.insert((step.clone(), *to));
            }
            Letter::Notice {
                notice: Notice::NobodyHolds { step, .. },
            } => {
                nobody.insert(step.clone());
            }
            _ => {}
        }
        let known = directory.people.get(to);
        if known.is_none_or(|known| known.erased) {
            return Err(format!("a mail to {to}, who is not there: {letter:?}"));
        }
    }
    for event in &entry.events {
        let Event::StepReady { step, attempt, .. } = event else {
            continue;
        };
        let node = walk.workflow.node_of(step).map(|id| walk.workflow.node(id));
        let of_people = node.is_some_and(|node| node.task().is_some() || node.role().is_some());
        if !of_people || !is_ready(run, step, *attempt) {
            continue;
        }
        let theirs = doers(&walk.workflow, run, directory, step, walk.today());
        let all = theirs
            .iter()
            .all(|doer| asked.contains(&(step.clone(), doer.person)));
        if !all || theirs.is_empty() != nobody.contains(step) {
            return Err(format!(
                "{step} is ready and not all of {theirs:?} were asked"
            ));
        }
    }
    Ok(())
}

fn lists_name_only_what_is_open(walk: &Walk) -> Holds {
    let run = &walk.run;
    let mut keys = BTreeSet::new();
    for timer in timers(&walk.workflow, run, &walk.facts) {
        let fits = match &timer.key {
            TimerKey::Opens { step, attempt, .. } => run.steps.get(step).is_some_and(|found| {
                found.free && found.status == Status::CannotStartYet && found.attempt == *attempt
            }),
            TimerKey::Rung { step, attempt, .. } => run.steps.get(step).is_some_and(|found| {
                found.free && !found.status.is_settled() && found.attempt == *attempt
            }),
            TimerKey::ResumeNear { .. } | TimerKey::Resume { .. } => {
                run.status == RunStatus::Paused
            }
        };
        let step_of_running = !matches!(
            timer.key,
            TimerKey::ResumeNear { .. } | TimerKey::Resume { .. }
        );
        let runs = run.status == RunStatus::InProgress;
        if !fits || step_of_running != runs || !keys.insert(timer.key.to_string()) {
            return Err(format!("there is a timer {}", timer.key));
        }
    }
    let tasks = tasks(&walk.workflow, run);
    let (to_resume, running): (Vec<_>, Vec<_>) =
        tasks.iter().partition(|task| task.asks == Asks::Resume);
    if run.status != RunStatus::InProgress && !running.is_empty() {
        return Err("there are tasks while nothing can be done".to_owned());
    }
    if run.status != RunStatus::Paused && !to_resume.is_empty() {
        return Err("what is not held is to be resumed".to_owned());
    }
    for task in running.iter().filter(|task| task.asks.is_of_step()) {
        let found = run.steps.get(&task.step);
        let open = found.is_some_and(|it| it.status.is_ready() && it.attempt == task.attempt);
        if !open || task.title.is_empty() {
            return Err(format!("there is a task {task:?}"));
        }
    }
    let asks = |at: &Address| {
        let node = walk.workflow.node_of(at).map(|id| walk.workflow.node(id));
        node.is_some_and(|node| node.task().is_some() || node.role().is_some())
    };
    let ready = run.steps.iter().filter(|(at, step)| {
        matches!(step.kind, StepKind::Task | StepKind::Wait) && step.status.is_ready() && asks(at)
    });
    let to_do = tasks.iter().filter(|task| task.asks == Asks::Do);
    if run.status == RunStatus::InProgress && ready.count() != to_do.count() {
        return Err("a ready step is no task".to_owned());
    }
    Ok(())
}

/// An invite to a day ahead stands only where somebody would come.
fn nobody_is_invited_to_what_is_held(walk: &Walk) -> Holds {
    let run = &walk.run;
    let until = run.hold.as_ref().and_then(|hold| hold.until);
    for (step, invite) in &run.invites {
        let held = match run.status {
            RunStatus::Stopped => true,
            RunStatus::Paused => until.is_none_or(|until| invite.date < until),
            _ => false,
        };
        let ahead = invite.date >= walk.today();
        if held && ahead && !invite.cancelled {
            return Err(format!("people are invited to {step} while all is held"));
        }
    }
    Ok(())
}

/// Every place can say why it stands where it stands.
pub fn every_place_explains_itself(walk: &Walk) -> Holds {
    for (at, step) in &walk.run.steps {
        let said = why(&walk.workflow, &walk.run, &walk.facts, at);
        let Some(said) = said else {
            return Err(format!("{at} cannot be explained"));
        };
        if said.step != *at {
            // Of a step that each person has, the bare name means one of theirs.
            continue;
        }
        let waits = step.status == Status::CannotStartYet;
        if said.status != step.status || said.reason.is_some() != waits {
            return Err(format!(
                "{at} is {:?} and says {:?}",
                step.status, said.reason
            ));
        }
        if let Some(reason) = &said.reason {
            is_a_sentence(reason)?;
        }
    }
    Ok(())
}

pub fn says_why(verdict: &Verdict) -> Holds {
    is_a_sentence(say(verdict))
}

/// A sentence for people ends with a full stop (or asks: did you mean `x`?) and has no words of the program in it.
fn is_a_sentence(text: &str) -> Holds {
    let inner = [
        "Some(", "None", "Ok(", "Err(", "{", "}", "::", "\n", "  ", "..", " .", "\"\"",
    ];
    let found = inner.into_iter().find(|inner| text.contains(inner));
    match found {
        Some(inner) => Err(format!("“{text}” has `{inner}` in it")),
        None if !(text.ends_with('.') || text.ends_with("`?")) || text.len() < 10 => {
            Err(format!("“{text}” is no sentence"))
        }
        None => Ok(()),
    }
}
