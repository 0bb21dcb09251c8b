//! One walk: a run, all that is known around it, and the trail of what was sent.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::cast;
use crate::core::audit::chain;
use crate::core::calendar::test_calendars::weekdays;
use crate::core::definition::workflow::Workflow;
use crate::core::dice::Dice;
use crate::core::directory::Directory;
use crate::core::names::{AllianceId, PersonId, RunId, Urn};
use crate::core::run::address::Address;
use crate::core::run::command::{Command, Envelope, People, TimerKey};
use crate::core::run::decide::decide;
use crate::core::run::decide::who::ENGINE;
use crate::core::run::facts::{Facts, Rights};
use crate::core::run::projection::timers;
use crate::core::run::refusal::Verdict;
use crate::core::run::seed::{Seed, uuid_from};
use crate::core::run::state::{Run, RunStatus};
use crate::core::run::story::person;

pub struct Walk {
    pub workflow: Arc<Workflow>,
    pub run: Run,
    /// All that is known; what a command may know of it is `facts::narrow`.
    pub facts: Facts,
    pub drafts: BTreeMap<(Address, u32), Map<String, Value>>,
    pub head: String,
    pub dice: Dice,
    pub trail: Vec<(Envelope, Option<Verdict>)>,
}

/// A walk that failed: what was wrong, after what.
pub struct Failure {
    pub wrong: String,
    pub said: String,
    pub turns: usize,
}

impl Walk {
    pub fn new(workflow: Arc<Workflow>, directory: Directory, seed: u64) -> Self {
        let id = RunId(uuid_from(&Seed::known(&["walk"])));
        let facts = Facts {
            now: "2027-01-11T09:00:00Z".parse().unwrap(),
            seed: [0; 32],
            calendars: weekdays(),
            directory,
            rights: Rights::Inside,
            draft: None,
            payloads: BTreeMap::new(),
            reference: Some("W-2027-001".to_owned()),
            target: None,
            to_erase: Vec::new(),
            // Everybody was written to long ago, so whatever may lapse does.
            asked: "2026-09-01".parse().ok(),
        };
        Self {
            workflow,
            run: Run::unborn(AllianceId("northshire".to_owned()), id),
            facts,
            drafts: BTreeMap::new(),
            head: chain::GENESIS.to_owned(),
            dice: Dice::new(seed),
            trail: Vec::new(),
        }
    }

    /// Starts the run with everybody and every date that the definition asks for.
    pub fn start(&mut self) -> Result<(), String> {
        for _ in 0..20 {
            let command = self.start_command();
            let envelope = self.envelope(Some(person("coordinator")), command);
            match self.send(envelope) {
                Ok(()) => return Ok(()),
                // People for two roles that exclude each other.
                Err(Verdict::Refused(_)) => {}
                Err(Verdict::NotYet(not_yet)) => return Err(not_yet.reason),
            }
        }
        Err("it could not be started".to_owned())
    }

    pub fn start_command(&mut self) -> Command {
        let workflow = self.workflow.clone();
        let mut roles = BTreeMap::new();
        for (name, role) in workflow.roles.iter().filter(|(_, role)| role.at_start) {
            if role.many.min > 0 || self.dice.chance(60) {
                roles.insert(name.clone(), self.people_for(name));
            }
        }
        let later = self.today() + chrono::Days::new(150);
        let dates = workflow.dates.keys().map(|name| (name.clone(), later));
        Command::ProjectStart {
            workflow: workflow.name.clone(),
            host_school: Urn(cast::HOST.to_owned()),
            title: "Feedback in Year 8".to_owned(),
            roles,
            dates: dates.collect(),
        }
    }

    /// As many different teachers as a role of the run takes, at most four.
    pub fn people_for(&mut self, role: &str) -> People {
        let many = self.workflow.roles[role].many;
        let most = many.max.min(many.min.max(4));
        let wanted = self
            .dice
            .between(i64::from(many.min.max(1)), i64::from(most));
        let mut left = cast::teachers().to_vec();
        let chosen: Vec<PersonId> = (0..wanted)
            .map(|_| left.swap_remove(self.dice.below(left.len())))
            .collect();
        match chosen.as_slice() {
            [one] => People::One(*one),
            _ => People::Several(chosen),
        }
    }

    pub fn today(&self) -> crate::core::time::Date {
        self.facts.now.date()
    }

    /// Sent from inside: by a person, or by the engine.
    pub fn envelope(&self, actor: Option<PersonId>, command: Command) -> Envelope {
        Envelope {
            id: format!("w{}", self.trail.len()),
            source: if actor.is_none() { ENGINE } else { "walk" }.to_owned(),
            alliance: self.run.alliance.clone(),
            run: self.run.id,
            actor,
            on_behalf_of: None,
            time: self.facts.now,
            expires: None,
            expected: None,
            command,
        }
    }

    /// Decides, and goes on from there. Only what a walk needs: no second fold, no log.
    pub fn send(&mut self, envelope: Envelope) -> Result<(), Verdict> {
        self.facts.seed = Seed::known(&[&envelope.id]);
        let decided = decide(
            &self.workflow,
            &self.run,
            &envelope,
            &self.facts,
            &self.head,
        );
        let refused = decided.as_ref().err().cloned();
        self.trail.push((envelope, refused));
        decided.map(|decision| self.run = decision.run)
    }

    /// Time goes on to the next moment at which something opens; reminders on the way go out if
    /// `remind`. Nothing to wait for: false.
    pub fn time_passes(&mut self, remind: bool) -> Result<bool, String> {
        let opens = |key: &TimerKey| matches!(key, TimerKey::Opens { .. });
        loop {
            let mut waiting = timers(&self.workflow, &self.run, &self.facts);
            if !waiting.iter().any(|timer| opens(&timer.key)) {
                return Ok(false);
            }
            waiting.retain(|timer| remind || opens(&timer.key));
            let Some(next) = waiting.into_iter().min_by_key(|timer| timer.at) else {
                return Ok(false);
            };
            self.facts.now = self.facts.now.max(next.at);
            let opened = opens(&next.key);
            let envelope = self.envelope(None, Command::TimerFire { timer: next.key });
            if let Err(verdict) = self.send(envelope) {
                return Err(format!("a timer of the run was refused: {}", say(&verdict)));
            }
            if opened || self.is_over() {
                return Ok(true);
            }
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.run.status, RunStatus::Complete | RunStatus::Stopped)
    }

    pub fn turns(&self) -> usize {
        self.trail.len()
    }

    /// What was wrong, how the run stands, and all that was sent before it.
    pub fn failure(&self, seed: u64, wrong: &str) -> Failure {
        let mut said = format!("{}, seed {seed}: {wrong}\n", self.workflow.name);
        let open = self
            .run
            .steps
            .iter()
            .filter(|(_, step)| !step.status.is_settled());
        for (at, step) in open {
            let free = if step.free { ", free" } else { "" };
            let _ = writeln!(
                said,
                "  open: {at} attempt {} {:?}{free}",
                step.attempt, step.status
            );
        }
        for (envelope, verdict) in &self.trail {
            let who = envelope.actor.map_or(envelope.source.clone(), |actor| {
                let posts = &self.facts.directory.posts;
                let post = posts.iter().find(|post| post.person == actor);
                post.map_or_else(|| actor.to_string(), |post| post.role.clone())
            });
            let day = envelope.time.date();
            let command = &envelope.command;
            let answer = verdict
                .as_ref()
                .map_or("applied".to_owned(), |it| say(it).to_owned());
            let _ = writeln!(said, "  {day} {who}: {command:?}: {answer}");
        }
        Failure {
            wrong: wrong.to_owned(),
            said,
            turns: self.trail.len(),
        }
    }
}

pub fn say(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Refused(refusal) => &refusal.reason,
        Verdict::NotYet(not_yet) => &not_yet.reason,
    }
}
