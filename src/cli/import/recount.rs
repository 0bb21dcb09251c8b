//! How many projects are counted anew because calendars change.

use crate::cli::pages::count;
use crate::core::run::state::RunStatus;
use crate::store::{RunFilter, Scoped};

/// "The open dates of 4 projects will be counted anew."
pub async fn say(scoped: &Scoped, dry_run: bool) -> anyhow::Result<String> {
    let filter = RunFilter {
        status: Some(RunStatus::InProgress),
        ..RunFilter::default()
    };
    let projects = count(scoped.runs(&filter).await?.len(), "project");
    let would = if dry_run { "would" } else { "will" };
    Ok(format!(
        "the open dates of {projects} in progress {would} be counted anew"
    ))
}
