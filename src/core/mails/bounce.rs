//! Reading a bounce: a delivery status notification (RFC 3464) that came back for one of our mails.
//!
//! Anybody can write one. What is believed is the signed address that it came back to and nothing
//! else; what it says decides only what becomes of that one mail. It is read line by line in one
//! pass, up to a size; mails of people, automatic answers and bounces of other shapes are refused
//! with a reason. Each of our mails has one recipient, so there is one report to look for.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::return_path::{self, ReturnKey};
use super::status::Status;

/// The longest bounce that is read: they may bring the whole mail back.
pub const LONGEST: usize = 1024 * 1024;
/// The most fields of one head that are looked at.
const HEAD_FIELDS: usize = 500;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// The mail it speaks of, by our own signature.
    pub mail: Uuid,
    pub action: Action,
    pub status: Status,
    pub kind: Kind,
}

/// What the reporting server did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Failed,
    Delayed,
    Delivered,
    Relayed,
    Expanded,
}

/// What that means for the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was not delivered and the address is bad.
    Hard,
    /// It was not delivered, and another to the same address may be.
    Soft,
    /// It is still being tried.
    Delayed,
    /// It has arrived, or went on to servers that do not report.
    Arrived,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the bounce has {0} bytes and {LONGEST} are read: look at it by hand")]
    TooLong(usize),
    #[error(
        "no address it came to carries our signature, so it speaks of no mail of ours: discard it"
    )]
    NotOurs,
    #[error(
        "it has no delivery report (RFC 3464): an automatic answer or a letter to the return path, \
         which nobody reads"
    )]
    NoReport,
    #[error("the delivery report lacks `{0}`, so it says nothing: look at it by hand")]
    Lacks(&'static str),
    #[error("the delivery report says `{field}: {value}`, which means nothing: look at it by hand")]
    Unknown { field: &'static str, value: String },
}

/// Reads a bounce that came to `envelope_to`, or to whom its own head says.
pub fn read(
    bytes: &[u8],
    envelope_to: Option<&str>,
    key: &ReturnKey,
    domain: &str,
) -> Result<Bounce, Unreadable> {
    if bytes.len() > LONGEST {
        return Err(Unreadable::TooLong(bytes.len()));
    }
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let head = Fields::read(&mut lines);
    let ours = |text: &str| {
        let words = text.split(|c: char| c.is_whitespace() || ",;<>\"()".contains(c));
        words
            .take(100)
            .find_map(|word| return_path::check(word, key, domain))
    };
    let mail = envelope_to
        .and_then(ours)
        .or_else(|| {
            COME_TO
                .iter()
                .find_map(|name| head.all(name).find_map(ours))
        })
        .ok_or(Unreadable::NotOurs)?;
    let report = report(&head, lines).ok_or(Unreadable::NoReport)?;
    let word = |field: &'static str| {
        let value = report.first(field).ok_or(Unreadable::Lacks(field))?;
        Ok(value.split_whitespace().next().unwrap_or_default())
    };
    let action = understood::<Action>("Action", word("Action")?)?;
    let status = understood::<Status>("Status", word("Status")?)?;
    Ok(Bounce {
        mail,
        action,
        status,
        kind: Kind::of(action, status),
    })
}

/// Where a mail server says to whom a mail came, surest first.
const COME_TO: [&str; 4] = ["Delivered-To", "X-Original-To", "Envelope-To", "To"];

impl Kind {
    fn of(action: Action, status: Status) -> Self {
        match action {
            Action::Failed if status.says_the_address_is_bad() => Self::Hard,
            Action::Failed => Self::Soft,
            Action::Delayed => Self::Delayed,
            Action::Delivered | Action::Relayed | Action::Expanded => Self::Arrived,
        }
    }
}

impl FromStr for Action {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.to_ascii_lowercase().as_str() {
            "failed" => Ok(Self::Failed),
            "delayed" => Ok(Self::Delayed),
            "delivered" => Ok(Self::Delivered),
            "relayed" => Ok(Self::Relayed),
            "expanded" => Ok(Self::Expanded),
            _ => Err(()),
        }
    }
}

fn understood<T: FromStr>(field: &'static str, word: &str) -> Result<T, Unreadable> {
    word.parse().map_err(|_| Unreadable::Unknown {
        field,
        value: super::outcome::clean(word).chars().take(40).collect(),
    })
}

/// The fields on one recipient, out of the part of the mail that is the report: the ones that say
/// it failed, if there are several.
fn report<'a>(head: &Fields, mut lines: impl Iterator<Item = &'a str>) -> Option<Fields> {
    let kind = head.first("Content-Type")?;
    if !is_of(kind, "multipart/report") {
        return None;
    }
    let (start, end) = (
        format!("--{}", boundary(kind)?),
        format!("--{}--", boundary(kind)?),
    );
    let border = |line: &str| line.trim_end() == start || line.trim_end() == end;
    while lines.any(|line| line.trim_end() == start) {
        let part = Fields::read(&mut lines);
        let is_report = part.first("Content-Type").is_some_and(|kind| {
            is_of(kind, "message/delivery-status") || is_of(kind, "message/global-delivery-status")
        });
        if is_report {
            let mut report = lines.by_ref().take_while(|line| !border(line)).peekable();
            let mut found: Option<Fields> = None;
            while report.peek().is_some() {
                let fields = Fields::read(&mut report);
                let failed = fields
                    .first("Action")
                    .is_some_and(|action| action.to_ascii_lowercase().starts_with("failed"));
                if failed {
                    return Some(fields);
                }
                if found.is_none() && fields.first("Action").is_some() {
                    found = Some(fields);
                }
            }
            return Some(found.unwrap_or_default());
        }
    }
    None
}

/// Whether a content type is this one, whatever parameters follow.
fn is_of(content_type: &str, kind: &str) -> bool {
    let own = content_type.split(';').next().unwrap_or_default();
    own.trim().eq_ignore_ascii_case(kind)
}

fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').skip(1);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then_some(value)
    })?;
    let value = value.trim().trim_matches('"');
    (!value.is_empty() && value.len() <= 100).then_some(value)
}

/// The fields of a head, unfolded.
#[derive(Debug, Default)]
struct Fields(Vec<(String, String)>);

impl Fields {
    /// Up to the empty line, which is taken too.
    fn read<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in lines.take_while(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':')
                && fields.len() < HEAD_FIELDS
            {
                fields.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Self(fields)
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let own = self
            .0
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name));
        own.map(|(_, value)| value.as_str())
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOMAIN: &str = "alliance.example";

    fn key() -> ReturnKey {
        ReturnKey::new(*b"a key for tests")
    }

    fn mail() -> Uuid {
        Uuid::from_u128(7)
    }

    fn bounce(to: &str, fields: &str) -> String {
        format!(
            "Return-Path: <>\r\nReceived: from mx.alder.example\r\n\tby alliance.example\r\n\
             From: MAILER-DAEMON@alder.example (Mail Delivery System)\r\nTo: <{to}>\r\n\
             Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"B/1\"\r\n\r\n\
             --B/1\r\nContent-Type: text/plain\r\n\r\nAction: delivered, says the prose.\r\n\r\n\
             --B/1\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.alder.example\r\nArrival-Date: Tue, 2 Mar 2027 08:30:00 +0000\r\n\r\n\
             Final-Recipient: rfc822; ada@alder.example\r\n{fields}\
             Diagnostic-Code: smtp; 550 5.1.1 <ada@alder.example>:\r\n Recipient address rejected\r\n\r\n\
             --B/1\r\nContent-Type: message/rfc822\r\n\r\nTo: somebody@else.example\r\n\r\nDear Ada\r\n\
             --B/1--\r\n"
        )
    }

    fn ours() -> String {
        return_path::make(mail(), &key(), DOMAIN)
    }

    fn read_it(text: &str) -> Result<Bounce, Unreadable> {
        read(text.as_bytes(), None, &key(), DOMAIN)
    }

    #[test]
    fn a_bounce_says_which_mail_and_what_became_of_it() {
        let table = [
            ("failed", "5.1.1", Kind::Hard),
            ("Failed", "5.1.1 (bad mailbox)", Kind::Hard),
            ("failed", "5.2.2", Kind::Soft),
            ("failed", "4.4.7", Kind::Soft),
            ("failed", "5.7.1", Kind::Soft),
            ("delayed", "4.4.1", Kind::Delayed),
            ("delivered", "2.0.0", Kind::Arrived),
        ];
        for (action, status, kind) in table {
            let text = bounce(
                &ours(),
                &format!("Action: {action}\r\nStatus: {status}\r\n"),
            );
            let found = read_it(&text).unwrap();
            assert_eq!(
                (found.mail, found.kind),
                (mail(), kind),
                "{action} {status}"
            );
            let unix = read_it(&text.replace("\r\n", "\n")).unwrap();
            assert_eq!(unix, found);
        }
    }

    #[test]
    fn of_several_recipients_the_failed_one_counts() {
        let fields = "Action: relayed\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822; b@x\r\n\
                      Action: failed\r\nStatus: 5.1.1\r\n";
        let found = read_it(&bounce(&ours(), fields)).unwrap();
        assert_eq!(found.kind, Kind::Hard);
    }

    #[test]
    fn the_address_may_stand_in_other_heads_or_be_given() {
        let text = bounce(
            "office@alliance.example",
            "Action: failed\r\nStatus: 5.1.1\r\n",
        );
        assert_eq!(read_it(&text), Err(Unreadable::NotOurs));
        for name in ["Delivered-To", "X-Original-To", "envelope-to"] {
            let text = format!("{name}: {}\r\n{text}", ours());
            assert_eq!(read_it(&text).unwrap().mail, mail());
        }
        let given = read(text.as_bytes(), Some(&ours()), &key(), DOMAIN).unwrap();
        assert_eq!(given.mail, mail());
    }

    #[test]
    fn what_cannot_be_believed_or_understood_is_refused_with_a_reason() {
        let report = "Action: failed\r\nStatus: 5.1.1\r\n";
        let forged = ours().replace("07-", "08-");
        let answer = format!(
            "To: {}\r\nContent-Type: text/plain\r\n\r\nI am away\r\n",
            ours()
        );
        let table = [
            (bounce(&forged, report), "carries our signature"),
            (answer, "has no delivery report"),
            (
                bounce(&ours(), report).replace("/report", "/mixed"),
                "has no delivery report",
            ),
            (
                bounce(&ours(), report).replace("=\"B/1\"", "=\"\""),
                "has no delivery report",
            ),
            (bounce(&ours(), ""), "lacks `Action`"),
            (bounce(&ours(), "Action: failed\r\n"), "lacks `Status`"),
            (
                bounce(&ours(), "Action: perhaps\r\nStatus: 5.1.1\r\n"),
                "`Action: perhaps`",
            ),
            (
                bounce(&ours(), "Action: failed\r\nStatus: 9\r\n"),
                "`Status: 9`",
            ),
            (
                format!("{}{}", bounce(&ours(), report), "x".repeat(LONGEST)),
                "1048576 are read",
            ),
            (String::new(), "carries our signature"),
        ];
        for (text, expected) in table {
            let said = read_it(&text).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn the_signed_address_in_the_mail_that_comes_back_proves_nothing() {
        let text = bounce(
            "office@alliance.example",
            "Action: failed\r\nStatus: 5.1.1\r\n",
        );
        let text = text.replace("To: somebody@else.example", &format!("To: {}", ours()));
        assert_eq!(read_it(&text), Err(Unreadable::NotOurs));
    }

    proptest! {
        #[test]
        fn random_bytes_are_no_bounce(bytes: Vec<u8>) {
            prop_assert!(read(&bytes, None, &key(), DOMAIN).is_err());
            prop_assert!(read(&bytes, Some(&ours()), &key(), DOMAIN).is_err());
        }

        #[test]
        fn a_damaged_bounce_speaks_of_its_mail_or_of_none(
            changes in proptest::collection::vec((0usize..1200, any::<u8>()), 1..30), cut in 0usize..1500,
        ) {
            let mut bytes = bounce(&ours(), "Action: failed\r\nStatus: 5.1.1\r\n").into_bytes();
            for (at, byte) in changes {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            bytes.truncate(cut);
            if let Ok(found) = read(&bytes, None, &key(), DOMAIN) {
                prop_assert_eq!(found.mail, mail());
            }
        }
    }
}
