//! What `doctor` asks the database: reachable, new enough, durable, of the right schema, on time.

use super::Finding;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::store::{Inspection, Kind, Store, newest_schema};

/// SQLite before this can damage a database in WAL mode.
const SQLITE: [u32; 3] = [3, 51, 3];
const POSTGRES: [u32; 1] = [15];
/// Clocks that differ by more than this make leases and deadlines wrong.
const FAR_OFF_SECONDS: i64 = 120;
const OFF_SECONDS: i64 = 5;

/// The findings, and the database if it can be used.
pub async fn look(config: &Config) -> (Option<Store>, Vec<Finding>) {
    let what = "database";
    let url = config.database.reveal();
    let file = url.strip_prefix("sqlite:").map(std::path::Path::new);
    if file.is_some_and(|file| !file.exists()) {
        let found = format!("there is none at {} yet", config.database);
        let do_this = "alongside database migrate (or any other command) makes it";
        return (None, vec![Finding::warning(what, found, do_this)]);
    }
    let found = match Store::inspect(url).await {
        Ok(found) => found,
        Err(error) => {
            let do_this = "is the server up, and may this user in? See database.url";
            let found = format!("{}: {error}", config.database);
            return (None, vec![Finding::problem(what, found, do_this)]);
        }
    };
    let mut findings = vec![about_version(config, &found)];
    findings.extend(about_safety(&found));
    findings.extend(about_clock(&found));
    findings.push(about_schema(&found));
    match Store::open(url).await {
        Ok(store) => (Some(store), findings),
        Err(_) => (None, findings), // its schema has been told
    }
}

fn about_version(config: &Config, found: &Inspection) -> Finding {
    let (name, wanted) = match found.kind {
        Kind::Sqlite => ("SQLite", &SQLITE[..]),
        Kind::Postgres => ("PostgreSQL", &POSTGRES[..]),
    };
    let told = format!("{name} {} at {}", found.version, config.database);
    if is_at_least(&found.version, wanted) {
        return Finding::ok("database", told);
    }
    let wanted: Vec<String> = wanted.iter().map(u32::to_string).collect();
    let do_this = format!("use {name} {} or later", wanted.join("."));
    Finding::problem("database", format!("{told} is too old"), do_this)
}

/// Compares the numbers at the beginning of a version, as far as both have some.
fn is_at_least(version: &str, wanted: &[u32]) -> bool {
    let numbers = version
        .split(|c: char| !c.is_ascii_digit())
        .map(|n| n.parse().unwrap_or(0));
    let found: Vec<u32> = numbers.take(wanted.len()).collect();
    found.as_slice() >= wanted
}

fn about_safety(found: &Inspection) -> Vec<Finding> {
    let what = "durability";
    let mut findings = Vec::new();
    if let Some(damage) = &found.damage {
        let do_this =
            "stop `serve`, keep the file, restore the last backup, then `alongside audit verify`";
        findings.push(Finding::problem(
            what,
            format!("the file is damaged: {damage}"),
            do_this,
        ));
    }
    if found
        .journal
        .as_deref()
        .is_some_and(|journal| journal != "wal")
    {
        let do_this = "is the disk of this machine's own? Readers and writers need WAL";
        findings.push(Finding::problem(
            what,
            "the journal is not in WAL mode",
            do_this,
        ));
    }
    match (found.durable, found.kind) {
        (true, _) => {}
        (false, Kind::Sqlite) => findings.push(Finding::problem(
            what,
            "synchronous is not FULL",
            "report this: the program sets it by itself",
        )),
        (false, Kind::Postgres) => findings.push(Finding::warning(
            what,
            "fsync or synchronous_commit is off: a power cut loses what was answered",
            "switch both on in postgresql.conf",
        )),
    }
    if findings.is_empty() {
        findings.push(Finding::ok(what, "what is answered survives a power cut"));
    }
    findings
}

fn about_clock(found: &Inspection) -> Option<Finding> {
    let theirs = found.clock?;
    let off = (SystemClock.now().micros() - theirs.micros()).abs() / 1_000_000;
    let told = format!("{off} seconds between this machine and the database");
    let do_this = "keep both in time by NTP (timedatectl)";
    Some(match off {
        off if off > FAR_OFF_SECONDS => Finding::problem("clock", told, do_this),
        off if off > OFF_SECONDS => Finding::warning("clock", told, do_this),
        _ => Finding::ok("clock", told),
    })
}

fn about_schema(found: &Inspection) -> Finding {
    let (theirs, ours) = (found.schema.unwrap_or(0), newest_schema());
    let told = format!("schema {theirs}");
    match theirs {
        theirs if theirs > ours => {
            let found = format!("{told}, made by a newer alongside (this one knows {ours})");
            Finding::problem("schema", found, "use that release or a later one")
        }
        theirs if theirs < ours => {
            let found = format!("{told}, and this alongside needs {ours}");
            Finding::problem(
                "schema",
                found,
                "make a backup, then: alongside database migrate",
            )
        }
        _ => Finding::ok("schema", told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        for (version, wanted, enough) in [
            ("3.51.3", &SQLITE[..], true),
            ("3.53.0", &SQLITE[..], true),
            ("4.0", &SQLITE[..], true),
            ("3.51.2", &SQLITE[..], false),
            ("3.9.99", &SQLITE[..], false),
            ("15.18 (Debian 15.18-0+deb12u1)", &POSTGRES[..], true),
            ("14.9", &POSTGRES[..], false),
            ("17beta1", &POSTGRES[..], true),
        ] {
            assert_eq!(is_at_least(version, wanted), enough, "{version}");
        }
    }
}
