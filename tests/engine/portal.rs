//! A portal that is no code of ours: Python with pika, written from `docs/messages.md` alone, with
//! the rights on the broker that the page names and no more.

use std::io::Write;
use std::process::{Command, Stdio};

use alongside::core::names::RunId;
use alongside::core::run::state::RunStatus;
use alongside::store::Store;
use serde_json::{Value, json};

use super::alliance::{NORTH, SOUTH, alliance, found, person, source, source_uri};
use super::checks;
use super::office::{engine_on, tell};
use super::process::Home;
use crate::support::broker::VirtualHost;
use crate::support::database::Postgres;
use crate::support::python::python;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/portal/portal.py");

/// What an operator tells those who write a portal.
fn agreed() -> Value {
    json!({
        "source": source_uri(NORTH), "alliance": NORTH, "other_alliance": SOUTH,
        "host_school": "100001",
        "people": {
            "coordinator": person("coordinator"), "headteacher": person("head@100001"),
            "cpd_lead": person("cpd@100001"), "project_lead": person("lead@100002"),
            "home_headteacher": person("head@100002"), "home_cpd_lead": person("cpd@100002"),
            "home_office": person("office@100002"),
        },
    })
}

/// Runs a program to its end with something on its standard input; gives what it printed.
fn told(command: &mut Command, input: &str) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let [printed, said] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    assert!(output.status.success(), "{printed}{said}");
    printed
}

#[test]
fn a_foreign_portal_takes_a_project_from_need_to_close() {
    let database = Postgres::create();
    let mut host = VirtualHost::create();
    let (user, address) = host.add_portal("portal");
    let home = Home::new(&database.url(), &host.url(), &[source(NORTH, &user)]);
    tell(async {
        let store = Store::open(&database.url()).await.unwrap();
        found(&store, NORTH).await;
        found(&store, SOUTH).await;
        let mut workers = [home.start(&["worker"]), home.start(&["worker"])];
        checks::wait_for("the exchanges are there", async || {
            host.has_exchange("alongside.events")
        })
        .await;

        let mut portal = python();
        portal.arg(SCRIPT).env("PORTAL_AMQP_URL", &address);
        let printed = told(&mut portal, &agreed().to_string());
        let last: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();

        for worker in &mut workers {
            assert!(worker.terminate().success(), "{}", worker.log());
        }
        let id: RunId = serde_json::from_value(last["run"].clone()).unwrap();
        let row = store
            .of(&alliance(NORTH))
            .find_run(id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (row.status, json!(row.version)),
            (RunStatus::Complete, last["versions"].clone())
        );
        assert!(
            store
                .of(&alliance(SOUTH))
                .run_ids()
                .await
                .unwrap()
                .is_empty()
        );
        checks::all_is_well(&engine_on(store), NORTH).await;
    });
    let verified = told(&mut home.command(&["audit", "verify"]), "");
    assert!(verified.starts_with("Good: 1 project"), "{verified}");
}
