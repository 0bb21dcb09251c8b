//! The calendars that a decision counts on, out of the database and kept in memory as long as
//! nobody changes them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::core::calendar::Calendars;
use crate::core::calendar::almanac::Almanac;
use crate::core::calendar::bank_holidays::BankHolidays;
use crate::core::calendar::layers::Calendar;
use crate::core::calendar::page::{Owner, Page};
use crate::core::directory::Directory;
use crate::core::names::AllianceId;
use crate::store::{CalendarTexts, Unit};

use super::{Engine, Error};

/// The key of the list of bank holidays among the pages of an alliance.
pub const BANK_HOLIDAYS: &str = "bank-holidays";

/// One alliance's calendars as of a revision; each is made once.
#[derive(Debug)]
pub struct Known {
    pub revision: i64,
    pub almanac: Almanac,
    made: Mutex<BTreeMap<Vec<Owner>, Arc<Calendar>>>,
}

impl Known {
    /// The calendars of the schools of a directory, and the alliance's.
    pub fn calendars(&self, directory: &Directory) -> Calendars {
        let schools = directory.schools.iter();
        Calendars {
            alliance: self.made(&[Owner::Alliance]),
            schools: schools
                .map(|(urn, school)| (urn.clone(), self.made(&Owner::chain(school))))
                .collect(),
        }
    }

    fn made(&self, chain: &[Owner]) -> Arc<Calendar> {
        // Schools that share all their pages share one calendar.
        let there = |owner: &&Owner| self.almanac.pages.contains_key(owner);
        let pages: Vec<Owner> = chain.iter().filter(there).cloned().collect();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let calendar = made.entry(pages);
        let made = calendar.or_insert_with_key(|pages| Arc::new(self.almanac.of_chain(pages)));
        made.clone()
    }
}

impl Engine {
    /// The calendars of an alliance as this unit sees them.
    pub(super) async fn almanac_in(&self, unit: &mut Unit) -> Result<Arc<Known>, Error> {
        let revision = unit.calendar_revision().await?;
        let alliance = unit.alliance().clone();
        let texts = async { read(unit.calendar_texts().await?) };
        let almanacs = &self.memory.almanacs;
        almanacs.as_of(&alliance, revision, texts).await
    }

    /// The calendars of an alliance as they are now, for a look: nobody has to wait for it.
    pub async fn almanac(&self, alliance: &AllianceId) -> Result<Arc<Known>, Error> {
        let scoped = self.store.of(alliance);
        let revision = scoped.calendar_revision().await?;
        let texts = async { read(scoped.calendar_texts().await?) };
        let almanacs = &self.memory.almanacs;
        almanacs.as_of(alliance, revision, texts).await
    }
}

fn read(kept: CalendarTexts) -> Result<Known, Error> {
    let (mut pages, mut holidays) = (Vec::new(), None);
    for (key, text) in kept.texts {
        let unreadable = |_| Error::Unreadable(format!("The calendar `{key}` cannot be read."));
        if key == BANK_HOLIDAYS {
            let kept: BankHolidays = serde_json::from_str(&text).map_err(unreadable)?;
            holidays = Some(kept);
        } else {
            let page: Page = serde_json::from_str(&text).map_err(unreadable)?;
            pages.push(page);
        }
    }
    Ok(Known {
        revision: kept.revision,
        almanac: Almanac::new(pages, holidays),
        made: Mutex::default(),
    })
}
