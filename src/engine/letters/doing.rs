//! What a mail says of a step to whoever is to do it: by when, what it takes, and why it is theirs.

use serde_json::{Value, json};

use crate::core::calendar::typical;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::doers;
use crate::core::run::places;

use super::Scene;
use super::when::DueDay;

impl Scene<'_> {
    /// The words of a mail about its step; empty where it is about none.
    pub(super) fn doing(&self, step: Option<&Address>, to: PersonId) -> Value {
        let calendars = &self.everybody.calendars;
        let deadline = step.and_then(|step| self.reading.run.steps.get(step)?.due.as_ref());
        let counted = deadline.filter(|due| due.date.is_some());
        let typical = calendars.note(counted.into_iter().map(|due| &due.calendar));
        let due = step.and_then(|step| self.due_day(step));
        let of_due = |say: fn(DueDay) -> String| due.map_or_else(String::new, say);
        let how_soon = due.map_or_else(|| "Not done yet".to_owned(), DueDay::how_soon);
        let title = step.map(|step| places::title(&self.reading.workflow, step));
        json!({
            "title": title.unwrap_or_default(),
            "due": of_due(DueDay::day),
            "by_when": of_due(DueDay::line),
            "when": of_due(DueDay::clause),
            "how_soon": how_soon,
            "days_note": typical.map_or("", |_| typical::SAID_TO_READERS),
            "about": step.map_or_else(String::new, |step| self.about(step)),
            "whose": step.map_or_else(String::new, |step| self.whose(step, to)),
        })
    }

    /// The day by which a step is due, as today sees it.
    pub(super) fn due_day(&self, step: &Address) -> Option<DueDay> {
        let deadline = self.reading.run.steps.get(step)?.due.as_ref()?;
        DueDay::new(deadline, &self.everybody.calendars, self.today)
    }

    /// What the form of a step says on top: how long it takes, and who sees the answers. Nothing
    /// where there is no form.
    pub(super) fn about(&self, step: &Address) -> String {
        let form = self.reading.workflow.form_at(step);
        let said = form.and_then(|form| form.schema.get("description")?.as_str());
        let words = said.unwrap_or_default().split_whitespace();
        words.collect::<Vec<_>>().join(" ")
    }

    /// Why a step is somebody's, to go after "because".
    pub(super) fn whose(&self, step: &Address, to: PersonId) -> String {
        let doers = doers::doers(
            &self.reading.workflow,
            &self.reading.run,
            &self.everybody.directory,
            step,
            self.today,
        );
        let mut theirs = doers.iter().filter(|doer| doer.person == to);
        let own = theirs.clone().any(|doer| doer.covers.is_none());
        match theirs.find_map(|doer| doer.covers).filter(|_| !own) {
            Some(person) => format!(
                "you cover for {}, whose step of the project this is",
                self.everybody.name(person)
            ),
            None => "this step of the project is yours".to_owned(),
        }
    }
}
