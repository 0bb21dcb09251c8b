//! A home folder with one school, its people and a coordinator, and the binary at work in it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use alongside::core::directory::{Post, School};
use alongside::core::names::{AllianceId, PersonId, Urn};
use alongside::store::{AllianceRow, DirectoryChanges, PersonRow, Store};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::calendar::set_weekdays;

pub struct Home {
    folder: TempDir,
}

/// What one run of the program left behind.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Name, email, role, and whether it is held at the school.
const PEOPLE: [(&str, &str, &str, bool); 4] = [
    (
        "Judith Marlow",
        "judith@alliance.example",
        "coordinator",
        false,
    ),
    ("Ada Okafor", "ada@alder.example", "cpd_lead", true),
    ("Ben Hall", "ben@alder.example", "headteacher", true),
    ("Cy Dean", "cy@alder.example", "teacher", true),
];

impl Home {
    pub fn new() -> Self {
        let home = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let url = format!("sqlite:{}", home.path().join("alongside.db").display());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(fill(&url));
        home
    }

    /// With a project under way: `TS-YEAR-001`.
    pub fn started() -> (Self, String) {
        let home = Self::new();
        let title = "Feedback in year 5";
        let started = home.json(&[
            "project",
            "start",
            "three-steps",
            "--school",
            "alder",
            "--title",
            title,
        ]);
        (home, started["reference"].as_str().unwrap().to_owned())
    }

    /// With a grant whose first session is planned for 2 March 2099. Its sessions happen up to six
    /// times and are written down only after their day; Cy Dean is its network lead.
    pub fn granted() -> (Self, String) {
        let home = Self::new();
        let start = "project start small-grant --school alder --title Science \
                     --role network_lead=cy@alder.example --date spend_by=2099-07-01";
        let started = home.json(&start.split(' ').collect::<Vec<_>>());
        let grant = started["reference"].as_str().unwrap().to_owned();
        for command in [
            "complete GRANT apply --as cy@alder.example --set subject=science --set aim=More \
             --set schools=4 --set amount=300 --set spent_on=cover",
            "complete GRANT support --outcome support --as ben@alder.example",
            "complete GRANT decide --outcome award",
            "complete GRANT sessions[1].plan --as cy@alder.example --set date=2099-03-02 \
             --set start=15:45 --set end=17:15 --set place=Library",
        ] {
            let command = command.replace("GRANT", &grant);
            home.ok(&["step"]
                .into_iter()
                .chain(command.split(' '))
                .collect::<Vec<_>>());
        }
        (home, grant)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions");
        let mut child = Command::new(env!("CARGO_BIN_EXE_alongside"))
            .args(arguments)
            .env_clear()
            .env("ALONGSIDE_HOME", self.path())
            .env("ALONGSIDE_WORKFLOWS", definitions)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // A program that reads nothing may be gone already.
        let _ = std::io::Write::write_all(&mut pipe, input.as_bytes());
        drop(pipe);
        Ran::from(child.wait_with_output().unwrap())
    }

    /// Runs a command that must succeed, and gives what it prints.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}\n{}{}", ran.out, ran.err);
        assert_eq!(ran.err, "", "{arguments:?}");
        ran.out
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.ok(&arguments)).unwrap()
    }

    /// Runs a command that must be refused (exit code 1), and gives the sentence.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 1, "{arguments:?}\n{}{}", ran.out, ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
        flat(&ran.err)
    }

    /// Rehearses a command, which changes nothing, and gives what would happen.
    pub fn would(&self, arguments: &[&str]) -> String {
        let before = self.everything();
        let said = self.ok(&[arguments, &["--dry-run"]].concat());
        let begins = "The history would say (nothing is changed):\n- ";
        assert!(said.starts_with(begins), "{arguments:?}\n{said}");
        assert!(
            self.everything() == before,
            "{arguments:?} has changed something"
        );
        flat(&said)
    }

    /// The page of a project, on one line.
    pub fn page(&self, project: &str) -> String {
        flat(&self.ok(&["project", "show", project]))
    }

    /// Every file of the home folder with its bytes; of the database its rows, because SQLite moves
    /// what is committed from its log into the file whenever it likes.
    pub fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                let name = path.display().to_string();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "db") {
                    found.push((name, rows(&path)));
                } else if !name.ends_with("-wal") && !name.ends_with("-shm") {
                    found.push((name, std::fs::read(path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }
}

/// Every row of a database, as SQL.
fn rows(database: &Path) -> Vec<u8> {
    let dump = "import sqlite3, sys\n\
                for line in sqlite3.connect(sys.argv[1]).iterdump(): print(line)";
    let done = crate::support::python::python()
        .args(["-c", dump])
        .arg(database)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    done.stdout
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The same words, however they were broken over lines.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn fill(url: &str) {
    Store::migrate(url).await.unwrap();
    let store = Store::open(url).await.unwrap();
    let alliance = AllianceId("northshire".to_owned());
    let row = AllianceRow {
        id: alliance.clone(),
        name: "Northshire Schools Alliance".to_owned(),
        created_at: "2026-09-01T08:00:00Z".parse().unwrap(),
    };
    store.create_alliance(&row).await.unwrap();
    let urn = Urn("100001".to_owned());
    let school = School {
        urn: urn.clone(),
        name: "Alder Primary School".to_owned(),
        phase: None,
        trust: None,
        local_authority: None,
    };
    let mut changes = DirectoryChanges {
        schools: vec![school],
        ..DirectoryChanges::default()
    };
    for (number, (name, email, role, at_school)) in PEOPLE.iter().enumerate() {
        let id = PersonId(Uuid::from_u128(0xada_0000 + number as u128));
        let school = at_school.then(|| urn.clone());
        changes.people.push(PersonRow {
            id,
            name: Some((*name).to_owned()),
            email: Some((*email).to_owned()),
            main_school: school.clone(),
            erased: false,
        });
        changes.posts.push(Post {
            person: id,
            role: (*role).to_owned(),
            school,
            from: None,
            until: None,
            covers: None,
        });
    }
    store.of(&alliance).apply_directory(changes).await.unwrap();
    set_weekdays(&store, "northshire").await;
    store.close().await;
}
