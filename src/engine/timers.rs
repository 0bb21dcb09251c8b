//! Timers: moments that have come are sent to their runs as commands.
//!
//! Any process claims them; the key of the planned moment is the id of the command, so a moment
//! that is fired twice happens once.

use std::collections::BTreeMap;
use std::slice;

use uuid::Uuid;

use crate::core::names::AllianceId;
use crate::core::run::command::{Command, Envelope, TimerKey};
use crate::core::run::decide::tried_again;
use crate::core::run::decide::who::ENGINE;
use crate::core::run::seed::uuid_from;
use crate::store::{Claimed, TimerRow};

use super::handle::Handled;
use super::{Engine, Error, Incoming};

/// How long a claimed timer belongs to whoever fires it.
const LEASE_SECONDS: i64 = 60;

impl Engine {
    /// Fires what is due, soonest first. Says how many there were. One that cannot be fired now
    /// holds up no other; it is tried again when its lease has run out.
    pub async fn fire_timers(&self, limit: u32) -> Result<usize, Error> {
        let now = self.clock.now();
        let token = uuid_from(&super::random_bytes());
        let due = self.store.claim_timers(now, LEASE_SECONDS, limit, token);
        let due = due.await?;
        let count = due.len();
        let mut by_alliance: BTreeMap<AllianceId, Vec<TimerRow>> = BTreeMap::new();
        for Claimed { alliance, row } in due {
            by_alliance.entry(alliance).or_default().push(row);
        }
        for (alliance, rows) in by_alliance {
            self.fire_of(&alliance, &rows, token).await;
        }
        Ok(count)
    }

    /// Those of one alliance in one transaction, since many come at the same moment: reminders all
    /// at eight. Where that fails, one by one; what was fired before then is a duplicate.
    async fn fire_of(&self, alliance: &AllianceId, rows: &[TimerRow], token: Uuid) {
        if rows.len() > 1 {
            match self.fire(alliance, rows, token).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(%alliance, %error, "timers go one by one"),
            }
        }
        for row in rows {
            if let Err(error) = self.fire(alliance, slice::from_ref(row), token).await {
                let (run, key) = (row.run, &row.key);
                tracing::error!(%alliance, %run, %key, %error, "a timer must wait");
            }
        }
    }

    async fn fire(
        &self,
        alliance: &AllianceId,
        rows: &[TimerRow],
        token: Uuid,
    ) -> Result<(), Error> {
        let batch: Result<Vec<Incoming>, Error> =
            rows.iter().map(|row| self.moment(alliance, row)).collect();
        let handled = self.handle(alliance, batch?).await?;
        for (row, one) in rows.iter().zip(&handled) {
            self.finish(alliance, row, one, token).await?;
        }
        Ok(())
    }

    /// A moment that has come, as a command.
    fn moment(&self, alliance: &AllianceId, row: &TimerRow) -> Result<Incoming, Error> {
        let Ok(timer) = serde_json::from_str::<TimerKey>(&row.body) else {
            let reason = format!("The timer {} of {} cannot be read.", row.key, row.run);
            return Err(Error::Unreadable(reason));
        };
        let command = Command::TimerFire { timer };
        let (id, now) = (format!("{}/{}", row.run, row.key), self.clock.now());
        let envelope = Envelope::inside(ENGINE, id, alliance, row.run, now, command);
        Ok(Incoming::inside(envelope))
    }

    /// What becomes of the row. Where the run moved, its new timers have replaced this one already.
    async fn finish(
        &self,
        alliance: &AllianceId,
        row: &TimerRow,
        handled: &Handled,
        token: Uuid,
    ) -> Result<(), Error> {
        let again = match handled {
            Handled::Refused(refused) => tried_again(refused, self.clock.now()),
            _ => None,
        };
        let (store, key) = (&self.store, row.key.as_str());
        if let Some(until) = again {
            store
                .put_off_timer(alliance, (row.run, key), token, until)
                .await?;
            return Ok(());
        }
        if !matches!(handled, Handled::Applied { .. }) {
            store.finish_timer(alliance, row.run, key, token).await?;
        }
        metrics::counter!("alongside_timers_fired_total").increment(1);
        Ok(())
    }
}
