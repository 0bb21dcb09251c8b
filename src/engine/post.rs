//! The post: a mail that was made is put where it goes.
//!
//! It lies in a folder as a file, whose name is the mail's id, so that a mail that is written twice is
//! one file. With a relay it is sent too, one mail at a time: that it is under way is committed before
//! a connection is made, and that its body is, before the first byte of it leaves.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::core::audit::chain;
use crate::core::mails::again::Again;
use crate::core::mails::outcome::{Outcome, Phase};
use crate::core::mails::pace::Pace;
use crate::core::mails::return_path::{self, ReturnKey};
use crate::core::mails::sending::{Next, Sending, State, Then};
use crate::core::message::write::name_of;
use crate::core::names::AllianceId;
use crate::core::run::seed::uuid_from;
use crate::core::time::Instant;
use crate::mail::relay::Relay;
use crate::store::{BadAddress, Claimed, OutgoingRow};

use super::mailer::Mailbox;
use super::{Engine, Error};

/// How long a claimed mail belongs to whoever writes its file.
const LEASE_SECONDS: i64 = 60;
/// When one that could not be written is tried again.
const AGAIN_SECONDS: i64 = 300;

/// The way to a relay, with how fast it may be used.
#[derive(Debug)]
pub struct Way {
    relay: Relay,
    pace: Mutex<Pace>,
    /// Of our own sender: where bounces come back to.
    domain: String,
}

impl Way {
    pub fn new(relay: Relay, per_minute: u32, domain: String, now: Instant) -> Self {
        let pace = Mutex::new(Pace::new(per_minute, now));
        Self {
            relay,
            pace,
            domain,
        }
    }

    pub(super) async fn part(&self) {
        self.relay.part().await;
    }

    fn pace<T>(&self, ask: impl FnOnce(&mut Pace) -> T) -> T {
        ask(&mut self.pace.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Longer than any one try can take.
    fn lease_seconds(&self) -> i64 {
        let longest = self.relay.settings().limits.longest().as_secs();
        i64::try_from(longest).unwrap_or(i64::MAX / 2) + LEASE_SECONDS
    }
}

/// A mail in our hands.
struct Held<'a> {
    engine: &'a Engine,
    alliance: &'a AllianceId,
    row: OutgoingRow,
    token: Uuid,
}

impl Engine {
    /// Writes or sends so many mails, oldest first; says how many there were.
    pub(super) async fn post_mails(&self, mailbox: &Mailbox, limit: u32) -> Result<usize, Error> {
        match &mailbox.way {
            None => self.file_mails(mailbox, limit).await,
            Some(way) => self.send_mails(mailbox, way, limit).await,
        }
    }

    async fn file_mails(&self, mailbox: &Mailbox, limit: u32) -> Result<usize, Error> {
        let now = self.clock.now();
        let token = uuid_from(&super::random_bytes());
        let claimed = self.store.claim_outgoing(now, LEASE_SECONDS, limit, token);
        let mails = claimed.await?;
        for Claimed { alliance, row } in &mails {
            let mut held = Held {
                engine: self,
                alliance,
                row: row.clone(),
                token,
            };
            if !held.leaves_now(mailbox).await? {
                continue;
            }
            let bytes = row.bytes.as_deref().unwrap_or_default();
            match mailbox.folder.write(row.id, bytes) {
                Ok(()) => {
                    self.store.outgoing_written(alliance, row.id, token).await?;
                    metrics::counter!("alongside_mails_written_total").increment(1);
                }
                Err(error) => {
                    tracing::error!(%alliance, mail = %row.id, %error, "a mail was not written");
                    let later = OutgoingRow {
                        next_at: now.plus_seconds(AGAIN_SECONDS),
                        ..row.clone()
                    };
                    let store = &self.store;
                    store.save_outgoing(alliance, &later, token, false).await?;
                }
            }
        }
        Ok(mails.len())
    }

    /// One after the other, as fast as the pace allows.
    async fn send_mails(&self, mailbox: &Mailbox, way: &Way, limit: u32) -> Result<usize, Error> {
        let office = self.store.post_office(&super::random_bytes()).await?;
        if office.held_since.is_some() {
            return Ok(0);
        }
        let key = ReturnKey::new(office.return_key);
        let token = uuid_from(&super::random_bytes());
        let mut sent = 0;
        for _ in 0..limit {
            let now = self.clock.now();
            let claimed = self
                .store
                .claim_outgoing(now, way.lease_seconds(), 1, token);
            let Some(Claimed { alliance, row }) = claimed.await?.pop() else {
                break;
            };
            let mut held = Held {
                engine: self,
                alliance: &alliance,
                row,
                token,
            };
            if !held.leaves_now(mailbox).await? {
                sent += 1;
                continue;
            }
            if let Err(until) = way.pace(|pace| pace.take(now)) {
                held.row.next_at = until.max(held.row.next_at);
                held.save(false).await?;
                break;
            }
            if held.send(mailbox, way, &key).await? == Some(Then::HoldAll) {
                break;
            }
            sent += 1;
        }
        Ok(sent)
    }

    /// Whose address takes no mail, as long as it is theirs.
    pub async fn unreachable(&self, alliance: &AllianceId) -> Result<Vec<BadAddress>, Error> {
        let scoped = self.store.of(alliance);
        let mut bad = scoped.bad_addresses().await?;
        let ids: Vec<_> = bad.iter().map(|it| it.person).collect();
        let people = scoped.find_people(&ids).await?;
        bad.retain(|it| {
            let theirs = people.iter().find(|row| row.id == it.person);
            let address = theirs.and_then(|row| row.email.as_deref());
            address.is_some_and(|address| digest(address) == it.digest)
        });
        Ok(bad)
    }

    /// What a bounce says of one of our mails. Nothing if there is no such mail.
    pub async fn take_bounce(
        &self,
        bounce: &crate::core::mails::bounce::Bounce,
    ) -> Result<Option<Sending>, Error> {
        let Some(Claimed { alliance, row }) = self.store.find_outgoing(bounce.mail).await? else {
            return Ok(None);
        };
        let seen = row.sending.clone();
        let next = read(&row)?.bounced(bounce.kind);
        let mut held = Held {
            engine: self,
            alliance: &alliance,
            row,
            token: Uuid::nil(),
        };
        held.stands(&next.sending);
        let store = &self.store;
        if store.amend_outgoing(&alliance, &held.row, &seen).await? {
            let why = format!("it came back ({})", bounce.status);
            held.also(next.then, &why).await?;
        }
        Ok(Some(next.sending))
    }
}

impl Held<'_> {
    /// Whether it is sent now. What is not has been dealt with; one that cannot be looked at harms no
    /// other.
    async fn leaves_now(&mut self, mailbox: &Mailbox) -> Result<bool, Error> {
        match self.is_still_right(mailbox).await {
            Err(Error::Store(error)) if error.can_be_retried() => Err(error.into()),
            Err(error) => {
                let (alliance, mail) = (self.alliance, self.row.id);
                tracing::error!(%alliance, %mail, %error, "a mail was not sent");
                self.row.next_at = self.engine.clock.now().plus_seconds(AGAIN_SECONDS);
                self.save(false).await?;
                Ok(false)
            }
            right => right,
        }
    }

    /// Whether it is sent now. What is not has been dealt with.
    async fn is_still_right(&mut self, mailbox: &Mailbox) -> Result<bool, Error> {
        let before = read(&self.row)?;
        if before.state == State::Sending {
            return Ok(true);
        }
        let engine = self.engine;
        let again = engine.look_again(mailbox, self.alliance, &self.row, &before, self.token);
        match again.await? {
            Again::Send => return Ok(true),
            Again::TakeApart => {}
            Again::Wait(until) => {
                self.stands(&Sending {
                    next_at: Some(until),
                    ..before
                });
                self.save(false).await?;
            }
            Again::GiveUp => {
                self.ends(before.given_up(), "it was tried on four days")
                    .await?;
            }
        }
        Ok(false)
    }

    /// One try, or what is to be done about one whose process is gone.
    async fn send(
        &mut self,
        mailbox: &Mailbox,
        way: &Way,
        key: &ReturnKey,
    ) -> Result<Option<Then>, Error> {
        let before = read(&self.row)?;
        let now = self.engine.clock.now();
        if before.state == State::Sending {
            let next = before.abandoned(now);
            return self.ends(next, "its process ended").await;
        }
        let Some(address) = self.address().await? else {
            let sending = before.suppressed();
            return self
                .ends(
                    Next {
                        sending,
                        then: None,
                    },
                    "",
                )
                .await;
        };
        let Some(begun) = before.begin(now) else {
            self.save(false).await?;
            return Ok(None);
        };
        self.stands(&begun);
        if !self.save(true).await? {
            return Ok(None);
        }
        let bytes = self.row.bytes.clone().unwrap_or_default();
        if let Err(error) = mailbox.folder.write(self.row.id, &bytes) {
            // The copy for `mails show`; the mail itself goes out all the same.
            tracing::warn!(mail = %self.row.id, %error, "no copy of a mail was written");
        }
        let from = return_path::make(self.row.id, key, &way.domain);
        let on_phase = |phase| self.record(&begun, phase);
        let outcome = way.relay.send(&from, &address, &bytes, on_phase).await;
        let now = self.engine.clock.now();
        way.pace(|pace| pace.saw(&outcome, now));
        self.count(&outcome);
        let why = outcome.words.clone();
        let next = begun.reached(outcome.phase).ended(outcome, now);
        self.ends(next, &why).await
    }

    /// That the body is under way is known before it is.
    async fn record(&self, begun: &Sending, phase: Phase) -> ControlFlow<()> {
        if phase != Phase::Body {
            return ControlFlow::Continue(());
        }
        let mut row = self.row.clone();
        stand(&mut row, &begun.reached(phase));
        let store = &self.engine.store;
        match store
            .save_outgoing(self.alliance, &row, self.token, true)
            .await
        {
            Ok(true) => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }

    async fn ends(&mut self, next: Next, why: &str) -> Result<Option<Then>, Error> {
        self.stands(&next.sending);
        if self.save(false).await? {
            self.also(next.then, why).await?;
        }
        Ok(next.then)
    }

    fn stands(&mut self, sending: &Sending) {
        stand(&mut self.row, sending);
    }

    async fn save(&self, keep: bool) -> Result<bool, Error> {
        let store = &self.engine.store;
        Ok(store
            .save_outgoing(self.alliance, &self.row, self.token, keep)
            .await?)
    }

    async fn also(&self, then: Option<Then>, why: &str) -> Result<(), Error> {
        let (alliance, mail, now) = (self.alliance, self.row.id, self.engine.clock.now());
        match then {
            None => {}
            Some(Then::Lost) => tracing::warn!(%alliance, %mail, %why, "a mail did not arrive"),
            Some(Then::Tell) => tracing::error!(%alliance, %mail, %why, "look at the relay"),
            Some(Then::HoldAll) => {
                tracing::error!(%alliance, %mail, %why, "all mail is held: alongside doctor");
                self.engine.store.hold_all_mail(now, why).await?;
            }
            Some(Then::Suppress) => {
                tracing::warn!(%alliance, %mail, %why, "an address takes no mail");
                if let Some(address) = self.address().await? {
                    let bad = BadAddress {
                        person: self.row.person,
                        digest: digest(&address),
                        why: why.to_owned(),
                        since: now,
                    };
                    self.engine.store.of(alliance).suppress(&bad).await?;
                }
            }
        }
        Ok(())
    }

    /// As the directory has it now; nothing if the person was erased.
    async fn address(&self) -> Result<Option<String>, Error> {
        let scoped = self.engine.store.of(self.alliance);
        let found = scoped.find_people(&[self.row.person]).await?.pop();
        Ok(found.and_then(|row| row.email))
    }

    fn count(&self, outcome: &Outcome) {
        let ending = name_of(&outcome.ending);
        metrics::counter!("alongside_mail_tries_total", "ending" => ending).increment(1);
    }
}

/// How the address of a bad one is known again.
pub(super) fn digest(address: &str) -> String {
    chain::hash(&address.to_lowercase())
}

fn read(row: &OutgoingRow) -> Result<Sending, Error> {
    serde_json::from_str(&row.sending).map_err(|_| {
        let what = format!("How the mail {} stands cannot be read.", row.id);
        Error::Unreadable(what)
    })
}

fn stand(row: &mut OutgoingRow, sending: &Sending) {
    row.state = name_of(&sending.state);
    row.sending = chain::canonical(sending);
    row.open = !sending.is_at_its_end();
    row.next_at = sending.next_at.unwrap_or(row.next_at);
}
