//! From a letter (ids only) to a mail that a person can read.
//!
//! The text is looked up: the definition's own, else the built-in of that name. A placeholder
//! that nothing fills is an error, not an empty place; `workflows/README.md` lists them all.
//! Here also stands whether a letter still holds at the moment of sending.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value, json};

use crate::core::audit::payload::Commitment;
use crate::core::definition::form::FieldKind;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::doers;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::places;
use crate::core::run::state::{RunStatus, Status, Step};
use crate::core::time::{Date, say_date};

use super::library::SHIPPED_MAILS;
use super::readings::{Everybody, Reading};

/// How much a template may do before it is stopped.
const FUEL: u64 = 50_000;

/// A mail ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// Subject, text and HTML as templates.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template {
    subject: String,
    text: String,
    html: Option<String>,
}

static BUILT_IN: LazyLock<BTreeMap<String, Template>> = LazyLock::new(built_in);

/// Everything that a letter may speak of.
pub struct Scene<'a> {
    pub reading: &'a Reading,
    pub everybody: &'a Everybody,
    pub texts: &'a BTreeMap<Commitment, Value>,
    pub today: Date,
}

impl Scene<'_> {
    /// Why a letter is not sent any more; nothing if it still holds.
    pub fn overtaken(&self, letter: &Letter, to: PersonId) -> Option<&'static str> {
        if self
            .everybody
            .people
            .get(&to)
            .is_none_or(|person| person.email.is_none())
        {
            return Some("the person has no address any more");
        }
        let (Letter::Ready { step, attempt } | Letter::Due { step, attempt, .. }) = letter else {
            return None;
        };
        let run = &self.reading.run;
        match run.status {
            RunStatus::Paused => return Some("the project is paused"),
            RunStatus::Stopped | RunStatus::Complete => return Some("the project has ended"),
            RunStatus::InProgress | RunStatus::Unborn => {}
        }
        let open = run.steps.get(step).is_some_and(|found| {
            found.attempt == *attempt
                && matches!(found.status, Status::NotStarted | Status::InProgress)
        });
        if !open {
            return Some("the step is not open any more");
        }
        let directory = &self.everybody.directory;
        let workflow = &self.reading.workflow;
        let theirs = doers::doers(workflow, run, directory, step, self.today);
        let is_theirs = theirs.iter().any(|doer| doer.person == to);
        (!is_theirs).then_some("the step is somebody else's now")
    }

    /// Renders a letter for one person.
    pub fn write(&self, letter: &Letter, to: PersonId) -> Result<Written, String> {
        let (template, step) = self.template(letter)?;
        let mut context = self.context(to, step);
        if let Letter::Notice { notice } = letter {
            context.insert("notice".to_owned(), json!(self.say(notice)));
        }
        let render = |name: &str, source: &str| {
            let mut environment = Environment::new();
            environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
            environment.set_fuel(Some(FUEL));
            environment
                .render_named_str(name, source, minijinja::value::Serde(&context))
                .map_err(|error| format!("{name}: {error}"))
        };
        let subject = render("subject.txt", &template.subject)?;
        Ok(Written {
            // One line, whatever a title holds.
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            text: render("mail.txt", &template.text)?,
            html: template
                .html
                .as_deref()
                .map(|html| render("mail.html", html))
                .transpose()?,
        })
    }

    fn template<'l>(&self, letter: &'l Letter) -> Result<(Template, Option<&'l Address>), String> {
        let named = |name: &str| {
            let own = self.reading.workflow.mails.get(name).map(|mail| Template {
                subject: mail.subject.clone(),
                text: mail.text.clone(),
                html: mail.html.clone(),
            });
            own.or_else(|| BUILT_IN.get(name).cloned())
                .ok_or_else(|| format!("there is no mail `{name}`"))
        };
        Ok(match letter {
            Letter::Ready { step, .. } => (named("ready")?, Some(step)),
            Letter::Due { step, .. } => (named("due")?, Some(step)),
            Letter::Step { step, mail, .. } => (named(mail)?, Some(step)),
            Letter::Notice { notice } => (named("notice")?, notice.step()),
        })
    }

    fn context(&self, to: PersonId, step: Option<&Address>) -> Map<String, Value> {
        let run = &self.reading.run;
        let mut context = self.answers(step);
        for role in self.reading.workflow.roles.keys() {
            let at = step.cloned().unwrap_or_else(|| Address(Vec::new()));
            let holder = self.first_holder(role, &at);
            context
                .entry(role.clone())
                .or_insert_with(|| self.person(holder));
        }
        let host = run
            .host_school
            .as_ref()
            .and_then(|urn| self.everybody.directory.schools.get(urn));
        let coordinator = self
            .everybody
            .directory
            .holders("coordinator", None, self.today)
            .next();
        let deadline = step.and_then(|step| run.steps.get(step)?.due.as_ref());
        let due = deadline.and_then(|due| due.date).map(say_date);
        let counted = deadline.filter(|due| due.date.is_some());
        let calendars = &self.everybody.calendars;
        let days_note = calendars.note(counted.into_iter().map(|due| &due.calendar));
        let title = step.map(|step| places::title(&self.reading.workflow, step));
        let fixed = json!({
            "project": { "title": run.title, "reference": run.reference },
            "host_school": { "name": host.map_or("", |school| school.name.as_str()) },
            "recipient": self.person(Some(to)),
            "coordinator": self.person(coordinator.map(|held| held.person)),
            "step": {
                "title": title.unwrap_or_default(),
                "due": due.unwrap_or_default(),
                "days_note": days_note.unwrap_or_default(),
            },
            "how_to_answer": format!(
                "Answer on the project's page in your alliance's portal, or tell the \
                 coordinator. The reference is {}.", run.reference
            ),
            "reason": self.reason(step),
        });
        if let Value::Object(fixed) = fixed {
            context.extend(fixed);
        }
        context
    }

    fn first_holder(&self, role: &str, at: &Address) -> Option<PersonId> {
        let Reading { run, workflow, .. } = self.reading;
        let directory = &self.everybody.directory;
        let held = doers::holders_of(workflow, run, directory, role, at, self.today);
        held.first().map(|doer| doer.person)
    }

    fn person(&self, person: Option<PersonId>) -> Value {
        let row = person.and_then(|person| self.everybody.people.get(&person));
        json!({
            "name": row.and_then(|row| row.name.clone()).unwrap_or_default(),
            "email": row.and_then(|row| row.email.clone()).unwrap_or_default(),
        })
    }

    /// Answers by the way of their steps; those of the letter's own pass also by bare name.
    fn answers(&self, near: Option<&Address>) -> Map<String, Value> {
        let mut context = Map::new();
        let group = near.and_then(Address::parent);
        let steps = self.reading.run.steps.iter();
        let answered = steps.filter(|(_, step)| step.status == Status::Complete);
        for (address, step) in answered {
            let answers = Value::Object(self.in_words(address, step));
            let path = address.path();
            let way: Vec<&str> = path.split('.').collect();
            put(&mut context, &way, &answers);
            if group.is_some() && address.parent() == group {
                put(&mut context, &way[way.len() - 1..], &answers);
            }
        }
        context
    }

    fn in_words(&self, address: &Address, step: &Step) -> Map<String, Value> {
        let Some(done) = &step.done else {
            return Map::new();
        };
        let workflow = &self.reading.workflow;
        let form = workflow
            .find_node(&address.path())
            .and_then(|node| workflow.node(node).form())
            .and_then(|name| workflow.forms.get(name));
        let mut words = Map::new();
        for (name, value) in &done.answers {
            let kind = form
                .and_then(|form| form.fields.get(name))
                .map(|field| &field.kind);
            let value = match Commitment::from_value(value) {
                Some(commitment) => self
                    .texts
                    .get(&commitment)
                    .cloned()
                    .unwrap_or_else(|| json!("(erased)")),
                None => value.clone(),
            };
            words.insert(name.clone(), in_words(kind, value));
        }
        words.insert(
            "outcome".to_owned(),
            json!(done.outcome.clone().unwrap_or_default()),
        );
        words
    }

    /// The reason with which this step was sent back, if it was.
    fn reason(&self, step: Option<&Address>) -> String {
        let run = &self.reading.run;
        let Some(found) = step.and_then(|step| run.steps.get(step)) else {
            return String::new();
        };
        let own = found.done.as_ref().and_then(|done| done.reason.as_ref());
        let sent_back = || {
            let all = run.steps.values().flat_map(|step| step.earlier.iter());
            let reasons = all.filter(|done| done.outcome.is_some() && done.reason.is_some());
            let last = reasons.max_by_key(|done| done.at)?;
            last.reason.as_ref().filter(|_| found.attempt > 1)
        };
        let text = own
            .or_else(sent_back)
            .and_then(|reason| self.texts.get(reason));
        text.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn say(&self, notice: &Notice) -> String {
        let title = |step: &Address| format!("“{}”", places::title(&self.reading.workflow, step));
        match notice {
            Notice::NobodyHolds { step, role, school } => {
                let known = self.reading.workflow.roles.get(role);
                let role = known.map_or(role.as_str(), |role| role.title.as_str());
                let place = school
                    .as_ref()
                    .and_then(|u| self.everybody.directory.schools.get(u));
                let place = place.map_or("the alliance", |school| school.name.as_str());
                format!(
                    "Nobody is {role} at {place}, so nobody was asked for {}. Add somebody to \
                     the directory, or assign the step.",
                    title(step)
                )
            }
            Notice::CannotProgress { step } => {
                format!(
                    "{} is marked as “cannot progress”. Please look into it.",
                    title(step)
                )
            }
            Notice::MomentCannotCome { step } => format!(
                "{} is not required any more: the date it waited for can never come.",
                title(step)
            ),
            Notice::NeverDue { step } => format!(
                "{} has no due date: the date on which it hangs will never come.",
                title(step)
            ),
            Notice::NobodyIsIn { group } => format!(
                "{} is not required: nobody is in the role of which everybody is asked.",
                title(group)
            ),
            Notice::OutOfRole { role } => format!(
                "You are not {} in this project any more. What was with you as that is with \
                 somebody else.",
                self.role_title(role)
            ),
            Notice::LeftRole {
                role,
                person,
                still,
                too_few,
            } => self.say_who_left(role, *person, still, *too_few),
            Notice::EventUnusable { name, because } => format!(
                "The event {name}, which was kept, could not be used, so the project waits for \
                 another. {because}"
            ),
            Notice::ResumeDue { date } => format!(
                "The project was postponed to {}. Look at the moved dates, then resume it.",
                say_date(*date)
            ),
        }
    }

    fn role_title<'t>(&'t self, role: &'t str) -> &'t str {
        let known = self.reading.workflow.roles.get(role);
        known.map_or(role, |role| role.title.as_str())
    }

    fn say_who_left(&self, role: &str, person: PersonId, still: &[String], few: bool) -> String {
        let mut said = format!(
            "{} is not {} any more.",
            self.everybody.name(person),
            self.role_title(role)
        );
        if !still.is_empty() {
            let roles: Vec<&str> = still.iter().map(|role| self.role_title(role)).collect();
            let _ = write!(said, " They still are {}.", roles.join(" and "));
        }
        if few {
            said.push_str(" Too few are left in the role: appoint somebody.");
        }
        said
    }
}

impl Notice {
    /// The step that it is about.
    pub fn step(&self) -> Option<&Address> {
        match self {
            Self::NobodyHolds { step, .. }
            | Self::CannotProgress { step }
            | Self::MomentCannotCome { step }
            | Self::NeverDue { step }
            | Self::NobodyIsIn { group: step } => Some(step),
            Self::OutOfRole { .. }
            | Self::LeftRole { .. }
            | Self::EventUnusable { .. }
            | Self::ResumeDue { .. } => None,
        }
    }
}

fn put(context: &mut Map<String, Value>, way: &[&str], answers: &Value) {
    let [name, rest @ ..] = way else { return };
    let place = context
        .entry((*name).to_owned())
        .or_insert_with(|| json!({}));
    let Some(inner) = place.as_object_mut() else {
        return;
    };
    if rest.is_empty() {
        if let Value::Object(fields) = answers {
            inner.extend(fields.clone());
        }
    } else {
        put(inner, rest, answers);
    }
}

fn in_words(kind: Option<&FieldKind>, value: Value) -> Value {
    match (kind, &value) {
        (Some(FieldKind::Date), Value::String(text)) => text
            .parse::<Date>()
            .map_or(value.clone(), |date| json!(say_date(date))),
        (Some(kind @ (FieldKind::Choice(_) | FieldKind::Choices(_))), _) => {
            kind.labels(&value).unwrap_or(value)
        }
        _ => value,
    }
}

/// The mails that every definition can use: `ready.txt` with `ready.html` beside it.
fn built_in() -> BTreeMap<String, Template> {
    let html = |name: &str| {
        let wanted = format!("{name}.html");
        let found = SHIPPED_MAILS.iter().find(|(file, _)| *file == wanted);
        found.map(|(_, text)| (*text).to_owned())
    };
    let texts = SHIPPED_MAILS.iter().filter_map(|(file, text)| {
        let name = file.strip_suffix(".txt")?;
        let (head, body) = text.split_once("\n\n")?;
        let subject = head
            .lines()
            .find_map(|line| line.strip_prefix("subject:"))?;
        let template = Template {
            subject: subject.trim().to_owned(),
            text: body.to_owned(),
            html: html(name),
        };
        Some((name.to_owned(), template))
    });
    texts.collect()
}
