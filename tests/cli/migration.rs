//! `project migrate`: a running project moves to another version of its workflow, or stays whole.

use super::home::{Home, flat};

/// Puts version 2 into the folder `mine`: approving has another name, something comes after it,
/// and there is more time for the need.
fn write_version_2(home: &Home) {
    let page = include_str!("../definitions/three-steps/project.yaml");
    let mut changed = page.to_owned();
    for (old, new) in [
        ("version: 1", "version: 2"),
        ("due: 15 school days", "due: 20 school days"),
        ("  approve_need:", "  agree_need:"),
        (
            "  match:",
            "  thank: {title: Thank the school, role: headteacher}\n  match:",
        ),
    ] {
        assert!(changed.contains(old), "{old}");
        changed = changed.replace(old, new);
    }
    let folder = home.path().join("mine/three-steps");
    std::fs::create_dir_all(folder.join("forms")).unwrap();
    std::fs::write(folder.join("project.yaml"), changed).unwrap();
    let form = include_str!("../definitions/three-steps/forms/need.yaml");
    std::fs::write(folder.join("forms/need.yaml"), form).unwrap();
}

/// A project at its approval, with version 2 at hand.
fn at_its_approval() -> (Home, String) {
    let (home, project) = Home::started();
    write_version_2(&home);
    let need = ["step", "complete", &project, "identify_need"];
    let answers = ["--set", "title=A", "--set", "audience=slt"];
    home.ok(&[&need[..], &answers, &["--as", "ada@alder.example"]].concat());
    (home, project)
}

const MAP: &str = "steps: {approve_need: agree_need}\n";

#[test]
fn a_project_moves_with_its_open_step_under_its_new_name() {
    let (home, project) = at_its_approval();
    std::fs::write(home.path().join("map.yaml"), MAP).unwrap();
    let migrate = ["--workflows", "mine", "project", "migrate", &project];
    let migrate = [&migrate[..], &["--to", "2", "--map", "map.yaml"]].concat();
    let moved = "Judith Marlow moved the project from version 1 to version 2 of its workflow.";

    let would = home.would(&migrate);
    assert!(would.contains(moved), "{would}");
    assert!(would.contains("No mail would be written."), "{would}");
    let page = home.page(&project);
    assert!(page.contains("Three steps, version 1"), "{page}");

    let done = flat(&home.ok(&migrate));
    assert!(done.contains(moved), "{done}");
    let page = home.page(&project);
    for words in [
        "Three steps, version 2",
        "Complete Identify an area of need [identify_need] By Ada Okafor",
        "Not started Approve the area of need [agree_need] With Ben Hall, headteacher",
        "Cannot start yet Thank the school [thank]",
        moved.trim_end_matches('.'),
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    assert!(!page.contains("[approve_need]"), "{page}");
}

#[test]
fn the_dry_run_shows_the_dates_that_a_migration_would_move() {
    let (home, project) = Home::started();
    write_version_2(&home);
    let steps = |home: &Home| home.json(&["project", "show", &project])["steps"].clone();
    let before = steps(&home);
    let migrate = ["--workflows", "mine", "project", "migrate", &project];
    let would = home.would(&[&migrate[..], &["--to", "2"]].concat());
    let moves = "1 date would move: - “Identify an area of need”: due ";
    assert!(would.contains(moves), "{would}");
    assert!(would.contains(" instead of "), "{would}");
    assert_eq!(steps(&home), before);
}

#[test]
fn a_project_that_cannot_move_stays_as_it_is_and_says_why() {
    let (home, project) = at_its_approval();
    std::fs::write(home.path().join("map.yaml"), MAP).unwrap();
    std::fs::write(
        home.path().join("lost.yaml"),
        "steps: {approve_need: gone}\n",
    )
    .unwrap();
    std::fs::write(home.path().join("wrong.yaml"), "step: {}\n").unwrap();
    let migrate = |more: &[&str]| {
        let command = ["--workflows", "mine", "project", "migrate", &project];
        home.refused(&[&command[..], more].concat())
    };
    let version = |home: &Home| home.json(&["project", "show", &project])["version"].clone();
    let before = version(&home);
    let open = "“Approve the area of need” (`approve_need`) is open, and the new version lacks it: \
                map it, to `none` to give it up.";
    for (more, why) in [
        (
            &["--to", "2"][..],
            format!("Refused: This project cannot move: {open}"),
        ),
        (
            &["--to", "2", "--dry-run"],
            format!("Refused: This project cannot move: {open}"),
        ),
        (
            &["--to", "2", "--map", "lost.yaml"],
            format!(
                "Refused: This project cannot move: the map names `gone`, which the new version \
                 lacks; {open}"
            ),
        ),
        (
            &["--to", "3"],
            "Refused: There is no version 3 of `three-steps`.".to_owned(),
        ),
        (
            &["--to", "1"],
            "Refused: This project follows version 1 already.".to_owned(),
        ),
        (
            &[
                "--to",
                "2",
                "--map",
                "map.yaml",
                "--as",
                "ben@alder.example",
            ],
            "Refused: Only a coordinator of the alliance can do this.".to_owned(),
        ),
        (
            &["--to", "2", "--map", "wrong.yaml"],
            "alongside: a map has `steps`, `roles` and `ask`, and no `step`".to_owned(),
        ),
    ] {
        assert_eq!(migrate(more), why);
    }
    assert_eq!(version(&home), before);
}
