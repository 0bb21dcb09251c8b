//! What a coordinator looks at: lists, one project, why, tasks, mails, pictures.

use super::home::{Home, flat};

#[test]
fn the_list_is_narrowed_by_school_status_and_who_is_waited_for() {
    let (home, project) = Home::started();
    let list = home.ok(&["project", "list"]);
    assert!(
        list.contains(&project) && flat(&list).contains("Ada Okafor"),
        "{list}"
    );
    assert!(list.contains("1 project, none overdue."), "{list}");
    assert!(
        list.lines().all(|line| line.chars().count() <= 100),
        "{list}"
    );
    let found = |more: &[&str]| {
        let list = home.json(&[&["project", "list"][..], more].concat());
        list.as_array().unwrap().len()
    };
    assert_eq!(found(&["--school", "100001", "--status", "in_progress"]), 1);
    assert_eq!(found(&["--waiting-on", "ada@alder.example"]), 1);
    assert_eq!(found(&["--waiting-on", "CPD lead"]), 1);
    assert_eq!(found(&["--waiting-on", "headteacher"]), 0);
    assert_eq!(found(&["--waiting-on", "Ben Hall"]), 0);
    assert_eq!(found(&["--status", "paused"]), 0);
    assert_eq!(found(&["--overdue"]), 0);
    assert_eq!(
        home.ok(&["project", "list", "--overdue"]),
        "No project matches.\n"
    );
}

#[test]
fn tasks_say_what_is_due_for_whom() {
    let (home, project) = Home::started();
    let tasks = home.ok(&["tasks"]);
    let words = flat(&tasks);
    for part in [
        "Ada Okafor,",
        "CPD lead",
        "[identify_need]",
        project.as_str(),
    ] {
        assert!(words.contains(part), "{part}\n{tasks}");
    }
    assert!(tasks.contains("1 task, none overdue."), "{tasks}");
    let task = &home.json(&["tasks", "--for", "cpd lead"])[0];
    assert_eq!(
        (&task["reference"], &task["overdue"]),
        (&project.as_str().into(), &false.into())
    );
    assert_eq!(
        home.ok(&["tasks", "--for", "Ben Hall"]),
        "Nothing is to be done.\n"
    );
    assert_eq!(home.ok(&["tasks", "--overdue"]), "Nothing is to be done.\n");
}

#[test]
fn the_page_of_a_project_is_the_same_by_reference_in_any_case_and_by_id() {
    let (home, project) = Home::started();
    let page = home.ok(&["project", "show", &project]);
    assert_eq!(home.ok(&["project", "show", &project.to_lowercase()]), page);
    let id = home.json(&["project", "show", &project])["run"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(home.ok(&["project", "show", &id]), page);
    for words in [
        "Feedback in year 5",
        "Alder Primary School (100001), Three steps, version 1",
        "With Ada Okafor, CPD lead; since",
        "Cannot start yet  Approve the area of need",
        "Waits for the event match.confirmed"
            .to_lowercase()
            .as_str(),
        "History",
        "Judith Marlow started “Feedback in year 5”",
    ] {
        assert!(
            flat(&page)
                .to_lowercase()
                .contains(&flat(words).to_lowercase()),
            "{words}\n{page}"
        );
    }
}

#[test]
fn why_explains_a_step_and_the_form_can_be_filled_in() {
    let (home, project) = Home::started();
    let why = flat(&home.ok(&["step", "why", &project, "approve_need"]));
    assert!(
        why.contains("Cannot start yet: it waits for “Identify an area of need”."),
        "{why}"
    );
    assert!(
        why.contains("It will be with Ben Hall, headteacher"),
        "{why}"
    );
    assert!(
        why.contains("change: asks for “Identify an area of need” again (needs a reason)"),
        "{why}"
    );
    assert!(
        why.contains("Then comes “Match with a project lead”."),
        "{why}"
    );
    let data = home.json(&["step", "why", &project, "approve_need"]);
    assert_eq!(data["waits_for"][0], "identify_need");
    assert_eq!(data["outcomes"][0], "approve");
    let form = home.ok(&["step", "form", &project, "identify_need"]);
    assert!(
        form.contains("# What is the project called? (required)\n"),
        "{form}"
    );
    assert!(
        form.contains("# A number from 1 to 6.\nvisits:\n"),
        "{form}"
    );
    let schema = home.json(&["step", "form", &project, "identify_need"]);
    assert_eq!(schema["form"]["properties"]["visits"]["maximum"], 6);
}

#[test]
fn a_mail_is_listed_and_read_without_a_mail_program() {
    let (home, project) = Home::started();
    let list = home.ok(&["mails", "list", "--project", &project]);
    assert!(
        flat(&list).contains("Ada Okafor") && list.contains("1 mail."),
        "{list}"
    );
    let id = home.json(&["mails", "list", "--for", "ada okafor"])[0]["id"].clone();
    let mail = home.ok(&["mails", "show", &id.as_str().unwrap()[..8]]);
    assert!(
        mail.contains("To: Ada Okafor <ada@alder.example>"),
        "{mail}"
    );
    assert!(
        mail.contains("Identify an area of need") && !mail.contains("=?"),
        "{mail}"
    );
    assert_eq!(
        home.ok(&["mails", "list", "--for", "Ben Hall"]),
        "No mails.\n"
    );
    assert!(
        home.refused(&["mails", "show", "zzzz"])
            .contains("there is no mail `zzzz`")
    );
}

#[test]
fn a_workflow_and_a_running_project_are_drawn() {
    let (home, project) = Home::started();
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/definitions/three-steps/project.yaml"
    );
    assert!(
        home.ok(&["diagram", file])
            .contains("identify_need: Identify an area of need")
    );
    assert!(
        home.ok(&["diagram", file, "--mermaid"])
            .starts_with("flowchart TD\n")
    );
    let tree = home.ok(&["diagram", &project]);
    assert!(tree.contains("[not started] identify_need"), "{tree}");
    assert!(
        home.ok(&["diagram", &project, "--mermaid"])
            .contains("class n0 not_started")
    );
    let schema = home.json(&["schema"]);
    assert_eq!(schema["title"], "A workflow of Alongside");
}

#[test]
fn a_workflow_and_a_running_project_are_data_for_programs_that_draw_them() {
    let (home, project) = Home::started();
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/definitions/three-steps/project.yaml"
    );
    let plain = home.json(&["diagram", file]);
    assert_eq!(plain, home.json(&["diagram", "three-steps"]));
    assert!(plain["project"].is_null(), "{plain}");
    assert_eq!(plain["workflow"], "three-steps");
    assert_eq!(plain["nodes"][0]["id"], "identify_need");
    assert_eq!(plain["nodes"][0]["title"], "Identify an area of need");
    assert_eq!(plain["nodes"][0]["kind"], "task");
    assert!(plain["nodes"][0]["status"].is_null(), "{plain}");
    let back = serde_json::json!({"from": "approve_need", "to": "identify_need",
                                  "kind": "reopen", "outcome": "change"});
    assert!(
        plain["edges"].as_array().unwrap().contains(&back),
        "{plain}"
    );

    let mut drawn = home.json(&["diagram", &project]);
    assert_eq!(drawn["project"]["reference"], project.as_str());
    assert_eq!(drawn["project"]["status"], "in_progress");
    let nodes = drawn["nodes"].as_array_mut().unwrap();
    let status: Vec<_> = nodes.iter_mut().map(|node| node["status"].take()).collect();
    assert_eq!(
        status,
        ["not_started", "cannot_start_yet", "cannot_start_yet"]
    );
    // Without its state it is the same drawing.
    assert_eq!(drawn["nodes"], plain["nodes"]);
    assert_eq!(drawn["edges"], plain["edges"]);

    let both = home.run(&["diagram", file, "--mermaid", "--json"]);
    assert_eq!((both.code, both.out.as_str()), (2, ""), "{}", both.err);
}

#[test]
fn what_cannot_be_drawn_is_no_data_either() {
    let home = Home::new();
    std::fs::write(home.path().join("project.yaml"), "workflow: x\n").unwrap();
    let said = home.refused(&["diagram", "project.yaml", "--json"]);
    assert!(said.contains("project.yaml:1:1"), "{said}");
    let said = home.refused(&["diagram", "T-1999-001", "--json"]);
    assert!(said.contains("there is no project `T-1999-001`"), "{said}");
}
