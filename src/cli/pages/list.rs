//! The list of projects: what is due first stands on top.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::core::names::RunId;
use crate::core::run::state::RunStatus;
use crate::core::time::Date;
use crate::engine::Library;
use crate::engine::readings::Everybody;
use crate::store::{RunSummary, TaskOfRun};

use super::layout::{table, wrap};
use super::{count, due, who};

const HEADS: [(&str, u16); 6] = [
    ("Reference", 12),
    ("School", 13),
    ("Title", 17),
    ("Where", 13),
    ("Who has it", 12),
    ("Due", 16),
];

/// What the list is made of. `tasks` are the open ones of all these projects.
pub struct List<'a> {
    pub runs: &'a [RunSummary],
    pub tasks: &'a [TaskOfRun],
    pub everybody: &'a Everybody,
    pub library: &'a Library,
    pub today: Date,
}

impl List<'_> {
    /// Soonest due first, those without a date behind them, then by reference.
    fn sorted(&self) -> Vec<&RunSummary> {
        let mut runs: Vec<&RunSummary> = self.runs.iter().collect();
        runs.sort_by_key(|run| (run.next_due.is_none(), run.next_due, run.reference.clone()));
        runs
    }

    pub fn text(&self) -> String {
        if self.runs.is_empty() {
            return "No project matches.\n".to_owned();
        }
        let next = self.next_tasks();
        let rows = self.sorted().into_iter().map(|run| {
            let task = next.get(&run.id);
            let has = task.map_or_else(String::new, |task| self.who(task));
            let due = run
                .next_due
                .map_or_else(String::new, |date| when_due(date, self.today));
            let status = match &run.stage {
                Some(stage) if is_open(run.status) => {
                    format!("{}: {}", run.status.say(), self.stage(run, stage))
                }
                _ => run.status.say().to_owned(),
            };
            vec![
                run.reference.clone(),
                self.school(run),
                run.title.clone(),
                status,
                has,
                due,
            ]
        });
        let rows = rows.collect();
        let mut text = table(&HEADS, rows);
        let late = self
            .runs
            .iter()
            .filter(|run| run.next_due.is_some_and(|due| due < self.today));
        let late = late.count();
        text.push('\n');
        let late = if late == 0 {
            "none overdue".to_owned()
        } else {
            format!("{late} overdue")
        };
        let end = format!("{}, {late}.", count(self.runs.len(), "project"));
        text.push_str(&wrap("", &end, 0));
        let note = self.everybody.calendars.note_for_any();
        if let Some(note) = note.filter(|_| self.runs.iter().any(|run| run.next_due.is_some())) {
            text.push_str(&wrap("", note, 0));
        }
        text
    }

    pub fn json(&self) -> Value {
        let next = self.next_tasks();
        let rows = self.sorted().into_iter().map(|run| {
            let task = next.get(&run.id);
            json!({
                "run": run.id,
                "reference": run.reference,
                "title": run.title,
                "workflow": run.workflow,
                "workflow_version": run.workflow_version,
                "host_school": run.host_school,
                "school": self.school(run),
                "status": run.status,
                "stage": run.stage,
                "next_step": task.map(|task| task.task.address.to_string()),
                "who": task.map(|task| self.who(task)),
                "due": run.next_due,
                "overdue": run.next_due.is_some_and(|due| due < self.today),
                "started_at": run.started_at,
                "changed_at": run.changed_at,
                "version": run.version,
            })
        });
        rows.collect()
    }

    /// The task of each project that is due first; tasks come sorted that way.
    fn next_tasks(&self) -> BTreeMap<RunId, &TaskOfRun> {
        let mut next = BTreeMap::new();
        let of_steps = self.tasks.iter().filter(|it| it.task.asks.is_of_step());
        for task in of_steps.filter(|it| it.task.ready_at.is_some()) {
            next.entry(task.task.run).or_insert(task);
        }
        next
    }

    fn who(&self, task: &TaskOfRun) -> String {
        let doers = self.everybody.doers_of(&task.task, self.today);
        if doers.is_empty() {
            let workflow = self.runs.iter().find(|run| run.id == task.task.run);
            let role = workflow.map_or_else(
                || task.task.role.replace('_', " "),
                |run| role_title(self.library, &run.workflow, &task.task.role),
            );
            return format!("nobody ({role})");
        }
        who::names(self.everybody, &doers)
    }

    fn school(&self, run: &RunSummary) -> String {
        let Some(urn) = &run.host_school else {
            return String::new();
        };
        let known = self.everybody.directory.schools.get(urn);
        known.map_or_else(|| urn.to_string(), |school| school.name.clone())
    }

    fn stage(&self, run: &RunSummary, stage: &str) -> String {
        let edition = self.library.newest(&run.workflow);
        let title = edition.and_then(|edition| edition.workflow.stages.get(stage).cloned());
        title.unwrap_or_else(|| stage.replace('_', " "))
    }
}

fn is_open(status: RunStatus) -> bool {
    matches!(status, RunStatus::InProgress | RunStatus::Paused)
}

/// The title of a role by the newest edition of a workflow, as it stands inside a sentence.
pub fn role_title(library: &Library, workflow: &str, role: &str) -> String {
    let edition = library.newest(workflow);
    let title = edition.and_then(|edition| Some(edition.workflow.roles.get(role)?.title.clone()));
    title.map_or_else(|| role.replace('_', " "), |title| super::inside(&title))
}

/// "5 March 2027", "5 March 2027, 3 days overdue": short, as a table needs it.
pub fn when_due(date: Date, today: Date) -> String {
    let day = format!("{} {}", chrono::Datelike::day(&date), date.format("%B %Y"));
    match due::overdue(date, today) {
        Some(_) if date == today => format!("today, {day}"),
        Some(late) => format!("{day}, {late}"),
        None => day,
    }
}
