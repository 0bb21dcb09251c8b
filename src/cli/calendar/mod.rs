//! `calendar …`: the days of each school, and how a date was counted on them.

mod explain;
mod feed;
mod list;
mod show;
mod year;

use clap::{Args, Subcommand};

use super::{Done, Global};
use crate::core::calendar::almanac::Almanac;
use crate::core::calendar::day::{Period, PeriodKind};
use crate::core::calendar::layers::school_year;
use crate::core::calendar::page::{Owner, Page};
use crate::core::directory::School;
use crate::core::run::address::Address;

/// Look at the calendars of schools, and how due dates came about
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Example:\n  alongside calendar list\n  alongside calendar show 900001 --year 2026\n  alongside calendar explain DLP-2026-014 visits[1].plan\n\nTerm dates are set by: alongside import calendar FILE --for school:900001"
)]
pub struct Calendar {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Feed(feed::Feed),
    Show(show::Show),
    /// Show how the date of a step came about, day by day
    #[command(after_help = "Example:\n  alongside calendar explain DLP-2026-014 visits[1].plan")]
    Explain {
        /// The project's reference or id
        project: String,
        /// The step's address, like need or visits[2].record
        step: Address,
    },
}

impl Calendar {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        match self.command {
            Command::List(list) => list.run(global).await,
            Command::Feed(feed) => feed.run(global).await,
            Command::Show(show) => show.run(global).await,
            Command::Explain { project, step } => explain::explain(global, &project, &step).await,
        }
    }
}

fn is_term_of(year: i32) -> impl Fn(&&Period) -> bool {
    move |period| period.kind == PeriodKind::Term && school_year(period.from) == year
}

/// The page whose terms hold for a school in a school year: the nearest that has any.
fn base<'a>(almanac: &'a Almanac, school: &School, year: i32) -> Option<&'a Page> {
    let chain = Owner::chain(school);
    let mut pages = chain.iter().filter_map(|owner| almanac.pages.get(owner));
    pages.find(|page| page.periods.iter().any(|period| is_term_of(year)(&period)))
}

/// "its own", "Northshire (local authority)": whose page it is, seen from a school.
fn whose(page: &Page) -> String {
    match page.owner {
        Owner::School { .. } => "its own".to_owned(),
        _ => page.owner.to_string(),
    }
}
