//! Planning deadlines: the day that so many school days at some school come to.
//!
//! Beside it the bare way: a set of the days on which the school is closed, walked day by day. Both
//! must come to the same days.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;

use alongside::core::calendar::Calendars;
use alongside::core::calendar::bank_holidays::BankHolidays;
use alongside::core::calendar::day::{DayKind, Period, PeriodKind};
use alongside::core::calendar::layers::Calendar;
use alongside::core::calendar::page::{Owner, Page};
use alongside::core::calendar::typical;
use alongside::core::definition::dates::{Side, Unit};
use alongside::core::dice::Dice;
use alongside::core::names::Urn;
use alongside::core::run::deadline::{CalendarId, Deadline, DeadlineKind};
use alongside::core::time::Date;
use chrono::{Datelike, Days, Weekday};

use super::Size;
use super::processor::Watch;
use super::table::{Goal, Row};

const SCHOOLS: usize = 200;
const MOST_DAYS: i64 = 60;

/// One deadline to plan.
struct Asked {
    school: usize,
    from: Date,
    days: u32,
}

pub fn measure(size: Size) -> Vec<Row> {
    let count = size.of(1_000_000, 1_000);
    let (calendars, ids) = calendars();
    let closed: Vec<BTreeSet<Date>> = ids.iter().map(|id| closed(&calendars, id)).collect();
    let asked = asked(count);
    for one in &asked[..count / 10] {
        let planned = plan(&calendars, &ids[one.school], one).date;
        assert_eq!(planned, walk(&closed[one.school], one), "both count alike");
    }
    let watch = Watch::start();
    for one in &asked {
        black_box(plan(&calendars, &ids[one.school], one));
    }
    let ours = watch.read();
    let watch = Watch::start();
    for one in &asked {
        black_box(walk(&closed[one.school], one));
    }
    let bare = watch.read();
    #[allow(clippy::cast_precision_loss)] // a million is far below what a float tells apart
    let per_second = |seconds: f64| count as f64 / seconds;
    vec![Row {
        what: "planning deadlines",
        figure: per_second(ours.core),
        unit: "per second and core",
        goal: Some(Goal::AtLeast(100_000.0)),
        beside: Some((
            "walking day by day over a set of closed days",
            per_second(bare.core),
        )),
        notes: vec![format!(
            "{count} deadlines of 1 to {MOST_DAYS} school days on {SCHOOLS} calendars, in {:.2} s on \
             the wall",
            ours.wall
        )],
    }]
}

/// As a step that becomes ready gets it: the day, what it counts and from when.
fn plan(calendars: &Calendars, id: &CalendarId, asked: &Asked) -> Deadline {
    let Asked { from, days, .. } = *asked;
    let deadline = Deadline {
        rule: format!("{days} school days"),
        kind: DeadlineKind::Budget {
            days,
            unit: Unit::SchoolDays,
            consumed: 0,
            since: Some(from),
            anchor: None,
        },
        date: None,
        ended: None,
        calendar: id.clone(),
        short_notice: false,
        by_hand: false,
    };
    deadline.counted(calendars.shift(id, Unit::SchoolDays, from, days, Side::After))
}

fn walk(closed: &BTreeSet<Date>, asked: &Asked) -> Option<Date> {
    let mut days = asked.from.iter_days().skip(1);
    let open =
        |day: &Date| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !closed.contains(day);
    days.by_ref()
        .filter(open)
        .nth(usize::try_from(asked.days).ok()?.checked_sub(1)?)
}

/// A typical year for each school, but each has INSET days of its own.
fn calendars() -> (Calendars, Vec<CalendarId>) {
    let holidays = BankHolidays::shipped();
    let mut schools = BTreeMap::new();
    let mut ids = Vec::new();
    for number in 0..SCHOOLS {
        let urn = Urn(format!("{}", 100_000 + number));
        let mut page = Page {
            owner: Owner::School { urn: urn.clone() },
            ..typical::page()
        };
        page.periods.extend(insets(number));
        page.periods.sort();
        schools.insert(urn.clone(), Arc::new(Calendar::new(&[&page], &holidays)));
        ids.push(CalendarId::School { urn });
    }
    let alliance = Arc::new(Calendar::new(&[&typical::page()], &holidays));
    (Calendars { alliance, schools }, ids)
}

/// Five days of training, on other days at each school.
fn insets(number: usize) -> Vec<Period> {
    let mut dice = Dice::new(u64::try_from(number).unwrap());
    let first = first_day();
    let days = (0..5).map(|_| first + Days::new(dice.between(0, 600).unsigned_abs()));
    days.map(|day| Period {
        from: day,
        to: day,
        kind: PeriodKind::Inset,
        label: "INSET day".to_owned(),
        source: "bench".to_owned(),
    })
    .collect()
}

fn first_day() -> Date {
    Date::from_ymd_opt(2025, 9, 2).expect("that day exists")
}

/// What a program would keep that knows nothing but these days.
fn closed(calendars: &Calendars, id: &CalendarId) -> BTreeSet<Date> {
    let all = calendars.of(id);
    let (_, calendar) = all[0];
    let days = first_day().iter_days().take(1_000);
    let closed = days.filter(|day| {
        let kind = calendar.kind(*day);
        !matches!(kind, Some(DayKind::SchoolDay | DayKind::Weekend))
    });
    closed.collect()
}

fn asked(count: usize) -> Vec<Asked> {
    let mut dice = Dice::new(7);
    let mut one = || Asked {
        school: dice.below(SCHOOLS),
        from: first_day() + Days::new(dice.between(0, 600).unsigned_abs()),
        days: u32::try_from(dice.between(1, MOST_DAYS)).unwrap(),
    };
    (0..count).map(|_| one()).collect()
}
