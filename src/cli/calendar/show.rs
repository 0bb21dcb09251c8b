//! `calendar show SCHOOL`: a school year one can read at a glance.

use clap::Args;
use serde_json::json;

use super::super::desk::Desk;
use super::super::pages::layout;
use super::super::{Done, Global, finding, output};
use super::year::Year;
use super::{base, is_term_of, whose};
use crate::core::calendar::day::{DayKind, Period};
use crate::core::calendar::layers::school_year;
use crate::core::calendar::page::Owner;
use crate::core::calendar::typical;
use crate::core::time::{Date, say_date};

/// Show a school year of one school: a letter for each day, terms, INSET days and bank holidays
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside calendar show 900001\n  alongside calendar show \"Alder Vale\" --year 2026\n  alongside calendar show 900001 --json"
)]
pub struct Show {
    /// The school: its URN, its name or a part of the name
    school: String,
    /// The year in which the school year begins [default: the present one]
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(2000..=2100))]
    year: Option<i32>,
}

impl Show {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let urn = finding::school(&everybody, &self.school)?;
        let Some(school) = everybody.directory.schools.get(&urn) else {
            anyhow::bail!("no school of this alliance has the URN `{urn}`");
        };
        let known = desk.engine.almanac(&alliance).await?;
        let calendar = known.almanac.of_school(school);
        let today = desk.engine.clock.now().date();
        let start = self.year.unwrap_or_else(|| school_year(today));
        let year = Year::of(&calendar, start);
        let name = format!("{start} to {}", start + 1);
        if desk.json {
            let days: Vec<_> = year
                .days
                .iter()
                .filter_map(|(_, day)| day.as_ref())
                .collect();
            output::print_json(&json!({
                "school": urn,
                "year": name,
                "division": calendar.division(),
                "typical": calendar.typical,
                "days": days,
            }))?;
            return Ok(Done::Well);
        }
        let page = base(&known.almanac, school, start);
        let typical_page = typical::page();
        let (terms, by): (Vec<&Period>, String) = match page {
            Some(page) => (terms_of(&page.periods, start), whose(page)),
            None if calendar.typical => {
                let terms = terms_of(&typical_page.periods, start);
                (terms, typical::SOURCE.to_owned())
            }
            None => (Vec::new(), String::new()),
        };
        let division = calendar.division();
        let mut text = format!("{} ({urn}), school year {name}\n\n", school.name);
        text.push_str(&year.picture());
        text.push('\n');
        text.push_str(&section_of_terms(&terms, &by));
        let own = Owner::School { urn: urn.clone() }.to_string();
        text.push_str(&section("INSET days", &year.runs(DayKind::Inset), &own));
        let title = format!("Bank holidays of {division}");
        text.push_str(&section(&title, &year.runs(DayKind::BankHoliday), &own));
        if calendar.typical {
            text.push('\n');
            text.push_str(&layout::wrap("", typical::NOTE, 0));
        }
        output::print(&text);
        Ok(Done::Well)
    }
}

fn terms_of(periods: &[Period], year: i32) -> Vec<&Period> {
    periods.iter().filter(is_term_of(year)).collect()
}

fn section_of_terms(terms: &[&Period], by: &str) -> String {
    if terms.is_empty() {
        return "No term dates are set for this school year.\n".to_owned();
    }
    let mut text = format!("Terms ({by})\n");
    for term in terms {
        let (from, to) = (say_date(term.from), say_date(term.to));
        let words = format!("{}: {from} to {to}", term.label);
        text.push_str(&layout::wrap("  ", &words, 4));
    }
    text
}

/// Days with their words and whose page says so; `own` is the page of the school itself.
fn section(title: &str, days: &[(Date, String, String)], own: &str) -> String {
    if days.is_empty() {
        return format!("{title}: none\n");
    }
    let mut text = format!("{title}\n");
    for (day, label, source) in days {
        let source = if source == own { "its own" } else { source };
        let words = format!("{}: {label} ({source})", say_date(*day));
        text.push_str(&layout::wrap("  ", &words, 4));
    }
    text
}
