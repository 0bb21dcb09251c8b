//! `doctor`: a good home is good, and each thing that is broken is named with the way out.

use super::Home;

#[test]
fn a_good_home_has_no_problem() {
    let home = Home::at_work();
    let said = home.say(&["doctor"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("no problems"), "{said:?}");
    assert!(
        said.out.contains("ok       database") && said.out.contains("SQLite 3."),
        "{said:?}"
    );
    assert!(said.out.contains("1 coordinator"), "{said:?}");
}

#[test]
fn a_new_home_is_told_what_to_do_first() {
    let home = Home::empty();
    let said = home.say(&["doctor"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("alongside database migrate"), "{said:?}");
    assert!(
        !home.path().join("alongside.db").exists(),
        "doctor makes nothing"
    );
    home.done(&["database", "migrate"]);
    let said = home.say(&["doctor"]);
    // The portal of the configuration is for an alliance that is not there.
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out.contains("alongside alliance add northshire"),
        "{said:?}"
    );
}

#[test]
fn every_broken_thing_is_named_at_once() {
    let home = Home::peopled();
    let toml = std::fs::read_to_string(home.path().join("alongside.toml")).unwrap();
    let mails = home.file("no-folder", "a file");
    let broken = format!(
        "[mail]\nfolder = \"{}\"\nfrom = \"office@alliance.example\"\n{toml}",
        mails.display()
    );
    home.file("alongside.toml", &broken);
    home.tamper("DELETE FROM post WHERE role = 'coordinator'");
    home.tamper("UPDATE _sqlx_migrations SET version = 999 WHERE version = 1");
    let said = home.say_with(
        &["doctor"],
        &[("ALONGSIDE_AMQP_URL", "amqp://127.0.0.1:1/%2f")],
    );
    assert_eq!(said.code, 1, "{said:?}");
    for line in ["problem  mails", "problem  schema", "problem  broker"] {
        assert!(said.out.contains(line), "{line}: {said:?}");
    }
    assert!(said.out.contains("newer alongside"), "{said:?}");
    let json = home.say_with(&["doctor", "--json"], &[]);
    assert!(json.out.contains("\"health\": \"problem\""), "{json:?}");

    home.file("alongside.toml", "[databse]\n");
    let said = home.say(&["doctor"]);
    assert!(
        said.code == 1 && said.out.contains("did you mean `database`"),
        "{said:?}"
    );
}

#[test]
fn an_older_program_refuses_a_newer_schema() {
    let home = Home::peopled();
    home.tamper(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (999, 'later', TRUE, x'00', 0)",
    );
    let said = home.say(&["alliance", "list"]);
    assert!(
        said.code == 1 && said.err.contains("newer alongside"),
        "{said:?}"
    );
}

#[test]
fn an_alliance_without_coordinator_is_a_warning() {
    let home = Home::peopled();
    home.tamper("DELETE FROM post WHERE role = 'coordinator'");
    let said = home.say(&["doctor"]);
    assert!(
        said.code == 0 && said.out.contains("no coordinator today"),
        "{said:?}"
    );
}
