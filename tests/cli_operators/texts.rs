//! `mails texts`: an alliance writes its mails in its own words.

use std::path::PathBuf;

use super::Home;

const SUNITA: &str = "sunita@alder-vale.example";

/// All texts as files.
fn written_out(home: &Home) -> PathBuf {
    home.done(&["mails", "texts", "--write-to", "ours"]);
    home.path().join("ours")
}

fn edit(file: &PathBuf, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    std::fs::write(file, text.replace(from, to)).unwrap();
}

fn preview(home: &Home) -> String {
    home.done(&["mails", "preview", "T-2026-001", "approve_need"])
}

#[test]
fn mails_go_in_the_words_of_the_alliance_and_back() {
    let home = Home::at_work();
    let usual = preview(&home);
    let folder = written_out(&home);
    let same = home.done(&["mails", "texts", "--read-from", "ours"]);
    assert!(same.contains("texts are as they were"), "{same}");
    let again = home.say(&["mails", "texts", "--write-to", "ours"]);
    assert!(
        again.code == 1 && again.err.contains("name a new folder"),
        "{again:?}"
    );

    edit(
        &folder.join("ready.txt"),
        "It is your turn",
        "Over to you, {{ recipient.name }}:",
    );
    let would = home.done(&["mails", "texts", "--read-from", "ours", "--dry-run"]);
    assert!(would.contains("Nothing was changed yet"), "{would}");
    assert_eq!(preview(&home), usual);
    let said = home.done(&["mails", "texts", "--read-from", "ours"]);
    assert!(said.contains("In your own words now: ready."), "{said}");
    assert!(
        preview(&home).contains("Over to you, Helen Ashby:"),
        "{}",
        preview(&home)
    );
    let listed = home.json(&["mails", "texts"]);
    let own: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["own"] == true)
        .collect();
    assert_eq!(own.len(), 1);

    home.done(&["mails", "texts", "--as-shipped", "--write-to", "shipped"]);
    let back = home.done(&["mails", "texts", "--read-from", "shipped"]);
    assert!(back.contains("As they come along again: ready."), "{back}");
    assert_eq!(preview(&home), usual);
}

#[test]
fn a_reminder_that_leaves_has_the_words_of_the_alliance() {
    let home = Home::peopled();
    let folder = written_out(&home);
    let file = folder.join("ready.txt");
    std::fs::write(&file, "subject: Ours: {{ step.title }}\n\nPlease go on.\n").unwrap();
    home.done(&["mails", "texts", "--read-from", "ours"]);
    home.done(&[
        "alliance",
        "quiet-times",
        "--from",
        "0",
        "--until",
        "24",
        "--closed-days",
        "off",
    ]);
    home.done(&[
        "alliance",
        "quiet-times",
        "--friday-afternoons",
        "off",
        "--last-days",
        "off",
    ]);
    let start = [
        "project",
        "start",
        "three-steps",
        "--school",
        "900001",
        "--title",
        "Feedback",
    ];
    home.done(&start);
    let mails = home.json(&["mails", "list", "--for", SUNITA]);
    let id = mails[0]["id"].as_str().unwrap();
    let shown = home.done(&["mails", "show", id]);
    assert!(
        shown.contains("Subject: Ours: ") && shown.contains("Please go on."),
        "{shown}"
    );
}

#[test]
fn what_cannot_be_used_is_named_by_file_and_line_and_nothing_changes() {
    let home = Home::at_work();
    let usual = preview(&home);
    let folder = written_out(&home);
    edit(&folder.join("due.txt"), "Dear", "Very dear");
    edit(
        &folder.join("ready.txt"),
        "{{ step.title }}: ",
        "{{ step.titel }}: ",
    );
    edit(
        &folder.join("late_1.txt"),
        "Dear {{ recipient.name }}",
        "Dear {{ recipient.nmae }}",
    );
    let file = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    file("raedy.txt", b"subject: Hello\n\nHello\n");
    file("digest.txt", b"subject: Things\n\nLook into the portal.\n");
    file("copy.txt", b"Dear all\n");
    file("nudge.txt", b"subject: Go\nto: headteacher\n\nGo\n");
    file("summary.txt", b"subject: Go {% if %}\n\n{{ sections }}\n");
    file("notice.txt", &[0xff, 0xfe, 0x41, 0x00]);
    file("privacy.txt", &vec![b'a'; 70_000]);
    file("alone.html", b"<p>Hello</p>");
    file("logo.png", &[0x89, 0x50]);
    let said = home.say(&["mails", "texts", "--read-from", "ours"]);
    assert_eq!(said.code, 1, "{said:?}");
    for words in [
        "ready.txt:1: `{{ step.titel }}`: no such placeholder in this mail. Did you mean",
        "late_1.txt:3: `{{ recipient.nmae }}`",
        "raedy.txt: there is no mail of this name. Did you mean `ready`?",
        "digest.txt:3: `items` is missing",
        "copy.txt:1: A text begins with `subject: …`",
        "nudge.txt:1: Who gets it is said by the workflow",
        "summary.txt:1: this cannot be read",
        "notice.txt: this file is UTF-16; save it as UTF-8",
        "privacy.txt: longer than 64 KB",
        "alone.html: alone.txt has to stand beside it",
        "logo.png: neither .txt nor .html",
        "Nothing was changed.",
    ] {
        assert!(said.err.contains(words), "{words}: {}", said.err);
    }
    assert_eq!(preview(&home), usual);
    let nowhere = home.say(&["mails", "texts", "--read-from", "no-such-folder"]);
    assert!(
        nowhere.code == 1 && nowhere.err.contains("cannot be read"),
        "{nowhere:?}"
    );
    std::fs::create_dir(home.path().join("empty")).unwrap();
    let empty = home.say(&["mails", "texts", "--read-from", "empty"]);
    assert!(
        empty.code == 1 && empty.err.contains("holds no texts"),
        "{empty:?}"
    );
}
