//! Text of an iCalendar file to its lines and components (RFC 5545, sections 3.1 and 3.6).
//!
//! Not the `icalendar` crate's parser: it walks nested components by recursion, so that thirty
//! kilobytes of `BEGIN:A` end the process, it forgets on which line anything stood, and it does not
//! know files whose lines end with CR alone. Nothing here knows what an event means.

use crate::import::problem::{Fault, Findings, Place};

/// An event inside of a calendar is at depth two, its alarm at three.
const DEEPEST: usize = 8;
/// Texts of people are shorter, pictures are not.
const LONGEST_LINE: usize = 64 * 1024;

/// `NAME;PARAMETER=VALUE:text`, unfolded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub number: u64,
    /// In capitals.
    pub name: String,
    /// Names in capitals, values without quotes.
    pub parameters: Vec<(String, String)>,
    pub text: String,
}

/// What stands between BEGIN and END, without the components within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// In capitals: `VCALENDAR`, `VEVENT`.
    pub name: String,
    /// That of BEGIN.
    pub line: u64,
    pub depth: usize,
    pub lines: Vec<Line>,
}

impl Line {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let found = parameters.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// `\,`, `\;`, `\n` and `\\` of a text made what they stand for.
    pub fn unescaped(&self) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut letters = self.text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next() {
                    Some('n' | 'N') => text.push(' '),
                    Some(other) => text.push(other),
                    None => text.push('\\'),
                },
                other => text.push(other),
            }
        }
        text
    }
}

impl Component {
    pub fn find(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }
}

/// All components in the order in which they end; `None` if the file is broken, which is then
/// reported.
pub fn components(text: &str, findings: &mut Findings) -> Option<Vec<Component>> {
    let mut open: Vec<Component> = Vec::new();
    let mut done = Vec::new();
    for (number, text) in unfold(text, findings)? {
        let Some(line) = read(number, &text) else {
            let rule = "This is no line of a calendar: it has no colon.";
            let way_out = "Export the calendar again, and do not edit the file by hand.";
            findings.place(Place::line(number), Some(&text), Fault::new(rule, way_out));
            return None;
        };
        if let Err(fault) = take(line, &mut open, &mut done) {
            findings.place(Place::line(number), Some(&text), fault);
            return None;
        }
    }
    if let Some(unended) = open.last() {
        let rule = format!("{} begins here and never ends.", unended.name);
        let fault = Fault::new(rule, "The file was cut off: export it again.");
        findings.place(Place::line(unended.line), None, fault);
        return None;
    }
    Some(done)
}

fn take(line: Line, open: &mut Vec<Component>, done: &mut Vec<Component>) -> Result<(), Fault> {
    match line.name.as_str() {
        "BEGIN" if open.len() == DEEPEST => Err(Fault::new(
            format!("More than {DEEPEST} parts are nested."),
            "Export the calendar again; this is not what calendar programs write.",
        )),
        "BEGIN" => {
            open.push(Component {
                name: line.text.trim().to_uppercase(),
                line: line.number,
                depth: open.len(),
                lines: Vec::new(),
            });
            Ok(())
        }
        "END" => match open.pop() {
            Some(ended) if ended.name == line.text.trim().to_uppercase() => {
                done.push(ended);
                Ok(())
            }
            Some(other) => Err(Fault::new(
                format!(
                    "{} began on line {} and must end first.",
                    other.name, other.line
                ),
                "Export the calendar again.",
            )),
            None => Err(Fault::new(
                "This ends what never began.",
                "Export the calendar again.",
            )),
        },
        _ => match open.last_mut() {
            Some(component) => {
                component.lines.push(line);
                Ok(())
            }
            None => Err(Fault::new(
                "This stands outside of any calendar: BEGIN:VCALENDAR is missing before it.",
                "Check that it is the right file, and export it again.",
            )),
        },
    }
}

/// Lines with their first number; one that begins with a space or a tab goes on the one before.
fn unfold(text: &str, findings: &mut Findings) -> Option<Vec<(u64, String)>> {
    let mut lines: Vec<(u64, String)> = Vec::new();
    for (number, line) in (1..).zip(physical(text)) {
        let fold = line.strip_prefix([' ', '\t']);
        match (fold, lines.last_mut()) {
            (Some(more), Some((first, whole))) => {
                if whole.len() + more.len() > LONGEST_LINE {
                    let rule = "This line goes on for more than 64 KB.";
                    let way_out = "Take pictures and other attachments out of the calendar.";
                    findings.place(Place::line(*first), None, Fault::new(rule, way_out));
                    return None;
                }
                whole.push_str(more);
            }
            _ if line.trim().is_empty() => {}
            _ => lines.push((number, line.to_owned())),
        }
    }
    Some(lines)
}

/// Lines that end with LF, CR LF or CR.
fn physical(text: &str) -> impl Iterator<Item = &str> {
    let ended = text.split_inclusive(['\n', '\r']);
    let mut after_return = false;
    ended.filter_map(move |line| {
        let half = after_return && line == "\n";
        after_return = line.ends_with('\r');
        (!half).then(|| line.trim_end_matches(['\n', '\r']))
    })
}

fn read(number: u64, text: &str) -> Option<Line> {
    let colon = outside_quotes(text, ':')?;
    let (front, value) = (&text[..colon], &text[colon + 1..]);
    let mut parts = Vec::new();
    let mut rest = front;
    while let Some(at) = outside_quotes(rest, ';') {
        parts.push(&rest[..at]);
        rest = &rest[at + 1..];
    }
    parts.push(rest);
    let mut parts = parts.into_iter();
    let name = parts.next()?.trim().to_uppercase();
    let parameters = parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.trim().to_uppercase(), value.replace('"', ""))
    });
    (!name.is_empty()).then(|| Line {
        number,
        name,
        parameters: parameters.collect(),
        text: value.to_owned(),
    })
}

fn outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, letter)| {
        quoted ^= letter == '"';
        (letter == wanted && !quoted).then_some(at)
    })
}
