//! Retention: what is kept for a time only is taken away after it.
//!
//! For 90 days: the bytes of quarantined messages and of mails, and the files of mails; the record
//! of what became of each stays. For the school years that the alliance says: the texts of projects
//! that have ended, each by a command of its own, so that the log says so. Entries, and the keys by
//! which a message is applied once, are kept for good.

use chrono::Days;
use uuid::Uuid;

use crate::core::names::{AllianceId, RunId};
use crate::core::retention;
use crate::core::run::command::{Command, Envelope};
use crate::core::run::decide::who::ENGINE;
use crate::core::schedules::{Job, OFF};
use crate::core::time::{Date, Instant};
use crate::mail::Folder;
use crate::store::{ScheduleRow, nobody};

use super::{Engine, Error, Handled, Incoming};

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
        if let Some(years) = scoped.text_years().await? {
            let kept_from = retention::kept_from(self.clock.now().date(), years);
            self.expire_texts(alliance, kept_from).await?;
        }
        Ok(())
    }

    /// Of each project that ended before that day the texts go.
    async fn expire_texts(&self, alliance: &AllianceId, kept_from: Date) -> Result<(), Error> {
        let runs = self.texts_of_before(alliance, kept_from).await?;
        let any = !runs.is_empty();
        for run in runs {
            let id = format!("{run}/texts/{kept_from}");
            let command = Command::TextsExpire { kept_from };
            let now = self.clock.now();
            let envelope = Envelope::inside(ENGINE, id, alliance, run, now, command);
            let handled = self
                .handle(alliance, vec![Incoming::inside(envelope)])
                .await?;
            if let Some(Handled::Applied { .. }) = handled.first() {
                tracing::info!(%alliance, %run, "its texts were taken away");
            }
        }
        if any && let Err(error) = self.store.scrub().await {
            tracing::warn!(%error, "the database file was not written anew");
        }
        Ok(())
    }

    /// Projects that ended before a day and still hold texts.
    pub async fn texts_of_before(
        &self,
        alliance: &AllianceId,
        kept_from: Date,
    ) -> Result<Vec<RunId>, Error> {
        let scoped = self.store.of(alliance);
        let began_before = Instant::start_of(kept_from);
        let limit = u32::try_from(BATCH).unwrap_or(u32::MAX);
        let (mut old, mut after) = (Vec::new(), RunId(Uuid::nil()));
        loop {
            let some = scoped.ended_with_texts(began_before, after, limit).await?;
            let Some(last) = some.last() else {
                return Ok(old);
            };
            after = *last;
            for run in some {
                let reading = self.read_run(alliance, run).await?;
                let ended_at = reading.and_then(|reading| reading.run.ended_at);
                if ended_at.is_some_and(|at| at.date() < kept_from) {
                    old.push(run);
                }
            }
        }
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
