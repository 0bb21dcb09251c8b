//! Mails as decisions: when one may leave for a person, what goes into it, what becomes of it on its
//! way, and what a bounce says.

pub mod again;
pub mod bounce;
pub mod bundle;
pub mod holds;
pub mod link;
pub mod only_to;
pub mod outcome;
pub mod pace;
pub mod quiet;
pub mod return_path;
pub mod sending;
pub mod status;
pub mod why;
