//! Which facts a command needs, so that they are loaded once for a whole batch.

use std::collections::BTreeSet;

use crate::core::audit::payload::Commitment;
use crate::core::definition::form::Answers;
use crate::core::definition::workflow::{Then, Workflow};

use super::address::{Address, Key};
use super::command::{Command, Envelope, People, TimerKey};
use super::event::SealedAnswers;
use super::facts::{Wants, WhoseTexts};
use super::state::{Run, Status, Step};

/// What `decide` will ask for. Too much is harmless, too little is not.
pub fn wants(workflow: &Workflow, run: &Run, envelope: &Envelope) -> Wants {
    let mut wants = Wants::default();
    wants.schools.extend(run.host_school.clone());
    wants.people.extend(envelope.actor);
    wants.people.extend(envelope.on_behalf_of);
    for appointment in run.people.values().flatten() {
        wants.people.insert(appointment.person);
        wants.schools.extend(appointment.school.clone());
    }
    for step in run.steps.values() {
        wants.people.extend(step.assigned);
    }
    of_command(workflow, run, &envelope.command, &mut wants);
    people_in_kept_events(run, &mut wants);
    wants
}

fn of_command(workflow: &Workflow, run: &Run, command: &Command, wants: &mut Wants) {
    match command {
        Command::ProjectStart {
            host_school, roles, ..
        } => {
            wants.schools.insert(host_school.clone());
            wants.people.extend(roles.values().flat_map(People::ids));
            wants.reference_prefix = Some(prefix(&workflow.title));
        }
        Command::StepComplete { step, answers, .. } => match answers {
            Some(answers) => people_in(answers, &mut wants.people),
            None => from_before(run, step, wants),
        },
        Command::EventReport { data, .. } => people_in(data, &mut wants.people),
        Command::RoleAppoint { people, .. } => wants.people.extend(people.ids()),
        Command::StepAssign { person, .. } | Command::StepDelegate { person, .. } => {
            wants.people.insert(*person);
        }
        Command::AnswersCorrect { step, .. } => wants.payloads.extend(texts_of(run, step)),
        Command::ProjectMigrate { version, .. } => wants.target_version = Some(*version),
        Command::TimerFire {
            timer: TimerKey::Rung { step, attempt, .. },
        } if may_end_by_itself(workflow, step) => wants.asked = Some((step.clone(), *attempt)),
        Command::PersonErase { person } => {
            wants.to_erase = Some(WhoseTexts::Of(*person));
            wants.people.insert(*person);
        }
        Command::TextsExpire { .. } => wants.to_erase = Some(WhoseTexts::Everybody),
        _ => {}
    }
}

/// Whether a rung may end the step, which nobody lapses unasked.
fn may_end_by_itself(workflow: &Workflow, step: &Address) -> bool {
    let node = workflow.node_of(step).map(|id| workflow.node(id));
    let ladder = node.and_then(|node| workflow.ladder_of(node));
    let mut rungs = ladder.into_iter().flat_map(|ladder| ladder.values());
    rungs.any(|rung| matches!(rung.then, Some(Then::Skip | Then::Outcome(_))))
}

impl Wants {
    /// Once the draft is there: those whom it names must be known too.
    pub fn people_of_draft(&mut self, draft: &Answers) {
        people_in(draft, &mut self.people);
    }
}

/// Without answers the draft counts, else the answers of the attempt before.
fn from_before(run: &Run, step: &Address, wants: &mut Wants) {
    wants.draft = draft_of(run, step);
    for place in places_of(run, step) {
        if let Some(answers) = place.prefill() {
            people_in(answers, &mut wants.people);
            wants.payloads.extend(texts_in(answers));
        }
    }
}

/// The draft of the step that a bare address means: the only one with a draft, else by name.
fn draft_of(run: &Run, step: &Address) -> Option<(Address, u32)> {
    let exact = run.steps.get_key_value(step);
    let open = || {
        let same = run.steps.iter().filter(|(at, _)| at.has_path_of(step));
        let mut drafted = same.filter(|(at, s)| s.drafted && keys_fit(at, step));
        drafted.find(|(_, step)| step.status == Status::InProgress)
    };
    exact
        .or_else(open)
        .map(|(at, step)| (at.clone(), step.attempt))
}

fn keys_fit(at: &Address, wanted: &Address) -> bool {
    at.0.iter()
        .zip(wanted.0.iter())
        .all(|(at, wanted)| wanted.key.is_none() || at.key == wanted.key)
}

fn texts_of(run: &Run, step: &Address) -> BTreeSet<Commitment> {
    let settled = places_of(run, step).filter_map(|step| step.done.as_ref());
    settled.flat_map(|done| texts_in(&done.answers)).collect()
}

/// All that an address may mean, in whatever pass.
fn places_of<'a>(run: &'a Run, step: &'a Address) -> impl Iterator<Item = &'a Step> {
    let same = run.steps.iter().filter(|(at, _)| at.has_path_of(step));
    same.map(|(_, step)| step.as_ref())
}

fn texts_in(answers: &SealedAnswers) -> impl Iterator<Item = Commitment> {
    answers.values().filter_map(Commitment::from_value)
}

/// Ids of people anywhere in answers: those who are appointed must be known.
fn people_in(
    answers: &serde_json::Map<String, serde_json::Value>,
    found: &mut BTreeSet<crate::core::names::PersonId>,
) {
    for value in answers.values() {
        if let Ok(people) = serde_json::from_value::<People>(value.clone()) {
            found.extend(people.ids());
        }
    }
}

fn people_in_kept_events(run: &Run, wants: &mut Wants) {
    for event in &run.kept {
        people_in(&event.data, &mut wants.people);
    }
    for address in run.steps.keys() {
        let keys = address.0.iter().filter_map(|segment| segment.key.as_ref());
        for key in keys {
            if let Key::Of(of) = key
                && let Ok(id) = of.parse()
            {
                wants.people.insert(crate::core::names::PersonId(id));
            }
        }
    }
}

/// The capitals of a title: "Developing Leadership through Partnership" makes `DLP`.
pub fn prefix(title: &str) -> String {
    let capitals: String = title
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .filter(char::is_ascii_uppercase)
        .take(5)
        .collect();
    if capitals.is_empty() {
        "P".to_owned()
    } else {
        capitals
    }
}
