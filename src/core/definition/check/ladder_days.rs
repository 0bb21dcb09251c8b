//! Rules 41 and 42: ladders that would write twice on a day, and ladders that end in a holiday.
//!
//! Counted on a typical English school year, for each of its school days as the day on which a step
//! becomes ready, or as the date on which it hangs; the first with a fault is named. A rung that hangs
//! on another date than the step's due date is left out: nobody knows how the two lie to each other.
//!
//! 41: two rungs of a step write to the same person on one day, so that only the last is sent, and do
//! so from more than one day in twenty. (A holiday brings any two together now and then.)
//! 42: the last rung is counted in days or working days and falls on a weekday on which the school
//! is closed, from any day; or there are more school days from the first rung to the last than in any
//! half-term, so that the end always lies behind a holiday.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::Case;
use super::ladders::order;
use crate::core::calendar::Calendars;
use crate::core::calendar::day::DayKind;
use crate::core::calendar::layers::Calendar;
use crate::core::definition::authored::LadderPage;
use crate::core::definition::dates::{Anchor, DateRule, RungMoment, Side, Span, Unit};
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::workflow::{Ladder, Node, NodeId, Rung};
use crate::core::run::deadline::CalendarId;
use crate::core::time::{Date, say_date};

/// The days of the school year that is counted on.
const YEAR: (i32, i32) = (2026, 2027);
/// One day in so many is no fault of a ladder.
const SELDOM: usize = 20;
/// A longer ladder is nobody's.
const MOST_RUNGS: usize = 50;

static TYPICAL: LazyLock<Calendars> = LazyLock::new(Calendars::default);
static SCHOOL_DAYS: LazyLock<Vec<Date>> = LazyLock::new(|| school_days(&TYPICAL.alliance));

pub(super) fn check(case: &Case, findings: &mut Findings) {
    let mut said = BTreeSet::new();
    for (id, node) in case.nodes() {
        let ladders = &case.workflow().ladders;
        let ladder = node.reminders.as_ref();
        let ladder = ladder.and_then(|name| ladders.get_key_value(name));
        let (Some((name, ladder)), Some(due)) = (ladder, &node.due) else {
            continue;
        };
        if ladder.len() > MOST_RUNGS {
            continue;
        }
        let mut pages = case.draft.page.ladders.iter();
        let climb = Climb {
            id,
            node,
            due,
            name,
            ladder,
            page: pages.find(|page| page.name.text == *name),
        };
        climb.check_days(case, findings);
        climb.check_end(&mut said, findings);
    }
}

/// One step on its ladder.
struct Climb<'a> {
    id: NodeId,
    node: &'a Node,
    due: &'a DateRule,
    name: &'a str,
    ladder: &'a Ladder,
    /// None for the ladder of every file that says none.
    page: Option<&'a LadderPage>,
}

/// A rung with its day.
type Climbed<'a> = (Date, &'a str, &'a Rung);

impl<'a> Climb<'a> {
    fn check_days(&self, case: &Case, findings: &mut Findings) {
        let bases = self.bases();
        let mut together: BTreeMap<(&str, &str), Vec<(Date, Date)>> = BTreeMap::new();
        for base in bases {
            let rungs = self.rungs(*base);
            for (at, (day, name, rung)) in rungs.iter().enumerate() {
                let same = rungs[..at].iter().find(|(other_day, _, other)| {
                    let told = order(&other.at, &rung.at) == Some(std::cmp::Ordering::Equal);
                    other_day == day && !told && self.writes_to_one(other, rung)
                });
                if let Some((_, other, _)) = same {
                    together
                        .entry((other, name))
                        .or_default()
                        .push((*base, *day));
                }
            }
        }
        together.retain(|_, days| days.len() * SELDOM > bases.len());
        for ((other, name), days) in together {
            let Some((base, day)) = days.first() else {
                continue;
            };
            let (step, ladder) = (&self.node.name, self.name);
            let message =
                format!("`{other}` and `{name}` of ladder `{ladder}` fall on one day for `{step}`");
            let hint = format!(
                "{}, both are on {}. A person gets one mail a day, that of the last: give the step \
                 more days or another ladder.",
                self.example(*base),
                say_date(*day)
            );
            findings.warn(41, case.name_span(self.id), message, Some(hint));
        }
    }

    /// Whether two rungs write to anybody in common: to the roles they name, else to the doer's.
    fn writes_to_one(&self, one: &Rung, other: &Rung) -> bool {
        let doer = [self.node.role().unwrap_or_default().to_owned()];
        let both = [one, other].map(|rung| {
            if rung.to.is_empty() {
                &doer[..]
            } else {
                &rung.to[..]
            }
        });
        let write = one.send.is_some() && other.send.is_some();
        write && both[0].iter().any(|role| both[1].contains(role))
    }

    fn check_end(&self, said: &mut BTreeSet<(String, bool)>, findings: &mut Findings) {
        let Some(page) = self.page else { return };
        let mut shortest = u32::MAX;
        let mut ends = None;
        for base in self.bases() {
            let rungs = self.rungs(*base);
            let first = rungs.iter().min_by_key(|(day, ..)| *day);
            let last = rungs.iter().max_by_key(|(day, ..)| *day);
            let (Some(first), Some(last)) = (first, last) else {
                continue;
            };
            let length = TYPICAL.measure(&CalendarId::Alliance, Unit::SchoolDays, first.0, last.0);
            shortest = shortest.min(length);
            ends = Some((first.1, last.1));
            let counted = span(&last.2.at).is_some_and(|span| span.unit != Unit::SchoolDays);
            if counted && is_holiday(last.0) && said.insert((last.1.to_owned(), false)) {
                self.say_holiday(page, *base, last, findings);
            }
        }
        let longest = longest_half_term();
        if let Some((first, last)) = ends.filter(|_| shortest > longest && shortest < u32::MAX)
            && said.insert((self.name.to_owned(), true))
        {
            let message = format!(
                "ladder `{}` is longer than any half-term: {shortest} school days from `{first}` \
                 to `{last}`",
                self.name
            );
            let hint = format!(
                "The longest half-term of a typical year has {longest} school days, so its end \
                 always lies behind a holiday. Make it shorter."
            );
            findings.warn(42, page.name.span, message, Some(hint));
        }
    }

    fn say_holiday(
        &self,
        page: &LadderPage,
        base: Date,
        (day, name, _): &Climbed<'_>,
        findings: &mut Findings,
    ) {
        let mut rungs = page.rungs.iter();
        let Some(rung) = rungs.find(|rung| rung.name.text == **name) else {
            return;
        };
        let message = format!(
            "`{name}`, the end of ladder `{}`, can fall in a holiday",
            self.name
        );
        let hint = format!(
            "{}, it is on {}, when the school is closed. Count it in school days.",
            self.example(base),
            say_date(*day)
        );
        findings.warn(42, rung.name.span, message, Some(hint));
    }

    /// "If `need` becomes ready on Tuesday 1 September 2026"
    fn example(&self, base: Date) -> String {
        let (step, day) = (&self.node.name, say_date(base));
        match self.due {
            DateRule::Budget(_) => format!("If `{step}` becomes ready on {day}"),
            DateRule::Halfway(..) => format!("If `{step}` is due on {day}"),
            DateRule::Offset(..) | DateRule::On(_) => {
                format!("If `{step}` hangs on {day}")
            }
        }
    }

    /// The days from which is counted. Where all is in school days, one is like all others.
    fn bases(&self) -> &'static [Date] {
        let own = match self.due {
            DateRule::Budget(span) | DateRule::Offset(span, ..) => Some(span),
            DateRule::On(_) | DateRule::Halfway(..) => None,
        };
        let rungs = self.ladder.values().filter_map(|rung| span(&rung.at));
        let mut all = rungs.chain(own);
        if all.all(|span| span.unit == Unit::SchoolDays) {
            &SCHOOL_DAYS[..SCHOOL_DAYS.len().min(1)]
        } else {
            &SCHOOL_DAYS
        }
    }

    /// The rungs whose days can be told, in the order of the ladder.
    fn rungs(&self, base: Date) -> Vec<Climbed<'a>> {
        let Some((due, anchor)) = self.due_on(base) else {
            return Vec::new();
        };
        let rungs = self.ladder.iter().filter_map(|(name, rung)| {
            let day = self.day(&rung.at, base, due, anchor)?;
            Some((day, name.as_str(), rung))
        });
        rungs.collect()
    }

    fn due_on(&self, base: Date) -> Option<(Date, Option<&'a Anchor>)> {
        Some(match self.due {
            DateRule::Budget(span) => (shift(base, *span, Side::After)?, None),
            DateRule::Offset(span, side, anchor) => (shift(base, *span, *side)?, Some(anchor)),
            DateRule::On(anchor) => (base, Some(anchor)),
            DateRule::Halfway(..) => (base, None),
        })
    }

    fn day(&self, at: &RungMoment, base: Date, due: Date, anchor: Option<&Anchor>) -> Option<Date> {
        match (at, self.due) {
            (RungMoment::OnTheDay, _) => Some(due),
            (RungMoment::FromDue(span, Side::Before), DateRule::Budget(budget)) => {
                let alliance = CalendarId::Alliance;
                let half = TYPICAL.half_way(&alliance, budget.unit, (base, 0), due);
                Some(shift(due, *span, Side::Before)?.max(half.ok()?).min(due))
            }
            (RungMoment::FromDue(span, side), _) => shift(due, *span, *side),
            (RungMoment::From(span, side, from), _) => {
                let same = anchor == Some(from);
                same.then(|| shift(base, *span, *side)).flatten()
            }
        }
    }
}

fn span(at: &RungMoment) -> Option<&Span> {
    match at {
        RungMoment::OnTheDay => None,
        RungMoment::FromDue(span, _) | RungMoment::From(span, ..) => Some(span),
    }
}

fn shift(from: Date, span: Span, side: Side) -> Option<Date> {
    let found = TYPICAL.shift(&CalendarId::Alliance, span.unit, from, span.days, side);
    found.ok()
}

/// A weekday on which the school is closed.
fn is_holiday(day: Date) -> bool {
    matches!(
        TYPICAL.alliance.kind(day),
        Some(DayKind::Holiday | DayKind::BankHoliday)
    )
}

fn days_of_year() -> impl Iterator<Item = Date> {
    let first = Date::from_ymd_opt(YEAR.0, 9, 1);
    let last = Date::from_ymd_opt(YEAR.1, 8, 31);
    let all = first.into_iter().flat_map(|first| first.iter_days());
    all.take_while(move |day| last.is_some_and(|last| *day <= last))
}

fn school_days(calendar: &Calendar) -> Vec<Date> {
    let is_one = |day: &Date| calendar.kind(*day) == Some(DayKind::SchoolDay);
    days_of_year().filter(is_one).collect()
}

/// The most school days between two holidays.
fn longest_half_term() -> u32 {
    let (mut longest, mut days) = (0, 0);
    for day in days_of_year() {
        match TYPICAL.alliance.kind(day) {
            Some(DayKind::SchoolDay) => days += 1,
            Some(DayKind::Holiday) => days = 0,
            _ => {}
        }
        longest = longest.max(days);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_half_term_is_that_before_the_autumn_break() {
        assert_eq!(longest_half_term(), 39);
        assert_eq!(SCHOOL_DAYS.len(), 195);
    }
}
