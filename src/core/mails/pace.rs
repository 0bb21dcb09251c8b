//! How fast mails may go to one relay: a token bucket, slower when asked, closed when it is down.
//!
//! It is kept in the memory of the process that sends and knows no clock. Losing it costs nothing
//! but a few seconds' worth of mails.

use super::outcome::{Ending, Outcome};
use crate::core::time::Instant;

/// Failed connections in a row after which the relay is left alone.
const FAILURES: u32 = 10;
/// For how long; then one mail tries whether it is back.
const CLOSED_SECONDS: i64 = 5 * 60;
/// Accepted mails in a row after which a halved rate doubles again.
const GOOD: u32 = 20;
/// The bucket is counted in mails × microseconds per minute, so that no rate needs fractions.
const ONE_MAIL: i64 = 60_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// As set.
    per_minute: u32,
    /// As it is now: the set one, or what is left of it after halving.
    rate: u32,
    credit: i64,
    at: Instant,
    failures: u32,
    accepted: u32,
    closed_until: Option<Instant>,
}

impl Pace {
    /// `per_minute` mails at most; zero counts as one.
    pub fn new(per_minute: u32, now: Instant) -> Self {
        let per_minute = per_minute.max(1);
        let mut pace = Self {
            per_minute,
            rate: per_minute,
            credit: 0,
            at: now,
            failures: 0,
            accepted: 0,
            closed_until: None,
        };
        pace.credit = pace.most();
        pace
    }

    /// Mails a minute as of now.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Whether the relay is left alone because it could not be reached.
    pub fn is_closed(&self) -> bool {
        self.closed_until.is_some()
    }

    /// Takes leave to send one mail, or says when to ask again.
    pub fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return Err(until);
        }
        self.fill(now);
        if self.credit < ONE_MAIL {
            let missing = ONE_MAIL - self.credit;
            let micros = missing.div_euclid(i64::from(self.rate)) + 1;
            return Err(now.plus_seconds(micros.div_euclid(1_000_000) + 1));
        }
        self.credit -= ONE_MAIL;
        if self.closed_until.is_some() {
            // The one that tries; the others wait for what it finds.
            self.closed_until = Some(now.plus_seconds(CLOSED_SECONDS));
        }
        Ok(())
    }

    /// What came of a try.
    pub fn saw(&mut self, outcome: &Outcome, now: Instant) {
        self.fill(now);
        if outcome.is_too_fast() {
            self.rate = (self.rate / 2).max(1);
            self.accepted = 0;
            self.credit = self.credit.min(self.most());
        }
        if outcome.is_a_failed_connection() {
            self.failures = self.failures.saturating_add(1);
            if self.failures >= FAILURES {
                self.closed_until = Some(now.plus_seconds(CLOSED_SECONDS));
            }
        } else if !matches!(outcome.ending, Ending::Stopped | Ending::Unsendable) {
            self.failures = 0;
            self.closed_until = None;
        }
        if outcome.ending == Ending::Accepted {
            self.accepted += 1;
            if self.accepted >= GOOD {
                self.accepted = 0;
                self.rate = self.rate.saturating_mul(2).min(self.per_minute);
            }
        }
    }

    /// Six seconds' worth at once, and one mail at least.
    fn most(&self) -> i64 {
        i64::from(self.rate / 10).max(1) * ONE_MAIL
    }

    /// A clock that goes back fills nothing.
    fn fill(&mut self, now: Instant) {
        let passed = now.micros().saturating_sub(self.at.micros()).max(0);
        let filled = passed.saturating_mul(i64::from(self.rate));
        self.credit = self.credit.saturating_add(filled).min(self.most());
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::mails::outcome::Phase;

    fn start() -> Instant {
        "2027-03-02T08:30:00Z".parse().unwrap()
    }

    fn accepted() -> Outcome {
        Outcome::answered(Phase::Dot, 250, "ok")
    }

    fn unreachable() -> Outcome {
        Outcome::without_answer(Phase::Connect, Ending::Broken, "refused")
    }

    /// How many mails go in so many seconds, asked ten times a second.
    fn sent_in(pace: &mut Pace, from: Instant, seconds: i64) -> usize {
        let moments = (0..seconds).flat_map(|second| [from.plus_seconds(second); 10]);
        moments.filter(|now| pace.take(*now).is_ok()).count()
    }

    #[test]
    fn so_many_mails_a_minute_and_no_more() {
        for rate in [1, 7, 60, 240] {
            let mut pace = Pace::new(rate, start());
            let sent = sent_in(&mut pace, start(), 600);
            let rate = usize::try_from(rate).unwrap();
            let burst = (rate / 10).max(1);
            assert!(
                (rate * 10 - rate..=rate * 10 + burst).contains(&sent),
                "{rate}: {sent}"
            );
        }
    }

    #[test]
    fn a_relay_that_says_slower_halves_the_rate_and_twenty_good_mails_double_it() {
        let mut pace = Pace::new(60, start());
        let flood = Outcome::answered(Phase::Recipient, 450, "too many");
        let mut rates = vec![pace.rate()];
        for _ in 0..7 {
            pace.saw(&flood, start());
            rates.push(pace.rate());
        }
        assert_eq!(rates, [60, 30, 15, 7, 3, 1, 1, 1]);
        (0..20).for_each(|_| pace.saw(&accepted(), start()));
        assert_eq!(pace.rate(), 2);
        (0..200).for_each(|_| pace.saw(&accepted(), start()));
        assert_eq!(pace.rate(), 60);
    }

    #[test]
    fn ten_failed_connections_close_it_and_one_mail_tries_whether_it_is_back() {
        let mut pace = Pace::new(60, start());
        (0..9).for_each(|_| pace.saw(&unreachable(), start()));
        assert!(!pace.is_closed());
        pace.saw(&unreachable(), start());
        let back = start().plus_seconds(CLOSED_SECONDS);
        assert_eq!(pace.take(start()), Err(back));
        assert_eq!(pace.take(back), Ok(()));
        let later = back.plus_seconds(CLOSED_SECONDS);
        assert_eq!(pace.take(back), Err(later), "only one tries");
        pace.saw(&unreachable(), back.plus_seconds(1));
        assert!(pace.take(back.plus_seconds(2)).is_err());
        assert_eq!(pace.take(later.plus_seconds(1)), Ok(()));
        pace.saw(&accepted(), later);
        assert!(!pace.is_closed() && pace.take(later.plus_seconds(2)).is_ok());
    }

    #[test]
    fn a_refused_address_says_that_the_relay_is_there() {
        let mut pace = Pace::new(60, start());
        for _ in 0..5 {
            (0..9).for_each(|_| pace.saw(&unreachable(), start()));
            pace.saw(
                &Outcome::answered(Phase::Recipient, 550, "5.1.1 no"),
                start(),
            );
        }
        assert!(!pace.is_closed());
    }

    proptest! {
        #[test]
        fn whoever_waits_as_told_is_let_through_and_never_too_often(
            rate in 1u32..300, steps in proptest::collection::vec(0i64..20, 1..60),
        ) {
            let mut pace = Pace::new(rate, start());
            let mut now = start();
            let mut sent: Vec<Instant> = Vec::new();
            for step in steps {
                now = now.plus_seconds(step);
                match pace.take(now) {
                    Ok(()) => sent.push(now),
                    Err(at) => {
                        prop_assert!(at > now);
                        prop_assert!(pace.clone().take(at).is_ok());
                    }
                }
            }
            for first in &sent {
                let until = first.plus_seconds(60);
                let in_a_minute = sent.iter().filter(|at| (first..=&until).contains(at)).count();
                let most = usize::try_from(rate + (rate / 10).max(1)).unwrap();
                prop_assert!(in_a_minute <= most);
            }
        }
    }
}
