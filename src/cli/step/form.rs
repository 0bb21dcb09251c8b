//! `step form`: the form of a step to fill in by hand.

use super::work::Work;
use crate::cli::pages::form::Sheet;
use crate::cli::{Done, act, output};

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
    let sheet = Sheet {
        view,
        step: &place,
        node,
        form: reading.workflow.form_at(&place).map(AsRef::as_ref),
        answers: work.filled().await?,
    };
    if work.desk.json {
        output::print_json(&sheet.json())?;
    } else {
        output::print(&sheet.text());
    }
    Ok(Done::Well)
}
