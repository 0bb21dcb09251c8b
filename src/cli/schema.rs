//! `schema`: the JSON Schema of a workflow's page, for editors that complete and underline.

use clap::Args;

use super::{Done, output};
use crate::core::definition::json_schema;

/// Print the JSON Schema of workflow files, for your editor
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside schema > alongside.schema.json\n\nThen, as the first line of a workflow, for editors with a YAML language server:\n  # yaml-language-server: $schema=alongside.schema.json"
)]
pub struct Schema {}

impl Schema {
    pub fn run() -> anyhow::Result<Done> {
        output::print_json(&json_schema())?;
        Ok(Done::Well)
    }
}
