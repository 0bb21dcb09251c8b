//! The mailer: letters that wait become mails, or the record of why they were not sent.
//!
//! All letters of a person that are due go into one mail, if it is a moment at which that person
//! gets mail; else they wait for the next one, with the rule that holds them. Each letter is checked
//! again here: still open, still theirs, not paused. The mail is stored whole before it goes
//! anywhere (`post`), so that it is the same however often it is sent.

mod about;
mod again;
mod compose;
mod waiting;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::core::audit::chain;
use crate::core::audit::payload::Commitment;
use crate::core::calendar::layers::Calendar;
use crate::core::mails::bundle::{Bundle, Waiting, sort_out};
use crate::core::mails::only_to::OnlyTo;
use crate::core::mails::quiet::{QuietTimes, Rule, Window, is_urgent, window};
use crate::core::mails::return_path;
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::effect::{Effect, Letter};
use crate::core::run::seed::uuid_from;
use crate::core::time::Instant;
use crate::mail::Folder;
use crate::store::{BadAddress, Claimed, MailRow, MailState, OutboxRow};

use super::brief::Brief;
use super::post::{Way, digest};
use super::readings::{Everybody, Reading};
use super::{Engine, Error};

/// How long claimed letters belong to whoever makes a mail of them.
const LEASE_SECONDS: i64 = 60;
/// When a letter that could not be written is tried again.
const AGAIN_SECONDS: i64 = 300;
/// What waits longer than this without a rule was missed: nobody was at work.
const MISSED_SECONDS: i64 = 600;
const SUPERSEDED: &str = "a later mail about the same thing went out in its place";

/// Where mails go: a folder, and from there to a relay if there is one.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub folder: Folder,
    pub way: Option<Arc<Way>>,
    /// While things are tried out, nobody else gets mail.
    pub only_to: Option<OnlyTo>,
}

impl Mailbox {
    /// Says goodbye to the relay, at the end of a process.
    pub async fn part(&self) {
        if let Some(way) = &self.way {
            way.part().await;
        }
    }
}

impl Engine {
    /// Makes mails of what waits, and writes them. Says how many letters were looked at, or mails
    /// written, whichever is more.
    pub async fn write_mails(&self, mailbox: &Mailbox, limit: u32) -> Result<usize, Error> {
        // First what was made before: what is not right any more goes into the mails made now.
        let before = self.post_mails(mailbox, limit).await?;
        if before >= limit as usize {
            return Ok(before);
        }
        let letters = self.make_mails(mailbox, limit).await?;
        let mails = self.post_mails(mailbox, limit).await?;
        Ok(letters.max(before + mails))
    }

    /// Makes one mail for each of so many people, of all letters of theirs that are due.
    async fn make_mails(&self, mailbox: &Mailbox, people: u32) -> Result<usize, Error> {
        let now = self.clock.now();
        let token = uuid_from(&super::random_bytes());
        let claimed = self
            .store
            .claim_letters(now, LEASE_SECONDS, people, token)
            .await?;
        let count = claimed.len();
        let mut by_alliance: BTreeMap<AllianceId, BTreeMap<PersonId, Vec<OutboxRow>>> =
            BTreeMap::new();
        for Claimed { alliance, row } in claimed {
            let people = by_alliance.entry(alliance).or_default();
            if let Some(person) = row.person {
                people.entry(person).or_default().push(row);
            }
        }
        for (alliance, people) in by_alliance {
            let desk = Desk::of(self, mailbox, alliance, token).await?;
            for (person, rows) in people {
                let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
                match desk.make_mail(person, rows).await {
                    Err(Error::Store(error)) if error.can_be_retried() => return Err(error.into()),
                    // Theirs only; the others go on.
                    Err(error) => desk.try_again(&ids, &error.to_string()).await?,
                    Ok(()) => {}
                }
            }
        }
        Ok(count)
    }

    /// When mail leaves in an alliance.
    pub async fn quiet_times(&self, alliance: &AllianceId) -> Result<QuietTimes, Error> {
        let text = self.store.of(alliance).quiet_times().await?;
        serde_json::from_str(&text).map_err(|_| {
            let what = format!("The quiet times of {alliance} cannot be read: {text}");
            Error::Unreadable(what)
        })
    }
}

/// Everything that is the same for all mails of a round.
struct Desk<'e> {
    engine: &'e Engine,
    mailbox: &'e Mailbox,
    alliance: AllianceId,
    everybody: Everybody,
    rules: QuietTimes,
    bad: Vec<BadAddress>,
    /// Made when the first letter about the whole alliance is read.
    brief: OnceCell<Brief>,
    now: Instant,
    token: Uuid,
}

/// Which of a person's mails this is.
#[derive(Clone, Copy)]
struct Place {
    /// On this day.
    number: u32,
    /// Of all.
    first: bool,
}

/// A letter as it was read, and the run that it is about.
type Letters = BTreeMap<Uuid, (OutboxRow, Letter)>;

/// The runs that a person's letters are about, with the texts of their answers.
type Runs = BTreeMap<RunId, (Reading, BTreeMap<Commitment, Value>)>;

impl<'e> Desk<'e> {
    async fn of(
        engine: &'e Engine,
        mailbox: &'e Mailbox,
        alliance: AllianceId,
        token: Uuid,
    ) -> Result<Self, Error> {
        Ok(Self {
            engine,
            mailbox,
            everybody: engine.everybody(&alliance).await?,
            rules: engine.quiet_times(&alliance).await?,
            bad: engine.store.of(&alliance).bad_addresses().await?,
            alliance,
            brief: OnceCell::new(),
            now: engine.clock.now(),
            token,
        })
    }
}

impl Desk<'_> {
    async fn make_mail(&self, person: PersonId, rows: Vec<OutboxRow>) -> Result<(), Error> {
        let scoped = self.engine.store.of(&self.alliance);
        let before = scoped.mails_on(person, self.now.date()).await?;
        let rows = self.leaving(person, rows, before > 0).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let (mut letters, runs, mut records) = self.read(person, rows).await?;
        self.wait_for_undo(&mut letters, &runs).await?;
        if let Some(why) = self.unreachable(person) {
            let all = std::mem::take(&mut letters).into_values();
            records.extend(all.map(|it| self.record(person, &it, Some(&why), None)));
        }
        let stays = self.staying_visits(person, &letters).await?;
        let Bundle {
            carried,
            superseded,
            overtaken,
        } = self.sort_out(person, &letters, stays, &runs);
        let gone = overtaken.iter().map(|(it, why)| (&letters[&it.id], why));
        records.extend(gone.map(|(it, why)| self.record(person, it, Some(why), None)));
        let not_sent = superseded.iter().map(|it| &letters[&it.id]);
        records.extend(not_sent.map(|it| self.record(person, it, Some(SUPERSEDED), None)));
        let place = Place {
            number: scoped.last_number(person, self.now.date()).await? + 1,
            first: !scoped.was_written_to(person).await?,
        };
        let mail = match self.compose(person, &carried, &letters, &runs, place) {
            Ok(mail) => mail,
            Err(why) => {
                let carried: Vec<Uuid> = carried.iter().map(|it| it.id).collect();
                self.try_again(&carried, &why).await?;
                let store = &self.engine.store;
                store
                    .finish_letters(&self.alliance, &records, None, self.token)
                    .await?;
                return Ok(());
            }
        };
        let carrier = mail.as_ref().map(|mail| mail.id);
        let sent = carried.iter();
        let sent = sent.map(|it| self.record_sent(person, it, &letters[&it.id], carrier));
        records.extend(sent);
        let store = &self.engine.store;
        let finished = store
            .finish_letters(&self.alliance, &records, mail.as_ref(), self.token)
            .await?;
        if !finished && let Window::Held { rule, until } = self.window(person, true) {
            // Another process has made the mail of this day meanwhile.
            return self.hold(&ids, rule, until).await;
        }
        Ok(())
    }

    /// A change of a visit that is near leaves whatever the hour.
    fn is_urgent(&self, person: PersonId, row: &OutboxRow) -> bool {
        let Ok(Effect::Mail { letter, .. }) = serde_json::from_str(&row.body) else {
            return false;
        };
        is_urgent(&letter, self.calendar(person), self.now.date())
    }

    fn window(&self, person: PersonId, written_today: bool) -> Window {
        window(&self.rules, self.calendar(person), self.now, written_today)
    }

    /// The calendar whose days are somebody's.
    fn calendar(&self, person: PersonId) -> &Calendar {
        let Everybody {
            directory,
            calendars,
            ..
        } = &self.everybody;
        calendars.of_person(directory, person, self.now.date())
    }

    async fn hold(&self, ids: &[Uuid], rule: Rule, until: Instant) -> Result<(), Error> {
        let (store, held) = (&self.engine.store, (until, rule.word()));
        store
            .hold_letters(&self.alliance, ids, self.token, held)
            .await?;
        Ok(())
    }

    /// The letters with their runs. What is about a run that is not there is recorded at once.
    async fn read(
        &self,
        person: PersonId,
        rows: Vec<OutboxRow>,
    ) -> Result<(Letters, Runs, Vec<MailRow>), Error> {
        let (mut letters, mut runs, mut records) = (Letters::new(), Runs::new(), Vec::new());
        for row in rows {
            let letter = match serde_json::from_str(&row.body) {
                Ok(Effect::Mail { letter, .. }) if row.run.is_none() == letter.is_of_alliance() => {
                    letter
                }
                _ => {
                    self.try_again(&[row.id], "the letter cannot be read")
                        .await?;
                    continue;
                }
            };
            let Some(run) = row.run else {
                self.make_brief().await?;
                letters.insert(row.id, (row, letter));
                continue;
            };
            if let Entry::Vacant(place) = runs.entry(run) {
                let engine = self.engine;
                let Some(reading) = engine.read_run(&self.alliance, run).await? else {
                    let why = Some("the project is not there");
                    records.push(self.record(person, &(row, letter), why, None));
                    continue;
                };
                place.insert((reading, engine.texts(&self.alliance, run).await?));
            }
            letters.insert(row.id, (row, letter));
        }
        tracing::trace!(%person, letters = letters.len(), "read");
        Ok((letters, runs, records))
    }

    /// Leaves out what does not hold any more; of the rest one letter for each thing.
    fn sort_out(
        &self,
        person: PersonId,
        letters: &Letters,
        stays: Vec<Waiting>,
        runs: &Runs,
    ) -> Bundle {
        let waiting = letters.iter().filter_map(|(id, (row, letter))| {
            let about = self.about(row, runs)?;
            Some(Waiting {
                id: *id,
                run: row.run,
                seq: row.seq,
                reference: about.reference(),
                due: about.due(letter),
                letter: letter.clone(),
            })
        });
        sort_out(waiting.collect(), stays, |it| {
            let (row, _) = &letters[&it.id];
            self.about(row, runs)?.overtaken(&it.letter, person)
        })
    }

    /// Why nothing is sent to somebody's address.
    fn unreachable(&self, person: PersonId) -> Option<String> {
        let address = self.everybody.people.get(&person)?.email.as_ref()?;
        let bad = self.bad.iter().find(|bad| bad.person == person);
        if let Some(bad) = bad.filter(|bad| bad.digest == digest(address)) {
            return Some(format!("their address takes no mail: {}", bad.why));
        }
        if return_path::is_ours(address, self.mailbox.folder.domain()) {
            return Some("their address is where our own mail comes back to".to_owned());
        }
        let only = self.mailbox.only_to.as_ref();
        let left_out = only.is_some_and(|only| !only.allows(address));
        left_out.then(|| "only the addresses in mail.only_to get mail for now".to_owned())
    }

    fn record(
        &self,
        person: PersonId,
        (row, letter): &(OutboxRow, Letter),
        why: Option<&str>,
        carrier: Option<Uuid>,
    ) -> MailRow {
        MailRow {
            id: row.id,
            run: row.run,
            person,
            kind: letter.kind().to_owned(),
            letter: row.body.clone(),
            state: match why {
                None => MailState::Written,
                Some(_) => MailState::NotSent,
            },
            why: why.map(str::to_owned),
            at: self.now,
            carrier,
            held: row.held.clone(),
            seq: row.seq,
            tried: row.tried,
        }
    }

    /// As it went out: what was left of it beside earlier ones that never did.
    fn record_sent(
        &self,
        person: PersonId,
        sent: &Waiting,
        (row, _): &(OutboxRow, Letter),
        carrier: Option<Uuid>,
    ) -> MailRow {
        let (to, letter) = (person, sent.letter.clone());
        let body = chain::canonical(&Effect::Mail { to, letter });
        let row = OutboxRow {
            body,
            ..row.clone()
        };
        self.record(person, &(row, sent.letter.clone()), None, carrier)
    }

    async fn try_again(&self, ids: &[Uuid], why: &str) -> Result<(), Error> {
        let alliance = &self.alliance;
        for id in ids {
            tracing::error!(%alliance, mail = %id, %why, "a mail was not written");
            let (key, next) = (
                (alliance.clone(), *id),
                self.now.plus_seconds(AGAIN_SECONDS),
            );
            let store = &self.engine.store;
            store.retry_outbox(&key, self.token, next, why).await?;
        }
        Ok(())
    }
}
