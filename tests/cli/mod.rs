//! The commands as a coordinator types them: the binary itself on an empty home folder.
//!
//! Everything that is seen (text, JSON, exit code) and everything that is kept is looked at from
//! outside. The pages have tests of their own in `src/cli/pages`.

mod appointments;
mod changes;
mod events;
mod holds;
mod home;
mod labels;
mod looking;
mod migration;
mod passes;
mod refusals;
mod simulated;
