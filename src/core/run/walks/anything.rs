//! Any command by anybody at any time: most with some sense, some with none.

use serde_json::{Map, Value, json};

use super::cast;
use super::completing::Mood;
use super::walk::Walk;
use crate::core::definition::workflow::Place;
use crate::core::names::PersonId;
use crate::core::run::address::{Address, Key};
use crate::core::run::command::{Command, Envelope, People, TimerKey};
use crate::core::run::doers::doers;
use crate::core::run::facts::Rights;
use crate::core::run::projection::timers;
use crate::core::run::story::person;
use crate::core::time::Date;

const ALL: Mood = Mood {
    back: true,
    stop: false,
};

impl Walk {
    pub fn anything(&mut self) -> Envelope {
        let open = self.open();
        let sensible = !open.is_empty() && self.dice.chance(35);
        let mut envelope = if sensible {
            let (at, node) = self.dice.pick(&open).clone();
            self.completion(&at, node, ALL)
        } else {
            let command = self.any_command();
            let actor = self.anybody(&command);
            self.envelope(actor, command)
        };
        if self.dice.chance(6) {
            envelope.on_behalf_of = Some(self.somebody());
        }
        if self.dice.chance(4) {
            envelope.expected = Some(self.run.version.saturating_sub(self.dice.roll() % 2));
        }
        if self.dice.chance(4) {
            let hours = self.dice.between(-2, 200);
            envelope.expires = Some(self.facts.now.plus_seconds(hours * 3_600));
        }
        let portal = envelope.actor.is_none() && self.dice.chance(70);
        let timer = matches!(envelope.command, Command::TimerFire { .. });
        if portal && (!timer || self.dice.chance(5)) {
            "urn:portal".clone_into(&mut envelope.source);
        }
        envelope
    }

    pub fn rights(envelope: &Envelope) -> Rights {
        if envelope.source == "urn:portal" {
            let all = || vec!["*".to_owned()];
            return Rights::Source {
                commands: all(),
                roles: all(),
            };
        }
        Rights::Inside
    }

    fn any_command(&mut self) -> Command {
        let reason = self.reason();
        let step = self.some_place();
        match self.dice.below(30) {
            0 | 1 => Command::StepDraft {
                answers: self.some_answers(&step),
                step,
            },
            2 => Command::StepTake { step },
            3 | 4 => Command::StepOpen { step, reason },
            5 | 6 => Command::StepBlock { step, reason },
            7 | 8 => Command::StepUnblock { step },
            9 | 10 => Command::StepSkip {
                step,
                reason: self.dice.chance(80).then_some(reason),
            },
            11 | 12 => {
                let spared = self.run.steps.keys().cloned().collect::<Vec<_>>();
                let spare = (0..self.dice.below(4)).map(|_| self.dice.pick(&spared).clone());
                let spare = spare.collect();
                Command::StepReopen {
                    step,
                    reason,
                    spare,
                }
            }
            13 => Command::StepAssign {
                step,
                person: self.somebody(),
                reason: None,
            },
            14 => Command::StepDelegate {
                step,
                person: self.somebody(),
                reason: None,
            },
            15 => Command::StepRedate {
                step,
                due: self.day(-3, 60),
                reason,
            },
            16 => Command::PassAdd { group: step },
            17 => Command::PassEnd { pass: step, reason },
            18 | 19 => Command::AnswersCorrect {
                answers: self.some_answers(&step),
                step,
                reason,
            },
            20 | 21 => Command::TimerFire {
                timer: self.some_timer(),
            },
            22 | 23 => self.some_event(),
            24 => Command::StepComplete {
                answers: self.dice.chance(50).then(|| self.some_answers(&step)),
                step,
                outcome: self.dice.chance(30).then(|| "approve".to_owned()),
                reason: None,
            },
            _ => self.about_the_run(reason),
        }
    }

    fn about_the_run(&mut self, reason: String) -> Command {
        // A walk that stands still shows little: what holds is rarer than what goes on.
        match self.dice.below(16) {
            0 => Command::ProjectPostpone {
                until: self.day(-2, 90),
                reason,
            },
            1 => Command::ProjectPause { reason },
            2 | 3 => Command::ProjectResume {},
            4 => Command::ProjectUndo {},
            5 if self.dice.chance(30) => Command::ProjectStop { reason },
            6 | 7 => Command::ProjectReinstate { reason },
            8 => Command::ProjectNote { text: reason },
            9 | 10 => {
                let dates = self.workflow.dates.keys().cloned();
                let dates: Vec<String> = dates.chain(["no_such_date".to_owned()]).collect();
                Command::DateSet {
                    name: self.dice.pick(&dates).clone(),
                    date: self.day(-10, 200),
                    reason,
                }
            }
            11..=14 => self.some_appointment(),
            _ => Command::ProjectMigrate {
                version: 7,
                map: [("a".to_owned(), "b".to_owned())].into(),
                roles: [].into(),
                ask: Vec::new(),
            },
        }
    }

    fn reason(&mut self) -> String {
        let empty = self.dice.chance(5);
        if empty { " " } else { "Because of the snow" }.to_owned()
    }

    fn day(&mut self, least: i64, most: i64) -> Date {
        let days = self.dice.between(least, most);
        self.today() + chrono::TimeDelta::days(days)
    }

    /// A place of the run, perhaps without its pass, or one that is not there.
    fn some_place(&mut self) -> Address {
        let open = self.run.steps.iter().filter(|(_, step)| step.free);
        let open = open.filter(|(_, step)| !step.status.is_settled());
        let open: Vec<Address> = open.map(|(at, _)| at.clone()).collect();
        let all: Vec<Address> = self.run.steps.keys().cloned().collect();
        let from = if open.is_empty() || self.dice.chance(40) {
            &all
        } else {
            &open
        };
        let mut place = self.dice.pick(from).clone();
        let segments = std::sync::Arc::make_mut(&mut place.0);
        if self.dice.chance(8) {
            for segment in segments.iter_mut() {
                segment.key = None;
            }
        }
        match self.dice.below(60) {
            0 => segments[0].name = format!("{}x", segments[0].name).into(),
            1 => segments[0].key = Some(Key::Pass(9)),
            2 => place = place.child("nothing"),
            _ => {}
        }
        place
    }

    fn some_answers(&mut self, step: &Address) -> Map<String, Value> {
        let node = self.workflow.node_of(step);
        let workflow = self.workflow.clone();
        let mut answers = node.map_or_else(Map::new, |id| self.answers(workflow.node(id)));
        let names: Vec<String> = answers.keys().cloned().collect();
        if !names.is_empty() && self.dice.chance(30) {
            answers.shift_remove(self.dice.pick(&names));
        }
        if self.dice.chance(10) {
            let odd = [
                json!(null),
                json!("words"),
                json!(-1),
                json!({"a": [1]}),
                json!([]),
            ];
            let name = names.first().map_or("surprise", String::as_str);
            answers.insert(name.to_owned(), self.dice.pick(&odd).clone());
        }
        answers
    }

    fn some_timer(&mut self) -> TimerKey {
        let waiting = timers(&self.workflow, &self.run, &self.facts);
        let (step, date) = (self.some_place(), self.day(-5, 20));
        if !waiting.is_empty() && self.dice.chance(70) {
            return self.dice.pick(&waiting).key.clone();
        }
        let attempt = u32::try_from(self.dice.between(1, 3)).unwrap();
        match self.dice.below(3) {
            0 => TimerKey::Resume { date },
            1 => TimerKey::Rung {
                step,
                attempt,
                rung: "due".to_owned(),
                date,
            },
            _ => TimerKey::Opens {
                step,
                attempt,
                date,
            },
        }
    }

    fn some_event(&mut self) -> Command {
        let workflow = self.workflow.clone();
        let waits: Vec<_> = workflow
            .nodes
            .iter()
            .filter(|n| n.wait().is_some())
            .collect();
        if waits.is_empty() || self.dice.chance(5) {
            return Command::EventReport {
                name: "nobody.waits".to_owned(),
                data: Map::new(),
            };
        }
        let node = *self.dice.pick(&waits);
        Command::EventReport {
            name: node.wait().unwrap().event.clone(),
            data: self.answers(node),
        }
    }

    fn some_appointment(&mut self) -> Command {
        let roles = self.workflow.roles.iter();
        let of_run = roles.filter(|(_, role)| role.at == Place::Run || role.at == Place::Alliance);
        let of_run: Vec<String> = of_run.map(|(name, _)| name.clone()).collect();
        let role = if of_run.is_empty() {
            "no_such_role".to_owned()
        } else {
            self.dice.pick(&of_run).clone()
        };
        let people = match self.dice.below(12) {
            0 => People::Several(Vec::new()),
            1 => People::One(self.somebody()),
            _ if self.workflow.roles.contains_key(&role) => self.people_for(&role),
            _ => People::One(self.somebody()),
        };
        Command::RoleAppoint {
            role,
            people,
            reason: None,
        }
    }

    /// Mostly who may, or the coordinator; else anybody, or nobody.
    fn anybody(&mut self, command: &Command) -> Option<PersonId> {
        if matches!(command, Command::TimerFire { .. }) && self.dice.chance(95) {
            return None;
        }
        match self.dice.below(20) {
            0 => None,
            1 | 2 => Some(self.somebody()),
            3..=9 => {
                let at = command.step()?;
                let directory = &self.facts.directory;
                let all = doers(&self.workflow, &self.run, directory, at, self.today());
                let coordinator = person("coordinator");
                let people: Vec<_> = all.iter().map(|doer| doer.person).collect();
                Some(if people.is_empty() {
                    coordinator
                } else {
                    *self.dice.pick(&people)
                })
            }
            _ => Some(person("coordinator")),
        }
    }

    fn somebody(&mut self) -> PersonId {
        let mut people = cast::teachers().to_vec();
        people.extend(self.facts.directory.people.keys());
        people.push(person("a stranger"));
        *self.dice.pick(&people)
    }
}
