//! Visits in the calendars of others: what goes in, moves and comes out, read by somebody else's
//! library; and what a hold that is taken back leaves of it.

use alongside::core::mails::quiet::QuietTimes;
use alongside::core::time::Instant;
use alongside::store::MailState;
use serde_json::{Value, json};

use super::alliance::{Letter, NORTH, run};
use super::checks;
use super::office::Office;
use super::on_both;
use super::place::Place;
use crate::support::calendar::set_quiet_times;
use crate::support::python::python;

on_both!(
    a_visit_goes_into_calendars_moves_and_comes_out,
    what_is_taken_back_in_time_nobody_hears_of,
    near_a_visit_everybody_hears_at_once,
);

/// Reads every mail: of each invite a line, in the order in which they were sent.
const READ: &str = "
import email, email.policy, icalendar, json, pathlib, sys
said = []
for path in pathlib.Path(sys.argv[1]).glob('*.eml'):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert not mail.defects, mail.defects
    inside = [part for part in mail.walk() if part.get_content_type() == 'text/calendar']
    beside = [part for part in mail.walk() if part.get_content_type() == 'application/ics']
    assert len(inside) == (1 if len(beside) == 1 else 0), (len(inside), len(beside))
    for part in beside:
        assert part.get_content_disposition() == 'attachment', part
        text = part.get_content()
        calendar = icalendar.Calendar.from_ical(text)
        for other in inside:
            assert other['Content-Type'].params['method'] == str(calendar['METHOD'])
            assert icalendar.Calendar.from_ical(other.get_content()) == calendar
        [event] = calendar.walk('VEVENT')
        assert not event.errors, event.errors
        start, end = event['DTSTART'].dt, event['DTEND'].dt
        assert start.utcoffset().total_seconds() == 0 and end > start
        to = mail['To'].addresses[0].addr_spec
        assert event['ATTENDEE'] == 'mailto:' + to, event['ATTENDEE']
        assert event['ORGANIZER'] == 'mailto:post@alliance.example'
        assert 'UK time' in event['DESCRIPTION']
        at = mail['Date'].datetime.isoformat()
        said.append([at, to, str(calendar['METHOD']), int(event['SEQUENCE']), start.isoformat(),
                     str(event['UID']), str(event['STATUS'])])
print(json.dumps(sorted(said)))
";

fn invites(office: &Office) -> Vec<Vec<Value>> {
    let mut python = python();
    let read = python.args(["-c", READ]).arg(office.mails.path());
    let read = read.output().unwrap();
    let wrong = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{wrong}");
    serde_json::from_slice(&read.stdout).unwrap()
}

/// Of one person: method, number and beginning, and when the mail left.
fn of(invites: &[Vec<Value>], name: &str) -> Vec<String> {
    let to = format!("{name}.100001@northshire.example");
    let theirs = invites.iter().filter(|it| it[1] == json!(to));
    let said = theirs.map(|it| {
        let [at, method, begins] = [&it[0], &it[2], &it[4]].map(|it| it.as_str().unwrap());
        format!("{} {method} {} {}", &at[..16], it[3], &begins[..16])
    });
    said.collect()
}

async fn must(office: &mut Office, id: &str, who: &str, kind: &str, data: Value) {
    let letter = Letter::new(id, run("p"), who, kind, data);
    office.must(&letter).await;
    office.catch_up().await;
}

async fn at(office: &Office, moment: &str) {
    office.clock.set(moment.parse::<Instant>().unwrap());
    office.catch_up().await;
}

/// On Tuesday morning the CPD lead plans a visit for that day.
async fn planned(place: Place, date: &str) -> Office {
    let mut office = Office::open(place, 1).await;
    set_quiet_times(&office.engine.store, NORTH, &QuietTimes::default()).await;
    let start = json!({"workflow": "one-visit", "host_school": "100001", "title": "Feedback"});
    must(&mut office, "start", "coordinator", "project.start", start).await;
    at(&office, "2027-01-12T09:30:00Z").await;
    let answers = json!({"date": date, "start": "09:00", "end": "15:00", "place": "Main gate, \u{201c}A\u{201d}; B"});
    let done = json!({"step": "plan", "answers": answers});
    must(&mut office, "plan", "cpd@100001", "step.complete", done).await;
    office
}

async fn correct(office: &mut Office, id: &str, answers: Value) {
    let data = json!({"step": "plan", "answers": answers, "reason": "They rang"});
    must(office, id, "coordinator", "answers.correct", data).await;
}

async fn postpone(office: &mut Office, until: &str) {
    let data = json!({"until": until, "reason": "Inspection"});
    must(office, "hold", "coordinator", "project.postpone", data).await;
}

async fn undo(office: &mut Office) {
    must(office, "undo", "coordinator", "project.undo", json!({})).await;
}

async fn a_visit_goes_into_calendars_moves_and_comes_out(place: Place) {
    let mut office = planned(place, "2027-03-30").await;
    // One mail a day: what changes meanwhile goes with the next, and only as it is then.
    correct(&mut office, "early", json!({"start": "08:30"})).await;
    correct(&mut office, "later", json!({"date": "2027-03-25"})).await;
    at(&office, "2027-01-13T08:30:00Z").await;
    // Two school days ahead it leaves at once, in the evening too.
    at(&office, "2027-03-23T19:00:00Z").await;
    correct(&mut office, "near", json!({"start": "10:00"})).await;
    postpone(&mut office, "2027-05-10").await;
    let invites = invites(&office);
    let told = [
        "2027-01-12T09:30 REQUEST 0 2027-03-30T08:00",
        "2027-01-13T08:30 REQUEST 2 2027-03-25T08:30",
        "2027-03-23T19:00 CANCEL 4 2027-03-25T10:00",
        "2027-03-23T19:00 REQUEST 3 2027-03-25T10:00",
    ];
    for name in ["cpd", "head"] {
        assert_eq!(of(&invites, name), told, "{invites:#?}");
    }
    let ids: std::collections::BTreeSet<_> = invites.iter().map(|it| it[5].to_string()).collect();
    assert_eq!(ids.len(), 1, "one id for life");
    let cancelled = invites.iter().filter(|it| it[6] == json!("CANCELLED"));
    assert_eq!(cancelled.count(), 2);
    checks::all_is_well(&office.engine, NORTH).await;
    office.close().await;
}

async fn what_is_taken_back_in_time_nobody_hears_of(place: Place) {
    let mut office = planned(place, "2027-03-30").await;
    at(&office, "2027-01-13T09:00:00Z").await;
    let before = office.mail_records().await.len();
    postpone(&mut office, "2027-05-10").await;
    at(&office, "2027-01-13T09:09:00Z").await;
    undo(&mut office).await;
    at(&office, "2027-01-13T09:30:00Z").await;
    let after = office.mail_records().await.split_off(before);
    assert!(!after.is_empty(), "they are recorded with the reason");
    for mail in &after {
        let why = mail.why.as_deref().unwrap();
        assert_eq!(mail.state, MailState::NotSent);
        assert_eq!(why, "it was taken back, or has changed since");
        assert_eq!(mail.held.as_deref(), Some("undo"));
    }
    let told = ["2027-01-12T09:30 REQUEST 0 2027-03-30T08:00"];
    assert_eq!(of(&invites(&office), "head"), told);
    office.close().await;
}

async fn near_a_visit_everybody_hears_at_once(place: Place) {
    let mut office = planned(place, "2027-01-14").await;
    postpone(&mut office, "2027-05-10").await;
    undo(&mut office).await;
    at(&office, "2027-01-12T09:45:00Z").await;
    let told = [
        "2027-01-12T09:30 CANCEL 1 2027-01-14T09:00",
        "2027-01-12T09:30 REQUEST 0 2027-01-14T09:00",
        "2027-01-12T09:30 REQUEST 2 2027-01-14T09:00",
    ];
    assert_eq!(of(&invites(&office), "head"), told);
    office.close().await;
}
