//! `import calendar FILE`: term dates of a school, a trust, a local authority or the alliance.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::super::desk::Desk;
use super::super::{Done, Global};
use super::recount;
use super::whose::{Named, find_owner};
use crate::core::calendar::page::Owner;
use crate::core::time::{Date, say_date};
use crate::engine::almanac::Known;
use crate::import::{PresentTerms, Proposal, Report, TermsPlan, plan_terms, read_terms};

/// Set term dates, half-terms, holidays and INSET days from a file (CSV, .ics or YAML)
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alongside import calendar terms.csv --for school:900001 --dry-run\n  alongside import calendar council.ics --for local-authority:Northshire\n  alongside import calendar samples.csv --for alliance --only \"school A (Portsmouth)\"\n\nA CSV file has the columns kind (term, half_term, holiday, inset, bank_holiday), label, start_date\nand end_date; and urn, where each row is of one school, instead of --for:\n\n  kind,label,start_date,end_date\n  term,Autumn term,2026-09-02,2026-12-18\n  half_term,Autumn half-term,2026-10-26,2026-10-30\n  inset,INSET day,2026-09-02,\n\nThe file replaces what was said of the school years that it tells of; other years stay."
)]
pub struct Calendar {
    /// Term dates: a CSV file, an iCalendar file (.ics) or a page of YAML
    file: PathBuf,
    /// Whose dates: school:URN, trust:NAME, local-authority:NAME or alliance
    #[arg(long = "for", value_name = "WHOSE")]
    whose: Option<Named>,
    /// Of a file with several owners, only the rows of this one
    #[arg(long, value_name = "OWNER")]
    only: Option<String>,
}

impl Calendar {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let bytes = super::read(&self.file)?;
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let scoped = desk.engine.store.of(&alliance);
        let schools = scoped.schools().await?;
        let whose = match &self.whose {
            Some(named) => Some(find_owner(named, &schools)?),
            None => None,
        };
        let known = desk.engine.almanac(&alliance).await?;
        let present = PresentTerms {
            schools: schools.into_iter().map(|one| (one.urn, one.name)).collect(),
            pages: known.almanac.pages.clone(),
        };
        let name = self.file.file_name().map(|name| name.to_string_lossy());
        let file = read_terms(&name.unwrap_or_default(), &bytes, self.only.as_deref());
        let Proposal { plan, mut report } = plan_terms(file, whose.as_ref(), &present);
        if let Some(plan) = plan {
            report = keep(&desk, &known, &plan, &present, report).await?;
        }
        super::show(global, &report)
    }
}

/// Writes the pages that change, unless it is a dry run.
async fn keep(
    desk: &Desk,
    known: &Known,
    plan: &TermsPlan,
    present: &PresentTerms,
    mut report: Report,
) -> anyhow::Result<Report> {
    let scoped = desk.engine.store.of(&desk.alliance().await?);
    if !plan.pages.is_empty() {
        report.say_further(recount::say(&scoped, desk.dry_run).await?);
    }
    if desk.dry_run {
        return Ok(report);
    }
    if !plan.pages.is_empty() {
        let mut changes = BTreeMap::new();
        for page in &plan.pages {
            changes.insert(page.owner.key(), Some(serde_json::to_string(page)?));
        }
        let at = desk.engine.clock.now();
        let owners: Vec<&Owner> = plan.pages.iter().map(|page| &page.owner).collect();
        let because = because(&owners, present, at.date());
        let seen = known.revision;
        scoped.keep_calendars(seen, &changes, &because, at).await?;
        desk.do_what_is_due().await?;
    }
    Ok(report.applied())
}

/// "Term dates of Alder Vale Primary School were set on Monday 5 October 2026."
fn because(owners: &[&Owner], present: &PresentTerms, today: Date) -> String {
    let name = |owner: &Owner| match owner {
        Owner::School { urn } => match present.schools.get(urn) {
            Some(name) => name.clone(),
            None => owner.to_string(),
        },
        _ => owner.to_string(),
    };
    let of = match owners {
        [only] => name(only),
        [first, second] => format!("{} and {}", name(first), name(second)),
        _ => format!("{} schools", owners.len()),
    };
    format!("Term dates of {of} were set on {}.", say_date(today))
}
