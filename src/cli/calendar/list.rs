//! `calendar list`: how far each school's term dates reach, the first to end first.

use chrono::Days;
use clap::Args;
use serde::Serialize;

use super::super::desk::Desk;
use super::super::pages::layout;
use super::super::{Done, Global, output};
use super::{base, whose};
use crate::core::calendar::bank_holidays::Division;
use crate::core::calendar::layers::school_year;
use crate::core::calendar::typical;
use crate::core::names::Urn;
use crate::core::time::Date;
use crate::engine::brief::ENDS_SOON_DAYS;

/// List the schools with the source of their term dates and how far these reach
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  alongside calendar list\n  alongside calendar list --json")]
pub struct List {}

#[derive(Debug, Serialize)]
struct Row {
    urn: Urn,
    school: String,
    terms: String,
    division: Division,
    /// The last day of which something is known; none if nothing is known of today.
    reaches_to: Option<Date>,
    ends_soon: bool,
}

impl List {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let known = desk.engine.almanac(&alliance).await?;
        let today = desk.engine.clock.now().date();
        let soon = today + Days::new(u64::from(ENDS_SOON_DAYS));
        let schools = desk.engine.store.of(&alliance).schools().await?;
        let rows = schools.iter().map(|school| {
            let calendar = known.almanac.of_school(school);
            let terms = match base(&known.almanac, school, school_year(today)) {
                Some(page) => whose(page),
                None if calendar.typical => typical::SOURCE.to_owned(),
                None => "none for this school year".to_owned(),
            };
            let reaches_to = calendar.reach(today);
            Row {
                urn: school.urn.clone(),
                school: school.name.clone(),
                terms,
                division: calendar.division(),
                reaches_to,
                ends_soon: reaches_to.is_none_or(|last| last < soon),
            }
        });
        let mut rows: Vec<Row> = rows.collect();
        rows.sort_by(|one, other| {
            let key = |row: &Row| (row.reaches_to, row.school.clone(), row.urn.clone());
            key(one).cmp(&key(other))
        });
        if desk.json {
            output::print_json(&rows)?;
        } else {
            output::print(&page(&rows, today));
        }
        Ok(Done::Well)
    }
}

fn page(rows: &[Row], today: Date) -> String {
    if rows.is_empty() {
        return "There is no school yet. Add some: alongside import schools FILE\n".to_owned();
    }
    let cells = rows.iter().map(|row| {
        vec![
            format!("{} ({})", row.school, row.urn),
            row.terms.clone(),
            row.division.to_string(),
            reach(row, today),
        ]
    });
    let heads = [
        ("School", 20),
        ("Terms", 12),
        ("Bank holidays", 13),
        ("Known up to", 20),
    ];
    let mut text = layout::table(&heads, cells.collect());
    if rows.iter().any(|row| row.terms == typical::SOURCE) {
        text.push('\n');
        text.push_str(&layout::wrap("", typical::NOTE, 0));
    }
    text
}

fn reach(row: &Row, today: Date) -> String {
    match row.reaches_to {
        None => "nothing is known of today: set its term dates".to_owned(),
        Some(last) if row.ends_soon => {
            let days = (last - today).num_days();
            let days = if days == 1 {
                "1 day".to_owned()
            } else {
                format!("{days} days")
            };
            format!("{}: ends in {days}", last.format("%-d %B %Y"))
        }
        Some(last) => last.format("%-d %B %Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_that_ends_soon_says_so_in_words() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let row = |reaches_to: Option<Date>, ends_soon| Row {
            urn: Urn("900001".to_owned()),
            school: "Alder Vale".to_owned(),
            terms: "its own".to_owned(),
            division: Division::EnglandAndWales,
            reaches_to,
            ends_soon,
        };
        let today = date("2026-07-01");
        let said = |row: Row| reach(&row, today);
        assert_eq!(
            said(row(Some(date("2026-07-22")), true)),
            "22 July 2026: ends in 21 days"
        );
        assert_eq!(said(row(Some(date("2027-07-22")), false)), "22 July 2027");
        assert!(said(row(None, true)).contains("nothing is known"));
        let all = [row(None, true), row(Some(date("2027-07-22")), false)];
        let text = page(&all, today);
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
    }
}
