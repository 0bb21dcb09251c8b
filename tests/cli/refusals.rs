//! What cannot be done: a sentence with the way out, exit code 1; wrong use, exit code 2.

use super::home::{Home, flat};

#[test]
fn a_refusal_is_a_sentence_with_names_and_nothing_happens() {
    let (home, project) = Home::started();
    let project = project.as_str();
    let before = home.json(&["project", "show", project])["version"].clone();
    let complete = ["step", "complete", project];
    let refused = |more: &[&str]| home.refused(&[&complete[..], more].concat());
    assert_eq!(
        refused(&[
            "approve_need",
            "--outcome",
            "approve",
            "--as",
            "ben@alder.example"
        ]),
        "Refused: “Approve the area of need” cannot be done yet: it waits for “Identify an area of \
         need”."
    );
    let said = refused(&["identify_need", "--set", "title=A", "--set", "visits=nine"]);
    assert!(
        said.starts_with("Refused: The answers to “Identify an area of need” need another look:")
    );
    assert!(
        said.contains("- audience: is missing") && said.contains("- visits: "),
        "{said}"
    );
    let said = refused(&[
        "identify_need",
        "--set",
        "title=A",
        "--as",
        "ben@alder.example",
    ]);
    assert!(
        said.contains("is for the CPD lead of the school concerned"),
        "{said}"
    );
    let said = refused(&["identify_nede", "--set", "title=A"]);
    assert!(said.contains("Did you mean `identify_need`?"), "{said}");
    home.ok(&["step", "assign", project, "identify_need", "Cy Dean"]);
    let said = refused(&[
        "identify_need",
        "--set",
        "title=A",
        "--as",
        "ada@alder.example",
    ]);
    assert!(
        said.contains("is with Cy Dean") && !said.contains("person:"),
        "{said}"
    );
    let page = home.json(&["project", "show", project]);
    assert_eq!(
        page["version"].as_u64().unwrap(),
        before.as_u64().unwrap() + 1
    );
}

#[test]
fn a_refusal_as_data_has_its_code() {
    let (home, project) = Home::started();
    let ran = home.run(&["project", "resume", &project, "--json"]);
    assert_eq!(ran.code, 1);
    let data: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&data["outcome"], &data["code"]),
        (&"rejected".into(), &"not_paused".into())
    );
}

#[test]
fn what_is_not_there_is_said_with_the_way_out() {
    let (home, project) = Home::started();
    let said = home.refused(&["project", "show", "DLP-1999-001"]);
    assert!(
        said.contains("there is no project `DLP-1999-001` in northshire"),
        "{said}"
    );
    assert!(
        said.contains("`alongside project list` shows them all"),
        "{said}"
    );
    let start = [
        "project",
        "start",
        "three-steps",
        "--title",
        "x",
        "--school",
    ];
    let said = home.refused(&[&start[..], &["Adler Primary School"]].concat());
    assert!(
        said.contains("Did you mean `Alder Primary School`?"),
        "{said}"
    );
    let said = home.refused(&[
        "project", "start", "no-such", "--title", "x", "--school", "alder",
    ]);
    assert!(
        said.contains("There is no workflow `no-such`. There is: "),
        "{said}"
    );
    let said = home.refused(&["step", "assign", &project, "identify_need", "ada okafro"]);
    assert!(said.contains("Did you mean `Ada Okafor`?"), "{said}");
    let said = home.refused(&["tasks", "--for", "nobody at all"]);
    assert!(
        said.contains("neither a role of a workflow nor a person"),
        "{said}"
    );
    let answers = [
        "step",
        "complete",
        project.as_str(),
        "identify_need",
        "--answers",
    ];
    let said = home.refused(&[&answers[..], &["nowhere.yaml"]].concat());
    assert!(said.contains("nowhere.yaml cannot be read"), "{said}");
    let ran = home.run_with(&[&answers[..], &["-"]].concat(), "title: [1\n");
    assert_eq!(ran.code, 1);
    assert!(
        flat(&ran.err).contains("cannot be understood"),
        "{}",
        ran.err
    );
}

#[test]
fn what_would_be_lost_or_rounded_in_silence_is_refused() {
    let (home, project) = Home::started();
    let ada = "ada@alder.example";
    let draft = [
        "step",
        "draft",
        project.as_str(),
        "identify_need",
        "--as",
        ada,
    ];
    let given = |name: &str, text: &str| {
        std::fs::write(home.path().join(name), text).unwrap();
        home.refused(&[&draft[..], &["--answers", name]].concat())
    };
    let said = given("twice.json", "{\"title\": \"A\",\n \"title\": \"B\"}");
    assert!(said.contains("`title` stands twice here"), "{said}");
    assert!(said.contains("twice.json:2:2"), "{said}");
    let said = given("twice.yaml", "title: A\ntitle: B\n");
    assert!(said.contains("twice.yaml:2:1"), "{said}");
    let rule = "visits: must be a whole number within ±9007199254740991";
    for number in ["9007199254740993", "1e-400", "2.5", "-0", "1.0"] {
        let json = given("number.json", &format!("{{\"visits\": {number}}}"));
        assert!(json.contains(rule), "{number}: {json}");
        let yaml = given("number.yaml", &format!("visits: {number}\n"));
        assert!(yaml.contains(rule), "{number}: {yaml}");
        let pair = format!("visits={number}");
        let set = home.refused(&[&draft[..], &["--set", pair.as_str()]].concat());
        assert!(set.contains(rule), "{number}: {set}");
    }
}

#[test]
fn wrong_use_ends_with_two() {
    let (home, project) = Home::started();
    let commands: [&[&str]; 7] = [
        &["project", "frobnicate"],
        &[
            "project", "postpone", &project, "--until", "some day", "--reason", "x",
        ],
        &["project", "postpone", &project, "--until", "2099-03-02"],
        &["step", "complete", &project, "Not An Address"],
        &[
            "step",
            "complete",
            &project,
            "identify_need",
            "--set",
            "title",
        ],
        &["project", "list", "--status", "sleeping"],
        &["mails", "show"],
    ];
    for command in commands {
        let ran = home.run(command);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (2, ""),
            "{command:?}\n{}",
            ran.err
        );
        assert!(!ran.err.is_empty());
    }
}

#[test]
fn an_empty_home_folder_says_what_to_do_first() {
    let folder = tempfile::tempdir().unwrap();
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_alongside"))
        .args(["--home", folder.path().to_str().unwrap(), "project", "list"])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(
        said.contains("there is no alliance yet. Add one: alongside alliance add"),
        "{said}"
    );
}

#[test]
fn every_command_shows_an_example() {
    let home = Home::new();
    let commands: [&[&str]; 38] = [
        &["project", "start"],
        &["project", "list"],
        &["project", "show"],
        &["project", "note"],
        &["project", "postpone"],
        &["project", "pause"],
        &["project", "resume"],
        &["project", "stop"],
        &["project", "reinstate"],
        &["project", "migrate"],
        &["project", "appoint"],
        &["project", "date"],
        &["project", "report"],
        &["step", "complete"],
        &["step", "draft"],
        &["step", "take"],
        &["step", "open"],
        &["step", "block"],
        &["step", "unblock"],
        &["step", "skip"],
        &["step", "reopen"],
        &["step", "assign"],
        &["step", "delegate"],
        &["step", "redate"],
        &["step", "add-pass"],
        &["step", "end-pass"],
        &["step", "correct"],
        &["step", "why"],
        &["step", "form"],
        &["tasks"],
        &["mails", "list"],
        &["mails", "show"],
        &["diagram"],
        &["schema"],
        &["check"],
        &["simulate"],
        &["feed"],
        &["serve"],
    ];
    for command in commands {
        let help = home.ok(&[command, &["--help"]].concat());
        assert!(help.contains("Example"), "{command:?}\n{help}");
    }
}

#[test]
fn a_title_that_hides_something_is_refused() {
    let home = Home::new();
    let start = [
        "project",
        "start",
        "three-steps",
        "--school",
        "alder",
        "--title",
    ];
    let said = home.refused(&[&start[..], &["Feedback \u{202e}5 raey ni"]].concat());
    assert!(said.contains("does not show (U+202E)"), "{said}");
}

#[test]
fn a_visit_that_ends_before_it_begins_or_at_no_time_is_refused() {
    let (home, grant) = Home::granted();
    let correct = |changes: &[&str]| {
        let plan = ["step", "correct", grant.as_str(), "sessions[1].plan"];
        home.refused(&[&plan[..], &["--reason", "They rang"], changes].concat())
    };
    let said = correct(&["--set", "end=09:00"]);
    assert!(
        said.contains("end: is not after the start, 3:45pm"),
        "{said}"
    );
    let night = ["--set", "date=2099-03-29", "--set", "start=01:30"];
    let said = correct(&night);
    assert!(said.contains("start: is left out on that day"), "{said}");
}
