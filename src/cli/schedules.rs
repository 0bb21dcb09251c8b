//! `alliance schedules`: what is done by the calendar, when it comes next, and setting that.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::desk::Desk;
use super::pages::layout;
use super::{Done, Global, output};
use crate::core::names::AllianceId;
use crate::core::schedules::{Job, OFF};
use crate::core::time::{Instant, say_date, say_time};

/// The word that takes a schedule back to its usual times.
const DEFAULT: &str = "default";

/// Show or set when the summary, the calendar check and retention come
///
/// Times are London's. What was missed while nothing ran is made up for once.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside alliance schedules\n  alongside alliance schedules set summary \"0 8 * * Tue\"\n  alongside alliance schedules set retention off"
)]
pub struct SchedulesArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Set when a schedule comes
    #[command(
        after_help = "Example:\n  alongside alliance schedules set summary \"0 8 * * Mon\"\n  alongside alliance schedules set calendar_check default"
    )]
    Set {
        /// Which one, as the list names it
        name: Job,
        /// Minute, hour, day of the month, month and weekday (by name) in quotes; or off, or default
        #[arg(value_name = "\"0 8 * * Mon\"|off|default")]
        when: String,
    },
}

#[derive(Debug, Serialize)]
struct Row {
    name: Job,
    /// Five fields, or `off`.
    setting: String,
    is_default: bool,
    next_at: Option<Instant>,
    last_done_at: Option<Instant>,
}

impl SchedulesArgs {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        match self.what {
            None => {
                desk.catch_up().await?;
                let rows = rows(&desk, &alliance).await?;
                show(&desk, &rows)?;
                Ok(Done::Well)
            }
            Some(What::Set { name, when }) => set(&desk, &alliance, name, when.trim()).await,
        }
    }
}

async fn set(desk: &Desk, alliance: &AllianceId, name: Job, when: &str) -> anyhow::Result<Done> {
    let setting = Some(when).filter(|when| *when != DEFAULT);
    let cron = match name.when(setting) {
        Ok(cron) => cron,
        Err(wrong) => {
            eprintln!("alongside: `{when}` is no schedule: {wrong}");
            return Ok(Done::Unknown);
        }
    };
    // As it was read: with single spaces.
    let kept = cron
        .as_ref()
        .map_or_else(|| OFF.to_owned(), ToString::to_string);
    let kept = setting.map(|_| kept);
    let now = desk.engine.clock.now();
    let next_at = cron.and_then(|cron| cron.next_after(now));
    let before = rows(desk, alliance).await?;
    let last_done_at = before.iter().find(|row| row.name == name);
    let row = Row {
        name,
        setting: kept.clone().unwrap_or_else(|| name.usual().to_owned()),
        is_default: kept.is_none(),
        next_at,
        last_done_at: last_done_at.and_then(|row| row.last_done_at),
    };
    if desk.dry_run {
        if !desk.json {
            println!("This would be set:");
        }
    } else {
        let scoped = desk.engine.store.of(alliance);
        scoped.set_schedule(name, kept.as_deref(), next_at).await?;
    }
    show(desk, &[row])?;
    Ok(Done::Well)
}

/// Those of which nothing is planned yet come by their usual times.
async fn rows(desk: &Desk, alliance: &AllianceId) -> anyhow::Result<Vec<Row>> {
    let now = desk.engine.clock.now();
    let scoped = desk.engine.store.of(alliance);
    let planned = scoped.schedules().await?;
    let done = scoped.last_occurrences().await?;
    let rows = Job::ALL.into_iter().map(|name| {
        let known = planned.iter().find(|row| row.name == name);
        let setting = known.and_then(|row| row.setting.clone());
        let last = done.iter().find(|(job, _)| *job == name);
        Row {
            name,
            is_default: setting.is_none(),
            next_at: match known {
                Some(row) => row.next_at,
                None => name.next_after(None, now),
            },
            setting: setting.unwrap_or_else(|| name.usual().to_owned()),
            last_done_at: last.map(|(_, at)| *at),
        }
    });
    Ok(rows.collect())
}

fn show(desk: &Desk, rows: &[Row]) -> anyhow::Result<()> {
    if desk.json {
        return output::print_json(&rows);
    }
    let cells = rows.iter().map(|row| {
        let own = if row.is_default { "" } else { " (set)" };
        vec![
            row.name.to_string(),
            format!("{}{own}", row.setting),
            row.next_at.map_or_else(|| "never".to_owned(), say_when),
            row.last_done_at
                .map_or_else(|| "not yet".to_owned(), say_when),
        ]
    });
    let heads = [
        ("Schedule", 14),
        ("Setting", 16),
        ("Next", 20),
        ("Last", 20),
    ];
    let mut text = layout::table(&heads, cells.collect());
    text.push('\n');
    for row in rows {
        let sentence = format!("{} {}.", row.name, row.name.say());
        text.push_str(&layout::wrap("", &sentence, 2));
    }
    output::print(&text);
    Ok(())
}

/// "Monday 23 November 2026 at 8am"
fn say_when(at: Instant) -> String {
    format!("{} at {}", say_date(at.date()), say_time(at.wall_time()))
}
