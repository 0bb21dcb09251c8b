//! `person export`: everything that is held about one person, as JSON they can read and take away.
//!
//! Texts are shown with the place in the entry where they belong. What others wrote about the
//! person is not in it: no program can tell.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::super::desk::{Desk, mailbox};
use super::super::{Done, Global, output};
use super::{list, show};
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::entry::Entry;
use crate::store::{MailFilter, PayloadRow};

/// Write everything that is held about a person as JSON
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside person export helen.ashby@alder-vale.example --out helen.json"
)]
pub struct Export {
    /// Their id or email
    person: String,
    /// Write to this file, which must not be there yet, instead of the terminal
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Export {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let person = desk.person(&alliance, &self.person).await?;
        let text = serde_json::to_string_pretty(&everything(&desk, &alliance, person).await?)?;
        match &self.out {
            None => println!("{text}"),
            Some(path) if desk.dry_run => output::would_write(path),
            Some(path) => {
                let file = std::fs::File::create_new(path);
                let mut file =
                    file.with_context(|| format!("{} cannot be written", path.display()))?;
                std::io::Write::write_all(&mut file, text.as_bytes())?;
                eprintln!("Written to {}.", path.display());
            }
        }
        Ok(Done::Well)
    }
}

async fn everything(desk: &Desk, alliance: &AllianceId, person: PersonId) -> anyhow::Result<Value> {
    let scoped = desk.engine.store.of(alliance);
    let rows = scoped.find_people(&[person]).await?;
    let row = rows.first().context("the person has just gone")?;
    let posts = scoped.posts().await?;
    let covered: Vec<_> = posts
        .iter()
        .filter(|post| post.covers == Some(person))
        .collect();
    let posts: Vec<_> = posts.iter().filter(|post| post.person == person).collect();
    let contact = scoped
        .contacts()
        .await?
        .into_iter()
        .find(|c| c.person == person);
    let mut shown = list::as_json(row, &posts);
    shown["job_title"] = json!(contact.as_ref().and_then(|c| c.job_title.clone()));
    shown["phone"] = json!(contact.and_then(|c| c.phone));
    let covered_by: Vec<Value> = covered
        .iter()
        .map(|post| json!({"person": post.person, "role": post.role, "from": post.from, "until": post.until}))
        .collect();
    shown["covered_by"] = json!(covered_by);
    let covers = scoped.covers_of(person).await?;
    shown["cover"] = json!(covers.iter().map(show::cover_as_json).collect::<Vec<_>>());
    let mut projects = Vec::new();
    for run in scoped.runs_naming(person).await? {
        projects.push(project(desk, alliance, run, person).await?);
    }
    Ok(json!({
        "made_at": desk.engine.clock.now(),
        "alliance": alliance,
        "person": shown,
        "projects": projects,
        "drafts": drafts(desk, alliance, person).await?,
        "mails": mails(desk, alliance, person).await?,
        "not_in_here": "Texts that other people wrote, also where they may be about this person.",
    }))
}

/// One project that names the person: what they are in it, what they did, what they wrote.
async fn project(
    desk: &Desk,
    alliance: &AllianceId,
    run: RunId,
    person: PersonId,
) -> anyhow::Result<Value> {
    let scoped = desk.engine.store.of(alliance);
    let entries = desk.engine.entries(alliance, run).await?;
    let mut texts = Vec::new();
    for payload in scoped.payloads(run).await? {
        if payload.written_by == Some(person) {
            texts.push(text(&payload, &entries)?);
        }
    }
    let name = person.to_string();
    let named = entries.iter().filter_map(|entry| {
        let value = serde_json::to_value(entry).ok()?;
        places(&value, &name).next()?;
        Some(json!({
            "version": entry.seq,
            "at": entry.at,
            "what": entry.command.kind,
            "did_it": entry.actor == Some(person) || entry.on_behalf_of == Some(person),
            "named_as": places(&value, &name).collect::<Vec<_>>(),
        }))
    });
    let reading = desk.engine.read_run(alliance, run).await?;
    let roles: Vec<&String> = reading
        .iter()
        .flat_map(|reading| &reading.run.people)
        .filter(|(_, people)| people.iter().any(|held| held.person == person))
        .map(|(role, _)| role)
        .collect();
    Ok(json!({
        "project": reading.as_ref().map(|reading| &reading.row.reference),
        "run": run,
        "title": reading.as_ref().map(|reading| &reading.row.title),
        "roles": roles,
        "named": named.collect::<Vec<_>>(),
        "texts": texts,
    }))
}

fn text(payload: &PayloadRow, entries: &[Entry]) -> anyhow::Result<Value> {
    let entry = entries.iter().find(|entry| entry.seq == payload.seq);
    let found = entry.map(serde_json::to_value).transpose()?;
    let place = found.and_then(|value| places(&value, &payload.commitment).next());
    Ok(json!({
        "version": payload.seq,
        "at": entry.map(|entry| entry.at),
        "place": place.map(|place| place.trim_end_matches(".commitment").to_owned()),
        "text": payload.payload()?.value,
    }))
}

async fn drafts(
    desk: &Desk,
    alliance: &AllianceId,
    person: PersonId,
) -> anyhow::Result<Vec<Value>> {
    let rows = desk.engine.store.of(alliance).drafts_by(person).await?;
    let drafts = rows.iter().map(|row| {
        let answers: Value = serde_json::from_str(&row.body).unwrap_or_default();
        json!({"run": row.run, "step": row.address, "at": row.at, "answers": answers})
    });
    Ok(drafts.collect())
}

async fn mails(desk: &Desk, alliance: &AllianceId, person: PersonId) -> anyhow::Result<Vec<Value>> {
    let filter = MailFilter {
        person: Some(person),
        ..MailFilter::default()
    };
    let folder = mailbox(&desk.config)?.folder;
    let rows = desk.engine.store.of(alliance).mails(&filter).await?;
    let mails = rows.iter().map(|mail| {
        let letter: Value = serde_json::from_str(&mail.letter).unwrap_or_default();
        let written = std::fs::read_to_string(folder.file(mail.id)).ok();
        json!({
            "id": mail.id, "at": mail.at, "kind": mail.kind, "run": mail.run,
            "not_sent_because": mail.why, "letter": letter, "mail": written,
        })
    });
    Ok(mails.collect())
}

/// Where a text stands in a value: `events[0].answers.summary`.
fn places<'a>(value: &'a Value, wanted: &'a str) -> Box<dyn Iterator<Item = String> + 'a> {
    let below = |key: String, value: &'a Value| {
        places(value, wanted).map(move |place| {
            let dot = if place.is_empty() || place.starts_with('[') {
                ""
            } else {
                "."
            };
            format!("{key}{dot}{place}")
        })
    };
    match value {
        Value::String(text) if text == wanted => Box::new(std::iter::once(String::new())),
        Value::Array(items) => Box::new(
            items
                .iter()
                .enumerate()
                .flat_map(move |(at, item)| below(format!("[{at}]"), item)),
        ),
        Value::Object(fields) => Box::new(
            fields
                .iter()
                .flat_map(move |(key, item)| below(key.clone(), item)),
        ),
        _ => Box::new(std::iter::empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_wherever_it_stands() {
        let value =
            json!({"actor": "x", "events": [{"a": 1}, {"answers": {"why": {"commitment": "x"}}}]});
        let found: Vec<String> = places(&value, "x").collect();
        assert_eq!(found, ["actor", "events[1].answers.why.commitment"]);
    }
}
