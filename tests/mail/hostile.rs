//! Names, subjects and places that somebody might type: whatever they hold, a mail has one reader,
//! no other head than ours, and one event for the calendar. Read by libraries that are not ours.

use alongside::mail::visit::Visit;
use alongside::mail::{Folder, Outgoing};
use chrono::NaiveTime;
use uuid::Uuid;

use crate::support::python::python;

/// Reads each mail of a folder; says name, subject and the calendar's attendee, summary and place.
const READ: &str = "
import email, email.policy, icalendar, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).glob('*.eml')):
    raw = path.read_bytes()
    assert all(len(line) <= 998 for line in raw.split(b'\\r\\n')), 'a line is too long'
    assert b'\\n' not in raw.replace(b'\\r\\n', b''), 'a bare line end'
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert not mail.defects, mail.defects
    known = {'From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted', 'MIME-Version',
             'Content-Type', 'Content-Transfer-Encoding', 'Reply-To', 'List-Id'}
    assert set(mail.keys()) <= known, mail.keys()
    assert mail['List-Id'] == '<northshire.alongside.alliance.example>', mail['List-Id']
    [to] = mail['To'].addresses
    assert to.addr_spec == 'ada@alder.example', to
    [file] = [part for part in mail.walk() if part.get_content_type() == 'application/ics']
    calendar = icalendar.Calendar.from_ical(file.get_content())
    [event] = calendar.walk('VEVENT')
    assert not event.errors, event.errors
    known = {'UID', 'DTSTAMP', 'DTSTART', 'DTEND', 'SEQUENCE', 'SUMMARY', 'DESCRIPTION', 'LOCATION',
             'STATUS', 'ORGANIZER', 'ATTENDEE'}
    assert set(event.keys()) <= known, event.keys()
    assert str(event['ATTENDEE']) == 'mailto:ada@alder.example', event['ATTENDEE']
    print(repr((str(event['SUMMARY']), str(event['LOCATION']))))
print('all well')
";

fn mail(number: u128, name: &str, text: &str) -> Outgoing {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    Outgoing {
        id: Uuid::from_u128(number),
        at: "2027-03-02T08:30:00Z".parse().unwrap(),
        alliance: "northshire".to_owned(),
        to_name: name.to_owned(),
        to_address: "ada@alder.example".to_owned(),
        answer_to: Some((name.to_owned(), "judith@alliance.example".to_owned())),
        // Subjects are one line before they come here.
        subject: text.split_whitespace().collect::<Vec<_>>().join(" "),
        text: format!("Dear {name},\n\n.\n{text}\n"),
        html: Some("<p>Dear Ada</p>".to_owned()),
        visits: vec![Visit {
            id: Uuid::from_u128(number),
            sequence: 0,
            cancelled: false,
            summary: text.to_owned(),
            description: text.to_owned(),
            place: text.to_owned(),
            date: "2027-03-30".parse().unwrap(),
            times: Some((time(9), time(15))),
        }],
    }
}

#[test]
fn whatever_people_are_called_a_mail_has_one_reader_and_one_event() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::new(home.path(), "Alongside <post@alliance.example>", None).unwrap();
    let long = "A subject that never ends ".repeat(400);
    let bad = [
        (
            "Ada\r\nBcc: victim@example.org",
            "Hello\r\nBcc: victim@example.org",
        ),
        (
            "Ada\";ATTENDEE=x:\"",
            "x\r\nATTENDEE:mailto:victim@example.org",
        ),
        ("Ada, Okafor; PhD: \"the\" head\\", "a\\nb\\,c\\;d;e,f:g\"h"),
        (
            "\u{202e}adA\u{2066}",
            "\u{202e}tropS\u{2066} \u{1f3eb}\u{1f469}\u{200d}\u{1f3eb}",
        ),
        (
            "<victim@example.org>",
            "=?utf-8?q?Bcc:_x?= =HYPERLINK(\"http://x\")",
        ),
        ("名前", "END:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR"),
        ("", "."),
        ("Ada", &long),
    ];
    for (number, (name, text)) in (1..).zip(bad) {
        let mail = mail(number, name, text);
        let bytes = folder.bytes(&mail).unwrap();
        folder.write(mail.id, &bytes).unwrap();
    }
    let read = python().args(["-c", READ]).arg(home.path()).output();
    let read = read.unwrap();
    let (said, wrong) = [&read.stdout, &read.stderr]
        .map(|it| String::from_utf8_lossy(it))
        .into();
    assert!(read.status.success(), "{said}{wrong}");
    assert_eq!(said.lines().count(), bad.len() + 1, "{said}");
}
