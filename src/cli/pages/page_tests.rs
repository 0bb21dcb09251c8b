//! Pages as they are read: each against the whole text that is expected.

use std::collections::BTreeMap;

use super::layout::WIDTH;
use super::scene::{everybody, on_the_way, view};
use super::{history, list, project, record, step, tasks};
use crate::core::calendar::{Calendars, test_calendars::weekdays};
use crate::core::run::command::Command;
use crate::core::run::decide::why;
use crate::core::run::facts::Facts;
use crate::core::run::projection::{self, Asks};
use crate::core::run::story::{Story, at, day, person};
use crate::engine::Library;
use crate::store::{RunKind, RunSummary, TaskOfRun, TaskRow};

fn facts(story: &mut Story) -> Facts {
    let envelope = story.envelope("coordinator", None, Command::ProjectResume {});
    Facts {
        calendars: weekdays(),
        ..story.facts(&envelope)
    }
}

fn page(story: &Story) -> String {
    let everybody = everybody(story);
    let page = project::project(&view(story, &everybody), &story.entries, false);
    for line in page.lines() {
        assert!(line.chars().count() <= WIDTH, "too long: {line}");
        assert!(!line.contains("person:"), "an id instead of a name: {line}");
        assert_eq!(line.trim_end(), line);
    }
    page
}

#[test]
fn the_page_of_a_project_says_where_it_stands_and_how_it_came_there() {
    let mut story = on_the_way();
    story.on("2027-01-29");
    assert_eq!(page(&story).trim_end(), PROJECT.trim());
}

const PROJECT: &str = include_str!("expected/project.txt");

#[test]
fn a_held_project_says_why_and_that_its_clocks_stand_still() {
    let mut story = on_the_way();
    let until = day("2027-03-01");
    let reason = "The school is closed.".to_owned();
    story
        .when("coordinator", Command::ProjectPostpone { until, reason })
        .unwrap();
    let page = page(&story);
    let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "Postponed to Monday 1 March 2027 since Wednesday 13 January 2027, 9am, in the stage \
                “Visits”: The school is closed. All clocks stand still.";
    assert!(flat.contains(said), "{page}");
    assert!(
        flat.contains("10 school days left, the clock stands still"),
        "{page}"
    );
}

#[test]
fn an_erased_text_is_said_to_be_erased_and_nothing_else_is_lost() {
    let mut story = on_the_way();
    story.payloads.clear();
    let page = page(&story);
    assert!(page.contains("with “change”: (erased)"), "{page}");
}

#[test]
fn history_says_each_event_that_matters_in_one_sentence() {
    let mut story = on_the_way();
    let before = story.entries.len();
    let plan = serde_json::json!({"date": "2027-02-02"});
    story
        .complete("teacher@100002", "visits[1].plan", plan)
        .unwrap();
    story.on("2027-01-14");
    let (step, reason) = (at("visits[1].record"), "They met early.".to_owned());
    story
        .when("coordinator", Command::StepOpen { step, reason })
        .unwrap();
    story
        .choose("teacher@100002", "visits[1].record", "another")
        .unwrap();
    let (pass, reason) = (at("visits[2]"), "Illness".to_owned());
    story
        .when("coordinator", Command::PassEnd { pass, reason })
        .unwrap();
    let (until, reason) = (day("2027-03-01"), "Closed".to_owned());
    story
        .when("coordinator", Command::ProjectPostpone { until, reason })
        .unwrap();
    story
        .when("coordinator", Command::ProjectResume {})
        .unwrap();
    story
        .when(
            "coordinator",
            Command::ProjectNote {
                text: "All is well.".to_owned(),
            },
        )
        .unwrap();
    story
        .when(
            "coordinator",
            Command::ProjectStop {
                reason: "Enough".to_owned(),
            },
        )
        .unwrap();
    let everybody = everybody(&story);
    let text = history::history(&view(&story, &everybody), &story.entries[before..]);
    assert_eq!(text.trim_end(), HISTORY.trim());
}

const HISTORY: &str = include_str!("expected/history.txt");

#[test]
fn why_says_what_a_step_waits_for_who_can_act_and_what_comes_next() {
    let mut story = on_the_way();
    let facts = facts(&mut story);
    let everybody = everybody(&story);
    let view = view(&story, &everybody);
    let said: Vec<String> = [
        "visits.plan",
        "visits.record",
        "assurance",
        "governors",
        "need",
    ]
    .iter()
    .map(|step| {
        let why = why(&story.workflow, &story.run, &facts, &at(step)).unwrap();
        step::why(&view, &why)
    })
    .collect();
    assert_eq!(said.join("\n").trim_end(), WHY.trim());
}

const WHY: &str = include_str!("expected/why.txt");

/// The rows that the store would give for one story.
fn rows(story: &Story) -> (RunSummary, Vec<TaskOfRun>) {
    let run = &story.run;
    let tasks = projection::tasks(&story.workflow, run)
        .into_iter()
        .map(|task| TaskOfRun {
            reference: run.reference.clone(),
            run_title: run.title.clone(),
            host_school: run.host_school.clone(),
            run_status: run.status,
            task: TaskRow {
                asks: task.asks,
                run: run.id,
                address: task.step,
                attempt: task.attempt,
                title: task.title,
                stage: task.stage,
                role: task.role.unwrap_or_default(),
                post: task.post,
                school: task.school,
                assigned: task.person,
                people: "[]".to_owned(),
                status: task.status,
                due: task.due,
                ready_at: task.ready_at,
            },
        });
    let mut tasks: Vec<TaskOfRun> = tasks.collect();
    tasks.sort_by_key(|task| (task.task.due.is_none(), task.task.due));
    let summary = RunSummary {
        id: run.id,
        kind: RunKind::Project,
        reference: run.reference.clone(),
        workflow: story.workflow.name.clone(),
        workflow_version: 1,
        title: run.title.clone(),
        host_school: run.host_school.clone(),
        status: run.status,
        stage: story.stage(),
        started_at: story.now,
        changed_at: story.now,
        version: run.version,
        next_due: tasks.iter().filter_map(|task| task.task.due).min(),
    };
    (summary, tasks)
}

#[test]
fn lists_say_overdue_in_words_and_who_has_what() {
    let story = on_the_way();
    let (mut summary, rows) = rows(&story);
    summary.title = "A long title that goes on and on and on ".repeat(3);
    let everybody = everybody(&story);
    let library = Library::default();
    let today = day("2027-01-29");
    let runs = [summary];
    let list = list::List {
        runs: &runs,
        tasks: &rows,
        everybody: &everybody,
        library: &library,
        today,
    };
    let text = list.text();
    let workflows = BTreeMap::from([(story.run.id, "small-project".to_owned())]);
    let tasks = tasks::Tasks {
        rows: &rows,
        workflows: &workflows,
        everybody: &everybody,
        library: &library,
        today,
        ring: &BTreeMap::new(),
        held_up: &BTreeMap::new(),
        undelivered: Vec::new(),
    };
    let tasks = tasks.text();
    for line in text.lines().chain(tasks.lines()) {
        assert!(line.chars().count() <= WIDTH, "too long: {line}");
    }
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat(&text).contains("Cy Dean") && flat(&text).contains("2 days overdue"),
        "{text}"
    );
    assert!(text.contains("1 project, 1 overdue."), "{text}");
    assert!(
        flat(&tasks).contains("2 days overdue") && tasks.contains("[assurance]"),
        "{tasks}"
    );
    assert!(tasks.contains("2 tasks, 1 overdue."), "{tasks}");
    assert!(!tasks.contains("typical English school year"), "{tasks}");
    let mut nothing_set = everybody.clone();
    nothing_set.calendars = Calendars::default();
    let runs = list::List {
        everybody: &nothing_set,
        ..list
    };
    assert!(runs.text().contains("typical English school year"));
    assert_eq!(list.json()[0]["overdue"], true);
}

#[test]
fn a_call_names_whom_to_ring_and_their_number() {
    let story = on_the_way();
    let mut everybody = everybody(&story);
    let mut call = rows(&story).1.remove(0);
    call.task.asks = Asks::Ring;
    call.task.title = format!("Ring about: {}", call.task.title);
    let (cy, ada) = (person("cy"), *everybody.people.keys().next().unwrap());
    everybody.phones.insert(ada, "01632 960123".to_owned());
    let key = (call.task.run, call.task.address.clone());
    let (rows, ring) = ([call], BTreeMap::from([(key, vec![ada, cy])]));
    let tasks = tasks::Tasks {
        rows: &rows,
        workflows: &BTreeMap::new(),
        everybody: &everybody,
        library: &Library::default(),
        today: day("2027-01-29"),
        ring: &ring,
        held_up: &BTreeMap::new(),
        undelivered: vec!["The mail of Monday to Cy did not arrive.".to_owned()],
    };
    let title = tasks.json()[0]["title"].as_str().unwrap().to_owned();
    assert!(title.contains("(01632 960123) and"), "{title}");
    assert!(
        title.contains("(no phone number is known) about: "),
        "{title}"
    );
    assert_eq!(tasks.json()[0]["asks"], "ring");
    assert!(tasks.text().contains("did not arrive"));
    let mut resume = rows[0].clone();
    resume.task.asks = Asks::Resume;
    resume.task.address = at("resume");
    resume.task.title = "Resume the project, or postpone it again".to_owned();
    let rows = [resume];
    let text = tasks::Tasks {
        rows: &rows,
        ..tasks
    }
    .text();
    assert!(
        text.contains("Resume the") && !text.contains("[resume]"),
        "{text}"
    );
}

#[test]
fn the_record_holds_every_step_with_who_has_it() {
    let story = on_the_way();
    let everybody = everybody(&story);
    let record = record::record(&view(&story, &everybody), &story.entries);
    let steps = record["steps"].as_array().unwrap();
    let plan = steps
        .iter()
        .find(|step| step["step"] == "visits[1].plan")
        .unwrap();
    assert_eq!(plan["people"][0]["name"], "Cy Dean");
    assert_eq!(plan["due"], "2027-01-27");
    let need = steps.iter().find(|step| step["step"] == "need").unwrap();
    assert_eq!(
        need["done"]["answers"]["question"],
        "How do pupils use feedback?"
    );
    assert_eq!(need["earlier"][0]["attempt"], 1);
    assert_eq!(
        record["history"].as_array().unwrap().len(),
        story.entries.len()
    );
}
