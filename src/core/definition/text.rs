//! Mails and invites beside a definition: a head (`subject`, `to`, …) and a text with placeholders.

use indexmap::IndexMap;

/// One mail, in plain text and perhaps in HTML; placeholders are minijinja's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    pub name: String,
    pub subject: String,
    /// Roles; empty means whom the step concerns.
    pub to: Vec<String>,
    pub text: String,
    pub html: Option<String>,
}

/// One invite: which answers of the step's form give its date, times and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    pub name: String,
    pub subject: String,
    pub to: Vec<String>,
    /// `date`, `start`, `end`, `place` to the field of the form that holds it.
    pub fields: IndexMap<String, String>,
    pub text: String,
}
