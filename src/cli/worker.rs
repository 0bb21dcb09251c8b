//! `worker`: takes commands from the bus until it is told to stop.
//!
//! Any number of them work side by side on RabbitMQ and PostgreSQL. On SIGTERM or Ctrl-C each
//! stops taking, finishes what is in hand, and gives back what others can do.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::{Desk, configuration_with, mailbox, open_bus};
use super::{Done, Global, processes};
use crate::bus::{Bus, LinkState, Queue};
use crate::engine::{Background, Engine, Relay, Worker};
use crate::telemetry::{self, Metrics};
use crate::web::{self, Dependency, Readiness, State};

/// How long a stop may take.
const LAST_WORK: Duration = Duration::from_secs(20);
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
        stay(global, "worker", self.listen.as_deref(), None).await
    }
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
    let at_work = if embedded { Some(processes::take_over(&config)?) } else { None };
    let desk = Desk::open(global).await?;
    let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
    let bus = open_bus(&config, name, &stop)?;
    let (engine, relay) = Relay::new(desk.engine, bus.publisher());
    let (readiness, seen) = watch::channel(Readiness::starting());
    for queue in [Queue::Commands, Queue::Dead, Queue::Unrouted] {
        let worker = Worker::new(engine.clone(), bus.consumer(queue), stop.clone());
        tracker.spawn(worker.run());
    }
    let mailbox = mailbox(&config)?;
    Background { engine: engine.clone(), relay, mailbox }.start(&tracker, &stop);
    tracker.spawn(watch_readiness(engine, bus.clone(), readiness, stop.clone()));
    if let Some(listener) = listener {
        let metrics = metrics.clone();
        let state = State { readiness: seen, metrics: Arc::new(move || metrics.render()) };
        let until = stop.clone();
        tracker.spawn(async move {
            if let Err(error) = web::serve(listener, state, until).await {
                tracing::error!(%error, "the pages of state have ended");
            }
        });
        let address = address.map(|a| a.to_string()).unwrap_or_default();
        tracing::info!(%address, "{name} is up; see /readyz");
    } else {
        tracing::info!("{name} is up");
    }
    let until = stop.clone();
    tracker.spawn(async move { metrics.keep_up(until).await });
    tracker.close();
    told_to_stop().await;
    tracing::info!("stopping: what is in hand is finished first");
    stop.cancel();
    if tokio::time::timeout(LAST_WORK, tracker.wait()).await.is_err() {
        tracing::warn!("some work did not end in time; others will take it over");
    }
    bus.close().await;
    drop(at_work);
    Ok(Done::Well)
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
async fn watch_readiness(
    engine: Engine,
    bus: Bus,
    readiness: watch::Sender<Readiness>,
    stop: CancellationToken,
) {
    let status = bus.status();
    while !stop.is_cancelled() {
        let database = match tokio::time::timeout(Duration::from_secs(5), engine.store.ping()).await
        {
            Ok(Ok(())) => Dependency::Ready,
            Ok(Err(_)) => Dependency::NotReady("the database does not answer".to_owned()),
            Err(_) => Dependency::NotReady("the database has not answered for 5 seconds".to_owned()),
        };
        let broker = status.borrow().clone();
        let dependency = [&broker.consuming, &broker.publishing]
            .into_iter()
            .find_map(|state| match state {
                LinkState::Unused | LinkState::Up => None,
                LinkState::Blocked { why, .. } => Some(format!("the broker is blocked: {why}")),
                LinkState::Down { .. } => Some("the broker cannot be reached".to_owned()),
            })
            .map_or(Dependency::Ready, Dependency::NotReady);
        if database == Dependency::Ready {
            count_what_waits(&engine).await;
        }
        let notes = broker.differences;
        readiness.send_replace(Readiness { database, broker: dependency, notes });
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn count_what_waits(engine: &Engine) {
    let Ok(backlog) = engine.store.backlog(engine.clock.now()).await else { return };
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
