//! What changes seldom and every decision needs: read once, and kept in memory for as long as the
//! database says that it is still the same revision.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// As of that revision: what is kept, else what is read now. That may be newer than the revision,
    /// which was asked for before; never older.
    pub async fn as_of(
        &self,
        alliance: &AllianceId,
        revision: i64,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        if let Some((of, kept)) = self.all().get(alliance)
            && *of == revision
        {
            return Ok(kept.clone());
        }
        let read = Arc::new(read.await?);
        self.all()
            .insert(alliance.clone(), (revision, read.clone()));
        Ok(read)
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<AllianceId, (i64, Arc<T>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// The directory of an alliance as this unit sees it. For units that write none of it: what is
    /// taken back must not be kept.
    pub(super) async fn directory_in(&self, unit: &mut Unit) -> Result<Arc<Whole>, Error> {
        let revision = unit.directory_revision().await?;
        let alliance = unit.alliance().clone();
        let read = async { Ok(Whole::new(unit.directory().await?)) };
        let directories = &self.memory.directories;
        directories.as_of(&alliance, revision, read).await
    }
}
