//! Bank holidays of the three divisions of the United Kingdom, as GOV.UK publishes them.

use std::collections::BTreeMap;

use chrono::Datelike;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::time::Date;

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Division {
    #[default]
    EnglandAndWales,
    Scotland,
    NorthernIreland,
}

/// All of them, by division and date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankHolidays(pub BTreeMap<Division, BTreeMap<Date, String>>);

impl BankHolidays {
    pub fn of(&self, division: Division) -> Option<&BTreeMap<Date, String>> {
        self.0.get(&division)
    }

    /// The years that are told whole: GOV.UK publishes a year at once. None if nothing is told.
    pub fn years(&self, division: Division) -> Option<(i32, i32)> {
        let days = self.of(division)?;
        let (first, last) = (days.keys().next()?, days.keys().next_back()?);
        Some((first.year(), last.year()))
    }

    /// A newer publication over an older one: it says all of its own years, and older years stay.
    #[must_use]
    pub fn renewed_by(&self, newer: &Self) -> Self {
        let mut all = self.clone();
        for (division, days) in &newer.0 {
            let Some((first, _)) = newer.years(*division) else {
                continue;
            };
            let known = all.0.entry(*division).or_default();
            known.retain(|day, _| day.year() < first);
            known.extend(days.iter().map(|(day, title)| (*day, title.clone())));
        }
        all
    }
}

/// The file as GOV.UK publishes it; what it has beside is not read.
#[derive(Deserialize)]
struct Feed(BTreeMap<Division, FeedOfDivision>);

#[derive(Deserialize)]
struct FeedOfDivision {
    events: Vec<FeedEvent>,
}

#[derive(Deserialize)]
struct FeedEvent {
    title: String,
    date: Date,
    #[serde(default)]
    notes: String,
}

impl BankHolidays {
    /// Reads the JSON of `gov.uk/bank-holidays.json`; the error names the place.
    pub fn read(json: &str) -> Result<Self, String> {
        let feed: Feed = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let mut all = Self::default();
        for (division, told) in feed.0 {
            let days = told.events.into_iter().map(|event| {
                let note = event.notes.trim();
                let title = if note.is_empty() {
                    event.title
                } else {
                    format!("{} ({})", event.title, note.to_lowercase())
                };
                (event.date, title)
            });
            all.0.insert(division, days.collect());
        }
        for division in Division::ALL {
            if all.of(division).is_none_or(BTreeMap::is_empty) {
                return Err(format!("it tells nothing of {division}"));
            }
        }
        Ok(all)
    }

    /// The copy that ships with this program: 2024 to 2027 (Open Government Licence v3.0).
    pub fn shipped() -> Self {
        Self::read(include_str!("bank-holidays.json")).unwrap_or_default()
    }
}

impl Division {
    pub const ALL: [Self; 3] = [Self::EnglandAndWales, Self::Scotland, Self::NorthernIreland];
}

impl std::fmt::Display for Division {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::EnglandAndWales => "England and Wales",
            Self::Scotland => "Scotland",
            Self::NorthernIreland => "Northern Ireland",
        })
    }
}

#[test]
fn the_shipped_copy_can_be_read_and_tells_whole_years() {
    let shipped = BankHolidays::shipped();
    for division in Division::ALL {
        assert_eq!(shipped.years(division), Some((2024, 2027)), "{division}");
    }
    let days = shipped.of(Division::EnglandAndWales).unwrap();
    let boxing_day: Date = "2027-12-28".parse().unwrap();
    assert_eq!(days[&boxing_day], "Boxing Day (substitute day)");
}
