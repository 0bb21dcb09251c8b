//! `mails …`: what was written to people, and why something was not.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::desk::{Desk, mailbox};
use super::mails_preview::{Preview, preview};
use super::mails_texts::Texts;
use super::mails_why::why;
use super::pages::mails::{self, Line};
use super::{Done, Global, finding, mails_relay, output};
use crate::core::names::{AllianceId, RunId};
use crate::engine::readings::Everybody;
use crate::mail::Letter;
use crate::store::{MailFilter, MailRow, RunFilter};

/// Read the mails that were written
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Example:\n  alongside mails list"
)]
pub struct MailsArgs {
    #[command(subcommand)]
    command: Mails,
}

#[derive(Debug, Subcommand)]
enum Mails {
    /// List mails, newest first
    #[command(after_help = "Example:\n  alongside mails list --for ada@alder.example")]
    List {
        /// Of a project: its reference or id
        #[arg(long, value_name = "REF")]
        project: Option<String>,
        /// To a person: by email, name or id
        #[arg(long = "for", value_name = "PERSON")]
        whom: Option<String>,
        /// At most so many
        #[arg(long, value_name = "NUMBER")]
        limit: Option<u32>,
    },
    /// Say why each mail was sent, or was not, or waits
    #[command(
        after_help = "Example:\n  alongside mails why ada@alder.example\n  alongside mails why DLP-2026-001"
    )]
    Why {
        /// A project by its reference or id, or a person by email, name or id
        #[arg(value_name = "PERSON|PROJECT")]
        named: String,
    },
    /// Show a mail as somebody would read it, without sending it
    #[command(after_help = "Example:\n  alongside mails preview DLP-2026-001 identify_need late_1")]
    Preview(Preview),
    Texts(Texts),
    /// Send a test to an address, now
    #[command(after_help = "Example:\n  alongside mails test office@alder.example")]
    Test {
        /// To whom
        address: String,
    },
    /// Take a mail that came back from standard input: mail servers can pipe it here
    #[command(after_help = "Example:\n  alongside mails bounce < returned.eml")]
    Bounce {
        /// The address that it came to, where its head does not say
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
    },
    /// Send again what is held because the relay did not want it
    #[command(after_help = "Example:\n  alongside mails release")]
    Release,
    /// Show one mail
    #[command(after_help = "Example:\n  alongside mails show 3f2a91c0")]
    Show {
        /// Its id, or the beginning of it as the list shows it
        id: String,
    },
}

/// Everything around the rows of the table.
struct Post {
    desk: Desk,
    alliance: AllianceId,
    everybody: Everybody,
    references: BTreeMap<RunId, String>,
}

impl MailsArgs {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        match &self.command {
            Mails::Test { address } => return mails_relay::test(&desk, address).await,
            Mails::Bounce { to } => return mails_relay::bounce(&desk, to.as_deref()).await,
            Mails::Release => return mails_relay::release(&desk).await,
            Mails::List { .. }
            | Mails::Why { .. }
            | Mails::Show { .. }
            | Mails::Preview(_)
            | Mails::Texts(_) => {}
        }
        desk.catch_up().await?;
        let alliance = desk.alliance().await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let runs = desk
            .engine
            .store
            .of(&alliance)
            .runs(&RunFilter::default())
            .await?;
        let references = runs
            .into_iter()
            .map(|run| (run.id, run.reference))
            .collect();
        let post = Post {
            desk,
            alliance,
            everybody,
            references,
        };
        match self.command {
            Mails::List {
                project,
                whom,
                limit,
            } => post.list(project, whom, limit).await,
            Mails::Why { named } => why(&post.desk, &post.alliance, &post.everybody, &named).await,
            Mails::Show { id } => post.show(&id).await,
            Mails::Preview(asked) => {
                preview(&post.desk, &post.alliance, &post.everybody, asked).await
            }
            Mails::Texts(asked) => asked.run(&post.desk, &post.alliance).await,
            Mails::Test { .. } | Mails::Bounce { .. } | Mails::Release => Ok(Done::Well),
        }
    }
}

impl Post {
    async fn list(
        &self,
        project: Option<String>,
        whom: Option<String>,
        limit: Option<u32>,
    ) -> anyhow::Result<Done> {
        let run = match project {
            Some(named) => Some(
                finding::project(&self.desk, &self.alliance, &named)
                    .await?
                    .run
                    .id,
            ),
            None => None,
        };
        let person = whom
            .map(|named| finding::person(&self.everybody, &named))
            .transpose()?;
        let rows = self.rows(&MailFilter { run, person, limit }).await?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let letter = self.letter(&row)?;
            lines.push(self.line(row, letter.as_ref()));
        }
        if self.desk.json {
            output::print_json(&mails::json(&lines))?;
        } else {
            output::print(&mails::list(&lines));
        }
        Ok(Done::Well)
    }

    async fn show(&self, id: &str) -> anyhow::Result<Done> {
        let wanted = id.trim().to_lowercase();
        let rows = self.rows(&MailFilter::default()).await?;
        let is_meant = |id: uuid::Uuid| id.to_string().starts_with(&wanted);
        let mut found: Vec<MailRow> = rows
            .into_iter()
            .filter(|row| is_meant(row.id) || row.carrier.is_some_and(is_meant))
            .collect();
        // A digest carries several letters, but is one mail.
        found.dedup_by_key(|row| row.carrier.unwrap_or(row.id));
        let mut found = found.into_iter();
        let row = match (found.next(), found.next()) {
            (Some(row), None) if !wanted.is_empty() => row,
            (Some(_), _) => bail!("several mails begin with `{id}`: give more of the id"),
            (None, _) => bail!("there is no mail `{id}`. `alongside mails list` shows them all"),
        };
        let letter = self.letter(&row)?;
        let line = self.line(row, letter.as_ref());
        if self.desk.json {
            let mut data = mails::json(std::slice::from_ref(&line));
            data[0]["text"] = letter.map_or(serde_json::Value::Null, |letter| letter.text.into());
            output::print_json(&data[0])?;
        } else {
            output::print(&mails::show(&line, letter.as_ref()));
        }
        Ok(Done::Well)
    }

    async fn rows(&self, filter: &MailFilter) -> anyhow::Result<Vec<MailRow>> {
        Ok(self
            .desk
            .engine
            .store
            .of(&self.alliance)
            .mails(filter)
            .await?)
    }

    /// From its file, if it is still there.
    fn letter(&self, row: &MailRow) -> anyhow::Result<Option<Letter>> {
        let Some(id) = row.carrier else {
            return Ok(None);
        };
        let folder = mailbox(&self.desk.config)?.folder;
        let file = folder.file(id);
        folder
            .read(id)
            .with_context(|| format!("{} cannot be read", file.display()))
    }

    fn line(&self, row: MailRow, letter: Option<&Letter>) -> Line {
        let subject = letter.map_or_else(|| kind(&row.kind).to_owned(), |l| l.subject.clone());
        Line {
            to: self.everybody.name(row.person),
            reference: row.run.and_then(|run| self.references.get(&run).cloned()),
            subject,
            row,
        }
    }
}

/// What a mail without a file was about.
fn kind(kind: &str) -> &str {
    match kind {
        "ready" => "A step is ready",
        "reminder" => "A reminder",
        "copy" => "A copy of a reminder",
        "step" => "A step is complete",
        "notice" => "A notice to the coordinator",
        "summary" => "How your projects stand",
        "calendars_end" => "Term dates that end soon",
        other => other,
    }
}
