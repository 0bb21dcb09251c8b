//! What `doctor` sees in the data: alliances, coordinators, sources, messages that wait for somebody.

use super::Finding;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::core::names::AllianceId;
use crate::engine::DISCARDED;
use crate::store::{AllianceRow, Error, InboxFilter, InboxState, Store, nobody};

pub async fn look(config: &Config, store: &Store) -> Vec<Finding> {
    match ask(config, store).await {
        Ok(findings) => findings,
        Err(error) => {
            let do_this = "`alongside audit verify` says whether the log is whole";
            vec![Finding::problem("data", error.to_string(), do_this)]
        }
    }
}

async fn ask(config: &Config, store: &Store) -> Result<Vec<Finding>, Error> {
    let alliances = store.alliances().await?;
    let mut findings = sources(config, &alliances);
    if alliances.is_empty() {
        let do_this = "alongside alliance add KEY \"NAME\"";
        findings.push(Finding::warning("alliances", "there is none yet", do_this));
    }
    for row in &alliances {
        findings.push(coordinators(store, row).await?);
    }
    let mut waiting = 0;
    for owner in alliances.iter().map(|row| row.id.clone()).chain([nobody()]) {
        waiting += quarantined(store, &owner).await?;
    }
    if waiting > 0 {
        let found = format!("{waiting} in quarantine, where nothing happens by itself");
        let do_this = "alongside inbox list, then retry or discard each";
        findings.push(Finding::warning("messages", found, do_this));
    }
    let backlog = store.backlog(SystemClock.now()).await?;
    let found = format!(
        "{} to send, {} mails to write, {} parked, {} timers due",
        backlog.messages, backlog.mails, backlog.parked, backlog.timers_due
    );
    findings.push(Finding::ok("backlog", found));
    Ok(findings)
}

fn sources(config: &Config, alliances: &[AllianceRow]) -> Vec<Finding> {
    let what = "sources";
    let mut findings = Vec::new();
    for source in &config.sources {
        let (uri, alliance) = (&source.uri, &source.alliance);
        if !alliances.iter().any(|row| row.id == *alliance) {
            let found = format!("{uri} is for the alliance `{alliance}`, which is not there");
            let do_this =
                format!("correct alongside.toml, or alongside alliance add {alliance} \"NAME\"");
            findings.push(Finding::problem(what, found, do_this));
        } else if source.broker_user.is_none() && config.broker.reveal() != "memory:" {
            let found = format!("{uri} has no broker_user: whoever can publish may speak as it");
            let do_this = "give the portal a user of its own and name it as broker_user";
            findings.push(Finding::warning(what, found, do_this));
        } else {
            findings.push(Finding::ok(what, format!("{uri} for {alliance}")));
        }
    }
    findings
}

async fn coordinators(store: &Store, row: &AllianceRow) -> Result<Finding, Error> {
    let today = SystemClock.now().date();
    let posts = store.of(&row.id).posts().await?;
    let held = posts
        .iter()
        .filter(|post| post.role == "coordinator" && post.school.is_none() && post.holds_on(today));
    let number = held.count();
    let what = "alliances";
    if number == 0 {
        let found = format!("{} ({}) has no coordinator today", row.name, row.id);
        let do_this = "alongside import people FILE with a row whose role is coordinator and whose school is empty";
        return Ok(Finding::warning(what, found, do_this));
    }
    let word = if number == 1 {
        "coordinator"
    } else {
        "coordinators"
    };
    Ok(Finding::ok(
        what,
        format!("{} ({}), {number} {word}", row.name, row.id),
    ))
}

async fn quarantined(store: &Store, owner: &AllianceId) -> Result<usize, Error> {
    let scoped = store.of(owner);
    let filter = InboxFilter {
        state: Some(InboxState::Quarantined),
        run: None,
        limit: Some(1000),
    };
    let raw = scoped.quarantine(Some(1000)).await?;
    let raw = raw.iter().filter(|row| row.code != DISCARDED).count();
    Ok(scoped.inbox(&filter).await?.len() + raw)
}
