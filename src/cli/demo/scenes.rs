//! What a coordinator meets in a year: a refusal, a message too early, an erasure, a tampered log.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::json;

use super::super::audit::export::check_file;
use super::super::audit::look;
use super::super::desk::Desk;
use super::super::person::erase::{Extent, erase};
use super::cast::KEY;
use super::ways::WAYS;
use super::year::{WORKFLOW, Year, run_of};
use crate::core::audit::export;
use crate::core::audit::verify::Finding;
use crate::core::names::{PersonId, RunId, Urn};
use crate::core::run::command::Command;
use crate::core::run::entry::Entry;
use crate::core::run::event::Event;
use crate::core::run::seed::{Seed, uuid_from};
use crate::core::time::say_day;
use crate::engine::Handled;
use crate::engine::readings::Reading;

/// Where these scenes play.
const SCHOOL: &str = "900003";

/// What is special about one project: a postponement, the governors.
pub fn remarks(reading: &Reading, entries: &[Entry]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut since = None;
    for entry in entries {
        for event in &entry.events {
            match event {
                Event::RunPaused { .. } => since = Some(entry.at.date()),
                Event::RunResumed { remaining, .. } => {
                    let from = since.take().map(say_day).unwrap_or_default();
                    lines.push(format!(
                        "Postponed on {from} and taken up again on {}; {} open {} planned anew.",
                        say_day(entry.at.date()),
                        remaining.len(),
                        if remaining.len() == 1 {
                            "date was"
                        } else {
                            "dates were"
                        }
                    ));
                }
                Event::StepCompleted { step, .. } if step.name() == "present_governors" => {
                    lines.push(format!(
                        "The governors heard the findings on {}.",
                        say_day(entry.at.date())
                    ));
                }
                _ => {}
            }
        }
    }
    lines.extend(reading.run.stopped.as_ref().map(|stopped| {
        format!(
            "The coordinator stopped it on {}.",
            say_day(stopped.at.date())
        )
    }));
    lines
}

pub async fn play(
    year: &mut Year<'_>,
    desk: &Desk,
    home: &Path,
    portal: &str,
) -> anyhow::Result<()> {
    let run = start_one_more(year).await?;
    refusal(year, run).await?;
    too_early(year, portal, run).await?;
    erasure(year, desk).await?;
    tampering(year, home).await
}

/// A fresh project for the scenes: at its first step.
async fn start_one_more(year: &mut Year<'_>) -> anyhow::Result<RunId> {
    let run = RunId(uuid_from(&Seed::known(&["demo", "scenes"])));
    let command = Command::ProjectStart {
        workflow: WORKFLOW.to_owned(),
        host_school: Urn(SCHOOL.to_owned()),
        title: "Talking about texts in key stage 1".to_owned(),
        roles: BTreeMap::new(),
        dates: BTreeMap::from([("reports_due".to_owned(), "2028-05-26".parse()?)]),
    };
    match year.send(run, year.coordinator, command).await? {
        Handled::Applied { .. } => Ok(run),
        other => bail!("the demo was refused: {other:?}"),
    }
}

async fn refusal(year: &mut Year<'_>, run: RunId) -> anyhow::Result<()> {
    let command = Command::StepComplete {
        step: "approve_need".parse()?,
        answers: None,
        outcome: Some("approve".to_owned()),
        reason: None,
    };
    let Handled::Refused(refusal) = year.send(run, year.coordinator, command).await? else {
        bail!("an approval before its need was not refused");
    };
    println!("A refusal is a sentence:");
    println!("  {}\n", year.everybody.with_names(&refusal.reason));
    Ok(())
}

/// Who holds a post at the school of these scenes.
fn holder(year: &Year<'_>, role: &str) -> anyhow::Result<PersonId> {
    let (school, today) = (Urn(SCHOOL.to_owned()), year.engine.clock.now().date());
    let found = year
        .everybody
        .directory
        .holders(role, Some(&school), today)
        .next();
    Ok(found
        .with_context(|| format!("nobody is {role} at {SCHOOL}"))?
        .person)
}

/// The portal tells of the list before the need is there: kept, and used when its time comes.
async fn too_early(year: &mut Year<'_>, portal: &str, run: RunId) -> anyhow::Result<()> {
    let head = holder(year, "headteacher")?;
    let message = json!({
        "specversion": "1.0",
        "id": "approval-1",
        "source": portal,
        "type": "alongside.step.complete",
        "time": year.engine.clock.now().to_string(),
        "subject": run.to_string(),
        "alliance": KEY,
        "actor": head.to_string(),
        "data": {"step": "approve_need", "outcome": "approve"},
    });
    let engine = crate::engine::Engine {
        sources: std::sync::Arc::new(vec![super::portal_source(&year.alliance)]),
        ..year.engine.clone()
    };
    let incoming = engine
        .open_by_hand(message.to_string().as_bytes())
        .map_err(|bad| anyhow::anyhow!("{}", bad.unreadable.reason))?;
    let handled = engine.handle(&year.alliance, vec![incoming]).await?.pop();
    let Some(Handled::Parked { not_yet, until }) = handled else {
        bail!("a message before its time was not parked: {handled:?}");
    };
    println!(
        "The same from the portal waits for its time (parked until {}):",
        say_day(until.date())
    );
    println!("  {}", not_yet.reason);
    let cpd = holder(year, "cpd_lead")?;
    let reading = engine
        .read_run(&year.alliance, run)
        .await?
        .context("the project is there")?;
    let form = reading
        .workflow
        .forms
        .get("need")
        .context("the form of the need")?;
    let answers = form.schema["examples"][0].as_object().cloned();
    let command = Command::StepComplete {
        step: "need".parse()?,
        answers,
        outcome: None,
        reason: None,
    };
    // Through the engine that knows the portal, so that what is parked is tried again.
    let known = std::mem::replace(&mut year.engine, engine);
    let done = year.send(run, cpd, command).await;
    let after = year
        .engine
        .read_run(&year.alliance, run)
        .await?
        .context("the project is there")?;
    year.engine = known;
    done?;
    let approved = after.run.is_settled(&"approve_need".parse()?);
    println!(
        "  When the need was there, the approval was {}.\n",
        if approved {
            "applied by itself"
        } else {
            "still waiting"
        }
    );
    Ok(())
}

/// One of the project leads asks to be erased. The log still verifies.
async fn erasure(year: &mut Year<'_>, desk: &Desk) -> anyhow::Result<()> {
    let lead = year.lead(&WAYS[0])?;
    let name = year.everybody.name(lead);
    let extent = Extent::of(desk, &year.alliance, lead).await?;
    let texts: usize = extent.texts.iter().map(|(_, _, number)| number).sum();
    erase(desk, &year.alliance, lead, &extent).await?;
    year.engine.store.scrub().await?;
    println!("{name} asks to be erased: {texts} texts, the name and the address are gone.");
    println!("  {}\n", verify_all(year).await?);
    Ok(())
}

/// Somebody changes a word in a copy of the log.
async fn tampering(year: &mut Year<'_>, home: &Path) -> anyhow::Result<()> {
    let store = &year.engine.store;
    let logged = look::read(store, &year.alliance, run_of(&WAYS[1])).await?;
    let copy = export::write(&logged.stored);
    let file = home.join("tampered-copy.jsonl");
    std::fs::write(&file, copy.replacen("2026-09-21", "2026-09-20", 1))?;
    println!("Somebody changes a date in a copy of the log:");
    for checked in check_file(&file, None)? {
        if let Finding::Tampered { sentence, .. } = checked.finding {
            println!("  {sentence}\n");
        }
    }
    Ok(())
}

async fn verify_all(year: &Year<'_>) -> anyhow::Result<String> {
    let store = &year.engine.store;
    let (mut projects, mut all, mut gone) = (0, 0, 0);
    for run in store.of(&year.alliance).run_ids().await? {
        let logged = look::read(store, &year.alliance, run).await?;
        match look::check(store, &year.engine.library, &logged).await? {
            Finding::Good { entries, erased } => {
                projects += 1;
                all += entries;
                gone += erased;
            }
            other => bail!("the log of the demo is not good: {other:?}"),
        }
    }
    Ok(format!(
        "The log is still good: {projects} projects, {all} entries, {gone} texts erased and recorded."
    ))
}
