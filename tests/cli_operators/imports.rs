//! Imports: all or nothing, and the same file twice changes nothing.

use super::{Home, PEOPLE, SCHOOLS};

#[test]
fn the_same_file_twice_changes_nothing() {
    let home = Home::peopled();
    for import in [
        vec!["import", "schools", "schools.csv", "--all"],
        vec!["import", "people", "people.csv"],
    ] {
        let again = home.done(&import);
        assert!(again.contains("no change"), "{again}");
    }
    assert_eq!(home.json(&["person", "list"]).as_array().unwrap().len(), 3);
}

#[test]
fn what_no_decision_needs_is_kept_and_compared_too() {
    let home = Home::peopled();
    home.file("schools.csv", &SCHOOLS.replace(",210,", ",215,"));
    let said = home.done(&["import", "schools", "schools.csv", "--urn", "900001"]);
    assert!(said.contains("pupils: 210 → 215"), "{said}");
    home.file("people.csv", &PEOPLE.replace("960901", "960999"));
    let said = home.done(&["import", "people", "people.csv"]);
    assert!(said.contains("01632 960901 → 01632 960999"), "{said}");
    let shown = home.json(&["person", "show", "sunita@alder-vale.example"]);
    assert_eq!(shown["phone"], "01632 960999");
    assert_eq!(shown["job_title"], "Deputy headteacher");
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let home = Home::empty();
    home.done(&["alliance", "add", "northshire", "Northshire"]);
    home.file("schools.csv", SCHOOLS);
    let import = [
        "import",
        "schools",
        "schools.csv",
        "--trust",
        "Rowan Learning Trust",
    ];
    let said = home.done(&[&import[..], &["--dry-run"]].concat());
    assert!(
        said.contains("Not imported yet") && said.contains("+ school 900001"),
        "{said}"
    );
    let said = home.done(&import);
    assert!(said.contains("schools: 1 new"), "{said}");
    home.file("people.csv", PEOPLE);
    home.done(&["import", "people", "people.csv", "--dry-run"]);
    assert_eq!(home.json(&["person", "list"]).as_array().unwrap().len(), 0);
}

#[test]
fn a_file_with_problems_imports_nothing_and_names_each_by_row_and_column() {
    let home = Home::peopled();
    let bad = "name,email,school,role\n\
               Ben Thackray,ben@alder-vale.example,900001,teacher\n\
               Ada,no address,900001,teacher\n\
               Eve Ash,eve@alder-vale.example,900099,teacher\n";
    home.file("bad.csv", bad);
    let said = home.say(&["import", "people", "bad.csv"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("Nothing was imported"), "{said:?}");
    assert!(
        said.out.contains("row 3") && said.out.contains("email"),
        "{said:?}"
    );
    let said = home.say(&["import", "people", "bad.csv", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &report["state"]), (1, &"refused".into()));
    assert_eq!(home.json(&["person", "list"]).as_array().unwrap().len(), 3);

    let said = home.say(&["import", "schools", "schools.csv"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("not said which schools"), "{said:?}");
    let said = home.say(&["import", "people", "no-such.csv"]);
    assert!(
        said.code == 1 && said.err.contains("no-such.csv cannot be read"),
        "{said:?}"
    );
}

#[test]
fn a_post_ends_by_its_last_day_in_a_later_file() {
    let home = Home::peopled();
    let file = "name,email,school,role,until\n\
                Sunita Patel,sunita@alder-vale.example,900001,cpd_lead,2030-08-31\n";
    home.file("ends.csv", file);
    home.done(&["import", "people", "ends.csv"]);
    let shown = home.json(&["person", "show", "sunita@alder-vale.example"]);
    assert_eq!(shown["posts"].as_array().unwrap().len(), 1);
    assert_eq!(shown["posts"][0]["until"], "2030-08-31");
}
