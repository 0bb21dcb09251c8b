//! `import schools FILE`: schools of the alliance from the Department's register.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::super::desk::Desk;
use super::super::{Done, Global};
use crate::core::directory::School;
use crate::core::names::{AllianceId, Urn};
use crate::import::{
    Pick, Report, SchoolField, SchoolPlan, SchoolRecord, plan_schools, read_schools,
};
use crate::store::{DirectoryChanges, SchoolFacts, Store};

/// Add or bring up to date schools from "Get information about schools" (edubasealldata.csv)
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside import schools edubasealldata.csv --trust \"Rowan Learning Trust\" --dry-run\n  alongside import schools edubasealldata.csv --urn 900001,900002,900003\n\nSchools that the file does not have, or that are not asked for, stay as they are."
)]
pub struct Schools {
    /// The establishment file, as it was downloaded
    file: PathBuf,
    /// These schools, by their unique reference numbers
    #[arg(long, value_name = "URN", value_delimiter = ',')]
    urn: Vec<String>,
    /// All open schools of this trust, by name or code
    #[arg(long, value_name = "TRUST")]
    trust: Vec<String>,
    /// All open schools of this local authority, by name or code
    #[arg(long, value_name = "AUTHORITY")]
    local_authority: Vec<String>,
    /// All open schools of the file
    #[arg(long)]
    all: bool,
    /// Closed schools too
    #[arg(long)]
    closed_too: bool,
}

impl Schools {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let bytes = super::read(&self.file)?;
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let pick = Pick {
            urns: self.urn,
            trusts: self.trust,
            local_authorities: self.local_authority,
            all: self.all,
            closed_too: self.closed_too,
        };
        let store = &desk.engine.store;
        let report = import(store, &alliance, &bytes, &pick, desk.dry_run).await?;
        super::show(global, &report)
    }
}

/// Compares the file with the alliance's schools and, unless it is a dry run, applies it.
pub async fn import(
    store: &Store,
    alliance: &AllianceId,
    bytes: &[u8],
    pick: &Pick,
    dry_run: bool,
) -> anyhow::Result<Report> {
    let present = present(store, alliance).await?;
    let proposal = plan_schools(read_schools(bytes, pick), &present);
    let Some(plan) = proposal.plan.filter(|_| !dry_run) else {
        return Ok(proposal.report);
    };
    if !plan.is_empty() {
        store.of(alliance).apply_directory(changes(&plan)?).await?;
    }
    Ok(proposal.report.applied())
}

async fn present(
    store: &Store,
    alliance: &AllianceId,
) -> anyhow::Result<BTreeMap<Urn, SchoolRecord>> {
    let scoped = store.of(alliance);
    let facts = scoped.school_facts().await?;
    let mut facts: BTreeMap<Urn, String> = facts.into_iter().map(|f| (f.urn, f.facts)).collect();
    let mut present = BTreeMap::new();
    for school in scoped.schools().await? {
        let text = facts.remove(&school.urn).unwrap_or_else(|| "{}".to_owned());
        let mut known: BTreeMap<SchoolField, String> = serde_json::from_str(&text)
            .with_context(|| format!("what is kept of the school {} cannot be read", school.urn))?;
        let School {
            urn,
            name,
            phase,
            trust,
            local_authority,
        } = school;
        let decisive = [
            (SchoolField::Phase, phase),
            (SchoolField::Trust, trust),
            (SchoolField::LocalAuthority, local_authority),
        ];
        known.extend(
            decisive
                .into_iter()
                .filter_map(|(field, value)| Some((field, value?))),
        );
        present.insert(
            urn.clone(),
            SchoolRecord {
                urn,
                name,
                facts: known,
            },
        );
    }
    Ok(present)
}

fn changes(plan: &SchoolPlan) -> anyhow::Result<DirectoryChanges> {
    let known = plan.change.iter().map(|change| &change.after);
    let mut changes = DirectoryChanges::default();
    for record in plan.add.iter().chain(known) {
        changes.schools.push(record.school());
        let facts = serde_json::to_string(&record.facts)?;
        changes.school_facts.push(SchoolFacts {
            urn: record.urn.clone(),
            facts,
        });
    }
    Ok(changes)
}
