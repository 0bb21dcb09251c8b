//! The jump guard: whether the time can be believed.
//!
//! A machine's clock can be set wrong and right again. So each look compares how far it went with
//! how far a steady count of seconds went, and now and then with the clock of the database. After a
//! difference nothing is done by the clock until it has gone steadily for ten minutes: what is late
//! then comes a little later, and what would have come too early does not come.

use std::time::Duration;

use super::time::{Instant, say_moment};

/// Seconds by which two clocks may differ.
pub const MOST_OFF_SECONDS: u64 = 120;
/// For so long the clock must go steadily before it is believed again.
pub const STEADY_FOR: Duration = Duration::from_mins(10);

#[derive(Debug, Default)]
pub struct JumpGuard {
    /// The last look: by the clock and by the steady count.
    last: Option<(Instant, Duration)>,
    trouble: Option<Trouble>,
}

/// Why the time is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// By the steady count.
    seen: Duration,
    /// By the clock as it was before, or as the database has it.
    pub at: Instant,
    /// Forward, or ahead of the database; negative: back, or behind it.
    pub seconds: i64,
    pub by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Jump,
    Database,
}

impl JumpGuard {
    /// One look. Gives the trouble if it is new.
    pub fn look(
        &mut self,
        wall: Instant,
        steady: Duration,
        database: Option<Instant>,
    ) -> Option<Trouble> {
        let found = self.find(wall, steady, database);
        self.last = Some((wall, steady));
        let Some(found) = found else {
            let is_over = |it: &Trouble| steady.saturating_sub(it.seen) >= STEADY_FOR;
            self.trouble = self.trouble.filter(|trouble| !is_over(trouble));
            return None;
        };
        // A clock that still differs from the database's was told of already.
        let before = self.trouble.replace(found);
        let still = found.by == By::Database && before.is_some_and(|it| it.by == By::Database);
        (!still).then_some(found)
    }

    fn find(&self, wall: Instant, steady: Duration, database: Option<Instant>) -> Option<Trouble> {
        let trouble = |at: Instant, micros: i64, by| Trouble {
            seen: steady,
            at,
            seconds: micros / 1_000_000,
            by,
        };
        let is_far = |micros: i64| micros.unsigned_abs() > MOST_OFF_SECONDS * 1_000_000;
        if let Some((before, count)) = self.last {
            let went = steady.saturating_sub(count).as_micros();
            let went = i64::try_from(went).unwrap_or(i64::MAX);
            let jumped = wall
                .micros()
                .saturating_sub(before.micros())
                .saturating_sub(went);
            if is_far(jumped) {
                return Some(trouble(before, jumped, By::Jump));
            }
        }
        let database = database?;
        let ahead = wall.micros().saturating_sub(database.micros());
        is_far(ahead).then(|| trouble(database, ahead, By::Database))
    }

    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }
}

impl Trouble {
    /// For an operator.
    pub fn say(&self) -> String {
        let length = say_seconds(self.seconds.unsigned_abs());
        let what = match (self.by, self.seconds > 0) {
            (By::Jump, true) => format!("The clock went forward by {length} at once"),
            (By::Jump, false) => format!("The clock went back by {length}"),
            (By::Database, true) => format!("The clock is {length} ahead of the database's"),
            (By::Database, false) => format!("The clock is {length} behind the database's"),
        };
        format!(
            "{what} ({}). Reminders, schedules and mails wait until it has gone steadily for 10 \
             minutes.",
            say_moment(self.at)
        )
    }
}

fn say_seconds(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..7_200 => (seconds / 60, "minutes"),
        7_200..172_800 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;
    const TEN_YEARS: i64 = 87_648 * HOUR;

    /// A guard that has looked once, its clock, and seconds counted since.
    struct Desk {
        guard: JumpGuard,
        wall: Instant,
        count: u64,
    }

    fn desk() -> Desk {
        let mut desk = Desk {
            guard: JumpGuard::default(),
            wall: "2027-03-02T08:30:00Z".parse().unwrap(),
            count: 0,
        };
        assert_eq!(desk.look(None), None);
        desk
    }

    impl Desk {
        fn look(&mut self, database: Option<Instant>) -> Option<Trouble> {
            self.guard
                .look(self.wall, Duration::from_secs(self.count), database)
        }

        /// Time passes, and by the clock so much more or less.
        fn pass(&mut self, seconds: u64, off: i64) -> Option<Trouble> {
            self.count += seconds;
            self.wall = self
                .wall
                .plus_seconds(i64::try_from(seconds).unwrap() + off);
            self.look(None)
        }

        fn is_trusted(&self) -> bool {
            self.guard.trouble().is_none()
        }
    }

    #[test]
    fn time_that_passes_is_no_jump_however_long_nobody_looks() {
        let mut desk = desk();
        for (seconds, off) in [(1, 0), (1, 1), (3_600, -119), (42 * 86_400, 120), (1, 0)] {
            assert_eq!(desk.pass(seconds, off), None);
            assert!(desk.is_trusted());
        }
    }

    #[test]
    fn after_a_jump_nothing_goes_until_ten_steady_minutes() {
        for off in [121, HOUR, 24 * HOUR, TEN_YEARS, -121, -HOUR, -TEN_YEARS] {
            let mut desk = desk();
            let trouble = desk.pass(1, off).unwrap();
            assert_eq!((trouble.seconds, trouble.by), (off, By::Jump));
            assert_eq!(desk.pass(599, 0), None);
            assert!(!desk.is_trusted(), "{off}");
            // It is set right: a jump again, and ten minutes from then.
            assert!(desk.pass(1, -off).is_some());
            assert_eq!(desk.pass(599, 0), None);
            assert!(!desk.is_trusted());
            desk.pass(1, 0);
            assert!(desk.is_trusted());
        }
    }

    #[test]
    fn a_clock_that_differs_from_the_databases_is_never_believed() {
        let mut desk = desk();
        let theirs = |desk: &Desk, ahead: i64| Some(desk.wall.plus_seconds(-ahead));
        assert_eq!(desk.look(theirs(&desk, 120)), None);
        let first = desk.look(theirs(&desk, TEN_YEARS)).unwrap();
        assert_eq!((first.seconds, first.by), (TEN_YEARS, By::Database));
        for _ in 0..100 {
            assert_eq!(desk.pass(10, 0), None);
            assert_eq!(desk.look(theirs(&desk, TEN_YEARS)), None, "told once");
            assert!(!desk.is_trusted());
        }
        desk.pass(600, 0);
        assert_eq!(desk.look(theirs(&desk, 0)), None);
        assert!(desk.is_trusted());
    }

    #[test]
    fn an_operator_is_told_what_happened_and_what_waits() {
        let mut desk = desk();
        let said = desk.pass(1, HOUR).unwrap().say();
        assert!(
            said.starts_with("The clock went forward by 60 minutes at once"),
            "{said}"
        );
        assert!(
            said.contains("8:30am") && said.contains("10 minutes"),
            "{said}"
        );
        let said = desk.pass(1, -3 * HOUR).unwrap().say();
        assert!(said.starts_with("The clock went back by 3 hours"), "{said}");
        let database = Some(desk.wall.plus_seconds(TEN_YEARS));
        let said = desk.look(database).unwrap().say();
        assert!(
            said.starts_with("The clock is 3652 days behind the database's"),
            "{said}"
        );
    }
}
