//! The letters of a simulation on their way: when each leaves, with what, and what is dropped.
//!
//! Every rule is that of the mailer: `mails::{quiet, holds, bundle}`. Here is only the order in
//! which they are asked, one moment after the other.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::core::calendar::Calendars;
use crate::core::definition::workflow::Workflow;
use crate::core::directory::Directory;
use crate::core::mails::bundle::{Waiting, sort_out};
use crate::core::mails::holds;
use crate::core::mails::quiet::{QuietTimes, Window, earliest, is_urgent, window};
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::effect::{Effect, Letter};
use crate::core::run::reminded::Asked;
use crate::core::run::state::Run;
use crate::core::time::{Date, Instant};

/// One mail as it would leave; several letters are one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub at: Instant,
    pub to: PersonId,
    /// Soonest due first.
    pub letters: Vec<Letter>,
}

#[derive(Debug, Default)]
pub(super) struct Post {
    waiting: Vec<Queued>,
    pub mails: Vec<Mail>,
    /// Letters that went out, to know who was asked.
    sent: Vec<(Effect, Date)>,
    written: BTreeSet<(PersonId, Date)>,
    number: u128,
}

#[derive(Debug, Clone)]
struct Queued {
    to: PersonId,
    id: Uuid,
    seq: u64,
    letter: Letter,
    next_at: Instant,
}

/// What the moment of sending is like.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub workflow: &'a Workflow,
    pub run: &'a Run,
    pub directory: &'a Directory,
    pub calendars: &'a Calendars,
    pub quiet: &'a QuietTimes,
    pub now: Instant,
}

impl Post {
    /// Letters of an entry begin to wait.
    pub fn take(&mut self, effects: Vec<Effect>, seq: u64, at: Instant) {
        for effect in effects {
            if let Effect::Mail { to, letter } = effect {
                self.number += 1;
                self.waiting.push(Queued {
                    to,
                    id: Uuid::from_u128(self.number),
                    seq,
                    next_at: earliest(&letter, at),
                    letter,
                });
            }
        }
    }

    /// The next moment at which a letter may leave.
    pub fn next(&self) -> Option<Instant> {
        self.waiting.iter().map(|it| it.next_at).min()
    }

    /// The day of the first mail about a step and attempt.
    pub fn first_asked(&self, step: &Address, attempt: u32) -> Option<Date> {
        let about = self
            .sent
            .iter()
            .filter(|(effect, _)| effect.asks(step, attempt));
        about.map(|(_, day)| *day).min()
    }

    /// One mail to everybody for whom letters are due, or a later moment for them.
    pub fn send_due(&mut self, scene: Scene<'_>) {
        let due = self.waiting.iter().filter(|it| it.next_at <= scene.now);
        let people: BTreeSet<PersonId> = due.map(|it| it.to).collect();
        for person in people {
            let today = scene.now.date();
            let calendar = scene.calendars.of_person(scene.directory, person, today);
            let written = self.written.contains(&(person, today));
            let theirs = |it: &Queued| it.to == person && it.next_at <= scene.now;
            let window = window(scene.quiet, calendar, scene.now, written);
            let leaves = |it: &Queued| {
                let urgent = || is_urgent(&it.letter, calendar, today);
                theirs(it) && (window == Window::Open || urgent())
            };
            let all = std::mem::take(&mut self.waiting);
            let (leaving, staying) = all.into_iter().partition(leaves);
            self.waiting = staying;
            if let Window::Held { until, .. } = window {
                let held = self.waiting.iter_mut().filter(|it| theirs(it));
                held.for_each(|it| it.next_at = until);
            }
            self.write(person, leaving, scene);
        }
    }

    fn write(&mut self, person: PersonId, leaving: Vec<Queued>, scene: Scene<'_>) {
        let today = scene.now.date();
        let run = scene.run;
        let overtaken = |it: &Waiting| {
            let asked = |step| scene.asked(step);
            holds::overtaken(&it.letter, person, run, today, asked)
        };
        let waiting = |it: Queued| {
            let step = it.letter.step().and_then(|step| run.steps.get(step));
            Waiting {
                id: it.id,
                run: Some(run.id),
                seq: it.seq,
                reference: run.reference.clone(),
                due: step.and_then(|step| step.due.as_ref()?.date),
                letter: it.letter,
            }
        };
        let staying = self.waiting.iter().filter(|it| it.to == person).cloned();
        let staying = staying.map(waiting).collect();
        let leaving = leaving.into_iter().map(waiting).collect();
        let carried = sort_out(leaving, staying, overtaken).carried;
        if carried.is_empty() {
            return;
        }
        self.written.insert((person, today));
        let letters: Vec<Letter> = carried.into_iter().map(|it| it.letter).collect();
        let sent = letters.iter().map(|letter| {
            let letter = letter.clone();
            (Effect::Mail { to: person, letter }, today)
        });
        self.sent.extend(sent);
        self.mails.push(Mail {
            at: scene.now,
            to: person,
            letters,
        });
    }
}

impl<'a> Scene<'a> {
    fn asked(self, step: &'a Address) -> Asked<'a> {
        Asked {
            workflow: self.workflow,
            run: self.run,
            directory: self.directory,
            step,
            day: self.now.date(),
        }
    }
}
