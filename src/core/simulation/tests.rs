//! What must hold of every simulation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::core::calendar::test_calendars::{holidays, page};
use crate::core::definition::dates::{RungMoment, Side};
use crate::core::mails::quiet::{Window, is_urgent, window};
use crate::core::run::effect::Letter;
use crate::core::run::reminded::ladder_rung;
use crate::core::run::story::workflow;
use crate::core::run::walks::{shipped, trials};

const ONE_STEP: &str = "
workflow: one-step
scope: project
version: 1
title: One step
roles:
  headteacher: {title: Headteacher, at: host_school}
  coordinator: {title: Coordinator, at: alliance}
steps:
  need: {title: Name a need, role: headteacher, due: 15 school days}
  thank: {title: Thank them, role: coordinator}
";

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// From the first day of a typical year to the last.
fn setting(people: Manners, seed: u64) -> Setting {
    Setting {
        from: date("2026-09-01"),
        until: date("2027-08-31"),
        seed,
        people,
        roles: BTreeMap::new(),
        late: Spread { least: 1, most: 8 },
        dates: BTreeMap::new(),
        almanac: Almanac::new([], None),
        quiet: QuietTimes::default(),
    }
}

fn all(manner: Manner, seed: u64) -> Setting {
    setting(Manners::All(manner), seed)
}

fn simulated(workflow: &Workflow, setting: &Setting) -> Simulated {
    simulate(workflow, setting).unwrap_or_else(|why| panic!("{}: {why}", workflow.name))
}

/// Whether a letter is a reminder of what is overdue.
fn is_late(workflow: &Workflow, letter: &Letter) -> bool {
    let Letter::Rung { step, rung, .. } = letter else {
        return matches!(letter, Letter::Copy { .. });
    };
    let found = ladder_rung(workflow, step, rung);
    found.is_some_and(|it| matches!(it.at, RungMoment::FromDue(_, Side::After)))
}

/// Whom, on which day, with what: `need heads_up`.
fn told(simulated: &Simulated) -> Vec<String> {
    let lines = simulated.mails.iter().map(|mail| {
        let who = simulated.cast.player(mail.to).unwrap();
        let what = mail.letters.iter().map(|letter| match letter {
            Letter::Rung { rung, .. } => rung.clone(),
            other => other.kind().to_owned(),
        });
        let what: Vec<String> = what.collect();
        format!("{} {} {}", mail.at.date(), who.role, what.join("+"))
    });
    lines.collect()
}

#[test]
fn the_same_seed_gives_the_same_and_another_something_else() {
    let workflow = &shipped()[0];
    let once = |seed| {
        let done = simulated(workflow, &setting(Manners::Mixed, seed));
        (done.steps, done.mails, done.end)
    };
    assert_eq!(once(3), once(3));
    assert_ne!(once(3), once(4));
}

#[test]
fn whoever_is_on_time_is_never_late_and_hears_nothing_after_the_due_day() {
    for workflow in shipped() {
        for seed in 0..3 {
            let done = simulated(&workflow, &all(Manner::OnTime, seed));
            assert!(done.steps.len() > 30, "{:?}", done.end);
            for line in &done.steps {
                assert_eq!(line.late, None, "{line:?}");
            }
            assert_eq!(done.calls, []);
            let mut letters = done.mails.iter().flat_map(|mail| &mail.letters);
            assert!(!letters.any(|letter| is_late(&workflow, letter)), "{seed}");
        }
    }
}

#[test]
fn whoever_is_silent_is_chased_as_the_ladder_says_and_then_left_in_peace() {
    let workflow = workflow(ONE_STEP, &[]);
    let done = simulated(&workflow, &all(Manner::Silent, 1));
    // Started on 1 September, so due on the 22nd; then 3, 8 and 13 school days after that.
    assert_eq!(
        told(&done),
        [
            "2026-09-01 headteacher ready",
            "2026-09-15 headteacher heads_up",
            "2026-09-22 headteacher due",
            "2026-09-25 headteacher late_1",
            "2026-10-02 cpd_lead copy",
            "2026-10-02 headteacher late_2",
            "2026-10-09 coordinator notice",
        ]
    );
    let [call] = done.calls.as_slice() else {
        panic!("{:?}", done.calls)
    };
    assert_eq!(call.at.date(), date("2026-10-09"));
    assert_eq!(
        done.cast.player(call.people[0]).unwrap().role,
        "headteacher"
    );
    assert_eq!(done.end, End::HeldUp);
    assert_eq!(done.open[0].step.to_string(), "need");
    let lines: Vec<_> = done.steps.iter().map(|line| line.ended).collect();
    assert_eq!(lines, [Ended::Open, Ended::NotReached]);
}

#[test]
fn whoever_is_late_is_so_by_the_given_spread() {
    let workflow = workflow(ONE_STEP, &[]);
    let mut seen = BTreeSet::new();
    for seed in 0..40 {
        let late = Spread { least: 4, most: 6 };
        let done = simulated(
            &workflow,
            &Setting {
                late,
                ..all(Manner::Late, seed)
            },
        );
        seen.insert(done.steps[0].late);
        assert!(matches!(done.end, End::Complete { .. }), "{:?}", done.end);
        let letters = told(&done);
        assert!(
            letters.iter().any(|it| it.ends_with("late_1")),
            "{letters:?}"
        );
        assert!(
            !letters.iter().any(|it| it.ends_with("late_2")),
            "{letters:?}"
        );
    }
    assert_eq!(seen, BTreeSet::from([Some(4), Some(5), Some(6)]));
}

#[test]
fn one_role_can_behave_otherwise_than_all() {
    let workflow = &shipped()[0];
    let setting = Setting {
        roles: BTreeMap::from([("headteacher".to_owned(), Manner::Silent)]),
        ..all(Manner::OnTime, 1)
    };
    let done = simulated(workflow, &setting);
    assert_eq!(done.end, End::HeldUp);
    assert_eq!(done.open[0].step.to_string(), "approve_need");
    assert_eq!(done.calls.len(), 1);
}

#[test]
fn what_nobody_can_make_up_is_refused_with_the_reason_and_holds_the_run_up() {
    let form = json!({
        "type": "object", "title": "Form", "additionalProperties": false, "required": ["code"],
        "properties": {"code": {"type": "string", "title": "Code", "pattern": "^[A-Z]{3}$"}},
    });
    let asked = ONE_STEP.replace(
        "role: headteacher, due",
        "role: headteacher, form: code, due",
    );
    let done = simulated(
        &workflow(&asked, &[("code", form)]),
        &all(Manner::OnTime, 1),
    );
    assert_eq!(done.end, End::HeldUp);
    let Stands::Refused(why) = &done.open[0].stands else {
        panic!("{:?}", done.open)
    };
    assert!(why.contains("code"), "{why}");
}

/// Days without any mail to a school: half-terms, holidays and the last two days before them.
fn quiet_days() -> Vec<(Date, Date)> {
    let spans = [
        ("2026-10-22", "2026-10-30"),
        ("2026-12-17", "2027-01-03"),
        ("2027-02-11", "2027-02-19"),
        ("2027-03-24", "2027-04-11"),
        ("2027-05-27", "2027-06-04"),
        ("2027-07-20", "2027-08-31"),
    ];
    spans
        .iter()
        .map(|(from, to)| (date(from), date(to)))
        .collect()
}

#[test]
fn nobody_ever_gets_two_mails_a_day_or_any_outside_the_hours_and_days_for_mail() {
    let mut mails = 0;
    let ways = [
        Manners::Mixed,
        Manners::All(Manner::Late),
        Manners::All(Manner::Silent),
    ];
    let workflows: Vec<Arc<Workflow>> = shipped().into_iter().chain(trials()).collect();
    for workflow in &workflows {
        let seeds = if workflow.name == "leadership-through-partnership" {
            4
        } else {
            1
        };
        for (seed, people) in (0..seeds).flat_map(|seed| ways.map(|people| (seed, people))) {
            let setting = setting(people, seed);
            let done = simulated(workflow, &setting);
            let mut days = BTreeSet::new();
            for mail in &done.mails {
                let day = mail.at.date();
                let said = format!("{}, seed {seed}: {mail:?}", workflow.name);
                let directory = &done.cast.directory;
                let calendar = done.calendars.of_person(directory, mail.to, day);
                // Only a change of a visit that is near may leave at any time.
                let urgent = |letter: &Letter| is_urgent(letter, calendar, day);
                if mail.letters.iter().all(urgent) {
                    continue;
                }
                assert!(days.insert((mail.to, day)), "{said}");
                let open = window(&setting.quiet, calendar, mail.at, false);
                assert_eq!(open, Window::Open, "{said}");
                let quiet = |(from, to): &(Date, Date)| *from <= day && day <= *to;
                assert!(!quiet_days().iter().any(quiet), "{said}");
            }
            mails += done.mails.len();
        }
    }
    assert!(mails > 500, "{mails}");
}

#[test]
fn a_mixed_set_of_people_brings_the_shipped_workflow_to_its_end_in_two_years() {
    let workflow = &shipped()[0];
    let mut manners = BTreeSet::new();
    for seed in 0..4 {
        let setting = Setting {
            until: date("2028-07-21"),
            // The list that ships ends before the last question is asked.
            almanac: Almanac::new([], Some(holidays(2020, 2029, &[]))),
            ..setting(Manners::Mixed, seed)
        };
        let done = simulated(workflow, &setting);
        assert!(
            matches!(done.end, End::Complete { .. }),
            "{seed}: {:?}",
            done.open
        );
        let lines = done
            .steps
            .iter()
            .filter(|line| line.ended != Ended::NotRequired);
        let players = lines.filter_map(|line| done.cast.player(line.who?));
        manners.extend(players.map(|player| player.manner.say()));
    }
    assert_eq!(manners, BTreeSet::from(["late", "on time", "silent"]));
}

#[test]
fn what_opens_after_the_last_known_day_is_no_standstill() {
    let later = "  ask: {title: Ask again, role: coordinator, opens: 300 school days after need}\n";
    let workflow = workflow(&format!("{ONE_STEP}{later}"), &[]);
    let done = simulated(&workflow, &all(Manner::OnTime, 1));
    assert_eq!(done.end, End::GoesOn);
    assert_eq!(done.open[0].stands, Stands::OpensUnknown);
}

#[test]
fn a_year_is_chosen_that_the_calendar_knows() {
    let typical = Almanac::new([], None);
    assert_eq!(usual_start(&typical), Some(date("2026-09-01")));
    let one_year = page(
        crate::core::calendar::page::Owner::Alliance,
        "term 2025-09-03 2025-12-19\nterm 2026-01-05 2026-07-17",
    );
    let almanac = Almanac::new([one_year], None);
    assert_eq!(usual_start(&almanac), Some(date("2025-09-03")));
}
