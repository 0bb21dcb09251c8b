//! `import schools|people|calendar|bank-holidays FILE`: all or nothing, with a report by row and column.
//!
//! The file is read and compared by `crate::import`; here it is brought together with the
//! database. A dry run is the same without the last step.

pub mod bank_holidays;
pub mod calendar;
pub mod people;
mod recount;
pub mod schools;
mod whose;

use std::path::Path;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{Done, Global, output};
use crate::import::Report;
use crate::import::report::State;

/// Bring schools, people, term dates and bank holidays in from files
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside import schools edubasealldata.csv --urn 900001,900002 --dry-run\n  alongside import people people.csv\n  alongside import calendar terms.csv --for school:900001"
)]
pub struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Schools(schools::Schools),
    People(people::People),
    Calendar(calendar::Calendar),
    BankHolidays(bank_holidays::BankHolidays),
}

impl Import {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        match self.what {
            What::Schools(schools) => schools.run(global).await,
            What::People(people) => people.run(global).await,
            What::Calendar(calendar) => calendar.run(global).await,
            What::BankHolidays(list) => list.run(global).await,
        }
    }
}

pub(super) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// Prints the report; a refused one fails the command.
pub(super) fn show(global: &Global, report: &Report) -> anyhow::Result<Done> {
    if global.json {
        output::print_json(report)?;
    } else {
        print!("{report}");
    }
    Ok(if report.state == State::Refused {
        Done::Refused
    } else {
        Done::Well
    })
}
