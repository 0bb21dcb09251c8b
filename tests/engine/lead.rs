//! One project of the shipped lead workflow from need to close, with two visits, the governors and
//! one thing sent back: told once, for every test that needs a long story.

use std::sync::LazyLock;

use alongside::clock::Clock;
use serde_json::{Value, json};

use super::alliance::{Letter, person, run};
use super::office::Office;

static ANSWERS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../portal/answers.json")).unwrap());

/// Good answers to a form, with some fields changed.
pub fn answers(form: &str, changed: Value) -> Value {
    let mut answers = ANSWERS[form].clone();
    assert!(answers.is_object(), "no answers to {form}");
    let changed = changed.as_object().unwrap().clone();
    answers.as_object_mut().unwrap().extend(changed);
    answers
}

/// A step of the story: days to wait before, then who does what.
struct Scene {
    days: i64,
    who: &'static str,
    kind: &'static str,
    data: Value,
}

fn done(who: &'static str, step: &str, form: &str, changed: Value) -> Scene {
    let data = json!({"step": step, "answers": answers(form, changed)});
    Scene {
        days: 1,
        who,
        kind: "step.complete",
        data,
    }
}

fn chose(who: &'static str, step: &str, outcome: &str) -> Scene {
    let data = json!({"step": step, "outcome": outcome});
    Scene {
        days: 1,
        who,
        kind: "step.complete",
        data,
    }
}

fn plainly(who: &'static str, step: &str) -> Scene {
    Scene {
        days: 1,
        who,
        kind: "step.complete",
        data: json!({"step": step}),
    }
}

fn told(name: &str, data: Value) -> Scene {
    Scene {
        days: 1,
        who: "",
        kind: "event.report",
        data: json!({"name": name, "data": data}),
    }
}

impl Scene {
    fn after(self, days: i64) -> Self {
        Self { days, ..self }
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        self.data[field] = value;
        self
    }
}

const COORDINATOR: &str = "coordinator";
const HEAD: &str = "head@100001";
const HOST: &str = "cpd@100001";
const HOME: &str = "cpd@100002";
const LEAD: &str = "lead@100002";

fn scenes() -> Vec<Scene> {
    let none = || json!({});
    let start = json!({
        "workflow": "leadership-through-partnership", "host_school": "100001",
        "title": "Feedback in writing", "dates": {"reports_due": "2027-07-16"},
    });
    let mut all = vec![
        Scene {
            days: 0,
            who: COORDINATOR,
            kind: "project.start",
            data: start,
        },
        done(HOST, "need", "need", none()),
        chose(HEAD, "approve_need", "change").with("reason", json!("Say what good looks like.")),
        done(HOST, "need", "need", json!({"expected_visits": 2})),
        chose(HEAD, "approve_need", "approve"),
        done(COORDINATOR, "check_scope", "triage", none()).with("outcome", json!("publish")),
        told("catalogue.circulated", none()),
        told(
            "match.offered",
            answers("offer", json!({"project_lead": person(LEAD)})),
        ),
        done(
            LEAD,
            "conflicts.declare",
            "conflict",
            json!({"answer": "none", "links": []}),
        ),
        chose(HOME, "accept.home", "accept"),
        chose(HOST, "accept.host", "accept"),
        plainly(LEAD, "first_contact"),
        done(
            LEAD,
            "visits[1].plan",
            "visit_plan",
            json!({"date": "2027-03-02"}),
        ),
        done("office@100002", "clearance.assurance", "assurance", none()),
        done(LEAD, "clearance.visitor_rules", "visitor_rules", none()),
        done(LEAD, "visits[1].record", "visit_record", none())
            .with("outcome", json!("another"))
            .after(45),
        chose(HOST, "visits[1].sign_off", "agree"),
        done(
            LEAD,
            "visits[2].plan",
            "visit_plan",
            json!({"date": "2027-03-16"}),
        ),
        done(
            LEAD,
            "visits[2].record",
            "visit_record",
            json!({"date": "2027-03-16"}),
        )
        .with("outcome", json!("finished"))
        .after(14),
        chose(HOST, "visits[2].sign_off", "agree"),
    ];
    all.extend(later_scenes());
    all
}

fn later_scenes() -> Vec<Scene> {
    let none = || json!({});
    let skip = |step: &str| Scene {
        days: 1,
        who: COORDINATOR,
        kind: "step.skip",
        data: json!({"step": step, "reason": "Nobody answered."}),
    };
    vec![
        done(LEAD, "draft", "report", none()),
        done(HOST, "fact_check", "fact_check", none()).with("outcome", json!("agree")),
        done(LEAD, "book", "booking", json!({"date": "2027-05-04"})),
        chose(HEAD, "governors.decide", "invite"),
        done(
            HEAD,
            "governors.meeting.book_governors",
            "booking",
            json!({"date": "2027-05-11"}),
        ),
        done(LEAD, "present", "presented", none()).after(40),
        done(
            LEAD,
            "governors.meeting.present_governors",
            "presented",
            none(),
        )
        .after(10),
        done(HOST, "evaluate.by_host", "evaluation_host", none()),
        done(LEAD, "evaluate.by_lead", "evaluation_lead", none()),
        skip("evaluate.by_home"),
        done(HOST, "impact.one_term", "impact", none()).after(100),
        skip("impact.three_terms"),
    ]
}

/// Tells the story to the office: the clock moves, timers fire, the message is sent after the last
/// answer. Gives all answers.
pub async fn lead_story(office: &mut Office, name: &str) -> Vec<Value> {
    let mut said = Vec::new();
    for (number, scene) in scenes().into_iter().enumerate() {
        office.days_later(scene.days);
        office.catch_up().await;
        let id = format!("{name}-{number}");
        let letter = Letter::new(&id, run(name), scene.who, scene.kind, scene.data);
        let answer = office.ask(&letter).await;
        let now = office.clock.now();
        assert_eq!(
            answer["data"]["outcome"], "applied",
            "{now} {letter:?}: {answer:#}"
        );
        said.push(answer);
    }
    said
}
