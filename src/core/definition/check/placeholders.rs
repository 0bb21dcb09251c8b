//! Rule 27: every placeholder of a mail or invite can be filled at the step that sends it.
//!
//! A mail is rendered strictly, so an unknown word would stop it on the day it is due; here it
//! stops the definition instead. [`WORDS`] is what the engine always offers, and `dates.NAME`.

use std::collections::BTreeSet;

use minijinja::Environment;

use super::Case;
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::near;
use crate::core::definition::resolve::{Followed, Lost, follow};
use crate::core::definition::source::Span;
use crate::core::definition::workflow::NodeId;

/// Words of the engine and their fields; a word without fields is a text. Beside them a mail may
/// say `ROLE.name`, `STEP.field` and `STEP.outcome`. Whoever writes the mails offers exactly these.
pub const WORDS: &[(&str, &[&str])] = &[
    ("project", &["title", "reference"]),
    ("host_school", &["name"]),
    ("alliance", &["name"]),
    ("recipient", ROLE_WORDS),
    ("coordinator", ROLE_WORDS),
    (
        "step",
        &[
            "title",
            "due",
            "by_when",
            "when",
            "how_soon",
            "days_note",
            "about",
            "whose",
        ],
    ),
    ("reminder", &["copy", "next"]),
    ("today", &[]),
    ("how_to_answer", &[]),
    ("link", &[]),
    ("reason", &[]),
];

/// Of a person.
pub const ROLE_WORDS: &[&str] = &["name", "email"];

/// Names of the template language itself.
const LANGUAGE: &[&str] = &["loop", "range", "dict", "namespace", "debug"];
const STATEMENTS: &[&str] = &["include", "extends", "import", "from"];

pub(super) fn check(case: &Case, findings: &mut Findings) {
    for (folder, name, id) in uses(case) {
        for piece in pieces(case, folder, &name) {
            check_piece(case, id, &piece, findings);
        }
    }
}

/// Which text is sent at which step.
fn uses(case: &Case) -> Vec<(&'static str, String, NodeId)> {
    let workflow = case.workflow();
    let mut uses = vec![];
    for (id, node) in case.nodes() {
        let outcomes = node
            .task()
            .into_iter()
            .flat_map(|task| task.outcomes.values());
        let mails = outcomes
            .filter_map(|outcome| outcome.mail.clone())
            .chain(node.mail.clone());
        uses.extend(mails.map(|mail| ("mails", mail, id)));
        let invite = node.task().and_then(|task| task.invite.clone());
        uses.extend(invite.map(|invite| ("invites", invite, id)));
        let ladder = node
            .reminders
            .as_ref()
            .and_then(|name| workflow.ladders.get(name));
        for (name, rung) in ladder.into_iter().flatten() {
            let text = rung.text.clone().unwrap_or_else(|| name.clone());
            uses.push(("mails", text, id));
        }
    }
    uses
}

/// A stretch of template with its place.
struct Piece {
    file: u16,
    start: usize,
    text: String,
}

/// Subject and text of a mail or invite, and its HTML.
fn pieces(case: &Case, folder: &str, name: &str) -> Vec<Piece> {
    let Some(letter) = case.letter(folder, name) else {
        return vec![];
    };
    let file = case.file_span(folder, name).file;
    let mut pieces = vec![Piece {
        file,
        start: letter.text_start,
        text: letter.text.clone(),
    }];
    if let Some(subject) = letter.find("subject") {
        let start = subject.value_span.start as usize;
        pieces.push(Piece {
            file,
            start,
            text: subject.value.clone(),
        });
    }
    let html = case.sources.numbers().find(|number| {
        case.sources
            .path(*number)
            .ends_with(&format!("{folder}/{name}.html"))
    });
    if let Some((file, source)) = html.and_then(|at| Some((at, case.sources.file(at)?))) {
        pieces.push(Piece {
            file,
            start: 0,
            text: source.text.clone(),
        });
    }
    pieces
}

/// A template that is none: in which line, from 1, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub line: usize,
    pub why: String,
}

/// All that a text wants filled in, `step.title`, in order; what it sets itself is not among it.
pub fn placeholders(text: &str) -> Result<BTreeSet<String>, Unreadable> {
    let environment = Environment::new();
    let template = environment.template_from_str(text);
    let template = template.map_err(|error| Unreadable {
        line: error.line().unwrap_or(1).max(1),
        why: error.detail().unwrap_or("its syntax is broken").to_owned(),
    })?;
    Ok(template.undeclared_variables(true).into_iter().collect())
}

fn check_piece(case: &Case, id: NodeId, piece: &Piece, findings: &mut Findings) {
    let names = match placeholders(&piece.text) {
        Ok(names) => names,
        Err(Unreadable { line, why }) => {
            let before: usize = piece
                .text
                .split_inclusive('\n')
                .take(line - 1)
                .map(str::len)
                .sum();
            let start = piece.start + before.min(piece.text.len());
            let message = format!("this text cannot be read: {why}");
            findings.error(27, Span::new(piece.file, start, start + 1), message);
            return;
        }
    };
    for word in STATEMENTS {
        if let Some(at) = piece.text.find(&format!("{{% {word} ")) {
            let span = Span::new(
                piece.file,
                piece.start + at,
                piece.start + at + 3 + word.len(),
            );
            findings.error(27, span, format!("`{word}`: a mail stands alone"));
        }
    }
    for name in names {
        check_name(case, id, &name, piece.span_of(&name), findings);
    }
}

impl Piece {
    /// Where a name stands first, else the top of the piece.
    fn span_of(&self, name: &str) -> Span {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let whole = |at: usize| {
            let before = self.text[..at].chars().next_back();
            let after = self.text[at + name.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
        };
        let found = self
            .text
            .match_indices(name)
            .map(|(at, _)| at)
            .find(|at| whole(*at));
        match found {
            Some(at) => Span::new(self.file, self.start + at, self.start + at + name.len()),
            None => Span::new(self.file, self.start, self.start),
        }
    }
}

fn check_name(case: &Case, id: NodeId, name: &str, span: Span, findings: &mut Findings) {
    let workflow = case.workflow();
    let (first, rest) = name
        .split_once('.')
        .map_or((name, None), |(a, b)| (a, Some(b)));
    let field = rest.and_then(|rest| rest.split('.').next());
    if LANGUAGE.contains(&first) {
        return;
    }
    if let Some((_, fields)) = WORDS.iter().find(|(word, _)| *word == first) {
        return check_word(first, field, fields, span, findings);
    }
    if first == "dates" && !workflow.dates.is_empty() {
        let known: Vec<&str> = workflow.dates.keys().map(String::as_str).collect();
        return check_word(first, field.or(Some("")), &known, span, findings);
    }
    if workflow.roles.contains_key(first) {
        return check_word(first, field, ROLE_WORDS, span, findings);
    }
    check_step(case, id, name, span, findings);
}

fn check_word(
    word: &str,
    field: Option<&str>,
    fields: &[&str],
    span: Span,
    findings: &mut Findings,
) {
    let Some(field) = field.filter(|field| !fields.contains(field)) else {
        return;
    };
    let hint = near::nearest(field, fields.iter().copied())
        .map(|near| format!("Did you mean `{word}.{near}`?"))
        .or_else(|| {
            (!fields.is_empty()).then(|| {
                let known: Vec<_> = fields
                    .iter()
                    .map(|field| format!("{word}.{field}"))
                    .collect();
                format!(
                    "There is {}.",
                    near::one_of(known.iter().map(String::as_str))
                )
            })
        });
    findings.error_hint(
        27,
        span,
        format!("`{{{{ {word}.{field} }}}}`: no such placeholder"),
        hint,
    );
}

fn check_step(case: &Case, id: NodeId, name: &str, span: Span, findings: &mut Findings) {
    let workflow = case.workflow();
    let found = match follow(workflow, id, name) {
        Ok(found) => found,
        Err(Lost::Unknown { .. }) => {
            let message = format!("`{{{{ {name} }}}}`: no such placeholder");
            findings.error_hint(27, span, message, near_placeholder(case, name));
            return;
        }
        Err(lost) => {
            let (message, hint) = lost.say(workflow);
            findings.error_hint(27, span, message, hint);
            return;
        }
    };
    let complaint = way_complaint(case, id, name, &found)
        .or_else(|| field_complaint(case, name, &found))
        .map(|(message, hint)| findings.error_hint(27, span, message, hint));
    if complaint.is_none() {
        warn_of_gaps(case, id, name, &found, span, findings);
    }
}

type Complaint = Option<(String, Option<String>)>;

/// A bare name is offered inside its group only, and no pass from outside.
fn way_complaint(case: &Case, id: NodeId, name: &str, found: &Followed) -> Complaint {
    let nodes = &case.workflow().nodes;
    let step = &nodes[found.step.node];
    if found.step.pick.is_some() {
        let hint = "Send it from a step of that pass.".to_owned();
        return Some((
            format!("`{{{{ {name} }}}}`: a mail cannot look into a pass"),
            Some(hint),
        ));
    }
    let way = found.field.as_ref().map_or(name, |field| {
        name.strip_suffix(field.as_str())
            .unwrap_or(name)
            .trim_end_matches('.')
    });
    if way == step.path || step.parent == nodes[id].parent {
        return None;
    }
    let hint = format!("Say `{}`.", name.replacen(way, &step.path, 1));
    Some((
        format!("`{{{{ {name} }}}}` is said in full outside its group"),
        Some(hint),
    ))
}

fn field_complaint(case: &Case, name: &str, found: &Followed) -> Complaint {
    let step = &case.workflow().nodes[found.step.node];
    let field = first_part(found)?;
    let form = case.draft.form_of(found.step.node);
    let known = form.is_none_or(|form| form.fields.contains_key(field));
    if field == "outcome" || (step.form().is_some() && known) {
        return None;
    }
    let hint = form.and_then(|form| {
        let near = near::nearest(field, form.fields.keys().map(String::as_str))?;
        Some(format!("Did you mean `{}.{near}`?", step.name))
    });
    Some((
        format!("`{{{{ {name} }}}}`: `{}` asks for no `{field}`", step.name),
        hint,
    ))
}

fn first_part(found: &Followed) -> Option<&str> {
    found.field.as_deref()?.split('.').next()
}

/// What may be missing on the day: unless the text asks for it first with `{% if … %}`.
fn warn_of_gaps(
    case: &Case,
    id: NodeId,
    name: &str,
    found: &Followed,
    span: Span,
    findings: &mut Findings,
) {
    let workflow = case.workflow();
    let node = found.step.node;
    let guard = format!("{{% if {name} ");
    let asked = case
        .sources
        .file(span.file)
        .is_some_and(|file| file.text.contains(&guard));
    let form = case.draft.form_of(node);
    let field = first_part(found).and_then(|field| form?.fields.get(field));
    let why = if node != id && case.draft.cannot_stand_on(id, node) {
        format!(
            "may not be known when `{}` sends this",
            workflow.nodes[id].name
        )
    } else if field.is_some_and(|field| !field.required) {
        "may be left empty".to_owned()
    } else {
        return;
    };
    if !asked {
        let hint = Some(format!("Put it inside `{guard}%}}`."));
        findings.warn(27, span, format!("`{{{{ {name} }}}}` {why}"), hint);
    }
}

fn near_placeholder(case: &Case, name: &str) -> Option<String> {
    let (first, rest) = name
        .split_once('.')
        .map_or((name, ""), |(first, rest)| (first, rest));
    let workflow = case.workflow();
    let words = WORDS.iter().map(|(word, _)| *word);
    let steps = workflow.nodes.iter().map(|node| node.name.as_str());
    let roles = workflow.roles.keys().map(String::as_str);
    let near = near::nearest(first, words.chain(steps).chain(roles))?;
    let dot = if rest.is_empty() { "" } else { "." };
    Some(format!("Did you mean `{near}{dot}{rest}`?"))
}
