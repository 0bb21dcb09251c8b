//! Who fills a role of a project, and the dates that were asked at its start.

use super::home::{Home, flat};

#[test]
fn somebody_else_takes_a_role_over_and_both_hear_of_it() {
    let (home, grant) = Home::granted();
    home.ok(&[
        "step",
        "open",
        &grant,
        "sessions[1].record",
        "--reason",
        "Early",
    ]);
    let appoint = |people: &[&'static str]| {
        let command = ["project", "appoint", &grant, "network_lead"];
        [&command[..], people].concat()
    };
    let for_ada = appoint(&["Ada Okafor", "--reason", "Cy is away"]);
    let changed = "Judith Marlow took Cy Dean out of the role of network lead: Cy is away. - Ada \
                   Okafor from Alder Primary School is network lead now: Cy is away.";

    let would = home.would(&for_ada);
    assert!(would.contains(changed), "{would}");
    assert!(
        would.contains("4 mails would be written: - to Cy Dean: "),
        "{would}"
    );
    assert!(
        would.contains("- to Ada Okafor: Write down the session"),
        "{would}"
    );
    assert!(home.page(&grant).contains("- Network lead: Cy Dean"));
    let theirs = [&for_ada[..], &["--as", "cy@alder.example"]].concat();
    let only = "Refused: Only a coordinator of the alliance can do this.";
    assert_eq!(home.refused(&theirs), only);

    let done = flat(&home.ok(&for_ada));
    assert!(done.contains(changed), "{done}");
    let page = home.page(&grant);
    assert!(page.contains("- Network lead: Ada Okafor"), "{page}");
    assert!(page.contains("With Ada Okafor, network lead"), "{page}");
    let ada = home.json(&["person", "show", "ada@alder.example"])["id"].clone();
    let record = home.json(&["project", "show", &grant]);
    assert_eq!(record["people"]["network_lead"][0]["person"], ada);
}

#[test]
fn an_appointment_that_cannot_be_is_refused_with_the_reason() {
    let (home, grant) = Home::granted();
    let before = home.json(&["project", "show", &grant])["version"].clone();
    for (role, people, why) in [
        (
            "network_lead",
            &["cy@alder.example"][..],
            "Refused: They are Network lead in this project already.",
        ),
        (
            "network_lead",
            &["ada@alder.example", "ben@alder.example"],
            "Refused: Network lead takes one person.",
        ),
        (
            "second_reader",
            &["ada@alder.example", "ben@alder.example"],
            "Refused: Second reader takes one person at most.",
        ),
        (
            "second_reader",
            &["cy@alder.example"],
            "Refused: Cy Dean cannot be Second reader here: they are or have been Network lead in \
             this project.",
        ),
        (
            "headteacher",
            &["ada@alder.example"],
            "Refused: Headteacher is a post in the directory, not an appointment in this project. \
             Change the directory.",
        ),
        (
            "netwrok_lead",
            &["ada@alder.example"],
            "Refused: This project has no role `netwrok_lead`.",
        ),
        (
            "network_lead",
            &["Ada Okafro"],
            "alongside: nobody in the directory is called `Ada Okafro`. Did you mean `Ada Okafor`?",
        ),
    ] {
        let command = ["project", "appoint", &grant, role];
        assert_eq!(home.refused(&[&command[..], people].concat()), why);
    }
    assert_eq!(home.json(&["project", "show", &grant])["version"], before);
}

#[test]
fn a_date_that_was_asked_at_the_start_is_changed_for_a_reason() {
    let (home, grant) = Home::granted();
    let date = ["project", "date", &grant];
    let set = [
        &date[..],
        &["spend_by", "2 June 2099", "--reason", "The books close"],
    ]
    .concat();
    let said = "Judith Marlow set “Money spent by” to Tuesday 2 June 2099: The books close.";
    let (old, new) = (
        "- Money spent by: Wednesday 1 July 2099 [spend_by]",
        "- Money spent by: Tuesday 2 June 2099 [spend_by]",
    );

    let would = home.would(&set);
    assert!(would.contains(said), "{would}");
    assert!(home.page(&grant).contains(old));
    let theirs = [&set[..], &["--as", "cy@alder.example"]].concat();
    let only = "Refused: Only a coordinator of the alliance can do this.";
    assert_eq!(home.refused(&theirs), only);

    let done = flat(&home.ok(&set));
    assert!(done.contains(said), "{done}");
    let page = home.page(&grant);
    assert!(page.contains(new) && !page.contains(old), "{page}");
    let due = "due on “Money spent by” (Tuesday 2 June 2099)";
    assert!(page.contains(due), "{page}");
    assert_eq!(
        home.json(&["project", "show", &grant])["dates"]["spend_by"],
        "2099-06-02"
    );
    let other = ["spent_by", "2099-06-02", "--reason", "The books close"];
    assert_eq!(
        home.refused(&[&date[..], &other].concat()),
        "Refused: This project has no date `spent_by`."
    );
}
