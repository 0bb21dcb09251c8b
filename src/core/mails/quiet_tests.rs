//! When mail leaves: a table of moments against a year with a half-term, an INSET day and a bank
//! holiday, and what holds for any moment.

use proptest::prelude::*;

use super::*;
use crate::core::calendar::Calendars;
use crate::core::calendar::test_calendars::only;
use crate::core::time::say_moment;

/// Term from 7 January to 26 March 2027 with a half-term from 15 to 19 February and an INSET day on
/// Monday 22 February; Easter holidays follow.
const YEAR: &str = "term 2027-01-07 2027-02-12\nterm 2027-02-22 2027-03-25\ninset 2027-02-22\n\
                    term 2027-04-12 2027-05-28\nterm 2027-06-07 2027-07-22\n\
                    bank_holiday 2027-03-26\nbank_holiday 2027-03-29\nbank_holiday 2027-05-03";

fn calendars() -> Calendars {
    only(YEAR)
}

/// What a moment in London comes to: "open", or the rule and the moment at which it leaves.
fn at(text: &str, rules: &QuietTimes, written: bool) -> String {
    let (date, time) = text.split_once(' ').unwrap();
    let now = Instant::at_london(date.parse().unwrap(), time.parse().unwrap());
    match window(rules, &calendars().alliance, now, written) {
        Window::Open => "open".to_owned(),
        Window::Held { rule, until } => format!("{rule:?} {}", say_moment(until)),
    }
}

#[test]
fn mail_leaves_in_the_hours_of_a_day_on_which_the_school_is_open() {
    let table = [
        ("2027-01-12 08:00:00", "open"),
        ("2027-01-12 16:59:59", "open"),
        (
            "2027-01-12 07:59:59",
            "OutOfHours 8:30am on Tuesday 12 January 2027",
        ),
        (
            "2027-01-12 17:00:00",
            "OutOfHours 8:30am on Wednesday 13 January 2027",
        ),
        ("2027-01-15 11:59:59", "open"),
        (
            "2027-01-15 12:00:00",
            "FridayAfternoon 8:30am on Monday 18 January 2027",
        ),
        (
            "2027-01-15 18:00:00",
            "OutOfHours 8:30am on Monday 18 January 2027",
        ),
        (
            "2027-01-16 10:00:00",
            "Weekend 8:30am on Monday 18 January 2027",
        ),
        // The last school days of the half-term are Thursday 11 and Friday 12 February.
        ("2027-02-10 10:00:00", "open"),
        (
            "2027-02-11 10:00:00",
            "LastDays 8:30am on Monday 22 February 2027",
        ),
        (
            "2027-02-12 10:00:00",
            "LastDays 8:30am on Monday 22 February 2027",
        ),
        (
            "2027-02-16 10:00:00",
            "Holidays 8:30am on Monday 22 February 2027",
        ),
        // On an INSET day staff are there.
        ("2027-02-22 10:00:00", "open"),
        // Good Friday is 26 March: Wednesday and Thursday are the last two days before Easter.
        (
            "2027-03-24 10:00:00",
            "LastDays 8:30am on Monday 12 April 2027",
        ),
        (
            "2027-03-29 10:00:00",
            "BankHoliday 8:30am on Monday 12 April 2027",
        ),
        // One bank holiday on a Monday is no break: the Thursday and Friday before it are open.
        ("2027-04-29 10:00:00", "open"),
        (
            "2027-05-03 10:00:00",
            "BankHoliday 8:30am on Tuesday 4 May 2027",
        ),
        // The clocks go forward on 28 March and back on 31 October: the hours are London's.
        ("2027-04-13 08:00:00", "open"),
        (
            "2027-04-13 07:30:00",
            "OutOfHours 8:30am on Tuesday 13 April 2027",
        ),
    ];
    for (moment, wanted) in table {
        assert_eq!(
            at(moment, &QuietTimes::default(), false),
            wanted,
            "{moment}"
        );
    }
}

#[test]
fn nobody_has_two_mails_on_a_day() {
    let rules = QuietTimes::default();
    let tomorrow = "OneADay 8:30am on Wednesday 13 January 2027";
    assert_eq!(at("2027-01-12 10:00:00", &rules, true), tomorrow);
    let monday = "OneADay 8:30am on Monday 18 January 2027";
    assert_eq!(at("2027-01-15 09:00:00", &rules, true), monday);
}

#[test]
fn each_rule_can_be_taken_away_by_itself() {
    let usual = QuietTimes::default();
    let friday = QuietTimes {
        friday_afternoons: false,
        ..usual
    };
    assert_eq!(at("2027-01-15 15:00:00", &friday, false), "open");
    let last = QuietTimes {
        last_days: false,
        ..usual
    };
    assert_eq!(at("2027-02-11 10:00:00", &last, false), "open");
    let closed = QuietTimes {
        closed_days: false,
        ..last
    };
    assert_eq!(at("2027-02-16 10:00:00", &closed, false), "open");
    let two = QuietTimes {
        one_a_day: false,
        ..usual
    };
    assert_eq!(at("2027-01-12 10:00:00", &two, true), "open");
    let hours = QuietTimes {
        from: 10,
        until: 12,
        ..usual
    };
    let ten = "OutOfHours 10am on Tuesday 12 January 2027";
    assert_eq!(at("2027-01-12 09:00:00", &hours, false), ten);
    assert_eq!(at("2027-02-16 03:00:00", &QuietTimes::NONE, true), "open");
}

#[test]
fn a_day_of_which_nothing_is_known_is_a_weekday_or_a_weekend() {
    assert_eq!(
        at("2031-01-14 10:00:00", &QuietTimes::default(), false),
        "open"
    );
    let monday = "Weekend 8:30am on Monday 20 January 2031";
    assert_eq!(
        at("2031-01-18 10:00:00", &QuietTimes::default(), false),
        monday
    );
}

proptest! {
    /// What is held leaves later, at a moment that is open, on a day of its own if it must.
    #[test]
    fn held_mail_leaves_at_an_open_moment(minutes in 0_i64..200 * 24 * 60, written: bool) {
        let start: Instant = "2027-01-07T00:00:00Z".parse().unwrap();
        let now = start.plus_seconds(minutes * 60);
        let (rules, calendars) = (QuietTimes::default(), calendars());
        if let Window::Held { rule, until } = window(&rules, &calendars.alliance, now, written) {
            prop_assert!(until > now);
            prop_assert_eq!(window(&rules, &calendars.alliance, until, false), Window::Open);
            prop_assert!(rule != Rule::OneADay || until.date() > now.date());
        }
    }
}
