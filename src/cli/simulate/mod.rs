//! `simulate FILE`: a workflow on a calendar, before anybody gets a mail from it.
//!
//! It opens no database and sends nothing. What would happen is found in `core::simulation`; here it
//! is given its calendar and shown: as a table (`page`), for programs (`data`), as HTML (`html`).

mod data;
mod html;
mod page;
mod told;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{Datelike, Months};
use clap::{Args, ValueEnum};

use super::pages::or;
use super::{Done, Global, diagram, finding, import, output};
use crate::core::calendar::almanac::Almanac;
use crate::core::calendar::page::Owner;
use crate::core::definition::workflow::Workflow;
use crate::core::definition::{Bundle, load, render_all};
use crate::core::mails::quiet::QuietTimes;
use crate::core::simulation::{Manner, Manners, Setting, Spread, simulate, usual_start};
use crate::core::time::{Date, say_day};
use crate::engine::library::{BadLibrary, read_bundle, read_folder, shipped};
use crate::import::{PresentTerms, Proposal, plan_terms, read_terms};
use told::Told;

/// Try a workflow out on a year: when each step would be due and done, and who would get which mails
///
/// Made-up people at three made-up schools do what one project asks of them. Nothing is sent, and no
/// database is opened. The same options and seed give the same result.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alongside simulate leadership-through-partnership\n  alongside simulate my-workflows/three-steps/project.yaml --people late --late 2..5\n  alongside simulate project.yaml --role headteacher=silent --html year.html\n  alongside simulate project.yaml --calendar terms.csv --from 2025-09-03 --json"
)]
pub struct Simulate {
    /// A workflow's file or folder, or the name of one that ships or is in --workflows
    #[arg(value_name = "FILE")]
    what: String,
    /// The day on which the project is started [default: the first day of a school year that the
    /// calendar knows]
    #[arg(long, value_name = "DATE", value_parser = finding::date)]
    from: Option<Date>,
    /// The last day that is looked at [default: a year later]
    #[arg(long, value_name = "DATE", value_parser = finding::date)]
    until: Option<Date>,
    /// Other numbers give other days, answers and outcomes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How people at schools behave; the coordinator is always on time
    #[arg(long, value_name = "HOW", default_value = "mixed")]
    people: People,
    /// Somebody in a role who behaves otherwise: headteacher=silent; again for more roles
    #[arg(long = "role", value_name = "ROLE=HOW", value_parser = named_manner)]
    roles: Vec<(String, Manner)>,
    /// By how many school days whoever is late is late
    #[arg(long, value_name = "FEWEST..MOST", default_value = "1..8", value_parser = spread)]
    late: Spread,
    /// A date that the workflow asks for at the start [default: nine months later]
    #[arg(long = "date", value_name = "NAME=DATE", value_parser = finding::named_date)]
    dates: Vec<(String, Date)>,
    /// Term dates for all three schools, as `import calendar` reads them [default: a typical English
    /// school year]
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
    /// Of a calendar file with several owners, only the rows of this one
    #[arg(long, value_name = "OWNER", requires = "calendar")]
    only: Option<String>,
    /// Write a page with a calendar picture to this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum People {
    /// Everybody does it by the day it is due
    OnTime,
    /// Everybody does it after the day it is due
    Late,
    /// Nobody ever answers
    Silent,
    /// By turns on time and late; silent only where that holds nothing up
    Mixed,
}

impl People {
    fn manners(self) -> Manners {
        match self {
            Self::OnTime => Manners::All(Manner::OnTime),
            Self::Late => Manners::All(Manner::Late),
            Self::Silent => Manners::All(Manner::Silent),
            Self::Mixed => Manners::Mixed,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::OnTime => "on-time",
            Self::Late => "late",
            Self::Silent => "silent",
            Self::Mixed => "mixed",
        }
    }
}

/// Why there is nothing to show: it has been said already.
type Ended = Result<Workflow, Done>;

impl Simulate {
    pub fn run(self, global: &Global) -> anyhow::Result<Done> {
        let workflow = match self.workflow(global)? {
            Ok(workflow) => workflow,
            Err(done) => return Ok(done),
        };
        let Some(almanac) = self.almanac(global)? else {
            return Ok(Done::Refused);
        };
        let setting = match self.setting(&workflow, almanac) {
            Ok(setting) => setting,
            Err(why) => {
                output::complain(&format!("alongside: {why}\n"));
                return Ok(Done::Unknown);
            }
        };
        let simulated = simulate(&workflow, &setting).map_err(anyhow::Error::msg)?;
        let told = Told {
            workflow: &workflow,
            setting: &setting,
            simulated: &simulated,
            people: self.people.word(),
            calendar: self.calendar.as_deref(),
        };
        if global.json {
            output::print_json(&data::json(&told))?;
        } else {
            output::print(&page::page(&told));
        }
        match &self.html {
            Some(path) if global.dry_run => output::would_write(path),
            Some(path) => {
                let page = html::page(&told)?;
                let written = std::fs::File::create_new(path)
                    .and_then(|mut file| file.write_all(page.as_bytes()));
                written.with_context(|| format!("{} cannot be written", path.display()))?;
                output::complain(&format!("The calendar picture is in {}.\n", path.display()));
            }
            None => {}
        }
        Ok(Done::Well)
    }

    /// That of a file or folder, else one by its name.
    fn workflow(&self, global: &Global) -> anyhow::Result<Ended> {
        let bundle = match diagram::page(&self.what) {
            Some(page) => read_bundle(&page),
            None => find_named(&self.what, global.workflows.as_deref().map(Path::new)),
        };
        let bundle = match bundle {
            Ok(bundle) => bundle,
            Err(BadLibrary::Folder(reason)) => {
                output::complain(&format!("alongside: {reason}\n"));
                return Ok(Err(Done::Unknown));
            }
            Err(bad) => return Err(bad.into()),
        };
        match load(&bundle) {
            Ok(workflow) => Ok(Ok(workflow)),
            Err(problems) if global.json => {
                output::print_json(&problems)?;
                Ok(Err(Done::Refused))
            }
            Err(problems) => {
                output::complain(&render_all(&problems, false));
                output::complain("\nMend this first; `alongside check` shows it again.\n");
                Ok(Err(Done::Refused))
            }
        }
    }

    /// Bank holidays as they ship, over the given term dates or the typical year. None if the file
    /// has problems, which have been shown then.
    fn almanac(&self, global: &Global) -> anyhow::Result<Option<Almanac>> {
        let Some(path) = &self.calendar else {
            return Ok(Some(Almanac::new([], None)));
        };
        let bytes = import::read(path)?;
        let name = path.file_name().map(|name| name.to_string_lossy());
        let file = read_terms(&name.unwrap_or_default(), &bytes, self.only.as_deref());
        let present = PresentTerms::default();
        let Proposal { plan, report } = plan_terms(file, Some(&Owner::Alliance), &present);
        if plan.is_none() {
            import::show(global, &report)?;
        }
        Ok(plan.map(|plan| Almanac::new(plan.pages, None)))
    }

    fn setting(&self, workflow: &Workflow, almanac: Almanac) -> Result<Setting, String> {
        let from = self.from.or_else(|| usual_start(&almanac)).ok_or(
            "the calendar tells of no school day; give term dates of a school year, or leave \
             --calendar out",
        )?;
        let until = self.until.unwrap_or(from + Months::new(12));
        if until < from {
            let (from, until) = (say_day(from), say_day(until));
            return Err(format!("--until {until} lies before the start on {from}"));
        }
        if until.year() - from.year() > 10 {
            return Err(
                "nobody plans further than ten years ahead; give an earlier --until".into(),
            );
        }
        let known = almanac.of_alliance();
        if known.reach(from).is_none() {
            return Err(format!(
                "the calendar does not tell of {}; give term dates of that year with --calendar, \
                 or another --from",
                say_day(from)
            ));
        }
        if let Some((role, _)) = self
            .roles
            .iter()
            .find(|(role, _)| !workflow.roles.contains_key(role))
        {
            let name = &workflow.name;
            let names = workflow.roles.keys().cloned().collect::<Vec<_>>();
            let names = or(&names);
            return Err(format!(
                "the workflow `{name}` has no role `{role}`; it has {names}"
            ));
        }
        let asked = workflow.dates_at_start();
        if let Some((name, _)) = self
            .dates
            .iter()
            .find(|(name, _)| !asked.contains_key(name))
        {
            return Err(format!(
                "the workflow `{}` asks for no date `{name}`",
                workflow.name
            ));
        }
        Ok(Setting {
            from,
            until,
            seed: self.seed,
            people: self.people.manners(),
            roles: self.roles.iter().cloned().collect(),
            late: self.late,
            dates: self.dates.iter().cloned().collect(),
            almanac,
            quiet: QuietTimes::default(),
        })
    }
}

/// One of those that ship, or of the folder of `--workflows`.
fn find_named(name: &str, folder: Option<&Path>) -> Result<Bundle, BadLibrary> {
    let mut all = folder.map_or_else(|| Ok(Vec::new()), read_folder)?;
    all.extend(shipped());
    let named = |bundle: &Bundle| load(bundle).is_ok_and(|workflow| workflow.name == name);
    all.into_iter().find(named).ok_or_else(|| {
        let reason = format!(
            "`{name}` is no file or folder of a workflow, and no workflow of that name is shipped"
        );
        BadLibrary::Folder(reason)
    })
}

/// "headteacher=silent"
fn named_manner(text: &str) -> Result<(String, Manner), String> {
    let (role, how) = finding::pair(text)?;
    let manner = match how.as_str() {
        "on-time" => Manner::OnTime,
        "late" => Manner::Late,
        "silent" => Manner::Silent,
        _ => return Err(format!("nobody is `{how}`: say on-time, late or silent")),
    };
    Ok((role, manner))
}

/// "1..8", or one number.
fn spread(text: &str) -> Result<Spread, String> {
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|days| *days <= 200);
    match (number(least), number(most)) {
        (Some(least), Some(most)) if least >= 1 && least <= most => Ok(Spread { least, most }),
        _ => Err(format!(
            "`{text}` is no number of school days. Write it like 1..8, the fewest first, or like 3"
        )),
    }
}
