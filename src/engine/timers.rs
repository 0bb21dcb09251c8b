//! Timers: moments that have come are sent to their runs as commands.
//!
//! Any process claims them; the key of the planned moment is the id of the command, so a moment
//! that is fired twice happens once.

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
        for Claimed { alliance, row } in &due {
            if let Err(error) = self.fire(alliance, row, token).await {
                let (run, key) = (row.run, &row.key);
                tracing::error!(%alliance, %run, %key, %error, "a timer must wait");
            }
        }
        Ok(due.len())
    }

    async fn fire(&self, alliance: &AllianceId, row: &TimerRow, token: Uuid) -> Result<(), Error> {
        let Ok(timer) = serde_json::from_str::<TimerKey>(&row.body) else {
            let reason = format!("The timer {} of {} cannot be read.", row.key, row.run);
            return Err(Error::Unreadable(reason));
        };
        let command = Command::TimerFire { timer };
        let (id, now) = (format!("{}/{}", row.run, row.key), self.clock.now());
        let envelope = Envelope::inside(ENGINE, id, alliance, row.run, now, command);
        let incoming = Incoming::inside(envelope);
        let handled = self.handle(alliance, vec![incoming]).await?;
        let again = handled.iter().find_map(|one| match one {
            Handled::Refused(refused) => tried_again(refused, self.clock.now()),
            _ => None,
        });
        if let Some(until) = again {
            let moment = (row.run, row.key.as_str());
            let store = &self.store;
            store.put_off_timer(alliance, moment, token, until).await?;
            return Ok(());
        }
        // Where the run moved, its new timers have replaced this one already.
        let store = &self.store;
        store
            .finish_timer(alliance, row.run, &row.key, token)
            .await?;
        metrics::counter!("alongside_timers_fired_total").increment(1);
        Ok(())
    }
}
