//! Mails and invites beside a definition: a head (`subject`, `to`, …) and a text with placeholders.

use indexmap::IndexMap;

use super::diagnostic::Findings;
use super::near;
use super::source::{Source, Span};

/// One mail, in plain text and perhaps in HTML; placeholders are minijinja's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    pub name: String,
    pub subject: String,
    /// Roles; empty means whom the step concerns.
    pub to: Vec<String>,
    pub text: String,
    pub html: Option<String>,
}

/// One invite: which answers of the step's form give its date, times and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    pub name: String,
    pub subject: String,
    pub to: Vec<String>,
    /// `date`, `start`, `end`, `place` to the field of the form that holds it.
    pub fields: IndexMap<String, String>,
    pub text: String,
}

/// A text file cut into its head and its text, with places.
pub(crate) struct Letter {
    pub head: Vec<HeadLine>,
    pub text: String,
    /// Byte at which the text begins.
    pub text_start: usize,
}

pub(crate) struct HeadLine {
    pub key: String,
    pub key_span: Span,
    pub value: String,
    pub value_span: Span,
}

const MAIL_HEAD: &[&str] = &["subject", "to"];
const INVITE_HEAD: &[&str] = &["subject", "to", "date", "start", "end", "place"];
const INVITE_FIELDS: &[&str] = &["date", "start", "end", "place"];

/// Cuts `key: value` lines, an empty line, and the text.
pub(crate) fn cut(source: &Source, file: u16, known: &[&str], findings: &mut Findings) -> Letter {
    let mut letter = Letter {
        head: vec![],
        text: String::new(),
        text_start: 0,
    };
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let next = start + line.len();
        if body.trim().is_empty() {
            source.text[next..].clone_into(&mut letter.text);
            letter.text_start = next;
            break;
        }
        let Some((key, value)) = body.split_once(':') else {
            let span = Span::new(file, start, start + body.len());
            let hint = Some("The head is `subject: …`, `to: …`, then an empty line.".to_owned());
            findings.error_hint(25, span, "the head ends with an empty line", hint);
            return letter;
        };
        let value_start = start + key.len() + 1 + (value.len() - value.trim_start().len());
        let value = value.trim().to_owned();
        let line = HeadLine {
            key_span: Span::new(file, start, start + key.len()),
            value_span: Span::new(file, value_start, value_start + value.len()),
            key: key.trim().to_owned(),
            value,
        };
        if !known.contains(&line.key.as_str()) {
            let message = format!("`{}` is no line of this head", line.key);
            let hint = near::did_you_mean(&line.key, known.iter().copied());
            findings.error_hint(25, line.key_span, message, hint);
        }
        letter.head.push(line);
        start = next;
    }
    if letter
        .find("subject")
        .is_none_or(|line| line.value.is_empty())
    {
        findings.error(25, Span::top(file), "the head has no `subject: …`");
    }
    letter
}

impl Letter {
    pub fn find(&self, key: &str) -> Option<&HeadLine> {
        self.head.iter().find(|line| line.key == key)
    }

    fn subject(&self) -> String {
        self.find("subject")
            .map_or(String::new(), |line| line.value.clone())
    }

    fn to(&self) -> Vec<String> {
        let names = self.find("to").map_or("", |line| &line.value);
        let names = names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }
}

/// Reads `mails/NAME.txt`; the HTML beside it is added by the caller.
pub(crate) fn read_mail(
    name: &str,
    source: &Source,
    file: u16,
    findings: &mut Findings,
) -> Option<MailText> {
    let before = findings.errors();
    let letter = cut(source, file, MAIL_HEAD, findings);
    let (subject, to) = (letter.subject(), letter.to());
    let mail = MailText {
        name: name.to_owned(),
        subject,
        to,
        text: letter.text,
        html: None,
    };
    (findings.errors() == before).then_some(mail)
}

/// Reads `invites/NAME.txt`. Without a line for it, `date` is the field of that name.
pub(crate) fn read_invite(
    name: &str,
    source: &Source,
    file: u16,
    findings: &mut Findings,
) -> Option<Invite> {
    let before = findings.errors();
    let letter = cut(source, file, INVITE_HEAD, findings);
    let mut fields = IndexMap::from([("date".to_owned(), "date".to_owned())]);
    for key in INVITE_FIELDS {
        if let Some(line) = letter.find(key) {
            fields.insert((*key).to_owned(), line.value.clone());
        }
    }
    let (subject, to) = (letter.subject(), letter.to());
    let invite = Invite {
        name: name.to_owned(),
        subject,
        to,
        fields,
        text: letter.text,
    };
    (findings.errors() == before).then_some(invite)
}

/// The head of a file once more, for checks that need its places.
pub(crate) fn head_of(source: &Source, file: u16) -> Letter {
    cut(source, file, INVITE_HEAD, &mut Findings::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::definition::source::Sources;

    #[test]
    fn a_mail_has_a_head_and_a_text() {
        let mut sources = Sources::default();
        let text = "subject: Report: ready\r\nto: lead, cpd_lead\r\n\r\nDear all,\n\nbye\n";
        let file = sources.add("mails/x.txt", text);
        let mut findings = Findings::default();
        let mail = read_mail("x", sources.file(file).unwrap(), file, &mut findings).unwrap();
        assert_eq!(mail.subject, "Report: ready");
        assert_eq!(mail.to, ["lead", "cpd_lead"]);
        assert_eq!(mail.text, "Dear all,\n\nbye\n");
    }

    #[test]
    fn a_head_without_its_end_is_said_with_its_line() {
        let mut sources = Sources::default();
        let file = sources.add("mails/x.txt", "subject: x\nDear all,\n");
        let mut findings = Findings::default();
        assert!(read_mail("x", sources.file(file).unwrap(), file, &mut findings).is_none());
        let found = findings.into_diagnostics(&sources);
        assert_eq!(
            (found[0].line, found[0].message.as_str()),
            (2, "the head ends with an empty line")
        );
    }
}
