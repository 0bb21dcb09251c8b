//! Messages: how a command is read off the wire, and how what came of it is written.
//!
//! CloudEvents 1.0, structured JSON. Pure: bytes in, values or a fault out, and values in, text
//! out. Who may send what, and whether an id was used before, is not decided here.

pub mod contract;
pub mod fault;
mod json;
pub mod read;
mod schema;
pub mod write;

pub use fault::{Fault, Unreadable};
pub use read::{fingerprint, read};

/// The only content type, in and out.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";
