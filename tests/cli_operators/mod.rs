//! The commands for operators, run as a person runs them: the program, a home folder, what it
//! prints, and its exit code.

mod audit;
mod backup;
mod calendars;
mod cover;
mod demo;
mod doctor;
mod feed;
mod help;
mod imports;
mod inbox;
mod people;
mod quiet;
mod relay;
mod schedules;
mod texts;
mod wrong_use;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use alongside::store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::calendar::set_weekdays;

const PORTAL: &str = "https://portal.example";
const RUN: &str = "00000000-0000-8000-8000-000000000001";

/// Two schools in the layout of the register.
const SCHOOLS: &str = "\
URN,LA (name),EstablishmentName,PhaseOfEducation (name),NumberOfPupils,Postcode,Trusts (name)
900001,Northshire,Alder Vale Primary School,Primary,210,NQ7 4AB,Rowan Learning Trust
900002,Northshire,Beckside School,Primary,180,NQ7 4AC,
";

const PEOPLE: &str = "\
name,email,school,role,job_title,phone
Judith Marlow,judith@alliance.example,,coordinator,Alliance coordinator,01632 960900
Helen Ashby,helen@alder-vale.example,900001,headteacher,Headteacher,
Sunita Patel,sunita@alder-vale.example,900001,cpd_lead,Deputy headteacher,01632 960901
";

/// One message as the portal writes it.
pub fn message(id: &str, kind: &str, actor: Option<&str>, data: &Value) -> String {
    let mut message = json!({
        "specversion": "1.0", "id": id, "source": PORTAL, "type": format!("alongside.{kind}"),
        "time": "2026-01-05T09:00:00Z", "subject": RUN, "alliance": "northshire", "data": data,
    });
    if let Some(actor) = actor {
        message["actor"] = json!(actor);
    }
    message.to_string()
}

/// A home folder that goes with its test.
pub struct Home {
    folder: TempDir,
}

/// What the program said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    /// An empty one, with the portal of the tests allowed.
    pub fn empty() -> Self {
        let home = Self {
            folder: TempDir::new().unwrap(),
        };
        let portal = format!(
            "[[source]]\nuri = \"{PORTAL}\"\nalliance = \"northshire\"\nroles = [\"*\"]\n\
             commands = [\"project.start\", \"step.complete\", \"event.report\"]\n"
        );
        home.file("alongside.toml", &portal);
        home
    }

    /// With an alliance, its schools and its people.
    pub fn peopled() -> Self {
        let home = Self::empty();
        home.done(&[
            "alliance",
            "add",
            "northshire",
            "Northshire Schools Alliance",
        ]);
        home.file("schools.csv", SCHOOLS);
        home.file("people.csv", PEOPLE);
        home.done(&["import", "schools", "schools.csv", "--all"]);
        home.done(&["import", "people", "people.csv"]);
        home
    }

    fn set_term_dates(&self) {
        let url = format!("sqlite:{}", self.path().join("alongside.db").display());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let store = Store::open(&url).await.unwrap();
            set_weekdays(&store, "northshire").await;
            store.close().await;
        });
    }

    /// With a project in which Sunita has written a need and Helen has sent it back with a reason.
    pub fn at_work() -> Self {
        let home = Self::peopled();
        home.set_term_dates();
        let (sunita, helen) = (
            home.id_of("sunita@alder-vale.example"),
            home.id_of("helen@alder-vale.example"),
        );
        let data = json!({"workflow": "three-steps", "host_school": "900001", "title": "Feedback"});
        home.feed("start", "project.start", None, &data);
        let data =
            json!({"step": "identify_need", "answers": {"title": "Marking", "audience": ["slt"]}});
        home.feed("need", "step.complete", Some(&sunita), &data);
        let data = json!({"step": "approve_need", "outcome": "change", "reason": "Too wide."});
        home.feed("back", "step.complete", Some(&helen), &data);
        let data = json!({"step": "identify_need", "answers": {"title": "Marking in year 5", "audience": ["slt"]}});
        home.feed("again", "step.complete", Some(&sunita), &data);
        home
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs the program in the home folder, without a terminal and without our own variables.
    pub fn say(&self, arguments: &[&str]) -> Said {
        self.say_with(arguments, &[])
    }

    pub fn say_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alongside"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ALONGSIDE_") {
                command.env_remove(name);
            }
        }
        let definitions =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions/three-steps");
        let output = command
            .args(arguments)
            .env("ALONGSIDE_HOME", self.path())
            .env("ALONGSIDE_WORKFLOWS", definitions)
            .envs(variables.iter().copied())
            .current_dir(self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it and expects that it is done.
    pub fn done(&self, arguments: &[&str]) -> String {
        let said = self.say(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
        said.out
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let out = self.done(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    pub fn id_of(&self, email: &str) -> String {
        let shown = self.json(&["person", "show", email]);
        shown["id"].as_str().unwrap().to_owned()
    }

    /// Sends one message as the portal does.
    pub fn feed(&self, id: &str, kind: &str, actor: Option<&str>, data: &Value) -> Said {
        self.feed_raw(&message(id, kind, actor, data))
    }

    pub fn feed_raw(&self, line: &str) -> Said {
        let file = self.file("message.jsonl", line);
        self.say(&["feed", file.to_str().unwrap()])
    }

    /// A copy of the database that can be tampered with, as the home of its own.
    pub fn copy(&self) -> Self {
        let copy = Self::empty();
        let file = copy.path().join("alongside.db");
        self.done(&["backup", file.to_str().unwrap()]);
        copy
    }

    /// Changes the database behind the program's back.
    pub fn tamper(&self, statement: &str) {
        use sqlx::{Connection, SqliteConnection};
        let url = format!("sqlite:{}", self.path().join("alongside.db").display());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let mut session = SqliteConnection::connect(&url).await.unwrap();
            let statement = sqlx::AssertSqlSafe(statement.to_owned());
            sqlx::raw_sql(statement)
                .execute(&mut session)
                .await
                .unwrap();
            session.close().await.unwrap();
        });
    }
}
