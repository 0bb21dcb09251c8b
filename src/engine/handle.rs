//! A batch of one alliance, stored in one transaction, or command by command where that fails.
//!
//! A deadlock or a lost race repeats the whole batch; after a commit without an answer the inbox
//! keys say what was stored. A command that cannot be decided at all, because it crashes or its
//! run cannot be read, goes into quarantine and harms no neighbour. Each attempt runs in a task of
//! its own, so that no database future is ever dropped half way.

use std::sync::Arc;

use crate::core::message::fault::Fault;
use crate::core::message::write::Answer;
use crate::core::names::AllianceId;
use crate::store::{self, InboxRow, InboxState};

use super::answers::first;
use super::attempt::{Attempt, Maybe, key};
use super::{Engine, Error, Incoming, Manner, TRIES};

pub use super::answers::Handled;

impl Engine {
    /// Decides and writes a batch. The answers have its order.
    pub async fn handle(
        &self,
        alliance: &AllianceId,
        batch: Vec<Incoming>,
    ) -> Result<Vec<Handled>, Error> {
        let batch = Arc::new(batch);
        match self.persist_apart(alliance, batch.clone()).await {
            Err(error) if !is_outage(&error) => {
                tracing::warn!(%alliance, %error, commands = batch.len(), "command by command");
            }
            result => return result,
        }
        let mut handled = Vec::with_capacity(batch.len());
        for incoming in batch.iter() {
            handled.push(self.handle_one(alliance, incoming).await?);
        }
        Ok(handled)
    }

    async fn handle_one(
        &self,
        alliance: &AllianceId,
        incoming: &Incoming,
    ) -> Result<Handled, Error> {
        let one = Arc::new(vec![incoming.clone()]);
        match self.persist_apart(alliance, one).await {
            Ok(mut handled) => Ok(handled.pop().expect("each command has an answer")),
            Err(error) if incoming.manner == Manner::AtOnce || may_try_again(&error) => Err(error),
            Err(error) => self.give_up(alliance, incoming, &error).await,
        }
    }

    async fn persist_apart(
        &self,
        alliance: &AllianceId,
        batch: Arc<Vec<Incoming>>,
    ) -> Result<Vec<Handled>, Error> {
        let (engine, alliance) = (self.clone(), alliance.clone());
        let task = tokio::spawn(async move { engine.persist(&alliance, &batch).await });
        task.await.unwrap_or_else(|stopped| {
            Err(if stopped.is_panic() {
                Error::Crashed
            } else {
                store::Error::Unavailable(stopped.to_string()).into()
            })
        })
    }

    /// Tries until it is stored, or until trying again is of no use.
    async fn persist(
        &self,
        alliance: &AllianceId,
        batch: &[Incoming],
    ) -> Result<Vec<Handled>, Error> {
        let (mut tries, mut maybe) = (0, Maybe::default());
        loop {
            match self.attempt(alliance, batch, &mut maybe).await {
                Err(error) if tries < TRIES && may_try_again(&error) => {
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
        batch: &[Incoming],
        maybe: &mut Maybe,
    ) -> Result<Vec<Handled>, Error> {
        let mut attempt = Attempt::begin(self, alliance, maybe.clone()).await?;
        attempt.load(batch).await?;
        let mut handled = Vec::with_capacity(batch.len());
        for incoming in batch {
            handled.push(attempt.next(incoming).await?);
        }
        attempt.try_parked().await?;
        let finished = attempt.finish().await;
        if let Err(Error::Store(store::Error::UnknownOutcome(_))) = &finished {
            let news = |handled: &&Handled| !matches!(handled, Handled::Duplicate { .. });
            let both = batch.iter().map(key).zip(&handled);
            maybe.extend(
                both.filter(|(_, one)| news(one))
                    .map(|(key, one)| (key, one.clone())),
            );
        }
        finished.map(|()| handled)
    }

    /// Keeps a message that nothing can decide, so that those behind it go on.
    async fn give_up(
        &self,
        alliance: &AllianceId,
        incoming: &Incoming,
        error: &Error,
    ) -> Result<Handled, Error> {
        let mut attempt = Attempt::begin(self, alliance, Maybe::default()).await?;
        let known = attempt.unit.find_inbox(&[key(incoming)]).await?.pop();
        if let Some(row) = known {
            if !matches!(row.state, InboxState::Parked | InboxState::Quarantined) {
                let (run, first) = (row.run, first(&row));
                return Ok(Handled::Duplicate { run, first });
            }
            attempt.batch.inbox.insert(key(incoming), row);
        }
        tracing::error!(%alliance, %error, run = %incoming.envelope.run, "undecided");
        let reason = "It could not be decided, and nothing of it was done. An operator sees why \
                      in the log, mends it, and retries the message."
            .to_owned();
        let handled = attempt.quarantine(incoming, Fault::CrashesWorker, reason);
        attempt.finish().await?;
        Ok(handled)
    }
}

impl Attempt<'_> {
    /// Gives a message with a usable id to a person: kept whole, with the reason, and answered.
    pub fn quarantine(&mut self, incoming: &Incoming, code: Fault, reason: String) -> Handled {
        let row = self.row(incoming, InboxState::Quarantined);
        self.batch.record(InboxRow {
            code: Some(code.code()),
            reason: Some(reason.clone()),
            raw: incoming.raw.clone(),
            ..row
        });
        let answer = Answer::Quarantined {
            code,
            reason: reason.clone(),
        };
        self.answer(incoming, &answer);
        Handled::Quarantined { code, reason }
    }
}

/// Whether the same batch may succeed in a moment.
fn may_try_again(error: &Error) -> bool {
    matches!(error, Error::Store(error)
        if error.can_be_retried() || matches!(error, store::Error::UnknownOutcome(_)))
}

/// The database is away: whatever is tried now fails.
fn is_outage(error: &Error) -> bool {
    matches!(
        error,
        Error::Store(store::Error::Unavailable(_) | store::Error::UnknownOutcome(_))
    )
}
