//! `demo`: the same year in every empty folder and on servers, and a home for every other command.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::Home;
use crate::support::broker::VirtualHost;
use crate::support::database::Postgres;

/// What a reader scrolls through in a minute.
const MOST_LINES: usize = 120;

/// A home folder that a demo has made, and what it told.
struct Played {
    home: Home,
    told: String,
}

fn play(variables: &[(&str, &str)]) -> Played {
    let home = Home {
        folder: tempfile::tempdir().unwrap(),
    };
    let folder = home.path().display().to_string();
    let said = home.say_with(&["--home", &folder, "demo"], variables);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    // The folder is the only thing in which two demos may differ.
    let told = said.out.replace(&folder, "HOME");
    Played { home, told }
}

/// The year as the embedded default tells it.
fn embedded_year() -> &'static str {
    static TOLD: OnceLock<String> = OnceLock::new();
    TOLD.get_or_init(|| {
        let played = play(&[]);
        works(&played, &[]);
        played.told
    })
}

/// Other commands go on in the home folder, and the log is good.
fn works(played: &Played, variables: &[(&str, &str)]) {
    let say = |command: &[&str]| {
        let said = played.home.say_with(command, variables);
        assert_eq!(
            (said.code, said.err.as_str()),
            (0, ""),
            "{command:?}: {said:?}"
        );
        said.out
    };
    let tasks = say(&["tasks"]);
    assert!(tasks.contains("[check_scope]"), "{tasks}");
    let verified = say(&["audit", "verify"]);
    assert!(verified.starts_with("Good: 7 projects, "), "{verified}");
    // What was told of the log is what the log says.
    let counted = verified.trim_start_matches("Good: ");
    assert!(played.told.contains(counted.trim_end()), "{verified}");
}

#[test]
fn the_demo_is_read_in_a_minute() {
    let lines = embedded_year().lines().count();
    assert!(lines <= MOST_LINES, "{lines} lines");
}

/// What the year tells under a heading.
fn part<'t>(told: &'t str, heading: &str) -> &'t str {
    let mut parts = told.split("\n\n");
    let found = parts.find(|part| part.starts_with(heading));
    found.unwrap_or_else(|| panic!("nothing is told of {heading:?}: {told}"))
}

#[test]
fn the_demo_shows_a_half_term_a_postponement_a_digest_and_a_visit_that_moves() {
    let told = embedded_year();
    let contains = |part: &str, words: &[&str]| {
        for words in words {
            assert!(part.contains(words), "{words:?} is not in {part}");
        }
    };
    let half_term = part(
        told,
        "Autumn half-term, Monday 26 to Friday 30 October 2026",
    );
    contains(
        half_term,
        &[
            "Mails that went out: 0. Steps that were done: 0. ",
            "left on Monday 2 November",
            "No day of it counted, which moved",
        ],
    );
    let postponement = part(told, "A postponement, ");
    contains(
        postponement,
        &[
            "$ alongside project postpone DLP-2026-005 --until 2027-01-13",
            "| The history would say (nothing is changed):",
            "| Resumed on Wednesday 13 January 2027:",
            "due Thursday 21 January 2027 instead of ",
            "A mail on Wednesday 6 January 2027, five school days before,",
            "resumed on Wednesday 13 January 2027, and “Plan the visit",
        ],
    );
    let digest = part(told, "A digest: one mail on ");
    contains(digest, &["| Subject: 2 things for you", "| 1. ", "| 2. "]);
    let references = digest.split("(DLP-2026-").skip(1);
    let projects: BTreeSet<&str> = references.map(|after| &after[..3]).collect();
    assert_eq!(projects.len(), 2, "{digest}");
    let moved = part(told, "A visit moves: DLP-2026-004");
    contains(
        moved,
        &[
            "The invite's number went up to 1, ",
            "| Subject: Changed: Visit to Fairwater School (DLP-2026-004)",
            "| When: Monday ",
            "| Before: Monday ",
        ],
    );
}

#[test]
fn in_another_empty_folder_and_on_servers_the_demo_tells_the_same_year() {
    let (postgres, virtual_host) = (Postgres::create(), VirtualHost::create());
    let (database, broker) = (postgres.url(), virtual_host.url());
    let servers = [
        ("ALONGSIDE_DATABASE_URL", database.as_str()),
        ("ALONGSIDE_AMQP_URL", broker.as_str()),
    ];
    let played = play(&servers);
    assert_eq!(played.told, embedded_year());
    works(&played, &servers);
    let embedded = played.home.path().join("alongside.db");
    assert!(!embedded.exists(), "the servers were not used");
}
