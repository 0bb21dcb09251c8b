//! `project report`: the data of an event, read by the form of the wait that it is for.

use serde_json::{Map, Value};

use crate::cli::answers::Asked;
use crate::cli::desk::Desk;
use crate::cli::finding;
use crate::core::definition::workflow::Node;
use crate::engine::readings::Reading;

/// What was given as `--data`, with people as ids. Whether it fits is for the engine to say.
pub async fn data(
    desk: &Desk,
    project: &str,
    event: &str,
    given: &str,
) -> anyhow::Result<Map<String, Value>> {
    let alliance = desk.alliance().await?;
    let reading = finding::project(desk, &alliance, project).await?;
    let everybody = desk.engine.everybody(&alliance).await?;
    let wait = wait_for(&reading, event);
    let form = wait.and_then(|wait| reading.workflow.forms.get(wait.form()?));
    let asked = Asked {
        form: form.map(AsRef::as_ref),
        appoints: wait.map_or(&[][..], Node::appoints),
        everybody: &everybody,
    };
    asked.read(given)
}

/// Of several waits for one event the one that is open, else the first.
fn wait_for<'r>(reading: &'r Reading, event: &str) -> Option<&'r Node> {
    let Reading { workflow, run, .. } = reading;
    let is_open = |node: &&Node| {
        let mut steps = run.steps.iter();
        steps.any(|(address, step)| step.status.is_ready() && address.path() == node.path)
    };
    let waits = || {
        let nodes = workflow.nodes.iter();
        nodes.filter(|node| node.wait().is_some_and(|wait| wait.event == event))
    };
    waits().find(is_open).or_else(|| waits().next())
}
