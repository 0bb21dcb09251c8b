//! `import people FILE`: people and their posts from a spreadsheet.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::super::desk::Desk;
use super::super::{Done, Global};
use crate::core::names::{AllianceId, PersonId};
use crate::engine::random_bytes;
use crate::import::{PeoplePlan, PersonRecord, PresentPeople, Report, plan_people, read_people};
use crate::store::{Contact, DirectoryChanges, PersonRow, Store};

/// Add or bring up to date people and who holds which role where, from a CSV file
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside import people people.csv --dry-run\n\nThe file has the columns name, email, school (a URN, or empty for the alliance itself) and role;\nand, where you like, job_title, phone, from, until, main, person_id, covers:\n\n  name,email,school,role\n  Judith Marlow,judith.marlow@alliance.example,,coordinator\n  Helen Ashby,helen.ashby@alder-vale.example,900001,headteacher\n\nWhoever is not in the file stays as they are."
)]
pub struct People {
    /// A CSV file with one row per person and role
    file: PathBuf,
}

impl People {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let bytes = super::read(&self.file)?;
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let seed = random_bytes();
        let store = &desk.engine.store;
        let report = import(store, &alliance, &bytes, &seed, desk.dry_run).await?;
        super::show(global, &report)
    }
}

/// Compares the file with the alliance's people and, unless it is a dry run, applies it. New
/// people get their ids from the seed.
pub async fn import(
    store: &Store,
    alliance: &AllianceId,
    bytes: &[u8],
    seed: &[u8; 32],
    dry_run: bool,
) -> anyhow::Result<Report> {
    let present = present(store, alliance).await?;
    let proposal = plan_people(read_people(bytes), &present, seed);
    let Some(plan) = proposal.plan.filter(|_| !dry_run) else {
        return Ok(proposal.report);
    };
    if !plan.is_empty() {
        store.of(alliance).apply_directory(changes(plan)).await?;
    }
    Ok(proposal.report.applied())
}

async fn present(store: &Store, alliance: &AllianceId) -> anyhow::Result<PresentPeople> {
    let scoped = store.of(alliance);
    let contacts = scoped.contacts().await?.into_iter();
    let mut contacts: BTreeMap<PersonId, Contact> = contacts.map(|c| (c.person, c)).collect();
    let mut present = PresentPeople {
        posts: scoped.posts().await?,
        ..PresentPeople::default()
    };
    let schools = scoped.schools().await?.into_iter();
    present.schools = schools.map(|school| (school.urn, school.name)).collect();
    for row in scoped.people().await? {
        if row.erased {
            present.erased.insert(row.id);
            continue;
        }
        let contact = contacts.remove(&row.id);
        let (job_title, phone) = contact.map(|c| (c.job_title, c.phone)).unwrap_or_default();
        present.people.push(PersonRecord {
            id: row.id,
            name: row.name.unwrap_or_default(),
            email: row.email.unwrap_or_default(),
            job_title,
            phone,
            main_school: row.main_school,
        });
    }
    Ok(present)
}

fn changes(plan: PeoplePlan) -> DirectoryChanges {
    let mut changes = DirectoryChanges::default();
    let known = plan.change.into_iter().map(|change| change.after);
    for record in plan.add.into_iter().chain(known) {
        changes.people.push(PersonRow {
            id: record.id,
            name: Some(record.name),
            email: Some(record.email),
            main_school: record.main_school,
            erased: false,
        });
        changes.contacts.push(Contact {
            person: record.id,
            job_title: record.job_title,
            phone: record.phone,
        });
    }
    changes.posts = plan.posts_add;
    for change in plan.posts_redate {
        changes.removed_posts.push(change.before);
        changes.posts.push(change.after);
    }
    changes
}
