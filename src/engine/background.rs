//! The work that nobody asks for by name: relay, timers, parked messages, mails, schedules.
//!
//! `serve` and `worker` run it until they are stopped; a command that finds nobody at work does
//! what is due before it ends. Everything is claimed in the database, so any number of processes
//! may do it at the same time.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::mail::Folder;
use crate::store;

use super::mailer::Mailbox;
use super::relay::Relay;
use super::{Engine, Error};

/// How many rows one round takes: each table is then written by one statement.
pub const ROUND: u32 = store::MOST_ROWS;
/// How often the database is asked for work that nobody has handed over.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The same for schedules, of which none comes more than once a minute.
const LOOK_AT_SCHEDULES_EVERY: Duration = Duration::from_secs(10);

/// The loops of a process that stays.
pub struct Background {
    pub engine: Engine,
    pub relay: Relay,
    pub mailbox: Mailbox,
}

/// What one round has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Projects whose open dates were counted anew.
    pub replans: usize,
    pub messages: usize,
    pub timers: usize,
    pub mails: usize,
    pub parked: usize,
    pub schedules: usize,
}

impl Work {
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl Background {
    /// Starts the loops. Those on the tracker end soon after `stop`, each at a safe place; the
    /// relay, which is given back, ends after `last`: stop it when nobody writes any more.
    pub fn start(
        self,
        tracker: &TaskTracker,
        stop: &CancellationToken,
        last: &CancellationToken,
    ) -> JoinHandle<()> {
        let Self {
            engine,
            relay,
            mailbox,
        } = self;
        tracker.spawn(timer_loop(engine.clone(), stop.clone()));
        let folder = mailbox.folder.clone();
        tracker.spawn(schedule_loop(engine.clone(), folder, stop.clone()));
        tracker.spawn(mail_loop(engine, mailbox, stop.clone()));
        tokio::spawn(relay.run(last.clone()))
    }

    /// Does what is due now, until nothing is left. For commands that find nobody at work.
    pub async fn do_what_is_due(&mut self) -> Result<Work, Error> {
        let mut total = Work::default();
        loop {
            let mut work = Work {
                replans: self.engine.count_dates_anew(ROUND).await?,
                parked: self.engine.look_at_parked(ROUND).await?,
                messages: self.relay.publish_waiting().await?,
                ..Work::default()
            };
            if self.engine.believes_its_clock().await? {
                work.schedules = self.engine.run_schedules(&self.mailbox.folder).await?;
                work.timers = self.engine.fire_timers(ROUND).await?;
                work.mails = self.engine.write_mails(&self.mailbox, ROUND).await?;
            }
            if work.is_nothing() {
                self.mailbox.part().await;
                return Ok(total);
            }
            total.replans += work.replans;
            total.messages += work.messages;
            total.timers += work.timers;
            total.parked += work.parked;
            total.mails += work.mails;
            total.schedules += work.schedules;
        }
    }
}

async fn timer_loop(engine: Engine, stop: CancellationToken) {
    while !stop.is_cancelled() {
        // Term dates first: a moment that they move must not come too early.
        let all = async {
            let counted = engine.count_dates_anew(ROUND).await?;
            let fired = if engine.believes_its_clock().await? {
                engine.fire_timers(ROUND).await?
            } else {
                0
            };
            Ok(counted + fired + engine.look_at_parked(ROUND).await?)
        };
        rest(all.await, "term dates, timers and parked messages", &stop).await;
    }
}

/// Beside what has come round, the first look of each day clears the folder of this machine.
async fn schedule_loop(engine: Engine, folder: Folder, stop: CancellationToken) {
    let mut cleared = None;
    while !stop.is_cancelled() {
        let all = async {
            if !engine.believes_its_clock().await? {
                return Ok(0);
            }
            let today = engine.clock.now().date();
            if cleared != Some(today) {
                engine.remove_old_files(&folder).await?;
                cleared = Some(today);
            }
            engine.run_schedules(&folder).await
        };
        rest_for(LOOK_AT_SCHEDULES_EVERY, all.await, "schedules", &stop).await;
    }
}

async fn mail_loop(engine: Engine, mailbox: Mailbox, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let all = async {
            if engine.believes_its_clock().await? {
                engine.write_mails(&mailbox, ROUND).await
            } else {
                Ok(0)
            }
        };
        rest(all.await, "mails", &stop).await;
    }
    mailbox.part().await;
}

/// Goes on at once while there is work, else looks again in a second.
async fn rest(done: Result<usize, Error>, what: &str, stop: &CancellationToken) {
    rest_for(LOOK_EVERY, done, what, stop).await;
}

async fn rest_for(
    pause: Duration,
    done: Result<usize, Error>,
    what: &str,
    stop: &CancellationToken,
) {
    match done {
        Ok(0) => {}
        Ok(_) => return,
        Err(error) => tracing::warn!(%error, what, "will be tried again"),
    }
    stop.run_until_cancelled(tokio::time::sleep(pause)).await;
}
