//! What `doctor` sees of the relay that sends mails: whether it lets us in, and whether mail is held.

use super::super::desk::relay;
use super::Finding;
use crate::config::Config;
use crate::core::time::say_moment;
use crate::engine::random_bytes;
use crate::store::Store;

pub async fn look(config: &Config) -> Vec<Finding> {
    let what = "relay";
    let relay = match relay(config) {
        Ok(Some(relay)) => relay,
        Ok(None) => return Vec::new(),
        Err(error) => {
            let do_this = "mend it in alongside.toml";
            return vec![Finding::problem(what, format!("{error:#}"), do_this)];
        }
    };
    let mut findings = vec![match relay.check().await {
        Ok(found) => Finding::ok(what, found),
        Err(found) => Finding::problem(what, found, "then: alongside mails test ADDRESS"),
    }];
    if config.mail.only_to.is_some() {
        let found = "things are tried out: only the addresses in mail.only_to get mail";
        let do_this = "take mail.only_to out of alongside.toml when everybody is to get mail";
        findings.push(Finding::warning(what, found, do_this));
    }
    findings
}

pub async fn held(store: &Store) -> Vec<Finding> {
    let Ok(office) = store.post_office(&random_bytes()).await else {
        return Vec::new();
    };
    let Some(since) = office.held_since else {
        return Vec::new();
    };
    let why = office.held_why.unwrap_or_default();
    let found = format!("all mail is held since {}: {why}", say_moment(since));
    let do_this = "find out why the relay does not want it, then: alongside mails release";
    vec![Finding::problem("relay", found, do_this)]
}
