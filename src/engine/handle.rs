//! One batch of one alliance, in one transaction: lock, load, decide, write, commit.
//!
//! Commands of one run fold in memory in the order in which they came. A refusal or a bad message
//! harms no neighbour. A deadlock or a lost race repeats the whole batch; after a commit without
//! an answer the inbox keys say what was stored. Runs in a task of its own, so that no database
//! future is ever dropped half way.

use std::collections::BTreeSet;

use crate::core::message::fault::Fault;
use crate::core::message::write::{self, Answer, Cause};
use crate::core::names::{AllianceId, RunId};
use crate::core::run::command::{Command, Envelope};
use crate::core::run::decide::decide;
use crate::core::run::evolve::fold;
use crate::core::run::react::react;
use crate::core::run::refusal::{Code, NotYet, Refusal, Verdict};
use crate::core::run::state::{FOLD, Run};
use crate::core::time::Instant;
use crate::store::{self, InboxRow, InboxState, OutboxKind, OutboxRow, RunRow, Unit, WorkflowRow};

use super::answers::{Kept, first};
use super::batch::{Batch, Held};
use super::facts::Loaded;
use super::library::Edition;
use super::{Engine, Error, Incoming, Manner, TRIES};

pub use super::answers::Handled;

/// Everything that one attempt works on.
pub(super) struct Attempt<'a> {
    pub engine: &'a Engine,
    pub unit: Unit,
    pub batch: Batch,
    pub loaded: Loaded,
    pub now: Instant,
    /// A commit of this very batch may have been stored already.
    pub unsure: bool,
}

impl Engine {
    /// Decides and writes a batch. The answers have its order.
    pub async fn handle(
        &self,
        alliance: &AllianceId,
        batch: Vec<Incoming>,
    ) -> Result<Vec<Handled>, Error> {
        let (engine, alliance) = (self.clone(), alliance.clone());
        let task = tokio::spawn(async move { engine.handle_all(&alliance, &batch).await });
        task.await
            .map_err(|stopped| store::Error::Unavailable(stopped.to_string()))?
    }

    async fn handle_all(
        &self,
        alliance: &AllianceId,
        batch: &[Incoming],
    ) -> Result<Vec<Handled>, Error> {
        match self.persist(alliance, batch).await {
            Err(error) if batch.len() > 1 && !is_outage(&error) => {
                let mut handled = Vec::new();
                for incoming in batch {
                    let one = std::slice::from_ref(incoming);
                    handled.extend(self.persist(alliance, one).await?);
                }
                Ok(handled)
            }
            result => result,
        }
    }

    /// Tries until it is stored, or until trying again is of no use.
    async fn persist(
        &self,
        alliance: &AllianceId,
        batch: &[Incoming],
    ) -> Result<Vec<Handled>, Error> {
        let (mut tries, mut unsure) = (0, false);
        loop {
            match self.attempt(alliance, batch, unsure).await {
                Err(Error::Store(error)) if tries < TRIES && may_try_again(&error) => {
                    unsure |= matches!(error, store::Error::UnknownOutcome(_));
                    tracing::debug!(%alliance, %error, tries, "trying the batch again");
                    tries += 1;
                    Self::back_off(tries).await;
                }
                result => return result,
            }
        }
    }

    async fn attempt(
        &self,
        alliance: &AllianceId,
        incoming: &[Incoming],
        unsure: bool,
    ) -> Result<Vec<Handled>, Error> {
        let now = self.clock.now();
        let mut attempt = Attempt {
            engine: self,
            unit: self.store.begin(alliance).await?,
            batch: Batch::default(),
            loaded: Loaded::default(),
            now,
            unsure,
        };
        attempt.batch.lease = self.handover.as_ref().map(|handover| handover.lease(now));
        attempt.load(incoming).await?;
        let mut handled = Vec::with_capacity(incoming.len());
        for one in incoming {
            handled.push(attempt.one(one).await?);
        }
        attempt.try_parked().await?;
        attempt.finish().await?;
        Ok(handled)
    }
}

impl Attempt<'_> {
    /// Locks the runs and reads which of the messages came before.
    pub async fn load(&mut self, incoming: &[Incoming]) -> Result<(), Error> {
        let ids: BTreeSet<RunId> = incoming.iter().map(|one| one.envelope.run).collect();
        let ids: Vec<RunId> = ids.into_iter().collect();
        for row in self.unit.lock_runs(&ids).await? {
            let held = self.read_run(row).await?;
            self.batch.runs.insert(held.run.id, held);
        }
        let keys: Vec<(String, String)> = incoming.iter().map(key).collect();
        for row in self.unit.find_inbox(&keys).await? {
            self.batch
                .inbox
                .insert((row.source.clone(), row.command_id.clone()), row);
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
        let run = if row.fold == FOLD {
            serde_json::from_str(&row.state).map_err(|_| unreadable())?
        } else {
            self.rebuild(row.id).await?
        };
        let (name, version) = (row.workflow.as_str(), row.workflow_version);
        let library = &self.engine.library;
        let workflow = library
            .in_use(&mut self.unit, name, version, &row.workflow_hash)
            .await?;
        Ok(Held {
            run,
            head: row.head,
            workflow: Some(workflow),
            moved: false,
        })
    }

    async fn rebuild(&self, id: RunId) -> Result<Run, Error> {
        let alliance = self.unit.alliance().clone();
        let scoped = self.engine.store.of(&alliance);
        let mut run = Run::unborn(alliance, id);
        loop {
            let rows = scoped.entries(id, run.version, 500).await?;
            if rows.is_empty() {
                return Ok(run);
            }
            for row in rows {
                let entry = serde_json::from_str(&row.body).map_err(|_| {
                    Error::Unreadable(format!("Entry {} of run {id} cannot be read.", row.seq))
                })?;
                run = fold(run, &entry);
            }
        }
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

    /// The same message again is a duplicate; the same id for another one is quarantined.
    fn seen_before(&mut self, incoming: &Incoming, known: &InboxRow) -> Option<Handled> {
        if known.fingerprint != incoming.fingerprint || known.run != incoming.envelope.run {
            return Some(self.id_reused(incoming));
        }
        let waits = matches!(known.state, InboxState::Parked | InboxState::Quarantined);
        if incoming.manner == Manner::Again && waits {
            return None;
        }
        let first = first(known);
        if !self.unsure {
            let answer = Answer::Duplicate {
                first: first.clone(),
            };
            self.answer(incoming, &answer);
        }
        Some(Handled::Duplicate {
            run: known.run,
            first,
        })
    }

    fn id_reused(&mut self, incoming: &Incoming) -> Handled {
        let reason = "This id was used before for another message. The first one stands; send \
                      this one under an id of its own."
            .to_owned();
        let code = Fault::IdReused;
        if let Some(raw) = &incoming.raw {
            let row = super::door::quarantine_row(raw.as_bytes(), code, &reason, self.now);
            self.batch
                .changes
                .quarantine
                .retain(|other| other.sha256 != row.sha256);
            self.batch.changes.quarantine.push(row);
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
        let edition = match self.edition(envelope).await? {
            Ok(edition) => edition,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let id = envelope.run;
        let held = self.batch.runs.entry(id).or_insert_with(|| Held {
            run: Run::unborn(envelope.alliance.clone(), id),
            head: crate::core::audit::chain::GENESIS.to_owned(),
            workflow: None,
            moved: false,
        });
        let known = edition.as_ref().map(|edition| edition.workflow.clone());
        let Some(workflow) = held.workflow.clone().or(known) else {
            let reason = format!("There is no project {id} yet.");
            return Ok(Err(NotYet {
                step: None,
                code: Code::UnknownRun,
                reason,
            }
            .into()));
        };
        let (unit, loaded) = (&mut self.unit, &mut self.loaded);
        let facts = self
            .engine
            .load_facts(unit, loaded, &workflow, &held.run, incoming)
            .await?;
        let decision = match decide(&workflow, &held.run, envelope, &facts, &held.head) {
            Ok(decision) => decision,
            Err(verdict) => return Ok(Err(verdict)),
        };
        let follows = facts.target.clone().filter(|target| {
            decision
                .run
                .workflow
                .as_ref()
                .is_some_and(|used| used.hash == target.hash)
        });
        let workflow = follows.unwrap_or(workflow);
        if let Some(refusal) = self
            .keep_used(edition.as_deref(), &workflow, held_is_new(&decision.run))
            .await?
        {
            return Ok(Err(refusal.into()));
        }
        let effects = react(&workflow, &decision.run, &decision.entry, &facts);
        let reference = decision.run.reference.clone();
        let (entry, hash) = self.batch.accept(&workflow, decision, &effects);
        self.applied(incoming, &entry, &hash, &reference);
        Ok(Ok(Handled::Applied {
            entry: Box::new(entry),
            hash,
            reference,
        }))
    }

    /// For a start: the newest edition of the workflow that it names.
    async fn edition(
        &mut self,
        envelope: &Envelope,
    ) -> Result<Result<Option<std::sync::Arc<Edition>>, Refusal>, Error> {
        let Command::ProjectStart { workflow, .. } = &envelope.command else {
            return Ok(Ok(None));
        };
        match self.engine.library.newest(workflow) {
            Some(edition) => Ok(Ok(Some(edition))),
            None => {
                let names: Vec<&str> = self.engine.library.names().collect();
                let reason = format!(
                    "There is no workflow `{workflow}`. There is: {}.",
                    names.join(", ")
                );
                Ok(Err(Refusal::new(Code::UnknownWorkflow, reason)))
            }
        }
    }

    /// Keeps the text of a version when a run begins to follow it.
    async fn keep_used(
        &mut self,
        edition: Option<&Edition>,
        workflow: &crate::core::definition::workflow::Workflow,
        starts: bool,
    ) -> Result<Option<Refusal>, Error> {
        let newest = self.engine.library.newest(&workflow.name);
        let edition = edition
            .or(newest.as_deref())
            .filter(|e| e.workflow.hash == workflow.hash);
        let Some(edition) =
            edition.filter(|_| starts || self.engine.library.find_met(&workflow.hash).is_some())
        else {
            return Ok(None);
        };
        let row = WorkflowRow {
            name: workflow.name.clone(),
            version: workflow.version,
            hash: workflow.hash.clone(),
            bundle: edition.bundle.clone(),
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

    fn applied(
        &mut self,
        incoming: &Incoming,
        entry: &crate::core::run::entry::Entry,
        hash: &str,
        reference: &str,
    ) {
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
        let kept = Kept {
            code: Some(write::Code::Refusal(refusal.code)),
            reason: Some(refusal.reason.clone()),
        };
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
            received_at: known.map_or(self.now, |known| known.received_at),
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
        let version = self
            .batch
            .runs
            .get(&run)
            .map(|held| held.run.version)
            .filter(|v| *v > 0);
        let message = write::answer(&self.engine.origin, &cause, version, answer, self.now);
        self.batch.queue_message(&message, None, self.now);
    }

    async fn finish(self) -> Result<(), Error> {
        let Self {
            engine,
            mut unit,
            batch,
            ..
        } = self;
        let changes = batch.into_changes();
        let own: Vec<OutboxRow> = changes
            .outbox
            .iter()
            .filter(|row| row.kind == OutboxKind::Message && row.lease_token.is_some())
            .cloned()
            .collect();
        unit.write(changes).await?;
        let alliance = unit.alliance().clone();
        unit.commit().await?;
        if let Some(handover) = &engine.handover {
            handover.give(&alliance, own);
        }
        Ok(())
    }
}

fn held_is_new(run: &Run) -> bool {
    run.version <= 1
}

pub(super) fn key(incoming: &Incoming) -> (String, String) {
    (
        incoming.envelope.source.clone(),
        incoming.envelope.id.clone(),
    )
}

/// The word of a code: `not_ready`.
pub(super) fn word<T: serde::Serialize>(code: &T) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn may_try_again(error: &store::Error) -> bool {
    error.can_be_retried() || matches!(error, store::Error::UnknownOutcome(_))
}

fn is_outage(error: &Error) -> bool {
    matches!(
        error,
        Error::Store(store::Error::Unavailable(_) | store::Error::UnknownOutcome(_))
    )
}
