//! One attempt at a batch, in one transaction: lock, load, decide, write, commit.
//!
//! Commands of one run fold in memory in the order in which they came. A refusal leaves nothing
//! but its record. Nothing here tries again; that is `handle.rs`.

pub(super) use crate::core::message::write::name_of as word;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::core::audit::chain;
use crate::core::definition::workflow::Workflow;
use crate::core::message::fault::Fault;
use crate::core::message::write::{self, Answer, Cause};
use crate::core::names::{AllianceId, RunId};
use crate::core::run::command::{Command, Envelope};
use crate::core::run::decide::decide;
use crate::core::run::decide::who::ENGINE;
use crate::core::run::entry::Entry;
use crate::core::run::evolve::fold;
use crate::core::run::react::react;
use crate::core::run::refusal::{Code, NotYet, Refusal, Verdict};
use crate::core::run::state::{FOLD, Run};
use crate::core::run::wants::wants;
use crate::core::time::Instant;
use crate::store::{self, InboxRow, InboxState, OutboxKind, OutboxRow, RunRow, Unit, WorkflowRow};

use super::answers::{Handled, Kept, first};
use super::batch::{Batch, Held};
use super::facts::Loaded;
use super::{Engine, Error, Incoming, Manner};

/// Source and id of a message.
pub(super) type InboxKey = (String, String);
/// What an earlier attempt has made of its messages, if its commit was stored after all.
pub(super) type Maybe = BTreeMap<InboxKey, Handled>;

/// Everything that one attempt works on.
pub(super) struct Attempt<'a> {
    pub engine: &'a Engine,
    pub unit: Unit,
    pub batch: Batch,
    pub loaded: Option<Loaded>,
    pub now: Instant,
    maybe: Maybe,
    /// How many messages came before in this batch.
    place: i64,
}

impl<'a> Attempt<'a> {
    pub async fn begin(
        engine: &'a Engine,
        alliance: &AllianceId,
        maybe: Maybe,
    ) -> Result<Self, Error> {
        let now = engine.clock.now();
        let lease = engine.handover.as_ref().map(|handover| handover.lease(now));
        Ok(Self {
            engine,
            unit: engine.store.begin(alliance).await?,
            batch: Batch {
                lease,
                ..Batch::default()
            },
            loaded: None,
            now,
            maybe,
            place: 0,
        })
    }

    /// Locks the runs, and reads which of the messages came before.
    pub async fn load(&mut self, incoming: &[Incoming]) -> Result<(), Error> {
        let ids: BTreeSet<RunId> = incoming.iter().map(|one| one.envelope.run).collect();
        let ids: Vec<RunId> = ids.into_iter().collect();
        for row in self.unit.lock_runs(&ids).await? {
            let held = self.read_run(row).await?;
            self.batch.runs.insert(held.run.id, held);
        }
        let keys: Vec<InboxKey> = incoming.iter().map(key).collect();
        for row in self.unit.find_inbox(&keys).await? {
            let key = (row.source.clone(), row.command_id.clone());
            self.batch.inbox.insert(key, row);
        }
        Ok(())
    }

    /// A run from its snapshot; one of another fold is made anew from the entries.
    async fn read_run(&mut self, row: RunRow) -> Result<Held, Error> {
        let unreadable = || {
            Error::Unreadable(format!(
                "The snapshot of {} cannot be read. `alongside audit verify` says whether its \
                 entries can.",
                row.reference
            ))
        };
        let is_current = row.fold == FOLD;
        let run: Arc<Run> = if is_current {
            serde_json::from_str(&row.state).map_err(|_| unreadable())?
        } else {
            Arc::new(self.rebuild(row.id).await?)
        };
        let (name, version) = (row.workflow.as_str(), row.workflow_version);
        let library = &self.engine.library;
        let workflow = library
            .in_use(&mut self.unit, name, version, &row.workflow_hash)
            .await?;
        let stored = is_current.then(|| (workflow.clone(), run.clone()));
        Ok(Held {
            run,
            stored,
            head: row.head,
            workflow: Some(workflow),
            moved: false,
            plan_by: None,
        })
    }

    async fn rebuild(&self, id: RunId) -> Result<Run, Error> {
        let alliance = self.unit.alliance();
        let entries = self.engine.entries(alliance, id).await?;
        let unborn = Run::unborn(alliance.clone(), id);
        Ok(entries.iter().fold(unborn, fold))
    }

    /// The next message of the batch. Those behind it count as come a moment later, so that what
    /// is parked keeps its order.
    pub async fn next(&mut self, incoming: &Incoming) -> Result<Handled, Error> {
        let handled = self.one(incoming).await;
        self.place += 1;
        handled
    }

    pub async fn one(&mut self, incoming: &Incoming) -> Result<Handled, Error> {
        if let Some(known) = self.batch.inbox.get(&key(incoming)).cloned()
            && let Some(handled) = self.seen_before(incoming, &known)
        {
            return Ok(handled);
        }
        let verdict = match self.decide(incoming).await? {
            Ok(handled) => return Ok(handled),
            Err(verdict) => verdict,
        };
        Ok(match verdict {
            Verdict::Refused(refusal) => self.refuse(incoming, refusal),
            Verdict::NotYet(not_yet) => self.not_yet(incoming, not_yet),
        })
    }

    /// The same message again is a duplicate; the same id for another one is quarantined. What
    /// waits and is tried again goes on, unless its time is over.
    fn seen_before(&mut self, incoming: &Incoming, known: &InboxRow) -> Option<Handled> {
        if known.fingerprint != incoming.fingerprint || known.run != incoming.envelope.run {
            return Some(self.id_reused(incoming));
        }
        if let Some(ours) = self.maybe.remove(&key(incoming))
            && ours.is_kept_as(known)
        {
            return Some(ours);
        }
        let first = first(known);
        let run = known.run;
        if incoming.manner == Manner::Again {
            return match known.state {
                InboxState::Quarantined => None,
                InboxState::Parked => self.outlived(incoming, known),
                _ => Some(Handled::Duplicate { run, first }),
            };
        }
        let answer = Answer::Duplicate {
            first: first.clone(),
        };
        self.answer(incoming, &answer);
        Some(Handled::Duplicate { run, first })
    }

    fn id_reused(&mut self, incoming: &Incoming) -> Handled {
        let reason = "This id was used before for another message. The first one stands; send \
                      this one under an id of its own."
            .to_owned();
        let code = Fault::IdReused;
        if let Some(raw) = &incoming.raw {
            let row = super::door::quarantine_row(raw.as_bytes(), code, &reason, self.now);
            let rows = &mut self.batch.changes.quarantine;
            match rows.iter_mut().find(|other| other.sha256 == row.sha256) {
                Some(other) => other.seen += 1,
                None => rows.push(row),
            }
        }
        let answer = Answer::Quarantined {
            code,
            reason: reason.clone(),
        };
        self.answer(incoming, &answer);
        Handled::Quarantined { code, reason }
    }

    async fn decide(&mut self, incoming: &Incoming) -> Result<Result<Handled, Verdict>, Error> {
        let envelope = &incoming.envelope;
        let id = envelope.run;
        let held = self.batch.runs.entry(id).or_insert_with(|| Held {
            run: Arc::new(Run::unborn(envelope.alliance.clone(), id)),
            stored: None,
            head: chain::GENESIS.to_owned(),
            workflow: None,
            moved: false,
            plan_by: None,
        });
        let follows = match &held.workflow {
            Some(workflow) => Ok(workflow.clone()),
            None => self.engine.named_workflow(envelope),
        };
        let workflow = match follows {
            Ok(workflow) => workflow,
            Err(verdict) => return Ok(Err(verdict)),
        };
        let (run, head) = (held.run.clone(), held.head.clone());
        let mut wants = wants(&workflow, &run, envelope);
        let mut facts = self.load_facts(&mut wants, &run, incoming).await?;
        let mut decided = decide(&workflow, &run, envelope, &facts, &head);
        if let (Ok(_), Some(prefix)) = (&decided, &wants.reference_prefix) {
            // Only now, so that a start that is refused leaves no gap between two references.
            let year = chrono::Datelike::year(&self.now.date());
            facts.reference = Some(self.unit.next_reference(prefix, year).await?);
            decided = decide(&workflow, &run, envelope, &facts, &head);
        }
        let decision = match decided {
            Ok(decision) => decision,
            Err(verdict) => {
                if let Command::DeadlinesReplan { .. } = envelope.command {
                    // No date moves, but a reminder may.
                    self.batch.plan_anew(id, facts);
                }
                return Ok(Err(verdict));
            }
        };
        let workflow = if run.workflow == decision.run.workflow {
            workflow
        } else {
            // It starts, or it migrates.
            let follows = facts.target.clone().unwrap_or(workflow);
            if let Some(refusal) = self.keep_text(&follows).await? {
                return Ok(Err(refusal.into()));
            }
            follows
        };
        self.fetch_drafts_that_move(&run, &decision.drafts).await?;
        let effects = react(&workflow, &decision.run, &decision.entry, &facts);
        let reference = decision.run.reference.clone();
        let told = (effects.as_slice(), facts);
        let (entry, hash) = self.batch.accept(&workflow, decision, told);
        self.applied(incoming, &entry, &hash, &reference);
        Ok(Ok(Handled::Applied {
            entry: Box::new(entry),
            hash,
            reference,
        }))
    }

    /// Keeps the text of the version that a run begins to follow. One that is not at hand comes
    /// from the database, where it is kept already.
    async fn keep_text(&mut self, workflow: &Workflow) -> Result<Option<Refusal>, Error> {
        let newest = self.engine.library.newest(&workflow.name);
        let Some(edition) = newest.filter(|edition| edition.workflow.hash == workflow.hash) else {
            return Ok(None);
        };
        let row = WorkflowRow {
            name: workflow.name.clone(),
            version: workflow.version,
            hash: workflow.hash.clone(),
            bundle: edition.bundle.to_json(),
            added_at: self.now,
        };
        match self.unit.keep_workflow(&row).await {
            Ok(()) => Ok(None),
            Err(store::Error::Refused(reason)) => {
                Ok(Some(Refusal::new(Code::UnknownWorkflow, reason)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn applied(&mut self, incoming: &Incoming, entry: &Entry, hash: &str, reference: &str) {
        let origin = &self.engine.origin;
        let main = write::applied(origin, entry, hash, reference);
        let told = write::told(origin, entry, reference);
        for message in std::iter::once(main).chain(told) {
            self.batch
                .queue_message(&message, Some((entry.run, entry.seq)), entry.at);
        }
        let row = self.row(incoming, InboxState::Applied);
        self.batch.record(InboxRow {
            run_version: entry.seq,
            ..row
        });
    }

    fn refuse(&mut self, incoming: &Incoming, refusal: Refusal) -> Handled {
        // A timer that was overtaken is no message of anybody's; the same moment may be planned
        // again, and must fire then.
        if incoming.envelope.source == ENGINE {
            return Handled::Refused(refusal);
        }
        let kept = Kept::of(refusal.code, &refusal.reason);
        let row = self.row(incoming, InboxState::Rejected);
        self.batch.record(InboxRow {
            code: Some(word(&refusal.code)),
            reason: Some(refusal.reason.clone()),
            outcome: serde_json::to_string(&kept).ok(),
            ..row
        });
        let answer = Answer::Rejected(refusal.clone());
        self.answer(incoming, &answer);
        Handled::Refused(refusal)
    }

    /// A person is refused at once; a message from the broker waits.
    fn not_yet(&mut self, incoming: &Incoming, not_yet: NotYet) -> Handled {
        match incoming.manner {
            Manner::AtOnce => {
                let NotYet { code, reason, .. } = not_yet;
                self.refuse(incoming, Refusal::new(code, reason))
            }
            Manner::Patient => self.park(incoming, not_yet),
            Manner::Again => self.park_again(incoming, not_yet),
        }
    }

    /// An inbox row of a message in its new state.
    pub fn row(&self, incoming: &Incoming, state: InboxState) -> InboxRow {
        let known = self.batch.inbox.get(&key(incoming));
        let later = chrono::TimeDelta::microseconds(self.place);
        let arrival = || Instant::new(self.now.utc() + later);
        InboxRow {
            source: incoming.envelope.source.clone(),
            command_id: incoming.envelope.id.clone(),
            fingerprint: incoming.fingerprint.clone(),
            run: incoming.envelope.run,
            state,
            code: None,
            reason: None,
            outcome: None,
            run_version: 0,
            raw: None,
            received_at: known.map_or_else(arrival, |known| known.received_at),
            next_at: None,
            expires_at: None,
            attempts: known.map_or(0, |known| known.attempts + 1),
            waiting_for: None,
        }
    }

    /// Answers go to whoever sent by the bus; a person has the answer already.
    pub fn answer(&mut self, incoming: &Incoming, answer: &Answer) {
        if incoming.manner == Manner::AtOnce {
            return;
        }
        let cause = Cause::from(&incoming.envelope);
        let run = incoming.envelope.run;
        let version = self.batch.runs.get(&run).map(|held| held.run.version);
        let version = version.filter(|version| *version > 0);
        let message = write::answer(&self.engine.origin, &cause, version, answer, self.now);
        self.batch.queue_message(&message, None, self.now);
    }

    pub async fn finish(self) -> Result<(), Error> {
        let Self {
            engine,
            mut unit,
            batch,
            ..
        } = self;
        let changes = batch.into_changes();
        let handed_over = engine.handover.as_ref().map(|handover| {
            let leased = |row: &&OutboxRow| row.kind == OutboxKind::Message;
            let own: Vec<OutboxRow> = changes.outbox.iter().filter(leased).cloned().collect();
            (handover, own)
        });
        unit.write(changes).await?;
        let alliance = unit.alliance().clone();
        unit.commit().await?;
        if let Some((handover, own)) = handed_over {
            handover.give(&alliance, own);
        }
        Ok(())
    }
}

impl Engine {
    /// The newest version of the workflow that a start names.
    fn named_workflow(&self, envelope: &Envelope) -> Result<Arc<Workflow>, Verdict> {
        let Command::ProjectStart { workflow, .. } = &envelope.command else {
            let reason = format!("There is no project {} yet.", envelope.run);
            let (step, code) = (None, Code::UnknownRun);
            return Err(NotYet { step, code, reason }.into());
        };
        if let Some(edition) = self.library.newest(workflow) {
            return Ok(edition.workflow.clone());
        }
        let names: Vec<&str> = self.library.names().collect();
        let names = names.join(", ");
        let reason = format!("There is no workflow `{workflow}`. There is: {names}.");
        Err(Refusal::new(Code::UnknownWorkflow, reason).into())
    }
}

pub(super) fn key(incoming: &Incoming) -> InboxKey {
    let envelope = &incoming.envelope;
    (envelope.source.clone(), envelope.id.clone())
}
