//! What Alongside decides, as pure functions over plain data.
//!
//! No async, no clock, no randomness, no file, no socket: time and a seed come in with the facts.
//! `core` imports nothing else of ours, and everything else imports it.

pub mod audit;
pub mod calendar;
pub mod cover;
pub mod definition;
pub mod dice;
pub mod directory;
pub mod jump;
pub mod mails;
pub mod message;
pub mod names;
pub mod number;
pub mod retention;
pub mod run;
pub mod schedules;
pub mod simulation;
pub mod time;
pub mod words;
