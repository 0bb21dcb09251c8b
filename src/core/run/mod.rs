//! A run: what is asked (command), what happened (event), how it stands (state), what follows.
//!
//! The whole engine as four pure functions: [`wants`](wants::wants) says which facts to load,
//! [`decide`](decide::decide) answers a command with an entry or a refusal,
//! [`evolve`](evolve::evolve) folds events, [`react`](react::react) says what the world is told.

pub mod address;
pub mod apart;
#[cfg(test)]
pub(crate) mod cases;
pub mod cause;
pub mod command;
pub mod deadline;
pub mod decide;
pub mod doers;
pub mod effect;
pub mod entry;
pub mod event;
pub mod evolve;
pub mod facts;
pub mod invite;
pub mod kept;
pub mod migrated;
pub mod permissions;
#[cfg(test)]
mod permissions_examples;
#[cfg(test)]
mod permissions_tests;
pub mod places;
pub mod projection;
pub mod react;
pub mod refusal;
pub mod reminded;
pub mod seed;
pub mod state;
#[cfg(test)]
pub(crate) mod story;
#[cfg(test)]
mod story_form;
pub mod undo;
#[cfg(test)]
pub(crate) mod walks;
pub mod wants;
