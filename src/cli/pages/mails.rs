//! Mails: the list of what was written or not, and one mail to read.

use serde_json::{Value, json};

use crate::mail::Letter;
use crate::store::{MailRow, MailState};

use super::layout::{table, wrap};
use super::{count, when};

/// One line of the list.
pub struct Line {
    pub row: MailRow,
    /// As the file has it; the words of the letter's kind where there is no file.
    pub subject: String,
    pub to: String,
    pub reference: Option<String>,
}

impl Line {
    fn state(&self) -> String {
        match (&self.row.state, &self.row.why) {
            (MailState::Written, _) => "written".to_owned(),
            (MailState::NotSent, Some(why)) => format!("not sent: {why}"),
            (MailState::NotSent, None) => "not sent".to_owned(),
        }
    }
}

const HEADS: [(&str, u16); 6] = [
    ("Id", 8),
    ("When", 16),
    ("To", 14),
    ("Subject", 20),
    ("Project", 12),
    ("State", 9),
];

/// So many characters of an id tell mails apart in a list.
pub const SHORT_ID: usize = 8;

pub fn list(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "No mails.\n".to_owned();
    }
    let rows = lines.iter().map(|line| {
        let id: String = line.row.id.to_string().chars().take(SHORT_ID).collect();
        let reference = line.reference.clone().unwrap_or_default();
        vec![
            id,
            when(line.row.at),
            line.to.clone(),
            line.subject.clone(),
            reference,
            line.state(),
        ]
    });
    let mut text = table(&HEADS, rows.collect());
    text.extend(["\n", &count(lines.len(), "mail"), ".\n"]);
    text
}

pub fn json(lines: &[Line]) -> Value {
    let rows = lines.iter().map(|line| {
        json!({
            "id": line.row.id,
            "at": line.row.at,
            "run": line.row.run,
            "reference": line.reference,
            "person": line.row.person,
            "to": line.to,
            "kind": line.row.kind,
            "subject": line.subject,
            "state": line.row.state,
            "why": line.row.why,
        })
    });
    rows.collect()
}

/// One mail as its reader sees it.
pub fn show(line: &Line, letter: Option<&Letter>) -> String {
    let mut text = String::new();
    let mut head = |name: &str, words: &str| text.push_str(&wrap(&format!("{name}: "), words, 2));
    if let Some(letter) = letter {
        head("From", &letter.from);
        head("To", &letter.to);
    } else {
        head("To", &line.to);
    }
    head("Date", &when(line.row.at));
    head("Subject", &line.subject);
    if let Some(reference) = &line.reference {
        head("Project", reference);
    }
    if line.row.state == MailState::NotSent {
        head("State", &line.state());
    }
    if let Some(letter) = letter {
        text.push('\n');
        text.push_str(letter.text.trim_end());
        text.push('\n');
    }
    text
}
