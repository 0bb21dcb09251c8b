//! Lists: soonest due first, and who is waited for on that day.

use std::collections::BTreeMap;

use alongside::core::directory::Post;
use alongside::core::names::PersonId;
use alongside::core::run::state::RunStatus;
use alongside::store::{
    Changes, DirectoryChanges, PersonOn, RunFilter, RunKind, RunRow, Scoped, Store, TaskFilter,
    TaskRow,
};

use super::on_both;
use super::sample::*;

on_both!(
    tasks_come_soonest_due_first,
    a_task_waits_for_whom_it_was_given_to,
    a_task_waits_for_whoever_holds_the_post_that_day,
    a_task_waits_for_those_in_the_role_of_the_run,
    a_task_that_is_not_ready_waits_for_nobody,
    runs_are_found_by_what_is_asked,
    a_run_that_names_a_person_is_found,
);

async fn filled(store: &Store, tasks: Vec<TaskRow>) {
    add_alliance(store, &northshire()).await;
    let substitute = Post {
        from: Some(day("2027-03-08")),
        until: Some(day("2027-03-12")),
        ..post(2, "cpd_lead", Some(1))
    };
    let directory = DirectoryChanges {
        schools: vec![school(1), school(2)],
        people: vec![person(1, None), person(2, None)],
        posts: vec![post(1, "cpd_lead", Some(1)), substitute],
        ..DirectoryChanges::default()
    };
    store
        .of(&northshire())
        .apply_directory(directory)
        .await
        .unwrap();
    let mut by_run: BTreeMap<_, Vec<TaskRow>> = BTreeMap::new();
    for task in tasks {
        by_run.entry(task.run).or_default().push(task);
    }
    let elsewhere = RunRow {
        host_school: Some(urn(2)),
        status: RunStatus::Complete,
        ..run(2, 1)
    };
    let changes = Changes {
        runs: vec![run(1, 1), elsewhere, run(3, 1)],
        tasks: by_run,
        ..Changes::default()
    };
    write(store, changes).await;
}

async fn waiting_on(scoped: &Scoped, person: PersonId, on: &str) -> Vec<String> {
    let waiting_on = Some(PersonOn {
        person,
        day: day(on),
    });
    let filter = TaskFilter {
        waiting_on,
        ..TaskFilter::default()
    };
    let tasks = scoped.tasks(&filter).await.unwrap();
    let filter = RunFilter {
        waiting_on,
        ..RunFilter::default()
    };
    let runs = scoped.runs(&filter).await.unwrap();
    assert_eq!(
        runs.is_empty(),
        tasks.is_empty(),
        "the list of runs says the same"
    );
    tasks
        .iter()
        .map(|row| row.task.address.to_string())
        .collect()
}

async fn tasks_come_soonest_due_first(store: Store) {
    let tasks = vec![
        task(1, "no_date", None),
        task(1, "later", Some("2027-03-09")),
        task(3, "soon", Some("2027-03-03")),
    ];
    filled(&store, tasks).await;
    let scoped = store.of(&northshire());
    let all = scoped.tasks(&TaskFilter::default()).await.unwrap();
    let order: Vec<_> = all.iter().map(|row| row.task.address.to_string()).collect();
    assert_eq!(order, ["soon", "later", "no_date"]);
    assert_eq!(all[0].reference, "DLP-2027-003");
    let soon = TaskFilter {
        due_by: Some(day("2027-03-03")),
        ..TaskFilter::default()
    };
    assert_eq!(scoped.tasks(&soon).await.unwrap(), all[..1]);
    let of_run = TaskFilter {
        run: Some(run_id(1)),
        limit: Some(1),
        ..TaskFilter::default()
    };
    assert_eq!(scoped.tasks(&of_run).await.unwrap(), all[1..2]);
}

async fn a_task_waits_for_whom_it_was_given_to(store: Store) {
    let given = TaskRow {
        assigned: Some(person_id(2)),
        ..task(1, "need", None)
    };
    filled(&store, vec![given]).await;
    let scoped = store.of(&northshire());
    assert_eq!(
        waiting_on(&scoped, person_id(2), "2027-03-02").await,
        ["need"]
    );
    assert!(
        waiting_on(&scoped, person_id(1), "2027-03-02")
            .await
            .is_empty()
    );
}

async fn a_task_waits_for_whoever_holds_the_post_that_day(store: Store) {
    filled(&store, vec![task(1, "need", None)]).await;
    let scoped = store.of(&northshire());
    assert_eq!(
        waiting_on(&scoped, person_id(1), "2027-03-02").await,
        ["need"]
    );
    for (on, expected) in [
        ("2027-03-07", 0),
        ("2027-03-08", 1),
        ("2027-03-12", 1),
        ("2027-03-13", 0),
    ] {
        assert_eq!(
            waiting_on(&scoped, person_id(2), on).await.len(),
            expected,
            "{on}"
        );
    }
}

async fn a_task_waits_for_those_in_the_role_of_the_run(store: Store) {
    let of_run = TaskRow {
        post: None,
        people: format!("[\"{}\",\"{}\"]", person_id(2), person_id(7)),
        ..task(1, "plan", None)
    };
    filled(&store, vec![of_run]).await;
    let scoped = store.of(&northshire());
    assert_eq!(
        waiting_on(&scoped, person_id(7), "2027-03-02").await,
        ["plan"]
    );
    assert!(
        waiting_on(&scoped, person_id(1), "2027-03-02")
            .await
            .is_empty()
    );
}

async fn a_task_that_is_not_ready_waits_for_nobody(store: Store) {
    let planned = TaskRow {
        ready_at: None,
        ..task(1, "need", Some("2027-03-09"))
    };
    filled(&store, vec![planned]).await;
    let scoped = store.of(&northshire());
    assert!(
        waiting_on(&scoped, person_id(1), "2027-03-02")
            .await
            .is_empty()
    );
    let runs = scoped.runs(&RunFilter::default()).await.unwrap();
    assert_eq!(runs[0].next_due, None);
}

async fn runs_are_found_by_what_is_asked(store: Store) {
    let tasks = vec![
        task(1, "need", Some("2027-03-09")),
        task(1, "approve", Some("2027-03-04")),
        TaskRow {
            role: "headteacher".to_owned(),
            ..task(3, "approve", None)
        },
    ];
    filled(&store, tasks).await;
    let scoped = store.of(&northshire());
    let found = async |narrow: fn(&mut RunFilter)| -> Vec<String> {
        let mut filter = RunFilter::default();
        narrow(&mut filter);
        let runs = scoped.runs(&filter).await.unwrap().into_iter();
        runs.map(|run| run.reference.trim_start_matches("DLP-2027-").to_owned())
            .collect()
    };
    assert_eq!(found(|_| ()).await, ["001", "002", "003"]);
    assert_eq!(
        found(|by| by.status = Some(RunStatus::Complete)).await,
        ["002"]
    );
    assert_eq!(found(|by| by.host_school = Some(urn(2))).await, ["002"]);
    assert_eq!(found(|by| by.kind = Some(RunKind::Cycle)).await, [""; 0]);
    assert_eq!(
        found(|by| by.due_before = Some(day("2027-03-04"))).await,
        [""; 0]
    );
    assert_eq!(
        found(|by| by.due_before = Some(day("2027-03-05"))).await,
        ["001"]
    );
    assert_eq!(
        found(|by| by.waiting_on_role = Some("headteacher".to_owned())).await,
        ["003"]
    );
    assert_eq!(
        found(|by| by.after = Some("DLP-2027-001".to_owned())).await,
        ["002", "003"]
    );
    assert_eq!(found(|by| by.limit = Some(1)).await, ["001"]);
    let all = scoped.runs(&RunFilter::default()).await.unwrap();
    assert_eq!(all[0].next_due, Some(day("2027-03-04")));
    assert_eq!(all[2].next_due, None);
}

async fn a_run_that_names_a_person_is_found(store: Store) {
    let mut named = entry(1, 1);
    named.body = format!("{{\"actor\":\"{}\"}}", person_id(1));
    let changes = Changes {
        entries: vec![named, entry(2, 1)],
        ..Changes::default()
    };
    write(&store, changes).await;
    let scoped = store.of(&northshire());
    assert_eq!(scoped.runs_naming(person_id(1)).await.unwrap(), [run_id(1)]);
    assert_eq!(scoped.runs_naming(person_id(2)).await.unwrap(), []);
}
