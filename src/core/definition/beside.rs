//! The files beside a definition: forms, mails and invites, read from the bundle.
//!
//! A file in a wrong place or with a wrong ending is said, because it would silently not be used.

use std::sync::Arc;

use super::bundle::Bundle;
use super::diagnostic::Findings;
use super::form::load_form;
use super::read::is_file_name;
use super::resolve::Beside;
use super::source::{Sources, Span};
use super::text::{read_invite, read_mail};

/// Reads all files; `sources` then holds each under its full path. Whether a form is a schema as a
/// whole takes longest to find out, and is not asked of what was tested.
pub fn read_beside(
    bundle: &Bundle,
    is_tested: bool,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Beside {
    let mut beside = Beside::default();
    let mut html = vec![];
    for (path, text) in &bundle.files {
        let file = sources.add(&full_path(&bundle.path, path), text);
        let Some((folder, name, ending)) = cut(path) else {
            misplaced(path, file, findings);
            continue;
        };
        if !is_file_name(name) {
            let message =
                format!("`{path}`: names of files are lower-case letters, digits, - and _");
            findings.error(25, Span::top(file), message);
        }
        let owned = name.to_owned();
        match (folder, ending) {
            ("forms", "yaml" | "json") => {
                if beside.forms.contains_key(name) {
                    let message = format!("form {name} is there as YAML and as JSON: one of them");
                    findings.error(25, Span::top(file), message);
                }
                let form = load_form(name, sources, file, is_tested, findings);
                beside.forms.insert(owned, form.map(Arc::new));
            }
            ("mails", "txt") => {
                let mail = sources
                    .file(file)
                    .and_then(|at| read_mail(name, at, file, findings));
                beside.mails.insert(owned, mail);
            }
            ("mails", "html") => html.push((owned, file, text.clone())),
            ("invites", "txt") => {
                let invite = sources
                    .file(file)
                    .and_then(|at| read_invite(name, at, file, findings));
                beside.invites.insert(owned, invite);
            }
            _ => misplaced(path, file, findings),
        }
    }
    for (name, file, text) in html {
        match beside.mails.get_mut(&name) {
            Some(Some(mail)) => mail.html = Some(text),
            Some(None) => {}
            None => {
                let message = format!("mails/{name}.txt is missing: every mail has a plain text");
                findings.error(25, Span::top(file), message);
            }
        }
    }
    beside
}

/// `forms/need.yaml` to its folder, name and ending.
fn cut(path: &str) -> Option<(&str, &str, &str)> {
    let (folder, file) = path.split_once('/')?;
    let (name, ending) = file.rsplit_once('.')?;
    Some((folder, name, ending))
}

fn misplaced(path: &str, file: u16, findings: &mut Findings) {
    let hint = "Beside a definition stand forms/NAME.yaml or .json, mails/NAME.txt or .html, and \
                invites/NAME.txt.";
    let message = format!("`{path}` is used by nothing");
    findings.error_hint(25, Span::top(file), message, Some(hint.to_owned()));
}

/// As people know the file: beside the definition's own path.
pub fn full_path(definition: &str, path: &str) -> String {
    match definition.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{path}"),
        None => path.to_owned(),
    }
}
