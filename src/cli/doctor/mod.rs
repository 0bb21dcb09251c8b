//! `doctor`: tests the lot and says what to do, one line each.
//!
//! It changes nothing but a test file in the folder for mails, and goes on after a problem, so
//! that one look shows all of them. To add a test: a function that gives findings, named below.

mod broker;
mod database;
mod people;
mod places;
mod relay;

use clap::Args;
use serde::Serialize;

use super::desk::{configuration, open_library};
use super::{Done, Global, output};
use crate::config::Config;

/// Test configuration, database, broker, mails and people, and say what to do
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside doctor\n  alongside doctor --json\n\nExit code 1 if there is a problem; warnings do not count."
)]
pub struct Doctor {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    Ok,
    Warning,
    Problem,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Finding {
    health: Health,
    what: &'static str,
    found: String,
    /// The way out of a warning or a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    do_this: Option<String>,
}

impl Finding {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            health: Health::Ok,
            what,
            found: found.into(),
            do_this: None,
        }
    }

    fn warning(what: &'static str, found: impl Into<String>, do_this: impl Into<String>) -> Self {
        let do_this = Some(do_this.into());
        Self {
            health: Health::Warning,
            what,
            found: found.into(),
            do_this,
        }
    }

    fn problem(what: &'static str, found: impl Into<String>, do_this: impl Into<String>) -> Self {
        let do_this = Some(do_this.into());
        Self {
            health: Health::Problem,
            what,
            found: found.into(),
            do_this,
        }
    }
}

impl Doctor {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let findings = look(global).await;
        if global.json {
            output::print_json(&findings)?;
        } else {
            findings.iter().for_each(print);
            sum_up(&findings);
        }
        let sick = findings
            .iter()
            .any(|finding| finding.health == Health::Problem);
        Ok(if sick { Done::Refused } else { Done::Well })
    }
}

async fn look(global: &Global) -> Vec<Finding> {
    let config = match configuration(global) {
        Ok(config) => config,
        Err(error) => {
            let do_this = "mend it as each line says; nothing else can be tested before";
            return vec![Finding::problem(
                "configuration",
                format!("{error:#}"),
                do_this,
            )];
        }
    };
    let mut findings = places::configuration(&config);
    findings.extend(places::home(&config));
    findings.push(workflows(&config));
    findings.extend(places::mails(&config));
    findings.extend(relay::look(&config).await);
    let (store, about_database) = database::look(&config).await;
    findings.extend(about_database);
    findings.extend(broker::look(&config).await);
    if let Some(store) = store {
        findings.extend(people::look(&config, &store).await);
        if config.mail.smtp.is_some() {
            findings.extend(relay::held(&store).await);
        }
        store.close().await;
    }
    findings
}

fn workflows(config: &Config) -> Finding {
    match open_library(config) {
        Ok(library) => {
            library.read_shipped();
            let names: Vec<&str> = library.names().collect();
            Finding::ok("workflows", names.join(", "))
        }
        Err(error) => {
            let do_this = "mend the files; `alongside check FILE` says the same";
            Finding::problem("workflows", format!("{error:#}"), do_this)
        }
    }
}

fn print(finding: &Finding) {
    let health = output::word(&finding.health);
    let mut lines = finding.found.lines();
    println!(
        "{health:<8} {:<14} {}",
        finding.what,
        lines.next().unwrap_or_default()
    );
    lines.for_each(|line| println!("{:<24}{line}", ""));
    if let Some(do_this) = &finding.do_this {
        println!("{:<24}→ {do_this}", "");
    }
}

fn sum_up(findings: &[Finding]) {
    let count = |health| {
        findings
            .iter()
            .filter(|finding| finding.health == health)
            .count()
    };
    let say = |number: usize, word: &str| match number {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        number => format!("{number} {word}s"),
    };
    let (problems, warnings) = (count(Health::Problem), count(Health::Warning));
    println!(
        "\n{}, {}.",
        say(problems, "problem"),
        say(warnings, "warning")
    );
}
