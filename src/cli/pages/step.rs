//! Why a step stands where it stands: what it waits for, who can act, what comes next.

use serde_json::{Value, json};

use crate::core::definition::workflow::{Node, Outcome};
use crate::core::run::address::Address;
use crate::core::run::decide::Why;
use crate::core::run::event::StepKind;
use crate::core::run::state::{RunStatus, Status};

use super::layout::{bullet, wrap};
use super::{View, count, due, sentence, who};

/// The whole answer to `step why`.
pub fn why(view: &View, why: &Why) -> String {
    let mut text = wrap(
        "",
        &format!("{} [{}]", view.bare_title(&why.step), why.step),
        2,
    );
    text.push_str(&wrap("", &view.named(), 2));
    let mut status = why.status.say().to_owned();
    if let Some(reason) = &why.reason {
        status.push_str(": ");
        status.push_str(reason.trim_end_matches('.'));
    }
    text.push_str(&wrap("", &format!("{status}."), 2));
    for line in facts(view, why) {
        text.push_str(&bullet(&sentence(&line)));
    }
    let Some(node) = view.workflow.node_of(&why.step) else {
        return text;
    };
    let node = view.workflow.node(node);
    if !why.status.is_settled() {
        text.push_str(&outcomes(view, node));
    }
    text.push_str(&next(view, why));
    let step = view.run.steps.get(&why.step);
    let deadlines = step.filter(|step| !step.status.is_settled()).into_iter();
    let dates = deadlines.flat_map(|step| step.due.iter().chain(&step.opens));
    if let Some(note) = due::note(&view.everybody.calendars, dates) {
        text.push_str(&wrap("", note, 0));
    }
    text
}

/// What comes next: steps, not the groups around them.
fn next(view: &View, why: &Why) -> String {
    let goes_on = matches!(view.run.status, RunStatus::InProgress | RunStatus::Paused);
    let is_step = |at: &&Address| {
        let place = view.run.find_step(at);
        place.is_some_and(|place| !matches!(place.kind, StepKind::Group | StepKind::Instance))
    };
    let steps: Vec<&Address> = why.next.iter().filter(is_step).collect();
    if steps.is_empty() || !goes_on {
        return String::new();
    }
    format!(
        "\n{}",
        wrap("", &format!("Then comes {}.", view.titles(steps)), 0)
    )
}

fn facts(view: &View, why: &Why) -> Vec<String> {
    let mut facts = Vec::new();
    let Some(step) = view.run.steps.get(&why.step) else {
        return facts;
    };
    let who = who::who(view, &why.step);
    if !why.status.is_settled() && !who.is_empty() {
        facts.push(match why.status {
            Status::CannotStartYet => format!("it will be {who}"),
            _ => who,
        });
    }
    facts.extend(due::opens(view, &why.step));
    facts.extend(due::due(view, &why.step));
    if let Some(decided) = &step.decided {
        let verdict = if decided.result {
            "holds"
        } else {
            "does not hold"
        };
        let saw = decided
            .saw
            .iter()
            .map(|seen| format!("{} is {}", seen.path, plain(&seen.value)));
        let saw = super::and(&saw.collect::<Vec<_>>());
        facts.push(format!(
            "its condition “{}” {verdict}: {saw}",
            decided.condition
        ));
    }
    if let Some(blocked) = step
        .blocked
        .as_ref()
        .filter(|_| why.status == Status::CannotProgress)
    {
        facts.push(format!("cannot progress: {}", view.text(&blocked.reason)));
    }
    facts.extend(
        step.done
            .as_ref()
            .map(|done| super::project::ended(view, done)),
    );
    let earlier = step.earlier.iter();
    facts.extend(earlier.map(|done| {
        format!(
            "attempt {}: {}",
            done.attempt,
            super::project::ended(view, done)
        )
    }));
    if step.attempt > 1 {
        facts.push(format!("it is attempt {}", step.attempt));
    }
    if step.drafted && !why.status.is_settled() {
        facts.push("a draft is saved".to_owned());
    }
    facts
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "not answered".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => super::and(&items.iter().map(plain).collect::<Vec<_>>()),
        other => other.to_string(),
    }
}

fn outcomes(view: &View, node: &Node) -> String {
    let Some(task) = node.task() else {
        return String::new();
    };
    let offered: Vec<_> = task
        .outcomes
        .iter()
        .filter(|(_, outcome)| !outcome.by_rung)
        .collect();
    if offered.is_empty() {
        return String::new();
    }
    let count = count(offered.len(), "outcome");
    let mut text = format!("\nIt ends in one of {count}:\n");
    for (name, outcome) in offered {
        text.push_str(&bullet(&format!("{name}{}", effects(view, outcome))));
    }
    text
}

/// What an outcome does, in words: ": asks for “…” again (needs a reason)".
fn effects(view: &View, outcome: &Outcome) -> String {
    let title = |id: usize| {
        let node = view.workflow.node(id);
        format!(
            "“{}”",
            if node.title.is_empty() {
                &node.name
            } else {
                &node.title
            }
        )
    };
    let mut does = Vec::new();
    does.extend(
        outcome
            .reopen
            .map(|step| format!("asks for {} again", title(step))),
    );
    does.extend(outcome.repeat.then(|| "begins once more".to_owned()));
    does.extend(outcome.end.map(|step| format!("ends {}", title(step))));
    does.extend(outcome.leave.then(|| "leaves".to_owned()));
    does.extend(
        outcome
            .stop
            .as_ref()
            .map(|words| format!("stops the project ({words})")),
    );
    let does = if does.is_empty() {
        String::new()
    } else {
        format!(": {}", super::and(&does))
    };
    let reason = if outcome.reason_required {
        " (needs a reason)"
    } else {
        ""
    };
    format!("{does}{reason}")
}

pub fn why_json(view: &View, why: &Why) -> Value {
    let people = why.who.iter().map(|doer| {
        json!({"person": doer.person, "name": view.name(doer.person), "covers": doer.covers})
    });
    let step = view.run.steps.get(&why.step);
    json!({
        "reference": view.run.reference,
        "step": why.step,
        "title": view.bare_title(&why.step),
        "status": why.status,
        "reason": why.reason,
        "waits_for": why.waits_for,
        "who": people.collect::<Vec<_>>(),
        "since": step.and_then(|step| step.ready_at),
        "due": step.and_then(|step| step.due.as_ref()),
        "opens": step.and_then(|step| step.opens.as_ref()),
        "outcomes": why.outcomes,
        "next": why.next,
    })
}
