//! What the tests of the pages share: a story from the core, with names for its people.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::View;
use crate::core::definition::workflow::Workflow;
use crate::core::run::story::{Story, form, person, workflow};
use crate::engine::readings::Everybody;
use crate::store::PersonRow;

pub const WORKFLOW: &str = r"
workflow: small-project
scope: project
version: 1
title: Small Project
roles:
  cpd_lead:     {title: CPD lead,     at: host_school}
  headteacher:  {title: Headteacher,  at: host_school}
  coordinator:  {title: Coordinator,  at: alliance}
  project_lead: {title: Project lead, at: run}
stages: {need: Need identification, visits: Visits, report: Report}
steps:
  need: {stage: need, title: Identify an area of need, role: cpd_lead, form: need, due: 15 school days}
  approve:
    title: Approve the area of need
    role: headteacher
    due: 3 school days
    outcomes: {approve: {}, change: {reopen: need, reason: required}}
  offer: {title: A project lead is offered, wait: match.offered, role: coordinator, appoints: project_lead}
  visits:
    stage: visits
    title: Visit
    repeat: {min: 1, max: 3}
    steps:
      plan: {title: Plan the visit, role: project_lead, form: plan, due: 10 school days}
      record:
        title: Write down the visit
        role: project_lead
        opens: on plan.date
        due: 5 working days after plan.date
        outcomes: {another: {repeat: true}, finished: {}}
  assurance: {title: Give the letter of assurance, needs: offer, role: headteacher,
              due: 5 school days before visits.first.plan.date}
  governors: {stage: report, title: Tell the governors, needs: visits, when: need.audience has governors, role: headteacher}
";

/// The names of the story's people.
const NAMES: [(&str, &str); 5] = [
    ("coordinator", "Judith Marlow"),
    ("cpd@100001", "Ada Okafor"),
    ("head@100001", "Ben Hall"),
    ("teacher@100002", "Cy Dean"),
    ("head@100002", "Di Frost"),
];

pub fn small_project() -> Arc<Workflow> {
    let need = form(&[("question", "text"), ("audience", "choices slt governors")]);
    let plan = form(&[("date", "date")]);
    workflow(WORKFLOW, &[("need", need), ("plan", plan)])
}

/// A project in which the need was sent back once, a lead was offered, and a visit is planned.
pub fn on_the_way() -> Story {
    let mut story = Story::started(small_project());
    let need = json!({"question": "How do pupils use feedback?", "audience": ["slt"]});
    story.on("2027-01-12");
    story.complete("cpd@100001", "need", need.clone()).unwrap();
    story.choose("head@100001", "approve", "change").unwrap();
    story.on("2027-01-13");
    story.complete("cpd@100001", "need", need).unwrap();
    story.choose("head@100001", "approve", "approve").unwrap();
    let lead = person("teacher@100002").to_string();
    story
        .report("match.offered", json!({"project_lead": lead}))
        .unwrap();
    story
}

pub fn everybody(story: &Story) -> Everybody {
    let named = NAMES.map(|(key, name)| (person(key), name));
    let people = story.directory.people.values().map(|known| {
        let name = named
            .iter()
            .find(|(id, _)| *id == known.id)
            .map_or("Somebody", |(_, name)| name);
        let row = PersonRow {
            id: known.id,
            name: Some(name.to_owned()),
            email: Some(format!("{}@alder.example", known.id)),
            main_school: known.main_school.clone(),
            erased: false,
        };
        (known.id, row)
    });
    let mut directory = story.directory.clone();
    let host = crate::core::names::Urn("100001".to_owned());
    if let Some(school) = directory.schools.get_mut(&host) {
        school.name = "Alder Primary School".to_owned();
    }
    Everybody {
        people: people.collect::<BTreeMap<_, _>>(),
        directory,
        calendars: crate::core::calendar::test_calendars::weekdays(),
        ..Everybody::default()
    }
}

pub fn view<'a>(story: &'a Story, everybody: &'a Everybody) -> View<'a> {
    View {
        workflow: &story.workflow,
        run: &story.run,
        everybody,
        texts: &story.payloads,
        now: story.now,
    }
}
