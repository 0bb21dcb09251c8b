//! `demo`: the same year in every empty folder and on servers, and a home for every other command.

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
fn the_demo_tells_the_same_year_in_every_empty_folder() {
    let again = std::thread::scope(|scope| {
        scope.spawn(embedded_year);
        play(&[]).told
    });
    assert_eq!(again, embedded_year());
    let lines = again.lines().count();
    assert!(lines <= MOST_LINES, "{lines} lines");
}

#[test]
fn on_servers_the_demo_tells_the_same_year() {
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
