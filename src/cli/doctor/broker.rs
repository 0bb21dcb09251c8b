//! What `doctor` asks the broker: reachable, and standing as it should.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::desk::open_bus;
use super::Finding;
use crate::bus::{LinkState, Status};
use crate::config::Config;

/// Longer than a broker needs that answers at all.
const PATIENCE: Duration = Duration::from_secs(12);
/// What the bus says before it has tried.
const NOT_TRIED: &str = "not connected yet";

pub async fn look(config: &Config) -> Vec<Finding> {
    let what = "broker";
    if config.broker.reveal() == "memory:" {
        return vec![Finding::ok(
            what,
            "in this process: portals cannot send messages",
        )];
    }
    let stop = CancellationToken::new();
    let bus = match open_bus(config, "doctor", &stop) {
        Ok(bus) => bus,
        Err(error) => {
            let do_this = "write it like amqp://user@host:5672/vhost";
            return vec![Finding::problem(what, format!("{error:#}"), do_this)];
        }
    };
    let publisher = bus.publisher();
    let mut watched = bus.status();
    let settled = watched.wait_for(|status| has_answered(&status.publishing));
    let status: Option<Status> = match tokio::time::timeout(PATIENCE, settled).await {
        Ok(Ok(status)) => Some(status.clone()),
        _ => None,
    };
    drop(publisher);
    bus.close().await;
    tell(config, status)
}

fn has_answered(state: &LinkState) -> bool {
    match state {
        LinkState::Unused => false,
        LinkState::Up | LinkState::Blocked { .. } => true,
        LinkState::Down { why, .. } => why != NOT_TRIED,
    }
}

fn tell(config: &Config, status: Option<Status>) -> Vec<Finding> {
    let what = "broker";
    let unreachable = |why: &str| {
        let found = format!("{} cannot be used: {why}", config.broker);
        let do_this = "is it up, does the virtual host exist, may this user in? See broker.url";
        vec![Finding::problem(what, found, do_this)]
    };
    let Some(status) = status else {
        return unreachable("no answer");
    };
    match &status.publishing {
        LinkState::Down { why, .. } => return unreachable(why),
        LinkState::Blocked { why, .. } => {
            let found = format!("{} takes no messages now: {why}", config.broker);
            let do_this = "give it memory or disk; what is to be sent waits in the database";
            return vec![Finding::problem(what, found, do_this)];
        }
        LinkState::Up | LinkState::Unused => {}
    }
    let mut findings = vec![Finding::ok(what, format!("connected to {}", config.broker))];
    let differences = status.differences.into_iter();
    findings.extend(differences.map(|difference| {
        let do_this = "while no worker runs, delete what differs: it is made again as it should be";
        Finding::warning("topology", difference, do_this)
    }));
    findings
}
