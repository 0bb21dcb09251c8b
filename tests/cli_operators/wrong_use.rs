//! Wrong use is exit code 2 or a refusal in a sentence; the same words give the same output.

use super::Home;

#[test]
fn wrong_use_is_exit_code_2() {
    let home = Home::peopled();
    for wrong in [
        &["alliances"][..],
        &["alliance"],
        &["alliance", "add", "Bad Key", "Name"],
        &["alliance", "add", "good", "   "],
        &["inbox", "list", "--state", "lost"],
        &["inbox", "list", "--limit", "0"],
        &["inbox", "discard", "x"],
        &["inbox", "discard", "x", "--reason", " "],
        &["doctor", "--no-such-flag"],
        &["backup"],
    ] {
        let said = home.say(wrong);
        assert_eq!(said.code, 2, "{wrong:?}: {said:?}");
        assert!(!said.err.is_empty(), "{wrong:?}: {said:?}");
    }
}

#[test]
fn what_cannot_be_undone_wants_a_yes_from_a_script() {
    let home = Home::at_work();
    let said = home.say(&["person", "erase", "sunita@alder-vale.example"]);
    assert!(said.code == 2 && said.err.contains("--yes"), "{said:?}");
    let shown = home.json(&["person", "show", "sunita@alder-vale.example"]);
    assert_eq!(shown["name"], "Sunita Patel");
}

#[test]
fn an_alliance_is_added_once() {
    let home = Home::peopled();
    let said = home.say(&["alliance", "add", "northshire", "Another"]);
    assert!(said.code == 1 && said.err.contains("already"), "{said:?}");
    let dry = home.done(&["alliance", "add", "southshire", "Southshire", "--dry-run"]);
    assert!(dry.contains("would add"), "{dry}");
    assert_eq!(
        home.json(&["alliance", "list"]).as_array().unwrap().len(),
        1
    );
    home.done(&["alliance", "add", "southshire", "Southshire"]);
    let said = home.say(&["person", "list"]);
    assert!(
        said.code == 1 && said.err.contains("--alliance"),
        "{said:?}"
    );
    let there = home.json(&["person", "list", "--alliance", "southshire"]);
    assert_eq!(there, serde_json::json!([]), "nothing crosses");
}

#[test]
fn a_secret_in_a_flag_is_refused_with_the_way_out() {
    let home = Home::empty();
    let said = home.say(&[
        "alliance",
        "list",
        "--database-url",
        "postgres://me:hush@db/a",
    ]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("ALONGSIDE_DATABASE_URL_FILE"), "{said:?}");
    assert!(
        !said.err.contains("hush") && !said.out.contains("hush"),
        "{said:?}"
    );
    let said = home.say_with(&["alliance", "list"], &[("ALONGSIDE_DATABASE_URL", "  ")]);
    assert!(
        said.code == 1 && said.err.contains("ALONGSIDE_DATABASE_URL: is empty"),
        "{said:?}"
    );
    let said = home.say_with(
        &["doctor"],
        &[("ALONGSIDE_AMQP_URL", "amqp://far.example/%2f")],
    );
    assert!(said.code == 1 && said.out.contains("amqps://"), "{said:?}");
}

#[test]
fn neither_locale_nor_time_zone_changes_the_output() {
    let home = Home::at_work();
    for words in [
        &["audit", "verify"][..],
        &["person", "list"],
        &["inbox", "list", "--state", "applied"],
        &["doctor"],
    ] {
        let usual = home.say(words);
        let odd = [
            ("LC_ALL", "tr_TR.UTF-8"),
            ("LANG", "tr_TR.UTF-8"),
            ("TZ", "Pacific/Kiritimati"),
        ];
        let said = home.say_with(words, &odd);
        assert_eq!((said.code, said.out), (usual.code, usual.out), "{words:?}");
    }
}

#[test]
fn a_dry_run_writes_no_file_and_what_has_none_says_so() {
    let home = Home::at_work();
    let project = home.json(&["project", "list"])[0]["reference"].clone();
    let (project, person) = (project.as_str().unwrap(), "sunita@alder-vale.example");
    for command in [
        &["audit", "export", "--out", "written"][..],
        &["person", "export", person, "--out", "written"],
        &["calendar", "feed", project, "--out", "written"],
        &["mails", "texts", "--write-to", "written"],
        &["backup", "written"],
    ] {
        let said = home.say(&[command, &["--dry-run"]].concat());
        assert_eq!(said.code, 0, "{command:?}: {said:?}");
        let would = said.out + &said.err;
        assert!(would.contains("would"), "{command:?}: {would}");
        assert!(!home.path().join("written").exists(), "{command:?}");
    }
    for command in [&["--home", "written", "demo"][..], &["serve"], &["worker"]] {
        let said = home.say(&[command, &["--dry-run"]].concat());
        assert_eq!(said.code, 1, "{command:?}: {said:?}");
        assert!(said.err.contains("no --dry-run"), "{command:?}: {said:?}");
        assert!(!home.path().join("written").exists(), "{command:?}");
    }
}
