//! Four moments of the year that a coordinator would want to see: a half-term, a postponement, a
//! digest, a visit that moves.
//!
//! Nothing is told that did not happen: the words come from the log, from the records of the mails
//! and from the mails themselves.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use chrono::Datelike;
use uuid::Uuid;

use super::super::pages::layout::wrap;
use super::ways::{Act, WAYS, Way};
use super::year::{Year, run_of};
use crate::core::calendar::Calendars;
use crate::core::calendar::day::DayKind;
use crate::core::calendar::layers::Calendar;
use crate::core::definition::dates::{Side, Unit};
use crate::core::mails::quiet::Rule;
use crate::core::names::RunId;
use crate::core::run::deadline::{Deadline, DeadlineKind};
use crate::core::run::effect::{Effect, Letter, Notice};
use crate::core::run::entry::Entry;
use crate::core::run::event::{Event, Moved};
use crate::core::run::places;
use crate::core::time::{Date, say_date};
use crate::engine::readings::Reading;
use crate::mail;
use crate::store::{MailFilter, MailRow, MailState};

/// Nobody looks further for a half-term.
const FURTHEST: usize = 200;
/// So many lines of one list of the preview are shown.
const MOST: usize = 3;

/// The first holiday of the year.
pub struct HalfTerm {
    pub from: Date,
    pub to: Date,
    /// The first school day after it.
    after: Date,
    label: String,
    /// Open dates that lie behind it, as the calendar puts them there.
    pub behind: Vec<Behind>,
}

pub struct Behind {
    said: String,
    due: Date,
    /// Had the days of the half-term counted.
    otherwise: Date,
}

impl HalfTerm {
    pub fn first_after(calendar: &Calendar, day: Date) -> Option<Self> {
        let is = |day: &Date, kind| calendar.kind(*day) == Some(kind);
        let mut days = day.iter_days().take(FURTHEST);
        let from = days.find(|day| is(day, DayKind::Holiday))?;
        let after = days.find(|day| is(day, DayKind::SchoolDay))?;
        let closed = from.iter_days().take_while(|day| *day < after);
        Some(Self {
            from,
            to: closed.filter(|day| is(day, DayKind::Holiday)).last()?,
            after,
            label: calendar.day(from)?.label,
            behind: Vec::new(),
        })
    }

    /// Without the year, which the days say.
    fn label(&self) -> &str {
        self.label.trim_end_matches(char::is_numeric).trim_end()
    }

    /// "Monday 26 to Friday 30 October 2026".
    fn days(&self) -> String {
        let to = say_date(self.to);
        if self.from.with_day(1) == self.to.with_day(1) {
            return format!("{} {} to {to}", self.from.format("%A"), self.from.day());
        }
        format!("{} to {to}", say_date(self.from))
    }

    fn has(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// Dates counted in school days across the half-term.
pub fn dates_behind(it: &HalfTerm, reading: &Reading, calendars: &Calendars) -> Vec<Behind> {
    let Reading { workflow, run, .. } = reading;
    let open = run.steps.iter().filter(|(_, step)| step.status.is_ready());
    let found = open.filter_map(|(address, step)| {
        let due = step.due.as_ref()?;
        let date = due.date.filter(|date| *date > it.to)?;
        let title = places::title(workflow, address);
        Some(Behind {
            said: format!("“{title}” ({})", run.reference),
            due: date,
            otherwise: without_school_days(due, calendars)?,
        })
    });
    found.collect()
}

/// The date if every weekday counted.
fn without_school_days(due: &Deadline, calendars: &Calendars) -> Option<Date> {
    let DeadlineKind::Budget {
        days,
        unit: Unit::SchoolDays,
        consumed,
        since: Some(since),
        ..
    } = due.kind
    else {
        return None;
    };
    let left = days.saturating_sub(consumed);
    let found = calendars.shift(&due.calendar, Unit::WorkingDays, since, left, Side::After);
    found.ok()
}

/// A letter that went out, and the mail that took it along.
struct Sent {
    row: MailRow,
    letter: Letter,
    carrier: Uuid,
}

/// The year as its records have it.
struct Records {
    /// In the order in which they left.
    sent: Vec<Sent>,
    entries: BTreeMap<RunId, Vec<Entry>>,
}

pub async fn tell(year: &Year<'_>) -> anyhow::Result<()> {
    let records = Records::of(year).await?;
    half_term(year, &records)?;
    postponement(year, &records).await?;
    digest(year, &records)?;
    moved_visit(year, &records).await
}

impl Records {
    async fn of(year: &Year<'_>) -> anyhow::Result<Self> {
        let scoped = year.engine.store.of(&year.alliance);
        let rows = scoped.mails(&MailFilter::default()).await?;
        let written = rows.into_iter().filter(|it| it.state == MailState::Written);
        let sent = written.filter_map(|row| {
            let Ok(Effect::Mail { letter, .. }) = serde_json::from_str(&row.letter) else {
                return None;
            };
            let carrier = row.carrier?;
            Some(Sent {
                row,
                letter,
                carrier,
            })
        });
        let mut sent: Vec<Sent> = sent.collect();
        sent.sort_by_key(|it| (it.row.at, it.carrier, it.row.id));
        let mut entries = BTreeMap::new();
        for run in WAYS.iter().map(run_of) {
            entries.insert(run, year.engine.entries(&year.alliance, run).await?);
        }
        Ok(Self { sent, entries })
    }

    /// The letters of each mail, in the order in which they left.
    fn mails(&self) -> Vec<Vec<&Sent>> {
        let mut mails: Vec<Vec<&Sent>> = Vec::new();
        for sent in &self.sent {
            match mails.last_mut() {
                Some(mail) if mail[0].carrier == sent.carrier => mail.push(sent),
                _ => mails.push(vec![sent]),
            }
        }
        mails
    }
}

fn half_term(year: &Year<'_>, records: &Records) -> anyhow::Result<()> {
    let it = &year.half_term;
    let mails = records.mails();
    let left = |day: Date| {
        mails
            .iter()
            .filter(move |mail| mail[0].row.at.date() == day)
    };
    let on_days = mails.iter().filter(|mail| it.has(mail[0].row.at.date()));
    let entries = records.entries.values().flatten();
    let done = entries.filter(|entry| it.has(entry.at.date())).count();
    let (on_days, done) = (on_days.count(), done);
    ensure!(
        on_days + done == 0,
        "the half-term of the demo is not quiet"
    );
    let held = [Rule::LastDays, Rule::Holidays].map(Rule::word);
    let waited = |mail: &&Vec<&Sent>| {
        let mut rules = mail.iter().filter_map(|sent| sent.row.held.as_deref());
        rules.any(|rule| held.contains(&rule))
    };
    let waited = left(it.after).filter(waited).count();
    println!("{}, {}", it.label(), it.days());
    let quiet = format!(
        "Mails that went out: {on_days}. Steps that were done: {done}. {waited} mails had waited \
         and left on {}.",
        say_date(it.after)
    );
    print!("{}", wrap("  ", &quiet, 2));
    let moved = || it.behind.iter().filter(|one| one.due != one.otherwise);
    if let Some(first) = moved().max_by_key(|one| one.due - one.otherwise) {
        let counted = format!(
            "No day of it counted, which moved {} due dates: {} was due on {}, and not on {}.",
            moved().count(),
            first.said,
            say_date(first.due),
            say_date(first.otherwise)
        );
        print!("{}", wrap("  ", &counted, 2));
    }
    println!();
    Ok(())
}

fn postponed() -> Option<(&'static Way, &'static str, &'static str)> {
    WAYS.iter().find_map(|way| {
        let mut turns = way.turns.iter();
        turns.find_map(|turn| match turn.act {
            Act::Postpone { until, reason } => Some((way, until, reason)),
            _ => None,
        })
    })
}

async fn postponement(year: &Year<'_>, records: &Records) -> anyhow::Result<()> {
    let (way, until, reason) = postponed().context("no way postpones")?;
    let run = run_of(way);
    let reading = year.engine.read_run(&year.alliance, run).await?;
    let reading = reading.context("the postponed project is there")?;
    let entries = &records.entries[&run];
    let with = |is: fn(&Event) -> bool| entries.iter().find(|entry| entry.events.iter().any(is));
    let held = with(|event| matches!(event, Event::RunPaused { .. }));
    let resumed = with(|event| matches!(event, Event::RunResumed { .. }));
    let (held, resumed) = held.zip(resumed).context("it was postponed and resumed")?;
    let reference = &reading.run.reference;
    println!("A postponement, {}", say_date(held.at.date()));
    println!("  $ alongside project postpone {reference} --until {until} \\");
    println!("      --reason \"{reason}\" --preview");
    let shown = year.previews.get(&run).context("it was previewed")?;
    for line in in_short(shown) {
        println!("  | {line}");
    }
    let near = records.sent.iter().find(|sent| {
        let near = matches!(
            sent.letter,
            Letter::Notice {
                notice: Notice::ResumeNear { .. }
            }
        );
        near && sent.row.run == Some(run)
    });
    let near = near.context("the coordinator was reminded")?;
    let said = format!(
        "So it was postponed. A mail on {}, five school days before, told {} the dates to come. \
         It was resumed on {}{}.",
        say_date(near.row.at.date()),
        year.everybody.name(near.row.person),
        say_date(resumed.at.date()),
        first_due(&reading, resumed)
    );
    print!("{}", wrap("  ", &said, 2));
    println!();
    Ok(())
}

/// A due date that a resume has set.
fn first_due(reading: &Reading, resumed: &Entry) -> String {
    let mut events = resumed.events.iter();
    let remaining = events.find_map(|event| match event {
        Event::RunResumed { remaining, .. } => Some(remaining),
        _ => None,
    });
    let mut dues = remaining.into_iter().flatten();
    let due = dues.find_map(|one| {
        let date = one.deadline.date.filter(|_| one.what == Moved::Due)?;
        Some((places::title(&reading.workflow, &one.step), date))
    });
    due.map_or_else(String::new, |(title, date)| {
        format!(", and “{title}” was due on {}", say_date(date))
    })
}

/// A page without its empty lines, and of each list the first few.
fn in_short(page: &str) -> Vec<String> {
    let (mut lines, mut listed) = (Vec::new(), 0);
    let mut left_out = 0;
    let rest = |lines: &mut Vec<String>, left_out: &mut usize| {
        if *left_out > 0 {
            lines.push(format!("- and {left_out} more"));
        }
        *left_out = 0;
    };
    for line in page.lines().filter(|line| !line.is_empty()) {
        if line.starts_with("- ") {
            listed += 1;
            left_out += usize::from(listed > MOST);
        } else if !line.starts_with(' ') {
            rest(&mut lines, &mut left_out);
            listed = 0;
        }
        if listed <= MOST {
            lines.push(line.to_owned());
        }
    }
    rest(&mut lines, &mut left_out);
    lines
}

/// A mail as its reader sees it.
fn read(year: &Year<'_>, carrier: Uuid) -> anyhow::Result<mail::Letter> {
    let folder = &year.background.mailbox.folder;
    folder.read(carrier)?.context("the mail lies in its folder")
}

/// The first mail with most things of several projects for somebody at a school.
fn digest(year: &Year<'_>, records: &Records) -> anyhow::Result<()> {
    let mails = records.mails();
    let is_short = |sent: &&Sent| matches!(sent.letter, Letter::Ready { .. } | Letter::Rung { .. });
    let short = mails.iter().filter(|mail| {
        let to_school = mail[0].row.person != year.coordinator;
        to_school && mail.len() > 1 && mail.iter().all(is_short)
    });
    let best = short.max_by_key(|mail| {
        let projects: BTreeSet<_> = mail.iter().map(|sent| sent.row.run).collect();
        (projects.len(), mail.len(), Reverse(mail[0].row.at))
    });
    let mail = best.context("the demo has no digest")?;
    let row = &mail[0].row;
    let letter = read(year, mail[0].carrier)?;
    println!("A digest: one mail on {}", say_date(row.at.date()));
    println!("  | To: {}", year.everybody.name(row.person));
    println!("  | Subject: {}", letter.subject);
    let items = letter.text.lines();
    let items = items.skip_while(|line| !line.starts_with("1. "));
    let items = items.take_while(|line| !line.starts_with("Answer on "));
    for line in items.filter(|line| !line.trim().is_empty()) {
        println!("  | {line}");
    }
    println!();
    Ok(())
}

/// A visit to which people were invited, and whose day moved.
async fn moved_visit(year: &Year<'_>, records: &Records) -> anyhow::Result<()> {
    let moved = records.sent.iter().find_map(|sent| match &sent.letter {
        Letter::Invite {
            step,
            sequence,
            was: Some(was),
            ..
        } if sent.carrier == sent.row.id => Some((sent, step, *sequence, *was)),
        _ => None,
    });
    let (sent, step, sequence, was) = moved.context("no invite of the demo moved")?;
    let run = sent.row.run.context("an invite is about a run")?;
    let reading = year.engine.read_run(&year.alliance, run).await?;
    let reading = reading.context("the project is there")?;
    let same = |other: &&Sent| {
        let invite = matches!(&other.letter, Letter::Invite { step: at, sequence: number, .. }
            if at == step && *number == sequence);
        invite && other.row.run == Some(run)
    };
    let told = records.sent.iter().filter(same).count();
    println!(
        "A visit moves: {}, {}",
        reading.run.reference,
        say_date(sent.row.at.date())
    );
    let said = format!(
        "It was planned for {}. The invite's number went up to {sequence}, so {told} calendars \
         move it. One of their mails:",
        say_date(was)
    );
    print!("{}", wrap("  ", &said, 2));
    let letter = read(year, sent.carrier)?;
    println!("  | Subject: {}", letter.subject);
    let shown = ["When: ", "Before: "];
    let lines = letter.text.lines();
    for line in lines.filter(|line| shown.iter().any(|begins| line.starts_with(begins))) {
        println!("  | {line}");
    }
    println!();
    Ok(())
}
