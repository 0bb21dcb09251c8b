//! What is done by the calendar, as an operator sees and sets it.

use serde_json::json;

use super::Home;

const SET: [&str; 3] = ["alliance", "schedules", "set"];

#[test]
fn the_schedules_say_in_words_when_they_come_next() {
    let home = Home::peopled();
    let said = home.done(&["alliance", "schedules"]);
    for words in [
        "summary",
        "0 8 * * Mon",
        "at 8am",
        "calendar_check",
        "at 6am",
        "retention",
        "at 2:30am",
        "not yet",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let rows = home.json(&["alliance", "schedules"]);
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert_eq!(rows[0]["name"], json!("summary"));
    assert_eq!(rows[0]["is_default"], json!(true));
    assert!(
        rows[0]["next_at"].as_str().unwrap().contains("T0"),
        "{rows}"
    );
}

#[test]
fn a_schedule_is_set_switched_off_and_taken_back() {
    let home = Home::peopled();
    let of = |home: &Home| home.json(&["alliance", "schedules"])[0].clone();
    let before = of(&home);
    let set = [&SET[..], &["summary", "0  9 * *  fri"]].concat();
    let would = home.done(&[&set[..], &["--dry-run"]].concat());
    assert!(
        would.contains("This would be set") && would.contains("Friday"),
        "{would}"
    );
    assert_eq!(of(&home), before, "a dry run sets nothing");
    let said = home.done(&set);
    assert!(
        said.contains("0 9 * * fri (set)") && said.contains("at 9am"),
        "{said}"
    );
    assert_eq!(of(&home)["setting"], json!("0 9 * * fri"));
    let off = home.done(&[&SET[..], &["summary", "off"]].concat());
    assert!(off.contains("never"), "{off}");
    assert_eq!(of(&home)["next_at"], json!(null));
    home.done(&[&SET[..], &["summary", "default"]].concat());
    assert_eq!(of(&home), before);
}

#[test]
fn what_is_no_schedule_is_refused_with_a_way_out() {
    let home = Home::peopled();
    for (when, words) in [
        ("0 8 * * 1", "weekdays are written by name"),
        ("0 8 31 2 *", "there is no day 31 in the month 2"),
        ("every monday", "`0 8 * * Mon`"),
        ("", "five fields"),
    ] {
        let said = home.say(&[&SET[..], &["summary", when]].concat());
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(words), "{said:?}");
    }
    let unknown = home.say(&[&SET[..], &["backup", "off"]].concat());
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.err.contains("`calendar_check`"), "{unknown:?}");
}

#[test]
fn a_command_catches_up_and_the_summary_can_be_read_and_explained() {
    let home = Home::at_work();
    let judith = "judith@alliance.example";
    // As if nobody had been at work for months.
    home.tamper("UPDATE schedule SET next_at = '2026-01-05T08:00:00.000000Z'");
    home.tamper("UPDATE task SET due = '2026-01-05'");
    home.done(&["tasks"]);
    // Written half an hour later, or at half past eight: not waited for here.
    home.tamper("UPDATE outbox SET next_at = '2026-01-05T08:00:00.000000Z', held = 'gathering'");
    home.done(&["tasks"]);
    let why = home.done(&["mails", "why", judith]);
    assert!(
        why.contains("how the projects stand") && why.contains("Sent as"),
        "{why}"
    );
    let list = home.json(&["mails", "list", "--for", judith]);
    let rows = list.as_array().unwrap().iter();
    let summaries: Vec<_> = rows.filter(|row| row["kind"] == "summary").collect();
    assert_eq!(summaries.len(), 1, "{list}");
    let id = summaries[0]["id"].as_str().unwrap();
    let text = home.done(&["mails", "show", id]);
    for words in [
        "Dear Judith Marlow",
        "Overdue",
        "Monday 5 January 2026",
        "Helen Ashby",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let rows = home.json(&["alliance", "schedules"]);
    assert!(rows[0]["last_done_at"].is_string(), "{rows}");
}

#[test]
fn how_long_texts_are_kept_is_shown_and_set() {
    let home = Home::peopled();
    let usual = home.done(&["alliance", "retention"]);
    assert!(
        usual.contains("the school year in which it ends and 3 more") && usual.contains("1 August"),
        "{usual}"
    );
    let would = home.done(&["alliance", "retention", "for-good", "--dry-run"]);
    assert!(would.contains("This would be set"), "{would}");
    assert_eq!(home.done(&["alliance", "retention"]), usual);
    let said = home.done(&["alliance", "retention", "for-good"]);
    assert!(said.contains("kept for good"), "{said}");
    let shown = home.json(&["alliance", "retention"]);
    assert_eq!(shown["school_years"], json!(null));
    home.done(&["alliance", "retention", "6"]);
    let shown = home.json(&["alliance", "retention"]);
    assert_eq!(
        (&shown["school_years"], &shown["to_go"]),
        (&json!(6), &json!([]))
    );
    for wrong in ["-1", "101", "three", "never", ""] {
        let said = home.say(&["alliance", "retention", "--", wrong]);
        assert!(
            said.code == 2 && said.err.contains("0 to 100, or for-good"),
            "{wrong}: {said:?}"
        );
    }
}
