//! All that an alliance knows of days: the pages of its schools and templates, and bank holidays.

use std::collections::BTreeMap;

use super::bank_holidays::BankHolidays;
use super::layers::Calendar;
use super::page::{Owner, Page};
use crate::core::directory::School;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Almanac {
    pub pages: BTreeMap<Owner, Page>,
    pub holidays: BankHolidays,
}

impl Almanac {
    /// Out of the pages and the last good list of bank holidays; without one, that which ships.
    pub fn new(pages: impl IntoIterator<Item = Page>, holidays: Option<BankHolidays>) -> Self {
        let pages = pages.into_iter().map(|page| (page.owner.clone(), page));
        Self {
            pages: pages.collect(),
            holidays: holidays.unwrap_or_else(BankHolidays::shipped),
        }
    }

    pub fn of_school(&self, school: &School) -> Calendar {
        self.of_chain(&Owner::chain(school))
    }

    pub fn of_alliance(&self) -> Calendar {
        self.of_chain(&[Owner::Alliance])
    }

    /// The pages that there are, the nearest first.
    pub fn of_chain(&self, owners: &[Owner]) -> Calendar {
        let pages: Vec<&Page> = owners
            .iter()
            .filter_map(|owner| self.pages.get(owner))
            .collect();
        Calendar::new(&pages, &self.holidays)
    }
}
