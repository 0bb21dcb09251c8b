//! Taking back a pause, a postponement or a resume, while nothing else has happened.
//!
//! The mails that it causes wait so long, so that it can be taken back unseen; unless a visit is
//! near, for then whoever travels must know at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::deadline::CalendarId;
use super::entry::Entry;
use super::event::Event;
use super::facts::Facts;
use super::state::Run;
use crate::core::mails::quiet::is_near;
use crate::core::time::{Date, Instant};

/// For so long it can be taken back.
pub const UNDO_SECONDS: i64 = 600;

/// What can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Undone {
    /// A pause or a postponement.
    Hold,
    /// Another day or reason for one that stood.
    HoldChange,
    Resume,
}

/// A run as it stood before its last entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    pub what: Undone,
    pub at: Instant,
    pub before: Run,
}

impl Undone {
    /// What this event does, if that can be taken back.
    pub fn by(event: &Event) -> Option<Self> {
        match event {
            Event::RunPaused { .. } => Some(Self::Hold),
            Event::RunHoldChanged { .. } => Some(Self::HoldChange),
            Event::RunResumed { .. } => Some(Self::Resume),
            _ => None,
        }
    }
}

impl Run {
    /// Its last entry, if that can be taken back as far as the run knows.
    pub fn can_undo(&self) -> Option<&Undo> {
        let undo = self.undo.as_deref()?;
        (undo.before.version + 1 == self.version).then_some(undo)
    }

    /// Until when its last entry can be taken back.
    pub fn undo_until(&self) -> Option<Instant> {
        Some(self.can_undo()?.at.plus_seconds(UNDO_SECONDS))
    }
}

/// Until when the mails of an entry wait; `run` is the state after it.
pub fn mails_wait(run: &Run, entry: &Entry, facts: &Facts) -> Option<Instant> {
    let can = entry.events.iter().any(|it| Undone::by(it).is_some());
    let waits = can && !is_visit_near(run, entry.at.date(), facts);
    waits.then(|| entry.at.plus_seconds(UNDO_SECONDS))
}

/// Whether people are, or were until now, invited to something within three school days of the host.
pub fn is_visit_near(run: &Run, day: Date, facts: &Facts) -> bool {
    let calendar = match &run.host_school {
        Some(urn) => CalendarId::School { urn: urn.clone() },
        None => CalendarId::Alliance,
    };
    let host = facts.calendars.of(&calendar);
    let near = |date| host.iter().any(|(_, host)| is_near(host, day, date));
    run.invites.values().any(|invite| near(invite.date))
}
