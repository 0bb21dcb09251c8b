//! The one integration binary: what spans folders, needs a server, or looks at the tree itself.
//!
//! `tests/run` starts the servers and runs it. A test that needs one takes it from `support` and
//! fails without it; nothing is skipped. To add a test: a module here, named after what it shows.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where
#![allow(clippy::format_push_string, clippy::items_after_statements)] // plain is enough in a test

mod bus;
mod calendar;
mod cli;
mod cli_operators;
mod documents;
mod engine;
mod import;
mod mail;
mod store;
mod support;
mod tidy;
