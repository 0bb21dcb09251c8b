//! The page of one project: where it stands, who has what and until when, and how it came here.
//!
//! To add a section: a function that gives text or nothing, and its line in [`project`].

use crate::core::definition::workflow::{NodeId, Several};
use crate::core::run::address::Address;
use crate::core::run::deadline::Deadline;
use crate::core::run::doers;
use crate::core::run::entry::Entry;
use crate::core::run::event::{Cause, HoldKind, How};
use crate::core::run::places;
use crate::core::run::projection;
use crate::core::run::state::{Done, RunStatus, Status, Step};
use crate::core::time::say_date;

use super::layout::{bullet, wrap};
use super::{View, answered, due, history, sentence, when, who};

/// Where the titles of steps begin: behind the longest status.
const TITLES: usize = 20;

/// The whole page.
pub fn project(view: &View, entries: &[Entry], answers: bool) -> String {
    let mut text = head(view);
    text.push_str(&steps(view, answers));
    text.push_str(&section("People", &people(view)));
    text.push_str(&section("Dates", &dates(view)));
    text.push_str(&section(
        "Events kept until the project waits for them",
        &kept(view),
    ));
    text.push_str("\nHistory\n");
    text.push_str(&history::history(view, entries));
    let shown = view
        .run
        .steps
        .values()
        .filter(|step| !step.status.is_settled());
    let deadlines: Vec<&Deadline> = shown
        .flat_map(|step| step.due.iter().chain(step.opens.iter()))
        .collect();
    if let Some(note) = due::note(&view.everybody.calendars, deadlines) {
        text.push('\n');
        text.push_str(&wrap("", note, 0));
    }
    text
}

fn section(title: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines.iter().map(|line| bullet(line)).collect();
    format!("\n{title}\n{lines}")
}

fn head(view: &View) -> String {
    let run = view.run;
    let mut text = wrap("", &view.named(), 2);
    let version = run
        .workflow
        .as_ref()
        .map_or(view.workflow.version, |used| used.version);
    let urn = run.host_school.as_ref().map_or("", |urn| urn.0.as_str());
    let by = format!(
        "{} ({urn}), {}, version {version}",
        view.host(),
        view.workflow.title
    );
    text.push_str(&wrap("", &by, 2));
    text.push_str(&wrap("", &format!("{}.", state(view)), 2));
    if let Some(started) = run.started_at {
        let changed = run.changed_at.filter(|at| *at != started);
        let changed = changed.map_or_else(String::new, |at| format!("; last moved {}", when(at)));
        text.push_str(&wrap(
            "",
            &format!("Started {}{changed}.", when(started)),
            2,
        ));
    }
    text
}

/// "In progress, in the stage “Matching”", "Postponed to … since …: …"
pub fn state(view: &View) -> String {
    let run = view.run;
    let (stage, others) = projection::stage(view.workflow, run);
    let stage = stage.map_or_else(String::new, |stage| {
        format!(", in the stage “{}”", view.stage(&stage))
    });
    let others: Vec<String> = others
        .iter()
        .map(|name| format!("“{}”", view.stage(name)))
        .collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!(", with open work in {}", super::and(&others))
    };
    match (run.status, &run.hold, &run.stopped) {
        (RunStatus::Paused, Some(hold), _) => {
            let verb = match hold.kind {
                HoldKind::Pause => "Paused",
                HoldKind::Postpone => "Postponed",
            };
            let to = hold
                .until
                .map_or_else(String::new, |date| format!(" to {}", say_date(date)));
            let since = when(hold.since);
            let why = view.because(Some(&hold.reason));
            format!("{verb}{to} since {since}{stage}{why}. All clocks stand still")
        }
        (RunStatus::Stopped, _, Some(stopped)) => {
            let words = Some(&stopped.words).filter(|words| *words != "stopped");
            let words = words.map_or_else(String::new, |words| format!(" ({words})"));
            let why = view.because(stopped.reason.as_ref());
            format!("Stopped{words} {}{why}", when(stopped.at))
        }
        (RunStatus::InProgress, ..) => format!("In progress{stage}{others}"),
        (status, ..) => status.say().to_owned(),
    }
}

/// All places in the order of the definition, under their stages.
fn steps(view: &View, answers: bool) -> String {
    let mut places = Places {
        view,
        answers,
        found: Vec::new(),
    };
    for node in view.workflow.top() {
        places.walk(node, &Address::nowhere(), 0);
    }
    let mut text = String::new();
    let named = view
        .workflow
        .stages
        .keys()
        .map(Some)
        .chain(std::iter::once(None));
    for stage in named {
        let mut of_stage = places
            .found
            .iter()
            .filter(|place| place.0.as_ref() == stage)
            .peekable();
        if of_stage.peek().is_some() {
            let title = stage.map_or_else(|| "Steps".to_owned(), |name| view.stage(name));
            text.extend(["\n", &title, "\n"]);
            text.extend(of_stage.map(|(_, lines)| lines.as_str()));
        }
    }
    text
}

struct Places<'a, 'v> {
    view: &'a View<'v>,
    /// Whether answers are shown.
    answers: bool,
    /// The stage and the lines of each place.
    found: Vec<(Option<String>, String)>,
}

impl Places<'_, '_> {
    fn walk(&mut self, id: NodeId, outer: &Address, depth: usize) {
        let node = self.view.workflow.node(id);
        let place = outer.child(&node.name);
        let Some(several) = &node.several else {
            return self.show(id, &place, depth);
        };
        let instances: Vec<Address> = places::instances_of(self.view.run, &place)
            .cloned()
            .collect();
        if instances.is_empty() {
            let often = match several {
                Several::Repeat { min, max } if min == max => format!("{min} times"),
                Several::Repeat { min, max } => format!("{min} to {max} times"),
                Several::EachSchool => "for each school".to_owned(),
                Several::EachPerson(role) => format!("for each {}", self.view.role(role)),
            };
            self.line(id, &place, depth, &format!(", {often}"));
        }
        for instance in instances {
            self.show(id, &instance, depth);
        }
    }

    fn show(&mut self, id: NodeId, place: &Address, depth: usize) {
        let node = self.view.workflow.node(id);
        let bare = node.is_group() && node.title.is_empty();
        if !bare {
            self.line(id, place, depth, "");
        }
        let step = self.view.run.steps.get(place);
        if step.is_some_and(|step| step.status == Status::NotRequired) {
            return; // what lies inside is not required either
        }
        for child in &node.children {
            self.walk(*child, place, depth + usize::from(!bare));
        }
    }

    fn line(&mut self, id: NodeId, place: &Address, depth: usize, more: &str) {
        let Some(step) = self.view.run.steps.get(place) else {
            return;
        };
        let node = self.view.workflow.node(id);
        let indent = TITLES + depth * 2;
        let first = format!("  {:<width$}", step.status.say(), width = indent - 2);
        let title = format!("{}{more} [{place}]", self.view.bare_title(place));
        let mut text = wrap(&first, &title, indent + 2);
        let mut lines = details(self.view, place, step, node.is_group());
        if self.answers {
            lines.extend(answered::answered(self.view, node, step));
        }
        for detail in lines {
            text.push_str(&wrap(&" ".repeat(indent + 2), &detail, indent + 2));
        }
        self.found.push((node.stage.clone(), text));
    }
}

/// What is to be said of one place below its title.
fn details(view: &View, place: &Address, step: &Step, group: bool) -> Vec<String> {
    let mut all = Vec::new();
    match step.status {
        Status::Complete | Status::NotRequired if group => {
            all.extend(
                step.done
                    .as_ref()
                    .filter(|d| d.status == Status::NotRequired)
                    .map(|d| ended(view, d)),
            );
        }
        _ if group => {}
        Status::Complete | Status::NotRequired => {
            all.extend(step.done.as_ref().map(|done| ended(view, done)));
        }
        Status::CannotStartYet => all.extend(ahead(view, place)),
        Status::NotStarted | Status::InProgress | Status::CannotProgress => {
            all.push(open(view, place, step));
        }
    }
    let blocked = step
        .blocked
        .as_ref()
        .filter(|_| step.status == Status::CannotProgress);
    all.extend(
        blocked
            .map(|blocked| format!("since {}: {}", when(blocked.at), view.text(&blocked.reason))),
    );
    let skipped = step
        .skip_planned
        .as_ref()
        .filter(|_| !step.status.is_settled());
    all.extend(skipped.map(|_| "will be skipped when it is reached".to_owned()));
    let earlier = step.earlier.iter().filter(|_| !group);
    all.extend(earlier.map(|done| format!("Attempt {}: {}", done.attempt, ended(view, done))));
    all.into_iter()
        .filter(|line| !line.is_empty())
        .map(|line| sentence(&line))
        .collect()
}

fn open(view: &View, place: &Address, step: &Step) -> String {
    let since = step
        .ready_at
        .map(|at| format!("since {}", say_date(at.date())));
    let attempt = (step.attempt > 1).then(|| format!("attempt {}", step.attempt));
    let draft = step.drafted.then(|| "a draft is saved".to_owned());
    let parts = [
        Some(who::who(view, place)),
        since,
        due::due(view, place),
        attempt,
        draft,
    ];
    parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

fn ahead(view: &View, place: &Address) -> Option<String> {
    let node = view.workflow.node_of(place)?;
    let node = view.workflow.node(node);
    let role = match node.wait() {
        Some(wait) => Some(format!("waits for the event {}", wait.event)),
        None => node
            .role()
            .map(|role| format!("for the {}", view.role(role))),
    };
    let parts = [role, due::opens(view, place), due::due(view, place)];
    let words = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    (!words.is_empty()).then_some(words)
}

/// How an attempt ended: "by Ada Okafor, Tuesday 2 March 2027, 9am, with “approve”".
pub fn ended(view: &View, done: &Done) -> String {
    let at = when(done.at);
    let why = view.because(done.reason.as_ref());
    if done.status == Status::NotRequired {
        return format!(
            "{}, {at}{why}",
            done.cause
                .as_ref()
                .map_or_else(String::new, |c| cause(view, c))
        );
    }
    let by = done.by.map(|person| view.who_did(person, done.actor));
    let by = match (done.how, by) {
        (Some(How::Event), Some(name)) => format!("recorded by {name}"),
        (Some(How::Event), None) => "by an event".to_owned(),
        (Some(How::Engine), _) => "by itself".to_owned(),
        (Some(How::Ladder), _) => "by itself, because nobody answered".to_owned(),
        (_, Some(name)) => format!("by {name}"),
        (_, None) => String::new(),
    };
    let end = done.outcome.as_ref();
    let end = end.map_or_else(String::new, |name| {
        format!(", with “{}”", name.replace('_', " "))
    });
    let comma = if by.is_empty() { "" } else { ", " };
    format!("{by}{comma}{at}{end}{why}")
}

/// Why a step is not required.
pub fn cause(view: &View, cause: &Cause) -> String {
    match cause {
        Cause::Condition => "its condition was not met".to_owned(),
        Cause::Skipped => "skipped".to_owned(),
        Cause::Lapsed => "nobody answered".to_owned(),
        Cause::Ended { by } => format!("not needed any more after {}", view.title(by)),
        Cause::Left => "they left".to_owned(),
        Cause::MomentCannotCome => "the date it waited for can never come".to_owned(),
        Cause::Nobody => "nobody is in the role".to_owned(),
        Cause::Group { group } => format!("because {} is not required", view.title(group)),
        Cause::PassEnded => "it did not happen".to_owned(),
        Cause::CameLater => "what comes after had begun before this was added".to_owned(),
        Cause::Unmapped => "the new version lacks it".to_owned(),
    }
}

fn people(view: &View) -> Vec<String> {
    let roles = view.workflow.roles.iter();
    let lines = roles.map(|(name, role)| {
        let at = Address::nowhere();
        let directory = &view.everybody.directory;
        let held = doers::holders_of(view.workflow, view.run, directory, name, &at, view.today());
        if held.is_empty() {
            return sentence(&who::nobody(view, name, &at));
        }
        format!("{}: {}", role.title, who::names(view.everybody, &held))
    });
    lines.collect()
}

fn dates(view: &View) -> Vec<String> {
    let dates = view.run.dates.iter().map(|(name, date)| {
        let title = view.workflow.dates.get(name).map_or(name, |title| title);
        format!("{title}: {} [{name}]", say_date(*date))
    });
    dates.collect()
}

fn kept(view: &View) -> Vec<String> {
    let kept = view.run.kept.iter().map(|event| {
        let until = event
            .expires
            .map_or_else(String::new, |at| format!(", until {}", when(at)));
        format!("{}, since {}{until}", event.name, when(event.at))
    });
    kept.collect()
}
