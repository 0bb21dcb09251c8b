//! The list of tasks: what is due, for whom, soonest first.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::core::names::{PersonId, RunId};
use crate::core::run::address::Address;
use crate::core::run::projection::Asks;
use crate::core::time::Date;
use crate::engine::Library;
use crate::engine::readings::Everybody;
use crate::store::TaskOfRun;

use super::layout::{table, wrap};
use super::list::{role_title, when_due};
use super::{and, count, due, who};

const HEADS: [(&str, u16); 5] = [
    ("Due", 17),
    ("Step", 20),
    ("For", 14),
    ("Project", 20),
    ("School", 14),
];

pub struct Tasks<'a> {
    /// Soonest due first, as the store gives them.
    pub rows: &'a [TaskOfRun],
    /// The workflow of each run, for the titles of roles.
    pub workflows: &'a BTreeMap<RunId, String>,
    pub everybody: &'a Everybody,
    pub library: &'a Library,
    pub today: Date,
    /// What the post could not do.
    pub undelivered: Vec<String>,
    /// Whom to ring about a step.
    pub ring: &'a BTreeMap<(RunId, Address), Vec<PersonId>>,
    /// Why a step cannot progress.
    pub held_up: &'a BTreeMap<(RunId, Address), String>,
}

impl Tasks<'_> {
    pub fn text(&self) -> String {
        if self.rows.is_empty() {
            let nothing = "Nothing is to be done.\n".to_owned();
            return nothing + &self.undelivered();
        }
        let rows = self.rows.iter().map(|task| {
            let due = task
                .task
                .due
                .map_or_else(|| "no date".to_owned(), |d| when_due(d, self.today));
            let school = self.school(task);
            let project = format!("{} {}", task.reference, task.run_title);
            vec![due, self.step(task), self.for_whom(task), project, school]
        });
        let mut text = table(&HEADS, rows.collect());
        let late = self
            .rows
            .iter()
            .filter(|task| task.task.due.is_some_and(|d| d < self.today));
        let late = late.count();
        let late = if late == 0 {
            "none overdue".to_owned()
        } else {
            format!("{late} overdue")
        };
        text.push('\n');
        text.push_str(&wrap(
            "",
            &format!("{}, {late}.", count(self.rows.len(), "task")),
            0,
        ));
        let note = self.everybody.calendars.note_for_any();
        if let Some(note) = note.filter(|_| self.rows.iter().any(|task| task.task.due.is_some())) {
            text.push_str(&wrap("", note, 0));
        }
        if let Some(ending) = due::ending(self.everybody, self.today) {
            text.push_str(&wrap("", &ending, 0));
        }
        text + &self.undelivered()
    }

    /// What is asked, about which step, and why it cannot progress.
    fn step(&self, task: &TaskOfRun) -> String {
        let title = self.title(task);
        if !task.task.asks.is_of_step() {
            return title;
        }
        let step = format!("{title} [{}]", task.task.address);
        match (self.held_up_by(task), task.task.asks) {
            (None, _) => step,
            (Some(reason), Asks::Unblock) => format!("{step}: {reason}"),
            (Some(reason), _) => format!("{step} cannot progress: {reason}"),
        }
    }

    fn held_up_by(&self, task: &TaskOfRun) -> Option<&str> {
        let key = (task.task.run, task.task.address.clone());
        self.held_up.get(&key).map(String::as_str)
    }

    /// Of a call, with whom and their number.
    fn title(&self, task: &TaskOfRun) -> String {
        let title = &task.task.title;
        let key = (task.task.run, task.task.address.clone());
        let ring = self.ring.get(&key).filter(|_| task.task.asks == Asks::Ring);
        let Some((people, about)) = ring.zip(title.strip_prefix("Ring ")) else {
            return title.clone();
        };
        let people = people.iter().map(|person| {
            let name = self.everybody.name(*person);
            let phone = self.everybody.phones.get(person).map(String::as_str);
            format!("{name} ({})", phone.unwrap_or("no phone number is known"))
        });
        format!("Ring {} {about}", and(&people.collect::<Vec<_>>()))
    }

    fn undelivered(&self) -> String {
        let said = self.undelivered.iter();
        said.map(|sentence| wrap("", sentence, 0)).collect()
    }

    pub fn json(&self) -> Value {
        let rows = self.rows.iter().map(|task| {
            let doers = self.everybody.doers_of(&task.task, self.today);
            let people = doers.iter().map(|doer| {
                json!({"person": doer.person, "name": self.everybody.name(doer.person),
                       "covers": doer.covers})
            });
            json!({
                "run": task.task.run,
                "reference": task.reference,
                "project": task.run_title,
                "school": self.school(task),
                "step": task.task.address,
                "attempt": task.task.attempt,
                "asks": task.task.asks,
                "title": self.title(task),
                "stage": task.task.stage,
                "role": task.task.role,
                "people": people.collect::<Vec<_>>(),
                "status": task.task.status,
                "blocked": self.held_up_by(task),
                "since": task.task.ready_at,
                "due": task.task.due,
                "overdue": task.task.due.is_some_and(|due| due < self.today),
            })
        });
        rows.collect()
    }

    fn for_whom(&self, task: &TaskOfRun) -> String {
        let doers = self.everybody.doers_of(&task.task, self.today);
        let workflow = self
            .workflows
            .get(&task.task.run)
            .map_or("", String::as_str);
        let role = role_title(self.library, workflow, &task.task.role);
        match (doers.is_empty(), role.is_empty()) {
            (true, true) => "nobody".to_owned(),
            (true, false) => format!("nobody ({role})"),
            (false, true) => who::names(self.everybody, &doers),
            (false, false) => format!("{}, {role}", who::names(self.everybody, &doers)),
        }
    }

    fn school(&self, task: &TaskOfRun) -> String {
        let urn = task.task.school.as_ref().or(task.host_school.as_ref());
        let known = urn.and_then(|urn| self.everybody.directory.schools.get(urn));
        known.map_or_else(String::new, |school| school.name.clone())
    }
}
