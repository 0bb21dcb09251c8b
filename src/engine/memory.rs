//! What changes seldom and every decision needs: read once, and kept in memory for as long as the
//! database says that it is still the same revision.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::core::directory::whole::Whole;
use crate::core::names::AllianceId;
use crate::store::Unit;

use super::almanac::Known;
use super::{Engine, Error};

#[derive(Debug, Default)]
pub struct Memory {
    pub(super) almanacs: Kept<Known>,
    directories: Kept<Whole>,
}

/// By alliance: the last that was read, with its revision.
#[derive(Debug)]
pub(super) struct Kept<T>(Mutex<BTreeMap<AllianceId, (i64, Arc<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Kept<T> {
    pub fn find(&self, alliance: &AllianceId, revision: i64) -> Option<Arc<T>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, kept) = all.get(alliance)?;
        (*of == revision).then(|| kept.clone())
    }

    pub fn keep(&self, alliance: AllianceId, revision: i64, read: T) -> Arc<T> {
        let read = Arc::new(read);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(alliance, (revision, read.clone()));
        read
    }
}

impl Engine {
    /// The directory of an alliance as this unit sees it. What is read may be newer than its
    /// revision, which is read before it; never older. For units that write none of it: what is taken
    /// back must not be kept.
    pub(super) async fn directory_in(&self, unit: &mut Unit) -> Result<Arc<Whole>, Error> {
        let revision = unit.directory_revision().await?;
        if let Some(known) = self.memory.directories.find(unit.alliance(), revision) {
            return Ok(known);
        }
        let whole = Whole::new(unit.directory().await?);
        let alliance = unit.alliance().clone();
        Ok(self.memory.directories.keep(alliance, revision, whole))
    }
}
