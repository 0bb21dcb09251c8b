//! Small definitions for the stories, each with no more than its cases need.

use serde_json::json;

use crate::core::run::command::Command;
use crate::core::run::story::{Story, at, form, person, workflow};

/// From the offer to the presentation: a repeat group, steps about a person, dates that hang.
pub const VISITS: &str = r"
workflow: visits-of-a-lead
scope: project
version: 1
title: Visits
roles:
  coordinator:  {title: Coordinator,      at: alliance}
  headteacher:  {title: Headteacher,      at: host_school}
  cpd_lead:     {title: CPD lead,         at: host_school}
  project_lead: {title: Project lead,     at: run}
  home_cpd:     {title: Home CPD lead,    at: school of project_lead, post: cpd_lead}
  home_office:  {title: Home office,      at: school of project_lead, post: office}
  reader:       {title: Report reader,    at: run, many: 0 to 1, appointed: at start, not: project_lead}
stages: {matching: Matching, visits: Visits, write_up: Write-up, presentation: Presentation}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  offer: {stage: matching, title: A lead is offered, wait: match.offered, role: coordinator, appoints: project_lead}
  declare: {title: Declare conflicts, about: project_lead, role: project_lead, form: conflict, due: 5 school days}
  weigh:
    title: Weigh the conflict
    about: project_lead
    when: declare.answer is declared
    role: coordinator
    due: 3 school days
    outcomes: {clear: {}, block: {reopen: offer, reason: required}}
  accept:
    due: 5 school days
    outcomes: {accept: {}, decline: {reopen: offer, reason: required, tell: match.declined}}
    together:
      home: {title: Accept for the home school, role: home_cpd}
      host: {title: Accept for the host school, role: cpd_lead}
  visits:
    stage: visits
    title: Visit
    repeat: {min: 1, max: 6}
    steps:
      plan: {title: Plan the visit, role: project_lead, form: plan, due: 10 school days}
      record:
        title: Visit record
        role: project_lead
        form: record
        opens: on plan.date
        due: 5 working days after plan.date
        outcomes: {another: {repeat: true}, finished: {}}
      sign_off:
        title: Agree the record
        role: cpd_lead
        due: 3 school days
        outcomes: {agree: {}, query: {reopen: record, reason: required}}
  clearance:
    title: Letter of assurance
    needs: accept
    about: project_lead
    role: home_office
    due: 5 school days before visits.first.plan.date
  draft:
    stage: write_up
    title: Write the report
    needs: [visits, clearance]
    role: project_lead
    form: report
    due: 10 school days after visits.last.plan.date
  read:
    title: Read the report
    when: reader is given
    role: reader
    due: 3 school days
    outcomes: {pass: {}, revise: {reopen: draft, reason: required}}
  release: {title: Release the report, role: engine, tell: report.released}
  book: {stage: presentation, title: Book the presentation, role: project_lead, form: booking, due: 5 school days}
  present: {title: Present, role: project_lead, opens: on book.date, due: 3 school days after book.date}
";

pub fn visits_page(page: &str) -> std::sync::Arc<crate::core::definition::workflow::Workflow> {
    let forms = [
        (
            "conflict",
            form(&[("answer", "choice none declared"), ("what", "text")]),
        ),
        ("plan", form(&[("date", "date")])),
        ("record", form(&[("notes", "text")])),
        ("report", form(&[("findings", "text")])),
        ("booking", form(&[("date", "date")])),
    ];
    workflow(page, &forms)
}

pub const LEAD: &str = "teacher@100002";

/// A project with a lead, nothing declared, accepted on both sides.
pub fn accepted() -> Story {
    let mut story = Story::started(visits_page(VISITS));
    offer(&mut story, LEAD);
    story
        .complete(LEAD, "declare", json!({"answer": "none"}))
        .unwrap();
    story.choose("cpd@100002", "accept.home", "accept").unwrap();
    story.choose("cpd@100001", "accept.host", "accept").unwrap();
    story
}

pub fn offer(story: &mut Story, lead: &str) {
    let data = json!({"project_lead": person(lead).to_string()});
    story.report("match.offered", data).unwrap();
}

/// Plans, goes on to the day, records with an outcome.
pub fn visit(story: &mut Story, pass: u32, date: &str, outcome: &str) {
    let step = |name: &str| format!("visits[{pass}].{name}");
    story
        .complete(LEAD, &step("plan"), json!({"date": date}))
        .unwrap();
    story.on(date).fire_due();
    story
        .finish(
            LEAD,
            &step("record"),
            json!({"notes": "seen"}),
            Some(outcome),
        )
        .unwrap();
}

/// One visit held and agreed, and the letter given.
pub fn visited() -> Story {
    let mut story = accepted();
    visit(&mut story, 1, "2027-02-01", "finished");
    story
        .choose("cpd@100001", "visits[1].sign_off", "agree")
        .unwrap();
    story
        .complete("office@100002", "clearance", json!({}))
        .unwrap();
    story
}

pub fn appoint(role: &str, people: &[&str]) -> Command {
    let people = people.iter().map(|name| person(name)).collect();
    Command::RoleAppoint {
        role: role.to_owned(),
        people: crate::core::run::command::People::Several(people),
        reason: None,
    }
}

pub fn reopen(step: &str, spare: &[&str]) -> Command {
    Command::StepReopen {
        step: at(step),
        reason: "It must be done again".to_owned(),
        spare: spare.iter().map(|step| at(step)).collect(),
    }
}
