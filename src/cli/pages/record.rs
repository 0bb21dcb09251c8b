//! One project as data: what `project show --json` gives to programs.

use serde_json::{Map, Value, json};

use crate::core::definition::workflow::Node;
use crate::core::run::address::Address;
use crate::core::run::doers;
use crate::core::run::entry::Entry;
use crate::core::run::event::SealedAnswers;
use crate::core::run::projection;
use crate::core::run::state::{Done, Step};

use super::{View, answered, history};
use crate::core::audit::payload::Commitment;

pub fn record(view: &View, entries: &[Entry]) -> Value {
    let run = view.run;
    let (stage, open_stages) = projection::stage(view.workflow, run);
    let steps = run
        .steps
        .iter()
        .map(|(address, one)| step(view, address, one));
    let history = entries.iter().map(|entry| {
        json!({
            "seq": entry.seq,
            "at": entry.at,
            "command": entry.command.kind,
            "actor": entry.actor,
            "on_behalf_of": entry.on_behalf_of,
            "words": history::sentences(view, entry),
        })
    });
    let hold = run.hold.as_ref().map(|hold| {
        json!({"kind": hold.kind, "since": hold.since, "until": hold.until,
               "reason": view.text(&hold.reason)})
    });
    let stopped = run.stopped.as_ref().map(|stopped| {
        json!({"words": stopped.words, "at": stopped.at,
               "reason": stopped.reason.as_ref().map(|reason| view.text(reason))})
    });
    json!({
        "run": run.id,
        "reference": run.reference,
        "title": run.title,
        "version": run.version,
        "workflow": run.workflow,
        "host_school": run.host_school,
        "school": view.host(),
        "status": run.status,
        "stage": stage,
        "open_stages": open_stages,
        "hold": hold,
        "stopped": stopped,
        "started_at": run.started_at,
        "changed_at": run.changed_at,
        "dates": run.dates,
        "people": run.people,
        "steps": steps.collect::<Vec<_>>(),
        "kept_events": run.kept.iter().map(|event| json!({
            "id": event.id, "name": event.name, "at": event.at, "expires": event.expires,
        })).collect::<Vec<_>>(),
        "history": history.collect::<Vec<_>>(),
    })
}

fn step(view: &View, address: &Address, step: &Step) -> Value {
    let node = view
        .workflow
        .node_of(address)
        .map(|id| view.workflow.node(id));
    let ready = step.status.is_ready();
    let directory = &view.everybody.directory;
    let people = if ready {
        doers::doers(view.workflow, view.run, directory, address, view.today())
    } else {
        Vec::new()
    };
    let people = people.into_iter().map(|doer| {
        json!({"person": doer.person, "name": view.name(doer.person), "covers": doer.covers})
    });
    let due = step.due.as_ref().and_then(|due| due.date);
    let earlier = step.earlier.iter().map(|done| ended(view, node, done));
    json!({
        "step": address,
        "kind": step.kind,
        "title": view.bare_title(address),
        "stage": node.and_then(|node| node.stage.clone()),
        "role": node.and_then(|node| node.role()),
        "status": step.status,
        "attempt": step.attempt,
        "since": step.ready_at,
        "due": due,
        "overdue": ready && due.is_some_and(|due| due < view.today()),
        "opens": step.opens.as_ref().and_then(|opens| opens.date),
        "people": people.collect::<Vec<_>>(),
        "draft": step.drafted && !step.status.is_settled(),
        "blocked": step.blocked.as_ref().map(|blocked| view.text(&blocked.reason)),
        "done": step.done.as_ref().map(|done| ended(view, node, done)),
        "earlier": earlier.collect::<Vec<_>>(),
    })
}

fn ended(view: &View, node: Option<&Node>, done: &Done) -> Value {
    let answers = answers(view, &done.answers);
    let labels = node.map(|node| answered::labels(view, node, &answers));
    json!({
        "attempt": done.attempt,
        "status": done.status,
        "at": done.at,
        "how": done.how,
        "by": done.by,
        "actor": done.actor,
        "cause": done.cause,
        "outcome": done.outcome,
        "reason": done.reason.as_ref().map(|reason| view.text(reason)),
        "answers": answers,
        "labels": labels.unwrap_or_default(),
    })
}

/// Answers with their texts; an erased one is `null`.
pub fn answers(view: &View, sealed: &SealedAnswers) -> Map<String, Value> {
    let plain = sealed.iter().map(|(name, value)| {
        let value = match Commitment::from_value(value) {
            Some(commitment) => view.texts.get(&commitment).cloned().unwrap_or(Value::Null),
            None => value.clone(),
        };
        (name.clone(), value)
    });
    plain.collect()
}
