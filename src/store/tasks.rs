//! What is to be done, by whom and by when; and the list of runs, which asks the same.
//!
//! Who can do a task is asked of the directory at this moment: the one who has it, else those in
//! the run's role, else whoever holds the post at the school on that day. *Overdue* is the
//! caller's to say: the dates are here.

use sqlx::FromRow;

use super::Scoped;
use super::error::Error;
use super::rows::{RunKind, TaskRow};
use crate::core::names::{PersonId, RunId, Urn};
use crate::core::run::state::RunStatus;
use crate::core::time::{Date, Instant};

/// Somebody, on a day: covers and posts have dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonOn {
    pub person: PersonId,
    pub day: Date,
}

/// Each that is given narrows the list.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    pub run: Option<RunId>,
    /// The host school of the run, or the school that must act.
    pub school: Option<Urn>,
    /// The definition's role.
    pub role: Option<String>,
    /// Ready, and theirs to do.
    pub waiting_on: Option<PersonOn>,
    /// Due on that day or before.
    pub due_by: Option<Date>,
    /// None: as many as there are.
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    pub kind: Option<RunKind>,
    pub status: Option<RunStatus>,
    pub host_school: Option<Urn>,
    /// Has a ready task of that role.
    pub waiting_on_role: Option<String>,
    /// Has a ready task that is theirs to do.
    pub waiting_on: Option<PersonOn>,
    /// Has a task that was due before that day.
    pub due_before: Option<Date>,
    /// The page after this reference.
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// A task and the run that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct TaskOfRun {
    pub reference: String,
    pub run_title: String,
    pub host_school: Option<Urn>,
    pub run_status: RunStatus,
    #[sqlx(flatten)]
    pub task: TaskRow,
}

/// A run as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RunSummary {
    pub id: RunId,
    pub kind: RunKind,
    pub reference: String,
    pub workflow: String,
    #[sqlx(try_from = "i64")]
    pub workflow_version: u32,
    pub title: String,
    pub host_school: Option<Urn>,
    pub status: RunStatus,
    pub stage: Option<String>,
    pub started_at: Instant,
    pub changed_at: Instant,
    #[sqlx(try_from = "i64")]
    pub version: u64,
    /// Of its ready tasks, the soonest.
    pub next_due: Option<Date>,
}

/// Whether `t` is ready and that person's to do: `$person` on `$day`; `$named` is the id as it
/// stands in the list of people. True where no person is given.
macro_rules! theirs_to_do {
    ($person:literal, $day:literal, $named:literal) => {
        concat!(
            "(t.ready_at IS NOT NULL AND (t.assigned = ",
            $person,
            " OR (t.assigned IS NULL AND (",
            "t.people LIKE ",
            $named,
            " OR EXISTS (SELECT 1 FROM post p WHERE p.alliance = t.alliance",
            " AND p.person = ",
            $person,
            " AND p.role = t.post AND p.school = coalesce(t.school, '')",
            " AND p.from_day <= ",
            $day,
            " AND (p.until_day >= ",
            $day,
            " OR p.until_day IS NULL)",
            ")))) OR ",
            $person,
            " IS NULL)"
        )
    };
}

statements! {
    one {
        TASKS = concat!("SELECT r.reference, r.title AS run_title, r.host_school,
                r.status AS run_status, t.run, t.address, t.asks, t.attempt, t.title, t.stage, t.role,
                t.post, t.school, t.assigned, t.people, t.status, t.due, t.ready_at
            FROM task t JOIN run r ON r.alliance = t.alliance AND r.id = t.run
            WHERE t.alliance = $1
                AND (t.run = $2 OR $2 IS NULL)
                AND (t.school = $3 OR r.host_school = $3 OR $3 IS NULL)
                AND (t.role = $4 OR $4 IS NULL)
                AND (t.due <= $5 OR $5 IS NULL)
                AND ", theirs_to_do!("$6", "$7", "$8"), "
            ORDER BY CASE WHEN t.due IS NULL THEN 1 ELSE 0 END, t.due, r.reference, t.address, t.asks
            LIMIT $9");
        RUNS = concat!("SELECT r.id, r.kind, r.reference, r.workflow, r.workflow_version, r.title,
                r.host_school, r.status, r.stage, r.started_at, r.changed_at, r.version,
                (SELECT min(t.due) FROM task t WHERE t.alliance = r.alliance AND t.run = r.id
                    AND t.ready_at IS NOT NULL) AS next_due
            FROM run r
            WHERE r.alliance = $1
                AND (r.kind = $2 OR $2 IS NULL)
                AND (r.status = $3 OR $3 IS NULL)
                AND (r.host_school = $4 OR $4 IS NULL)
                AND (r.reference > $5 OR $5 IS NULL)
                AND (EXISTS (SELECT 1 FROM task t WHERE t.alliance = r.alliance AND t.run = r.id
                    AND (t.role = $6 OR $6 IS NULL) AND (t.due < $7 OR $7 IS NULL)
                    AND t.ready_at IS NOT NULL
                    AND ", theirs_to_do!("$8", "$9", "$10"), ")
                  OR ($6 IS NULL AND $7 IS NULL AND $8 IS NULL))
            ORDER BY r.reference
            LIMIT $11");
    }
}

/// The three parameters of `theirs_to_do!`; without a person the day and the pattern match nothing.
fn bound(who: Option<PersonOn>) -> (Option<PersonId>, Option<Date>, Option<String>) {
    (
        who.map(|who| who.person),
        who.map(|who| who.day),
        who.map(|who| format!("%{}%", who.person)),
    )
}

fn at_most(limit: Option<u32>) -> i64 {
    limit.map_or(i64::MAX, i64::from)
}

impl Scoped {
    /// Tasks, soonest due first; those without a date last.
    pub async fn tasks(&self, filter: &TaskFilter) -> Result<Vec<TaskOfRun>, Error> {
        let (person, day, named) = bound(filter.waiting_on);
        read_all!(
            on_reader,
            &self.db,
            "task",
            TaskOfRun,
            TASKS,
            [
                &self.alliance,
                filter.run,
                &filter.school,
                &filter.role,
                filter.due_by,
                person,
                day,
                &named,
                at_most(filter.limit),
            ]
        )
    }

    /// Runs by reference.
    pub async fn runs(&self, filter: &RunFilter) -> Result<Vec<RunSummary>, Error> {
        let (person, day, named) = bound(filter.waiting_on);
        read_all!(
            on_reader,
            &self.db,
            "run",
            RunSummary,
            RUNS,
            [
                &self.alliance,
                filter.kind,
                filter.status,
                &filter.host_school,
                &filter.after,
                &filter.waiting_on_role,
                filter.due_before,
                person,
                day,
                &named,
                at_most(filter.limit),
            ]
        )
    }
}
