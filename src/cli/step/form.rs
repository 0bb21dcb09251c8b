//! `step form`: the form of a step to fill in by hand.

use serde_json::{Map, Value};

use super::work::Work;
use crate::cli::pages::form::Sheet;
use crate::cli::pages::record;
use crate::cli::{Done, act, output};
use crate::core::run::state::Step;

pub async fn form(work: &Work) -> anyhow::Result<Done> {
    let place = work.place().ok_or_else(|| work.unknown())?;
    let reading = &work.reading;
    let texts = work
        .desk
        .engine
        .texts(&work.alliance, reading.run.id)
        .await?;
    let now = work.desk.engine.clock.now();
    let view = act::view(reading, &work.everybody, &texts, now);
    let node = reading
        .workflow
        .node_of(&place)
        .ok_or_else(|| work.unknown())?;
    let node = reading.workflow.node(node);
    let answered = |step: &Step| before(step, |sealed| record::answers(&view, sealed));
    let answers = match work.draft().await? {
        Some(draft) => draft,
        None => reading
            .run
            .find_step(&place)
            .map(answered)
            .unwrap_or_default(),
    };
    let sheet = Sheet {
        view,
        step: &place,
        node,
        form: reading.workflow.form_at(&place).map(AsRef::as_ref),
        answers,
    };
    if work.desk.json {
        output::print_json(&sheet.json())?;
    } else {
        output::print(&sheet.text());
    }
    Ok(Done::Well)
}

/// What was answered already: now, or in the attempt before, unless that was private.
fn before(
    step: &Step,
    unsealed: impl Fn(&Map<String, Value>) -> Map<String, Value>,
) -> Map<String, Value> {
    let now = step.done.as_ref().map(|done| &done.answers);
    now.or(step.prefill()).map(unsealed).unwrap_or_default()
}
