//! Choices: people read labels, in forms, pages, mails and refusals; answers hold values.

use serde_json::json;

use super::home::{Home, flat};

const PAGE: &str = "\
workflow: labels
scope: project
version: 1
title: Labels
roles:
  cpd_lead: {title: CPD lead, at: host_school}
steps:
  need: {title: Say what you need, role: cpd_lead, form: need}
  thank: {title: Say thank you, role: engine, mail: thanks}
";

const FORM: &str = "\
title: Need
type: object
additionalProperties: false
required: [audience, length]
properties:
  audience:
    title: Who should hear it?
    type: array
    items:
      type: string
      oneOf:
        - {const: slt, title: Senior leadership team (SLT)}
        - {const: governors, title: Governors}
  length:
    title: How long is it?
    type: string
    oneOf:
      - {const: half_day, title: Half a day}
      - {const: whole_day, title: A whole day}
  topic: {title: What is it about?, type: string, enum: [reading, pupil_work]}
  actions:
    title: What has happened?
    type: array
    items:
      type: object
      additionalProperties: false
      properties:
        action: {title: Action, type: string}
        state:
          title: How far is it?
          type: string
          oneOf:
            - {const: done, title: All done}
            - {const: under_way, title: Under way}
";

const MAIL: &str = "\
subject: Thank you
to: cpd_lead

It takes {{ need.length }}.
";

/// A home with a project of that page, and its answers in a file.
fn home() -> (Home, String) {
    let home = Home::new();
    for (name, text) in [
        ("mine/labels/project.yaml", PAGE),
        ("mine/labels/forms/need.yaml", FORM),
        ("mine/labels/mails/thanks.txt", MAIL),
    ] {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let answers = "audience: [governors, slt]\nlength: half_day\ntopic: pupil_work\n\
                   actions:\n- {action: Read more, state: under_way}\n- {action: Write more}\n";
    std::fs::write(home.path().join("need.yaml"), answers).unwrap();
    let start = ["--workflows", "mine", "project", "start", "labels"];
    let started = home.json(&[&start[..], &["--school", "alder", "--title", "Reading"]].concat());
    (home, started["reference"].as_str().unwrap().to_owned())
}

const ADA: [&str; 2] = ["--as", "ada@alder.example"];

#[test]
fn the_form_of_a_step_lists_each_value_with_its_label() {
    let (home, project) = home();
    let form = home.ok(&["step", "form", &project, "need"]);
    for lines in [
        "# Who should hear it? (required)\n# A list, like [slt, governors], of:\n\
         #   slt: Senior leadership team (SLT)\n#   governors: Governors\naudience:\n",
        "# One of:\n#   half_day: Half a day\n#   whole_day: A whole day\nlength:\n",
        "# One of: reading, pupil_work\ntopic:\n",
        "# state is one of:\n#   done: All done\n#   under_way: Under way\nactions:\n",
    ] {
        assert!(form.contains(lines), "{lines}\n{form}");
    }
    let data = home.json(&["step", "form", &project, "need"]);
    let length = &data["form"]["properties"]["length"];
    assert_eq!(
        length["oneOf"][0],
        json!({"const": "half_day", "title": "Half a day"})
    );
}

#[test]
fn pages_and_mails_show_labels_and_data_has_values_with_labels_beside_them() {
    let (home, project) = home();
    let need = [
        "step",
        "complete",
        &project,
        "need",
        "--answers",
        "need.yaml",
    ];
    home.ok(&[&need[..], &ADA].concat());
    let page = flat(&home.ok(&["project", "show", &project, "--answers"]));
    for words in [
        "Who should hear it? Governors; Senior leadership team (SLT)",
        "How long is it? Half a day",
        "What is it about? pupil work",
        "What has happened? action: Read more, state: Under way; action: Write more",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    let done = home.json(&["project", "show", &project])["steps"][0]["done"].clone();
    assert_eq!(done["answers"]["audience"], json!(["governors", "slt"]));
    assert_eq!(done["answers"]["length"], "half_day");
    assert_eq!(
        done["labels"],
        json!({
            "audience": ["Governors", "Senior leadership team (SLT)"],
            "length": "Half a day",
            "topic": "pupil work",
            "actions": [{"state": "Under way"}, {}],
        })
    );
    // A draft of the next attempt is filled with values, under the labels.
    let form = home.ok(&["step", "form", &project, "need"]);
    assert!(
        form.contains("\naudience: [\"governors\",\"slt\"]\n"),
        "{form}"
    );

    let mails = home.json(&["mails", "list", "--project", &project]);
    let mut mails = mails.as_array().unwrap().iter();
    let thanks = mails.find(|mail| mail["subject"] == "Thank you").unwrap();
    let mail = home.ok(&["mails", "show", thanks["id"].as_str().unwrap()]);
    assert!(mail.contains("It takes Half a day."), "{mail}");
}

#[test]
fn an_answer_that_is_no_choice_is_refused_with_every_value_and_label() {
    let (home, project) = home();
    let need = [
        "step",
        "complete",
        &project,
        "need",
        "--set",
        "audience=slt, pupils",
    ];
    let said = home.refused(&[&need[..], &["--set", "length=day"], &ADA].concat());
    for words in [
        "audience, 1: is none of slt (Senior leadership team (SLT)), governors (Governors)",
        "length: is none of half_day (Half a day), whole_day (A whole day)",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
}

#[test]
fn the_shipped_workflow_has_a_label_for_every_choice() {
    let home = Home::new();
    let start = "project start leadership-through-partnership --school alder --title Reading \
                 --date reports_due=2099-05-28";
    let started = home.json(&start.split(' ').collect::<Vec<_>>());
    let project = started["reference"].as_str().unwrap();
    let form = home.ok(&["step", "form", project, "need"]);
    for line in [
        "#   slt: Senior leadership team (SLT)\n",
        "#   send: Special educational needs and disabilities (SEND)\n",
        "#   ks2: Key stage 2\n",
        "#   work_scrutiny: Samples of pupils' work\n",
    ] {
        assert!(form.contains(line), "{line}\n{form}");
    }
    let report = flat(&home.ok(&["step", "form", project, "draft"]));
    let method = "# Several in braces: {visits: …, observations: …, staff_interviews: …,";
    assert!(report.contains(method), "{report}");
    let evidence = "# evidence is a list of: # observation: Lesson observations #";
    assert!(report.contains(evidence), "{report}");
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/workflows/leadership-through-partnership/forms"
    );
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            !text.contains("enum:"),
            "{} has bare choices",
            path.display()
        );
    }
}

#[test]
fn a_mail_speaks_of_the_dates_of_the_page_and_of_the_alliance() {
    let (home, grant) = Home::granted();
    let mail = home.ok(&[
        "mails",
        "preview",
        &grant,
        "decide",
        "award",
        "--for",
        "cy@alder.example",
    ]);
    assert!(mail.contains("by Wednesday 1 July 2099 for "), "{mail}");
    assert!(
        !mail.contains("for {{") && !mail.contains("for ."),
        "{mail}"
    );
}
