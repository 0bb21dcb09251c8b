//! The tree of a definition read into the page as written.
//!
//! Says which kind each step is, and reports what stands where it should not. Goes on after every
//! problem.

use super::authored::{
    KindPage, LadderPage, OutcomePage, Page, RolePage, RungPage, StepPage, Titled,
};
use super::diagnostic::Findings;
use super::fields::{Fields, report_trap, whole};
use super::keys::Place;
use super::source::Span;
use super::workflow::{Many, Order};
use super::yaml::{Entry, Shape, Tree, Word};

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
fn read_all<T>(
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

fn read_steps(
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
        Place::Wait => KindPage::Wait(fields.word("wait", findings)),
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
        tell: fields.word("tell", findings),
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
        tell: fields.word("tell", findings),
    }
}
