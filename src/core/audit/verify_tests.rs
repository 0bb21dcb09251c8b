//! Every way of tampering that a chain can show, on the log of a small project.

use serde_json::json;

use super::*;
use crate::core::run::command::Command;
use crate::core::run::story::{Story, form, person, refused, workflow};

const PAGE: &str = r"
workflow: two-steps
scope: project
version: 1
title: Two Steps
roles:
  cpd_lead:    {title: CPD lead,    at: host_school}
  headteacher: {title: Headteacher, at: host_school}
stages: {need: Need}
reminders: {standard: {due: {at: on the day, send: mail}}}
steps:
  need: {stage: need, title: Identify a need, role: cpd_lead, form: need}
  approve: {title: Approve it, role: headteacher, outcomes: {yes_please: {}, change: {reopen: need, reason: required}}}
";

fn story() -> Story {
    let need = form(&[("question", "text"), ("audience", "choices slt governors")]);
    let mut story = Story::started(workflow(PAGE, &[("need", need)]));
    let answers = json!({"question": "How do pupils use feedback?", "audience": ["slt"]});
    story.complete("cpd@100001", "need", answers).unwrap();
    story.choose("head@100001", "approve", "change").unwrap();
    story
        .complete("cpd@100001", "need", json!({"question": "And in Year 8?"}))
        .unwrap();
    story
}

fn stored(story: &Story) -> Stored {
    let bodies: Vec<String> = story.entries.iter().map(chain::canonical).collect();
    Stored {
        alliance: story.run.alliance.clone(),
        run: story.run.id,
        reference: story.run.reference.clone(),
        version: story.run.version,
        head: chain::hash(bodies.last().unwrap()),
        entries: (1..).zip(bodies).collect(),
        payloads: story.kept.clone(),
        snapshot: Some((FOLD, chain::canonical(&story.run))),
    }
}

fn sentence(stored: &Stored) -> (Option<u64>, String) {
    match verify(stored) {
        Finding::Tampered { seq, sentence } => (seq, sentence),
        other => panic!("it was not seen: {other:?}"),
    }
}

#[test]
fn an_untouched_log_is_good() {
    assert_eq!(
        verify(&stored(&story())),
        Finding::Good {
            entries: 4,
            erased: 0
        }
    );
}

#[test]
fn an_edited_entry_is_named_wherever_it_stands() {
    for at in 0..4 {
        let mut log = stored(&story());
        log.entries[at].1 = log.entries[at].1.replace("2027-01-11", "2027-01-12");
        let (seq, said) = sentence(&log);
        assert_eq!(seq, Some(at as u64 + 1), "{said}");
        assert!(said.contains("was changed after it was written"), "{said}");
    }
}

#[test]
fn an_entry_in_other_bytes_is_edited_although_it_says_the_same() {
    let mut log = stored(&story());
    log.entries[1].1 = log.entries[1].1.replacen(':', ": ", 1);
    assert_eq!(sentence(&log).0, Some(2));
}

#[test]
fn a_deleted_entry_is_missed_at_the_start_in_the_middle_and_at_the_end() {
    for at in 0..4 {
        let mut log = stored(&story());
        log.entries.remove(at);
        let (seq, said) = sentence(&log);
        assert_eq!(
            (seq, said.contains("is missing")),
            (Some(at as u64 + 1), true),
            "{said}"
        );
    }
}

#[test]
fn two_swapped_entries_are_seen() {
    let mut log = stored(&story());
    let (one, two) = (log.entries[1].1.clone(), log.entries[2].1.clone());
    (log.entries[1].1, log.entries[2].1) = (two, one);
    assert_eq!(sentence(&log).0, Some(2));
}

#[test]
fn an_entry_that_was_added_is_seen() {
    let mut log = stored(&story());
    log.version = 3;
    assert!(sentence(&log).1.contains("was added outside"));
}

#[test]
fn a_deleted_text_without_an_erasure_is_tampering() {
    for at in 0..story().kept.len() {
        let mut log = stored(&story());
        log.payloads.remove(at);
        assert!(sentence(&log).1.contains("no erasure is in the log"));
    }
}

#[test]
fn a_changed_text_is_seen() {
    let mut log = stored(&story());
    log.payloads[0].value = json!("What nobody wrote");
    assert!(sentence(&log).1.starts_with("A text of entry 2"));
}

#[test]
fn a_changed_snapshot_is_seen() {
    let mut log = stored(&story());
    let (_, text) = log.snapshot.as_mut().unwrap();
    *text = text.replace("in_progress", "complete");
    assert_eq!(sentence(&log).0, None);
}

#[test]
fn every_byte_of_a_snapshot_counts_but_not_the_order_of_its_keys() {
    let mut log = stored(&story());
    let good = verify(&log);
    let plain = serde_json::to_string(&story().run).unwrap();
    let (_, text) = log.snapshot.replace((FOLD, plain.clone())).unwrap();
    assert_ne!(text, plain, "the order is another");
    assert_eq!(verify(&log), good);
    let twice = plain.replacen('{', "{\"status\":\"complete\",", 1);
    for changed in [
        format!("{plain} "),
        plain.replacen(':', ": ", 1),
        twice,
        String::new(),
    ] {
        log.snapshot = Some((FOLD, changed));
        assert_eq!(sentence(&log).0, None);
    }
}

#[test]
fn after_an_erasure_the_log_is_good_and_the_fold_is_the_same() {
    let mut story = story();
    let before = story.run.clone();
    let command = Command::PersonErase {
        person: person("cpd@100001"),
    };
    story.when("coordinator", command).unwrap();
    let mut after = story.run.clone();
    (after.version, after.changed_at) = (before.version, before.changed_at);
    assert_eq!(after, before, "the fold is the same");
    let mut log = stored(&story);
    assert!(
        sentence(&log).1.contains("still there"),
        "the texts have to go as well"
    );
    log.payloads.clear();
    let erased = story.kept.len() as u64;
    assert_eq!(verify(&log), Finding::Good { entries: 5, erased });
}

#[test]
fn texts_that_are_not_kept_any_longer_go_and_the_log_is_good() {
    let mut story = story();
    let expire = |kept_from: &str| Command::TextsExpire {
        kept_from: kept_from.parse().unwrap(),
    };
    refused(story.when("", expire("2040-08-01")));
    let stop = Command::ProjectStop {
        reason: "The school closes.".to_owned(),
    };
    story.when("coordinator", stop).unwrap();
    let ended = story.now.date();
    refused(story.when("", expire(&ended.to_string())));
    story
        .when("", expire(&ended.succ_opt().unwrap().to_string()))
        .unwrap();
    let mut log = stored(&story);
    assert!(sentence(&log).1.contains("still there"));
    log.payloads.clear();
    let (entries, erased) = (story.entries.len() as u64, story.kept.len() as u64);
    assert_eq!(verify(&log), Finding::Good { entries, erased });
}

#[test]
fn a_newer_format_cannot_be_checked() {
    let mut log = stored(&story());
    log.entries[0].1 = log.entries[0].1.replace("\"format\":1", "\"format\":2");
    assert!(matches!(verify(&log), Finding::CannotCheck { .. }));
}

/// One history for each format that was ever released, kept for good.
#[test]
fn every_stored_history_verifies_and_folds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/histories");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let runs = crate::core::audit::export::read(&std::fs::read_to_string(&file).unwrap());
        for stored in runs.unwrap() {
            let found = verify(&stored);
            assert!(
                matches!(found, Finding::Good { .. }),
                "{}: {found:?}",
                file.display()
            );
            let entries = stored
                .entries
                .iter()
                .map(|(_, body)| serde_json::from_str(body).unwrap());
            let unborn = Run::unborn(stored.alliance.clone(), stored.run);
            let run = entries.fold(unborn, |run, entry: Entry| fold(run, &entry));
            assert_eq!(run.version, stored.version);
            seen += 1;
        }
    }
    assert!(seen > 0, "there is a history of the first format");
}
