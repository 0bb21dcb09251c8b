//! Alongside: the back office of schools that help each other improve.
//!
//! `core` decides and is pure; `store`, `bus`, `mail` and `web` each hide one outside thing;
//! `engine` is the only writer of runs; `cli` and `main` are the edge. See `ARCHITECTURE.md`.

pub mod bus;
pub mod cli;
pub mod clock;
pub mod config;
pub mod core;
pub mod engine;
pub mod import;
pub mod mail;
pub mod store;
pub mod telemetry;
pub mod web;
