//! The work that nobody asks for by name: relay, timers, parked messages, mails.
//!
//! `serve` and `worker` run it until they are stopped; a command that finds nobody at work does
//! what is due before it ends. Everything is claimed in the database, so any number of processes
//! may do it at the same time.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::mailer::Mailbox;
use super::relay::Relay;
use super::{Engine, Error};

/// How many rows one round takes.
const ROUND: u32 = 100;
/// How often the database is asked for work that nobody has handed over.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The three loops of a process that stays.
pub struct Background {
    pub engine: Engine,
    pub relay: Relay,
    pub mailbox: Mailbox,
}

/// What one round has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    pub messages: usize,
    pub timers: usize,
    pub mails: usize,
    pub parked: usize,
}

impl Work {
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl Background {
    /// Starts the loops. They end soon after `stop`, each at a safe place.
    pub fn start(self, tracker: &TaskTracker, stop: &CancellationToken) {
        let Self {
            engine,
            relay,
            mailbox,
        } = self;
        tracker.spawn(relay_loop(relay, stop.clone()));
        tracker.spawn(timer_loop(engine.clone(), stop.clone()));
        tracker.spawn(mail_loop(engine, mailbox, stop.clone()));
    }

    /// Does what is due now, until nothing is left. For commands that find nobody at work.
    pub async fn do_what_is_due(&mut self) -> Result<Work, Error> {
        let mut total = Work::default();
        loop {
            let rows = self.relay.claim().await?;
            let mut work = Work {
                messages: self.relay.publish(rows).await?,
                ..Work::default()
            };
            work.timers = self.engine.fire_timers(ROUND).await?;
            work.parked = self.engine.look_at_parked(ROUND).await?;
            work.mails = self.engine.write_mails(&self.mailbox, ROUND).await?;
            if work.is_nothing() {
                return Ok(total);
            }
            total.messages += work.messages;
            total.timers += work.timers;
            total.parked += work.parked;
            total.mails += work.mails;
        }
    }
}

async fn relay_loop(mut relay: Relay, stop: CancellationToken) {
    loop {
        let handed = tokio::select! {
            () = stop.cancelled() => None,
            rows = relay.wait() => Some(rows),
            () = tokio::time::sleep(LOOK_EVERY) => Some(Vec::new()),
        };
        let Some(handed) = handed else { break };
        let result = match handed {
            rows if rows.is_empty() => left_behind(&relay).await,
            rows => relay.publish(rows).await,
        };
        if let Err(error) = result {
            tracing::warn!(%error, "messages wait in the outbox");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    relay.give_back().await;
}

async fn left_behind(relay: &Relay) -> Result<usize, Error> {
    let mut published = 0;
    loop {
        let rows = relay.claim().await?;
        if rows.is_empty() {
            return Ok(published);
        }
        published += relay.publish(rows).await?;
    }
}

async fn timer_loop(engine: Engine, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let fired = engine.fire_timers(ROUND).await;
        rest(fired, "timers", &stop).await;
        let looked_at = engine.look_at_parked(ROUND).await;
        rest(looked_at, "parked messages", &stop).await;
    }
}

async fn mail_loop(engine: Engine, mailbox: Mailbox, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let written = engine.write_mails(&mailbox, ROUND).await;
        rest(written, "mails", &stop).await;
    }
}

/// Goes on at once while there is work, else looks again in a second.
async fn rest(done: Result<usize, Error>, what: &str, stop: &CancellationToken) {
    match done {
        Ok(0) => {}
        Ok(_) => return,
        Err(error) => tracing::warn!(%error, what, "will be tried again"),
    }
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(LOOK_EVERY) => {}
    }
}
