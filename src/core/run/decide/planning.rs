//! When a step opens and when it is due: from the words of the definition to a deadline.
//!
//! A budget runs from ready (or free, or from the completion of a step) and is consumed; a date
//! that people agreed is only hung on. Nobody is born late: a date that would be past already
//! becomes the next counting day and is marked as short notice.

use crate::core::calendar::Ended;
use crate::core::definition::dates::{Anchor, DateRule, Pick, Side, Span, StepRef, Unit};
use crate::core::definition::workflow::{Kind, NodeId, Place};
use crate::core::run::address::Address;
use crate::core::run::deadline::{CalendarId, Deadline, DeadlineKind};
use crate::core::run::event::Moved;
use crate::core::run::state::Status;
use crate::core::run::{doers, places};
use crate::core::time::Date;

use super::working::Working;

/// What is known of a date that something hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    At(Date),
    NotYet,
    Never,
}

/// The day that was counted, unless a calendar ends before it.
type Found = Result<Date, Ended>;

/// What a rule comes to now.
pub(super) enum Planned {
    Deadline(Deadline),
    Never,
}

impl Working<'_> {
    pub fn plan(&self, node: NodeId, address: &Address, what: Moved) -> Option<Planned> {
        Some(match self.plan_as_said(node, address, what)? {
            Planned::Deadline(planned) if what == Moved::Due => {
                Planned::Deadline(self.with_grace(planned))
            }
            planned => planned,
        })
    }

    /// Without grace: the day that the rule says, be it past.
    pub fn plan_as_said(&self, node: NodeId, address: &Address, what: Moved) -> Option<Planned> {
        let rule = match what {
            Moved::Due => self.node(node).due.as_ref()?,
            Moved::Opens => self.node(node).opens.as_ref()?,
        };
        let both = matches!(rule, DateRule::Budget(span) | DateRule::Offset(span, ..) if span.both);
        let calendar = self.calendar(node, address, both);
        let deadline = match rule {
            DateRule::Budget(span) => self.budget(*span, None, calendar),
            DateRule::Offset(span, Side::After, Anchor::Done(step)) => {
                match self.completion(step, address) {
                    Known::At(date) => self.budget(*span, Some(date), calendar),
                    Known::NotYet => hung(None, span.unit, calendar),
                    Known::Never => return Some(Planned::Never),
                }
            }
            _ => match self.hang(rule, address, &calendar) {
                (Known::Never, _) => return Some(Planned::Never),
                (Known::At(anchor), found) => {
                    hung(Some(anchor), unit(rule), calendar).counted(found)
                }
                (Known::NotYet, _) => hung(None, unit(rule), calendar),
            },
        };
        let words = self.rule_in_words(rule);
        Some(Planned::Deadline(Deadline {
            rule: words,
            ..deadline
        }))
    }

    /// From today, or from the day on which another step was completed.
    fn budget(&self, span: Span, anchor: Option<Date>, calendar: CalendarId) -> Deadline {
        let from = anchor.unwrap_or_else(|| self.today());
        let calendars = &self.facts.calendars;
        let found = calendars.shift(&calendar, span.unit, from, span.days, Side::After);
        let kind = DeadlineKind::Budget {
            days: span.days,
            unit: span.unit,
            consumed: 0,
            since: Some(from),
            anchor,
        };
        without_date(kind, calendar).counted(found)
    }

    /// The anchor and the day that a hung rule comes to.
    fn hang(&self, rule: &DateRule, address: &Address, calendar: &CalendarId) -> (Known, Found) {
        let none = Ok(self.today());
        match rule {
            DateRule::On(anchor) => match self.anchor(anchor, address) {
                Known::At(date) => (Known::At(date), Ok(date)),
                other => (other, none),
            },
            DateRule::Offset(span, side, anchor) => match self.anchor(anchor, address) {
                Known::At(date) => {
                    let calendars = &self.facts.calendars;
                    (
                        Known::At(date),
                        calendars.shift(calendar, span.unit, date, span.days, *side),
                    )
                }
                other => (other, none),
            },
            DateRule::Halfway(from, to) => {
                match (self.anchor(from, address), self.anchor(to, address)) {
                    (Known::Never, _) | (_, Known::Never) => (Known::Never, none),
                    (Known::At(from), Known::At(to)) => {
                        let half = (to - from).num_days().max(0) / 2;
                        let date = from + chrono::TimeDelta::days(half);
                        // Either of the two moves it, so what it hangs on is the middle itself.
                        (Known::At(date), Ok(date))
                    }
                    _ => (Known::NotYet, none),
                }
            }
            DateRule::Budget(_) => (Known::NotYet, none),
        }
    }

    pub fn anchor(&self, anchor: &Anchor, from: &Address) -> Known {
        match anchor {
            Anchor::Done(step) => self.completion(step, from),
            Anchor::Answer(step, field) => self.answered_date(step, field, from),
            Anchor::Date(name) => self
                .run
                .dates
                .get(name)
                .map_or(Known::NotYet, |d| Known::At(*d)),
            Anchor::CycleDate(name) => {
                let key = format!("cycle.{name}");
                self.run
                    .dates
                    .get(&key)
                    .map_or(Known::NotYet, |date| Known::At(*date))
            }
        }
    }

    fn completion(&self, step: &StepRef, from: &Address) -> Known {
        match self.refer(step, from) {
            Err(known) => known,
            Ok(place) => match self.step(&place) {
                Some(step) if step.status == Status::Complete => step
                    .done
                    .as_ref()
                    .map_or(Known::NotYet, |done| Known::At(done.at.date())),
                Some(step) if step.status == Status::NotRequired => Known::Never,
                _ => Known::NotYet,
            },
        }
    }

    fn answered_date(&self, step: &StepRef, field: &str, from: &Address) -> Known {
        let place = match self.refer(step, from) {
            Err(known) => return known,
            Ok(place) => place,
        };
        match self.step(&place) {
            Some(step) if step.status == Status::Complete => {
                let answers = step.done.as_ref().map(|done| &done.answers);
                let date = answers
                    .and_then(|answers| answers.get(field))
                    .and_then(serde_json::Value::as_str)
                    .and_then(|text| text.parse().ok());
                // Left empty: not known yet, for it can still be corrected.
                date.map_or(Known::NotYet, Known::At)
            }
            Some(step) if step.status == Status::NotRequired => Known::Never,
            _ => Known::NotYet,
        }
    }

    /// The place that a reference means from here; with `first` or `last` among the passes.
    pub fn refer(&self, step: &StepRef, from: &Address) -> Result<Address, Known> {
        let Some(Pick { group, first }) = step.pick else {
            let mut seen = places::seen_from(self.workflow, &self.run, step.node, from);
            return seen.pop().ok_or(Known::NotYet);
        };
        let groups = places::seen_from(self.workflow, &self.run, group, from);
        let Some(group) = groups.into_iter().next() else {
            return Err(Known::NotYet);
        };
        let mut complete = places::instances_of(&self.run, &group)
            .filter(|pass| {
                self.step(pass)
                    .is_some_and(|p| p.status != Status::NotRequired)
            })
            .filter_map(|pass| {
                let mut inside = self.run.steps.range(pass.clone()..);
                let found = inside
                    .find(|(at, _)| at.is_within(pass) && self.node_at(at) == Some(step.node));
                found
                    .filter(|(_, step)| step.status == Status::Complete)
                    .map(|(at, _)| at.clone())
            });
        let found = if first {
            complete.next()
        } else {
            complete.last()
        };
        found.ok_or_else(|| {
            if self.run.is_settled(&group) {
                Known::Never
            } else {
                Known::NotYet
            }
        })
    }

    pub fn with_grace(&self, deadline: Deadline) -> Deadline {
        let today = self.today();
        match deadline.date {
            Some(date) if date < today => {
                let unit = deadline.kind.unit();
                let next = self.facts.calendars.next(&deadline.calendar, unit, today);
                let late = Deadline {
                    short_notice: true,
                    ..deadline
                };
                late.counted(next)
            }
            _ => deadline,
        }
    }

    /// Whose calendar counts: that of the place of the role.
    pub fn calendar(&self, node: NodeId, address: &Address, both: bool) -> CalendarId {
        if both {
            let host = self.run.host_school.iter().cloned();
            let visiting = self
                .run
                .people
                .values()
                .flatten()
                .filter_map(|held| held.school.clone());
            let mut urns: Vec<_> = host.chain(visiting).collect();
            urns.sort();
            urns.dedup();
            return CalendarId::Both { urns };
        }
        let place = self
            .node(node)
            .role()
            .and_then(|role| self.workflow.roles.get(role));
        let school = match (&self.node(node).kind, place.map(|role| &role.at)) {
            (Kind::Task(_) | Kind::Wait(_), Some(Place::Alliance)) => return CalendarId::Alliance,
            (Kind::Task(_), None | Some(Place::Run)) if self.assigned_school(address).is_some() => {
                self.assigned_school(address)
            }
            (Kind::Task(task), None | Some(Place::Run | Place::SchoolOf(_))) => {
                self.acting_school(task.role.as_deref(), address)
            }
            (_, Some(Place::School)) => doers::school_around(address),
            _ => self.run.host_school.clone(),
        };
        school.map_or(CalendarId::Alliance, |urn| CalendarId::School { urn })
    }

    fn acting_school(
        &self,
        role: Option<&str>,
        address: &Address,
    ) -> Option<crate::core::names::Urn> {
        self.appointed_for(role, address)
            .and_then(|held| held.school)
    }

    /// The school of the one person who has it, where a person is asked and not a post.
    fn assigned_school(&self, address: &Address) -> Option<crate::core::names::Urn> {
        let assigned = self.step(address).and_then(|step| step.assigned)?;
        self.school_of(assigned)
    }

    fn rule_in_words(&self, rule: &DateRule) -> String {
        let span = |span: &Span| {
            let both = if span.both { " at both" } else { "" };
            format!("{} {}{both}", span.days, span.unit.say(span.days))
        };
        let of = |anchor: &Anchor| self.anchor_in_words(anchor);
        match rule {
            DateRule::Budget(budget) => span(budget),
            DateRule::Offset(days, Side::Before, anchor) => {
                format!("{} before {}", span(days), of(anchor))
            }
            DateRule::Offset(days, Side::After, anchor) => {
                format!("{} after {}", span(days), of(anchor))
            }
            DateRule::On(anchor) => format!("on {}", of(anchor)),
            DateRule::Halfway(from, to) => format!("halfway between {} and {}", of(from), of(to)),
        }
    }

    fn anchor_in_words(&self, anchor: &Anchor) -> String {
        let step = |step: &StepRef| {
            let path = self.node(step.node).path.clone();
            match step.pick {
                None => path,
                Some(Pick { group, first }) => {
                    let group = &self.node(group).path;
                    let rest = path
                        .strip_prefix(group.as_str())
                        .unwrap_or(&path)
                        .to_owned();
                    format!("{group}.{}{rest}", if first { "first" } else { "last" })
                }
            }
        };
        match anchor {
            Anchor::Done(done) => step(done),
            Anchor::Answer(answer, field) => format!("{}.{field}", step(answer)),
            Anchor::Date(name) => format!("dates.{name}"),
            Anchor::CycleDate(name) => format!("cycle.{name}"),
        }
    }
}

fn hung(anchor: Option<Date>, unit: Unit, calendar: CalendarId) -> Deadline {
    without_date(DeadlineKind::HungOn { unit, anchor }, calendar)
}

fn without_date(kind: DeadlineKind, calendar: CalendarId) -> Deadline {
    Deadline {
        rule: String::new(),
        kind,
        date: None,
        ended: None,
        calendar,
        short_notice: false,
        by_hand: false,
    }
}

/// A budget from ready does not move by itself; anything else does when what it hangs on does.
pub(super) fn is_moved(old: &Deadline, new: &Deadline) -> bool {
    match (&old.kind, &new.kind) {
        (DeadlineKind::HungOn { anchor: before, .. }, DeadlineKind::HungOn { anchor, .. }) => {
            before != anchor
        }
        (DeadlineKind::HungOn { .. }, DeadlineKind::Budget { .. }) => true,
        (DeadlineKind::Budget { anchor: before, .. }, DeadlineKind::Budget { anchor, .. }) => {
            anchor.is_some() && before != anchor
        }
        (DeadlineKind::Budget { .. }, DeadlineKind::HungOn { .. }) => false,
    }
}

fn unit(rule: &DateRule) -> Unit {
    match rule {
        DateRule::Budget(span) | DateRule::Offset(span, ..) => span.unit,
        DateRule::On(_) => Unit::SchoolDays,
        DateRule::Halfway(..) => Unit::CalendarDays,
    }
}

impl DeadlineKind {
    pub fn unit(&self) -> Unit {
        match self {
            Self::Budget { unit, .. } | Self::HungOn { unit, .. } => *unit,
        }
    }
}
