//! Retention: what is kept for 90 days only is taken away after them.
//!
//! These are the bytes of quarantined messages and of mails, and the files of mails; the record of
//! what became of each stays. Entries, and the keys by which a message is applied once, are kept for
//! good. Texts of people go by `person erase`, never by themselves.

use chrono::Days;
use uuid::Uuid;

use crate::core::names::AllianceId;
use crate::core::schedules::{Job, OFF};
use crate::core::time::{Date, Instant};
use crate::mail::Folder;
use crate::store::{ScheduleRow, nobody};

use super::{Engine, Error};

const KEPT_DAYS: u64 = 90;
/// Rows or files at a time, so that no lock is held for long.
const BATCH: usize = 128;

/// The first day that is kept.
fn kept_from(today: Date) -> Date {
    today - Days::new(KEPT_DAYS)
}

impl Engine {
    /// Takes away what an alliance has kept long enough, and messages of which nobody knows whose
    /// they are.
    pub(super) async fn forget(&self, alliance: &AllianceId, folder: &Folder) -> Result<(), Error> {
        let day = kept_from(self.clock.now().date());
        let before = Instant::start_of(day);
        let mut messages = 0;
        for whose in [alliance, &nobody()] {
            let scoped = self.store.of(whose);
            messages += all_of(|limit| scoped.forget_raw(before, limit)).await?;
        }
        let scoped = self.store.of(alliance);
        let mails = all_of(|limit| scoped.forget_mails(day, limit)).await?;
        let files = self.remove_files(alliance, folder).await?;
        for (what, number) in [("messages", messages), ("mails", mails), ("files", files)] {
            metrics::counter!("alongside_forgotten_total", "what" => what).increment(number);
        }
        if messages + mails + files > 0 {
            tracing::info!(%alliance, messages, mails, files, "taken away after 90 days");
        }
        Ok(())
    }

    /// Files of old mails in the folder of this machine, for every alliance that has not switched
    /// retention off. A machine on which another did the rest has files all the same.
    pub async fn remove_old_files(&self, folder: &Folder) -> Result<(), Error> {
        for alliance in self.store.alliances().await? {
            let schedules = self.store.of(&alliance.id).schedules().await?;
            if !schedules.iter().any(is_off) {
                let files = self.remove_files(&alliance.id, folder).await?;
                metrics::counter!("alongside_forgotten_total", "what" => "files").increment(files);
            }
        }
        Ok(())
    }

    /// Says how many there were. One that cannot be removed is tried again the next time.
    async fn remove_files(&self, alliance: &AllianceId, folder: &Folder) -> Result<u64, Error> {
        let ids = match folder.ids() {
            Ok(ids) => ids,
            Err(error) => {
                tracing::warn!(%error, "the folder of mails cannot be read");
                return Ok(0);
            }
        };
        let day = kept_from(self.clock.now().date());
        let mut removed = 0;
        for some in ids.chunks(BATCH) {
            let old = self.store.of(alliance).mails_before(day, some).await?;
            removed += remove(folder, old);
        }
        Ok(removed)
    }
}

fn is_off(row: &ScheduleRow) -> bool {
    row.name == Job::Retention && row.setting.as_deref() == Some(OFF)
}

fn remove(folder: &Folder, ids: impl IntoIterator<Item = Uuid>) -> u64 {
    let mut removed = 0;
    for id in ids {
        match folder.remove(id) {
            Ok(()) => removed += 1,
            Err(error) => tracing::warn!(mail = %id, %error, "its file is still there"),
        }
    }
    removed
}

/// Goes on until a call has less than it may take.
async fn all_of<F>(mut some: impl FnMut(u32) -> F) -> Result<u64, Error>
where
    F: Future<Output = Result<u64, crate::store::Error>>,
{
    let limit = u32::try_from(BATCH).unwrap_or(u32::MAX);
    let mut total = 0;
    loop {
        let gone = some(limit).await?;
        total += gone;
        if gone < u64::from(limit) {
            return Ok(total);
        }
    }
}
