//! One batch in the making: the runs as they become, and all that will be written.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use crate::core::audit::chain;
use crate::core::definition::workflow::{Scope, Workflow};
use crate::core::mails::quiet::{Rule, earliest};
use crate::core::message::write::Message;
use crate::core::names::RunId;
use crate::core::run::decide::Decision;
use crate::core::run::effect::Effect;
use crate::core::run::entry::Entry;
use crate::core::run::facts::Facts;
use crate::core::run::projection::{self, Task, Timer};
use crate::core::run::seed::{Seed, uuid_from};
use crate::core::run::state::{FOLD, Run};
use crate::core::run::undo::mails_wait;
use crate::core::time::Instant;
use crate::store::{
    Changes, EntryRow, InboxRow, OutboxKind, OutboxRow, PayloadRow, RunKind, RunRow, TaskRow,
    TimerRow,
};

/// A run as this batch has it.
pub(super) struct Held {
    pub run: Arc<Run>,
    /// As the database has it, with the tasks that follow from it.
    pub stored: Option<(Arc<Workflow>, Arc<Run>)>,
    /// Hash of its last entry.
    pub head: String,
    pub workflow: Option<Arc<Workflow>>,
    pub moved: bool,
    /// What the last command on it knew: by this its moments are planned anew, once per batch.
    pub plan_by: Option<Facts>,
}

#[derive(Default)]
pub(super) struct Batch {
    pub runs: BTreeMap<RunId, Held>,
    /// Inbox rows that were there, or that this batch has made: by source and id.
    pub inbox: BTreeMap<(String, String), InboxRow>,
    /// Those that this batch writes.
    pub written: BTreeMap<(String, String), InboxRow>,
    pub changes: Changes,
    pub lease: Option<(Uuid, Instant)>,
}

impl Batch {
    /// Takes an accepted command in: the entry with its bytes, the texts, the drafts.
    pub fn accept(
        &mut self,
        workflow: &Arc<Workflow>,
        decision: Decision,
        (effects, facts): (&[Effect], Facts),
    ) -> (Entry, String) {
        let Decision {
            entry,
            run,
            payloads,
            drafts,
        } = decision;
        let body = chain::canonical(&entry);
        let hash = chain::hash(&body);
        let written_by = entry.on_behalf_of.or(entry.actor);
        let rows = payloads
            .iter()
            .map(|p| PayloadRow::new(entry.run, entry.seq, written_by, p));
        self.changes.payloads.extend(rows);
        for draft in drafts {
            self.keep_draft(&entry, draft);
        }
        for event in &entry.events {
            if let Some(commitments) = event.erased() {
                let gone = commitments
                    .iter()
                    .map(|commitment| (entry.run, commitment.clone()));
                self.changes.erased.extend(gone);
            }
        }
        let wait = mails_wait(&run, &entry, &facts);
        self.queue_mails(&entry, effects, wait);
        self.changes.entries.push(EntryRow {
            run: entry.run,
            seq: entry.seq,
            at: entry.at,
            source: entry.command.source.clone(),
            command_id: entry.command.id.clone(),
            body,
        });
        if let Some(held) = self.runs.get_mut(&entry.run) {
            held.run = Arc::new(run);
            held.head.clone_from(&hash);
            held.workflow = Some(workflow.clone());
            held.moved = true;
            held.plan_by = Some(facts);
        }
        (entry, hash)
    }

    /// No command was accepted, but the run waits for other moments now.
    pub fn plan_anew(&mut self, run: RunId, facts: Facts) {
        if let Some(held) = self.runs.get_mut(&run) {
            held.plan_by = Some(facts);
        }
    }

    /// Mails wait in the outbox as letters: ids only. The id is the same however often it is made.
    fn queue_mails(&mut self, entry: &Entry, effects: &[Effect], wait: Option<Instant>) {
        let mails = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Mail { .. }));
        for (number, mail) in mails.enumerate() {
            let Effect::Mail { to, letter } = mail else {
                continue;
            };
            let run = entry.run.to_string();
            let parts = ["mail", &run, &entry.seq.to_string(), &number.to_string()];
            let id = uuid_from(&Seed::known(&parts));
            let body = plain(mail);
            let next_at = wait.unwrap_or_else(|| earliest(letter, entry.at));
            let run = Some((entry.run, entry.seq));
            self.queue(id, OutboxKind::Mail, run, body, next_at);
            if let Some(row) = self.changes.outbox.last_mut() {
                row.person = Some(*to);
                row.held = wait.map(|_| Rule::Undo.word().to_owned());
            }
        }
    }

    pub fn queue_message(&mut self, message: &Message, run: Option<(RunId, u64)>, at: Instant) {
        let id = uuid_from(&super::random_bytes());
        self.queue(id, OutboxKind::Message, run, plain(message), at);
    }

    fn queue(
        &mut self,
        id: Uuid,
        kind: OutboxKind,
        run: Option<(RunId, u64)>,
        body: String,
        at: Instant,
    ) {
        let lease = self.lease.filter(|_| kind == OutboxKind::Message);
        self.changes.outbox.push(OutboxRow {
            id,
            kind,
            run: run.map(|(run, _)| run),
            seq: run.map_or(0, |(_, seq)| seq),
            body,
            next_at: at,
            attempts: 0,
            why: None,
            lease_token: lease.map(|(token, _)| token),
            lease_until: lease.map(|(_, until)| until),
            person: None,
            held: None,
            tried: 0,
        });
    }

    pub fn record(&mut self, row: InboxRow) {
        let key = (row.source.clone(), row.command_id.clone());
        self.inbox.insert(key.clone(), row.clone());
        self.written.insert(key, row);
    }

    /// Everything to write: a snapshot of every run that moved, its timers, and its tasks if they are
    /// not as they were.
    pub fn into_changes(mut self) -> Changes {
        self.changes.inbox = self.written.into_values().collect();
        for (id, held) in self.runs {
            let Some(workflow) = held.workflow else {
                continue;
            };
            if let Some(facts) = &held.plan_by {
                let timers = projection::timers(&workflow, &held.run, facts);
                let rows = timers.iter().map(|timer| timer_row(id, timer));
                self.changes.timers.insert(id, rows.collect());
            }
            if !held.moved {
                continue;
            }
            let run = &held.run;
            self.changes.runs.push(snapshot(&workflow, run, held.head));
            let tasks = task_rows(&workflow, run);
            let stored = held
                .stored
                .map(|(workflow, run)| task_rows(&workflow, &run));
            if stored.as_ref() != Some(&tasks) {
                self.changes.tasks.insert(id, tasks);
            }
        }
        self.changes
    }
}

/// JSON that nobody hashes: only entries and texts need the canonical form.
fn plain<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data with text keys is always JSON")
}

fn timer_row(run: RunId, timer: &Timer) -> TimerRow {
    TimerRow {
        run,
        key: timer.key.to_string(),
        due_at: timer.at,
        body: plain(&timer.key),
        lease_token: None,
        lease_until: None,
    }
}

/// The row of a run in this state: all that lists show of it, and the state itself.
pub fn snapshot(workflow: &Workflow, run: &Run, head: String) -> RunRow {
    let used = run.workflow.clone();
    let started_at = run.started_at.or(run.changed_at);
    RunRow {
        id: run.id,
        kind: match workflow.scope {
            Scope::Project => RunKind::Project,
            Scope::Cycle => RunKind::Cycle,
        },
        reference: run.reference.clone(),
        workflow: workflow.name.clone(),
        workflow_version: used.as_ref().map_or(workflow.version, |used| used.version),
        workflow_hash: used.map_or_else(|| workflow.hash.clone(), |used| used.hash),
        title: run.title.clone(),
        host_school: run.host_school.clone(),
        status: run.status,
        stage: projection::stage(workflow, run).0,
        started_at: started_at.expect("a run that moved has an entry, and that has a time"),
        changed_at: run
            .changed_at
            .expect("a run that moved has an entry, and that has a time"),
        version: run.version,
        head,
        fold: FOLD,
        state: plain(run),
    }
}

fn task_rows(workflow: &Workflow, run: &Run) -> Vec<TaskRow> {
    let tasks = projection::tasks(workflow, run).into_iter();
    tasks.map(|task| task_row(workflow, run, task)).collect()
}

fn task_row(workflow: &Workflow, run: &Run, task: Task) -> TaskRow {
    let of_run = task.role.as_ref().and_then(|role| {
        workflow.roles.get(role).filter(|_| task.post.is_none())?;
        run.people.get(role)
    });
    let people: Vec<_> = of_run
        .into_iter()
        .flatten()
        .map(|held| held.person)
        .collect();
    TaskRow {
        run: run.id,
        address: task.step,
        asks: task.asks,
        attempt: task.attempt,
        title: task.title,
        stage: task.stage,
        role: task.role.unwrap_or_default(),
        post: task.post,
        school: task.school,
        assigned: task.person,
        people: plain(&people),
        status: task.status,
        due: task.due,
        ready_at: task.ready_at,
    }
}
