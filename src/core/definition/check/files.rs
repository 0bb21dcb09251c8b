//! Rules 25 and 28: the files that a page names are there and fit, and no file is left over.

use std::collections::BTreeSet;

use super::Case;
use crate::core::definition::diagnostic::Findings;
use crate::core::definition::form::FieldKind;
use crate::core::definition::near;
use crate::core::definition::source::Span;
use crate::core::definition::text::{Letter, head_of};
use crate::core::definition::workflow::NodeId;
use crate::core::definition::yaml::Word;

/// Texts that come with the engine, for the moments that every step has.
const BUILT_IN_MAILS: &[&str] = &["ready", "heads_up", "nudge", "due", "late_1", "late_2"];

pub(super) fn check(case: &Case, findings: &mut Findings) {
    let mut used = Used::default();
    for (id, _) in case.nodes() {
        let step = case.step(id);
        expect(case, "forms", step.form.as_ref(), &mut used, findings);
        expect(case, "invites", step.invite.as_ref(), &mut used, findings);
        expect(case, "mails", step.mail.as_ref(), &mut used, findings);
        for outcome in step.outcomes.iter().flatten() {
            expect(case, "mails", outcome.mail.as_ref(), &mut used, findings);
        }
        check_invite(case, id, findings);
    }
    for rung in case
        .draft
        .page
        .ladders
        .iter()
        .flat_map(|ladder| &ladder.rungs)
    {
        let text = rung.text.as_ref().unwrap_or(&rung.name);
        used.names.insert(("mails", text.text.clone()));
        if let Some(word) = rung
            .text
            .as_ref()
            .filter(|word| !has(case, "mails", &word.text))
        {
            let message = format!("mails/{}.txt is not here", word.text);
            let hint = Some("The alliance's or the built-in text of that name is used.".to_owned());
            findings.warn(25, word.span, message, hint);
        }
    }
    report_unused(case, &used, findings);
    for folder in ["mails", "invites"] {
        for name in names(case, folder) {
            check_to(case, folder, name, findings);
        }
    }
}

/// A mail goes to roles of this workflow.
fn check_to(case: &Case, folder: &str, name: &str, findings: &mut Findings) {
    let letter = case.letter(folder, name);
    let Some(line) = letter.as_ref().and_then(|letter| letter.find("to")) else {
        return;
    };
    let roles = &case.workflow().roles;
    for role in line
        .value
        .split(',')
        .map(str::trim)
        .filter(|role| !role.is_empty())
    {
        if !roles.contains_key(role) {
            let hint = near::did_you_mean(role, roles.keys().map(String::as_str));
            findings.error_hint(6, line.value_span, format!("no role `{role}`"), hint);
        }
    }
}

#[derive(Default)]
struct Used {
    names: BTreeSet<(&'static str, String)>,
}

fn names<'a>(case: &'a Case, folder: &str) -> Vec<&'a str> {
    let beside = case.draft.beside;
    match folder {
        "forms" => beside.forms.keys().map(String::as_str).collect(),
        "mails" => beside.mails.keys().map(String::as_str).collect(),
        _ => beside.invites.keys().map(String::as_str).collect(),
    }
}

fn has(case: &Case, folder: &str, name: &str) -> bool {
    names(case, folder).contains(&name)
}

fn ending(folder: &str) -> &'static str {
    if folder == "forms" { "yaml" } else { "txt" }
}

fn expect(
    case: &Case,
    folder: &'static str,
    word: Option<&Word>,
    used: &mut Used,
    findings: &mut Findings,
) {
    let Some(word) = word else { return };
    used.names.insert((folder, word.text.clone()));
    if has(case, folder, &word.text) {
        return;
    }
    let near = near::nearest(&word.text, names(case, folder));
    let hint = near.map(|name| format!("There is {folder}/{name}.{}.", ending(folder)));
    if let Some(name) = near {
        // It is meant here, so it is not left over as well.
        used.names.insert((folder, name.to_owned()));
    }
    let message = format!("{folder}/{}.{} is missing", word.text, ending(folder));
    findings.error_hint(25, word.span, message, hint);
}

fn report_unused(case: &Case, used: &Used, findings: &mut Findings) {
    for folder in ["forms", "mails", "invites"] {
        for name in names(case, folder) {
            // These texts may be written anew for one definition.
            let built_in = folder == "mails" && BUILT_IN_MAILS.contains(&name);
            if !built_in && !used.names.contains(&(folder, name.to_owned())) {
                let span = case.file_span(folder, name);
                let message = format!("{folder}/{name} is named by no step");
                findings.warn(25, span, message, None);
            }
        }
    }
}

/// Rule 28: an invite takes its date, times and place from the form of its step.
fn check_invite(case: &Case, id: NodeId, findings: &mut Findings) {
    let Some(word) = &case.step(id).invite else {
        return;
    };
    let node = &case.workflow().nodes[id];
    if node.form().is_none() {
        let message = format!(
            "`{}` sends an invite, but has no form with a date",
            node.name
        );
        findings.error(28, word.span, message);
    }
    let Some(form) = case.draft.form_of(id) else {
        return;
    };
    let Some(invite) = case.workflow().invites.get(&word.text) else {
        return;
    };
    for (line, field) in &invite.fields {
        let found = form.fields.get(field);
        let message = match found {
            None => format!(
                "invite {} takes `{line}` from form {}, which has no `{field}`",
                invite.name, form.name
            ),
            Some(_) if form.is_doubtful(field) => continue,
            Some(found) if line == "date" && found.kind != FieldKind::Date => format!(
                "invite {} takes `{line}` from form {}, where `{field}` is {}",
                invite.name,
                form.name,
                found.kind.say()
            ),
            Some(_) => continue,
        };
        let hint = near::did_you_mean(field, form.fields.keys().map(String::as_str));
        let head = case.letter("invites", &word.text);
        let place = head
            .as_ref()
            .and_then(|head| head.find(line))
            .map(|line| line.value_span);
        findings.error_hint(28, place.unwrap_or(word.span), message, hint);
    }
}

impl Case<'_, '_> {
    /// The top of a file beside the page.
    pub(super) fn file_span(&self, folder: &str, name: &str) -> Span {
        let number = self.sources.numbers().find(|number| {
            let path = self.sources.path(*number);
            let file = path.rsplit('/').next().unwrap_or_default();
            path.contains(&format!("{folder}/{name}."))
                && file
                    .rsplit_once('.')
                    .is_some_and(|(stem, ending)| stem == name && ending != "html")
        });
        number.map_or(Span::default(), Span::top)
    }

    /// A mail or invite once more, with its places.
    pub(super) fn letter(&self, folder: &str, name: &str) -> Option<Letter> {
        let file = self.file_span(folder, name).file;
        let source = self.sources.file(file).filter(|_| file != 0)?;
        Some(head_of(source, file))
    }
}
