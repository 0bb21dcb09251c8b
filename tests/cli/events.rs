//! `project report`: what happened outside, with people as one calls them.

use super::home::{Home, flat};

const PAGE: &str = "\
workflow: offers
scope: project
version: 1
title: Offers
roles:
  coordinator:  {title: Coordinator,  at: alliance}
  project_lead: {title: Project lead, at: run}
  helper:       {title: Helper,       at: run}
steps:
  offer: {title: Somebody is offered, wait: match.offered, form: offer, appoints: project_lead}
  help:  {title: Somebody helps, wait: help.offered, role: coordinator, appoints: helper}
";

const FORM: &str = "\
title: Offer
type: object
additionalProperties: false
required: [project_lead, agreed, day]
properties:
  project_lead: {title: Who is offered?, type: string, format: uuid, x-person: true}
  agreed: {title: Has the head agreed?, type: boolean}
  day: {title: When?, type: string, format: date}
  others: {title: Who else was asked?, type: array, items: {type: string, x-person: true}}
  reasons: {title: Why?, type: string}
";

fn home() -> (Home, String) {
    let home = Home::new();
    let folder = home.path().join("mine/offers");
    std::fs::create_dir_all(folder.join("forms")).unwrap();
    std::fs::write(folder.join("project.yaml"), PAGE).unwrap();
    std::fs::write(folder.join("forms/offer.yaml"), FORM).unwrap();
    let start = ["--workflows", "mine", "project", "start", "offers"];
    let started = home.json(&[&start[..], &["--school", "alder", "--title", "Maths"]].concat());
    (home, started["reference"].as_str().unwrap().to_owned())
}

fn id_of(home: &Home, email: &str) -> String {
    let shown = home.json(&["person", "show", email]);
    shown["id"].as_str().unwrap().to_owned()
}

#[test]
fn people_in_the_data_of_an_event_are_named_by_email_name_or_id() {
    let (home, project) = home();
    let (ada, cy) = (
        id_of(&home, "ada@alder.example"),
        id_of(&home, "cy@alder.example"),
    );
    let data = format!(
        "project_lead: Cy Dean\nagreed: yes\nday: 2 March 2099\n\
         others: [ada@alder.example, {cy}]\nreasons:\n"
    );
    std::fs::write(home.path().join("offer.yaml"), data).unwrap();
    let offered = [
        "project",
        "report",
        &project,
        "match.offered",
        "--data",
        "offer.yaml",
    ];
    let would = home.would(&offered);
    let appointed = "Cy Dean from Alder Primary School is project lead now.";
    assert!(would.contains(appointed), "{would}");
    let done = flat(&home.ok(&offered));
    assert!(done.contains(appointed), "{done}");
    let record = home.json(&["project", "show", &project]);
    assert_eq!(record["people"]["project_lead"][0]["person"], cy.as_str());
    let mut steps = record["steps"].as_array().unwrap().iter();
    let offer = steps.find(|step| step["step"] == "offer").unwrap();
    assert_eq!(
        offer["done"]["answers"],
        serde_json::json!({"project_lead": cy, "agreed": true, "day": "2099-03-02",
                           "others": [ada, cy]})
    );
    // Where there is no form, the role that the event fills names its field.
    let data = r#"{"helper": "ADA@alder.example"}"#;
    let helped = flat(&home.ok(&[
        "project",
        "report",
        &project,
        "help.offered",
        "--data",
        data,
    ]));
    assert!(
        helped.contains("Ada Okafor from Alder Primary School is helper now."),
        "{helped}"
    );
}

#[test]
fn somebody_whom_nobody_knows_is_not_reported() {
    let (home, project) = home();
    let report = |event: &str, data: &str| {
        home.refused(&["project", "report", &project, event, "--data", data])
    };
    let said = report("match.offered", r#"{"project_lead": "Cy Daen"}"#);
    assert_eq!(
        said,
        "alongside: nobody in the directory is called `Cy Daen`. Did you mean `Cy Dean`?"
    );
    let said = report("match.offered", r#"{"project_lead": "Cy Dean"}"#);
    assert!(said.contains("- agreed: is missing"), "{said}");
    let said = report("match.offred", r#"{"project_lead": "Cy Daen"}"#);
    assert!(said.starts_with("Refused: "), "{said}");
    assert!(said.contains("`match.offred`"), "{said}");
    let page = home.page(&project);
    assert!(page.contains("No project lead is appointed yet"), "{page}");
}
