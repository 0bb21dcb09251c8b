//! What is done with steps that happen several times, or only from a day on.

use super::home::{Home, flat};

#[test]
fn a_step_is_opened_before_its_day_by_the_coordinator_and_for_a_reason() {
    let (home, grant) = Home::granted();
    let record = "sessions[1].record";
    let open = [
        "step",
        "open",
        &grant,
        record,
        "--reason",
        "They met early.",
    ];
    let waits = "Cannot start yet Write down the session (session 1) [sessions[1].record] For the \
                 network lead; opens on Monday 2 March 2099";
    let opened = "Judith Marlow opened “Write down the session (session 1)” before its day, due \
                  Monday 9 March 2099: They met early.";
    assert!(home.page(&grant).contains(waits), "{}", home.page(&grant));

    let not_theirs = home.refused(&[&open[..], &["--as", "cy@alder.example"]].concat());
    let only = "Refused: Only a coordinator of the alliance can do this.";
    assert_eq!(not_theirs, only);
    let would = home.would(&open);
    assert!(would.contains(opened), "{would}");
    let mail = "1 mail would be written: - to Cy Dean: Write down the session (session 1): Science";
    assert!(would.contains(mail), "{would}");
    assert!(home.page(&grant).contains(waits));

    let done = flat(&home.ok(&open));
    assert!(done.contains(opened), "{done}");
    let page = home.page(&grant);
    let ready = "Not started Write down the session (session 1) [sessions[1].record] With Cy Dean, \
                 network lead; since";
    assert!(page.contains(ready), "{page}");
    assert!(page.contains(opened.trim_end_matches('.')), "{page}");
    assert_eq!(
        home.refused(&open),
        "Refused: “Write down the session (session 1)” does not wait for a day."
    );
}

#[test]
fn a_session_is_added_beside_an_open_one_up_to_the_most() {
    let (home, grant) = Home::granted();
    let add = ["step", "add-pass", &grant, "sessions"];
    let added = "Judith Marlow added “Session 2”. - “Plan the session (session 2)” became ready for \
                 the network lead, due";

    let would = home.would(&add);
    assert!(would.contains(added), "{would}");
    assert!(!home.page(&grant).contains("[sessions[2]]"));
    let done = flat(&home.ok(&add));
    assert!(done.contains(added), "{done}");
    let page = home.page(&grant);
    assert!(
        page.contains(
            "In progress Session 2 [sessions[2]] Not started Plan the session (session 2)"
        ),
        "{page}"
    );

    let stranger = home.refused(&[&add[..], &["--as", "ada@alder.example"]].concat());
    assert_eq!(stranger, "Refused: “Session” is not yours to do.");
    assert_eq!(
        home.refused(&["step", "add-pass", &grant, "apply"]),
        "Refused: `apply` does not happen several times."
    );
    for _ in 3..=6 {
        home.ok(&[&add[..], &["--as", "cy@alder.example"]].concat());
    }
    assert_eq!(home.refused(&add), "Refused: 6 sessions is the most.");
}

#[test]
fn a_session_that_did_not_happen_is_ended_and_no_longer_counts() {
    let (home, grant) = Home::granted();
    home.ok(&["step", "add-pass", &grant, "sessions"]);
    let reason = ["--reason", "The speaker was ill"];
    let end = |pass: &'static str| [&["step", "end-pass", &grant, pass][..], &reason].concat();
    let ended = "Judith Marlow ended “Session 2”, which did not happen: The speaker was ill.";

    let would = home.would(&end("sessions[2]"));
    assert!(would.contains(ended), "{would}");
    let theirs = [&end("sessions[2]")[..], &["--as", "cy@alder.example"]].concat();
    let only = "Refused: Only a coordinator of the alliance can do this.";
    assert_eq!(home.refused(&theirs), only);
    let done = flat(&home.ok(&end("sessions[2]")));
    assert!(done.contains(ended), "{done}");
    let page = home.page(&grant);
    assert!(
        page.contains("Not required Session 2 [sessions[2]] It did not happen, "),
        "{page}"
    );
    assert!(!page.contains("[sessions[2].plan]"), "{page}");
    assert!(page.contains("In progress Session 1"), "{page}");

    for (pass, why) in [
        ("sessions[2]", "“Session (2)” has been ended already."),
        (
            "sessions",
            "“Session” happens several times. Say which one: `sessions[2]`.",
        ),
        ("apply", "`apply` does not happen several times."),
        (
            "sessions[9]",
            "Session has not begun, so there is no sessions[9] yet.",
        ),
    ] {
        assert_eq!(home.refused(&end(pass)), format!("Refused: {why}"));
    }
}
