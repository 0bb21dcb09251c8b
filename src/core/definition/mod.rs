//! The definition language: text in, a checked [`workflow::Workflow`] out, or every problem at once.

pub mod condition;
pub mod dates;
pub mod form;
pub mod text;
pub mod workflow;
