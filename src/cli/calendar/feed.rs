//! `calendar feed`: what people are invited to, as a file for any calendar program.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::cli::desk::{Desk, mailbox};
use crate::cli::{Done, Global, finding, output};
use crate::core::names::{AllianceId, PersonId};
use crate::engine::letters::Scene;
use crate::engine::readings::{Everybody, Reading};
use crate::mail::visit::{Visit, feed};
use crate::store::RunFilter;

/// Write the visits and presentations of a person or a project as an iCalendar file
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alongside calendar feed DLP-2027-001\n  alongside calendar feed ada@alder.example --out ada.ics"
)]
pub struct Feed {
    /// A project by its reference or id, or a person by email, name or id
    #[arg(value_name = "PERSON|PROJECT")]
    whose: String,
    /// Write it here instead of to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Feed {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        desk.catch_up().await?;
        let alliance = desk.alliance().await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let (name, visits) = self.visits(&desk, &alliance, &everybody).await?;
        let domain = mailbox(&desk.config)?.folder.domain().to_owned();
        let text = feed(&visits, &domain, &name, desk.engine.clock.now());
        match &self.out {
            None => output::print(&text),
            Some(file) if desk.dry_run => output::would_write(file),
            Some(file) => std::fs::write(file, text)
                .with_context(|| format!("{} cannot be written", file.display()))?,
        }
        Ok(Done::Well)
    }

    /// With the name of the feed.
    async fn visits(
        &self,
        desk: &Desk,
        alliance: &AllianceId,
        everybody: &Everybody,
    ) -> anyhow::Result<(String, Vec<Visit>)> {
        if let Some(reading) = desk.engine.find_run(alliance, &self.whose).await? {
            let name = format!("{} ({})", reading.run.title, reading.run.reference);
            let visits = of_a_run(desk, alliance, (&reading, everybody), None).await?;
            return Ok((name, visits));
        }
        let person = finding::person(everybody, &self.whose)
            .with_context(|| format!("`{}` is neither a project nor a person here", self.whose))?;
        let mut visits = Vec::new();
        let scoped = desk.engine.store.of(alliance);
        for row in scoped.runs(&RunFilter::default()).await? {
            if let Some(reading) = desk.engine.read_run(alliance, row.id).await? {
                let theirs = of_a_run(desk, alliance, (&reading, everybody), Some(person));
                visits.extend(theirs.await?);
            }
        }
        Ok((format!("Alongside: {}", everybody.name(person)), visits))
    }
}

/// What stands, of everybody or of one person; what was called off is left out.
async fn of_a_run(
    desk: &Desk,
    alliance: &AllianceId,
    (reading, everybody): (&Reading, &Everybody),
    person: Option<PersonId>,
) -> anyhow::Result<Vec<Visit>> {
    let invites = reading.run.invites.iter().filter(|(_, invite)| {
        let theirs = person.is_none_or(|person| invite.people.contains(&person));
        theirs && !invite.cancelled
    });
    let mut invites = invites.peekable();
    if invites.peek().is_none() {
        return Ok(Vec::new());
    }
    let texts = desk.engine.texts(alliance, reading.run.id).await?;
    let scene = Scene {
        reading,
        everybody,
        texts: &texts,
        today: desk.engine.clock.now().date(),
    };
    Ok(invites
        .map(|(step, invite)| scene.visit_of(step, invite))
        .collect())
}
