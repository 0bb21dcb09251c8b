//! Who may do what, command by command: made from `permissions.txt`, so that a row that is
//! changed there, or an engine that does not ask, shows here.

use std::collections::BTreeSet;

use serde_json::json;

use super::command::{Command, Envelope};
use super::decide::who::ENGINE;
use super::decide::{Decision, decide};
use super::facts::Rights;
use super::permissions::{Allowed, table};
use super::permissions_examples::{CPD, example};
use super::refusal::{Code, Verdict};
use super::story::{Story, person};
use crate::core::audit::chain;
use crate::core::directory::{Person, Post};
use crate::core::names::{PersonId, Urn};

/// Who sends it, and what the sender's configuration grants.
struct Sender {
    actor: Option<PersonId>,
    on_behalf_of: Option<PersonId>,
    source: &'static str,
    rights: Rights,
}

fn by(name: &str) -> Sender {
    Sender {
        actor: Some(person(name)),
        on_behalf_of: None,
        source: "console",
        rights: Rights::Inside,
    }
}

fn portal(actor: Option<&str>, commands: &[&str], roles: &[&str]) -> Sender {
    let list = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
    Sender {
        actor: actor.map(person),
        on_behalf_of: None,
        source: "urn:portal",
        rights: Rights::Source {
            commands: list(commands),
            roles: list(roles),
        },
    }
}

fn send(story: &mut Story, sender: Sender, command: Command) -> Result<Decision, Verdict> {
    let mut envelope: Envelope = story.envelope("", None, command);
    envelope.actor = sender.actor;
    envelope.on_behalf_of = sender.on_behalf_of;
    sender.source.clone_into(&mut envelope.source);
    let mut facts = story.facts(&envelope);
    facts.rights = sender.rights;
    decide(
        &story.workflow,
        &story.run,
        &envelope,
        &facts,
        chain::GENESIS,
    )
}

fn code(answer: &Result<Decision, Verdict>) -> Option<Code> {
    match answer {
        Ok(_) => None,
        Err(Verdict::Refused(refusal)) => Some(refusal.code),
        Err(Verdict::NotYet(not_yet)) => Some(not_yet.code),
    }
}

/// Every row of the table, sent in that way; `expected` says what the row means for the sender.
fn every_row(sender: impl Fn() -> Sender, expected: impl Fn(&str, Allowed) -> Option<Code>) {
    for (name, allowed) in table() {
        let (mut story, command) = example(name);
        let answer = send(&mut story, sender(), command);
        assert_eq!(
            code(&answer),
            expected(name, *allowed),
            "{name}: {answer:?}"
        );
    }
}

fn or(yes: bool, code: Code) -> Option<Code> {
    (!yes).then_some(code)
}

/// Who is no doer of a step that a doer may act on hears that it is not theirs.
fn not_theirs(allowed: Allowed) -> Code {
    if allowed.doer {
        Code::NotTheirStep
    } else {
        Code::NotAllowed
    }
}

fn add_post(story: &mut Story, name: &str, role: &str, school: Option<&str>) -> usize {
    let school = school.map(|urn| Urn(urn.to_owned()));
    let id = person(name);
    let known = Person {
        id,
        main_school: school.clone(),
        erased: false,
    };
    story.directory.people.insert(id, known);
    story.directory.posts.push(Post {
        person: id,
        role: role.to_owned(),
        school,
        from: None,
        until: None,
        covers: None,
    });
    story.directory.posts.len() - 1
}

#[test]
fn every_command_has_exactly_one_row() {
    let schema = serde_json::to_value(schemars::schema_for!(Command)).unwrap();
    let variants = schema["oneOf"].as_array().unwrap().iter();
    let names: Vec<String> = variants
        .map(|it| {
            it["properties"]["type"]["const"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let rows: Vec<String> = table().iter().map(|(name, _)| (*name).to_owned()).collect();
    let known: BTreeSet<&String> = names.iter().collect();
    assert_eq!(rows.iter().collect::<BTreeSet<_>>(), known);
    assert_eq!((rows.len(), names.len()), (known.len(), known.len()));
    for (name, _) in table() {
        assert_eq!(example(name).1.name(), *name);
    }
}

#[test]
fn every_row_says_yes_or_no_five_times() {
    let rows = include_str!("permissions.txt").lines();
    for row in rows.filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let plain = words[1..].iter().all(|word| ["yes", "no"].contains(word));
        assert!(plain && words.len() == 6, "{row}");
    }
}

#[test]
fn a_doer_may_what_the_table_says() {
    every_row(
        || by(CPD),
        |_, it| or(it.doer || it.anyone, Code::NotAllowed),
    );
}

#[test]
fn another_role_of_the_project_may_only_what_anyone_may() {
    every_row(|| by("head@100001"), |_, it| or(it.anyone, not_theirs(it)));
}

#[test]
fn a_coordinator_may_what_the_table_says() {
    every_row(
        || by("coordinator"),
        |_, it| or(it.coordinator, Code::NotAllowed),
    );
}

#[test]
fn a_person_of_another_school_may_nothing() {
    every_row(|| by("cpd@100002"), |_, it| Some(not_theirs(it)));
}

#[test]
fn a_stranger_may_nothing() {
    every_row(|| by("a stranger"), |_, it| Some(not_theirs(it)));
}

#[test]
fn nobody_may_nothing_without_saying_who_they_are() {
    let nobody = || Sender {
        actor: None,
        ..by("")
    };
    every_row(nobody, |_, _| Some(Code::NotAllowed));
}

#[test]
fn the_engine_may_only_fire_timers_count_anew_and_let_texts_go() {
    let engine = || Sender {
        actor: None,
        source: ENGINE,
        ..by("")
    };
    every_row(engine, |_, it| or(it.engine, Code::NotAllowed));
    let rows = table().iter().filter(|(_, it)| it.engine);
    assert_eq!(
        rows.map(|(name, _)| *name).collect::<Vec<_>>(),
        [
            "alongside.timer.fire",
            "alongside.deadlines.replan",
            "alongside.texts.expire"
        ]
    );
}

#[test]
fn a_portal_may_send_what_it_is_granted() {
    every_row(
        || portal(None, &["*"], &["*"]),
        |_, it| or(it.source, Code::NotAllowed),
    );
    for (name, _) in table().iter().filter(|(_, it)| it.source) {
        let short = name.trim_start_matches("alongside.");
        let (mut story, command) = example(name);
        let answer = send(&mut story, portal(None, &[short], &[]), command);
        assert_eq!(code(&answer), None, "{name}: {answer:?}");
    }
}

#[test]
fn a_portal_may_nothing_that_it_is_not_granted() {
    for (name, _) in table() {
        for actor in [None, Some(CPD), Some("coordinator")] {
            let others = table().iter().filter(|(other, _)| other != name);
            let others = others.map(|(other, _)| other.trim_start_matches("alongside."));
            let others: Vec<&str> = others.collect();
            let (mut story, command) = example(name);
            let answer = send(&mut story, portal(actor, &others, &["*"]), command);
            assert_eq!(code(&answer), Some(Code::NotAllowed), "{name}: {answer:?}");
        }
    }
}

#[test]
fn a_portal_speaks_only_for_the_roles_it_is_granted() {
    every_row(
        || portal(Some(CPD), &["*"], &["headteacher", "coordinator"]),
        |_, _| Some(Code::NotAllowed),
    );
    every_row(
        || portal(Some(CPD), &["*"], &["cpd_lead"]),
        |_, it| or(it.doer || it.anyone, Code::NotAllowed),
    );
}

#[test]
fn a_portal_cannot_speak_as_the_engine() {
    let false_engine = || Sender {
        source: ENGINE,
        ..portal(None, &["*"], &["*"])
    };
    every_row(false_engine, |_, it| or(it.source, Code::NotAllowed));
}

#[test]
fn who_held_the_post_until_yesterday_may_nothing_more() {
    for (role, school) in [("cpd_lead", Some("100001")), ("coordinator", None)] {
        for (name, allowed) in table() {
            let (mut story, command) = example(name);
            let post = add_post(&mut story, "gone", role, school);
            let yesterday = story.now.plus_seconds(-86_400).date();
            story.directory.posts[post].until = Some(yesterday);
            let answer = send(&mut story, by("gone"), command.clone());
            assert_eq!(
                code(&answer),
                Some(not_theirs(*allowed)),
                "{name}: {answer:?}"
            );
            // On their last day they still may.
            story.directory.posts[post].until = Some(story.now.date());
            let may = match role {
                "coordinator" => allowed.coordinator,
                _ => allowed.doer && !is_about_ones_own(name) || allowed.anyone,
            };
            let answer = send(&mut story, by("gone"), command);
            assert_eq!(code(&answer).is_none(), may, "{name}: {answer:?}");
        }
    }
}

/// Only who completed it may take it back or correct it.
fn is_about_ones_own(name: &str) -> bool {
    ["alongside.step.reopen", "alongside.answers.correct"].contains(&name)
}

#[test]
fn a_dated_substitute_may_what_the_doer_may_and_both_are_recorded() {
    for (name, allowed) in table() {
        let (mut story, command) = example(name);
        let post = add_post(&mut story, "substitute", "cpd_lead", Some("100001"));
        story.directory.posts[post].covers = Some(person(CPD));
        let today = story.now.date();
        let tomorrow = story.now.plus_seconds(86_400).date();
        (
            story.directory.posts[post].from,
            story.directory.posts[post].until,
        ) = (Some(today), Some(today));
        let answer = send(&mut story, by("substitute"), command.clone());
        let expected = or(allowed.doer || allowed.anyone, Code::NotAllowed);
        assert_eq!(code(&answer), expected, "{name}: {answer:?}");
        if let (Ok(decision), true) = (&answer, allowed.doer) {
            assert_eq!(decision.entry.actor, Some(person("substitute")), "{name}");
            assert_eq!(decision.entry.on_behalf_of, Some(person(CPD)), "{name}");
        }
        (
            story.directory.posts[post].from,
            story.directory.posts[post].until,
        ) = (Some(tomorrow), None);
        let answer = send(&mut story, by("substitute"), command);
        assert_eq!(
            code(&answer),
            Some(not_theirs(*allowed)),
            "{name}: {answer:?}"
        );
    }
}

fn for_cpd(name: &str) -> Sender {
    Sender {
        on_behalf_of: Some(person(CPD)),
        ..by(name)
    }
}

#[test]
fn a_coordinator_acts_on_behalf_of_anybody_and_both_are_recorded() {
    every_row(
        || for_cpd("coordinator"),
        |_, it| or(it.coordinator, Code::NotAllowed),
    );
    for (name, _) in table().iter().filter(|(_, it)| it.coordinator) {
        let (mut story, command) = example(name);
        let entry = send(&mut story, for_cpd("coordinator"), command)
            .unwrap()
            .entry;
        let both = (entry.actor, entry.on_behalf_of);
        assert_eq!(
            both,
            (Some(person("coordinator")), Some(person(CPD))),
            "{name}"
        );
    }
}

#[test]
fn on_behalf_of_somebody_a_reason_is_given_wherever_one_is_recorded() {
    // Who has a step or a role says by itself why it changed.
    let without =
        ["step.assign", "step.delegate", "role.appoint"].map(|it| format!("alongside.{it}"));
    let rows = table()
        .iter()
        .filter(|(name, _)| !without.iter().any(|it| it == name));
    for (name, allowed) in rows {
        let (mut story, command) = example(name);
        let mut json = serde_json::to_value(&command).unwrap();
        if json["reason"].is_null() || !allowed.coordinator {
            continue;
        }
        for missing in [json!(null), json!(" ")] {
            json["reason"] = missing;
            let Ok(command) = serde_json::from_value(json.clone()) else {
                continue;
            };
            let answer = send(&mut story, for_cpd("coordinator"), command);
            assert_eq!(
                code(&answer),
                Some(Code::ReasonRequired),
                "{name}: {answer:?}"
            );
        }
    }
}

#[test]
fn nobody_else_acts_on_behalf_of_somebody() {
    every_row(
        || for_cpd("head@100001"),
        |_, it| {
            Some(if it.anyone {
                Code::NotAllowed
            } else {
                not_theirs(it)
            })
        },
    );
    let for_head = || Sender {
        on_behalf_of: Some(person("head@100001")),
        ..by(CPD)
    };
    every_row(for_head, |_, _| Some(Code::NotAllowed));
}

#[test]
fn a_coordinator_acts_only_for_people_who_are_known() {
    let for_stranger = || Sender {
        on_behalf_of: Some(person("a stranger")),
        ..by("coordinator")
    };
    every_row(for_stranger, |_, it| {
        Some(if it.coordinator {
            Code::UnknownPerson
        } else {
            Code::NotAllowed
        })
    });
}
