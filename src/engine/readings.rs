//! What a page, a mail or a list needs to know of a run: the run, its definition, the people.
//!
//! Reading only. Names and texts come in here, at the edge; nothing of it goes back into a
//! decision.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::core::audit::payload::Commitment;
use crate::core::calendar::Calendars;
use crate::core::definition::workflow::Workflow;
use crate::core::directory::{Directory, Person};
use crate::core::mails::link::Link;
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::doers::Doer;
use crate::core::run::entry::Entry;
use crate::core::run::evolve::fold;
use crate::core::run::facts::{Facts, Rights};
use crate::core::run::state::{FOLD, Run};
use crate::core::time::{Date, Instant};
use crate::store::{PersonRow, RunRow, TaskRow};

use super::letters::texts::OwnTexts;
use super::{Engine, Error};

/// Everybody and every school of an alliance, with names.
#[derive(Debug, Clone, Default)]
pub struct Everybody {
    /// The alliance's name, as people write it.
    pub alliance: String,
    pub directory: Directory,
    pub people: BTreeMap<PersonId, PersonRow>,
    /// Of those who have given a number.
    pub phones: BTreeMap<PersonId, String>,
    pub calendars: Calendars,
    /// Where readers find a project in the alliance's portal.
    pub link: Option<Link>,
    /// Mails in the alliance's own words.
    pub own_texts: OwnTexts,
}

/// One run with what is needed to show it.
#[derive(Debug, Clone)]
pub struct Reading {
    pub row: RunRow,
    pub run: Run,
    pub workflow: Arc<Workflow>,
}

impl Everybody {
    /// A person's name; one that is erased or unknown has none.
    pub fn name(&self, person: PersonId) -> String {
        match self.people.get(&person) {
            Some(PersonRow {
                name: Some(name), ..
            }) => name.clone(),
            Some(_) => "an erased person".to_owned(),
            None => "an unknown person".to_owned(),
        }
    }

    /// What a decision would know of them at a moment, for showing what would happen.
    pub fn facts(&self, now: Instant) -> Facts {
        Facts {
            now,
            seed: [0; 32],
            calendars: self.calendars.clone(),
            directory: self.directory.clone(),
            rights: Rights::Inside,
            draft: None,
            payloads: BTreeMap::new(),
            reference: None,
            target: None,
            to_erase: Vec::new(),
            asked: None,
        }
    }

    /// Who can do a task of a list, without its definition at hand.
    pub fn doers_of(&self, task: &TaskRow, today: Date) -> Vec<Doer> {
        let people: Vec<PersonId> = match task.assigned {
            Some(person) => vec![person],
            None => serde_json::from_str(&task.people).unwrap_or_default(),
        };
        let directory = &self.directory;
        let mut found: Vec<Doer> = Vec::new();
        if people.is_empty() {
            let post = task.post.as_deref().unwrap_or_default();
            let held = directory.holders(post, task.school.as_ref(), today);
            found.extend(held.map(|post| Doer {
                person: post.person,
                covers: post.covers,
            }));
        }
        for person in people {
            found.push(Doer {
                person,
                covers: None,
            });
            let posts = directory.posts.iter();
            let covers = posts.filter(|post| post.covers == Some(person) && post.holds_on(today));
            found.extend(covers.map(|post| Doer {
                person: post.person,
                covers: Some(person),
            }));
        }
        let erased = |person: PersonId| {
            let known = directory.people.get(&person);
            known.is_some_and(|known| known.erased)
        };
        found.retain(|doer| !erased(doer.person));
        found.dedup();
        found
    }

    /// A sentence with names in the place of `person:ID`.
    pub fn with_names(&self, sentence: &str) -> String {
        let mut parts = sentence.split("person:");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let named = part.get(..36).and_then(|id| id.parse().ok()).map(PersonId);
            if let Some(person) = named {
                text.push_str(&self.name(person));
                text.push_str(&part[36..]);
            } else {
                text.push_str("person:");
                text.push_str(part);
            }
        }
        text
    }
}

impl Engine {
    pub async fn everybody(&self, alliance: &AllianceId) -> Result<Everybody, Error> {
        let scoped = self.store.of(alliance);
        let people: BTreeMap<PersonId, PersonRow> = scoped
            .people()
            .await?
            .into_iter()
            .map(|person| (person.id, person))
            .collect();
        let known = people.values().map(|row| {
            let main_school = row.main_school.clone();
            (
                row.id,
                Person {
                    id: row.id,
                    main_school,
                    erased: row.erased,
                },
            )
        });
        let schools = scoped.schools().await?.into_iter();
        let directory = Directory {
            people: known.collect(),
            schools: schools.map(|school| (school.urn.clone(), school)).collect(),
            posts: scoped.posts().await?,
        };
        let calendars = self.almanac(alliance).await?.calendars(&directory);
        let contacts = scoped.contacts().await?.into_iter();
        let phones = contacts.filter_map(|contact| Some((contact.person, contact.phone?)));
        let mut all = self.store.alliances().await?.into_iter();
        let own = all.find(|row| row.id == *alliance);
        Ok(Everybody {
            alliance: own.map(|row| row.name).unwrap_or_default(),
            directory,
            people,
            phones: phones.collect(),
            calendars,
            link: self.link.clone(),
            own_texts: OwnTexts::of(scoped.mail_texts().await?),
        })
    }

    /// A run by its id, as it stands.
    pub async fn read_run(
        &self,
        alliance: &AllianceId,
        id: RunId,
    ) -> Result<Option<Reading>, Error> {
        match self.store.of(alliance).find_run(id).await? {
            Some(row) => self.read(alliance, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// A run by its reference or its id, as a person writes it.
    pub async fn find_run(
        &self,
        alliance: &AllianceId,
        named: &str,
    ) -> Result<Option<Reading>, Error> {
        let scoped = self.store.of(alliance);
        let row = match named.parse() {
            Ok(id) => scoped.find_run(RunId(id)).await?,
            Err(_) => scoped.find_run_by_reference(&named.to_uppercase()).await?,
        };
        match row {
            Some(row) => self.read(alliance, row).await.map(Some),
            None => Ok(None),
        }
    }

    pub async fn read(&self, alliance: &AllianceId, row: RunRow) -> Result<Reading, Error> {
        let unreadable =
            || Error::Unreadable(format!("The snapshot of {} cannot be read.", row.reference));
        let run = if row.fold == FOLD {
            serde_json::from_str(&row.state).map_err(|_| unreadable())?
        } else {
            let entries = self.entries(alliance, row.id).await?;
            entries
                .iter()
                .fold(Run::unborn(alliance.clone(), row.id), fold)
        };
        let workflow = if let Some(workflow) = self.library.find_met(&row.workflow_hash) {
            workflow
        } else {
            let scoped = self.store.of(alliance);
            let kept = scoped
                .find_workflow(&row.workflow, row.workflow_version)
                .await?;
            self.library
                .read_row(kept.as_ref(), &row.workflow, row.workflow_version)?
        };
        Ok(Reading { row, run, workflow })
    }

    /// All entries of a run, in order.
    pub async fn entries(&self, alliance: &AllianceId, id: RunId) -> Result<Vec<Entry>, Error> {
        let scoped = self.store.of(alliance);
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let after = entries.last().map_or(0, |entry| entry.seq);
            let rows = scoped.entries(id, after, 500).await?;
            if rows.is_empty() {
                return Ok(entries);
            }
            for row in rows {
                let entry = serde_json::from_str(&row.body).map_err(|_| {
                    Error::Unreadable(format!("Entry {} of run {id} cannot be read.", row.seq))
                })?;
                entries.push(entry);
            }
        }
    }

    /// The texts of a run that were not erased.
    pub async fn texts(
        &self,
        alliance: &AllianceId,
        id: RunId,
    ) -> Result<BTreeMap<Commitment, Value>, Error> {
        let mut texts = BTreeMap::new();
        for row in self.store.of(alliance).payloads(id).await? {
            let payload = row.payload()?;
            texts.insert(payload.commitment, payload.value);
        }
        Ok(texts)
    }

    /// Facts for a look at a run, not for a decision that is kept.
    pub fn facts_for_show(&self, everybody: &Everybody) -> Facts {
        everybody.facts(self.clock.now())
    }
}
