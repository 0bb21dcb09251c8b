//! An alliance at work: schools with their people, an engine on a clock moved by hand, projects.
//!
//! Each school has a CPD lead and a headteacher, so that projects at different schools are about
//! different people, as they are in earnest.

use std::collections::BTreeMap;
use std::sync::Arc;

use alongside::clock::{Clock, ManualClock};
use alongside::core::directory::{Post, School};
use alongside::core::names::{AllianceId, PersonId, RunId, Urn};
use alongside::core::run::command::{Command, Envelope};
use alongside::core::run::seed::{Seed, uuid_from};
use alongside::engine::{Engine, Handled, Incoming, Library, Seeds};
use alongside::store::{AllianceRow, DirectoryChanges, PersonRow, Store};

use super::support::calendar::set_weekdays;

pub const ALLIANCE: &str = "northshire";
/// Monday morning, in term.
pub const START: &str = "2027-01-11T09:00:00Z";
const WORKFLOW: &str = "leadership-through-partnership";
/// As many commands as a worker takes at once.
const BATCH: usize = 128;

pub struct Office {
    pub engine: Engine,
    pub clock: Arc<ManualClock>,
    schools: usize,
}

pub fn alliance() -> AllianceId {
    AllianceId(ALLIANCE.to_owned())
}

fn person(name: &str) -> PersonId {
    PersonId(uuid_from(&Seed::known(&["person", name])))
}

fn urn(number: usize) -> Urn {
    Urn(format!("{}", 100_000 + number))
}

impl Office {
    pub async fn open(url: &str, schools: usize) -> Self {
        let clock = Arc::new(ManualClock::at(START.parse().unwrap()));
        let store = Store::open(url).await.unwrap();
        found(&store, schools).await;
        let engine = Engine {
            store,
            clock: clock.clone(),
            library: Arc::new(Library::open(None).unwrap()),
            sources: Arc::default(),
            seeds: Seeds::Random,
            origin: "https://alongside.example".to_owned(),
            memory: Arc::default(),
            clock_watch: Arc::default(),
            link: None,
            handover: None,
        };
        Self {
            engine,
            clock,
            schools,
        }
    }

    /// So many projects, spread over the schools; all have this title.
    pub async fn start_projects(&self, title: &str, count: usize) {
        let numbers: Vec<usize> = (0..count).collect();
        for numbers in numbers.chunks(BATCH) {
            let starts = numbers.iter().map(|number| self.start(title, *number));
            let handled = self.engine.handle(&alliance(), starts.collect()).await;
            for one in handled.unwrap() {
                assert!(matches!(one, Handled::Applied { .. }), "{one:?}");
            }
        }
    }

    fn start(&self, title: &str, number: usize) -> Incoming {
        let id = format!("start/{title}/{number}");
        let reports_due = "2027-07-01".parse().unwrap();
        Incoming::inside(Envelope {
            run: RunId(uuid_from(&Seed::known(&["run", &id]))),
            id,
            source: "https://portal.example".to_owned(),
            alliance: alliance(),
            actor: Some(person("coordinator")),
            on_behalf_of: None,
            time: self.clock.now(),
            expires: None,
            expected: None,
            command: Command::ProjectStart {
                workflow: WORKFLOW.to_owned(),
                host_school: urn(number % self.schools),
                title: title.to_owned(),
                roles: BTreeMap::new(),
                dates: BTreeMap::from([("reports_due".to_owned(), reports_due)]),
            },
        })
    }
}

/// Every weekday is a school day and mail leaves at any hour, so that no figure hangs on a date.
async fn found(store: &Store, schools: usize) {
    let row = AllianceRow {
        id: alliance(),
        name: "Alliance of Northshire".to_owned(),
        created_at: START.parse().unwrap(),
    };
    store.create_alliance(&row).await.unwrap();
    let mut changes = DirectoryChanges::default();
    add(&mut changes, "coordinator", "coordinator", None);
    for number in 0..schools {
        let school = urn(number);
        changes.schools.push(School {
            urn: school.clone(),
            name: format!("School {number}"),
            phase: Some("primary".to_owned()),
            trust: None,
            local_authority: None,
        });
        for role in ["headteacher", "cpd_lead"] {
            let name = format!("{role}.{number}");
            add(&mut changes, &name, role, Some(&school));
        }
    }
    let scoped = store.of(&alliance());
    scoped.apply_directory(changes).await.unwrap();
    set_weekdays(store, ALLIANCE).await;
}

fn add(changes: &mut DirectoryChanges, name: &str, role: &str, school: Option<&Urn>) {
    let id = person(name);
    changes.people.push(PersonRow {
        id,
        name: Some(format!("Somebody {name}")),
        email: Some(format!("{name}@northshire.example")),
        main_school: school.cloned(),
        erased: false,
    });
    changes.posts.push(Post {
        person: id,
        role: role.to_owned(),
        school: school.cloned(),
        from: None,
        until: None,
        covers: None,
    });
}
