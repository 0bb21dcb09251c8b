//! Two alliances with schools and people of the same kind, and what their portals send.
//!
//! A person is named by what they are: `coordinator`, `cpd@100001`, `head@100002`, `office@100002`,
//! `lead@100002`. The same name is the same id everywhere, but in another alliance another one.

use alongside::bus::Exchange;
use alongside::config::Source;
use alongside::core::directory::{Post, School};
use alongside::core::message::write::Message;
use alongside::core::names::{AllianceId, PersonId, RunId, Urn};
use alongside::core::run::seed::{Seed, uuid_from};
use alongside::core::time::Instant;
use alongside::store::{AllianceRow, DirectoryChanges, PersonRow, Store};
use serde_json::{Value, json};

use crate::support::calendar::set_weekdays;

pub const NORTH: &str = "northshire";
pub const SOUTH: &str = "southshire";
/// Monday morning, in term.
pub const START: &str = "2027-01-11T09:00:00Z";

/// All that a portal may send.
pub const COMMANDS: [&str; 25] = [
    "project.start",
    "step.complete",
    "step.draft",
    "step.take",
    "step.open",
    "step.block",
    "step.unblock",
    "step.skip",
    "step.reopen",
    "step.assign",
    "step.delegate",
    "step.redate",
    "date.set",
    "pass.add",
    "pass.end",
    "role.appoint",
    "project.postpone",
    "project.pause",
    "project.resume",
    "project.undo",
    "project.stop",
    "project.reinstate",
    "project.note",
    "answers.correct",
    "event.report",
];

pub fn alliance(key: &str) -> AllianceId {
    AllianceId(key.to_owned())
}

pub fn person_of(alliance: &str, name: &str) -> PersonId {
    PersonId(uuid_from(&Seed::known(&["person", alliance, name])))
}

pub fn person(name: &str) -> PersonId {
    person_of(NORTH, name)
}

pub fn run(name: &str) -> RunId {
    RunId(uuid_from(&Seed::known(&["run", name])))
}

pub fn source_uri(alliance: &str) -> String {
    format!("https://portal.{alliance}.example")
}

pub fn source(alliance_key: &str, user: &str) -> Source {
    let full = |name: &&str| format!("alongside.{name}");
    Source {
        uri: source_uri(alliance_key),
        broker_user: Some(user.to_owned()),
        alliance: alliance(alliance_key),
        commands: COMMANDS.iter().map(full).collect(),
        roles: vec!["*".to_owned()],
    }
}

/// Puts an alliance into the store: two schools, a coordinator, and at each school a head, a CPD
/// lead, an office and somebody who leads projects elsewhere.
pub async fn found(store: &Store, key: &str) {
    let row = AllianceRow {
        id: alliance(key),
        name: format!("Alliance of {key}"),
        created_at: START.parse::<Instant>().unwrap(),
    };
    store.create_alliance(&row).await.unwrap();
    let mut changes = DirectoryChanges::default();
    add(&mut changes, key, "coordinator", "coordinator", None);
    for urn in ["100001", "100002"] {
        let school = Urn(urn.to_owned());
        changes.schools.push(School {
            urn: school.clone(),
            name: format!("School {urn} of {key}"),
            phase: Some("primary".to_owned()),
            trust: None,
            local_authority: None,
        });
        for (name, role) in [
            ("head", "headteacher"),
            ("cpd", "cpd_lead"),
            ("office", "office"),
            ("lead", "teacher"),
        ] {
            add(
                &mut changes,
                key,
                &format!("{name}@{urn}"),
                role,
                Some(&school),
            );
        }
    }
    let scoped = store.of(&alliance(key));
    scoped.apply_directory(changes).await.unwrap();
    set_weekdays(store, key).await;
}

fn add(changes: &mut DirectoryChanges, key: &str, name: &str, role: &str, school: Option<&Urn>) {
    let id = person_of(key, name);
    changes.people.push(PersonRow {
        id,
        name: Some(format!("{name} in {key}")),
        email: Some(format!("{}@{key}.example", name.replace('@', "."))),
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

/// A message as a portal writes it, with everything that can be told apart.
#[derive(Debug, Clone)]
pub struct Letter {
    pub id: String,
    pub source: String,
    pub alliance: String,
    pub run: RunId,
    pub actor: Option<PersonId>,
    pub expires: Option<String>,
    pub kind: String,
    pub data: Value,
}

impl Letter {
    /// `kind` without `alongside.`; the actor by name, `""` is nobody.
    pub fn new(id: &str, run: RunId, actor: &str, kind: &str, data: Value) -> Self {
        Self {
            id: id.to_owned(),
            source: source_uri(NORTH),
            alliance: NORTH.to_owned(),
            run,
            actor: (!actor.is_empty()).then(|| person(actor)),
            expires: None,
            kind: format!("alongside.{kind}"),
            data,
        }
    }

    pub fn message(&self, now: Instant) -> Message {
        let mut body = json!({
            "specversion": "1.0", "id": self.id, "source": self.source, "type": self.kind,
            "time": now, "subject": self.run, "alliance": self.alliance, "data": self.data,
        });
        if let Some(actor) = self.actor {
            body["actor"] = json!(actor);
        }
        if let Some(expires) = &self.expires {
            body["expirytime"] = json!(expires);
        }
        Message {
            id: self.id.clone(),
            kind: self.kind.clone(),
            body: body.to_string(),
        }
    }
}

/// The exchange to which a portal sends.
pub const IN: Exchange = Exchange::Commands;

pub fn start(name: &str) -> Letter {
    let data = json!({"workflow": "three-steps", "host_school": "100001", "title": "Feedback"});
    Letter::new(
        &format!("{name}-start"),
        run(name),
        "coordinator",
        "project.start",
        data,
    )
}

pub fn complete(id: &str, name: &str, who: &str, step: &str, answers: Value) -> Letter {
    let data = json!({"step": step, "answers": answers});
    Letter::new(id, run(name), who, "step.complete", data)
}

/// A step with one of its outcomes.
pub fn choose(id: &str, name: &str, who: &str, step: &str, outcome: &str) -> Letter {
    let data = json!({"step": step, "outcome": outcome});
    Letter::new(id, run(name), who, "step.complete", data)
}

pub fn note(id: &str, name: &str, text: &str) -> Letter {
    Letter::new(
        id,
        run(name),
        "coordinator",
        "project.note",
        json!({"text": text}),
    )
}

pub fn need() -> Value {
    json!({"title": "Feedback in year 5", "audience": ["slt"], "visits": 2})
}

/// The four messages that take the three-step workflow to its end.
pub fn three_steps(name: &str) -> Vec<Letter> {
    let id = |number: u32| format!("{name}-{number}");
    vec![
        start(name),
        complete(&id(1), name, "cpd@100001", "identify_need", need()),
        choose(&id(2), name, "head@100001", "approve_need", "approve"),
        Letter::new(
            &id(3),
            run(name),
            "",
            "event.report",
            json!({"name": "match.confirmed"}),
        ),
    ]
}

/// Some command of each kind that reaches for a run, with data that its form allows.
pub fn every_command(at: RunId) -> Vec<Letter> {
    let who = person_of(SOUTH, "lead@100002");
    let (step, reason, day) = ("identify_need", "Because", "2027-06-01");
    let start = json!({"workflow": "three-steps", "host_school": "100001", "title": "Again"});
    let all = [
        ("project.start", start),
        ("step.complete", json!({"step": step, "answers": {}})),
        ("step.draft", json!({"step": step, "answers": {}})),
        ("step.take", json!({"step": step})),
        ("step.open", json!({"step": step, "reason": reason})),
        ("step.block", json!({"step": step, "reason": reason})),
        ("step.unblock", json!({"step": step})),
        ("step.skip", json!({"step": step, "reason": reason})),
        ("step.reopen", json!({"step": step, "reason": reason})),
        ("step.assign", json!({"step": step, "person": who})),
        ("step.delegate", json!({"step": step, "person": who})),
        (
            "step.redate",
            json!({"step": step, "due": day, "reason": reason}),
        ),
        (
            "date.set",
            json!({"name": "reports_due", "date": day, "reason": reason}),
        ),
        ("pass.add", json!({"group": step})),
        ("pass.end", json!({"pass": step, "reason": reason})),
        ("project.postpone", json!({"until": day, "reason": reason})),
        ("project.pause", json!({"reason": reason})),
        ("project.resume", json!({})),
        ("project.stop", json!({"reason": reason})),
        ("project.reinstate", json!({"reason": reason})),
        ("project.note", json!({"text": reason})),
        (
            "answers.correct",
            json!({"step": step, "answers": {}, "reason": reason}),
        ),
        ("event.report", json!({"name": "match.confirmed"})),
    ];
    let letters = all.into_iter().enumerate();
    letters
        .map(|(number, (kind, data))| {
            Letter::new(&format!("reach-{number}"), at, "coordinator", kind, data)
        })
        .collect()
}
