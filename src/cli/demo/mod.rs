//! `demo`: a year of an invented alliance in a few seconds, on the real engine.
//!
//! Eight schools and their people come in by the importers; six projects take different ways on a
//! moved clock, with a half-term, a postponement, a digest and a visit that moves; then what a
//! coordinator meets: a refusal, a message before its time, an erasure, a tampered log. The seed is
//! fixed, so the output is the same each time. It leaves a home folder for every other command.

mod cast;
mod hands;
mod moments;
mod scenes;
mod telling;
mod ways;
mod year;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::desk::{self, Desk, ORIGIN, mailbox};
use super::{Done, Global};
use crate::bus::Bus;
use crate::clock::ManualClock;
use crate::config::Source;
use crate::core::names::AllianceId;
use crate::engine::{Background, Engine, Relay, Seeds};
use crate::store::{MailFilter, MailState, Store};

use year::{Year, run_of};

const FOLDER: &str = "alongside-demo";
const TRY_NEXT: [&str; 4] = [
    "tasks",
    "project show DLP-2026-005",
    "mails why DLP-2026-004",
    "audit verify",
];
/// Marks a home folder that the demo made and may make anew.
const MARK: &str = "made-by-demo";
/// The portal of the demo, and the configuration by which it may speak.
const PORTAL: &str = "https://portal.northshire-alliance.example";

/// Watch a year of an invented alliance, in a few seconds
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside demo\n  alongside --home alongside-demo project list"
)]
pub struct Demo {}

impl Demo {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        global.refuse_dry_run(
            "the demo is all invented and touches nothing but a home folder of its own. Choose an \
             empty one with --home DIR",
        )?;
        let home = PathBuf::from(global.home.clone().unwrap_or_else(|| FOLDER.to_owned()));
        make_home(&home)?;
        let global = Global {
            home: Some(home.display().to_string()),
            ..global.clone()
        };
        let clock = Arc::new(ManualClock::at("2026-09-07T08:00:00Z".parse()?));
        let seeds = Seeds::Known("demo".to_owned());
        // A demo on servers comes to an empty database.
        Store::migrate(desk::configuration(&global)?.database.reveal()).await?;
        let desk = Desk::open_at(&global, clock.clone(), seeds).await?;
        let (engine, background, bus) = at_work(&desk)?;
        let alliance = cast::bring_in(&engine).await?;
        println!("Alongside: a year of the Northshire Schools Alliance, on a moved clock.\n");
        let everybody = engine.everybody(&alliance).await?;
        println!(
            "{} schools and {} people came in by the importers. All of them are invented.\n",
            everybody.directory.schools.len(),
            everybody.people.len()
        );
        let mut year = Year::new(&desk, (engine, background), clock, alliance, everybody)?;
        year.go_by().await?;
        tell_projects(&year).await?;
        moments::tell(&year).await?;
        tell_mails(&year).await?;
        scenes::play(&mut year, &desk, &home, PORTAL).await?;
        year.background.do_what_is_due().await?;
        bus.close().await;
        println!("Try next:");
        for command in TRY_NEXT {
            println!("  alongside --home {} {command}", home.display());
        }
        Ok(Done::Well)
    }
}

/// An empty folder, or one that an earlier demo made.
fn make_home(home: &Path) -> anyhow::Result<()> {
    let taken = std::fs::read_dir(home).is_ok_and(|mut entries| entries.next().is_some());
    if taken && !home.join(MARK).is_file() {
        bail!(
            "{} holds something already. Choose an empty folder with --home",
            home.display()
        );
    }
    if taken {
        std::fs::remove_dir_all(home)?;
    }
    std::fs::create_dir_all(home)?;
    std::fs::write(
        home.join(MARK),
        "The demo made this folder and makes it anew.\n",
    )?;
    std::fs::write(home.join("alongside.toml"), configuration())?;
    Ok(())
}

fn configuration() -> String {
    format!(
        "# Written by the demo: a portal that may send commands (alongside feed FILE).\n\
         [[source]]\n\
         uri = \"{PORTAL}\"\n\
         alliance = \"{}\"\n\
         commands = [\"alongside.project.start\", \"alongside.step.complete\", \
         \"alongside.step.draft\", \"alongside.event.report\"]\n\
         roles = [\"*\"]\n",
        cast::KEY
    )
}

/// The engine with its background work, driven by hand.
fn at_work(desk: &Desk) -> anyhow::Result<(Engine, Background, Bus)> {
    let stop = CancellationToken::new();
    let bus = desk::open_bus(&desk.config, ORIGIN, &stop)?;
    let (engine, relay) = Relay::new(desk.engine.clone(), bus.publisher());
    // Written without a lease, so that the demo's own rounds find every message.
    let engine = Engine {
        memory: Arc::default(),
        clock_watch: Arc::default(),
        link: None,
        handover: None,
        ..engine
    };
    let background = Background {
        engine: engine.clone(),
        relay,
        mailbox: mailbox(&desk.config)?,
    };
    Ok((engine, background, bus))
}

async fn tell_projects(year: &Year<'_>) -> anyhow::Result<()> {
    for way in &ways::WAYS {
        let Some(reading) = year.engine.read_run(&year.alliance, run_of(way)).await? else {
            continue;
        };
        let entries = year.engine.entries(&year.alliance, reading.run.id).await?;
        let host = reading.run.host_school.as_ref();
        let host = host.and_then(|urn| year.everybody.directory.schools.get(urn));
        println!("{}  {}", reading.run.reference, reading.run.title);
        println!(
            "    {}; {}",
            host.map_or("", |school| school.name.as_str()),
            telling::standing(&reading.workflow, &reading.run)
        );
        for line in telling::stages(&reading.workflow, &reading.run, &entries) {
            println!("{line}");
        }
        for line in scenes::remarks(&reading, &entries) {
            println!("    {line}");
        }
        println!();
    }
    Ok(())
}

async fn tell_mails(year: &Year<'_>) -> anyhow::Result<()> {
    let scoped = year.engine.store.of(&year.alliance);
    let mails = scoped.mails(&MailFilter::default()).await?;
    let (letters, written) = (mails.iter(), scoped.outgoing(None).await?.len());
    let overtaken = letters.filter(|mail| {
        // A summary of which there was nothing to tell is about no project.
        mail.state == MailState::NotSent && mail.run.is_some()
    });
    println!(
        "{written} mails were written as .eml files in {}.",
        year.background.mailbox.folder.path().display()
    );
    println!(
        "Not sent, because the step was done or had moved by then: {}.\n",
        overtaken.count()
    );
    Ok(())
}

/// The source by which the demo's portal speaks.
pub(super) fn portal_source(alliance: &AllianceId) -> Source {
    Source {
        uri: PORTAL.to_owned(),
        broker_user: None,
        alliance: alliance.clone(),
        commands: vec!["*".to_owned()],
        roles: vec!["*".to_owned()],
    }
}
