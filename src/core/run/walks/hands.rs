//! What people do at random: complete what is ready, or anything at all.

use serde_json::{Map, Value, json};

use super::answers::{fill, somebody};
use crate::core::definition::workflow::{Kind, Node, Several};
use crate::core::names::{PersonId, Urn};
use crate::core::run::address::Address;
use crate::core::run::command::{Command, People};
use crate::core::run::doers::doers;
use crate::core::run::state::{Status, Step};
use crate::core::run::story::{Story, person};
use crate::core::time::Date;

/// Numbers that look random and repeat (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most.saturating_sub(least).max(0)).unwrap() + 1;
        least + i64::try_from(self.next() % span).unwrap()
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let at = self.next() % u64::try_from(all.len()).unwrap();
        &all[usize::try_from(at).unwrap()]
    }
}

pub fn start(story: &Story, random: &mut Random) -> Command {
    let workflow = &story.workflow;
    let roles = workflow.roles.iter().filter(|(_, role)| role.at_start);
    let roles = roles
        .filter(|(_, role)| role.many.min > 0 || random.chance(50))
        .map(|(name, _)| (name.clone(), people(story, name, &mut Random::new(0))))
        .collect::<Vec<_>>();
    let roles = roles
        .into_iter()
        .map(|(name, _)| {
            let chosen = people(story, &name, random);
            (name, chosen)
        })
        .collect();
    let later = |days: u64| story.now.date() + chrono::Days::new(days);
    Command::ProjectStart {
        workflow: workflow.name.clone(),
        host_school: Urn("100001".to_owned()),
        title: "Feedback in Year 8".to_owned(),
        roles,
        dates: workflow
            .dates
            .keys()
            .map(|name| (name.clone(), later(120)))
            .collect(),
    }
}

/// As many different people as the role takes.
fn people(story: &Story, role: &str, random: &mut Random) -> People {
    let many = story.workflow.roles[role].many;
    let wanted = random.between(i64::from(many.min.max(1)), i64::from(many.max.min(4)));
    let mut chosen: Vec<PersonId> = Vec::new();
    while chosen.len() < usize::try_from(wanted).unwrap() {
        let one = PersonId(somebody(random).parse().unwrap());
        if !chosen.contains(&one) {
            chosen.push(one);
        }
    }
    People::Several(chosen)
}

/// Completes a ready step, or reports what a ready wait waits for. `freely`: by any outcome; else
/// only by what goes forward. `by_coordinator`: for whoever may not.
pub fn complete_something(
    story: &Story,
    random: &mut Random,
    freely: bool,
    by_coordinator: bool,
) -> Option<(Option<PersonId>, Command)> {
    let ready: Vec<(&Address, &Step)> = story
        .run
        .steps
        .iter()
        .filter(|(at, step)| {
            let node = story
                .workflow
                .find_node(&at.path())
                .map(|id| story.workflow.node(id));
            matches!(step.status, Status::NotStarted | Status::InProgress)
                && node.is_some_and(|node| node.task().is_some() || node.wait().is_some())
                && !(node.is_some_and(|n| n.several.is_some()) && at.key().is_none())
        })
        .collect();
    if ready.is_empty() {
        return None;
    }
    let (at, _) = random.pick(&ready);
    let node = story
        .workflow
        .node(story.workflow.find_node(&at.path()).unwrap());
    let answers = answers(story, node, random);
    if let Some(wait) = node.wait() {
        let name = wait.event.clone();
        let data = answers;
        return Some((None, Command::EventReport { name, data }));
    }
    let outcome = outcome(node, random, freely);
    let command = Command::StepComplete {
        step: (*at).clone(),
        answers: Some(answers),
        reason: outcome.as_ref().map(|_| "because".to_owned()),
        outcome,
    };
    let theirs = doers(
        &story.workflow,
        &story.run,
        &story.directory,
        at,
        story.now.date(),
    );
    let coordinator = person("coordinator");
    let who = if theirs.is_empty() || by_coordinator {
        coordinator
    } else {
        random.pick(&theirs).person
    };
    Some((Some(who), command))
}

fn answers(story: &Story, node: &Node, random: &mut Random) -> Map<String, Value> {
    let form = node.form().map(|name| &story.workflow.forms[name]);
    let mut answers = form.map_or_else(Map::new, |form| fill(story, form, random));
    for role in node.appoints() {
        let chosen = match people(story, role, random) {
            People::Several(all) if all.len() == 1 => json!(all[0]),
            all => json!(all),
        };
        answers.insert(role.clone(), chosen);
    }
    answers
}

fn outcome(node: &Node, random: &mut Random, freely: bool) -> Option<String> {
    let Kind::Task(task) = &node.kind else {
        return None;
    };
    let offered: Vec<&String> = task
        .outcomes
        .iter()
        .filter(|(_, o)| !o.by_rung)
        .filter(|(_, o)| freely || (o.reopen.is_none() && !o.repeat && !o.leave))
        .map(|(name, _)| name)
        .collect();
    (!offered.is_empty()).then(|| (*random.pick(&offered)).clone())
}

/// Any command by anybody, most of them with some sense.
pub fn anything(story: &Story, random: &mut Random) -> (Option<PersonId>, Command) {
    let why = "because".to_owned();
    let places: Vec<&Address> = story.run.steps.keys().collect();
    let step = (*random.pick(&places)).clone();
    let open: Vec<&Address> = story
        .run
        .steps
        .iter()
        .filter(|(_, step)| step.free && !step.status.is_settled())
        .map(|(at, _)| at)
        .collect();
    let near = if open.is_empty() {
        step.clone()
    } else {
        (*random.pick(&open)).clone()
    };
    let who = PersonId(somebody(random).parse().unwrap());
    let later = |days: i64| -> Date { story.now.plus_seconds(days * 86_400).date() };
    let command = match random.between(0, 60) {
        0..=33 => match complete_something(story, random, true, false) {
            Some(found) => return found,
            None => return (None, fire(story)),
        },
        34..=38 => return (None, fire(story)),
        39 => Command::StepDraft {
            step: near,
            answers: Map::new(),
        },
        40 => Command::StepTake { step: near },
        41 | 42 => Command::StepOpen {
            step: near,
            reason: why,
        },
        43 => Command::StepBlock {
            step: near,
            reason: why,
        },
        44 => Command::StepUnblock { step: near },
        45 => Command::StepSkip {
            step: near,
            reason: Some(why),
        },
        46 => Command::StepSkip {
            step,
            reason: Some(why),
        },
        47 | 48 => {
            let spared = places.iter().filter(|_| random.chance(10));
            let spare = spared.map(|at| (*at).clone()).collect();
            Command::StepReopen {
                step,
                reason: why,
                spare,
            }
        }
        49 => Command::StepAssign {
            step: near,
            person: who,
            reason: None,
        },
        50 => Command::StepDelegate {
            step: near,
            person: who,
            reason: None,
        },
        51 => Command::StepRedate {
            step,
            due: later(random.between(0, 60)),
            reason: why,
        },
        52 => Command::PassAdd {
            group: step.without_key(),
        },
        53 => Command::PassEnd {
            pass: step,
            reason: why,
        },
        54 => role(story, random),
        55 => Command::ProjectPostpone {
            until: later(random.between(1, 90)),
            reason: why,
        },
        56 | 57 => Command::ProjectResume {},
        58 => event(story, random),
        59 if random.chance(20) => Command::ProjectStop { reason: why },
        _ => Command::ProjectReinstate { reason: why },
    };
    (Some(person("coordinator")), command)
}

fn fire(story: &Story) -> Command {
    let timers = crate::core::run::projection::timers(&story.run);
    let timer = timers.into_iter().min_by_key(|timer| timer.at);
    let day = story.now.date();
    let resume = crate::core::run::command::TimerKey::Resume { date: day };
    Command::TimerFire {
        timer: timer.map_or(resume, |timer| timer.key),
    }
}

pub fn role(story: &Story, random: &mut Random) -> Command {
    let in_run: Vec<&String> = story
        .workflow
        .roles
        .iter()
        .filter(|(_, role)| role.at == crate::core::definition::workflow::Place::Run)
        .map(|(name, _)| name)
        .collect();
    if in_run.is_empty() {
        return Command::ProjectNote {
            text: "A note".to_owned(),
        };
    }
    let role = (*random.pick(&in_run)).clone();
    Command::RoleAppoint {
        people: people(story, &role, random),
        role,
        reason: None,
    }
}

/// Something that some wait waits for, early, in time or late.
fn event(story: &Story, random: &mut Random) -> Command {
    let waits: Vec<&Node> = story
        .workflow
        .nodes
        .iter()
        .filter(|n| n.wait().is_some())
        .collect();
    if waits.is_empty() {
        return Command::ProjectNote {
            text: "A note".to_owned(),
        };
    }
    let node = *random.pick(&waits);
    let _ = matches!(node.several, Some(Several::EachSchool));
    Command::EventReport {
        name: node.wait().unwrap().event.clone(),
        data: answers(story, node, random),
    }
}
