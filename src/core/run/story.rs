//! A story for tests: given a definition and people, when commands come, then events follow.
//!
//! Everything is known beforehand: the clock, the seeds, the ids. Each accepted command is folded
//! again by `evolve` without definition and calendar, and must give the same state.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::address::Address;
use super::command::{Command, Envelope, People};
use super::decide::{Decision, decide};
use super::effect::Effect;
use super::entry::Entry;
use super::event::Event;
use super::evolve::fold;
use super::facts::{Facts, Rights};
use super::refusal::Verdict;
use super::seed::{Seed, uuid_from};
use super::state::{Run, Status};
pub use super::story_form::form;
use crate::core::audit::chain;
use crate::core::audit::payload::{Commitment, Payload};
use crate::core::calendar::{Calendars, test_calendars::weekdays};
use crate::core::definition::workflow::Workflow;
use crate::core::definition::{Bundle, load};
use crate::core::directory::{Directory, Person, Post, School};
use crate::core::names::{AllianceId, PersonId, RunId, Urn};
use crate::core::time::{Date, Instant};

pub struct Story {
    pub workflow: Arc<Workflow>,
    /// Versions to which a run can migrate.
    pub versions: BTreeMap<u32, Arc<Workflow>>,
    pub directory: Directory,
    pub run: Run,
    pub entries: Vec<Entry>,
    pub payloads: BTreeMap<Commitment, Value>,
    pub kept: Vec<Payload>,
    pub drafts: BTreeMap<Address, Map<String, Value>>,
    pub now: Instant,
    pub calendars: Calendars,
    /// The day on which whoever is asked was first written to.
    pub asked: Option<Date>,
    /// Only what a long walk needs: no second fold, no entries kept.
    pub lean: bool,
    head: String,
    sent: u32,
}

/// A person by a name: the same name is always the same id.
pub fn person(name: &str) -> PersonId {
    PersonId(uuid_from(&Seed::known(&["person", name])))
}

/// Each page is read once for all stories: that takes longer than most of them.
static READ: Mutex<BTreeMap<String, Arc<Workflow>>> = Mutex::new(BTreeMap::new());

/// The workflow of a YAML text; `form: x` may name any form, which then takes anything plain.
pub fn workflow(yaml: &str, forms: &[(&str, Value)]) -> Arc<Workflow> {
    let files = forms
        .iter()
        .map(|(name, schema)| (format!("forms/{name}.json"), schema.to_string()))
        .collect();
    let bundle = Bundle {
        path: "project.yaml".to_owned(),
        text: yaml.to_owned(),
        files,
    };
    let read = || READ.lock().unwrap_or_else(PoisonError::into_inner);
    let hash = bundle.hash();
    if let Some(known) = read().get(&hash) {
        return known.clone();
    }
    match load(&bundle) {
        Ok(workflow) => {
            let workflow = Arc::new(workflow);
            read().insert(hash, workflow.clone());
            workflow
        }
        Err(problems) => {
            let said: Vec<String> = problems
                .iter()
                .map(|p| format!("{}:{} {}", p.line, p.column, p.message))
                .collect();
            panic!("the story's definition has problems:\n{}", said.join("\n"))
        }
    }
}

impl Story {
    /// Two schools (`100001` host, `100002` home), a coordinator, and at each school a head, a CPD
    /// lead, an office, a teacher: `head@100001`, `cpd@100001`, `office@100001`, `teacher@100001`.
    pub fn new(workflow: Arc<Workflow>) -> Self {
        let mut directory = Directory::default();
        add(&mut directory, "coordinator", "coordinator", None);
        add(&mut directory, "qa", "qa_reader", None);
        for urn in ["100001", "100002", "100003"] {
            let id = Urn(urn.to_owned());
            let school = School {
                urn: id.clone(),
                name: format!("School {urn}"),
                phase: Some("primary".to_owned()),
                trust: None,
                local_authority: None,
            };
            directory.schools.insert(id.clone(), school);
            for (name, role) in [
                ("head", "headteacher"),
                ("cpd", "cpd_lead"),
                ("office", "office"),
                ("teacher", "teacher"),
            ] {
                add(&mut directory, &format!("{name}@{urn}"), role, Some(&id));
            }
        }
        let alliance = AllianceId("northshire".to_owned());
        let id = RunId(uuid_from(&Seed::known(&["run"])));
        Self {
            workflow,
            versions: BTreeMap::new(),
            directory,
            run: Run::unborn(alliance, id),
            entries: Vec::new(),
            payloads: BTreeMap::new(),
            kept: Vec::new(),
            drafts: BTreeMap::new(),
            now: "2027-01-11T09:00:00Z".parse().unwrap(),
            calendars: weekdays(),
            asked: None,
            lean: false,
            head: chain::GENESIS.to_owned(),
            sent: 0,
        }
    }

    pub fn started(workflow: Arc<Workflow>) -> Self {
        let mut story = Self::new(workflow);
        story.start(&[], &[]).unwrap();
        story
    }

    pub fn start(
        &mut self,
        roles: &[(&str, &[&str])],
        dates: &[(&str, &str)],
    ) -> Result<Vec<Event>, Verdict> {
        let roles = roles
            .iter()
            .map(|(role, people)| {
                let ids = people.iter().map(|name| person(name)).collect();
                ((*role).to_owned(), People::Several(ids))
            })
            .collect();
        let dates = dates
            .iter()
            .map(|(name, date)| ((*name).to_owned(), day(date)))
            .collect();
        let command = Command::ProjectStart {
            workflow: self.workflow.name.clone(),
            host_school: Urn("100001".to_owned()),
            title: "Feedback in Year 8".to_owned(),
            roles,
            dates,
        };
        self.when("coordinator", command)
    }

    pub fn on(&mut self, date: &str) -> &mut Self {
        self.now = format!("{date}T09:00:00Z").parse().unwrap();
        self
    }

    /// Somebody sends a command; `""` is nobody (the engine for timers, a portal for events).
    pub fn when(&mut self, who: &str, command: Command) -> Result<Vec<Event>, Verdict> {
        let envelope = self.envelope(who, None, command);
        self.send(&envelope)
    }

    pub fn envelope(&mut self, who: &str, behalf: Option<&str>, command: Command) -> Envelope {
        self.sent += 1;
        let engine = matches!(
            command,
            Command::TimerFire { .. }
                | Command::DeadlinesReplan { .. }
                | Command::TextsExpire { .. }
        );
        Envelope {
            id: format!("c{}", self.sent),
            source: if engine {
                super::decide::who::ENGINE
            } else {
                "test"
            }
            .to_owned(),
            alliance: self.run.alliance.clone(),
            run: self.run.id,
            actor: (!who.is_empty()).then(|| person(who)),
            on_behalf_of: behalf.map(person),
            time: self.now,
            expires: None,
            expected: None,
            command,
        }
    }

    pub fn send(&mut self, envelope: &Envelope) -> Result<Vec<Event>, Verdict> {
        if self.lean {
            let decision = self.decide(envelope)?;
            self.run = decision.run;
            return Ok(decision.entry.events);
        }
        let before = self.run.clone();
        let decided = self.decide(envelope);
        let Decision {
            entry,
            run,
            payloads,
            drafts,
        } = match decided {
            Ok(decision) => decision,
            Err(verdict) => {
                assert_eq!(before, self.run, "a refusal leaves nothing");
                return Err(verdict);
            }
        };
        let stored = chain::canonical(&entry);
        self.head = chain::hash(&stored);
        let read: Entry = serde_json::from_str(&stored).unwrap();
        assert_eq!(
            fold(before, &read),
            run,
            "the fold of the entry is the state"
        );
        let snapshot: Run = serde_json::from_str(&chain::canonical(&run)).unwrap();
        assert_eq!(snapshot, run, "a snapshot survives writing and reading");
        for payload in payloads {
            self.payloads
                .insert(payload.commitment.clone(), payload.value.clone());
            self.kept.push(payload);
        }
        for draft in drafts {
            match draft {
                Effect::SaveDraft { step, answers, .. } => {
                    self.drafts.insert(step, answers);
                }
                Effect::DropDraft { step } => drop(self.drafts.remove(&step)),
                Effect::MoveDrafts { moves } => {
                    let old = std::mem::take(&mut self.drafts).into_iter();
                    let to = |from: Address| moves.get(&from).cloned().unwrap_or(from);
                    self.drafts = old.map(|(from, draft)| (to(from), draft)).collect();
                }
                Effect::Mail { .. } | Effect::Tell { .. } => {}
            }
        }
        if let Some(Event::RunMigrated { to, .. }) = entry.events.first() {
            self.workflow = self.versions[&to.version].clone();
        }
        let events = entry.events.clone();
        self.run = run;
        self.entries.push(entry);
        Ok(events)
    }

    fn decide(&self, envelope: &Envelope) -> Result<Decision, Verdict> {
        let facts = self.facts(envelope);
        decide(&self.workflow, &self.run, envelope, &facts, &self.head)
    }

    /// Facts for looking at the run as it stands.
    pub fn facts_now(&self) -> Facts {
        self.facts(&Envelope {
            id: "look".to_owned(),
            source: "test".to_owned(),
            alliance: self.run.alliance.clone(),
            run: self.run.id,
            actor: Some(person("coordinator")),
            on_behalf_of: None,
            time: self.now,
            expires: None,
            expected: None,
            command: Command::ProjectResume {},
        })
    }

    pub fn facts(&self, envelope: &Envelope) -> Facts {
        let wants = super::wants::wants(&self.workflow, &self.run, envelope);
        let portal = envelope.actor.is_none() && envelope.source == "test";
        Facts {
            now: self.now,
            seed: Seed::known(&[&envelope.source, &envelope.id]),
            calendars: self.calendars.clone(),
            directory: self.directory.clone(),
            rights: if portal {
                Rights::Source {
                    commands: vec!["*".to_owned()],
                    roles: vec!["*".to_owned()],
                }
            } else {
                Rights::Inside
            },
            draft: wants
                .draft
                .and_then(|(step, _)| self.drafts.get(&step).cloned()),
            payloads: self.payloads.clone(),
            reference: wants
                .reference_prefix
                .map(|prefix| format!("{prefix}-2027-001")),
            target: wants
                .target_version
                .and_then(|version| self.versions.get(&version).cloned()),
            asked: self.asked,
            to_erase: self
                .kept
                .iter()
                .map(|payload| payload.commitment.clone())
                .collect(),
        }
    }

    /// Fires every moment that has come by now.
    pub fn fire_due(&mut self) -> &mut Self {
        for _ in 0..100 {
            let timers = super::projection::timers(&self.workflow, &self.run, &self.facts_now());
            let Some(timer) = timers.into_iter().find(|timer| timer.at <= self.now) else {
                break;
            };
            let _ = self.when("", Command::TimerFire { timer: timer.key });
        }
        self
    }

    /// The mails of the last entry: to whom and which, by name of the letter.
    pub fn mails(&self) -> Vec<(PersonId, super::effect::Letter)> {
        let entry = self.entries.last().unwrap();
        let effects = super::react::react(&self.workflow, &self.run, entry, &self.facts_now());
        let mails = effects.into_iter().filter_map(|effect| match effect {
            Effect::Mail { to, letter } => Some((to, letter)),
            _ => None,
        });
        mails.collect()
    }

    // Short forms of the commands that stories use most.

    pub fn complete(
        &mut self,
        who: &str,
        step: &str,
        answers: Value,
    ) -> Result<Vec<Event>, Verdict> {
        self.finish(who, step, answers, None)
    }

    /// Completes with an outcome, and a reason where the outcome asks for one.
    pub fn choose(&mut self, who: &str, step: &str, outcome: &str) -> Result<Vec<Event>, Verdict> {
        self.finish(who, step, json!({}), Some(outcome))
    }

    pub fn finish(
        &mut self,
        who: &str,
        step: &str,
        answers: Value,
        outcome: Option<&str>,
    ) -> Result<Vec<Event>, Verdict> {
        let command = Command::StepComplete {
            step: at(step),
            answers: answers.as_object().cloned(),
            outcome: outcome.map(str::to_owned),
            reason: outcome.map(|_| "because".to_owned()),
        };
        self.when(who, command)
    }

    pub fn report(&mut self, name: &str, data: Value) -> Result<Vec<Event>, Verdict> {
        let data = data.as_object().cloned().unwrap_or_default();
        self.when(
            "",
            Command::EventReport {
                name: name.to_owned(),
                data,
            },
        )
    }

    pub fn step(&self, step: &str) -> &super::state::Step {
        &self.run.steps[&at(step)]
    }

    pub fn status(&self, step: &str) -> Status {
        self.run
            .steps
            .get(&at(step))
            .unwrap_or_else(|| panic!("no step {step}"))
            .status
    }

    pub fn attempt(&self, step: &str) -> u32 {
        self.run.steps[&at(step)].attempt
    }

    pub fn due(&self, step: &str) -> Option<Date> {
        self.run.steps[&at(step)]
            .due
            .as_ref()
            .and_then(|due| due.date)
    }

    pub fn stage(&self) -> Option<String> {
        super::projection::stage(&self.workflow, &self.run).0
    }
}

fn add(directory: &mut Directory, name: &str, role: &str, school: Option<&Urn>) {
    let id = person(name);
    let known = Person {
        id,
        main_school: school.cloned(),
        erased: false,
    };
    directory.people.insert(id, known);
    directory.posts.push(Post {
        person: id,
        role: role.to_owned(),
        school: school.cloned(),
        from: None,
        until: None,
        covers: None,
    });
}

pub fn at(step: &str) -> Address {
    step.parse().unwrap()
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The refusal's code as text, or a panic that shows what came instead.
pub fn refused(result: Result<Vec<Event>, Verdict>) -> (String, String) {
    match result {
        Err(Verdict::Refused(refusal)) => (format!("{:?}", refusal.code), refusal.reason),
        Err(Verdict::NotYet(not_yet)) => (format!("NotYet {:?}", not_yet.code), not_yet.reason),
        Ok(events) => panic!("it was applied: {events:#?}"),
    }
}
