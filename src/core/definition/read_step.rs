//! The steps of a page: which kind each is, and what it says.
//!
//! A step's kind is told by the keys that only one kind has; then its keys are held against that
//! kind's.

use super::authored::{KindPage, OutcomePage, StepPage};
use super::diagnostic::Findings;
use super::fields::{Fields, whole};
use super::keys::Place;
use super::read::{is_file_name, read_all};
use super::source::Span;
use super::workflow::{Many, Order};
use super::yaml::{Entry, Tree, Word};

/// Names that mean something else wherever a step may be named.
const TAKEN: &[&str] = &[
    "first",
    "last",
    "outcome",
    "dates",
    "cycle",
    "school",
    "host_school",
    "run",
    "engine",
    "none",
];

pub(super) fn read_steps(
    tree: Option<&Tree>,
    person: Option<&Word>,
    findings: &mut Findings,
) -> Vec<StepPage> {
    read_all(tree, "a step", findings, |entry, findings| {
        if TAKEN.contains(&entry.key.text.as_str()) {
            let message = format!(
                "`{}` has a meaning of its own: name the step otherwise",
                entry.key.text
            );
            findings.error(3, entry.key.span, message);
        }
        read_step(entry, person, findings)
    })
}

/// `person`: the `each: ROLE` around it, which lets a step go without a role.
fn read_step(entry: &Entry, person: Option<&Word>, findings: &mut Findings) -> StepPage {
    let name = entry.key.clone();
    let has = |key: &str| entry.value.find(key).is_some();
    let each = entry
        .value
        .find("each")
        .and_then(Tree::word)
        .filter(|word| word.text != "school");
    let person = each.or(person);
    let (place, order) = kind_of(&name, &entry.value, person.is_some(), findings);
    let fields = Fields::take(&entry.value, place, findings);
    let children = match order {
        Some(Order::Steps) => read_steps(fields.tree("steps"), person, findings),
        Some(Order::Together) => read_steps(fields.tree("together"), person, findings),
        None => vec![],
    };
    if order.is_some() && children.is_empty() && (has("steps") || has("together")) {
        findings.error(5, name.span, format!("group `{}` has no steps", name.text));
    }
    let kind = match place {
        Place::Engine => KindPage::Engine,
        Place::Wait => KindPage::Wait(event(fields.word("wait", findings), findings)),
        Place::Start => KindPage::Start {
            workflow: fields.word("start", findings),
            until: fields.word("until", findings),
        },
        _ => order.map_or(KindPage::Task, KindPage::Group),
    };
    if matches!(kind, KindPage::Engine) && !has("mail") && !has("tell") {
        let message = format!(
            "`{}` is done by the engine, but says neither `mail` nor `tell`",
            name.text
        );
        findings.error(5, name.span, message);
    }
    StepPage {
        kind,
        children,
        repeat: fields
            .tree("repeat")
            .and_then(|tree| read_passes(tree, findings)),
        each: fields.word("each", findings),
        title: fields.text("title", findings),
        stage: fields.word("stage", findings),
        needs: fields.words("needs", findings),
        when: fields.word("when", findings),
        opens: fields.word("opens", findings),
        optional: fields.flag("optional", findings),
        about: fields.word("about", findings),
        due: fields.word("due", findings),
        reminders: fields.word("reminders", findings),
        mail: fields.word("mail", findings),
        tell: event(fields.word("tell", findings), findings),
        form: fields.word("form", findings),
        outcomes: fields
            .tree("outcomes")
            .map(|tree| read_all(Some(tree), "an outcome", findings, read_outcome)),
        role: fields.word("role", findings),
        appoints: fields.words("appoints", findings).unwrap_or_default(),
        invite: fields.word("invite", findings),
        tool: fields.word("tool", findings),
        name,
    }
}

/// Which kind a step is, by the keys that only one kind has.
fn kind_of(
    name: &Word,
    tree: &Tree,
    has_person: bool,
    findings: &mut Findings,
) -> (Place, Option<Order>) {
    let has = |key: &str| tree.find(key).is_some();
    let engine = tree
        .find("role")
        .and_then(Tree::word)
        .is_some_and(|role| role.text == "engine");
    let kinds: Vec<(&str, Place, Option<Order>)> = [
        ("steps", Place::Group, Some(Order::Steps)),
        ("together", Place::Group, Some(Order::Together)),
        ("wait", Place::Wait, None),
        ("start", Place::Start, None),
    ]
    .into_iter()
    .filter(|(key, ..)| has(key))
    .collect();
    if let [(first, ..), (second, ..), ..] = kinds.as_slice() {
        let message = format!(
            "`{}` says both `{first}` and `{second}`: one of them",
            name.text
        );
        findings.error(5, name.span, message);
    }
    match kinds.first() {
        Some((_, place, order)) => {
            if engine {
                let message = format!(
                    "`{}` is done by the engine, but {} too",
                    name.text,
                    place.say()
                );
                findings.error(5, name.span, message);
            }
            (*place, *order)
        }
        None if engine => (Place::Engine, None),
        None => {
            if !has("role") && !has_person {
                let message = format!(
                    "`{}` says neither who does it (`role`) nor what it waits for (`wait`)",
                    name.text
                );
                findings.error(5, name.span, message);
            }
            (Place::Task, None)
        }
    }
}

/// `3`, or `{min: 1, max: 6}`.
fn read_passes(tree: &Tree, findings: &mut Findings) -> Option<(Many, Span)> {
    if let Some(word) = tree.word() {
        let number = whole(word);
        if number.is_none() {
            let message = format!(
                "`repeat` is a number or `{{min: 1, max: 6}}`, not `{}`",
                word.text
            );
            findings.error(4, tree.span, message);
        }
        return number.map(|n| (Many { min: n, max: n }, tree.span));
    }
    let fields = Fields::take(tree, Place::Repeat, findings);
    let (min, max) = (
        fields.number("min", findings),
        fields.number("max", findings),
    );
    for key in ["min", "max"] {
        if fields.tree(key).is_none() {
            findings.error(5, tree.span, format!("`repeat` says no `{key}`"));
        }
    }
    // What is missing is taken from the other, so that it is said once.
    let many = Many {
        min: min.or(max)?,
        max: max.or(min)?,
    };
    if many.min > many.max {
        findings.error(
            11,
            tree.span,
            format!("min {} is more than max {}", many.min, many.max),
        );
    }
    Some((many, tree.span))
}

fn read_outcome(entry: &Entry, findings: &mut Findings) -> OutcomePage {
    let name = entry.key.clone();
    let fields = Fields::take(&entry.value, Place::Outcome, findings);
    OutcomePage {
        name,
        reopen: fields.word("reopen", findings),
        repeat: fields.only_true("repeat", findings),
        end: fields.word("end", findings),
        leave: fields.only_true("leave", findings),
        stop: fields.text("stop", findings),
        reason: fields.word("reason", findings),
        mail: fields.word("mail", findings),
        tell: event(fields.word("tell", findings), findings),
    }
}

/// The name of an event travels as a routing key, so only some characters may stand in it.
fn event(word: Option<Word>, findings: &mut Findings) -> Option<Word> {
    let word = word?;
    let right = word.text.split('.').all(is_file_name);
    if !right {
        let message = format!(
            "`{}` is no name for an event: use `small.letters`",
            word.text
        );
        findings.error(3, word.span, message);
    }
    Some(word)
}
