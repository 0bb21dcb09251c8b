//! What changes a project, from its start to its end, and what a dry run leaves alone.

use super::home::{Home, flat};

const NEED: &str = "title: Feedback in year 5\naudience: slt, governors\nvisits: 2\n";

#[test]
fn a_project_goes_from_its_start_to_its_end_by_hand() {
    let (home, project) = Home::started();
    let project = project.as_str();
    send_back(&home, project);
    // The answers of the attempt before are in the form that is filled in again.
    let form = home.ok(&["step", "form", project, "identify_need"]);
    assert!(form.contains("audience: [\"slt\",\"governors\"]"), "{form}");
    std::fs::write(home.path().join("again.yaml"), form).unwrap();
    let need = ["step", "complete", project, "identify_need"];
    let again = ["--answers", "again.yaml", "--set", "visits=3"];
    home.ok(&[&need[..], &again, &["--as", "ada@alder.example"]].concat());
    let approve = ["step", "complete", project, "approve_need"];
    let yes = ["--outcome", "approve", "--as", "ben@alder.example"];
    home.ok(&[&approve[..], &yes].concat());
    let end = flat(&home.ok(&["project", "report", project, "match.confirmed"]));
    let recorded = "Judith Marlow recorded “Match with a project lead”";
    assert!(end.contains(recorded), "{end}");
    assert!(end.contains("The project is complete."), "{end}");
    let page = home.json(&["project", "show", project]);
    assert_eq!(page["status"], "complete");
    let need = &page["steps"][1];
    assert_eq!(need["step"], "identify_need");
    assert_eq!(need["done"]["answers"]["visits"], 3);
    assert_eq!(need["earlier"][0]["answers"]["visits"], 2);
}

/// The need is written down, and the coordinator sends it back for the headteacher.
fn send_back(home: &Home, project: &str) {
    std::fs::write(home.path().join("need.yaml"), NEED).unwrap();
    let need = ["step", "complete", project, "identify_need"];
    let answers = ["--answers", "need.yaml", "--as", "ada@alder.example"];
    let done = flat(&home.ok(&[&need[..], &answers].concat()));
    let completed = "Ada Okafor completed “Identify an area of need”.";
    assert!(done.contains(completed), "{done}");
    let ready = "“Approve the area of need” became ready for the headteacher, due ";
    assert!(done.contains(ready), "{done}");
    let approve = ["step", "complete", project, "approve_need"];
    let change = ["--outcome", "change", "--reason", "Say more."];
    let back = home.ok(&[&approve[..], &change, &["--on-behalf", "Ben Hall"]].concat());
    let said = "Judith Marlow (for Ben Hall) completed “Approve the area of need” with “change”: \
                Say more.";
    assert!(flat(&back).contains(said), "{back}");
    let page = home.page(project);
    let by_both = "Attempt 1: by Judith Marlow (for Ben Hall), ";
    assert!(page.contains(by_both), "{page}");
    let why = home.ok(&["step", "why", project, "approve_need"]);
    assert!(
        flat(&why).contains("by Judith Marlow (for Ben Hall), "),
        "{why}"
    );
}

#[test]
fn what_was_sent_back_is_changed_field_by_field() {
    let (home, project) = Home::started();
    let project = project.as_str();
    send_back(&home, project);
    let set = |command: &str, visits: &str| {
        let step = ["step", command, project, "identify_need"];
        home.ok(&[&step[..], &["--set", visits, "--as", "ada@alder.example"]].concat());
    };
    set("draft", "visits=3");
    let form = home.json(&["step", "form", project, "identify_need"]);
    assert_eq!(form["answers"]["title"], "Feedback in year 5", "{form}");
    assert_eq!(form["answers"]["visits"], 3);
    set("complete", "visits=4");
    let approve = ["step", "complete", project, "approve_need"];
    let change = ["--outcome", "change", "--reason", "Again."];
    home.ok(&[&approve[..], &change, &["--as", "ben@alder.example"]].concat());
    // No draft was saved this time: the answers of the attempt before are there all the same.
    set("complete", "visits=5");
    let page = home.json(&["project", "show", project]);
    let answers = &page["steps"][1]["done"]["answers"];
    assert_eq!(answers["audience"], serde_json::json!(["slt", "governors"]));
    assert_eq!(answers["visits"], 5);
}

#[test]
fn a_draft_is_kept_and_completed_with_what_is_set_on_top() {
    let (home, project) = Home::started();
    let project = project.as_str();
    let ada = ["--as", "ada@alder.example"];
    let draft = [
        "step",
        "draft",
        project,
        "identify_need",
        "--set",
        "title=A draft",
    ];
    home.ok(&[&draft[..], &ada].concat());
    assert!(
        home.ok(&["project", "show", project])
            .contains("a draft is saved")
    );
    let more = [
        "step",
        "complete",
        project,
        "identify_need",
        "--set",
        "audience=slt",
    ];
    home.ok(&[&more[..], &ada].concat());
    let page = home.ok(&["project", "show", project, "--answers"]);
    assert!(
        page.contains("What is the project called? A draft"),
        "{page}"
    );
    home.ok(&[
        "step",
        "correct",
        project,
        "identify_need",
        "--set",
        "visits=2",
        "--reason",
        "Typo",
    ]);
    let page = home.ok(&["project", "show", project, "--answers"]);
    assert!(page.contains("How many visits do you expect? 2"), "{page}");
    assert!(flat(&page).contains("corrected the answers of “Identify an area of need”: Typo"));
}

#[test]
fn a_held_project_shows_what_a_resume_would_move_before_it_happens() {
    let (home, project) = Home::started();
    let project = project.as_str();
    let hold = [
        "project",
        "postpone",
        project,
        "--until",
        "1 March 2099",
        "--reason",
        "Flood",
    ];
    let before = home.everything();
    let would = home.ok(&[&hold[..], &["--dry-run"]].concat());
    assert!(would.contains("stands still"), "{would}");
    assert!(would.contains("Resumed on Sunday 1 March 2099:"), "{would}");
    // 15 school days left: the third Friday behind that Sunday.
    assert!(
        flat(&would).contains("due Friday 20 March 2099 instead of"),
        "{would}"
    );
    assert_eq!(home.everything(), before);
    home.ok(&hold);
    let page = flat(&home.ok(&["project", "show", project]));
    assert!(
        page.contains("Postponed to Sunday 1 March 2099 since"),
        "{page}"
    );
    assert!(
        page.contains("15 school days left, the clock stands still"),
        "{page}"
    );
    let preview = flat(&home.ok(&["project", "resume", project, "--preview"]));
    assert!(
        preview.contains("Judith Marlow resumed the project."),
        "{preview}"
    );
    assert!(preview.contains("No date would move."), "{preview}");
    assert_eq!(home.json(&["project", "show", project])["status"], "paused");
    home.ok(&["project", "resume", project]);
    assert_eq!(
        home.json(&["project", "show", project])["status"],
        "in_progress"
    );
}

/// One command a line; `P` is the project.
const CHANGES: &str = "
project start three-steps --school 100001 --title Another
project note P Fine
project postpone P --until 2099-03-02 --reason Flood
project pause P --reason Illness
project stop P --reason Enough
project report P match.confirmed
step complete P identify_need --set title=A --set audience=slt
step draft P identify_need --set title=A
step take P identify_need
step take P identify_need --as ada@alder.example
step block P identify_need --reason Later
step skip P identify_need --reason Known
step assign P identify_need cy@alder.example
step delegate P identify_need cy@alder.example --as ada@alder.example
step redate P identify_need 2099-03-02 --reason Exams
";

#[test]
fn a_dry_run_of_every_command_changes_no_byte() {
    let (home, project) = Home::started();
    let project = project.as_str();
    home.ok(&["project", "list"]);
    let before = home.everything();
    for line in CHANGES.trim().lines() {
        let words = line.split(' ').chain(["--dry-run"]);
        let command: Vec<&str> = words
            .map(|word| if word == "P" { project } else { word })
            .collect();
        let would = home.ok(&command);
        assert!(
            would.starts_with("The history would say (nothing is changed):\n- "),
            "{would}"
        );
        assert!(home.everything() == before, "{line} has changed something");
    }
    let stop = [
        "project",
        "stop",
        project,
        "--reason",
        "Enough",
        "--dry-run",
    ];
    let data = home.json(&stop);
    assert_eq!(data["outcome"], "would_apply");
    assert_eq!(data["events"][0]["type"], "run.stopped");
}

#[test]
fn every_change_of_a_step_is_said_in_a_sentence() {
    let (home, project) = Home::started();
    let project = project.as_str();
    let need = "identify_need";
    let ada = ["--as", "ada@alder.example"];
    let say = |command: &[&str]| flat(&home.ok(command));
    let said = say(&["step", "assign", project, need, "ada okafor"]);
    assert!(
        said.contains("Judith Marlow assigned “Identify an area of need” to Ada Okafor."),
        "{said}"
    );
    let said = say(&[&["step", "take", project, need][..], &ada].concat());
    assert!(
        said.contains("Ada Okafor took on “Identify an area of need”."),
        "{said}"
    );
    let said = say(&[
        &["step", "block", project, need, "--reason", "No data"][..],
        &ada,
    ]
    .concat());
    assert!(
        said.contains("said that “Identify an area of need” cannot progress: No data."),
        "{said}"
    );
    assert!(say(&["tasks"]).contains("progress:"));
    let asked = home.json(&["tasks", "--for", "judith@alliance.example"]);
    assert_eq!(asked[0]["asks"], "unblock");
    assert_eq!(asked[0]["blocked"], "No data");
    let said = say(&[&["step", "unblock", project, need][..], &ada].concat());
    assert_eq!(
        say(&["tasks", "--for", "coordinator"]),
        "Nothing is to be done."
    );
    assert!(said.contains("can go on, due "), "{said}");
    let said = say(&[
        "step",
        "redate",
        project,
        need,
        "2 March 2099",
        "--reason",
        "Exams",
    ]);
    assert!(
        said.contains("to be due Monday 2 March 2099 instead of"),
        "{said}"
    );
    assert!(said.ends_with(": Exams."), "{said}");
    let page = flat(&home.ok(&["project", "show", project]));
    assert!(
        page.contains("due Monday 2 March 2099 (set by hand)"),
        "{page}"
    );
    let said = say(&[&["step", "delegate", project, need, "Cy Dean"][..], &ada].concat());
    assert!(
        said.contains("Ada Okafor passed “Identify an area of need” on to Cy Dean."),
        "{said}"
    );
}

#[test]
fn what_is_skipped_reopened_stopped_and_reinstated_is_said_in_a_sentence() {
    let (home, project) = Home::started();
    let project = project.as_str();
    let need = "identify_need";
    let say = |command: &[&str]| flat(&home.ok(command));
    let said = say(&["step", "skip", project, need, "--reason", "Known already"]);
    assert!(
        said.contains("Judith Marlow skipped “Identify an area of need”: Known already."),
        "{said}"
    );
    let said = say(&[
        "step",
        "reopen",
        project,
        need,
        "--reason",
        "Not known after all",
    ]);
    assert!(
        said.contains("asked for “Identify an area of need” again: Not known after all."),
        "{said}"
    );
    let said = say(&[
        "project",
        "stop",
        project,
        "--reason",
        "The school withdrew",
    ]);
    assert!(
        said.contains("Judith Marlow stopped the project: The school withdrew."),
        "{said}"
    );
    let said = say(&["project", "reinstate", project, "--reason", "By mistake"]);
    assert!(
        said.contains("Judith Marlow reinstated the project: By mistake."),
        "{said}"
    );
}
