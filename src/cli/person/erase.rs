//! `person erase`: takes away what can be told back to a person; the log still verifies after it.
//!
//! For each project with texts of theirs one command through the engine, then the directory, then
//! the mails to them. Each part can be done again: whoever is stopped half way calls it once more.
//! Texts that others wrote are not touched, because no program can tell whom they are about.

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::super::consent::Consent;
use super::super::desk::{Desk, mailbox};
use super::super::{Done, Global, output};
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::command::Command;
use crate::core::run::refusal::Code;
use crate::engine::Handled;
use crate::store::{DirectoryChanges, InboxFilter, InboxState, MailFilter, PersonRow};

/// Erase a person: their name, address, roles, drafts, texts in projects and mails
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside person erase helen.ashby@alder-vale.example --dry-run\n  alongside person erase helen.ashby@alder-vale.example --yes\n\nWhat happened stays in the log under a number that names nobody, and `alongside audit verify`\nstays good. Texts that others wrote about the person stay: look through them yourself.\nBackups keep what they hold until they are deleted."
)]
pub struct Erase {
    /// Their id or email
    person: String,
    #[command(flatten)]
    consent: Consent,
}

/// What there is to take away.
pub struct Extent {
    /// Projects with texts of theirs: reference and number of texts.
    pub texts: Vec<(RunId, String, usize)>,
    posts: usize,
    drafts: usize,
    /// Times in which they were away, covered or arranged it.
    covers: usize,
    mails: usize,
    /// Projects whose log names them.
    named_in: Vec<String>,
}

impl Erase {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let id = desk.person(&alliance, &self.person).await?;
        let Some(person) = desk
            .engine
            .store
            .of(&alliance)
            .find_people(&[id])
            .await?
            .pop()
        else {
            bail!("{id} has just gone");
        };
        let extent = Extent::of(&desk, &alliance, id).await?;
        check_coordinator(&desk, &alliance, id).await?;
        if desk.dry_run {
            println!("Nothing was erased yet. This would go:");
            extent.print(&person);
            return Ok(Done::Well);
        }
        let who = person.name.clone().unwrap_or_else(|| id.to_string());
        if !self.consent.is_given(&format!("This erases {who}."))? {
            return Ok(Done::Unknown);
        }
        if !extent.texts.is_empty() {
            desk.actor(&alliance).await?; // said before anything is begun
        }
        let files = erase(&desk, &alliance, id, &extent).await?;
        desk.do_what_is_due().await?;
        if let Err(error) = desk.engine.store.scrub().await {
            bail!(
                "{who} is erased, but traces may be left in the database file, which could not be \
                 written anew: {error}. Once more when nothing else is at work: \
                 alongside person erase {id} --yes"
            );
        }
        if desk.json {
            output::print_json(&extent.as_json(id, files))?;
        } else {
            println!("Erased:");
            extent.print(&person);
            say_what_stays(&extent);
        }
        Ok(Done::Well)
    }
}

/// Takes it all away. Says how many files of mails went.
pub async fn erase(
    desk: &Desk,
    alliance: &AllianceId,
    person: PersonId,
    extent: &Extent,
) -> anyhow::Result<usize> {
    for (run, reference, _) in &extent.texts {
        erase_texts(desk, alliance, *run, reference, person).await?;
    }
    erase_row(desk, alliance, person).await?;
    discard_messages(desk, alliance, person).await?;
    delete_mails(desk, alliance, person).await
}

impl Extent {
    pub async fn of(desk: &Desk, alliance: &AllianceId, person: PersonId) -> anyhow::Result<Self> {
        let scoped = desk.engine.store.of(alliance);
        let mut texts = Vec::new();
        for run in scoped.runs_with_texts_of(person).await? {
            let payloads = scoped.payloads(run).await?;
            let theirs = payloads
                .iter()
                .filter(|row| row.written_by == Some(person))
                .count();
            let reference = scoped.find_run(run).await?.map(|row| row.reference);
            texts.push((run, reference.unwrap_or_else(|| run.to_string()), theirs));
        }
        let mut named_in = Vec::new();
        for run in scoped.runs_naming(person).await? {
            named_in.extend(scoped.find_run(run).await?.map(|row| row.reference));
        }
        let filter = MailFilter {
            person: Some(person),
            ..MailFilter::default()
        };
        let posts = scoped.posts().await?;
        Ok(Self {
            texts,
            posts: posts.iter().filter(|post| post.person == person).count(),
            drafts: scoped.drafts_by(person).await?.len(),
            covers: scoped.covers_of(person).await?.len(),
            mails: scoped.mails(&filter).await?.len(),
            named_in,
        })
    }

    fn print(&self, person: &PersonRow) {
        if !person.erased {
            println!("  name, email address, job title and phone in the directory");
        }
        for (number, what) in [
            (self.posts, "roles in the directory"),
            (self.drafts, "drafts"),
            (self.covers, "times of cover, with what was written of them"),
            (self.mails, "mails to them, as far as their files are here"),
        ] {
            if number > 0 {
                println!("  {number} {what}");
            }
        }
        for (_, reference, texts) in &self.texts {
            println!("  {texts} texts in {reference}");
        }
    }

    fn as_json(&self, person: PersonId, files: usize) -> serde_json::Value {
        let texts: Vec<_> = self
            .texts
            .iter()
            .map(|(_, reference, texts)| json!({"project": reference, "texts": texts}))
            .collect();
        json!({
            "person": person, "texts": texts, "posts": self.posts, "drafts": self.drafts,
            "covers": self.covers,
            "mail_files": files, "still_named_by_number_in": self.named_in,
        })
    }
}

fn say_what_stays(extent: &Extent) {
    println!("Not erased:");
    if !extent.named_in.is_empty() {
        println!(
            "  that somebody did these things, under a number: {}",
            extent.named_in.join(", ")
        );
    }
    println!("  texts that others wrote, also where they are about this person");
    println!("  backups, and mails that have left this machine");
}

/// Without a coordinator nobody could act any more.
async fn check_coordinator(
    desk: &Desk,
    alliance: &AllianceId,
    person: PersonId,
) -> anyhow::Result<()> {
    let today = desk.engine.clock.now().date();
    let directory = desk.engine.everybody(alliance).await?.directory;
    let others = directory
        .holders("coordinator", None, today)
        .any(|post| post.person != person);
    if directory.is_coordinator(person, today) && !others {
        bail!(
            "this is the only coordinator of the alliance. Make somebody else coordinator first, \
             with `alongside import people`"
        );
    }
    Ok(())
}

async fn erase_texts(
    desk: &Desk,
    alliance: &AllianceId,
    run: RunId,
    reference: &str,
    person: PersonId,
) -> anyhow::Result<()> {
    let incoming = desk
        .incoming(alliance, run, None, Command::PersonErase { person })
        .await?;
    let mut handled = desk.engine.handle(alliance, vec![incoming]).await?;
    match handled.pop() {
        Some(Handled::Applied { .. }) => Ok(()),
        // Somebody else was quicker: there is nothing left.
        Some(Handled::Refused(refusal)) if refusal.code == Code::CannotErase => Ok(()),
        Some(Handled::Refused(refusal)) => {
            let everybody = desk.engine.everybody(alliance).await?;
            bail!("{reference}: {}", everybody.with_names(&refusal.reason))
        }
        other => bail!("{reference}: the texts were not erased ({other:?})"),
    }
}

async fn erase_row(desk: &Desk, alliance: &AllianceId, person: PersonId) -> anyhow::Result<()> {
    let scoped = desk.engine.store.of(alliance);
    let mut posts = scoped.posts().await?;
    posts.retain(|post| post.person == person);
    let changes = DirectoryChanges {
        removed_posts: posts,
        erased: vec![person],
        ..DirectoryChanges::default()
    };
    Ok(scoped.apply_directory(changes).await?)
}

/// Messages of theirs that still wait hold their texts, and could not be applied any more.
async fn discard_messages(
    desk: &Desk,
    alliance: &AllianceId,
    person: PersonId,
) -> anyhow::Result<()> {
    for state in [InboxState::Parked, InboxState::Quarantined] {
        let filter = InboxFilter {
            state: Some(state),
            ..InboxFilter::default()
        };
        for row in desk.engine.store.of(alliance).inbox(&filter).await? {
            if row.raw.as_deref().is_some_and(|raw| is_from(raw, person)) {
                let why = "the person who sent it was erased";
                desk.engine.discard(alliance, &row, why).await?;
            }
        }
    }
    Ok(())
}

fn is_from(raw: &str, person: PersonId) -> bool {
    let Ok(message) = serde_json::from_str::<serde_json::Value>(raw) else {
        return false;
    };
    let name = person.to_string();
    ["actor", "onbehalfof"]
        .iter()
        .any(|key| message[*key].as_str() == Some(name.as_str()))
}

/// The files of mails to this person, which hold their name, their address and what they were told.
async fn delete_mails(
    desk: &Desk,
    alliance: &AllianceId,
    person: PersonId,
) -> anyhow::Result<usize> {
    let filter = MailFilter {
        person: Some(person),
        ..MailFilter::default()
    };
    let folder = mailbox(&desk.config)?.folder;
    let mut deleted = 0;
    for mail in desk.engine.store.of(alliance).mails(&filter).await? {
        match std::fs::remove_file(folder.file(mail.carrier.unwrap_or(mail.id))) {
            Ok(()) => deleted += 1,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => bail!(
                "{} cannot be deleted: {error}",
                folder.file(mail.carrier.unwrap_or(mail.id)).display()
            ),
        }
    }
    Ok(deleted)
}
