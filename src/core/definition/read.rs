//! The tree of a definition read into the page as written.
//!
//! Reports what stands where it should not, and goes on after every problem. The steps are read in
//! `read_step`.

use super::authored::{LadderPage, Page, RolePage, RungPage, Titled};
use super::diagnostic::Findings;
use super::fields::{Fields, report_trap};
use super::keys::Place;
use super::read_step::read_steps;
use super::source::Span;
use super::workflow::Many;
use super::yaml::{Entry, Shape, Tree, Word};

pub fn read_page(tree: &Tree, findings: &mut Findings) -> Page {
    let fields = Fields::take(tree, Place::Top, findings);
    let page = Page {
        workflow: fields.word("workflow", findings),
        scope: fields.word("scope", findings),
        part_of: fields.word("part_of", findings),
        version: fields.number("version", findings),
        title: fields.text("title", findings),
        dates: read_titles(fields.tree("dates"), "a date", findings),
        roles: read_all(fields.tree("roles"), "a role", findings, read_role),
        stages: read_titles(fields.tree("stages"), "a stage", findings),
        ladders: read_all(fields.tree("reminders"), "a ladder", findings, read_ladder),
        steps: read_steps(fields.tree("steps"), None, findings),
    };
    for (missing, name) in [
        (fields.tree("workflow").is_none(), "workflow"),
        (fields.tree("scope").is_none(), "scope"),
        (fields.tree("version").is_none(), "version"),
        (fields.tree("title").is_none(), "title"),
        (
            page.steps.is_empty() && fields.tree("steps").is_none(),
            "steps",
        ),
    ] {
        if missing {
            let top = Span {
                end: tree.span.start,
                ..tree.span
            };
            findings.error(5, top, format!("`{name}` is missing at the top"));
        }
    }
    let steps = fields.tree("steps").filter(|_| page.steps.is_empty());
    if let Some(steps) = steps.filter(|steps| matches!(steps.shape, Shape::Map(_))) {
        findings.error(5, steps.span, "this workflow has no steps");
    }
    if let Some(name) = page
        .workflow
        .as_ref()
        .filter(|name| !is_file_name(&name.text))
    {
        let message = format!(
            "`{}`: lower-case letters, digits and hyphens are meant",
            name.text
        );
        findings.error(3, name.span, message);
    }
    page
}

/// The entries of a mapping of names, each read by `read`.
pub(super) fn read_all<T>(
    tree: Option<&Tree>,
    noun: &str,
    findings: &mut Findings,
    mut read: impl FnMut(&Entry, &mut Findings) -> T,
) -> Vec<T> {
    let Some(tree) = tree else { return vec![] };
    if !matches!(tree.shape, Shape::Map(_)) {
        let message = format!("names stand here, each with {noun}, not {}", tree.noun());
        findings.error(4, tree.span, message);
    }
    let mut list = vec![];
    for entry in tree.entries() {
        check_name(&entry.key, noun, findings);
        list.push(read(entry, findings));
    }
    list
}

fn check_name(name: &Word, noun: &str, findings: &mut Findings) {
    if let Some(what) = name.mistaken_for() {
        report_trap(name, what, findings);
    } else if !is_snake(&name.text) {
        let message = format!("`{}` is no name for {noun}: use small_letters", name.text);
        findings.error(3, name.span, message);
    }
}

fn is_snake(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Names of workflows, mails and forms, which are files.
pub fn is_file_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
}

fn read_titles(tree: Option<&Tree>, noun: &str, findings: &mut Findings) -> Vec<Titled> {
    read_all(tree, noun, findings, |entry, findings| {
        let name = entry.key.clone();
        let title = if let Some(word) = entry.value.word() {
            if let Some(what) = word.mistaken_for() {
                report_trap(word, what, findings);
            }
            word.text.clone()
        } else {
            let noun = entry.value.noun();
            let message = format!("the title of `{}` is text, not {noun}", name.text);
            findings.error(4, entry.value.span, message);
            name.text.clone()
        };
        Titled { name, title }
    })
}

fn read_role(entry: &Entry, findings: &mut Findings) -> RolePage {
    let name = entry.key.clone();
    if name.text == "engine" {
        findings.error(
            3,
            name.span,
            "`engine` is nobody's role: the engine itself is meant by it",
        );
    }
    let fields = Fields::take(&entry.value, Place::Role, findings);
    let at = fields.word("at", findings);
    if fields.tree("at").is_none() {
        let message = format!("role `{}` says not where it is (`at`)", name.text);
        findings.error(6, name.span, message);
    }
    RolePage {
        at,
        title: fields.text("title", findings),
        post: fields.word("post", findings),
        many: fields
            .word("many", findings)
            .and_then(|word| read_many(&word, findings)),
        not: fields.word("not", findings),
        appointed: fields.word("appointed", findings),
        name,
    }
}

/// `3`, or `3 to 5`; `0 to 1` is somebody or nobody.
fn read_many(word: &Word, findings: &mut Findings) -> Option<(Many, Span)> {
    let parts: Vec<_> = word.text.split_whitespace().collect();
    let many = match parts.as_slice() {
        [one] => one.parse().ok().map(|n| Many { min: n, max: n }),
        [min, "to", max] => min
            .parse()
            .ok()
            .zip(max.parse().ok())
            .map(|(min, max)| Many { min, max }),
        _ => None,
    };
    let many = many.filter(|many| many.max > 0 && many.min <= many.max);
    if many.is_none() {
        findings.error(
            4,
            word.span,
            format!("`many` is `3` or `3 to 5`, not `{}`", word.text),
        );
    }
    many.map(|many| (many, word.span))
}

fn read_ladder(entry: &Entry, findings: &mut Findings) -> LadderPage {
    let name = entry.key.clone();
    if name.text == "none" {
        findings.error(3, name.span, "`none` is no ladder: it means no reminders");
    }
    LadderPage {
        name,
        rungs: read_all(Some(&entry.value), "a rung", findings, read_rung),
    }
}

fn read_rung(entry: &Entry, findings: &mut Findings) -> RungPage {
    let name = entry.key.clone();
    let fields = Fields::take(&entry.value, Place::Rung, findings);
    let rung = RungPage {
        at: fields.word("at", findings),
        send: fields.word("send", findings),
        to: fields.words("to", findings).unwrap_or_default(),
        copy: fields.word("copy", findings),
        task: fields.word("task", findings),
        then: fields.word("then", findings),
        text: fields.word("text", findings),
        name,
    };
    if fields.tree("at").is_none() {
        findings.error(
            5,
            rung.name.span,
            format!("rung `{}` says not when (`at`)", rung.name.text),
        );
    }
    if ["send", "task", "then"]
        .iter()
        .all(|key| fields.tree(key).is_none())
    {
        let message = format!(
            "rung `{}` does nothing: `send`, `task` or `then`",
            rung.name.text
        );
        findings.error(5, rung.name.span, message);
    }
    rung
}
