//! People and their posts: who is the same, what changes, and what a row may not say.

use alongside::core::directory::Post;
use alongside::core::names::PersonId;
use alongside::core::time::Date;
use alongside::import::{PeoplePlan, PresentPeople, Proposal, plan_people, read_people};
use uuid::Uuid;

use super::*;

const HEADER: &str = "name,email,school,role,job_title,phone,from,until,main,person_id,covers";
const JO: &str = "Jo Smith,jo@alder-vale.example,900001,cpd_lead";

fn plan(rows: &str, present: &PresentPeople) -> Proposal<PeoplePlan> {
    plan_people(
        read_people(format!("{HEADER}\n{rows}\n").as_bytes()),
        present,
        &SEED,
    )
}

fn problems(rows: &str, present: &PresentPeople) -> Vec<String> {
    let proposal = plan(rows, present);
    assert!(proposal.plan.is_none(), "{}", proposal.report);
    proposal
        .report
        .problems
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn alliance(rows: &str) -> PresentPeople {
    with_people(&format!("{HEADER}\n{rows}\n"))
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

fn lines(proposal: &Proposal<PeoplePlan>) -> Vec<String> {
    proposal
        .report
        .lines
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn the_people_of_the_demo_are_imported_and_a_second_time_nothing_changes() {
    let present = with_people(DEMO_PEOPLE);
    assert_eq!(present.people.len(), 34);
    for role in ["headteacher", "cpd_lead", "office", "finance", "teacher"] {
        for school in present.schools.keys() {
            let held = |post: &&Post| post.role == role && post.school.as_ref() == Some(school);
            assert_eq!(
                present.posts.iter().filter(held).count(),
                1,
                "{role} at {school}"
            );
        }
    }
    for role in ["coordinator", "qa_reader"] {
        let held = |post: &&Post| post.role == role && post.school.is_none();
        assert_eq!(present.posts.iter().filter(held).count(), 1, "{role}");
    }
    let again = plan_people(read_people(DEMO_PEOPLE.as_bytes()), &present, &[9; 32]);
    assert!(again.plan.unwrap().is_empty(), "{}", again.report);
    assert!(again.report.notes.is_empty(), "{}", again.report);
}

#[test]
fn ids_of_new_people_come_from_the_seed_and_the_address_and_may_be_chosen() {
    let id = |present: &PresentPeople| present.people[0].id;
    assert_eq!(id(&alliance(JO)), id(&alliance(JO)));
    let other = plan_people(
        read_people(format!("{HEADER}\n{JO}\n").as_bytes()),
        &empty_alliance(),
        &[8; 32],
    );
    assert_ne!(other.plan.unwrap().add[0].id, id(&alliance(JO)));
    let chosen = "0b3f8c1e-5d2a-7c44-9e10-3a6b7c8d9e0f";
    let present = alliance(&format!("{JO},,,,,,{chosen},"));
    assert_eq!(id(&present), PersonId(Uuid::parse_str(chosen).unwrap()));
}

#[test]
fn an_id_survives_a_change_of_address_and_nobody_gets_the_id_of_another() {
    let before = alliance(JO);
    let id = before.people[0].id;
    let row = format!("Jo Smith,jo.smith@alder-vale.example,900001,cpd_lead,,,,,,{id},");
    let proposal = plan(&row, &before);
    assert_eq!(
        lines(&proposal),
        ["~ person Jo Smith: email: jo@alder-vale.example → jo.smith@alder-vale.example"]
    );
    let mut after = before;
    apply_people(&proposal.plan.unwrap(), &mut after);
    // The old address comes back for somebody else, with the same seed.
    let plan = plan("Joan Smith,jo@alder-vale.example,900002,office", &after)
        .plan
        .unwrap();
    assert_ne!(plan.add[0].id, id);
}

#[test]
fn ids_and_addresses_that_do_not_fit_together_are_problems() {
    let mut present = alliance(&format!("{JO}\nSam Lee,sam@beckside.example,900002,office"));
    let id = |email: &str| present.people.iter().find(|p| p.email == email).unwrap().id;
    let (jo, sam) = (id("jo@alder-vale.example"), id("sam@beckside.example"));
    let stolen = problems(&format!("{JO},,,,,,{sam},"), &present);
    assert!(
        stolen[0].contains("Somebody else of the alliance has this address"),
        "{stolen:?}"
    );
    let twice = problems(
        &format!("{JO}\nJo Smith,jo.smith@alder-vale.example,900001,office,,,,,,{jo},"),
        &present,
    );
    assert!(
        twice[0].contains("the same person as in row 2, with another address"),
        "{twice:?}"
    );
    present.people.retain(|person| person.id != sam);
    present.erased.insert(sam);
    let erased = problems(
        &format!("Sam Lee,sam@beckside.example,900002,office,,,,,,{sam},"),
        &present,
    );
    assert!(erased[0].contains("was erased"), "{erased:?}");
}

#[test]
fn an_empty_cell_clears_nothing_and_nobody_is_taken_away_by_not_being_in_a_file() {
    let mut present = alliance(&format!(
        "{JO},Deputy head,01632 960001,2026-09-01,\nSam Lee,sam@beckside.example,900002,office"
    ));
    assert!(plan(JO, &present).plan.unwrap().is_empty());
    let changed = plan(&format!("{JO},Head of school,01632 960002"), &present);
    assert_eq!(
        lines(&changed),
        [
            "~ person Jo Smith: job title: Deputy head → Head of school; \
          phone: 01632 960001 → 01632 960002"
        ]
    );
    apply_people(&changed.plan.unwrap(), &mut present);
    assert_eq!(present.people.len(), 2);
}

#[test]
fn a_post_is_ended_by_its_last_day_and_taken_up_again_with_a_first() {
    let mut present = alliance(&format!("{JO},,,2025-09-01,"));
    let ended = plan(&format!("{JO},,,,2026-08-31"), &present);
    assert_eq!(
        lines(&ended),
        [
            "~ post Jo Smith: cpd_lead at Alder Vale Primary School (900001), from Monday 1 September \
          2025 until Monday 31 August 2026 (was from Monday 1 September 2025)"
        ]
    );
    apply_people(&ended.plan.unwrap(), &mut present);
    assert!(
        plan(&format!("{JO},,,,2026-08-31"), &present)
            .plan
            .unwrap()
            .is_empty()
    );
    let listed = plan(JO, &present);
    assert!(listed.plan.unwrap().is_empty());
    assert!(
        listed.report.notes[0]
            .text
            .contains("ends on Monday 31 August 2026")
    );
    let again = plan(&format!("{JO},,,2027-09-01,"), &present).plan.unwrap();
    assert_eq!((again.posts_add.len(), again.posts_redate.len()), (1, 0));
    assert_eq!(again.posts_add[0].from, date("2027-09-01"));
}

#[test]
fn one_post_for_two_times_is_two_rows_that_do_not_overlap() {
    let year = |from: &str, until: &str| format!("{JO},,,{from},{until}");
    let both = |first: String, second: String| format!("{first}\n{second}");
    let present = alliance(&both(
        year("2024-09-01", "2025-08-31"),
        year("2026-09-01", "2027-08-31"),
    ));
    assert_eq!(present.posts.len(), 2);
    let over = both(
        year("2024-09-01", "2026-09-01"),
        year("2026-09-01", "2027-08-31"),
    );
    assert!(problems(&over, &empty_alliance())[0].contains("for a time that overlaps"));
    let unclear = problems(&year("", "2028-08-31"), &present);
    assert!(unclear[0].contains("several times already"), "{unclear:?}");
    let doubled = plan(&both(JO.to_owned(), JO.to_uppercase()), &empty_alliance());
    assert_eq!(doubled.plan.unwrap().posts_add.len(), 1);
    assert!(
        doubled
            .report
            .notes
            .iter()
            .any(|note| note.text == "row 2 says the same")
    );
}

#[test]
fn the_main_school_is_the_one_marked_or_the_only_one() {
    let both = format!("{JO}\nJo Smith,jo@alder-vale.example,900002,cpd_lead");
    assert!(problems(&both, &empty_alliance())[0].contains("none is the main one"));
    let marked = format!("{JO}\nJo Smith,jo@alder-vale.example,900002,cpd_lead,,,,,yes");
    assert_eq!(alliance(&marked).people[0].main_school, Some(urn("900002")));
    assert!(
        plan(&both, &alliance(&marked)).plan.unwrap().is_empty(),
        "it is known by now"
    );
    let twice = format!("{JO},,,,,yes\nJo Smith,jo@alder-vale.example,900002,cpd_lead,,,,,yes");
    assert!(problems(&twice, &empty_alliance())[0].contains("several main schools"));
    assert_eq!(alliance(JO).people[0].main_school, Some(urn("900001")));
    let moved = plan(
        "Jo Smith,jo@alder-vale.example,900002,cpd_lead,,,,,yes",
        &alliance(JO),
    );
    assert!(
        lines(&moved)[0].contains("main school: Alder Vale Primary School (900001) → Beckside")
    );
}

#[test]
fn a_cover_acts_in_a_post_that_the_other_holds_then_and_there() {
    let sam = "Sam Lee,sam@alder-vale.example,900001";
    let cover = |role: &str, whom: &str| {
        format!("{JO}\n{sam},{role},,,2027-01-04,2027-03-26,,,{whom}@alder-vale.example")
    };
    let present = alliance(&cover("cpd_lead", "JO"));
    let post = present
        .posts
        .iter()
        .find(|post| post.covers.is_some())
        .unwrap();
    let jo = present
        .people
        .iter()
        .find(|person| person.name == "Jo Smith")
        .unwrap();
    assert_eq!(post.covers, Some(jo.id));
    assert!(
        plan(&cover("cpd_lead", "jo"), &present)
            .plan
            .unwrap()
            .is_empty()
    );
    let other = problems(&cover("headteacher", "jo"), &empty_alliance());
    assert!(
        other[0].contains("is not headteacher there at that time"),
        "{other:?}"
    );
    let nobody = problems(&cover("cpd_lead", "kim"), &empty_alliance());
    assert!(nobody[0].contains("Nobody of this address"), "{nobody:?}");
    // One hop: who only covers cannot be covered.
    let chain = "Kim Ray,kim@alder-vale.example,900001,cpd_lead,,,2027-01-04,2027-03-26,,,\
        sam@alder-vale.example";
    assert!(problems(chain, &present)[0].contains("is not cpd_lead there"));
}

#[test]
fn a_role_that_looks_like_a_slip_of_the_pen_is_noted() {
    let proposal = plan(
        "Jo,jo@alder-vale.example,900001,CPD leed",
        &empty_alliance(),
    );
    assert_eq!(
        proposal.report.notes[0].to_string(),
        "row 2: the role cpd_leed is new here; was cpd_lead meant?"
    );
    assert!(proposal.plan.is_some());
}

#[test]
fn a_report_of_problems_tells_them_all_and_changes_nothing() {
    let rows = "Jo Smith,jo@alder-vale.example,900001,cpd_lead\n\
        Sam,sam,900001,office\nKim,kim@alder-vale.example,999999,office,,,03/04/27";
    let report = plan(rows, &empty_alliance()).report;
    assert_eq!(
        report.to_string(),
        "3 rows read (UTF-8). 2 problems. Nothing was imported.\nProblems\n  \
         row 3, column email: \"sam\". An address has one @, a name before it and a domain after \
         it. Check it with its owner.\n  \
         row 4, column from: \"03/04/27\". The year has two digits, so the date could be read in \
         several ways. Write it as year-month-day, like 2027-04-03. In a spreadsheet, give the \
         column the number format yyyy-mm-dd before you save.\n"
    );
}

#[test]
fn nothing_personal_is_in_what_a_log_would_hold() {
    let proposal = plan(JO, &empty_alliance());
    let logged = format!("{:?} {:?}", proposal.plan, proposal.report);
    assert!(!logged.to_lowercase().contains("smith"), "{logged}");
}
