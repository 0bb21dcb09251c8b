//! Mails as decisions: when one may leave for a person, and what goes into it.

pub mod bundle;
pub mod quiet;
