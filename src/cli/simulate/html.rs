//! A simulation as one page for a browser: months as grids, and beneath them what happens on each
//! day. The file needs nothing from outside and can be printed, mailed and kept.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::Datelike;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::told::{Told, kinds_of, most_on_a_day};
use crate::cli::pages::{count, inside};
use crate::core::calendar::day::DayKind;
use crate::core::simulation::{Ended, Line};
use crate::core::time::{Date, say_date, say_day, say_time};

const TEMPLATE: &str = include_str!("year.html");

#[derive(Serialize)]
struct Page {
    title: String,
    made_with: String,
    calendar_ends: Option<String>,
    ending: Vec<String>,
    people: Vec<[String; 4]>,
    months: Vec<Month>,
    days: Vec<Day>,
    steps: Vec<Row>,
    mails: Vec<[String; 4]>,
    calls: Vec<String>,
}

#[derive(Serialize)]
struct Month {
    name: String,
    weeks: Vec<Vec<Option<Cell>>>,
}

/// A day in a month: what it is at the host school, and how much happens on it.
#[derive(Serialize)]
struct Cell {
    number: u32,
    date: String,
    spoken: String,
    /// `school`, `inset`, `holiday`, `bank`, `weekend`, `unknown`
    kind: &'static str,
    letter: &'static str,
    words: &'static str,
    due: usize,
    done: usize,
    mails: usize,
    happens: bool,
}

/// What happens on one day.
#[derive(Serialize)]
struct Day {
    date: String,
    spoken: String,
    due: Vec<String>,
    done: Vec<String>,
    mails: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    title: String,
    who: String,
    due: String,
    done: String,
}

#[derive(Default)]
struct Marks {
    due: Vec<String>,
    done: Vec<String>,
    mails: Vec<String>,
}

pub fn page(told: &Told<'_>) -> anyhow::Result<String> {
    let marks = marks(told);
    let page = Page {
        title: told.name(),
        made_with: told.made_with(),
        calendar_ends: told.calendar_ends(),
        ending: told.ending(),
        people: people(told),
        months: months(told, &marks),
        days: days(&marks),
        steps: told
            .simulated
            .steps
            .iter()
            .map(|it| row(told, it))
            .collect(),
        mails: mails(told),
        calls: told.calls().collect(),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let rendered =
        environment.render_named_str("year.html", TEMPLATE, minijinja::value::Serde(&page));
    rendered.context("the page could not be made")
}

fn people(told: &Told<'_>) -> Vec<[String; 4]> {
    let all = told.taking_part().into_iter().map(|player| {
        let how = player.manner.say().to_owned();
        let school = told.school(player);
        [player.name.clone(), player.title.clone(), school, how]
    });
    all.collect()
}

fn marks(told: &Told<'_>) -> BTreeMap<Date, Marks> {
    let mut marks: BTreeMap<Date, Marks> = BTreeMap::new();
    for line in &told.simulated.steps {
        let title = told.title(&line.step, line.attempt);
        if let Some(due) = line.due {
            marks.entry(due).or_default().due.push(title.clone());
        }
        if let Some(at) = line.done.filter(|_| line.ended != Ended::NotRequired) {
            let lapsed = if line.ended == Ended::Lapsed {
                " (lapsed)"
            } else {
                ""
            };
            let done = &mut marks.entry(at.date()).or_default().done;
            done.push(format!("{title}{lapsed}"));
        }
    }
    for mail in &told.simulated.mails {
        let time = say_time(mail.at.wall_time());
        let words = format!("{time} to {}: {}", told.who(mail.to), told.why_all(mail));
        let day = marks.entry(mail.at.date()).or_default();
        day.mails.push(words);
    }
    marks
}

/// From the month of the start to the last in which anything happens.
fn months(told: &Told<'_>, marks: &BTreeMap<Date, Marks>) -> Vec<Month> {
    let first = told.setting.from.with_day(1).unwrap_or(told.setting.from);
    let last = marks.keys().next_back().copied().unwrap_or(first);
    let last = last.min(told.setting.until).max(told.setting.from);
    let days: Vec<Date> = first
        .iter_days()
        .take_while(|day| (day.year(), day.month()) <= (last.year(), last.month()))
        .collect();
    let months = days.chunk_by(|one, other| one.month() == other.month());
    let months = months.map(|days| Month {
        name: days
            .first()
            .map(|day| day.format("%B %Y").to_string())
            .unwrap_or_default(),
        weeks: weeks(told, days, marks),
    });
    months.collect()
}

fn weeks(told: &Told<'_>, days: &[Date], marks: &BTreeMap<Date, Marks>) -> Vec<Vec<Option<Cell>>> {
    let weeks = days.chunk_by(|one, other| one.iso_week() == other.iso_week());
    let weeks = weeks.map(|days| {
        let cells = days
            .first()
            .map_or(0, |day| day.weekday().num_days_from_monday());
        let mut week: Vec<Option<Cell>> = (0..cells).map(|_| None).collect();
        week.extend(
            days.iter()
                .map(|day| Some(cell(told, *day, marks.get(day)))),
        );
        week.resize_with(7, || None);
        week
    });
    weeks.collect()
}

fn cell(told: &Told<'_>, day: Date, marks: Option<&Marks>) -> Cell {
    let simulated = told.simulated;
    let (kind, letter, words) = match simulated.calendars.alliance.kind(day) {
        Some(DayKind::SchoolDay) => ("school", "", "school day"),
        Some(DayKind::Inset) => ("inset", "I", "INSET day"),
        Some(DayKind::Holiday) => ("holiday", "H", "holiday"),
        Some(DayKind::BankHoliday) => ("bank", "B", "bank holiday"),
        Some(DayKind::Weekend) => ("weekend", "", "weekend"),
        None => ("unknown", "?", "not known"),
    };
    let number = |of: fn(&Marks) -> &Vec<String>| marks.map_or(0, |marks| of(marks).len());
    Cell {
        number: day.day(),
        date: day.to_string(),
        spoken: say_date(day),
        kind,
        letter,
        words,
        due: number(|marks| &marks.due),
        done: number(|marks| &marks.done),
        mails: number(|marks| &marks.mails),
        happens: marks.is_some(),
    }
}

fn days(marks: &BTreeMap<Date, Marks>) -> Vec<Day> {
    let days = marks.iter().map(|(date, marks)| Day {
        date: date.to_string(),
        spoken: say_date(*date),
        due: marks.due.clone(),
        done: marks.done.clone(),
        mails: marks.mails.clone(),
    });
    days.collect()
}

fn row(told: &Told<'_>, line: &Line) -> Row {
    Row {
        title: told.title(&line.step, line.attempt),
        who: told.doer(line),
        due: line.due.map(say_day).unwrap_or_default(),
        done: Told::done(line),
    }
}

/// Who, how many, the most on a day, and which kinds on which days.
fn mails(told: &Told<'_>) -> Vec<[String; 4]> {
    let by_person = told.by_person().into_iter().map(|(player, mails)| {
        let each = mails.iter().map(|mail| {
            let day = say_day(mail.at.date());
            format!("{day} {}", kinds_of(mail))
        });
        let each: Vec<String> = each.collect();
        [
            format!("{}, {}", player.name, inside(&player.title)),
            count(mails.len(), "mail"),
            most_on_a_day(&mails).to_string(),
            each.join(", "),
        ]
    });
    by_person.collect()
}
