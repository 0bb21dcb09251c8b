//! `worker`: takes commands from the bus until it is told to stop.
//!
//! Any number of them work side by side on RabbitMQ and PostgreSQL. On SIGTERM or Ctrl-C each
//! stops taking, finishes what is in hand, and gives back what others can do.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::{Desk, configuration_with, mailbox, open_bus};
use super::{Done, Global, processes};
use crate::bus::{Bus, LinkState, Queue, Status};
use crate::engine::{Background, Engine, Relay, Worker};
use crate::store::Store;
use crate::telemetry::{self, Metrics};
use crate::web::{self, Dependency, Readiness, State};

/// How long a stop may take.
const LAST_WORK: Duration = Duration::from_secs(20);
/// How long the database may take to say that it is there.
const ANSWER: Duration = Duration::from_secs(5);
/// How often the state for `/readyz` is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Take commands from the broker; run as many as you like
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ALONGSIDE_DATABASE_URL=postgres://… ALONGSIDE_AMQP_URL=amqp://… alongside worker"
)]
pub struct WorkerArgs {
    /// Where /healthz, /readyz and /metrics answer [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl WorkerArgs {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        refuse_dry_run(global)?;
        stay(global, "worker", self.listen.as_deref(), None).await
    }
}

pub(super) fn refuse_dry_run(global: &Global) -> anyhow::Result<()> {
    global.refuse_dry_run(
        "it stays and does all that comes. `alongside doctor` tests the settings, and `alongside \
         feed FILE --dry-run` shows what messages would do",
    )
}

/// Runs until the process is told to stop.
pub(super) async fn stay(
    global: &Global,
    name: &'static str,
    listen: Option<&str>,
    usual: Option<&str>,
) -> anyhow::Result<Done> {
    let config = configuration_with(global, listen)?;
    telemetry::install_log(&config.log)?;
    let metrics = Metrics::install()?;
    let address = match (config.listen, usual) {
        (Some(address), _) => Some(address),
        (None, Some(usual)) => Some(usual.parse()?),
        (None, None) => None,
    };
    let listener = match address {
        Some(address) => Some(web::bind(address).await?),
        None => None,
    };
    let embedded = config.database.reveal().starts_with("sqlite:");
    let at_work = if embedded {
        Some(processes::take_over(&config)?)
    } else {
        None
    };
    let desk = Desk::open(global).await?;
    desk.engine.library.read_shipped();
    let (stop, last) = (CancellationToken::new(), CancellationToken::new());
    let bus = open_bus(&config, name, &stop)?;
    let (engine, relay) = Relay::new(desk.engine, bus.publisher());
    let tracker = TaskTracker::new();
    let readiness = watch_readiness(&engine, &bus, &tracker, &stop);
    if let Some(listener) = listener {
        let metrics = metrics.clone();
        let metrics = Arc::new(move || metrics.render());
        tracker.spawn(answer(listener, State { readiness, metrics }, stop.clone()));
    }
    let mut workers = start_workers(&engine, &bus, &tracker, &stop);
    let mailbox = mailbox(&config)?;
    let background = Background {
        engine,
        relay,
        mailbox,
    };
    let relay = background.start(&tracker, &stop, &last);
    let until = stop.clone();
    tracker.spawn(async move { metrics.keep_up(until).await });
    tracing::info!("{name} is up");
    let broken = tokio::select! {
        () = told_to_stop() => false,
        _ = workers.join_next() => true,
    };
    tracing::info!("stopping: what is in hand is finished first");
    stop.cancel();
    tracker.close();
    let finished = async {
        tracker.wait().await;
        // Only now: what the last batches have written goes out, or is given back.
        last.cancel();
        let _ = relay.await;
    };
    if tokio::time::timeout(LAST_WORK, finished).await.is_err() {
        tracing::warn!("some work did not end in time; others will take it over");
    }
    bus.close().await;
    drop(at_work);
    anyhow::ensure!(!broken, "a worker ended by itself; the log says why");
    Ok(Done::Well)
}

/// One for each queue. The tracker counts them, and the set tells if one ends before the stop.
fn start_workers(
    engine: &Engine,
    bus: &Bus,
    tracker: &TaskTracker,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    for queue in Queue::ALL {
        let worker = Worker::new(engine.clone(), bus.consumer(queue), stop.clone());
        workers.spawn(tracker.track_future(worker.run()));
    }
    workers
}

async fn answer(listener: TcpListener, state: State, stop: CancellationToken) {
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "see /readyz");
    }
    if let Err(error) = web::serve(listener, state, stop).await {
        tracing::error!(%error, "the pages of state have ended");
    }
}

/// SIGTERM, or Ctrl-C.
async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    let Ok(mut terminated) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        let _ = interrupted.await;
        return;
    };
    tokio::select! {
        _ = interrupted => {}
        _ = terminated.recv() => {}
    }
}

/// Keeps `/readyz` close to the truth, and the figures of what waits.
fn watch_readiness(
    engine: &Engine,
    bus: &Bus,
    tracker: &TaskTracker,
    stop: &CancellationToken,
) -> watch::Receiver<Readiness> {
    let (sender, seen) = watch::channel(Readiness::starting());
    let (engine, status, stop) = (engine.clone(), bus.status(), stop.clone());
    tracker.spawn(async move {
        while !stop.is_cancelled() {
            sender.send_replace(look(&engine, &status).await);
            stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY))
                .await;
        }
    });
    seen
}

async fn look(engine: &Engine, status: &watch::Receiver<Status>) -> Readiness {
    let ping = tokio::time::timeout(ANSWER, tokio::spawn(ping(engine.store.clone()))).await;
    let database = match ping {
        Ok(Ok(true)) => Dependency::Ready,
        Ok(_) => Dependency::NotReady("the database does not answer".to_owned()),
        Err(_) => Dependency::NotReady("the database has not answered for 5 seconds".to_owned()),
    };
    if database == Dependency::Ready {
        count_what_waits(engine).await;
    }
    let broker = status.borrow().clone();
    let mut links = [&broker.consuming, &broker.publishing].into_iter();
    let wrong = links.find_map(|state| match state {
        LinkState::Unused | LinkState::Up => None,
        LinkState::Blocked { why, .. } => Some(format!("the broker is blocked: {why}")),
        LinkState::Down { .. } => Some("the broker cannot be reached".to_owned()),
    });
    let mut notes = broker.differences;
    notes.extend(engine.clock_watch.trouble().map(|trouble| trouble.say()));
    Readiness {
        database,
        broker: wrong.map_or(Dependency::Ready, Dependency::NotReady),
        notes,
    }
}

/// In a task of its own, because no database future may be dropped half way.
async fn ping(store: Store) -> bool {
    store.ping().await.is_ok()
}

async fn count_what_waits(engine: &Engine) {
    let Ok(backlog) = engine.store.backlog(engine.clock.now()).await else {
        return;
    };
    for (what, number) in [
        ("messages", backlog.messages),
        ("mails", backlog.mails),
        ("parked", backlog.parked),
        ("timers_due", backlog.timers_due),
    ] {
        #[allow(clippy::cast_precision_loss)] // a gauge is a float, and counts stay far below 2^52
        metrics::gauge!("alongside_waiting", "what" => what).set(number as f64);
    }
}
