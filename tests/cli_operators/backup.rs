//! `backup` and `database migrate`.

use super::Home;

#[test]
fn a_backup_is_a_whole_database_and_overwrites_nothing() {
    let home = Home::at_work();
    let copy = home.copy();
    assert!(copy.done(&["audit", "verify"]).contains("4 entries"));
    assert_eq!(
        copy.json(&["person", "list"]),
        home.json(&["person", "list"])
    );
    let taken = home.file("taken.db", "something else");
    let said = home.say(&["backup", "taken.db"]);
    assert!(
        said.code == 1 && said.err.contains("Name a new one"),
        "{said:?}"
    );
    assert_eq!(std::fs::read_to_string(taken).unwrap(), "something else");
    home.done(&["backup", "later.db", "--dry-run"]);
    assert!(!home.path().join("later.db").exists());
}

#[test]
fn a_database_is_made_once() {
    let home = Home::empty();
    let dry = home.done(&["database", "migrate", "--dry-run"]);
    assert!(dry.contains("would bring it to"), "{dry}");
    assert!(!home.path().join("alongside.db").exists());
    let made = home.done(&["database", "migrate"]);
    let now = format!("has {} now", alongside::store::newest_schema());
    assert!(made.contains(&now), "{made}");
    assert!(
        home.done(&["database", "migrate"])
            .contains("nothing to do")
    );
}
