//! A mail that was made and did not leave at once: whether it is still the right mail.
//!
//! While the relay was away the day may have ended, the step may be done, or it may have become
//! evening. What nobody can have got is then taken apart: its letters wait again, are looked at anew,
//! and leave with whatever else waits for that person, in one mail at the next open moment.

use super::quiet::Window;
use super::sending::{Sending, State};
use crate::core::time::{Date, Instant};

/// Made so long ago it is taken to be as right as when it was made.
const FRESH_SECONDS: i64 = 600;
/// Mails are made of a letter on so many days, and then it counts as lost.
const MOST_DAYS: u32 = 4;

/// What is known of the mail at the moment at which it would be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The day on which it was made.
    pub made_on: Date,
    pub today: Date,
    /// Whether mail leaves now for that person, had they none today.
    pub window: Window,
    /// All of its letters leave whatever the hour.
    pub is_urgent: bool,
    /// One of its letters does not hold any more.
    pub is_overtaken: bool,
    /// On how many earlier days mails of all its letters were tried.
    pub days_before: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// As it is.
    Send,
    /// As it is, but not now.
    Wait(Instant),
    /// Its letters wait again.
    TakeApart,
    /// It was tried long enough.
    GiveUp,
}

/// Whether it was made just now, for a moment at which mail leaves.
pub fn is_fresh(sending: &Sending, made_on: Date, now: Instant) -> bool {
    let made = sending.next_at.unwrap_or(now);
    sending.state == State::Pending
        && made_on == now.date()
        && now < made.plus_seconds(FRESH_SECONDS)
}

pub fn again(sending: &Sending, known: &Known) -> Again {
    let held = match known.window {
        Window::Held { until, .. } if !known.is_urgent => Some(until),
        _ => None,
    };
    if sending.unknowns > 0 {
        // Perhaps they have it: only the very same mail may come a second time.
        return held.map_or(Again::Send, Again::Wait);
    }
    if held.is_none() && !known.is_overtaken && known.made_on == known.today {
        return Again::Send;
    }
    let tried = sending.attempts > 0 && known.days_before + 1 >= MOST_DAYS;
    if tried && !known.is_overtaken {
        return Again::GiveUp;
    }
    Again::TakeApart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::mails::quiet::Rule;

    fn later() -> Instant {
        "2026-11-16T08:30:00Z".parse().unwrap()
    }

    fn closed() -> Window {
        Window::Held {
            rule: Rule::Weekend,
            until: later(),
        }
    }

    fn known(change: impl FnOnce(&mut Known)) -> Known {
        let day: Date = "2026-11-13".parse().unwrap();
        let mut known = Known {
            made_on: day,
            today: day,
            window: Window::Open,
            is_urgent: false,
            is_overtaken: false,
            days_before: 0,
        };
        change(&mut known);
        known
    }

    fn tried(unknowns: u32) -> Sending {
        Sending {
            state: State::Retry,
            attempts: 2,
            unknowns,
            ..Sending::new("2026-11-13T09:00:00Z".parse().unwrap())
        }
    }

    #[test]
    fn what_is_still_right_is_sent_and_what_is_not_is_taken_apart() {
        let monday: Date = "2026-11-16".parse().unwrap();
        let cases = [
            (known(|_| ()), Again::Send),
            (known(|it| it.window = closed()), Again::TakeApart),
            (
                known(|it| (it.window, it.is_urgent) = (closed(), true)),
                Again::Send,
            ),
            (known(|it| it.is_overtaken = true), Again::TakeApart),
            (known(|it| it.today = monday), Again::TakeApart),
            (
                known(|it| (it.today, it.days_before) = (monday, 3)),
                Again::GiveUp,
            ),
            // There is nothing to give up: nobody needs it any more.
            (
                known(|it| {
                    (it.today, it.days_before, it.is_overtaken) = (monday, 3, true);
                }),
                Again::TakeApart,
            ),
        ];
        for (known, expected) in cases {
            assert_eq!(again(&tried(0), &known), expected, "{known:?}");
        }
    }

    #[test]
    fn what_may_have_arrived_is_never_made_anew() {
        let monday: Date = "2026-11-16".parse().unwrap();
        let on_monday = known(|it| it.today = monday);
        assert_eq!(again(&tried(1), &on_monday), Again::Send);
        let at_night = known(|it| it.window = closed());
        assert_eq!(again(&tried(1), &at_night), Again::Wait(later()));
    }

    #[test]
    fn days_on_which_nobody_tried_do_not_count() {
        let made: Instant = "2026-11-13T09:00:00Z".parse().unwrap();
        let waiting = Sending::new(made);
        let late = known(|it| {
            it.today = "2026-12-01".parse().unwrap();
            it.days_before = 3;
        });
        assert_eq!(again(&waiting, &late), Again::TakeApart);
        assert!(is_fresh(&waiting, made.date(), made.plus_seconds(599)));
        assert!(!is_fresh(&waiting, made.date(), made.plus_seconds(600)));
        assert!(!is_fresh(&tried(0), made.date(), made));
    }
}
