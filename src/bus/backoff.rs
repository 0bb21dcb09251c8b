//! How long to wait before the next attempt: half a second, doubling, up to half a minute.
//!
//! Jitter keeps a hundred workers from coming back in the same instant. A link that broke soon
//! after it was made does not count as a success, or a broken permission would be tried in a
//! tight loop.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const FIRST_MS: u64 = 500;
const LONGEST_MS: u64 = 30_000;
/// A link that lived this long was good.
const GOOD: Duration = Duration::from_secs(30);

pub struct Backoff {
    next_ms: u64,
    rng: StdRng,
}

impl Backoff {
    pub fn new(seed: u64) -> Self {
        Self {
            next_ms: FIRST_MS,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// Between half of the current wait and all of it, never under half a second.
    pub fn next_wait(&mut self) -> Duration {
        let current = self.next_ms;
        self.next_ms = (current * 2).min(LONGEST_MS);
        let least = (current / 2).max(FIRST_MS);
        Duration::from_millis(self.rng.random_range(least..=current))
    }

    pub fn lived(&mut self, how_long: Duration) {
        if how_long >= GOOD {
            self.next_ms = FIRST_MS;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_half_a_minute_and_stay_there() {
        let mut backoff = Backoff::new(7);
        let waits: Vec<u64> = (0..20)
            .map(|_| u64::try_from(backoff.next_wait().as_millis()).unwrap())
            .collect();
        assert_eq!(waits[0], 500);
        assert!(waits.iter().all(|wait| (500..=30_000).contains(wait)));
        assert!(waits[10..].iter().all(|wait| *wait >= 15_000));
        assert!(
            waits[10..].windows(2).any(|pair| pair[0] != pair[1]),
            "no jitter"
        );
    }

    #[test]
    fn only_a_link_that_lived_starts_anew() {
        let mut backoff = Backoff::new(7);
        for _ in 0..10 {
            backoff.next_wait();
        }
        backoff.lived(Duration::from_secs(1));
        assert!(backoff.next_wait() >= Duration::from_secs(15));
        backoff.lived(GOOD);
        assert_eq!(backoff.next_wait(), Duration::from_millis(FIRST_MS));
    }
}
