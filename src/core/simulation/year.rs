//! One run over its time: from each moment at which something happens to the next.
//!
//! There is no tick. The next moment is the soonest of those that the run waits for (its timers),
//! of those at which somebody does something, and of those at which a letter may leave. What then
//! happens is decided by the same functions that decide for the engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::core::audit::chain::GENESIS;
use crate::core::calendar::Calendars;
use crate::core::calendar::almanac::Almanac;
use crate::core::calendar::page::Owner;
use crate::core::definition::workflow::Workflow;
use crate::core::directory::{Directory, School};
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::address::Address;
use crate::core::run::command::{Command, Envelope, TimerKey};
use crate::core::run::decide::who::ENGINE;
use crate::core::run::decide::{decide, tried_again};
use crate::core::run::doers;
use crate::core::run::entry::Entry;
use crate::core::run::event::{Event, StepKind};
use crate::core::run::facts::{Facts, Rights};
use crate::core::run::projection::{self, Asks, Timer};
use crate::core::run::react::react;
use crate::core::run::refusal::Verdict;
use crate::core::run::seed::{Seed, uuid_from};
use crate::core::run::state::{Run, RunStatus, Step};
use crate::core::run::wants::prefix;
use crate::core::time::Instant;

use super::cast::Cast;
use super::hands;
use super::ledger::{Books, Ledger};
use super::manner::{Asking, Manner, answers_at};
use super::post::{Post, Scene};
use super::{Call, Deed, End, Open, Setting, Simulated, Stands};

/// The source of what people do here.
const SOURCE: &str = "alongside:simulation";

pub(super) struct Year<'s> {
    pub workflow: &'s Workflow,
    pub setting: &'s Setting,
    pub cast: Cast,
    pub run: Run,
    pub facts: Facts,
    timers: Vec<Timer>,
    acts: Vec<Act>,
    post: Post,
    ledger: Ledger,
    calls: Vec<Call>,
    deeds: Vec<Deed>,
    entries: Vec<Entry>,
    /// What nobody could do, with the reason, and the version of the run then.
    pub refused: BTreeMap<(Address, u32), (u64, String)>,
    sent: u32,
}

/// Somebody will do a step, or what is waited for will happen.
#[derive(Debug, Clone)]
struct Act {
    at: Instant,
    step: Address,
    by: Option<PersonId>,
}

/// At the same moment timers come first, then people, then letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Timer(usize),
    Act(usize),
    Post,
}

impl<'s> Year<'s> {
    pub fn new(workflow: &'s Workflow, setting: &'s Setting) -> Self {
        let cast = Cast::of(workflow, setting);
        let calendars = calendars(&setting.almanac, &cast.directory);
        let year = chrono::Datelike::year(&setting.from);
        let facts = Facts {
            now: hands::begins(setting.from),
            seed: [0; 32],
            calendars,
            directory: cast.directory.clone(),
            rights: Rights::Inside,
            draft: None,
            payloads: BTreeMap::new(),
            reference: Some(format!("{}-{year}-001", prefix(&workflow.title))),
            target: None,
            to_erase: Vec::new(),
            asked: None,
        };
        let id = RunId(uuid_from(&Seed::known(&["simulation", "run"])));
        Self {
            workflow,
            setting,
            cast,
            run: Run::unborn(AllianceId("simulation".to_owned()), id),
            facts,
            timers: Vec::new(),
            acts: Vec::new(),
            post: Post::default(),
            ledger: Ledger::default(),
            calls: Vec::new(),
            deeds: Vec::new(),
            entries: Vec::new(),
            refused: BTreeMap::new(),
            sent: 0,
        }
    }

    /// Starts the run and goes from moment to moment, up to the last day.
    pub fn goes_by(mut self) -> Result<Simulated, String> {
        let start = hands::start(&self);
        let coordinator = self.coordinator();
        self.send(coordinator, start).map_err(|no| say(&no))?;
        while let Some((at, next)) = self.next() {
            if at.date() > self.setting.until {
                break;
            }
            self.facts.now = self.facts.now.max(at);
            match next {
                Next::Timer(place) => self.fire(place),
                Next::Act(place) => self.act(place),
                Next::Post => {
                    let scene = Scene {
                        workflow: self.workflow,
                        run: &self.run,
                        directory: &self.facts.directory,
                        calendars: &self.facts.calendars,
                        quiet: &self.setting.quiet,
                        now: self.facts.now,
                    };
                    self.post.send_due(scene);
                }
            }
        }
        Ok(self.close())
    }

    fn next(&self) -> Option<(Instant, Next)> {
        let timers = self.timers.iter().enumerate();
        let timers = timers.map(|(place, it)| (it.at, Next::Timer(place)));
        let acts = self.acts.iter().enumerate();
        let acts = acts.map(|(place, it)| (it.at, Next::Act(place)));
        let post = self.post.next().map(|at| (at, Next::Post));
        timers.chain(acts).chain(post).min()
    }

    /// As the engine does: what cannot be fired yet is put off, what was overtaken is forgotten.
    fn fire(&mut self, place: usize) {
        let timer = self.timers[place].clone();
        self.facts.asked = match &timer.key {
            TimerKey::Rung { step, attempt, .. } => self.post.first_asked(step, *attempt),
            _ => None,
        };
        let now = self.facts.now;
        let fired = self.send(None, Command::TimerFire { timer: timer.key });
        let Err(verdict) = fired else { return };
        let again = match &verdict {
            Verdict::Refused(refusal) => tried_again(refusal, now),
            Verdict::NotYet(_) => None,
        };
        match again {
            Some(at) => self.timers[place].at = at,
            None => {
                self.timers.remove(place);
            }
        }
    }

    /// Tries what there is to choose until something is accepted.
    fn act(&mut self, place: usize) {
        let Act { step, by, .. } = self.acts.remove(place);
        let Some(attempt) = self.run.steps.get(&step).map(|it| it.attempt) else {
            return;
        };
        let mut why = String::new();
        for command in hands::commands(self, &step) {
            match self.send(by.or(self.coordinator()), command) {
                Ok(()) => return,
                Err(verdict) => why = say(&verdict),
            }
        }
        let version = self.run.version;
        self.refused.insert((step, attempt), (version, why));
    }

    fn send(&mut self, actor: Option<PersonId>, command: Command) -> Result<(), Verdict> {
        self.sent += 1;
        let envelope = Envelope {
            actor,
            ..Envelope::inside(
                actor.map_or(ENGINE, |_| SOURCE),
                format!("simulation-{}", self.sent),
                &self.run.alliance,
                self.run.id,
                self.facts.now,
                command,
            )
        };
        let seed = self.setting.seed.to_string();
        self.facts.seed = Seed::known(&["simulation", &seed, &envelope.id]);
        let at = self.facts.now;
        let decision = decide(self.workflow, &self.run, &envelope, &self.facts, GENESIS)?;
        let command = envelope.command;
        self.deeds.extend(actor.map(|by| Deed { at, by, command }));
        let effects = react(self.workflow, &decision.run, &decision.entry, &self.facts);
        self.run = decision.run;
        let (entry, now) = (decision.entry, at);
        self.post.take(effects, entry.seq, now);
        let books = Books {
            workflow: self.workflow,
            directory: &self.facts.directory,
            calendars: &self.facts.calendars,
        };
        self.ledger.keep(books, &self.run, now);
        let is_rung = |it: &Event| matches!(it, Event::RungFired { .. });
        if entry.events.iter().any(is_rung) {
            self.note_calls();
        }
        self.entries.push(entry);
        self.plan();
        Ok(())
    }

    /// Whom the coordinator is asked to ring from now on.
    fn note_calls(&mut self) {
        let tasks = projection::tasks(self.workflow, &self.run);
        for task in tasks.into_iter().filter(|task| task.asks == Asks::Ring) {
            let same = |call: &Call| call.step == task.step && call.attempt == task.attempt;
            if !self.calls.iter().any(same) {
                let people = self.doers(&task.step);
                self.calls.push(Call {
                    at: self.facts.now,
                    step: task.step,
                    attempt: task.attempt,
                    people,
                });
            }
        }
    }

    /// All that is ahead, as the run stands now.
    fn plan(&mut self) {
        self.timers = projection::timers(self.workflow, &self.run, &self.facts);
        let acts = self.run.steps.iter();
        self.acts = acts
            .filter_map(|(at, step)| self.planned(at, step))
            .collect();
    }

    fn planned(&self, address: &Address, step: &Step) -> Option<Act> {
        if self.run.status != RunStatus::InProgress || !is_asked(step) {
            return None;
        }
        let refused = self.refused.get(&(address.clone(), step.attempt));
        if refused.is_some_and(|(version, _)| *version == self.run.version) {
            return None;
        }
        let by = self.doers(address).first().copied();
        let manner = match by {
            Some(person) => self.cast.player(person)?.manner,
            None => self.nobodys(address)?,
        };
        let asking = Asking {
            step: address,
            attempt: step.attempt,
            ready: step.ready_at?,
            due: step.due.as_ref().and_then(|due| due.date),
        };
        let calendars = &self.facts.calendars;
        let calendar = match by {
            Some(person) => {
                calendars.of_person(&self.facts.directory, person, self.facts.now.date())
            }
            None => &calendars.alliance,
        };
        let Setting { seed, late, .. } = *self.setting;
        let at = answers_at(seed, manner, late, calendar, &asking)?;
        Some(Act {
            at,
            step: address.clone(),
            by,
        })
    }

    /// What is waited for from outside happens by itself. What nobody holds is done by nobody.
    fn nobodys(&self, address: &Address) -> Option<Manner> {
        let node = self.workflow.node_of(address)?;
        let wait = self.workflow.node(node).wait()?;
        wait.role.is_none().then_some(Manner::OnTime)
    }

    pub fn doers(&self, address: &Address) -> Vec<PersonId> {
        let (run, directory) = (&self.run, &self.facts.directory);
        let found = doers::doers(
            self.workflow,
            run,
            directory,
            address,
            self.facts.now.date(),
        );
        found.into_iter().map(|doer| doer.person).collect()
    }

    fn coordinator(&self) -> Option<PersonId> {
        let directory = &self.facts.directory;
        let mut held = directory.holders("coordinator", None, self.setting.from);
        held.next().map(|post| post.person)
    }

    fn close(self) -> Simulated {
        let open = self.open();
        let end = self.end(&open);
        let books = Books {
            workflow: self.workflow,
            directory: &self.facts.directory,
            calendars: &self.facts.calendars,
        };
        let steps = self.ledger.close(books, &self.run, self.facts.now);
        Simulated {
            steps,
            mails: self.post.mails,
            calls: self.calls,
            deeds: self.deeds,
            end,
            open,
            entries: self.entries,
            reference: self.run.reference.clone(),
            cast: self.cast,
            calendars: self.facts.calendars,
        }
    }

    fn end(&self, open: &[Open]) -> End {
        if let (RunStatus::Stopped, Some(stopped)) = (self.run.status, &self.run.stopped) {
            let (at, words) = (stopped.at, stopped.words.clone());
            return End::Stopped { at, words };
        }
        if self.run.status == RunStatus::Complete {
            let at = self.run.changed_at.unwrap_or(self.facts.now);
            return End::Complete { at };
        }
        let waits = |it: &Open| matches!(it.stands, Stands::Silent | Stands::Refused(_));
        if self.next().is_none() && open.iter().any(waits) {
            End::HeldUp
        } else {
            End::GoesOn
        }
    }

    /// Steps with which somebody is when the time is over, and those that only wait for their day.
    fn open(&self) -> Vec<Open> {
        if self.run.status != RunStatus::InProgress {
            return Vec::new();
        }
        let task = |step: &Step| matches!(step.kind, StepKind::Task | StepKind::Wait);
        let steps = self.run.steps.iter().filter(|(_, step)| task(step));
        let open = steps.filter(|(_, step)| step.free && !step.status.is_settled());
        let mut open: Vec<Open> = open
            .map(|(address, step)| Open {
                step: address.clone(),
                people: self.doers(address),
                stands: self.stands(address, step),
            })
            .collect();
        open.sort_by_key(|it| (self.workflow.node_of(&it.step), it.step.clone()));
        open
    }

    fn stands(&self, address: &Address, step: &Step) -> Stands {
        let opens = step.opens.as_ref().filter(|_| !step.status.is_ready());
        if let Some(opens) = opens {
            return opens.date.map_or(Stands::OpensUnknown, Stands::Opens);
        }
        let refused = self.refused.get(&(address.clone(), step.attempt));
        let planned = self.acts.iter().find(|act| act.step == *address);
        match (refused, planned) {
            (_, Some(act)) => Stands::Planned(act.at),
            (Some((_, why)), None) => Stands::Refused(why.clone()),
            (None, None) => Stands::Silent,
        }
    }
}

/// Schools without a page of their own share the alliance's calendar.
fn calendars(almanac: &Almanac, directory: &Directory) -> Calendars {
    let alliance = Arc::new(almanac.of_alliance());
    let of = |school: &School| {
        let own = Owner::chain(school).into_iter();
        let mut own = own.filter(|owner| *owner != Owner::Alliance);
        if own.any(|owner| almanac.pages.contains_key(&owner)) {
            Arc::new(almanac.of_school(school))
        } else {
            alliance.clone()
        }
    };
    let schools = directory.schools.iter();
    let schools = schools.map(|(urn, school)| (urn.clone(), of(school)));
    Calendars {
        schools: schools.collect(),
        alliance: alliance.clone(),
    }
}

/// A task or a wait with which somebody is, or that may happen.
fn is_asked(step: &Step) -> bool {
    step.status.is_ready() && matches!(step.kind, StepKind::Task | StepKind::Wait)
}

fn say(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Refused(refusal) => refusal.reason.clone(),
        Verdict::NotYet(not_yet) => not_yet.reason.clone(),
    }
}
