//! Whether this process may do what the clock says: the jump guard, with the database's clock beside
//! the machine's.
//!
//! Every loop that acts by the clock asks first; commands and messages are taken all the same.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::core::jump::{JumpGuard, Trouble};

use super::{Engine, Error};

/// How often the database is asked for its time.
const COMPARE_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct ClockWatch(Mutex<Watched>);

#[derive(Debug, Default)]
struct Watched {
    guard: JumpGuard,
    /// By the steady count.
    compared: Option<Duration>,
}

impl ClockWatch {
    /// Why nothing is done by the clock now.
    pub fn trouble(&self) -> Option<Trouble> {
        self.lock().guard.trouble()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Looks at the clocks. `false`: the time is not to be believed, so nothing is done by it.
    pub async fn believes_its_clock(&self) -> Result<bool, Error> {
        let steady = self.clock.steady();
        let is_due =
            |at: Option<Duration>| at.is_none_or(|at| steady.saturating_sub(at) >= COMPARE_EVERY);
        let compares = self.clock.is_the_machines() && is_due(self.clock_watch.lock().compared);
        let database = if compares {
            self.store.clock().await?
        } else {
            None
        };
        let mut watched = self.clock_watch.lock();
        if compares {
            watched.compared = Some(steady);
        }
        if let Some(trouble) = watched
            .guard
            .look(self.clock.now(), self.clock.steady(), database)
        {
            metrics::counter!("alongside_clock_jumps_total").increment(1);
            tracing::error!(seconds = trouble.seconds, "{}", trouble.say());
        }
        Ok(watched.guard.trouble().is_none())
    }
}
