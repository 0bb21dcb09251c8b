//! Rows to write, made from a number: the same number, the same row.

use alongside::core::directory::{Post, School};
use alongside::core::names::{AllianceId, PersonId, RunId, Urn};
use alongside::core::run::projection::Asks;
use alongside::core::run::state::{RunStatus, Status};
use alongside::core::time::{Date, Instant};
use alongside::store::{
    AllianceRow, Changes, CoverRow, DraftRow, EntryRow, InboxRow, InboxState, MailRow, MailState,
    OutboxKind, OutboxRow, OutgoingRow, PayloadRow, PersonRow, QuarantineRow, RunKind, RunRow,
    Store, TaskRow, TimerRow, Unit, WorkflowRow,
};
use uuid::Uuid;

pub const SOURCE: &str = "https://portal.example";

pub fn northshire() -> AllianceId {
    AllianceId("northshire".to_owned())
}

pub fn southshire() -> AllianceId {
    AllianceId("southshire".to_owned())
}

pub fn run_id(number: u128) -> RunId {
    RunId(Uuid::from_u128(0x1000 + number))
}

pub fn person_id(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(0x2000 + number))
}

pub fn token(number: u128) -> Uuid {
    Uuid::from_u128(0x3000 + number)
}

pub fn urn(number: u32) -> Urn {
    Urn(format!("{}", 100_000 + number))
}

pub fn at(seconds: i64) -> Instant {
    let start: Instant = "2027-03-02T08:30:00.000001Z".parse().unwrap();
    start.plus_seconds(seconds)
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn hex(number: u128) -> String {
    format!("{number:064x}")
}

pub fn run(number: u128, version: u64) -> RunRow {
    RunRow {
        id: run_id(number),
        kind: RunKind::Project,
        reference: format!("DLP-2027-{number:03}"),
        workflow: "leadership-through-partnership".to_owned(),
        workflow_version: 1,
        workflow_hash: hex(7),
        title: "Marking that pupils act on".to_owned(),
        host_school: Some(urn(1)),
        status: RunStatus::InProgress,
        stage: Some("need".to_owned()),
        started_at: at(0),
        changed_at: at(i64::try_from(version).unwrap()),
        version,
        head: hex(u128::from(version)),
        fold: 1,
        state: format!("{{\"version\":{version},\"text\":\"é 🏫 \\u0000\"}}"),
    }
}

pub fn entry(number: u128, seq: u64) -> EntryRow {
    EntryRow {
        run: run_id(number),
        seq,
        at: at(i64::try_from(seq).unwrap()),
        source: SOURCE.to_owned(),
        command_id: format!("{number}-{seq}"),
        body: format!("{{\"seq\":{seq}}}"),
    }
}

pub fn inbox(number: u128, seq: u64, state: InboxState) -> InboxRow {
    let parked = state == InboxState::Parked;
    InboxRow {
        source: SOURCE.to_owned(),
        command_id: format!("{number}-{seq}"),
        fingerprint: hex(u128::from(seq)),
        run: run_id(number),
        state,
        code: parked.then(|| "not_ready".to_owned()),
        reason: parked.then(|| "The visit is not planned yet.".to_owned()),
        outcome: (!parked).then(|| "{\"outcome\":\"applied\"}".to_owned()),
        run_version: if state == InboxState::Applied { seq } else { 0 },
        raw: parked.then(|| "{}".to_owned()),
        received_at: at(i64::try_from(seq).unwrap()),
        next_at: parked.then(|| at(60)),
        expires_at: parked.then(|| at(86_400)),
        attempts: u32::from(parked),
        waiting_for: parked.then(|| "visits[1].plan".to_owned()),
    }
}

pub fn payload(number: u128, seq: u64, by: Option<PersonId>) -> PayloadRow {
    PayloadRow {
        run: run_id(number),
        commitment: hex(0xf000 + u128::from(seq)),
        salt: hex(9),
        value: "\"Marking takes too long\"".to_owned(),
        seq,
        written_by: by,
    }
}

pub fn task(number: u128, address: &str, due: Option<&str>) -> TaskRow {
    TaskRow {
        run: run_id(number),
        address: address.parse().unwrap(),
        asks: Asks::Do,
        attempt: 1,
        title: "Identify an area of need".to_owned(),
        stage: Some("need".to_owned()),
        role: "cpd_lead".to_owned(),
        post: Some("cpd_lead".to_owned()),
        school: Some(urn(1)),
        assigned: None,
        people: "[]".to_owned(),
        status: Status::NotStarted,
        due: due.map(day),
        ready_at: Some(at(0)),
    }
}

pub fn timer(number: u128, key: &str, due: i64) -> TimerRow {
    TimerRow {
        run: run_id(number),
        key: key.to_owned(),
        due_at: at(due),
        body: "{\"kind\":\"resume\"}".to_owned(),
        lease_token: None,
        lease_until: None,
    }
}

pub fn draft(number: u128, address: &str, by: Option<PersonId>) -> DraftRow {
    DraftRow {
        run: run_id(number),
        address: address.parse().unwrap(),
        attempt: 1,
        body: "{\"subject\":\"marking\"}".to_owned(),
        written_by: by,
        at: at(1),
    }
}

pub fn outbox(number: u128, kind: OutboxKind) -> OutboxRow {
    OutboxRow {
        id: Uuid::from_u128(0x4000 + number),
        kind,
        run: Some(run_id(number)),
        seq: 1,
        body: "{}".to_owned(),
        next_at: at(0),
        attempts: 0,
        why: None,
        lease_token: None,
        lease_until: None,
        person: (kind == OutboxKind::Mail).then(|| person_id(1)),
        held: None,
        tried: 0,
    }
}

pub fn mail(number: u128) -> MailRow {
    MailRow {
        id: Uuid::from_u128(0x4000 + number),
        run: Some(run_id(number)),
        person: person_id(1),
        kind: "ready".to_owned(),
        letter: "{\"letter\":\"ready\"}".to_owned(),
        state: MailState::Written,
        why: None,
        at: at(5),
        carrier: Some(Uuid::from_u128(number)),
        held: None,
        seq: 1,
        tried: 0,
    }
}

/// The first mail of a day to a person of that number.
pub fn outgoing(number: u128) -> OutgoingRow {
    OutgoingRow {
        id: Uuid::from_u128(0x5000 + number),
        person: person_id(number),
        day: "2027-01-12".parse().unwrap(),
        number: 1,
        bytes: Some(b"Subject: A mail".to_vec()),
        state: "pending".to_owned(),
        sending: "{}".to_owned(),
        open: true,
        next_at: at(0),
        lease_token: None,
        lease_until: None,
    }
}

pub fn quarantined(number: u128) -> QuarantineRow {
    QuarantineRow {
        sha256: hex(number),
        raw: Some(vec![0, 159, 146, 150]),
        code: "unreadable".to_owned(),
        reason: "The message is no JSON.".to_owned(),
        seen: 1,
        first_at: at(0),
        last_at: at(i64::try_from(number).unwrap()),
        routing_key: "alongside.step.complete".to_owned(),
        broker_user: "portal".to_owned(),
    }
}

pub fn workflow(version: u32, hash: u128) -> WorkflowRow {
    WorkflowRow {
        name: "leadership-through-partnership".to_owned(),
        version,
        hash: hex(hash),
        bundle: "workflow: leadership-through-partnership\n".to_owned(),
        added_at: at(0),
    }
}

pub fn school(number: u32) -> School {
    School {
        urn: urn(number),
        name: format!("School {number}"),
        phase: Some("secondary".to_owned()),
        trust: None,
        local_authority: Some("Northshire".to_owned()),
    }
}

pub fn person(number: u128, main_school: Option<u32>) -> PersonRow {
    PersonRow {
        id: person_id(number),
        name: Some(format!("Person {number}")),
        email: Some(format!("person{number}@school.example")),
        main_school: main_school.map(urn),
        erased: false,
    }
}

pub fn post(number: u128, role: &str, school: Option<u32>) -> Post {
    Post {
        person: person_id(number),
        role: role.to_owned(),
        school: school.map(urn),
        from: None,
        until: None,
        covers: None,
    }
}

/// In the first half of spring, arranged by the person who is away.
pub fn cover(number: u128, by: u128) -> CoverRow {
    CoverRow {
        person: person_id(number),
        by: person_id(by),
        from: day("2027-01-11"),
        until: day("2027-02-12"),
        reason: Some("On leave".to_owned()),
        arranged_by: person_id(number),
        arranged_at: at(1),
    }
}

pub async fn add_alliance(store: &Store, id: &AllianceId) {
    let row = AllianceRow {
        id: id.clone(),
        name: "An alliance".to_owned(),
        created_at: at(0),
    };
    store.create_alliance(&row).await.unwrap();
}

pub async fn begin(store: &Store) -> Unit {
    store.begin(&northshire()).await.unwrap()
}

/// Writes in a unit of its own.
pub async fn write(store: &Store, changes: Changes) {
    let mut unit = begin(store).await;
    unit.write(changes).await.unwrap();
    unit.commit().await.unwrap();
}

pub async fn write_outbox(store: &Store, rows: Vec<OutboxRow>) {
    let changes = Changes {
        outbox: rows,
        ..Changes::default()
    };
    write(store, changes).await;
}
