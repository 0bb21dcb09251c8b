//! Invites: who is told of which date, what moves one, what calls one off.

use std::sync::Arc;

use serde_json::{Value, json};

use super::pause::postpone;
use crate::core::definition::workflow::Workflow;
use crate::core::definition::{Bundle, load};
use crate::core::directory::Post;
use crate::core::names::{PersonId, Urn};
use crate::core::run::command::Command;
use crate::core::run::effect::Letter;
use crate::core::run::invite::Invite;
use crate::core::run::state::Status;
use crate::core::run::story::{Story, at, form, person};

const PAGE: &str = "
workflow: small
scope: project
version: 1
title: Small Project
roles:
  coordinator: {title: Coordinator, at: alliance}
  headteacher: {title: Headteacher, at: host_school}
  cpd_lead: {title: CPD lead, at: host_school}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  need: {role: cpd_lead, due: 5 school days}
  plan: {title: Plan the visit, role: cpd_lead, form: plan, due: 10 school days, invite: visit}
  record: {title: Write it down, role: cpd_lead, opens: on plan.date, due: 5 school days}
";
const VISIT: &str =
    "subject: Visit\nto: cpd_lead, headteacher\ndate: date\nstart: start\n\nA visit.\n";

fn page() -> Arc<Workflow> {
    let plan = form(&[("date", "date"), ("start", "text")]);
    let files = [
        ("forms/plan.json", plan.to_string()),
        ("invites/visit.txt", VISIT.to_owned()),
    ];
    let bundle = Bundle {
        path: "project.yaml".to_owned(),
        text: PAGE.to_owned(),
        files: files.map(|(name, text)| (name.to_owned(), text)).into(),
    };
    Arc::new(load(&bundle).expect("the page has no problems"))
}

/// On Monday 11 January 2027 a visit is planned for that day.
pub fn planned(date: &str) -> Story {
    let mut story = Story::started(page());
    story.complete("cpd@100001", "need", json!({})).unwrap();
    plan(&mut story, date);
    story
}

fn plan(story: &mut Story, date: &str) {
    let answers = json!({"date": date, "start": "09:00"});
    story.complete("cpd@100001", "plan", answers).unwrap();
}

pub fn invite(story: &Story) -> &Invite {
    &story.run.invites[&at("plan")]
}

pub fn state(story: &Story) -> (u32, String, bool) {
    let invite = invite(story);
    (invite.sequence, invite.date.to_string(), invite.cancelled)
}

/// Of the last entry: to whom, and `invite DATE`, `again DATE` or `off DATE`.
pub fn invited(story: &Story) -> Vec<(PersonId, String)> {
    let mails = story.mails().into_iter();
    let said = mails.filter_map(|(to, letter)| {
        let said = match letter {
            Letter::Invite { date, again, .. } => {
                format!("{} {date}", if again { "again" } else { "invite" })
            }
            Letter::InviteCancelled { date, .. } => format!("off {date}"),
            _ => return None,
        };
        Some((to, said))
    });
    said.collect()
}

fn to_both(said: &str) -> Vec<(PersonId, String)> {
    let mut both = [person("cpd@100001"), person("head@100001")];
    both.sort();
    both.map(|to| (to, said.to_owned())).to_vec()
}

fn correct(story: &mut Story, answers: Value) {
    let Value::Object(answers) = answers else {
        panic!()
    };
    let command = Command::AnswersCorrect {
        step: at("plan"),
        answers,
        reason: "They rang".to_owned(),
    };
    story.when("coordinator", command).unwrap();
}

fn reopen(story: &mut Story, step: &str) {
    let command = Command::StepReopen {
        step: at(step),
        reason: "Once more".to_owned(),
        spare: Vec::new(),
    };
    story.when("coordinator", command).unwrap();
}

#[test]
fn who_takes_part_is_invited_when_the_date_is_known() {
    let story = planned("2027-02-01");
    assert_eq!(state(&story), (0, "2027-02-01".to_owned(), false));
    assert_eq!(invited(&story), to_both("invite 2027-02-01"));
}

#[test]
fn a_correction_moves_it_with_the_same_id_and_the_next_number() {
    let mut story = planned("2027-02-01");
    let id = invite(&story).id;
    correct(&mut story, json!({"date": "2027-02-10"}));
    assert_eq!(state(&story), (1, "2027-02-10".to_owned(), false));
    // The letter is about the nearer of both days.
    assert_eq!(invited(&story), to_both("again 2027-02-01"));
    correct(&mut story, json!({"start": "10:30"}));
    assert_eq!(state(&story).0, 2);
    assert_eq!(invite(&story).id, id);
}

#[test]
fn while_the_date_is_planned_again_the_old_one_stands() {
    let mut story = planned("2027-02-01");
    reopen(&mut story, "plan");
    assert_eq!(story.status("plan"), Status::NotStarted);
    assert_eq!(state(&story), (0, "2027-02-01".to_owned(), false));
    plan(&mut story, "2027-02-03");
    assert_eq!(state(&story), (1, "2027-02-03".to_owned(), false));
}

// Case 23, the half of it that is about invites
#[test]
fn what_is_made_again_because_of_something_before_it_is_called_off() {
    let mut story = planned("2027-02-01");
    reopen(&mut story, "need");
    assert_eq!(state(&story), (1, "2027-02-01".to_owned(), true));
    assert_eq!(invited(&story), to_both("off 2027-02-01"));
    story.complete("cpd@100001", "need", json!({})).unwrap();
    plan(&mut story, "2027-02-01");
    assert_eq!(state(&story), (2, "2027-02-01".to_owned(), false));
    assert_eq!(invited(&story), to_both("invite 2027-02-01"));
}

// Case 34
#[test]
fn a_postponement_calls_off_what_falls_into_it_at_once() {
    let mut story = planned("2027-02-01");
    postpone(&mut story, "2027-04-12");
    assert_eq!(state(&story), (1, "2027-02-01".to_owned(), true));
    let resume = Command::ProjectResume {};
    story.on("2027-04-12").when("coordinator", resume).unwrap();
    assert_eq!(
        (story.status("plan"), story.attempt("plan")),
        (Status::NotStarted, 2)
    );
    assert_eq!(
        state(&story).0,
        1,
        "until there is another date nobody hears of one"
    );
    plan(&mut story, "2027-04-20");
    assert_eq!(state(&story), (2, "2027-04-20".to_owned(), false));
}

#[test]
fn what_lies_beyond_a_postponement_stands() {
    let mut story = planned("2027-02-01");
    postpone(&mut story, "2027-01-25");
    assert_eq!(state(&story), (0, "2027-02-01".to_owned(), false));
    postpone(&mut story, "2027-02-08");
    assert_eq!(state(&story), (1, "2027-02-01".to_owned(), true));
    // Resumed before that day, it can be kept: everybody is invited again.
    let resume = Command::ProjectResume {};
    story.on("2027-01-20").when("coordinator", resume).unwrap();
    assert_eq!(state(&story), (2, "2027-02-01".to_owned(), false));
    assert_eq!(invited(&story), to_both("invite 2027-02-01"));
}

#[test]
fn a_stop_calls_everything_off_and_to_reinstate_invites_again() {
    let mut story = planned("2027-02-01");
    let stop = Command::ProjectStop {
        reason: "The school left".to_owned(),
    };
    story.when("coordinator", stop).unwrap();
    assert_eq!(invited(&story), to_both("off 2027-02-01"));
    let back = Command::ProjectReinstate {
        reason: "By mistake".to_owned(),
    };
    story.when("coordinator", back).unwrap();
    assert_eq!(state(&story), (2, "2027-02-01".to_owned(), false));
}

#[test]
fn a_visit_that_was_is_left_alone() {
    let mut story = planned("2027-02-01");
    story.on("2027-02-02").fire_due();
    correct(&mut story, json!({"start": "10:30"}));
    let stop = Command::ProjectStop {
        reason: "The school left".to_owned(),
    };
    story.when("coordinator", stop).unwrap();
    assert_eq!(state(&story), (0, "2027-02-01".to_owned(), false));
}

#[test]
fn whoever_takes_a_role_over_is_invited_and_the_other_called_off() {
    let mut story = planned("2027-02-01");
    let school = Urn("100001".to_owned());
    let (old, new) = (person("head@100001"), person("teacher@100001"));
    story.directory.posts.retain(|post| post.person != old);
    story.directory.posts.push(Post {
        person: new,
        role: "headteacher".to_owned(),
        school: Some(school),
        from: None,
        until: None,
        covers: None,
    });
    let note = Command::ProjectNote {
        text: "There is a new head".to_owned(),
    };
    story.when("coordinator", note).unwrap();
    let told = [
        (new, "invite 2027-02-01".to_owned()),
        (old, "off 2027-02-01".to_owned()),
    ];
    assert_eq!(invited(&story), told);
    assert_eq!(state(&story).0, 1);
}
