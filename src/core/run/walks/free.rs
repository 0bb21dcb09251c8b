//! Walks on which anybody does anything: after every command `always` must hold, and a command
//! must see no more of the world than it asked for.

use std::sync::Arc;

use super::always::{self, Holds, Passes};
use super::always_outside::{every_place_explains_itself, says_why};
use super::cast;
use super::each_seed;
use super::walk::{Failure, Walk};
use crate::core::audit::chain;
use crate::core::definition::workflow::Workflow;
use crate::core::directory::Directory;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::command::{Command, Envelope};
use crate::core::run::decide::{Decision, decide, preview_resume};
use crate::core::run::effect::Effect;
use crate::core::run::entry::Entry;
use crate::core::run::event::Event;
use crate::core::run::evolve::fold;
use crate::core::run::facts::{Facts, Wants};
use crate::core::run::projection::timers;
use crate::core::run::refusal::Verdict;
use crate::core::run::seed::Seed;
use crate::core::run::state::{Run, RunStatus};
use crate::core::run::story::person;
use crate::core::run::wants::wants;

const WALKS: u64 = 80;
const TURNS: usize = 50;

/// What a free walk remembers beside the walk.
#[derive(Default)]
struct Diary {
    entries: Vec<Entry>,
    passes: Passes,
    applied: usize,
}

fn walk(workflow: &Arc<Workflow>, seed: u64) -> Result<usize, Failure> {
    let mut directory = cast::cast(workflow);
    cast::add_changes(&mut directory, "2027-01-11".parse().unwrap());
    let mut walk = Walk::new(workflow.clone(), directory, seed);
    let mut diary = Diary::default();
    match wander(&mut walk, &mut diary) {
        Ok(()) => Ok(diary.applied),
        Err(wrong) => Err(walk.failure(seed, &wrong)),
    }
}

fn wander(walk: &mut Walk, diary: &mut Diary) -> Holds {
    let command = walk.start_command();
    let start = walk.envelope(Some(person("coordinator")), command);
    send(walk, diary, start)?;
    if walk.run.status == RunStatus::Unborn {
        return Ok(());
    }
    for _ in 0..TURNS {
        if walk.dice.chance(30) {
            let days = if walk.dice.chance(15) { 40 } else { 4 };
            let hours = walk.dice.between(1, days * 24);
            walk.facts.now = walk.facts.now.plus_seconds(hours * 3_600);
        }
        if walk.dice.chance(60) {
            fire_what_is_due(walk, diary)?;
        }
        let envelope = walk.anything();
        send(walk, diary, envelope)?;
    }
    let born = Run::unborn(walk.run.alliance.clone(), walk.run.id);
    let folded = diary.entries.iter().fold(born, fold);
    if folded != walk.run {
        return Err("the fold of the whole history is another state".to_owned());
    }
    Ok(())
}

/// What the scheduler does: a moment that has come is never refused.
fn fire_what_is_due(walk: &mut Walk, diary: &mut Diary) -> Holds {
    for _ in 0..50 {
        let mut due = timers(&walk.workflow, &walk.run, &walk.facts);
        due.retain(|timer| timer.at <= walk.facts.now);
        let resume = walk.run.status == RunStatus::Paused;
        let Some(timer) = due.into_iter().min_by_key(|timer| timer.at) else {
            return Ok(());
        };
        let envelope = walk.envelope(None, Command::TimerFire { timer: timer.key });
        let before = walk.run.version;
        send(walk, diary, envelope)?;
        if walk.run.version == before {
            return Err("a timer of the run was refused".to_owned());
        }
        if resume {
            return Ok(());
        }
    }
    Err("its timers never end".to_owned())
}

fn send(walk: &mut Walk, diary: &mut Diary, envelope: Envelope) -> Holds {
    walk.facts.seed = Seed::known(&[&envelope.id]);
    walk.facts.rights = Walk::rights(&envelope);
    let wanted = wants(&walk.workflow, &walk.run, &envelope);
    let narrow = narrow(walk, &wanted);
    let decided = decide(&walk.workflow, &walk.run, &envelope, &narrow, &walk.head);
    if walk.dice.chance(50) {
        walk.facts.draft.clone_from(&narrow.draft);
        let all = &walk.facts;
        let knowing = decide(&walk.workflow, &walk.run, &envelope, all, &walk.head);
        if decided != knowing {
            return Err(format!("it should have asked for more: {knowing:?}"));
        }
    }
    let preview = preview_resume(&walk.workflow, &walk.run, &walk.facts);
    let refused = decided.as_ref().err().cloned();
    walk.trail.push((envelope, refused));
    match decided {
        Err(verdict) => says_why(&verdict),
        Ok(decision) => {
            if let Some(Event::RunResumed { remaining, .. }) = decision.entry.events.first()
                && *remaining != preview.remaining
            {
                return Err("a resume does something else than its preview says".to_owned());
            }
            accept(walk, diary, decision)
        }
    }
}

fn accept(walk: &mut Walk, diary: &mut Diary, decision: Decision) -> Holds {
    let before = std::mem::replace(&mut walk.run, decision.run);
    let stored = chain::canonical(&decision.entry);
    let entry: Entry = serde_json::from_str(&stored).unwrap();
    walk.head = chain::hash(&stored);
    let folded = fold(before.clone(), &entry);
    if folded != walk.run {
        return Err("the fold of the entry is another state".to_owned());
    }
    for payload in decision.payloads {
        walk.facts
            .payloads
            .insert(payload.commitment, payload.value);
    }
    for effect in decision.drafts {
        match effect {
            Effect::SaveDraft {
                step,
                attempt,
                answers,
            } => {
                walk.drafts.insert((step, attempt), answers);
            }
            Effect::DropDraft { step } => walk.drafts.retain(|(at, _), _| *at != step),
            Effect::MoveDrafts { moves } => {
                let old = std::mem::take(&mut walk.drafts).into_iter();
                let to = |from: Address| moves.get(&from).cloned().unwrap_or(from);
                walk.drafts = old.map(|((at, n), draft)| ((to(at), n), draft)).collect();
            }
            Effect::Mail { .. } | Effect::Tell { .. } => {}
        }
    }
    diary.applied += 1;
    always::holds(walk, &before, &entry, &mut diary.passes)?;
    diary.entries.push(entry);
    if walk.dice.chance(10) {
        every_place_explains_itself(walk)?;
        always::is_settled_to_the_end(walk)?;
        nothing_is_left_over(walk)?;
    }
    Ok(())
}

/// Nothing more follows: a note brings nothing with it but itself.
fn nothing_is_left_over(walk: &Walk) -> Holds {
    let text = "A note".to_owned();
    let note = walk.envelope(Some(person("coordinator")), Command::ProjectNote { text });
    match decide(&walk.workflow, &walk.run, &note, &walk.facts, &walk.head) {
        Ok(decision) if matches!(decision.entry.events[..], [Event::NoteAdded { .. }]) => Ok(()),
        Ok(decision) => Err(format!(
            "something was left over: {:?}",
            decision.entry.events
        )),
        Err(Verdict::Refused(refusal)) => Err(refusal.reason),
        Err(Verdict::NotYet(not_yet)) => Err(not_yet.reason),
    }
}

/// What the store would load for these wants, and no more.
fn narrow(walk: &Walk, wants: &Wants) -> Facts {
    let all = &walk.facts.directory;
    let known = |person: &PersonId| all.people.get(person);
    let mut schools = wants.schools.clone();
    schools.extend(
        wants
            .people
            .iter()
            .filter_map(|it| known(it)?.main_school.clone()),
    );
    let theirs = all
        .posts
        .iter()
        .filter(|post| wants.people.contains(&post.person));
    schools.extend(theirs.filter_map(|post| post.school.clone()));
    let loaded = |post: &&crate::core::directory::Post| {
        let here = post.school.as_ref().is_none_or(|urn| schools.contains(urn));
        here || wants.people.contains(&post.person)
    };
    let posts: Vec<_> = all.posts.iter().filter(loaded).cloned().collect();
    let named = posts
        .iter()
        .flat_map(|post| [Some(post.person), post.covers])
        .flatten();
    let named = named.chain(wants.people.iter().copied());
    let people = named
        .filter_map(|id| Some((id, known(&id)?.clone())))
        .collect();
    let schools = schools
        .iter()
        .filter_map(|urn| Some((urn.clone(), all.schools.get(urn)?.clone())));
    let payloads = wants.payloads.iter();
    let payloads =
        payloads.filter_map(|it| Some((it.clone(), walk.facts.payloads.get(it)?.clone())));
    let draft = wants
        .draft
        .as_ref()
        .and_then(|draft| walk.drafts.get(draft).cloned());
    Facts {
        directory: Directory {
            schools: schools.collect(),
            people,
            posts,
        },
        payloads: payloads.collect(),
        draft,
        calendars: walk.facts.calendars.clone(),
        rights: walk.facts.rights.clone(),
        reference: walk.facts.reference.clone(),
        now: walk.facts.now,
        seed: walk.facts.seed,
        target: None,
        to_erase: Vec::new(),
        asked: wants.asked.as_ref().and(walk.facts.asked),
    }
}

#[test]
fn whatever_people_do_what_must_always_hold_holds() {
    for (name, applied) in each_seed(WALKS, walk) {
        assert!(
            applied > 10,
            "{name}: only {applied} commands of a walk were applied"
        );
    }
}
