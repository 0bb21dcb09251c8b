//! Invites follow the state: whatever a command has done, they are compared with what they should
//! be now, and what differs is sent, moved or called off.
//!
//! A step that is complete invites to its date. While the same step is made again its invite stays;
//! one that is made again because of something before it loses its invite (`reopen.rs`). A stop calls
//! off what is ahead, a pause what would fall into it. What is past is left alone.

use std::collections::BTreeSet;

use chrono::NaiveTime;

use crate::core::definition::form::{Answers, FieldProblem};
use crate::core::definition::text::Invite as InviteText;
use crate::core::definition::workflow::NodeId;
use crate::core::run::address::Address;
use crate::core::run::event::{Event, Invite, SealedAnswers};
use crate::core::run::places;
use crate::core::run::reminded::Asked;
use crate::core::run::state::{RunStatus, Status};
use crate::core::time::{Date, Instant, say_time};

use super::working::Working;

/// What an invite should be now.
enum Wanted {
    /// There is something to come to.
    Come(Date, SealedAnswers),
    /// There is nothing to come to.
    Nothing,
    /// It is being decided again, or past.
    AsItIs,
}

impl<'a> Working<'a> {
    pub fn plan_invites(&mut self) {
        if self.workflow.invites.is_empty() && self.run.invites.is_empty() {
            return;
        }
        for (node, place) in self.inviting() {
            let text = self.invite_of(node);
            match self.wanted(&place, text) {
                Wanted::Come(date, details) => self.invite(&place, text, date, details),
                Wanted::Nothing => self.call_off(&place),
                Wanted::AsItIs => {}
            }
        }
    }

    /// Times that no day has, or that end before they begin: nobody could come then.
    pub fn impossible_times(&self, node: NodeId, answers: &Answers) -> Vec<FieldProblem> {
        let Some(text) = self.invite_of(Some(node)) else {
            return Vec::new();
        };
        let said = |line: &str| {
            let field = text.fields.get(line)?;
            Some((field, answers.get(field)?.as_str()?))
        };
        let time = |line: &str| {
            let (field, text) = said(line)?;
            let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
            Some((field, time))
        };
        let problem = |field: &str, problem: String| FieldProblem {
            field: format!("/{field}"),
            problem,
        };
        let (start, end) = (time("start"), time("end"));
        let mut found = Vec::new();
        if let Some(date) = said("date").and_then(|(_, text)| text.parse::<Date>().ok()) {
            let left_out = |time: NaiveTime| Instant::all_at_london(date, time).is_empty();
            let times = [start, end].into_iter().flatten();
            found.extend(times.filter(|(_, time)| left_out(*time)).map(|(field, _)| {
                let why = "is left out on that day, on which the clocks go forward";
                problem(field, why.to_owned())
            }));
        }
        if let (Some((_, start)), Some((field, end))) = (start, end)
            && end <= start
        {
            let why = format!("is not after the start, {}", say_time(start));
            found.push(problem(field, why));
        }
        found
    }

    /// People need not come any more, if that is still ahead.
    pub fn call_off(&mut self, step: &Address) {
        let today = self.today();
        let live = |it: &&Invite| !it.cancelled && it.date >= today;
        if let Some(invite) = self.run.invites.get(step).filter(live) {
            let sequence = invite.sequence + 1;
            self.emit(Event::InviteCancelled {
                step: step.clone(),
                sequence,
            });
        }
    }

    /// Places that may invite, or have; of those that a migration took away the node is unknown.
    fn inviting(&self) -> BTreeSet<(Option<NodeId>, Address)> {
        let inviting = |node: &NodeId| self.invite_of(Some(*node)).is_some();
        let nodes = (0..self.workflow.nodes.len()).filter(inviting);
        let places = nodes.flat_map(|node| {
            let places = places::places(self.workflow, &self.run, node);
            places.into_iter().map(move |place| (Some(node), place))
        });
        let sent = self.run.invites.keys();
        let gone = sent.filter(|place| !self.run.steps.contains_key(*place));
        places
            .chain(gone.map(|place| (None, place.clone())))
            .collect()
    }

    fn invite_of(&self, node: Option<NodeId>) -> Option<&'a InviteText> {
        let name = self.node(node?).task()?.invite.as_ref()?;
        self.workflow.invites.get(name)
    }

    fn wanted(&self, place: &Address, text: Option<&InviteText>) -> Wanted {
        let sent = self.run.invites.get(place);
        let swallowed = sent.is_some_and(|it| self.is_held_on(it.date));
        let stopped = self.run.status == RunStatus::Stopped;
        let Some(step) = self.step(place).filter(|_| !stopped) else {
            // History after a migration stands, unless the run itself does not go on.
            return unless(stopped || swallowed);
        };
        let mut places = self.run.steps_around(place).chain([step]);
        if places.any(|it| it.status == Status::NotRequired) {
            return Wanted::Nothing;
        }
        let done = step
            .done
            .as_ref()
            .filter(|_| step.status == Status::Complete);
        let Some(done) = done else {
            // Until it is done again people keep the old date, but for one that a hold swallows.
            return unless(swallowed);
        };
        let field = |line: &str| done.answers.get(text?.fields.get(line)?);
        let date = field("date").and_then(|value| value.as_str()?.parse::<Date>().ok());
        match date {
            Some(date) if self.is_held_on(date) => Wanted::Nothing,
            Some(date) if date >= self.today() => {
                let lines = ["start", "end", "place"].into_iter();
                let details =
                    lines.filter_map(|line| Some((line.to_owned(), field(line)?.clone())));
                Wanted::Come(date, details.collect())
            }
            // What was ahead is not ahead any more: it was on another day, or on none.
            _ if sent.is_some_and(|it| Some(it.date) != date) => Wanted::Nothing,
            _ => Wanted::AsItIs,
        }
    }

    /// Whether the run is held on a day that is ahead.
    fn is_held_on(&self, date: Date) -> bool {
        let held = self
            .run
            .hold
            .as_ref()
            .filter(|_| self.run.status == RunStatus::Paused);
        held.is_some_and(|hold| hold.until.is_none_or(|until| date < until))
    }

    fn invite(
        &mut self,
        place: &Address,
        text: Option<&InviteText>,
        date: Date,
        details: SealedAnswers,
    ) {
        let asked = Asked {
            workflow: self.workflow,
            run: &self.run,
            directory: &self.facts.directory,
            step: place,
            day: self.today(),
        };
        let roles = text.map(|text| text.to.clone()).unwrap_or_default();
        let people: BTreeSet<_> = asked.holders_or_doers(&roles).into_iter().collect();
        let sent = self.run.invites.get(place).cloned();
        let id = sent.as_ref().map(|sent| sent.id);
        let invite = Invite {
            id: id.unwrap_or_else(|| self.seed.uuid()),
            sequence: sent.as_ref().map_or(0, |sent| sent.sequence + 1),
            date,
            details,
            people,
            cancelled: false,
        };
        let had = sent.filter(|sent| !sent.cancelled);
        let same = had.as_ref().is_some_and(|had| had.says_the_same(&invite));
        let was = had.as_ref().map(|had| had.date);
        let before = had.map(|had| had.people).unwrap_or_default();
        let new: Vec<_> = invite.people.difference(&before).copied().collect();
        let left: Vec<_> = before.difference(&invite.people).copied().collect();
        // Who has it as it is now hears nothing.
        let again = invite.people.intersection(&before).filter(|_| !same);
        let again = again.copied().collect();
        if same && new.is_empty() && left.is_empty() {
            return;
        }
        self.emit(Event::InviteSent {
            step: place.clone(),
            was: was.filter(|was| *was != invite.date),
            invite,
            new,
            again,
            left,
        });
    }
}

/// As it is, unless there is nothing to come to.
fn unless(nothing: bool) -> Wanted {
    if nothing {
        Wanted::Nothing
    } else {
        Wanted::AsItIs
    }
}
