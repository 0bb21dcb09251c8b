//! The time, as a value that is handed around: the one home of `Utc::now`.
//!
//! Everything that needs the time takes an `Arc<dyn Clock>`, so that a test, a simulation and the
//! demo move it by hand. Moments are cut to microseconds here, as entries and PostgreSQL keep them.
//! There is no sleeping here: who waits, waits with the runtime and asks again.

use std::fmt::Debug;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use crate::core::time::Instant;

pub trait Clock: Debug + Send + Sync {
    fn now(&self) -> Instant;

    /// A count that goes on steadily, whatever the clock is set to; from any moment on.
    fn steady(&self) -> Duration;

    /// Whether it is to agree with the clocks of other machines.
    fn is_the_machines(&self) -> bool {
        false
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // here, so that it is allowed nowhere else
    fn now(&self) -> Instant {
        Instant::new(chrono::Utc::now())
    }

    #[allow(clippy::disallowed_methods)] // here, so that it is allowed nowhere else
    fn steady(&self) -> Duration {
        static START: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);
        START.elapsed()
    }

    fn is_the_machines(&self) -> bool {
        true
    }
}

/// Stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<(Instant, Duration)>);

impl ManualClock {
    pub fn at(start: Instant) -> Self {
        Self(Mutex::new((start, Duration::ZERO)))
    }

    /// To any moment, an earlier one too: machines' clocks do that. Time passes until a later one.
    pub fn set(&self, now: Instant) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.micros().saturating_sub(held.0.micros());
        held.1 += Duration::from_micros(u64::try_from(passed).unwrap_or_default());
        held.0 = now;
    }

    pub fn advance(&self, seconds: i64) {
        self.set(self.now().plus_seconds(seconds));
    }

    /// The clock is set otherwise while no time passes.
    pub fn jump(&self, seconds: i64) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.0 = held.0.plus_seconds(seconds);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn steady(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_machines_clock_gives_whole_microseconds_and_goes_on() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let first = clock.now();
        assert_eq!(first, Instant::new(first.utc()));
        assert_eq!(first.utc().timestamp_subsec_nanos() % 1000, 0);
        assert!(clock.now() >= first);
    }

    #[test]
    fn a_clock_moved_by_hand_stands_still_between() {
        let start: Instant = "2027-03-02T08:30:00Z".parse().unwrap();
        let clock = ManualClock::at(start);
        assert_eq!(clock.now(), start);
        clock.advance(90);
        assert_eq!(clock.now().to_string(), "2027-03-02T08:31:30.000000Z");
        assert_eq!(clock.steady(), Duration::from_secs(90));
        clock.set(start);
        assert_eq!(clock.now(), start);
        clock.jump(3_600);
        assert_eq!(clock.now(), start.plus_seconds(3_600));
        assert_eq!(
            clock.steady(),
            Duration::from_secs(90),
            "no time has passed"
        );
    }
}
