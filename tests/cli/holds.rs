//! Postponing as a coordinator does it: look first, take it back, and what calendars are told.

use super::home::{Home, flat};

const POSTPONE: [&str; 5] = [
    "--until",
    "2099-04-06",
    "--reason",
    "Inspection",
    "--preview",
];

#[test]
fn a_preview_shows_dates_and_mails_and_changes_nothing() {
    let (home, grant) = Home::granted();
    let before = home.everything();
    let command = [&["project", "postpone", &grant], &POSTPONE[..]].concat();
    let said = flat(&home.ok(&command));
    assert!(
        said.starts_with("The history would say (nothing is changed)"),
        "{said}"
    );
    // The session of 2 March falls into it.
    assert!(
        said.contains("The invite of “Plan the session (session 1)” is called off"),
        "{said}"
    );
    assert!(said.contains("to Cy Dean: Called off: "), "{said}");
    assert!(said.contains("6 April 2099"), "{said}");
    let pause = ["project", "pause", &grant, "--reason", "x", "--preview"];
    assert!(home.ok(&pause).starts_with("The history would say"));
    assert!(
        home.everything() == before,
        "a preview has changed something"
    );
}

#[test]
fn a_postponement_is_taken_back_once_and_in_time() {
    let (home, grant) = Home::granted();
    home.ok(&[&["project", "postpone", &grant], &POSTPONE[..4]].concat());
    let page = home.page(&grant);
    assert!(
        page.contains("Paused") || page.contains("ostponed"),
        "{page}"
    );
    let feed = home.ok(&["calendar", "feed", &grant]);
    assert!(
        !feed.contains("BEGIN:VEVENT"),
        "what is called off is not shown: {feed}"
    );
    let done = flat(&home.ok(&["project", "undo", &grant]));
    assert!(
        done.contains("Judith Marlow took back the hold: all is as it was before"),
        "{done}"
    );
    assert!(home.page(&grant).contains("In progress"));
    let again = home.refused(&["project", "undo", &grant]);
    assert!(
        again.contains("there is nothing to take back. Pause or postpone it instead"),
        "{again}"
    );
    let whys = home.ok(&["mails", "why", &grant]);
    assert!(whys.contains("it can still be taken back"), "{whys}");
}

#[test]
fn what_people_are_invited_to_is_a_file_for_any_calendar() {
    let (home, grant) = Home::granted();
    let of_project = home.ok(&["calendar", "feed", &grant]);
    for line in [
        "METHOD:PUBLISH",
        "SUMMARY:Network session (",
        "DTSTART:20990302T154500Z",
        "DTEND:20990302T171500Z",
        "LOCATION:Library",
        "STATUS:CONFIRMED",
    ] {
        assert!(of_project.contains(line), "{line}: {of_project}");
    }
    assert!(
        !of_project.contains("ATTENDEE"),
        "a feed names nobody: {of_project}"
    );
    let file = home.path().join("cy.ics");
    home.ok(&[
        "calendar",
        "feed",
        "cy@alder.example",
        "--out",
        file.to_str().unwrap(),
    ]);
    let of_cy = std::fs::read_to_string(file).unwrap();
    assert!(of_cy.contains("BEGIN:VEVENT"), "{of_cy}");
    let of_ada = home.ok(&["calendar", "feed", "ada@alder.example"]);
    assert!(!of_ada.contains("BEGIN:VEVENT"), "{of_ada}");
    let nobody = home.refused(&["calendar", "feed", "nobody@alder.example"]);
    assert!(
        nobody.contains("is neither a project nor a person here"),
        "{nobody}"
    );
}

#[test]
fn an_invite_can_be_looked_at_beforehand() {
    let (home, grant) = Home::granted();
    let preview = ["mails", "preview", &grant, "sessions[1].plan", "invite"];
    let mail = flat(&home.ok(&[&preview[..], &["--for", "cy@alder.example"]].concat()));
    assert!(
        mail.contains("When: Monday 2 March 2099, 3:45pm to 5:15pm, UK time"),
        "{mail}"
    );
    assert!(mail.contains("Where: Library"), "{mail}");
    home.ok(&["step", "reopen", &grant, "apply", "--reason", "Once more"]);
    let gone = home.refused(&preview);
    assert!(gone.contains("invites to nothing now"), "{gone}");
}

#[test]
fn mails_lead_to_the_portal_where_one_is_known() {
    let (home, project) = Home::started();
    let preview = ["mails", "preview", &project, "identify_need"];
    let before = flat(&home.ok(&preview));
    assert!(
        before.contains("Answer on the project's page in your alliance's portal"),
        "{before}"
    );
    let settings = home.path().join("alongside.toml");
    let link = "[mail]\nlink = \"https://portal.example/{project}/{step}\"\n";
    std::fs::write(&settings, link).unwrap();
    let page = format!("https://portal.example/{project}/identify_need");
    let mail = flat(&home.ok(&preview));
    assert!(mail.contains(&format!("Answer here: {page}")), "{mail}");
    let html = home.ok(&[&preview[..], &["--html"]].concat());
    assert!(html.contains("<a href="), "{html}");
    std::fs::write(&settings, link.replace("{step}", "{stp}")).unwrap();
    let refused = home.refused(&preview);
    assert!(
        refused.contains("alongside.toml:2: mail.link") && refused.contains("{step}"),
        "{refused}"
    );
}
