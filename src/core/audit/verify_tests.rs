//! Every way to tamper with a run, and the one sentence that names it.

use serde_json::json;

use super::*;
use crate::core::audit::export::{BadExport, export_lines, read_bundle};
use crate::core::run::command::Command;
use crate::core::run::story::{Story, form, person, workflow};

const PAGE: &str = r"
workflow: small
scope: project
version: 1
title: Small
roles:
  cpd_lead:    {title: CPD lead,    at: host_school}
  headteacher: {title: Headteacher, at: host_school}
stages: {need: Need}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  need:    {stage: need, title: Identify a need, role: cpd_lead, form: need, due: 15 school days}
  approve: {title: Approve it, role: headteacher, due: 3 school days,
            outcomes: {approve: {}, change: {reopen: need, reason: required}}}
";

fn log() -> Log {
    let forms = [("need", form(&[("question", "text")]))];
    let mut story = Story::started(workflow(PAGE, &forms));
    let answers = json!({"question": "Why do pupils not ask?"});
    story
        .complete("cpd@100001", "need", answers.clone())
        .unwrap();
    story.choose("head@100001", "approve", "change").unwrap();
    story.complete("cpd@100001", "need", answers).unwrap();
    story.choose("head@100001", "approve", "approve").unwrap();
    told(&story)
}

/// The story as it would lie in a store.
fn told(story: &Story) -> Log {
    let texts: Vec<String> = story.entries.iter().map(chain::canonical).collect();
    let entries = texts.iter().zip(1..).map(|(text, seq)| Stored {
        seq,
        text: text.clone(),
        hash: Some(chain::hash(text)),
    });
    Log {
        alliance: story.run.alliance.clone(),
        run: story.run.id,
        reference: story.run.reference.clone(),
        version: story.run.version,
        head: chain::hash(texts.last().unwrap()),
        entries: entries.collect(),
        snapshot: Some(Snapshot {
            fold: FOLD,
            text: chain::canonical(&story.run),
        }),
        payloads: story.kept.clone(),
    }
}

fn sentence(log: &Log) -> String {
    match verify(log) {
        Finding::Tampered { sentence, .. } => sentence,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_honest_log_is_good() {
    let good = Finding::Verified {
        entries: 5,
        erased: 0,
    };
    assert_eq!(verify(&log()), good);
}

#[test]
fn every_way_to_tamper_is_found_and_named() {
    type Tamper = fn(&mut Log);
    let table: [(Tamper, &str); 13] = [
        (
            |l| edit(l, 2, false),
            "entry 3 of S-2027-001 was changed after it was written",
        ),
        (
            |l| edit(l, 2, true),
            "entry 3 of S-2027-001 was changed after it was written",
        ),
        (
            |l| edit(l, 4, true),
            "entry 5 of S-2027-001 was changed after it was written",
        ),
        (
            |l| drop(l.entries.remove(2)),
            "entry 3 of S-2027-001 is missing",
        ),
        (
            |l| drop(l.entries.pop()),
            "entry 5 of S-2027-001 is missing: the log ends at 4, the project is at 5",
        ),
        (
            |l| drop(l.entries.remove(0)),
            "entry 1 of S-2027-001 is missing",
        ),
        (
            |l| l.entries.clear(),
            "entry 1 of S-2027-001 is missing: the log ends at 0, the project is at 5",
        ),
        (
            swap_texts,
            "entry 2 of S-2027-001 is in the wrong place: it says that it is number 3",
        ),
        (|l| l.entries.swap(1, 2), "entry 2 of S-2027-001 is missing"),
        (
            |l| drop(l.payloads.remove(0)),
            "a text of entry 2 of S-2027-001 was deleted without an entry that says so",
        ),
        (
            |l| l.payloads[0].value = json!("Why do pupils not talk?"),
            "a text of entry 2 of S-2027-001 was changed after it was written",
        ),
        (
            |l| l.snapshot.as_mut().unwrap().text = "{}".to_owned(),
            "the state of S-2027-001 is not what its 5 entries make: the snapshot was changed",
        ),
        (
            |l| l.entries[1].text = l.entries[1].text.replace(":", ": "),
            "entry 2 of S-2027-001 was changed after it was written",
        ),
    ];
    for (number, (tamper, expected)) in table.into_iter().enumerate() {
        let mut log = log();
        tamper(&mut log);
        assert_eq!(sentence(&log), expected, "row {number}");
    }
}

/// Changes the time in an entry; with `cover`, the hash beside it too.
fn edit(log: &mut Log, at: usize, cover: bool) {
    let stored = &mut log.entries[at];
    stored.text = stored.text.replace("T09:", "T10:");
    if cover {
        stored.hash = Some(chain::hash(&stored.text));
    }
}

fn swap_texts(log: &mut Log) {
    let text = log.entries[1].text.clone();
    log.entries[1].text = std::mem::replace(&mut log.entries[2].text, text);
}

#[test]
fn after_an_erasure_the_log_is_good_and_the_fold_is_the_same() {
    let forms = [("need", form(&[("question", "text")]))];
    let mut story = Story::started(workflow(PAGE, &forms));
    let answers = json!({"question": "Why do pupils not ask?"});
    story.complete("cpd@100001", "need", answers).unwrap();
    let person = person("cpd@100001");
    story
        .when("coordinator", Command::PersonErase { person })
        .unwrap();
    let mut log = told(&story);
    assert!(sentence(&log).contains("is still there although"));
    log.payloads.clear();
    let good = Finding::Verified {
        entries: 3,
        erased: 1,
    };
    assert_eq!(verify(&log), good);
}

#[test]
fn what_a_later_release_wrote_is_unreadable_and_not_good() {
    let mut later = log();
    let text = later.entries[0]
        .text
        .replace("\"format\":1", "\"format\":9");
    later.entries[0].text = text;
    assert!(matches!(verify(&later), Finding::Unreadable { .. }));
    let mut other = log();
    other.snapshot.as_mut().unwrap().fold = FOLD + 1;
    assert!(matches!(verify(&other), Finding::Unreadable { .. }));
}

#[test]
fn an_entry_of_another_project_is_named() {
    let mut log = log();
    log.run = RunId(uuid::Uuid::nil());
    assert_eq!(
        sentence(&log),
        "entry 1 of S-2027-001 belongs to another project"
    );
}

#[test]
fn an_export_is_checked_offline_and_a_touched_line_is_found() {
    let log = log();
    let text = export_lines(&log).join("\n");
    let read = read_bundle(&text).unwrap();
    assert_eq!(read, vec![log]);
    let touched = text.replace("T09:", "T10:");
    let read = read_bundle(&touched).unwrap();
    assert!(matches!(verify(&read[0]), Finding::Tampered { .. }));
    assert_eq!(read_bundle(""), Err(BadExport::Empty));
    let headless = text.lines().nth(1).unwrap();
    assert_eq!(read_bundle(headless), Err(BadExport::NoRun { line: 1 }));
}

/// A history that a release wrote is kept for good: it must verify and fold ever after. To make
/// the one of a new format, print `told(&story)` of that release; never write an old one again.
#[test]
fn every_history_of_a_released_format_verifies_and_folds() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    let mut found = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "jsonl") {
            continue;
        }
        for log in read_bundle(&std::fs::read_to_string(&path).unwrap()).unwrap() {
            let finding = verify(&log);
            assert!(
                matches!(finding, Finding::Verified { .. }),
                "{path:?}: {finding:?}"
            );
            found += 1;
        }
    }
    assert!(found > 0, "there is a history of format 1");
}
